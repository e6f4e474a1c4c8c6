#ifndef LCRISK_TREE_ROWS_H
#define LCRISK_TREE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "tree/hist.h"

/// Row numbers kept leaf by leaf: each leaf owns a stretch, in ascending order when
/// the root was. A split moves a stretch to the other of two buffers, left rows
/// first, each side in its old order, so the result does not depend on who moves what.
/// The packed gradients move along, which saves the histogram a gather per row.

typedef struct {
  uint32_t* row[2];
  cr_cell* cell[2];  ///< NULL for riders: rows that are scored but not learned from
  uint8_t* flag;     ///< 1: the row at this position goes left
} cr_rows;

/// Room for `n` rows; `with_cells` false for riders. CR_ENOMEM leaves *rows freed.
cr_status cr_rows_make(size_t n, int with_cells, cr_rows* rows, cr_error* err);
void cr_rows_free(cr_rows* rows);

/// Sets the flags of positions from .. to-1 of `buffer` by table[column[row]] and
/// returns how many go left.
size_t cr_rows_flag(cr_rows* rows, int buffer, size_t from, size_t to,
                    const uint8_t* column, const uint8_t table[256]);

/// Moves positions from .. to-1 to the other buffer, the flagged ones to `left` and
/// following, the others to `right` and following.
void cr_rows_move(cr_rows* rows, int buffer, size_t from, size_t to, size_t left,
                  size_t right);

#endif
