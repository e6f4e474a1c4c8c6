#ifndef LCRISK_DATA_BLOCK_H
#define LCRISK_DATA_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/column.h"
#include "data/dict.h"
#include "data/header.h"
#include "data/inflate.h"
#include "data/line.h"

/// A rejected line.
typedef struct {
  int64_t line;
  cr_reject reason;
} cr_rejected;

/// A header, section or footer line among the rows: it stands before row `row`.
typedef struct {
  cr_line_class line_class;
  size_t row;
  int64_t line;
  cr_footer footer;  ///< of a footer
} cr_event;

enum { CR_REJECTED_SHOWN = 20 };

#define CR_NO_FIELD SIZE_MAX

/// What is known about a file while its blocks pass by: how to judge a record, and where
/// every record so far went. `n_records` is counted apart from the classes; the law
/// n_records = sum of `count` holds after every block.
typedef struct {
  const cr_header* header;
  const cr_dict* known;     ///< canonical names of columns
  size_t status_field;      ///< field that must hold one of `statuses`, or CR_NO_FIELD
  const cr_dict* statuses;  ///< as cr_intake_status() writes them

  int64_t line;  ///< of the next record, from 1
  size_t n_rows;
  size_t n_records;
  size_t count[CR_LINE_CLASSES];
  size_t rejects[CR_REJECTS];
  size_t n_nul;  ///< zero bytes in rejected lines
  cr_rejected rejected[CR_REJECTED_SHOWN];
  cr_event* event;
  size_t n_events, event_capacity;
  uint64_t rescanned;  ///< bytes read twice because of broken quotes
} cr_intake;

/// Bytes of a file and the rows found in them.
typedef struct {
  unsigned char* bytes;
  size_t n, capacity;
  size_t used;  ///< bytes before this are dealt with; the rest starts the next block
  bool last;    ///< nothing follows these bytes
  uint32_t* mark;
  uint32_t* line;
  size_t row_capacity;
  size_t first_row;
  cr_rows rows;
} cr_block;

/// A status as it is looked up: lower case, runs of spaces one space, none at the ends.
/// `out` has room for n bytes; returns the length.
size_t cr_intake_status(const unsigned char* text, size_t n, unsigned char* out);

/// Starts a block with what `before` left unused (NULL: nothing) and fills it from the
/// source.
cr_status cr_block_read(cr_block* block, const cr_block* before, cr_source* source,
                        cr_error* err);

/// Accounts for the lines of the first block up to and with the header, whose offset
/// counts from `block->used`.
cr_status cr_block_skip_header(cr_block* block, cr_intake* intake, cr_error* err);

/// Finds the rows in a block and accounts for every other record. Errors: CR_ELIMIT
/// `field_limit`, `line_limit`, `row_limit`, `quote_limit`; CR_EPARSE `other_header`
/// when a header with other columns stands among the rows; CR_ENOMEM.
cr_status cr_block_index(cr_block* block, cr_intake* intake, cr_error* err);

/// Both idempotent; they accept zeroed structs.
void cr_block_free(cr_block* block);
void cr_intake_free(cr_intake* intake);

#endif
