#ifndef LCRISK_DATA_HEADER_H
#define LCRISK_DATA_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/dict.h"

/// The line that names the columns, and what it says about the lines after it.
typedef struct {
  unsigned char delimiter;  ///< one of `,` `;` tab `|`
  size_t start;             ///< offset of the header among the bytes given
  size_t n_fields;          ///< fields of a data row
  int unnamed;     ///< 1: the first column has no name; -1: the last; 0: all have
  cr_dict names;   ///< the distinct names, as they stand in the file
  uint32_t* name;  ///< code into `names` of each of the n_fields columns
} cr_header;

enum { CR_HEADER_MAX_FIELDS = 10000, CR_HEADER_MAX_NAME = 1024 };

/// A column name as it is compared: ASCII lower case, every run of other characters than
/// letters and digits one `_`, none at the ends. So `Debt-To-Income Ratio` is
/// `debt_to_income_ratio`. `out` has room for n bytes; returns the length.
size_t cr_header_canonical(const unsigned char* name, size_t n, unsigned char* out);

/// Looks for the header among the first 50 lines of `bytes` (which start a file and are
/// followed by CR_SCAN_PADDING readable ones): the first line that, cut at one of the
/// four delimiters, has at least two columns of `known` (canonical names), or is one such
/// name and nothing else. When the rows after it have one field more than it has names,
/// the first column has no name (row names), or the last one when those fields are all
/// empty; a column without a name gets the empty one.
///
/// Errors: CR_EPARSE `no_header` (no such line), `delimiter` (the lines are not cut by
/// any of the four); CR_ELIMIT `column_limit`, `name_limit`; CR_ENOMEM.
cr_status cr_header_find(const unsigned char* bytes, size_t n, bool last,
                         const cr_dict* known, cr_header* header, cr_error* err);

/// Name of column `j` as it stands in the file.
const unsigned char* cr_header_name(const cr_header* header, size_t j, size_t* n);

/// Known names among the first `n_fields` fields given by consecutive `mark`s `stride`
/// apart, as in data/scan.h.
size_t cr_header_count_known(const unsigned char* bytes, const uint32_t* mark,
                             size_t stride, size_t n_fields, const cr_dict* known);

/// Idempotent; accepts a zeroed struct.
void cr_header_free(cr_header* header);

#endif
