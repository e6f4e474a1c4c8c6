#ifndef LCRISK_TREE_GROVE_H
#define LCRISK_TREE_GROVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/bins.h"

/// Deep trees over codes (data/bins.h) whose leaves hold probabilities, packed into
/// twelve bytes a node: a forest has a thousand times the nodes of a boosted model.
///
/// Nodes of a tree stand together in the order of a walk that goes left first, so the
/// left child is the next node and only the right one is written down. Probabilities
/// are whole multiples of 2^-30: their sums are exact, in any order.

enum {
  CR_GROVE_ONE = 1 << 30,       ///< probability 1
  CR_GROVE_SUBSET = 1 << 30,    ///< in `split`: by subset
  CR_GROVE_FEATURES = 1 << 16,  ///< features at most
  CR_GROVE_SUBSET_BYTES = 32    ///< one bit for each code 0 .. 255
};

typedef struct {
  size_t n_trees, n_nodes, n_subsets;
  int32_t* tree_start;  ///< n_trees + 1 offsets into the node arrays
  /// -1: a leaf. CR_GROVE_SUBSET | s: left when the code is in subset s. Otherwise
  /// feature << 9 | missing_left << 8 | last code that goes left.
  int32_t* split;
  int32_t* follow;  ///< leaf: its probability; else the right child, from the tree's root
  int32_t* cover;   ///< weight of the training rows that came here, in units
  int32_t* subset_feature;
  uint8_t* subset_bits;  ///< CR_GROVE_SUBSET_BYTES each, bit c of byte c / 8
} cr_grove;

/// One tree: the node arrays from its root on, and the subsets it refers to.
typedef struct {
  const int32_t *split, *follow;
  const int32_t* subset_feature;
  const uint8_t* subset_bits;
} cr_grove_tree;

/// Frees the arrays; accepts a zeroed struct and may be called twice.
void cr_grove_free(cr_grove* grove);

cr_grove_tree cr_grove_at(const cr_grove* grove, size_t t);

/// CR_EMODEL unless every tree is exactly what is said above, with covers of at least 1
/// that add up and features below `n_features`. O(nodes).
cr_status cr_grove_validate(const cr_grove* grove, size_t n_features, cr_error* err);

/// The sum of what the leaves of one row hold, over all trees, with every step checked:
/// CR_EMODEL for a damaged tree, not looked at beyond the walk. `codes` with plain
/// blocks.
cr_status cr_grove_sum(const cr_grove* grove, const cr_codes* codes, size_t row,
                       int64_t* sum, cr_error* err);

/// Log-odds of the mean of `n_trees` leaf values, which is kept inside [1e-6, 1 - 1e-6].
double cr_grove_log_odds(int64_t sum, size_t n_trees);

/// used[j] = 1 for every feature that some tree splits on, else 0. Features outside
/// 0 .. n_features - 1 are passed over.
void cr_grove_features(const cr_grove* grove, size_t n_features, uint8_t* used);

// What a split word says.
static inline size_t cr_grove_feature(const cr_grove_tree* tree, int32_t split) {
  if (split & CR_GROVE_SUBSET) {
    return (size_t)tree->subset_feature[split ^ CR_GROVE_SUBSET];
  }
  return (size_t)split >> 9;
}

/// True when a row with this code goes right.
static inline int cr_grove_right(const cr_grove_tree* tree, int32_t split, uint8_t code) {
  if (split & CR_GROVE_SUBSET) {
    const uint8_t* bits =
        tree->subset_bits + (size_t)(split ^ CR_GROVE_SUBSET) * CR_GROVE_SUBSET_BYTES;
    return ~bits[code >> 3] >> (code & 7) & 1;
  }
  // Less one, code 0 is 255 and so beyond any last code; not so if it goes left.
  const uint8_t shift = (uint8_t)(~split >> 8 & 1);
  return (uint8_t)(code - shift) > (uint8_t)((uint8_t)split - shift);
}

#endif
