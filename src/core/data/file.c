// Large files on 32-bit systems; before any system header.
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif

#include "data/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef _WIN32
enum { OPEN_FLAGS = O_RDONLY | O_BINARY };
#else
// O_NONBLOCK: opening a FIFO must not wait for a writer.
enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY };
#endif

enum { MAX_READ = 1 << 30 };

static cr_status fail_with_errno(cr_error* err, const char* code, const char* what) {
  return cr_fail(err, CR_EIO, code, "cannot %s the file: %s", what, strerror(errno));
}

cr_status cr_file_open(cr_file* file, const char* path, cr_error* err) {
  const int descriptor = open(path, OPEN_FLAGS);
  if (descriptor < 0) return fail_with_errno(err, "cannot_open", "open");

  struct stat info;
  cr_status status = CR_OK;
  if (fstat(descriptor, &info) != 0) {
    status = fail_with_errno(err, "cannot_open", "examine");
  } else if (S_ISDIR(info.st_mode)) {
    status = cr_fail(err, CR_EIO, "is_directory", "this is a folder, not a file");
  } else if (!S_ISREG(info.st_mode)) {
    status = cr_fail(err, CR_EIO, "not_regular",
                     "this is a pipe, socket or device, not a regular file");
  }
  if (status != CR_OK) {
    (void)close(descriptor);
    return status;
  }
  *file = (cr_file){.descriptor = descriptor,
                    .size = (uint64_t)info.st_size,
                    .changed = (int64_t)info.st_mtime,
                    .is_open = true};
  return CR_OK;
}

void cr_file_from_memory(cr_file* file, const void* bytes, size_t n) {
  *file = (cr_file){.memory = bytes, .size = n, .is_open = true};
}

static cr_status read_descriptor(cr_file* file, uint64_t offset, unsigned char* into,
                                 size_t n, size_t* got, cr_error* err) {
  if (lseek(file->descriptor, (off_t)offset, SEEK_SET) < 0) {
    return fail_with_errno(err, "read_failed", "read");
  }
  size_t done = 0;
  while (done < n) {
    const size_t ask = n - done < MAX_READ ? n - done : MAX_READ;
    const ssize_t count = read(file->descriptor, into + done, ask);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with_errno(err, "read_failed", "read");
    if (count == 0) {
      return cr_fail(err, CR_EIO, "changed", "the file became shorter while it was read");
    }
    done += (size_t)count;
  }
  *got = done;
  return CR_OK;
}

cr_status cr_file_read_at(cr_file* file, uint64_t offset, void* into, size_t n,
                          size_t* got, cr_error* err) {
  *got = 0;
  if (offset >= file->size) return CR_OK;
  if (n > file->size - offset) n = (size_t)(file->size - offset);
  if (file->memory == NULL) return read_descriptor(file, offset, into, n, got, err);
  memcpy(into, file->memory + offset, n);
  *got = n;
  return CR_OK;
}

cr_status cr_file_check_unchanged(const cr_file* file, cr_error* err) {
  if (file->memory != NULL) return CR_OK;
  struct stat info;
  if (fstat(file->descriptor, &info) != 0) {
    return fail_with_errno(err, "read_failed", "examine");
  }
  if ((uint64_t)info.st_size != file->size || (int64_t)info.st_mtime != file->changed) {
    return cr_fail(err, CR_EIO, "changed", "the file was changed while it was read");
  }
  return CR_OK;
}

void cr_file_close(cr_file* file) {
  if (file->is_open && file->memory == NULL) (void)close(file->descriptor);
  *file = (cr_file){0};
}
