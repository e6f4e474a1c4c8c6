#ifndef LCRISK_TREE_TREES_H
#define LCRISK_TREE_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// A list of binary trees over codes (data/bins.h), as plain arrays.
///
/// Nodes of one tree stand together, root first, children after parents; `left` and
/// `right` count from the tree's first node. A node sends a row left when its code
/// is at most `bin` (number) or is in the node's subset (level). Code 0, missing,
/// goes where `missing_left` says; in a subset it is a member like any other.

enum { CR_SUBSET_BYTES = 32 };  ///< one bit for each code 0 .. 255

typedef struct {
  size_t n_trees, n_nodes, n_subsets;
  size_t trees_room, nodes_room, subsets_room;
  int32_t* tree_start;    ///< n_trees + 1 offsets into the node arrays
  int32_t* feature;       ///< -1: a leaf
  int32_t* bin;           ///< last code that goes left; -1: by subset
  int32_t* subset;        ///< index into `subset_bits`, -1: by bin
  int32_t* missing_left;  ///< 0 or 1
  int32_t* left;          ///< -1 in leaves
  int32_t* right;
  double*
      value;  ///< what a leaf adds to the log-odds; inner nodes: their own would-be value
  double* gain;          ///< loss reduction of the split, 0 in leaves
  double* cover;         ///< weight of the training rows that came here
  uint8_t* subset_bits;  ///< CR_SUBSET_BYTES each, bit c of byte c / 8
} cr_trees;

/// Makes room for one more tree of up to `n_nodes` nodes and `n_subsets` subsets.
cr_status cr_trees_reserve(cr_trees* trees, size_t n_nodes, size_t n_subsets,
                           cr_error* err);

/// Adds the trees of `from` to those of `to`, leaf values divided by `divisor`. CR_EMODEL
/// when the subsets of a tree of `from` do not stand together, as fitted ones do.
cr_status cr_trees_append(cr_trees* to, const cr_trees* from, double divisor,
                          cr_error* err);

/// Frees the arrays; accepts a zeroed struct and may be called twice.
void cr_trees_free(cr_trees* trees);

/// CR_EMODEL unless every traversal over codes of `n_features` features ends in a
/// leaf inside the arrays: offsets ascend, children come after parents and have
/// exactly one, features and subsets exist, values are finite. O(nodes).
cr_status cr_trees_validate(const cr_trees* trees, size_t n_features, cr_error* err);

/// True when a row with this code goes left at node `node` (an index into the arrays).
static inline int cr_trees_goes_left(const cr_trees* trees, size_t node, uint8_t code) {
  if (trees->subset[node] >= 0) {
    const uint8_t* bits =
        trees->subset_bits + (size_t)trees->subset[node] * CR_SUBSET_BYTES;
    return bits[code >> 3] >> (code & 7) & 1;
  }
  return code == 0 ? trees->missing_left[node] : code <= trees->bin[node];
}

#endif
