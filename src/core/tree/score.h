#ifndef LCRISK_TREE_SCORE_H
#define LCRISK_TREE_SCORE_H

#include "base/team.h"
#include "data/bins.h"
#include "tree/trees.h"

/// score[i] = base + the values of the leaves row i falls into, added in the order of
/// the trees; the same bits for one row and for a million. `trees` passed
/// cr_trees_validate() with codes->n_features. Uses codes->column only. Trees of up to 64
/// leaves are scored 64 rows at a time (tree/quick), others by walking.
cr_status cr_score_codes(const cr_trees* trees, const cr_codes* codes, double base,
                         const cr_run* run, double* score, cr_error* err);

/// used[j] = 1 for every feature that some tree splits on, else 0.
void cr_score_features(const cr_trees* trees, size_t n_features, uint8_t* used);

#endif
