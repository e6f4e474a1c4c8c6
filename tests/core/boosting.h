#ifndef LCRISK_TESTS_BOOSTING_H
#define LCRISK_TESTS_BOOSTING_H

// Rows to boost on, for test_boost.c and test_bag.c.

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"
#include "tree/boost.h"

enum { N = 20000, P = 19 };

typedef struct {
  double x[P][N];
  int32_t level[N];
  int32_t event[N];
  uint32_t row[N];
  cr_column column[P + 1];
  cr_frame frame;
} sample;

// Numbers with missing values, a factor, and an event that depends on both.
static inline void simulate(sample* s) {
  cr_rng rng = cr_rng_stream(21, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < P; j++) {
      s->x[j][i] = j % 3 == 0 ? (double)cr_rng_below(&rng, 5) : cr_rng_normal(&rng);
      if (j % 4 == 1 && cr_rng_below(&rng, 10) == 0) s->x[j][i] = NAN;
    }
    s->level[i] = 1 + (int32_t)cr_rng_below(&rng, 12);
    const double missing = s->x[1][i] != s->x[1][i] ? 1.0 : 0.0;
    const double z = -1.5 + s->x[2][i] + 0.3 * s->x[0][i] * (s->x[4][i] > 0) + missing +
                     (s->level[i] % 3 == 0 ? 0.8 : 0.0);
    s->event[i] = cr_rng_unit(&rng) < cr_logistic(z);
    s->row[i] = (uint32_t)i;
  }
  for (size_t j = 0; j < P; j++) {
    s->column[j] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = s->x[j]};
  }
  s->column[P] =
      (cr_column){.type = CR_COLUMN_LEVEL, .integer = s->level, .n_levels = 12};
  s->frame = (cr_frame){N, P + 1, s->column};
}

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
