#ifndef LCRISK_TREE_SCAN_H
#define LCRISK_TREE_SCAN_H

#include "tree/grower.h"

/// Histograms of leaves and their best splits, block of 16 features by block, by all
/// members of a team.

/// Adds rows start .. start + n - 1 of a bag's buffer to the member's private histogram.
void cr_scan_add(const cr_grower* grower, int member, int buffer, size_t start, size_t n);

/// True when the leaf is deep and large enough to be split at all.
bool cr_scan_may_split(const cr_grower* grower, const cr_leaf* leaf);

/// Builds the root's histogram and finds its best split. Two barriers inside.
void cr_scan_root(cr_worker* me, cr_grower* grower, cr_leaf* root);

/// Builds the smaller child's histogram (merging the private ones when `shared`),
/// turns the parent's, in the larger child's slot, into the larger child's, and finds
/// the best split of both. To be followed by a barrier and cr_scan_take().
void cr_scan_children(cr_worker* me, cr_grower* grower, const cr_leaf* small,
                      const cr_leaf* large, bool shared);

/// Sets leaf->best from what all members found; child 0 is the smaller one.
void cr_scan_take(const cr_grower* grower, int child, cr_leaf* leaf);

/// Rows from which on a child's histogram is shared out by rows; below, members take
/// whole blocks, which needs no private histograms to clear and merge.
enum { CR_SCAN_SHARED = 8192 };

#endif
