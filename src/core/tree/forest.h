#ifndef LCRISK_TREE_FOREST_H
#define LCRISK_TREE_FOREST_H

#include <stdbool.h>

#include "base/team.h"
#include "data/bins.h"
#include "tree/grove.h"

/// Random forests of probability trees (Breiman 2001; Malley and others 2012) on codes.
/// Each tree is one task; the same inputs and seed give the same bits on any number of
/// threads.

typedef struct {
  int trees;         ///< at least 1
  int n_try;         ///< features drawn at a node, at least 1
  double min_leaf;   ///< least training weight of a leaf
  double min_split;  ///< least training weight of a node that is split
  int max_depth;     ///< 1 .. CR_SAPLING_DEPTH
  double row_share;  ///< rows drawn for each tree, as a share of all, (0, 1]
  bool replace;      ///< drawn rows go back
  bool random;       ///< extremely randomised trees: splits drawn, not searched
  double smooth;     ///< weight of the overall share of events in every leaf, at least 0
} cr_forest_settings;

typedef struct {
  const int32_t* event;  ///< 0 or 1 for each row of the codes
  const double* weight;  ///< positive and finite; NULL: all 1
  const uint32_t* row;   ///< rows to learn from, ascending
  size_t n_rows;
} cr_forest_data;

/// A fitted forest. Zeroed before; cr_forest_free() after.
typedef struct {
  cr_grove grove;
  double unit_weight;  ///< training weight of one unit of the grove's covers
  double* importance;  ///< by feature: fall of the Gini index, mean over rows and trees
  int64_t* oob_sum;    ///< by position in data->row: leaf values of trees without the row
  int32_t* oob_trees;  ///< how many those are
} cr_forest;

/// Fits. Both classes must be among the rows (CR_EINPUT); at most 2^26 rows of codes
/// (CR_ELIMIT). `codes` with columns and plain blocks. CR_ECANCELLED and CR_ENOMEM leave
/// *forest freed. Memory beside the codes: 16 bytes a row, 13 more a row and thread,
/// 12 a node and once more that while the trees are joined.
cr_status cr_forest_fit(const cr_codes* codes, const cr_bins* bins,
                        const cr_forest_data* data, const cr_forest_settings* settings,
                        const cr_run* run, cr_forest* forest, cr_error* err);

void cr_forest_free(cr_forest* forest);

#endif
