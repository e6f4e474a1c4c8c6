#ifndef LCRISK_TREE_PATHS_H
#define LCRISK_TREE_PATHS_H

#include <stdbool.h>

#include "tree/trees.h"

/// Trees as the ways to their leaves, the form in which Shapley values are summed.
///
/// A way is a list of entries, one for each feature on it: the share of the training rows
/// that would follow the way's splits on that feature if only they decided (the product
/// of the children's covers over their parents'), and the splits themselves. Leaves of
/// a subtree stand in one group when at most CR_PATHS_BITS splits decide among them, so
/// that the answers of a row to these splits are one byte; a deeper leaf is a group of
/// its own.

enum { CR_PATHS_BITS = 8 };

/// A split: right when the code, less `shift`, is above `last` (the shift by one sends
/// code 0, missing, round to 255 and so to the right); with `subset` not -1, when the
/// code is not in that subset.
typedef struct {
  int32_t feature;
  int32_t subset;
  uint8_t shift, last;
} cr_paths_split;

typedef struct {
  size_t n_groups, n_leaves, n_entries, n_conditions, n_splits, n_slots;
  size_t groups_room, leaves_room, entries_room, conditions_room, splits_room, slots_room;
  size_t max_splits, max_slots, max_entries;  ///< of a group; of a leaf
  int32_t* group_split;                       ///< n_groups + 1 offsets into `split`
  int32_t* group_leaf;                        ///< n_groups + 1 offsets into the leaves
  int32_t* group_slot;  ///< n_groups + 1 offsets into `slot_feature`
  cr_paths_split* split;
  int32_t* slot_feature;  ///< the features of a group, ascending
  int32_t* leaf_entry;    ///< n_leaves + 1 offsets into the entries
  double* leaf_value;
  int32_t* entry_slot;       ///< counts from the group's first slot
  double* entry_share;       ///< 0 .. 1
  int32_t* entry_condition;  ///< n_entries + 1 offsets into `condition`
  int32_t* condition;        ///< 2 * split of the group + 1 when the way goes right
} cr_paths;

/// Appends tree `t` of valid trees. CR_EMODEL when its covers are not finite numbers of
/// at least 0. Children that both have cover 0 count as equal. `paths` zeroed before,
/// cr_paths_free() after.
cr_status cr_paths_add(const cr_trees* trees, size_t t, cr_paths* paths, cr_error* err);

/// Forgets the trees and keeps the memory.
void cr_paths_clear(cr_paths* paths);
void cr_paths_free(cr_paths* paths);

/// The mean of tree `t`'s values over the training rows, as its covers tell it.
/// `scratch` has as many entries as the tree has nodes. Covers as cr_paths_add() wants.
double cr_paths_mean(const cr_trees* trees, size_t t, double* scratch);

/// Features, and splits, of a group.
static inline size_t cr_paths_slots(const cr_paths* paths, size_t group) {
  return (size_t)(paths->group_slot[group + 1] - paths->group_slot[group]);
}

static inline size_t cr_paths_splits(const cr_paths* paths, size_t group) {
  return (size_t)(paths->group_split[group + 1] - paths->group_split[group]);
}

/// Does a row with this code go right?
static inline bool cr_paths_goes_right(const cr_paths_split* split,
                                       const uint8_t* subset_bits, uint8_t code) {
  if (split->subset < 0) return (uint8_t)(code - split->shift) > split->last;
  const uint8_t* bits = subset_bits + (size_t)split->subset * CR_SUBSET_BYTES;
  return !(bits[code >> 3] >> (code & 7) & 1);
}

#endif
