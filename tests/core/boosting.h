#ifndef LCRISK_TESTS_BOOSTING_H
#define LCRISK_TESTS_BOOSTING_H

// Settings and comparison of boosted trees, for test_boost.c and test_bag.c.

#include "check.h"
#include "credit_scene.h"
#include "tree/boost.h"

enum { N = MOST_ROWS };

static inline cr_boost_settings settings(void) {
  const cr_boost_settings chosen = {.trees = 12,
                                    .rate = 0.2,
                                    .max_leaves = 15,
                                    .max_depth = 6,
                                    .min_leaf = 30,
                                    .l2 = 1.0,
                                    .row_share = 1.0,
                                    .column_share = 1.0};
  return chosen;
}

static inline bool same_model(const cr_boost* a, const cr_boost* b) {
  const cr_trees *s = &a->trees, *t = &b->trees;
  const size_t n = s->n_nodes;
  return a->base == b->base && n == t->n_nodes && s->n_trees == t->n_trees &&
         s->n_subsets == t->n_subsets &&
         memcmp(s->feature, t->feature, n * sizeof *s->feature) == 0 &&
         memcmp(s->bin, t->bin, n * sizeof *s->bin) == 0 &&
         memcmp(s->missing_left, t->missing_left, n * sizeof *s->missing_left) == 0 &&
         memcmp(s->left, t->left, n * sizeof *s->left) == 0 &&
         memcmp(s->value, t->value, n * sizeof *s->value) == 0 &&
         memcmp(s->gain, t->gain, n * sizeof *s->gain) == 0 &&
         memcmp(s->cover, t->cover, n * sizeof *s->cover) == 0 &&
         memcmp(s->subset_bits, t->subset_bits, s->n_subsets * CR_SUBSET_BYTES) == 0;
}

#endif
