#ifndef LCRISK_TREE_CROSS_H
#define LCRISK_TREE_CROSS_H

#include "tree/boost.h"

/// Cross-validation of boosted ensembles (tree/bag) in which every fit serves two folds.
///
/// The ensemble that judges fold i has as members fits that leave out fold i and one more
/// fold, its partner, on which they stop. A fit that leaves out folds i and j therefore
/// is a member for fold i, cut where fold j stops it, and a member for fold j, cut where
/// fold i stops it: no row of a fold has a part in the ensemble that judges it, neither
/// in the trees nor in their number, nor in the bins, which each fit learns from its own
/// rows. With all other folds as partners the ensembles are those of tree/bag with
/// n_folds - 1 folds, dealt as the outer ones are, from half the fits.

typedef struct {
  const int32_t* fold;  ///< 0 .. n_folds - 1, by position of data->row
  int n_folds;          ///< at least 3
  int n_partners;       ///< of each fold, 2 .. n_folds - 1; even when n_folds is odd
  int max_bins;         ///< as for cr_bins_learn()
} cr_cross_plan;

/// Arrays of the caller.
typedef struct {
  double* link;      ///< by position of data->row: mean log-odds of its fold's ensemble
  int32_t* n_trees;  ///< n_partners for each fold: trees of each member
  uint64_t (*print)[2];  ///< for each fold: fingerprint of its ensemble (base/hash)
} cr_cross;

/// `data` holds all rows, those to learn from and to judge, in `row`; held_row, offset
/// and origin are ignored. Fits are jobs (base/jobs): same inputs and seed, same bits, on
/// any number of threads. CR_EINPUT when the rows of a fit have one class only. Memory:
/// two bytes a cell for each fit at work, and 8 n_partners bytes a row.
cr_status cr_cross_fit(const cr_frame* frame, const cr_boost_data* data,
                       const cr_cross_plan* plan, const cr_boost_settings* settings,
                       const cr_run* run, cr_cross* cross, cr_error* err);

/// Partners of each fold when `wanted` are: at most n_folds - 1, even when n_folds is
/// odd.
int cr_cross_partners(int n_folds, int wanted);

/// The number of fits, and the two folds that fit t leaves out.
size_t cr_cross_fits(int n_folds, int n_partners);
void cr_cross_pair(int n_folds, int n_partners, size_t t, int pair[2]);

#endif
