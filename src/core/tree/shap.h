#ifndef LCRISK_TREE_SHAP_H
#define LCRISK_TREE_SHAP_H

#include <stdbool.h>

#include "base/team.h"
#include "data/bins.h"
#include "tree/trees.h"

/// Exact Shapley values of a sum of trees. The worth of a set of features is the mean
/// of the trees' output when only these features decide at splits and the others follow
/// the training rows' shares ("path-dependent": Lundberg, Erion and Lee 2018).
///
/// A leaf is a product over the features of its path, so by the multilinear extension
/// (Owen 1972) its Shapley value is the integral of a polynomial, and Gauss's quadrature
/// is exact with half as many points as the path has features. There is no subtraction,
/// hence no loss of digits at any depth. Where at most eight splits decide among the
/// leaves of a subtree their answers are one byte, all 256 of which are worked out once
/// and looked up for each row.

/// value[j * n_rows + i] is the contribution of feature j to row i; with `interactions`
/// value[(k * n_features + j) * n_rows + i] that of the pair j, k (one half each way),
/// and of j alone where j = k; these add up to the contributions. `*mean` is the trees'
/// mean output; with it the contributions add up to the row's output.
///
/// `trees` passed cr_trees_validate() with codes->n_features; CR_EMODEL when covers are
/// not numbers of at least 0. Uses codes->column only. The same bits for one row and for
/// a million, any number of threads. Memory: the trees' tables, at most about 64 MB
/// beside those of the largest tree.
cr_status cr_shap_codes(const cr_trees* trees, const cr_codes* codes, bool interactions,
                        const cr_run* run, double* mean, double* value, cr_error* err);

#endif
