#ifndef LCRISK_TREE_TALLY_H
#define LCRISK_TREE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "tree/hist.h"
#include "tree/urn.h"

/// Counting the words of a node (tree/urn.h) by code, and splitting them in two.
///
/// A cell is that of tree/hist.h with the events in the high half and all rows in the low
/// one, so tree/split finds the best split by the Gini index as it is.

/// Where the codes of a word's row are: at code + row * row_step + feature *
/// feature_step. A column-major table has steps 1 and n, a row-major one the width and 1.
typedef struct {
  const uint8_t* code;
  size_t row_step, feature_step;
  const int32_t* unit;  ///< weight of each row in units; NULL: 1 each
} cr_tally_source;

/// What a word adds to a cell: its times in the low half, in the high half too if it is
/// an event; times its row's units when `unit` is not NULL.
static inline cr_cell cr_tally_cell(const int32_t* unit, uint32_t word) {
  const uint64_t times = word >> 1 & CR_WORD_TIMES;
  const uint64_t cell = times | (times & (0 - (uint64_t)(word & 1))) << 32;
  return (cr_cell)(unit == NULL ? cell : cell * (uint64_t)unit[word >> CR_WORD_ROW]);
}

enum {
  CR_TALLY_TOGETHER = 4,  ///< features counted in one pass over the words
  CR_TALLY_STRIDE = 264   ///< cells a feature; not a power of two, see tree/hist.h
};

/// cells[k * CR_TALLY_STRIDE + code of feature[k]] += the word's cell, k < n_features,
/// at most CR_TALLY_TOGETHER. About 1 ns a word and feature.
void cr_tally_add(const cr_tally_source* source, const uint32_t* word, size_t n,
                  const int32_t* feature, int n_features, cr_cell* cells);

/// The sum of the words' cells.
cr_cell cr_tally_total(const cr_tally_source* source, const uint32_t* word, size_t n);

/// Words whose code has table[code] = 1 come first, both parts in their old order.
/// Returns how many. `spare` has room for n.
size_t cr_tally_part(const cr_tally_source* source, uint32_t* word, size_t n,
                     size_t feature, const uint8_t table[256], uint32_t* spare);

#endif
