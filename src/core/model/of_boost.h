#ifndef LCRISK_MODEL_OF_BOOST_H
#define LCRISK_MODEL_OF_BOOST_H

#include "data/bins.h"
#include "model/learner.h"
#include "tree/trees.h"

/// Boosted trees: bins, trees and the log-odds they start from.
extern const cr_learner cr_of_boost;

/// Views of lists of plain arrays as R keeps them in a model, checked; they borrow from
/// `list` and must not be freed. For any learner that has bins or trees.
cr_status cr_view_bins(const cr_value* list, const cr_frame* shape, cr_bins* bins,
                       cr_error* err);
cr_status cr_view_trees(const cr_value* list, size_t n_features, cr_trees* trees,
                        cr_error* err);

#endif
