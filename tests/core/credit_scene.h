#ifndef LCRISK_TESTS_CREDIT_SCENE_H
#define LCRISK_TESTS_CREDIT_SCENE_H

// Rows to grow trees on, for test_boost.c, test_bag.c and test_forest.c.

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"
#include "data/frame.h"

enum { MOST_ROWS = 20000, P = 19 };

typedef struct {
  double x[P][MOST_ROWS];
  int32_t level[MOST_ROWS];
  int32_t event[MOST_ROWS];
  uint32_t row[MOST_ROWS];
  cr_column column[P + 1];
  cr_frame frame;
} sample;

// n rows of numbers with missing values, a factor, and an event that depends on both.
static inline void simulate(sample* s, size_t n, uint64_t seed) {
  cr_rng rng = cr_rng_stream(seed, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < n; i++) {
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
  s->frame = (cr_frame){n, P + 1, s->column};
}

#endif
