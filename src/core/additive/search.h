#ifndef LCRISK_ADDITIVE_SEARCH_H
#define LCRISK_ADDITIVE_SEARCH_H

#include "additive/state.h"

/// Between the two stages of a fit: puts every feature's codes into groups, screens the
/// pairs of the 64 features that matter most (largest variance of their mean table; none
/// with a direction, which a pair could bend) on up to 200,000 rows, and makes the best
/// the model's. Needs the first stage's tables and f->unseen; fills f->group,
/// f->pair_term and the model's pairs.
cr_status cr_search_pairs(cr_state* f, cr_error* err);

#endif
