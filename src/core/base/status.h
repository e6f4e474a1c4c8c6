#ifndef LCRISK_BASE_STATUS_H
#define LCRISK_BASE_STATUS_H

#include <stdint.h>

/// How a core function ended. Every function that can fail returns one of these
/// and, when it is not CR_OK, has filled the `cr_error` it was given.
typedef enum {
  CR_OK = 0,
  CR_ENOMEM,      ///< an allocation failed, or a size overflowed
  CR_EINPUT,      ///< an argument breaks the documented precondition
  CR_ENUMERIC,    ///< the computation has no finite answer
  CR_ECANCELLED,  ///< the tick asked to stop
  CR_EIO,         ///< the operating system refused a file operation
  CR_EPARSE,      ///< bytes do not follow the declared grammar
  CR_ELIMIT,      ///< a stated limit (bytes, fields, columns, ratio) was passed
  CR_EMODEL       ///< a model's structure is not valid
} cr_status;

/// What went wrong, for people and for programs. Lives on the caller's stack.
typedef struct {
  cr_status status;
  char code[32];      ///< short machine-readable kind, such as "gzip_truncated"
  char message[480];  ///< one sentence; names the thing in backticks
  int64_t line;       ///< 1-based line in the input, 0 when there is none
  int64_t offset;     ///< byte offset in the input, -1 when there is none
} cr_error;

#if defined(__GNUC__)
#define CR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define CR_PRINTF(fmt, args)
#endif

/// Fills `*err` (which may be NULL) and returns `status`, so that a failure is
/// one line: `return cr_fail(err, CR_EINPUT, "empty", "no rows in `x`")`.
/// Sets `line` to 0 and `offset` to -1. `code` is cut at 31 bytes.
cr_status cr_fail(cr_error* err, cr_status status, const char* code, const char* format,
                  ...) CR_PRINTF(4, 5);

/// As cr_fail(), for failures that have a place in an input.
cr_status cr_fail_at(cr_error* err, cr_status status, const char* code, int64_t line,
                     int64_t offset, const char* format, ...) CR_PRINTF(6, 7);

/// Passes a failure on. The function has a variable `status` and a label `done`.
#define CR_TRY(call)                \
  do {                              \
    status = (call);                \
    if (status != CR_OK) goto done; \
  } while (0)

#endif
