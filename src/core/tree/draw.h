#ifndef LCRISK_TREE_DRAW_H
#define LCRISK_TREE_DRAW_H

#include "tree/fit.h"

/// Which rows and features one tree learns from. A draw depends on (seed, round, row)
/// alone, never on who draws.

/// Member 0, before a tree: draws the features and the key of the rows.
void cr_draw_round(cr_fit* fit, size_t round);

/// Every member: counts the rows in the bag; a barrier; packs bag and riders (rows left
/// out of the bag, then held-out rows); to be followed by a barrier. Adds up the root.
void cr_draw_rows(cr_worker* me, cr_fit* fit);

/// The root of the tree, after that barrier.
cr_split_node cr_draw_root(const cr_fit* fit);

#endif
