#ifndef LCRISK_TREE_PART_H
#define LCRISK_TREE_PART_H

#include "tree/grower.h"

/// Splitting a leaf's rows in two, by all members of a team: first every row is
/// flagged, then, after a barrier, every row moves.

/// How the rows of one leaf are handed out; the same on every member.
typedef struct {
  size_t bag_piece, rider_piece;  ///< rows a piece
  size_t n_bag_pieces, n_rider_pieces;
  uint8_t table[256];  ///< 1: rows with this code go left
} cr_part;

cr_part cr_part_plan(const cr_worker* me, const cr_leaf* leaf);

/// Flags the rows and counts, piece by piece, those going left.
void cr_part_flag(cr_worker* me, cr_grower* grower, const cr_leaf* leaf,
                  const cr_part* part);

/// Rows of the bag and riders going left, once all members have flagged.
size_t cr_part_bag_left(const cr_grower* grower, const cr_part* part);
int64_t cr_part_count_left(const cr_grower* grower, const cr_part* part);  ///< in units
size_t cr_part_rider_left(const cr_grower* grower, const cr_part* part);

/// Moves the rows to the other buffer. With `build`, the smaller child's part of each
/// piece goes into this member's private histogram at once, while it is in the cache.
void cr_part_move(cr_worker* me, cr_grower* grower, const cr_leaf* leaf,
                  const cr_part* part, bool build, bool left_is_smaller);

#endif
