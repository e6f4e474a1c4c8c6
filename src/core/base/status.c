#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(cr_error* err, cr_status status, const char* code, int64_t line,
                 int64_t offset, const char* format, va_list args) {
  err->status = status;
  err->line = line;
  err->offset = offset;
  (void)snprintf(err->code, sizeof err->code, "%s", code);
  (void)vsnprintf(err->message, sizeof err->message, format, args);
}

cr_status cr_fail(cr_error* err, cr_status status, const char* code, const char* format,
                  ...) {
  if (err != NULL) {
    va_list args;
    va_start(args, format);
    fill(err, status, code, 0, -1, format, args);
    va_end(args);
  }
  return status;
}

cr_status cr_fail_at(cr_error* err, cr_status status, const char* code, int64_t line,
                     int64_t offset, const char* format, ...) {
  if (err != NULL) {
    va_list args;
    va_start(args, format);
    fill(err, status, code, line, offset, format, args);
    va_end(args);
  }
  return status;
}
