#ifndef LCRISK_DATA_FOLD_H
#define LCRISK_DATA_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/status.h"

/// Random order within strata, from which folds and hold-outs are dealt.
///
/// `stratum[i]` is in 0 .. n_strata-1. `item[i]` names row i, once; NULL names rows by
/// their number. Writes to `rank[i]` the place of row i, from 0, among the rows of its
/// stratum in the order of the draws of (seed, purpose, round, item); equal draws
/// keep the order of rows. So with items given the order of rows does not matter, and
/// two rounds are independent.
///
/// n < 2^32, round < 2^31. O(n) time, 28 bytes a row and 4 a stratum of scratch; `rank`
/// is untouched on failure.
cr_status cr_fold_rank(const int32_t* stratum, const int32_t* item, size_t n,
                       size_t n_strata, uint64_t seed, cr_purpose purpose, uint32_t round,
                       int32_t* rank, cr_error* err);

#endif
