#ifndef LCRISK_NEAR_KNN_H
#define LCRISK_NEAR_KNN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "near/space.h"

/// The exact `k` nearest of the base rows for each query row.
///
/// `base[0..n_base)` and `query[0..n_query)` are ascending rows of `frame`; a row that is
/// in both is not its own neighbour. Neighbours are those of the smallest (squared
/// distance, row), in that order: of points equally far the first rows count. k is at
/// least 1, and each query row must have k base rows beside itself.
///
/// `neighbour` receives n_query times k rows of the frame; `distance`, which may be NULL,
/// the distances. Both are untouched on failure.
///
/// All pairs are compared by the bound of near/screen.h, whatever passes by the distance
/// itself, so the answer is exact and depends on nothing but the rows: O(n_query n_base
/// entries / 32) processor cycles with AVX2, 2 bytes an entry and 8 a column of scratch
/// for each row.
cr_status cr_knn_find(const cr_space* space, const cr_frame* frame, const uint32_t* base,
                      size_t n_base, const uint32_t* query, size_t n_query, int k,
                      const cr_run* run, uint32_t* neighbour, double* distance,
                      cr_error* err);

#endif
