#ifndef LCRISK_TREE_WALK_H
#define LCRISK_TREE_WALK_H

#include "base/team.h"
#include "data/bins.h"
#include "tree/grove.h"

/// Rows walking through the trees of a grove, eight side by side: one walk is a chain of
/// loads that wait for each other, eight of them fill the processor.

/// A node as the walk wants it, loaded at once. A row goes right when its code, less
/// `shift`, is at least `first`: a shift of 1 sends 0, missing, round to 255. A leaf
/// leads to itself, to the right, whatever the code. Shift 2: by subset.
typedef struct {
  int32_t right;
  uint16_t feature;
  uint8_t shift, first;
} cr_walk_step;

/// Translates a valid tree of `n_nodes` nodes.
void cr_walk_steps(const cr_grove_tree* tree, size_t n_nodes, cr_walk_step* step);

/// Bytes of one row in a table of rows.
static inline size_t cr_walk_width(const cr_codes* codes) {
  return (codes->n_features + CR_BLOCK - 1) / CR_BLOCK * CR_BLOCK;
}

/// Copies the codes of the rows row[0..n) side by side, each cr_walk_width() bytes.
/// `codes` with plain blocks.
void cr_walk_gather(const cr_codes* codes, const uint32_t* row, size_t n, uint8_t* table);

/// value[i]: what the leaf of row i of the table holds, i < n.
void cr_walk_leaves(const cr_grove_tree* tree, const cr_walk_step* step,
                    const uint8_t* table, size_t width, size_t n, int32_t* value);

/// score[i]: log-odds of the mean probability of row i over the trees. The same bits for
/// one row and for a million, on any number of threads. Trusts nothing: few rows are
/// walked step by checked step, for many the grove is validated once. `codes` with plain
/// blocks. CR_EMODEL for a damaged grove. Eight bytes a node of scratch.
cr_status cr_walk_score(const cr_grove* grove, const cr_codes* codes, const cr_run* run,
                        double* score, cr_error* err);

#endif
