#include "linear/ridge.h"

#include <stdlib.h>

#include "logit_scene.h"

// Rows of `s` outside (or in) a fold of `problem`.
static void copy_fold(const scene* s, int fold, bool inside, scene* out) {
  out->n = 0;
  for (size_t i = 0; i < s->n; i++) {
    if ((cr_ridge_fold(&s->problem, i) == fold) != inside) continue;
    const size_t m = out->n++;
    out->number[0][m] = s->number[0][i];
    out->number[1][m] = s->number[1][i];
    out->flag[m] = s->flag[i];
    out->level[m] = s->level[i];
    out->event[m] = s->event[i];
  }
}

// Held-out losses by honest refits for every fold and ridge.
static void refit_everything(const scene* s, const double* ridge, double* loss) {
  static scene outside, inside;
  static double eta[N];
  for (size_t r = 0; r < CR_RIDGES; r++) loss[r] = 0.0;
  for (int k = 0; k < CR_RIDGE_FOLDS; k++) {
    copy_fold(s, k, false, &outside);
    copy_fold(s, k, true, &inside);
    set_up(&outside, NULL, &s->design, false);
    set_up(&inside, NULL, &s->design, false);
    double* b = zeros(s);
    for (size_t r = 0; r < CR_RIDGES; r++) {  // each starts from the one before
      cr_logit_result fit;
      CHECK(cr_logit_fit(&outside.problem, outside.n, &(cr_penalty){.size = ridge[r]},
                         &ONE, 0.0, b, &fit, NULL) == CR_OK);
      CHECK(cr_logit_score(&s->design, &inside.frame, b, &ONE, eta, NULL) == CR_OK);
      double mu;
      for (size_t i = 0; i < inside.n; i++) {
        loss[r] += cr_sums_loss(eta[i], inside.event[i], &mu) / (double)s->n;
      }
    }
    cr_free(b);
  }
}

static void chooses_what_refits_choose(uint64_t item, double strength, size_t n,
                                       double tolerance) {
  static scene s;
  simulate(&s, item, strength);
  s.n = n;
  set_up(&s, NULL, NULL, false);
  double *b = zeros(&s), *direct = zeros(&s);
  cr_ridge_path path;
  cr_logit_result fit;
  CHECK(cr_ridge_fit(&s.problem, n, &(cr_penalty){0}, &ONE, b, &path, &fit, NULL) ==
        CR_OK);
  double loss[CR_RIDGES];
  refit_everything(&s, path.ridge, loss);
  int best = 0;
  for (int r = 0; r < CR_RIDGES; r++) best = loss[r] < loss[best] ? r : best;
  CHECK(abs(best - path.chosen) <= 1);
  // what the approximation costs, in held-out loss, is far below its noise
  CHECK(loss[path.chosen] - loss[best] < 1e-5);
  for (int r = path.chosen - 2; r <= path.chosen + 2; r++) {
    if (r >= 0 && r < CR_RIDGES) CHECK_NEAR(path.loss[r], loss[r], tolerance);
  }
  // and the fit is the fit at that ridge
  CHECK(cr_logit_fit(&s.problem, n, &(cr_penalty){.size = path.ridge[path.chosen]}, &ONE,
                     0.0, direct, &fit, NULL) == CR_OK);
  for (size_t c = 0; c <= s.design.n_terms; c++) CHECK_NEAR(b[c], direct[c], 1e-8);
  cr_free(b);
  cr_free(direct);
  cr_design_free(&s.design);
}

static void folds_go_by_content(void) {
  static scene s;
  simulate(&s, 3, 0.5);
  set_up(&s, NULL, NULL, false);
  size_t count[CR_RIDGE_FOLDS] = {0};
  for (size_t i = 0; i < N; i++) count[cr_ridge_fold(&s.problem, i)]++;
  for (size_t k = 0; k < CR_RIDGE_FOLDS; k++) CHECK(count[k] > 500 && count[k] < 700);
  const int before = cr_ridge_fold(&s.problem, 10);
  s.number[0][20] = s.number[0][10];
  s.number[1][20] = s.number[1][10];
  s.flag[20] = s.flag[10];
  s.level[20] = s.level[10];
  s.event[20] = s.event[10];
  CHECK(cr_ridge_fold(&s.problem, 20) == before);
  cr_design_free(&s.design);
}

// A lasso's sizes start where nothing is left and end at the choice that refits make.
static void a_lasso_is_chosen_too(void) {
  static scene s;
  simulate(&s, 8, 0.3);
  set_up(&s, NULL, NULL, false);
  double *b = zeros(&s), *none = zeros(&s);
  cr_ridge_path path;
  cr_logit_result fit;
  cr_penalty penalty = {.lasso = 0.7};
  CHECK(cr_ridge_fit(&s.problem, N, &penalty, &ONE, b, &path, &fit, NULL) == CR_OK);
  CHECK(path.chosen > 0 && path.chosen < CR_RIDGES - 1);
  CHECK(path.loss[path.chosen] < path.loss[0]);
  CHECK_NEAR(path.ridge[24] / path.ridge[0], 1e-3, 1e-12);
  for (int r = 0; r < 2; r++) {  // at the top nothing, just below something
    penalty.size = path.ridge[0] * (r == 0 ? 1.0001 : 0.99);
    cr_logit_start(&s.problem, N, none);
    CHECK(cr_logit_fit(&s.problem, N, &penalty, &ONE, 0.0, none, &fit, NULL) == CR_OK);
    size_t n_terms = 0;
    for (size_t c = 1; c <= s.design.n_terms; c++) n_terms += none[c] != 0.0;
    CHECK((n_terms > 0) == (r == 1));
  }
  penalty.size = path.ridge[path.chosen];
  cr_logit_start(&s.problem, N, none);
  CHECK(cr_logit_fit(&s.problem, N, &penalty, &ONE, 0.0, none, &fit, NULL) == CR_OK);
  for (size_t c = 0; c <= s.design.n_terms; c++) CHECK_NEAR(b[c], none[c], 1e-7);
  const cr_run two = {.threads = 2};
  CHECK(cr_ridge_fit(&s.problem, N, &penalty, &two, none, &path, &fit, NULL) == CR_OK);
  CHECK(memcmp(b, none, (s.design.n_terms + 1) * sizeof *b) == 0);
  CHECK_ALLOCATIONS(cr_ridge_fit(&s.problem, 200, &penalty, &ONE, b, &path, &fit, NULL),
                    (void)0);
  cr_free(b);
  cr_free(none);
  cr_design_free(&s.design);
}

static void threads_change_no_bit(void) {
  static scene s;
  simulate(&s, 4, 0.5);
  set_up(&s, s.weight, NULL, false);
  const size_t bytes = cr_design_panels(&s.design) * CR_LANES * sizeof(double);
  double *one = zeros(&s), *other = zeros(&s);
  cr_ridge_path path, again;
  cr_logit_result fit;
  CHECK(cr_ridge_fit(&s.problem, N, &(cr_penalty){0}, &ONE, one, &path, &fit, NULL) ==
        CR_OK);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run run = {.threads = threads[t], .simd = CR_SIMD_PORTABLE};
    memset(other, 0, bytes);
    CHECK(cr_ridge_fit(&s.problem, N, &(cr_penalty){0}, &run, other, &again, &fit,
                       NULL) == CR_OK);
    CHECK(memcmp(one, other, bytes) == 0);
    CHECK(memcmp(path.loss, again.loss, sizeof path.loss) == 0);
  }
  cr_free(one);
  cr_free(other);
  cr_design_free(&s.design);
}

static void failures_leave_nothing_behind(void) {
  static scene s;
  simulate(&s, 7, 0.5);
  s.n = 200;
  set_up(&s, NULL, NULL, false);
  double* b = zeros(&s);
  cr_ridge_path path;
  cr_logit_result fit;
  CHECK_ALLOCATIONS(
      cr_ridge_fit(&s.problem, 200, &(cr_penalty){0}, &ONE, b, &path, &fit, NULL),
      (void)0);
  const cr_run refused = {.threads = 1, .tick = refuse};
  CHECK(cr_ridge_fit(&s.problem, 200, &(cr_penalty){0}, &refused, b, &path, &fit, NULL) ==
        CR_ECANCELLED);
  CHECK(cr_ridge_fit(&s.problem, SIZE_MAX, &(cr_penalty){0}, &ONE, b, &path, &fit,
                     NULL) == CR_ELIMIT);
  cr_free(b);
  cr_design_free(&s.design);
}

// One distinct row: nothing to hold out, and an answer all the same.
static void rows_that_are_all_alike(void) {
  static scene s;
  simulate(&s, 5, 0.5);
  set_up(&s, NULL, NULL, false);
  for (size_t i = 1; i < N; i++) {
    s.number[0][i] = s.number[0][0];
    s.number[1][i] = s.number[1][0];
    s.flag[i] = s.flag[0];
    s.level[i] = s.level[0];
    s.event[i] = 1;
  }
  s.event[0] = 1;
  double* b = zeros(&s);
  cr_ridge_path path;
  cr_logit_result fit;
  CHECK(cr_ridge_fit(&s.problem, N, &(cr_penalty){0}, &ONE, b, &path, &fit, NULL) ==
        CR_OK);
  CHECK(isnan(path.loss[0]) && path.rounds == 0);
  CHECK_NEAR(path.ridge[path.chosen], 0.01, 1e-15);
  for (size_t c = 0; c <= s.design.n_terms; c++) CHECK(isfinite(b[c]));
  cr_free(b);
  cr_design_free(&s.design);
}

static void the_grid_falls_evenly(void) {
  static scene s;
  simulate(&s, 6, 0.5);
  s.n = 100;
  set_up(&s, NULL, NULL, false);
  double* b = zeros(&s);
  cr_ridge_path path;
  cr_logit_result fit;
  CHECK(cr_ridge_fit(&s.problem, 100, &(cr_penalty){0}, &ONE, b, &path, &fit, NULL) ==
        CR_OK);
  for (int r = 0; r < CR_RIDGES; r++) {
    CHECK_NEAR(log10(path.ridge[r]), 1.0 - 0.25 * r, 1e-14);
  }
  cr_free(b);
  cr_design_free(&s.design);
}

void test_ridge(void) {
  chooses_what_refits_choose(10, 0.7, 2000, 2e-4);
  chooses_what_refits_choose(11, 0.1, 2000, 2e-4);  // hardly a signal
  chooses_what_refits_choose(12, 2.0, 2000, 2e-4);  // a strong one
  chooses_what_refits_choose(13, 0.5, 150, 5e-3);
  folds_go_by_content();
  threads_change_no_bit();
  a_lasso_is_chosen_too();
  failures_leave_nothing_behind();
  rows_that_are_all_alike();
  the_grid_falls_evenly();
}
