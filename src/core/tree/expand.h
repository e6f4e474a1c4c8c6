#ifndef LCRISK_TREE_EXPAND_H
#define LCRISK_TREE_EXPAND_H

#include "tree/grove.h"
#include "tree/trees.h"

/// A packed forest as plain trees whose values add up to the mean probability: each
/// leaf's divided by the number of trees. 48 bytes a node. `grove` passed
/// cr_grove_validate(); `trees` zeroed before, cr_trees_free() after.
cr_status cr_expand_grove(const cr_grove* grove, cr_trees* trees, cr_error* err);

#endif
