#ifndef LCRISK_TREE_WEIGH_H
#define LCRISK_TREE_WEIGH_H

#include "tree/fit.h"

/// Minimal variance sampling (Ibragimov and Gusev 2019): a row is drawn with a chance
/// proportional to the size of its gradient and hessian, sqrt(g^2 + h^2), at most 1, and
/// counts 1 / chance when drawn, so that the sums of a histogram keep their expectation
/// and vary least. The threshold from which rows are surely drawn is one for all rows,
/// found from an integer histogram of the sizes: nobody's share of the rows changes it.

/// Every member: sizes up the rows; two barriers; the threshold is set. Nothing to do
/// unless rows are drawn by size.
void cr_weigh_rows(cr_worker* me, cr_fit* fit);

/// Chance of a training row to be drawn for this tree, in (0, 1].
double cr_weigh_chance(const cr_fit* fit, uint32_t row);

/// Scratch: fit->size_sums has room for 2 * CR_WEIGH_BUCKETS numbers a member.
enum { CR_WEIGH_BUCKETS = 8192 };

#endif
