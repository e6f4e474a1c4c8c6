#ifndef LCRISK_TREE_OWEN_H
#define LCRISK_TREE_OWEN_H

#include "base/simd.h"
#include "tree/paths.h"

/// Shapley terms of a group of leaves (tree/paths) for many rows side by side.
///
/// With o = 1 where a row follows a feature's splits on the way to a leaf, else 0, and
/// the feature's share z, the leaf is worth value * product(S: o) * product(not S: z) to
/// the set S. By the multilinear extension (Owen 1972) the Shapley value of feature k is
///   value * integral over 0 < t < 1 of (o_k - z_k) * product(j not k: t o_j + (1 - t)
///   z_j)
/// and half the Shapley interaction of k and l has both their differences in front. The
/// integrand is a polynomial of a degree below the number of features d, so Gauss's
/// quadrature with d / 2 points is exact: d^2 / 2 products, all of numbers above 0.

enum { CR_OWEN_LANES = 64 };

/// Room for the largest group of `paths`; of one member of a team.
typedef struct {
  bool pairs;
  uint8_t* right;  ///< CR_OWEN_LANES answers for each split of a group: 255 right, 0 left
  double* term;    ///< CR_OWEN_LANES results for each term of a group
  int64_t* holds;
  double* factor;
  double* point;
} cr_owen;

/// Terms of a group: one for each slot, then one for each pair of slots j < k at
/// k (k - 1) / 2 + j.
size_t cr_owen_terms(size_t n_slots, bool pairs);

cr_status cr_owen_make(const cr_paths* paths, bool pairs, cr_owen* owen, cr_error* err);
void cr_owen_free(cr_owen* owen);

/// Fills term[] for the first `n` lanes from the answers in right[], of which as many as
/// fill a multiple of 4 must be there. A lane's result depends on its answers alone.
void cr_owen_add(const cr_owen* owen, const cr_paths* paths, size_t group, size_t n,
                 cr_simd simd);

#endif
