#include "linear/wald.h"

#include "linear/logit.h"
#include "logit_scene.h"

// (X'WX)^-1 times X'WX is the identity, but for terms that were left out.
static void covariances_invert_the_information(scene* s) {
  set_up(s, s->weight, NULL, true);
  const size_t p = s->design.n_terms + 1;
  double *b = zeros(s), *covariance = cr_alloc(p * p, sizeof *covariance);
  cr_logit_result fit;
  cr_sums sums;
  CHECK(cr_logit_fit(&s->problem, s->n, &(cr_penalty){0}, &ONE, 0.0, b, &fit, NULL) ==
        CR_OK);
  CHECK(cr_wald_covariance(&s->problem, s->n, b, &ONE, covariance, NULL) == CR_OK);
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
  CHECK_ALLOCATIONS(cr_wald_covariance(&s->problem, s->n, b, &ONE, covariance, NULL),
                    (void)0);
  cr_sums_free(&sums);
  cr_free(covariance);
  cr_free(b);
  cr_design_free(&s->design);
}

// A column twice: the second has no variance, the first has its own.
static void combinations_have_no_variance(scene* s) {
  s->column[1] = s->column[0];
  s->column[2] = s->column[0];
  cr_design_settings settings = {.skewness = INFINITY, .reference = true};
  s->design = (cr_design){0};
  s->frame.n_columns = 2;
  CHECK(cr_design_learn(&s->frame, NULL, &settings, &ONE, &s->design, NULL) == CR_OK);
  s->problem = (cr_problem){&s->design, &s->frame, s->event, NULL};
  double b[CR_LANES] = {-1.0}, twice[9], once[4];
  CHECK(cr_wald_covariance(&s->problem, s->n, b, &ONE, twice, NULL) == CR_OK);
  cr_design_free(&s->design);
  s->frame.n_columns = 1;
  CHECK(cr_design_learn(&s->frame, NULL, &settings, &ONE, &s->design, NULL) == CR_OK);
  CHECK(cr_wald_covariance(&s->problem, s->n, b, &ONE, once, NULL) == CR_OK);
  for (size_t k = 0; k < 3; k++) CHECK(isnan(twice[6 + k]) && isnan(twice[3 * k + 2]));
  CHECK_NEAR(twice[4], once[3], 1e-15);
  CHECK_NEAR(twice[1], once[1], 1e-15);
  cr_design_free(&s->design);
}

void test_wald(void) {
  static scene s;
  simulate(&s, 2, 0.7);
  covariances_invert_the_information(&s);
  combinations_have_no_variance(&s);
}
