#ifndef LCRISK_DATA_INFLATE_H
#define LCRISK_DATA_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// The bytes of a text file, one piece after the other, whatever it is wrapped in:
/// plain, gzip (any number of members) or one entry of a zip archive. Memory is
/// bounded (about 300 kB) however large the file is. zlib does the inflating.
///
/// Nothing is taken on trust: checksums and lengths are verified, an archive that is
/// cut, damaged or followed by other bytes is an error, and so is one that unpacks to
/// more than the limits. Bytes handed out before such an error came to light must not
/// be used.
typedef struct cr_source cr_source;

typedef struct {
  uint64_t max_bytes;  ///< unpacked; 0 for the default of 64 GiB
  uint32_t max_ratio;  ///< unpacked to packed, beyond the first 64 MiB; 0 means 250
  const char* member;  ///< entry of a zip archive; NULL when there is but one table,
                       ///< CR_EINPUT `member` when the file is no zip archive
} cr_source_options;

/// Opens `path` and looks at its first bytes. Errors beside those of data/file.h,
/// data/zip.h and data/sniff.h: CR_EPARSE `gzip_truncated`, `gzip_corrupt`.
/// `options` may be NULL.
cr_status cr_source_open(const char* path, const cr_source_options* options,
                         cr_source** source, cr_error* err);

/// The same for bytes in memory, which must outlive the source.
cr_status cr_source_open_memory(const void* bytes, size_t n,
                                const cr_source_options* options, cr_source** source,
                                cr_error* err);

/// Up to `capacity` next bytes; `*got` is 0 only at the end, and then everything has been
/// verified. Errors: CR_EPARSE `gzip_truncated`, `gzip_corrupt`, `gzip_trailing` (bytes
/// after the last member), `zip_corrupt`; CR_ELIMIT `limit`; CR_EIO.
cr_status cr_source_read(cr_source* source, unsigned char* into, size_t capacity,
                         size_t* got, cr_error* err);

/// Share of the file's bytes consumed, 0 to 1.
double cr_source_progress(const cr_source* source);

/// NULL is allowed.
void cr_source_close(cr_source* source);

#endif
