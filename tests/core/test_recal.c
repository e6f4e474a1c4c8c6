#include "metric/recal.h"

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"
#include "metric/pool.h"

enum { N = 5000 };

static double x[N], weight[N];
static int32_t event[N];

static void simulate(void) {
  cr_rng rng = cr_rng_stream(19, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    x[i] = floor(4.0 * cr_rng_normal(&rng)) / 4.0 - 1.0;
    weight[i] = 1.0 + (double)cr_rng_below(&rng, 3);
    const double p = cr_logistic(x[i]);
    event[i] =
        cr_rng_unit(&rng) < cr_logistic(0.2 + 0.6 * cr_log(p) - 1.3 * cr_log(1.0 - p));
  }
}

// min-max formula of isotonic regression: g(k) = max over a <= k of min over b >= k of
// the mean of groups a .. b
static double min_max(const double* sum, const double* mass, size_t n, size_t k) {
  double best = -INFINITY;
  for (size_t a = 0; a <= k; a++) {
    double least = INFINITY, s = 0.0, m = 0.0;
    for (size_t b = a; b < n; b++) {
      s += sum[b];
      m += mass[b];
      if (b >= k) least = fmin(least, s / m);
    }
    best = fmax(best, least);
  }
  return best;
}

static void pools(void) {
  for (uint64_t t = 0; t < 300; t++) {
    cr_rng rng = cr_rng_stream(20, CR_FOR_SIMULATION, t);
    const size_t n = 1 + cr_rng_below(&rng, 30);
    double sum[30], mass[30];
    cr_pool block[30] = {{0}};
    size_t n_blocks = 0;
    for (size_t g = 0; g < n; g++) {
      sum[g] = (double)cr_rng_below(&rng, 4);
      mass[g] = sum[g] + 1.0 + (double)cr_rng_below(&rng, 3);
      n_blocks = cr_pool_push(block, n_blocks, (cr_pool){sum[g], mass[g] - sum[g], g, g});
    }
    CHECK(block[0].first == 0 && block[n_blocks - 1].last == n - 1);
    for (size_t b = 0; b < n_blocks; b++) {
      const double mean = block[b].sum / (block[b].sum + block[b].rest);
      for (size_t g = block[b].first; g <= block[b].last; g++) {
        CHECK_NEAR(mean, min_max(sum, mass, n, g), 1e-12);
      }
      if (b == 0) continue;
      CHECK(block[b].first == block[b - 1].last + 1);
      CHECK(mean > block[b - 1].sum / (block[b - 1].sum + block[b - 1].rest));
    }
  }
}

static void steps(void) {
  const double at[] = {5, 1, 2, 3, 4, 4}, probe[] = {0, 1, 1.5, 2, 2.5, 4, 4.5, 5, 9};
  const int32_t e[] = {1, 0, 1, 0, 1, 0};
  cr_recal_steps s;
  CHECK(cr_recal_steps_fit(at, e, NULL, 6, &s, NULL) == CR_OK);
  // 0 | 1 0 (1 0) | 1, the ends half an event away from certainty
  CHECK(s.n == 3 && s.lowest[1] == 2.0 && s.highest[1] == 4.0 && s.weight[1] == 4.0);
  CHECK(s.rate[0] == 0.25 && s.rate[1] == 0.5 && s.rate[2] == 0.75);
  const double want[] = {0.25, 0.25, 0.375, 0.5, 0.5, 0.5, 0.625, 0.75, 0.75};
  double got[9];
  cr_recal_steps_apply(&s, probe, 9, got);
  for (size_t i = 0; i < 9; i++) CHECK_NEAR(got[i], cr_logit(want[i]), 1e-14);
  cr_recal_steps_free(&s);
  cr_recal_steps_free(&s);

  // certainty is never claimed, and never moved past the neighbour
  CHECK(cr_recal_steps_fit(at, e, NULL, 0, &s, NULL) == CR_OK && s.n == 0);
  cr_recal_steps_free(&s);
  const int32_t none[] = {0, 0, 0, 0, 0, 0}, all[] = {1, 1, 1, 1, 1, 1};
  CHECK(cr_recal_steps_fit(at, none, NULL, 6, &s, NULL) == CR_OK && s.n == 1);
  CHECK_NEAR(s.rate[0], 0.5 / 7.0, 1e-16);
  cr_recal_steps_free(&s);
  CHECK(cr_recal_steps_fit(at, all, NULL, 6, &s, NULL) == CR_OK && s.n == 1);
  CHECK_NEAR(s.rate[0], 6.5 / 7.0, 1e-15);
  cr_recal_steps_free(&s);
  cr_error err;
  CHECK(cr_recal_steps_fit(at, e, NULL, SIZE_MAX, &s, &err) == CR_ELIMIT && s.n == 0);

  double low[1001];
  int32_t rare[1001] = {0};
  for (size_t i = 0; i < 1001; i++) low[i] = i < 2 ? 0.0 : 1.0;
  rare[1000] = 1;
  CHECK(cr_recal_steps_fit(low, rare, NULL, 1001, &s, NULL) == CR_OK && s.n == 2);
  CHECK(s.rate[0] > 0.0 && s.rate[0] < s.rate[1]);
  cr_recal_steps_free(&s);

  CHECK(cr_recal_steps_fit(x, event, weight, N, &s, NULL) == CR_OK && s.n > 5);
  double total = 0.0, mean = 0.0, events = 0.0;
  for (size_t b = 0; b < s.n; b++) {
    CHECK(b == 0 || (s.rate[b] > s.rate[b - 1] && s.lowest[b] > s.highest[b - 1]));
    total += s.weight[b];
    mean += s.weight[b] * s.rate[b];
  }
  for (size_t i = 0; i < N; i++) events += weight[i] * event[i];
  CHECK_NEAR(mean / total, events / total, 1e-3);
  cr_recal_steps_free(&s);
}

static void beta(void) {
  const cr_run run = {.threads = 1};
  cr_curve fit;
  CHECK(cr_recal_beta(x, event, NULL, N, &run, &fit, NULL) == CR_OK && fit.converged);
  const double truth[] = {0.2, 0.6, 1.3};
  for (int k = 0; k < 3; k++) {
    CHECK(fabs(fit.coefficient[k] - truth[k]) < 4.0 * fit.se[k]);
  }
  // the map is its formula, also far out
  const double far[] = {-700.0, -2.0, 0.0, 3.0, 700.0};
  double got[5];
  cr_recal_beta_apply(truth, far, 5, got);
  CHECK_NEAR(got[0], 0.2 + 0.6 * -700.0, 1e-9);
  CHECK_NEAR(got[2], 0.2 + (0.6 - 1.3) * log(0.5), 1e-14);
  CHECK_NEAR(got[4], 0.2 + 1.3 * 700.0, 1e-9);

  // outcomes that fall with p at one end: that slope is left out
  int32_t bent[N];
  cr_rng rng = cr_rng_stream(21, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    const double p = cr_logistic(x[i]);
    bent[i] =
        cr_rng_unit(&rng) < cr_logistic(-1.0 - 0.8 * cr_log(p) - 2.0 * cr_log(1.0 - p));
  }
  CHECK(cr_recal_beta(x, bent, NULL, N, &run, &fit, NULL) == CR_OK && fit.converged);
  CHECK(fit.coefficient[1] == 0.0 && fit.se[1] == 0.0 && fit.coefficient[2] > 0.0);
  // and nothing that rises is left when all of it falls
  for (size_t i = 0; i < N; i++) bent[i] = !event[i];
  CHECK(cr_recal_beta(x, bent, NULL, N, &run, &fit, NULL) == CR_OK && !fit.converged);
}

void test_recal(void) {
  simulate();
  pools();
  steps();
  beta();
  const cr_run run = {0};
  cr_curve fit;
  cr_recal_steps s;
  CHECK_ALLOCATIONS(cr_recal_beta(x, event, NULL, N, &run, &fit, NULL), (void)0);
  CHECK_ALLOCATIONS(cr_recal_steps_fit(x, event, NULL, N, &s, NULL),
                    cr_recal_steps_free(&s));
}
