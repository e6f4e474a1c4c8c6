#ifndef LCRISK_TREE_WHATIF_H
#define LCRISK_TREE_WHATIF_H

#include "base/team.h"
#include "data/bins.h"
#include "tree/trees.h"

/// What trees would give if some features were otherwise, from the codes: nothing is
/// encoded again.

/// output[s * n_rows + i] is the trees' output of row i with the features
/// `feature[0..n_features)` taken from row s of `setting`, which has codes of the same
/// features. `codes` is changed and put back, also on failure. `trees` passed
/// cr_trees_validate().
cr_status cr_whatif_set(const cr_trees* trees, const cr_codes* codes,
                        const int32_t* feature, size_t n_features,
                        const cr_codes* setting, const cr_run* run, double* output,
                        cr_error* err);

/// The same with the features of row i taken, all together, from row
/// order[s * n_rows + i] (0-based, below n_rows) of the codes themselves.
cr_status cr_whatif_swap(const cr_trees* trees, const cr_codes* codes,
                         const int32_t* feature, size_t n_features, const int32_t* order,
                         size_t n_orders, const cr_run* run, double* output,
                         cr_error* err);

#endif
