#ifndef LCRISK_TREE_DRAW_H
#define LCRISK_TREE_DRAW_H

#include "tree/fit.h"

/// Which rows and features one tree learns from. A draw depends on (seed, round, row)
/// alone, never on who draws.

/// Member 0, before a tree: draws the features and the key of the rows.
void cr_draw_round(cr_fit* fit, size_t round);

/// Member 0: the units of this tree's cells from the sums over rows (fit->sum_absolute,
/// sum_hessian, lowest, highest), and what a hessian says about a count.
void cr_draw_units(cr_fit* fit);

/// A chance as a limit of 64 random bits; 1 is slightly below 2^64, so that the
/// conversion does not overflow.
uint64_t cr_draw_limit(double chance);

/// Every member: counts the rows in the bag; a barrier; packs bag and riders (rows left
/// out of the bag, then held-out rows); to be followed by a barrier. Adds up the root.
void cr_draw_rows(cr_worker* me, cr_fit* fit);

/// The root of the tree, after that barrier.
cr_split_node cr_draw_root(const cr_fit* fit);

#endif
