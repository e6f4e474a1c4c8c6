#ifndef LCRISK_MODEL_SAVE_H
#define LCRISK_MODEL_SAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/// Puts `n` bytes into the file `path` so that whoever reads it, at any time and after
/// any failure, finds the old content or the new one and never a part: the bytes go to a
/// new file in the same folder, are forced to disk, and the new file takes the name.
///
/// A file that was there is replaced (a symbolic link itself, not what it points to). The
/// new file has the permissions of any new file of this process. CR_EIO `cannot_write`
/// with the system's reason, `is_directory`; the new file is then removed and an old
/// one stays as it was.
cr_status cr_save_bytes(const char* path, const void* bytes, size_t n, cr_error* err);

/// Puts `n` bytes at the end of the file `path`, which is made when it is not there, and
/// with `forced` on disk before it returns. For one writer at a time: when the bytes
/// cannot be written whole, those that were are taken off again. CR_EIO as above.
cr_status cr_save_append(const char* path, const void* bytes, size_t n, bool forced,
                         cr_error* err);

#endif
