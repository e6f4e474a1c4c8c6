#ifndef LCRISK_TREE_SPEC_H
#define LCRISK_TREE_SPEC_H

#include "tree/trees.h"

/// What a boosting fit is told and what it gives: settings, data, result. The function
/// is in tree/boost.h.

typedef struct {
  int trees;            ///< rounds, at least 1
  double rate;          ///< shrinkage of each tree, in (0, 1]
  int max_leaves;       ///< 2 .. CR_MAX_LEAVES
  int max_depth;        ///< at least 1
  double min_leaf;      ///< least weight of training rows in a leaf, exact
  double l1;            ///< taken off the size of a leaf's gradient
  double l2;            ///< added to a leaf's hessian
  double min_gain;      ///< least loss reduction (times two) of a split
  double row_share;     ///< rows drawn for each tree, (0, 1]
  double column_share;  ///< features drawn for each tree, (0, 1]
  int patience;         ///< stop when the held-out loss is this many rounds old; 0: never
  const int8_t* monotone;  ///< by feature: +1 rising, -1 falling, 0 free; NULL: all free
  /// By feature, one bit for each group of features that may meet on a path; a feature of
  /// no group meets only itself. NULL: all may meet.
  const uint64_t* groups;
} cr_boost_settings;

/// Rows to learn from and, for early stopping, rows to watch. Row numbers ascend.
typedef struct {
  const int32_t* event;  ///< 0 or 1 for each row of the codes
  const double* weight;  ///< positive and finite, sum below 2^32; NULL: all 1
  const uint32_t* row;
  size_t n_rows;
  const uint32_t* held_row;
  size_t n_held;
} cr_boost_data;

/// A fitted model and how it went. Zeroed before; cr_boost_free() after.
typedef struct {
  cr_trees trees;     ///< up to the best round
  double base;        ///< log-odds before the first tree
  size_t n_rounds;    ///< rounds run
  double* held_loss;  ///< mean log loss of the held-out rows after each round; NULL: none
} cr_boost;

#endif
