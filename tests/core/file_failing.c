// The linker calls these in place of the functions that put a file on disk (--wrap), so
// that tests can run out of it.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"

static long left;    // calls until the failure, 0: none comes
static bool failed;  // it has come
static int reason;

void check_fail_file(long k, int error) {
  left = k;
  reason = error;
  failed = false;
}

bool check_file_struck(void) { return failed; }

static bool fails(void) {
  if (left == 0 || --left > 0) return false;
  failed = true;
  errno = reason;
  return true;
}

ssize_t __real_write(int descriptor, const void* bytes, size_t n);
ssize_t __wrap_write(int descriptor, const void* bytes, size_t n);
int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);
int __real_rename(const char* from, const char* to);
int __wrap_rename(const char* from, const char* to);
int __real_close(int descriptor);
int __wrap_close(int descriptor);

// Also writes less than was asked for, as a signal or a pipe may make it do.
ssize_t __wrap_write(int descriptor, const void* bytes, size_t n) {
  if (fails()) return -1;
  return __real_write(descriptor, bytes, n > 100 ? n / 2 : n);
}

int __wrap_fsync(int descriptor) { return fails() ? -1 : __real_fsync(descriptor); }

int __wrap_rename(const char* from, const char* to) {
  return fails() ? -1 : __real_rename(from, to);
}

int __wrap_close(int descriptor) {
  const int status = __real_close(descriptor);
  return fails() ? -1 : status;
}
