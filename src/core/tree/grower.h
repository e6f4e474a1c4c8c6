#ifndef LCRISK_TREE_GROWER_H
#define LCRISK_TREE_GROWER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/team.h"
#include "data/bins.h"
#include "tree/hist.h"
#include "tree/rows.h"
#include "tree/split.h"
#include "tree/trees.h"

/// What growing a tree needs, allocated once for all trees of a fit and shared by the
/// team: rows in the order of leaves, histograms, scratch, the list of leaves. Used by
/// tree/part (moving rows), tree/scan (histograms and best splits) and tree/grow.

/// Limits of one tree.
typedef struct {
  int max_leaves;  ///< 2 .. CR_MAX_LEAVES
  int max_depth;   ///< edges from the root to the deepest leaf, at least 1
} cr_grow_limits;

enum { CR_MAX_LEAVES = 4096, CR_TOUCH_STRIDE = 64 };

/// One leaf: its stretches in the two lists of rows, and what is known about it.
typedef struct {
  size_t start, n;              ///< in `bag`
  size_t rider_start, rider_n;  ///< in `riders`
  int buffer;                   ///< which of the two buffers holds both
  int depth;
  int32_t node;  ///< index within the tree
  int slot;      ///< its histogram
  cr_split_node sums;
  cr_split best;
  uint64_t groups;  ///< interaction groups that hold all features on the way here
  int32_t alone;    ///< feature of no group used on the way here; -1: none
} cr_leaf;

/// Everything growing needs, allocated once for all trees of a fit.
typedef struct cr_grower {
  const cr_codes* codes;
  const cr_bins* bins;
  cr_grow_limits limits;
  cr_hist_layout layout;
  cr_split_rule rule;           ///< units and bounds set for each tree
  const uint8_t* feature_used;  ///< features this tree may split on
  const int64_t* row_count;     ///< count units of each row; NULL: 1 each
  const int8_t* monotone;       ///< direction by feature; NULL: free
  const uint64_t* groups;       ///< interaction groups by feature, as bits; NULL: free
  cr_simd simd;
  cr_rows bag;             ///< rows learned from, with packed gradients
  cr_rows riders;          ///< rows only scored
  size_t n_bag, n_riders;  ///< of this tree

  int n_members;
  cr_cell* slots;     ///< max_leaves histograms
  cr_cell* privates;  ///< one histogram a member
  uint8_t* touched;   ///< member's private histogram holds sums; 64 bytes apart
  size_t *piece_left, *piece_rider_left;  ///< rows going left, piece by piece
  int64_t* piece_count;                   ///< their count units, of rows in the bag
  cr_split* found;                        ///< best split by child and block
  cr_leaf* plans;                         ///< n_members lists of max_leaves leaves
  cr_counter flagging, moving, scanning, rooting;

  int n_leaves;     ///< of the finished tree
  cr_leaf* leaves;  ///< of the finished tree: the plan of member 0
} cr_grower;

/// Allocates for at most `n_rows` rows in each list and `n_members` members. The
/// grower must be zeroed before; codes, bins and limits outlive it.
cr_status cr_grower_make(const cr_codes* codes, const cr_bins* bins,
                         const cr_grow_limits* limits, size_t n_rows, size_t n_riders,
                         int n_members, cr_grower* grower, cr_error* err);
void cr_grower_free(cr_grower* grower);

/// Pieces of this size are handed out when `n` rows are shared by `n_members`: small
/// enough to share a node, large enough to pay for taking them. What a piece holds does
/// not change any result.
size_t cr_grower_piece(size_t n, int n_members);

static inline size_t cr_piece_count(size_t n, size_t size) {
  return (n + size - 1) / size;
}
static inline size_t cr_piece_end(size_t n, size_t size, size_t piece) {
  const size_t end = (piece + 1) * size;
  return end < n ? end : n;
}

/// Histogram `slot`; block `b` of the codes, row-major.
static inline cr_cell* cr_grower_slot(const cr_grower* grower, int slot) {
  return grower->slots + (size_t)slot * grower->layout.n_cells;
}
static inline const uint8_t* cr_grower_block(const cr_grower* grower, size_t b) {
  return grower->codes->block + b * grower->codes->n_rows * CR_BLOCK;
}

#endif
