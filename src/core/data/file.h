#ifndef LCRISK_DATA_FILE_H
#define LCRISK_DATA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Random reads from a regular file, or from bytes in memory with the same face.
/// Never mmap: a file that shrinks while it is read is an error here, not a SIGBUS.
typedef struct {
  int descriptor;  ///< of a file; unused when `memory` is set
  const unsigned char* memory;
  uint64_t size;
  int64_t changed;  ///< time of the last change, as the system writes it
  bool is_open;
} cr_file;

/// Opens `path` (as the system spells it; nothing is expanded). Errors, all CR_EIO:
/// `cannot_open` with the system's reason, `is_directory`, `not_regular` (a FIFO,
/// a device, a socket: never waited for).
cr_status cr_file_open(cr_file* file, const char* path, cr_error* err);

/// Borrows `n` bytes, which must outlive the file.
void cr_file_from_memory(cr_file* file, const void* bytes, size_t n);

/// Reads up to `n` bytes at `offset`; fewer only at the end of the file.
/// CR_EIO `read_failed`, or `changed` when the file has become shorter.
cr_status cr_file_read_at(cr_file* file, uint64_t offset, void* into, size_t n,
                          size_t* got, cr_error* err);

/// CR_EIO `changed` when size or time of change are no longer those at opening.
cr_status cr_file_check_unchanged(const cr_file* file, cr_error* err);

/// Idempotent; accepts a zeroed struct.
void cr_file_close(cr_file* file);

#endif
