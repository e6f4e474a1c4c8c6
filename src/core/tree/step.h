#ifndef LCRISK_TREE_STEP_H
#define LCRISK_TREE_STEP_H

#include "tree/fit.h"

/// The Newton step of a finished tree: leaf values from exact sums, new log-odds, and
/// the gradients for the next tree, leaf by leaf.

/// Member 0: the gradients before the first tree, all rows at log-odds `base`.
void cr_step_start(cr_fit* fit, double base);

/// Every member, after the tree: sums over each leaf; a barrier; new scores and
/// gradients. Member 0 has called cr_step_list() and all have met. To be followed by
/// a barrier.
void cr_step_update(cr_worker* me, cr_fit* fit);

/// Member 0: shares the leaves' rows out in pieces.
void cr_step_list(cr_fit* fit);

/// What leaf `leaf` of the finished tree adds to the log-odds.
double cr_step_value(const cr_fit* fit, int leaf);

/// Mean log loss of a set of held-out rows, weighted; times the sum of their weights.
double cr_step_held_loss(const cr_fit* fit, int set);

/// Member 0: the log-odds of a set's rows, at their places in the list of held-out rows.
void cr_step_held_scores(const cr_fit* fit, int set, double* score);

/// Member 0: area under the ROC curve of a set's rows, each counted once. O(n).
cr_status cr_step_held_area(cr_fit* fit, int set, double* area);

#endif
