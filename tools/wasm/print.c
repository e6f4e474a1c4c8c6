// The formatting that the core's messages need, in place of the C library's, which would
// bring files and an operating system along: %s %d %zu %llu %%. Anything else is
// written as it stands.

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  char* to;
  size_t room, n;
} sink;

static void put(sink* out, char c) {
  if (out->n + 1 < out->room) out->to[out->n] = c;
  out->n++;
}

static void put_number(sink* out, unsigned long long x) {
  char digit[20];
  int n = 0;
  do {
    digit[n++] = (char)('0' + x % 10);
    x /= 10;
  } while (x > 0);
  while (n > 0) put(out, digit[--n]);
}

int vsnprintf(char* to, size_t room, const char* format, va_list args) {
  sink out = {to, room, 0};
  for (const char* f = format; *f != 0; f++) {
    if (*f != '%') {
      put(&out, *f);
    } else if (f[1] == 's') {
      for (const char* s = va_arg(args, const char*); *s != 0; s++) put(&out, *s);
      f++;
    } else if (f[1] == 'd') {
      const int x = va_arg(args, int);
      if (x < 0) put(&out, '-');
      put_number(&out, x < 0 ? 0ULL - (unsigned long long)x : (unsigned long long)x);
      f++;
    } else if (f[1] == 'z' && f[2] == 'u') {
      put_number(&out, va_arg(args, size_t));
      f += 2;
    } else if (strncmp(f + 1, "llu", 3) == 0) {
      put_number(&out, va_arg(args, unsigned long long));
      f += 3;
    } else if (f[1] == '%') {
      put(&out, *f++);
    } else {
      put(&out, *f);
    }
  }
  if (room > 0) to[out.n < room ? out.n : room - 1] = 0;
  return (int)out.n;
}

int snprintf(char* to, size_t room, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(to, room, format, args);
  va_end(args);
  return n;
}
