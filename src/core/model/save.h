#ifndef LCRISK_MODEL_SAVE_H
#define LCRISK_MODEL_SAVE_H

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

#endif
