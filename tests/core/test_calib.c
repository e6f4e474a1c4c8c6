#include "metric/calib.h"

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"

enum { N = 20000 };

static double prob[N], weight[N];
static int32_t event[N];

static void simulate(double intercept, double slope) {
  cr_rng rng = cr_rng_stream(8, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    const double x = cr_rng_normal(&rng) - 1.5;
    prob[i] = cr_logistic(x);
    event[i] = cr_rng_unit(&rng) < cr_logistic(intercept + slope * x);
    weight[i] = 1.0 + (double)cr_rng_below(&rng, 3);
  }
}

// At the maximum the weighted residuals add up to nothing, also times logit(prob).
static void check_score_equations(const double* w, const cr_calib_line* line,
                                  bool slope_is_one) {
  double sum = 0.0, product = 0.0;
  for (size_t i = 0; i < N; i++) {
    const double x = cr_logit(prob[i]);
    const double residual = (w == NULL ? 1.0 : w[i]) *
                            (event[i] - cr_logistic(line->intercept + line->slope * x));
    sum += residual;
    product += residual * x;
  }
  CHECK_NEAR(sum, 0.0, 1e-7);
  if (!slope_is_one) CHECK_NEAR(product, 0.0, 1e-7);
}

static void lines(void) {
  simulate(0.4, 0.7);
  const cr_run run = {.threads = 1};
  cr_calib_line line;
  CHECK(cr_calib_fit(prob, event, NULL, N, false, &run, &line, NULL) == CR_OK);
  CHECK(line.converged && line.iterations < 12);
  CHECK(fabs(line.intercept - 0.4) < 4.0 * line.intercept_se);
  CHECK(fabs(line.slope - 0.7) < 4.0 * line.slope_se);
  check_score_equations(NULL, &line, false);

  cr_calib_line large, weighted, same;
  CHECK(cr_calib_fit(prob, event, NULL, N, true, &run, &large, NULL) == CR_OK);
  CHECK(large.converged && large.slope == 1.0 && large.slope_se == 0.0);
  check_score_equations(NULL, &large, true);
  CHECK(cr_calib_fit(prob, event, weight, N, false, &run, &weighted, NULL) == CR_OK);
  check_score_equations(weight, &weighted, false);

  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run many = {.threads = threads[t]};
    CHECK(cr_calib_fit(prob, event, weight, N, false, &many, &same, NULL) == CR_OK);
    CHECK(memcmp(&same.intercept, &weighted.intercept, 4 * sizeof(double)) == 0);
  }
}

static void no_finite_line(void) {
  const cr_run run = {0};
  cr_calib_line line;
  const double p[] = {0.1, 0.2, 0.3, 0.8, 0.9, 1.0},
               same[] = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
  const int32_t apart[] = {0, 0, 0, 1, 1, 1}, mixed[] = {0, 1, 0, 1, 0, 1},
                ones[] = {1, 1, 1, 1, 1, 1};
  const double touching[] = {0.1, 0.2, 0.3, 0.3, 0.9, 1.0};  // separated but for a tie
  CHECK(cr_calib_fit(p, apart, NULL, 6, false, &run, &line, NULL) == CR_OK);
  CHECK(!line.converged && isnan(line.slope));
  CHECK(cr_calib_fit(touching, apart, NULL, 6, false, &run, &line, NULL) == CR_OK);
  CHECK(!line.converged && isnan(line.slope));
  CHECK(cr_calib_fit(same, mixed, NULL, 6, false, &run, &line, NULL) == CR_OK);
  CHECK(!line.converged);
  CHECK(cr_calib_fit(p, ones, NULL, 6, true, &run, &line, NULL) == CR_OK);
  CHECK(!line.converged);
  // one constant probability still has a level
  CHECK(cr_calib_fit(same, mixed, NULL, 6, true, &run, &line, NULL) == CR_OK);
  CHECK(line.converged);
  CHECK_NEAR(line.intercept, -cr_logit(0.3), 1e-12);
}

static void bins(void) {
  cr_calib_bin bin[10];
  size_t n_bins;
  const double p[] = {0.4, 0.1, 0.2, 0.3, 0.2, 0.2};
  const int32_t e[] = {1, 0, 1, 0, 0, 0};
  CHECK(cr_calib_bins(p, e, NULL, 6, 3, bin, &n_bins, NULL) == CR_OK && n_bins == 2);
  CHECK(bin[0].rows == 4 && bin[0].lowest == 0.1 && bin[0].highest == 0.2);
  CHECK(bin[0].event == 0.25 && bin[1].event == 0.5);
  CHECK_NEAR(bin[0].prob, 0.175, 1e-15);
  CHECK(cr_calib_bins(p, e, NULL, 6, 10, bin, &n_bins, NULL) == CR_OK && n_bins == 4);
  CHECK(cr_calib_bins(p, e, NULL, 6, 1, bin, &n_bins, NULL) == CR_OK && n_bins == 1);
  CHECK(cr_calib_bins(p, e, NULL, 0, 3, bin, &n_bins, NULL) == CR_OK && n_bins == 0);
  CHECK(cr_calib_bins(p, e, NULL, SIZE_MAX, 3, bin, &n_bins, NULL) == CR_ELIMIT);

  // ten equal bins of distinct probabilities; weights move the edges
  simulate(0.0, 1.0);
  CHECK(cr_calib_bins(prob, event, NULL, N, 10, bin, &n_bins, NULL) == CR_OK &&
        n_bins == 10);
  for (size_t b = 0; b < 10; b++) CHECK(bin[b].rows == N / 10);
  CHECK(cr_calib_bins(prob, event, weight, N, 10, bin, &n_bins, NULL) == CR_OK &&
        n_bins == 10);
  double total = 0.0;
  for (size_t b = 0; b < 10; b++) total += bin[b].weight;
  for (size_t b = 0; b < 10; b++) CHECK_NEAR(bin[b].weight, total / 10.0, 3.0);
}

void test_calib(void) {
  lines();
  no_finite_line();
  bins();
  const cr_run run = {0};
  cr_calib_line line;
  cr_calib_bin bin[10];
  size_t n_bins;
  CHECK_ALLOCATIONS(cr_calib_fit(prob, event, NULL, N, false, &run, &line, NULL),
                    (void)0);
  CHECK_ALLOCATIONS(cr_calib_bins(prob, event, NULL, N, 10, bin, &n_bins, NULL), (void)0);
}
