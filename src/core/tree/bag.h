#ifndef LCRISK_TREE_BAG_H
#define LCRISK_TREE_BAG_H

#include "tree/boost.h"

/// Boosting whose number of trees is found by cross-validation and whose result is
/// the average of the fold models: each of `n_folds` fits leaves its fold out, stops
/// early on it, and contributes its trees with leaf values divided by n_folds. The
/// sum of all trees is then the average log-odds. Averaging fold models is worth more
/// than refitting on all rows (Breiman 1996 on bagging; Erickson et al. 2025 on
/// tabular benchmarks), and every row helps to choose the size.
///
/// With settings->seconds each fold has an equal part of the time. A fold that has not
/// begun when run->enough is set is left out of the average (fold_trees 0).
///
/// Where rows were made (`data->origin`), only rows of the data are held out, and a row
/// made from a held-out one is in no part of that fold: the size is never chosen on rows
/// that the fit has relatives of.
///
/// Folds are stratified by class and drawn from run->seed; whole fits go to members of
/// the team, side by side, as far as that keeps all of them busy. `data->held_row` is
/// ignored, `data->offset` must be NULL. CR_EINPUT when a class has fewer rows than
/// folds.
cr_status cr_bag_fit(const cr_codes* codes, const cr_bins* bins,
                     const cr_boost_data* data, const cr_boost_settings* settings,
                     int n_folds, const cr_run* run, cr_boost* boost, int32_t* fold_trees,
                     cr_error* err);

/// fold[i], 0 .. n_folds - 1, for position i of data->row: stratified, sizes within a
/// class differ by at most one. -1 for a row that was made. Scratch of data->n_rows.
cr_status cr_bag_folds(const cr_boost_data* data, int n_folds, uint64_t seed,
                       int32_t* fold, cr_error* err);

#endif
