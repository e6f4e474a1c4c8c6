#ifndef LCRISK_DATA_ZIP_H
#define LCRISK_DATA_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/file.h"

/// One file inside a zip archive: where its bytes lie and what they must add up to.
typedef struct {
  uint64_t data_offset;
  uint64_t packed_size;
  uint64_t size;
  uint32_t crc;
  bool deflated;  ///< else stored
  char name[256];
} cr_zip_entry;

/// Finds the one table in a zip archive through its central directory, as APPNOTE
/// 6.3.10 describes it, zip64 included.
///
/// The table is the entry called `wanted`, or, when that is NULL, the only .csv, .tsv
/// or .txt entry, or the only entry of all. Errors, CR_EPARSE: `zip_choice` (none or
/// several; the message lists them), `zip_corrupt` (directory and contents disagree,
/// entries overlap, the end is missing), `zip_unsafe_path` (any name that is absolute,
/// has a drive or a `..`, or is a link: such an archive is refused as a whole),
/// `zip_encrypted`, `zip_method`, `wrong_type` (an Excel or Word file);
/// CR_ELIMIT `zip_entries` above 1024 entries.
cr_status cr_zip_find(cr_file* file, const char* wanted, cr_zip_entry* found,
                      cr_error* err);

#endif
