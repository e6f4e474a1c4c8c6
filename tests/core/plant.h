#ifndef LCRISK_TESTS_PLANT_H
#define LCRISK_TESTS_PLANT_H

// Random trees, for test_shap.c and test_versus.c.

#include "base/rng.h"
#include "check.h"
#include "tree/trees.h"

// Random trees over `n_features`; a `chain` is as deep as it has splits. Covers are
// random too: a node's is the sum of its children's, one leaf in twelve has none.
static inline void plant(int n_features, int n_trees, int n_leaves, bool chain,
                         cr_rng* rng, cr_trees* trees) {
  for (int t = 0; t < n_trees; t++) {
    CHECK(cr_trees_reserve(trees, 2 * (size_t)n_leaves, (size_t)n_leaves, NULL) == CR_OK);
    const size_t first = trees->n_nodes;
    int n = 1;
    trees->feature[first] = -1;
    for (int leaves = 1; leaves < n_leaves; leaves++) {
      int32_t node = n - 1;
      while (!chain && node >= 0) {
        node = (int32_t)cr_rng_below(rng, (uint32_t)n);
        if (trees->feature[first + (size_t)node] < 0) break;
      }
      const size_t at = first + (size_t)node;
      trees->feature[at] = (int32_t)cr_rng_below(rng, (uint32_t)n_features);
      trees->bin[at] = 1 + (int32_t)cr_rng_below(rng, 200);
      trees->missing_left[at] = (int32_t)cr_rng_below(rng, 2);
      trees->subset[at] = -1;
      if (cr_rng_below(rng, 4) == 0) {
        trees->subset[at] = (int32_t)trees->n_subsets;
        uint8_t* bits = trees->subset_bits + trees->n_subsets++ * CR_SUBSET_BYTES;
        for (int b = 0; b < CR_SUBSET_BYTES; b++)
          bits[b] = (uint8_t)cr_rng_below(rng, 256);
      }
      trees->left[at] = n;
      trees->right[at] = n + 1;
      trees->feature[first + (size_t)n] = trees->feature[first + (size_t)n + 1] = -1;
      n += 2;
    }
    for (int i = n - 1; i >= 0; i--) {
      const size_t at = first + (size_t)i;
      trees->value[at] = cr_rng_normal(rng);
      trees->gain[at] = 0;
      trees->cover[at] = trees->feature[at] < 0
                             ? (double)cr_rng_below(rng, 12)
                             : trees->cover[first + (size_t)trees->left[at]] +
                                   trees->cover[first + (size_t)trees->right[at]];
    }
    trees->n_nodes += (size_t)n;
    trees->tree_start[++trees->n_trees] = (int32_t)trees->n_nodes;
  }
  CHECK(cr_trees_validate(trees, (size_t)n_features, NULL) == CR_OK);
}

#endif
