#ifndef LCRISK_TESTS_LOGIT_SCENE_H
#define LCRISK_TESTS_LOGIT_SCENE_H

#include "base/mem.h"
#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"
#include "linear/gram.h"
#include "linear/sums.h"

enum { N = 3000, COLUMNS = 4, LONG = 3 * N };

static const cr_run ONE = {.threads = 1};

// A small problem with everything in it: numbers with missing values, a flag, levels.
typedef struct {
  size_t n;
  double number[2][LONG];
  int32_t flag[LONG], level[LONG], event[LONG];
  double weight[LONG];
  cr_column column[COLUMNS];
  cr_frame frame;
  cr_design design;
  cr_problem problem;
} scene;

static inline void set_up(scene* s, const double* weight, const cr_design* design,
                          bool reference) {
  s->column[0] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = s->number[0]};
  s->column[1] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = s->number[1]};
  s->column[2] = (cr_column){.type = CR_COLUMN_INTEGER, .integer = s->flag};
  s->column[3] = (cr_column){.type = CR_COLUMN_LEVEL, .integer = s->level, .n_levels = 5};
  s->frame = (cr_frame){s->n, COLUMNS, s->column};
  s->design = (cr_design){0};
  const cr_design_settings settings = {
      .tail = 0.005, .skewness = 1.5, .n_knots = 2, .reference = reference};
  if (design == NULL) {
    CHECK(cr_design_learn(&s->frame, weight, &settings, &ONE, &s->design, NULL) == CR_OK);
  }
  s->problem =
      (cr_problem){design == NULL ? &s->design : design, &s->frame, s->event, weight};
}

static inline void simulate(scene* s, uint64_t item, double strength) {
  cr_rng rng = cr_rng_stream(6, CR_FOR_SIMULATION, item);
  s->n = N;
  for (size_t i = 0; i < N; i++) {
    s->number[0][i] = cr_rng_normal(&rng);
    s->number[1][i] = cr_rng_unit(&rng) < 0.1 ? NAN : exp(cr_rng_normal(&rng));
    s->flag[i] = (int32_t)cr_rng_below(&rng, 2);
    s->level[i] =
        cr_rng_unit(&rng) < 0.05 ? CR_MISSING_INT : 1 + (int32_t)cr_rng_below(&rng, 5);
    const double eta =
        -1.5 + strength * (s->number[0][i] + 0.5 * s->flag[i] - 0.4 * (s->level[i] == 3));
    s->event[i] = cr_rng_unit(&rng) < cr_logistic(eta);
    s->weight[i] = (double)(1 + cr_rng_below(&rng, 3));
  }
}

static inline double* zeros(const scene* s) {
  return cr_alloc_zero(cr_design_panels(s->problem.design) * CR_LANES, sizeof(double));
}

static inline bool refuse(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

#endif
