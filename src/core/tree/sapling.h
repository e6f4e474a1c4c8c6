#ifndef LCRISK_TREE_SAPLING_H
#define LCRISK_TREE_SAPLING_H

#include <stdbool.h>

#include "base/team.h"
#include "data/bins.h"
#include "tree/grove.h"
#include "tree/tally.h"
#include "tree/twig.h"

/// Growing one tree of a forest (Breiman 2001) by one member of a team: depth first, left
/// child first, at every node the best split among some features drawn anew.
///
/// The node's words (tree/urn.h) stand together. Once a node is small enough its rows'
/// codes are copied into a table of their own, so that everything below it happens in the
/// cache; results do not depend on when that is.

enum { CR_SAPLING_DEPTH = 512 };

/// What all trees of a forest share.
typedef struct {
  const cr_codes* codes;  ///< with columns and plain blocks
  const cr_bins* bins;
  const int32_t* unit;  ///< weight of each row in units; NULL: 1 each
  double unit_weight;   ///< training weight of one unit
  int n_try;            ///< features drawn at a node; more while none of them splits it
  double min_leaf;      ///< least weight of a leaf
  double min_split;     ///< least weight of a node that is split
  int max_depth;        ///< most splits on the way to a leaf, 1 .. CR_SAPLING_DEPTH
  bool random;          ///< one split drawn for each feature, not the best
  double base;          ///< share of events in training
  double smooth;        ///< weight of `base` in every leaf's share
  cr_simd simd;
} cr_sapling_rule;

/// A node that waits for its turn.
typedef struct {
  size_t start, n;  ///< its words
  cr_cell total;
  int32_t parent;  ///< whose right child it is; -1: the node before is its parent
  int depth;
  bool local;  ///< its words name rows of the copied table
} cr_sapling_node;

/// A member's workshop and, after cr_sapling_grow(), its tree.
typedef struct {
  const cr_sapling_rule* rule;
  uint32_t *word, *spare;  ///< the caller puts the bag into `word`
  uint8_t* code;           ///< copied rows
  int32_t* unit;           ///< of the copied rows
  size_t width, local_rows;
  cr_cell* cells;    ///< CR_TALLY_TOGETHER features
  cr_twig twig;      ///< a node of few words
  int32_t* feature;  ///< those that can split at all, in any order
  int n_features;
  uint64_t key, draws;
  size_t visited;  ///< words since the team was last asked
  cr_sapling_node* waiting;
  int n_waiting;

  int32_t *split, *follow, *cover;  ///< as in cr_grove
  size_t n_nodes, nodes_room;
  int32_t* subset_feature;
  uint8_t* subset_bits;
  size_t n_subsets, subsets_room;
  double* gain;  ///< by feature: what its splits gained, in training weight
} cr_sapling;

/// Allocates for bags of up to `n_rows` words. `sapling` zeroed before, freed after, also
/// on failure; the rule outlives it.
cr_status cr_sapling_make(const cr_sapling_rule* rule, size_t n_rows, cr_sapling* sapling,
                          cr_error* err);
void cr_sapling_free(cr_sapling* sapling);

/// Grows tree number `tree` from the first `n` words, which it reorders. CR_ENOMEM, or
/// CR_ECANCELLED when the team is to stop, which it asks at least every few hundred
/// thousand words.
cr_status cr_sapling_grow(cr_worker* me, cr_sapling* sapling, uint64_t seed, size_t tree,
                          size_t n);

#endif
