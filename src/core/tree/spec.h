#ifndef LCRISK_TREE_SPEC_H
#define LCRISK_TREE_SPEC_H

#include <stdbool.h>

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
  bool by_size;         ///< rows are drawn by the size of their gradients (tree/weigh)
  double column_share;  ///< features drawn for each tree, (0, 1]
  int patience;  ///< stop when the best held-out loss is this many rounds old; 0: never
  bool stop_by_area;  ///< held-out loss is 1 - AUC, asked every 5 rounds; else log loss
  double seconds;     ///< no new round after so many; 0: no limit
  const int8_t* monotone;  ///< by feature: +1 rising, -1 falling, 0 free; NULL: all free
  /// By feature, one bit for each group of features that may meet on a path; a feature of
  /// no group meets only itself. NULL: all may meet.
  const uint64_t* groups;
} cr_boost_settings;

/// Rows to learn from and, for early stopping, rows to watch. Row numbers ascend, in
/// each set of watched rows.
typedef struct {
  const int32_t* event;  ///< 0 or 1 for each row of the codes
  const double* weight;  ///< positive and finite, sum below 2^32; NULL: all 1
  const uint32_t* row;
  size_t n_rows;
  const uint32_t* held_row;
  size_t n_held;
  /// The watched rows are two sets when this is above 0: so many and the rest. Each stops
  /// for itself, as if it were alone, and the fit ends when both have stopped.
  size_t n_held_first;
  const uint8_t* usable;  ///< by feature: 0 keeps it out of the draw; NULL: all usable
  /// To go on with a model: its log-odds of each row of the codes, its `base`, and its
  /// number of trees, from which on the rounds are numbered. NULL, 0, 0: from the start.
  const double* offset;
  double base;
  size_t first_round;
  /// Where made rows come from, for cr_bag_fit(): the two positions in `row` that the row
  /// at a position lies between, both that of the original for a copy, -1 for a row that
  /// is not there. A row of the data has its own position twice. NULL: all are.
  const int32_t* origin[2];
  double held_event;  ///< times its weight, what a held-out event counts; 0 means 1
} cr_boost_data;

/// Why a fit ended.
typedef enum {
  CR_BOOST_TREES,    ///< all trees were grown
  CR_BOOST_STALE,    ///< the held-out loss went stale
  CR_BOOST_SECONDS,  ///< the time was over
  CR_BOOST_ENOUGH    ///< run->enough was set
} cr_boost_end;

/// A fitted model and how it went. Zeroed before; cr_boost_free() after.
typedef struct {
  cr_trees trees;    ///< up to the best round, of two sets the later one
  double base;       ///< log-odds before the first tree
  size_t n_rounds;   ///< rounds run
  size_t n_best[2];  ///< trees up to the best round of each set of held-out rows
  /// Of the held-out rows after each round; NaN: not asked. Of a second set behind
  /// settings->trees entries for the first.
  double* held_loss;
  /// With two sets, for each held-out row: its log-odds at the best round of the set that
  /// it is not in. NULL with one.
  double* crossed;
  cr_boost_end end;
} cr_boost;

#endif
