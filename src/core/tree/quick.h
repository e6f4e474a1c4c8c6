#ifndef LCRISK_TREE_QUICK_H
#define LCRISK_TREE_QUICK_H

#include "base/simd.h"
#include "data/bins.h"
#include "tree/trees.h"

/// Scoring without branches, for trees of up to 64 leaves: QuickScorer (Lucchese and
/// others 2015), many rows at a time.
///
/// Leaves are numbered from left to right. A row that goes right at a node cannot end in
/// a leaf of the node's left subtree; after all nodes have struck out what they can, the
/// lowest leaf still standing is the row's. Leaves are struck out eight at a time, as
/// one byte a row ("plane"), so one instruction serves 16 or 32 rows.

enum { CR_QUICK_LEAVES = 64, CR_QUICK_ROWS = 64 };

/// Strike `drop` from a row's plane when its code, less `shift`, is above `last`. The
/// shift by one sends code 0, missing, round to 255 and so to the right; both are lower
/// by 128, because processors compare vectors of signed bytes. With `slot` not -1 the
/// code is the answer of that question of the tree: 255 right, 0 left.
typedef struct {
  int32_t feature;
  int32_t slot;
  uint8_t shift, drop;
  int8_t last;
} cr_quick_step;

/// Is the code in a subset? Asked once a tree and row, needed in several planes.
typedef struct {
  int32_t feature, subset;
} cr_quick_question;

typedef struct {
  size_t n_trees;
  int32_t* plane_start;     ///< n_trees + 1 offsets into `step_start`
  int32_t* step_start;      ///< one more than planes in all: offsets into `step`
  int32_t* question_start;  ///< n_trees + 1 offsets into `question`
  cr_quick_step* step;
  cr_quick_question* question;
  double* value;  ///< CR_QUICK_LEAVES a tree, from left to right
} cr_quick;

/// True when all trees are small enough.
int cr_quick_fits(const cr_trees* trees);

/// Translates valid trees. `quick` zeroed before, cr_quick_free() after.
cr_status cr_quick_make(const cr_trees* trees, cr_quick* quick, cr_error* err);
void cr_quick_free(cr_quick* quick);

/// score[i] += value of the leaf of row start + i, tree after tree, for CR_QUICK_ROWS
/// rows.
void cr_quick_add(const cr_quick* quick, const cr_trees* trees, const cr_codes* codes,
                  size_t start, cr_simd simd, double* score);

#endif
