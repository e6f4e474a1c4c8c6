#ifndef LCRISK_TREE_GROW_H
#define LCRISK_TREE_GROW_H

#include "tree/grower.h"

/// Grows one tree, best leaf first (Shi 2007), by all members of a team at once.
///
/// Every member keeps its own copy of the list of leaves and applies the same
/// decisions to it, so a split costs three meetings: rows flagged, rows moved
/// (and the smaller child's histogram built), both children scanned. All sums are
/// integers and rows keep their order, so the tree does not depend on the number of
/// members, on the size of chunks, nor on who took which.

/// Called by every member, with rows and cells of buffer 0, `n_bag`, `n_riders`, `rule`
/// and `feature_used` set. `root` is the sum of the bag's cells and its exact count.
/// Appends the tree to `trees` (room reserved; member 0 writes), leaf values 0; ends
/// with a barrier. Afterwards `leaves` has the rows of each leaf. When the team was
/// cancelled (all members return at the same place) nothing was appended.
void cr_grow_tree(cr_worker* me, cr_grower* grower, const cr_split_node* root,
                  cr_trees* trees);

#endif
