#include "linear/logit.h"

#include "logit_scene.h"

// Gradient of the objective, from sums of its own.
static void check_optimum(const scene* s, double ridge, const double* b) {
  cr_sums sums;
  CHECK(cr_sums_make(cr_design_panels(s->problem.design), &sums, NULL) == CR_OK);
  CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &ONE, 0.0, &sums, NULL) == CR_OK);
  for (size_t c = 0; c <= s->problem.design->n_terms; c++) {
    const double penalty = c > 0 ? ridge * b[c] : 0.0;
    CHECK_NEAR(sums.gradient[c] / sums.mass + penalty, 0.0, 1e-10);
  }
  cr_sums_free(&sums);
}

static void fits_are_optima(scene* s) {
  const double ridges[] = {0.0, 1e-4, 0.1, 100.0};
  for (size_t r = 0; r < 4; r++) {
    for (int weighted = 0; weighted < 2; weighted++) {
      set_up(s, weighted ? s->weight : NULL, NULL, ridges[r] == 0.0);
      double* b = zeros(s);
      cr_logit_start(&s->problem, s->n, b);
      cr_logit_result fit;
      CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = ridges[r]}, &ONE, 0.0,
                         b, &fit, NULL) == CR_OK);
      CHECK(fit.converged && fit.iterations < 8 && fit.n_aliased == 0);
      check_optimum(s, ridges[r], b);
      cr_free(b);
      cr_design_free(&s->design);
    }
  }
}

// From far away a whole Newton step overshoots: only halved ones come back.
static void a_bad_start_ends_at_the_same_place(scene* s) {
  set_up(s, NULL, NULL, false);
  double *good = zeros(s), *bad = zeros(s);
  cr_logit_result fit;
  cr_logit_start(&s->problem, s->n, good);
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.001}, &ONE, 0.0, good,
                     &fit, NULL) == CR_OK);
  bad[0] = 8.0;
  bad[1] = -12.0;
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.001}, &ONE, 0.0, bad,
                     &fit, NULL) == CR_OK);
  CHECK(fit.converged);
  for (size_t c = 0; c <= s->design.n_terms; c++) CHECK_NEAR(good[c], bad[c], 1e-7);
  cr_free(good);
  cr_free(bad);
  cr_design_free(&s->design);
}

static void without_features_it_is_the_base_rate(void) {
  const int32_t event[] = {1, 0, 0, 0};
  const double weight[] = {2, 1, 1, 1};
  const cr_frame frame = {4, 0, NULL};
  const cr_design_settings settings = {0};
  cr_design design = {0};
  CHECK(cr_design_learn(&frame, NULL, &settings, &ONE, &design, NULL) == CR_OK);
  const cr_problem problem = {&design, &frame, event, weight};
  double b[CR_LANES] = {0.0};
  cr_logit_result fit;
  CHECK(cr_logit_fit(&problem, 4, &(cr_penalty){.size = 0.0}, &ONE, 0.0, b, &fit, NULL) ==
        CR_OK);
  CHECK_NEAR(b[0], log(2.0 / 3.0), 1e-12);
  double start[CR_LANES];
  cr_logit_start(&problem, 4, start);
  CHECK_NEAR(start[0], log(2.5 / 3.5), 1e-15);
  CHECK(start[1] == 0.0);
  CHECK_NEAR(fit.loss, -(2.0 * log(0.4) + 3.0 * log(0.6)) / 5.0, 1e-11);
  cr_design_free(&design);
}

static void weights_are_repeated_rows(scene* s) {
  static scene repeated;
  repeated.n = 0;
  for (size_t i = 0; i < s->n; i++) {
    for (int k = 0; k < (int)s->weight[i]; k++) {
      const size_t m = repeated.n++;
      repeated.number[0][m] = s->number[0][i];
      repeated.number[1][m] = s->number[1][i];
      repeated.flag[m] = s->flag[i];
      repeated.level[m] = s->level[i];
      repeated.event[m] = s->event[i];
    }
  }
  set_up(s, s->weight, NULL, false);
  set_up(&repeated, NULL, &s->design, false);
  double *a = zeros(s), *b = zeros(s);
  cr_logit_result fit;
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.01}, &ONE, 0.0, a, &fit,
                     NULL) == CR_OK);
  CHECK(cr_logit_fit(&repeated.problem, repeated.n, &(cr_penalty){.size = 0.01}, &ONE,
                     0.0, b, &fit, NULL) == CR_OK);
  for (size_t c = 0; c <= s->design.n_terms; c++) CHECK_NEAR(a[c], b[c], 1e-11);
  cr_free(a);
  cr_free(b);
  cr_design_free(&s->design);
}

// A column twice: without a ridge the second copy gets 0, with one both share.
static void combinations_get_zero_or_share(scene* s) {
  cr_column columns[2] = {{.type = CR_COLUMN_DOUBLE, .number = s->number[0]},
                          {.type = CR_COLUMN_DOUBLE, .number = s->number[0]}};
  const cr_frame frame = {s->n, 2, columns};
  const cr_design_settings settings = {.skewness = INFINITY};
  cr_design design = {0};
  CHECK(cr_design_learn(&frame, NULL, &settings, &ONE, &design, NULL) == CR_OK);
  const cr_problem problem = {&design, &frame, s->event, NULL};
  double b[CR_LANES] = {0.0};
  cr_logit_result fit;
  CHECK(cr_logit_fit(&problem, s->n, &(cr_penalty){.size = 0.0}, &ONE, 0.0, b, &fit,
                     NULL) == CR_OK);
  CHECK(fit.converged && fit.n_aliased == 1 && b[1] > 0.1 && b[2] == 0.0);
  CHECK(cr_logit_fit(&problem, s->n, &(cr_penalty){.size = 0.01}, &ONE, 0.0, b, &fit,
                     NULL) == CR_OK);
  CHECK(fit.converged && fit.n_aliased == 0);
  CHECK_NEAR(b[1], b[2], 1e-10);
  cr_design_free(&design);
}

static void separation_is_finite_and_said(void) {
  const double x[] = {1, 2, 3, 4, 5, 6};
  const int32_t apart[] = {0, 0, 0, 1, 1, 1}, nearly[] = {0, 0, 1, 0, 1, 1};
  const cr_column column = {.type = CR_COLUMN_DOUBLE, .number = x};
  const cr_frame frame = {6, 1, &column};
  const cr_design_settings settings = {.skewness = INFINITY};
  cr_design design = {0};
  CHECK(cr_design_learn(&frame, NULL, &settings, &ONE, &design, NULL) == CR_OK);
  double b[CR_LANES] = {0.0};
  cr_logit_result fit;
  cr_problem problem = {&design, &frame, apart, NULL};
  CHECK(cr_logit_fit(&problem, 6, &(cr_penalty){.size = 0.0}, &ONE, 0.0, b, &fit, NULL) ==
        CR_OK);
  CHECK(!fit.converged && isfinite(b[0]) && isfinite(b[1]) && fit.loss < 1e-6);
  memset(b, 0, sizeof b);
  CHECK(cr_logit_fit(&problem, 6, &(cr_penalty){.size = 0.01}, &ONE, 0.0, b, &fit,
                     NULL) == CR_OK);
  CHECK(fit.converged);
  problem.event = nearly;
  memset(b, 0, sizeof b);
  CHECK(cr_logit_fit(&problem, 6, &(cr_penalty){.size = 0.0}, &ONE, 0.0, b, &fit, NULL) ==
        CR_OK);
  CHECK(fit.converged);
  cr_design_free(&design);
}

static void scores_do_not_depend_on_company(scene* s) {
  set_up(s, NULL, NULL, false);
  double *b = zeros(s), *again = zeros(s);
  cr_logit_result fit;
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.01}, &ONE, 0.0, b, &fit,
                     NULL) == CR_OK);
  static double eta[N], other[N];
  CHECK(cr_logit_score(&s->design, &s->frame, b, &ONE, eta, NULL) == CR_OK);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run run = {.threads = threads[t]};
    memset(again, 0, cr_design_panels(&s->design) * CR_LANES * sizeof *again);
    CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.01}, &run, 0.0, again,
                       &fit, NULL) == CR_OK);
    CHECK(memcmp(b, again, cr_design_panels(&s->design) * CR_LANES * sizeof *b) == 0);
    CHECK(cr_logit_score(&s->design, &s->frame, b, &run, other, NULL) == CR_OK);
    CHECK(memcmp(eta, other, sizeof eta) == 0);
  }
  cr_column alone[COLUMNS];
  for (size_t i = 0; i < N; i += 611) {
    for (size_t j = 0; j < COLUMNS; j++) {
      alone[j] = s->column[j];
      if (alone[j].number != NULL) alone[j].number += i;
      if (alone[j].integer != NULL) alone[j].integer += i;
    }
    const cr_frame row = {1, COLUMNS, alone};
    double one;
    CHECK(cr_logit_score(&s->design, &row, b, &ONE, &one, NULL) == CR_OK);
    CHECK(one == eta[i]);
  }
  const cr_frame narrow = {1, 1, alone}, empty = {0, COLUMNS, s->column};
  CHECK(cr_logit_score(&s->design, &narrow, b, &ONE, other, NULL) == CR_EINPUT);
  CHECK(cr_logit_score(&s->design, &empty, b, &ONE, other, NULL) == CR_OK);

  CHECK_ALLOCATIONS(cr_logit_score(&s->design, &s->frame, b, &ONE, other, NULL), (void)0);
  CHECK_ALLOCATIONS(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.01}, &ONE,
                                 0.0, b, &fit, NULL),
                    (void)0);
  const cr_run refused = {.threads = 1, .tick = refuse};
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){.size = 0.01}, &refused, 0.0, b,
                     &fit, NULL) == CR_ECANCELLED);
  cr_free(b);
  cr_free(again);
  cr_design_free(&s->design);
}

// With a lasso or signs: no term can move to advantage (Karush, Kuhn and Tucker).
static void corners_are_optima(scene* s) {
  set_up(s, s->weight, NULL, false);
  const size_t p = s->design.n_terms + 1;
  const int8_t of_feature[COLUMNS] = {-1, 0, 1, 0};
  int8_t sign[64] = {0};
  CHECK(p <= 64);
  cr_logit_signs(&s->design, of_feature, sign);
  CHECK(sign[0] == 0 && sign[1] == -1 && sign[2] == 0);
  const cr_penalty penalties[] = {{.size = 0.02, .lasso = 1.0},
                                  {.size = 0.01, .lasso = 0.5},
                                  {.size = 0.01, .lasso = 0.5, .sign = sign},
                                  {.size = 0.0, .sign = sign}};
  double* b = zeros(s);
  cr_sums sums;
  CHECK(cr_sums_make_slopes(cr_design_panels(&s->design), &sums, NULL) == CR_OK);
  for (size_t k = 0; k < 4; k++) {
    const cr_penalty* penalty = &penalties[k];
    cr_logit_result fit;
    cr_logit_start(&s->problem, s->n, b);
    CHECK(cr_logit_fit(&s->problem, s->n, penalty, &ONE, 0.0, b, &fit, NULL) == CR_OK);
    CHECK(fit.converged);
    CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &ONE, 0.0, &sums, NULL) == CR_OK);
    const double soft = penalty->size * penalty->lasso;
    size_t n_zero = 0;
    for (size_t c = 1; c < p; c++) {
      const int8_t way = penalty->sign == NULL ? 0 : sign[c];
      const double slope =
          sums.gradient[c] / sums.mass + penalty->size * (1.0 - penalty->lasso) * b[c];
      CHECK((double)way * b[c] >= 0.0);
      n_zero += b[c] == 0.0;
      if (b[c] != 0.0) {
        CHECK_NEAR(slope + (b[c] > 0.0 ? soft : -soft), 0.0, 1e-9);
      } else {
        CHECK(way < 0 || slope >= -soft - 1e-9);
        CHECK(way > 0 || slope <= soft + 1e-9);
      }
    }
    CHECK_NEAR(sums.gradient[0] / sums.mass, 0.0, 1e-9);
    if (k != 1) CHECK(n_zero > 0);
    if (penalty->sign != NULL) CHECK(b[1] == 0.0);  // the data say up
  }
  cr_sums_free(&sums);
  cr_free(b);
  cr_design_free(&s->design);
}

// (X'WX)^-1 times X'WX is the identity, but for terms that were left out.
static void covariances_invert_the_information(scene* s) {
  set_up(s, s->weight, NULL, true);
  const size_t p = s->design.n_terms + 1;
  double *b = zeros(s), *covariance = cr_alloc(p * p, sizeof *covariance);
  cr_logit_result fit;
  cr_sums sums;
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){0}, &ONE, 0.0, b, &fit, NULL) ==
        CR_OK);
  CHECK(cr_logit_covariance(&s->problem, s->n, b, &ONE, covariance, NULL) == CR_OK);
  CHECK(cr_sums_make(cr_design_panels(&s->design), &sums, NULL) == CR_OK);
  CHECK(cr_sums_compute(&s->problem, NULL, s->n, b, &ONE, 0.0, &sums, NULL) == CR_OK);
  CHECK_NEAR(fit.mass, sums.mass, 0.0);
  for (size_t i = 0; i < p; i++) {
    for (size_t j = 0; j < p; j++) {
      double sum = 0.0;
      for (size_t k = 0; k < p; k++) {
        sum += covariance[i * p + k] * cr_gram_at(sums.tiles, k, j);
      }
      CHECK_NEAR(sum, i == j ? 1.0 : 0.0, 1e-9);
    }
  }
  CHECK_ALLOCATIONS(cr_logit_covariance(&s->problem, s->n, b, &ONE, covariance, NULL),
                    (void)0);
  cr_sums_free(&sums);
  cr_free(covariance);
  cr_free(b);
  cr_design_free(&s->design);
}

void test_logit(void) {
  static scene s;
  simulate(&s, 2, 0.7);
  fits_are_optima(&s);
  a_bad_start_ends_at_the_same_place(&s);
  without_features_it_is_the_base_rate();
  weights_are_repeated_rows(&s);
  combinations_get_zero_or_share(&s);
  separation_is_finite_and_said();
  scores_do_not_depend_on_company(&s);
  corners_are_optima(&s);
  covariances_invert_the_information(&s);
}
