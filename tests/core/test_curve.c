#include "metric/curve.h"

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"

enum { N = 20000 };

static double x[N], z[N], offset[N], weight[N];
static int32_t event[N];

static void simulate(void) {
  cr_rng rng = cr_rng_stream(18, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    x[i] = cr_rng_normal(&rng);
    z[i] = x[i] * x[i] + cr_rng_normal(&rng);
    offset[i] = 0.3 * cr_rng_normal(&rng);
    weight[i] = 1.0 + (double)cr_rng_below(&rng, 3);
    event[i] = cr_rng_unit(&rng) < cr_logistic(offset[i] - 1.0 + 0.8 * x[i] + 0.2 * z[i]);
  }
}

// At the maximum the weighted residuals are orthogonal to every column.
static void check_score_equations(const cr_curve_data* d, const cr_curve* fit) {
  double sum[CR_CURVE_MAX] = {0.0};
  for (size_t i = 0; i < d->n; i++) {
    double eta = d->offset == NULL ? 0.0 : d->offset[i];
    for (size_t k = 0; k < d->n_columns; k++) {
      eta += fit->coefficient[k] * (d->column[k] == NULL ? 1.0 : d->column[k][i]);
    }
    const double residual =
        (d->weight == NULL ? 1.0 : d->weight[i]) * (d->event[i] - cr_logistic(eta));
    for (size_t k = 0; k < d->n_columns; k++) {
      sum[k] += residual * (d->column[k] == NULL ? 1.0 : d->column[k][i]);
    }
  }
  for (size_t k = 0; k < d->n_columns; k++) CHECK_NEAR(sum[k], 0.0, 1e-7);
}

static void three_columns(void) {
  const double start[CR_CURVE_MAX] = {0.0};
  const double truth[] = {-1.0, 0.8, 0.2};
  const cr_run run = {.threads = 1};
  cr_curve_data data = {N, event, NULL, offset, 3, {NULL, x, z}};
  cr_curve fit, same;
  CHECK(cr_curve_fit(&data, start, &run, &fit, NULL) == CR_OK && fit.converged);
  check_score_equations(&data, &fit);
  for (int k = 0; k < 3; k++) {
    CHECK(fabs(fit.coefficient[k] - truth[k]) < 4.0 * fit.se[k]);
    CHECK(fit.se[k] > 0.005 && fit.se[k] < 0.05);
  }
  data.weight = weight;
  CHECK(cr_curve_fit(&data, start, &run, &fit, NULL) == CR_OK && fit.converged);
  check_score_equations(&data, &fit);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run many = {.threads = threads[t]};
    CHECK(cr_curve_fit(&data, start, &many, &same, NULL) == CR_OK);
    CHECK(memcmp(&same, &fit, sizeof same) == 0);
  }
}

static void no_finite_curve(void) {
  const double start[CR_CURVE_MAX] = {0.0};
  const cr_run run = {0};
  cr_curve fit;
  const cr_curve_data twice = {N, event, NULL, NULL, 3, {NULL, x, x}};
  CHECK(cr_curve_fit(&twice, start, &run, &fit, NULL) == CR_OK);
  CHECK(!fit.converged && isnan(fit.coefficient[1]) && isnan(fit.se[2]));
  const double ladder[] = {1, 2, 3, 4};
  const int32_t apart[] = {0, 0, 1, 1};
  CHECK(cr_curve_line(ladder, apart, NULL, 4, false, &run, &fit, NULL) == CR_OK);
  CHECK(!fit.converged && isnan(fit.coefficient[0]) && fit.coefficient[2] == 0.0);
  CHECK(cr_curve_line(ladder, apart, NULL, 4, true, &run, &fit, NULL) == CR_OK);
  CHECK(fit.converged && fit.coefficient[1] == 1.0 && fit.se[1] == 0.0);
}

void test_curve(void) {
  simulate();
  three_columns();
  no_finite_curve();
  const cr_run run = {0};
  cr_curve fit;
  CHECK_ALLOCATIONS(cr_curve_line(x, event, weight, N, false, &run, &fit, NULL), (void)0);
}
