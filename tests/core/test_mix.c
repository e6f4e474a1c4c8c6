#include "linear/mix.h"

#include <math.h>

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"

enum { N = 9000, K = 4 };

static double score[K][N], weight[N];
static const double* const scores[K] = {score[0], score[1], score[2], score[3]};
static int32_t event[N];

// The outcome follows 0.6 * first + 0.5 * second; the third is noise, the fourth is
// wrong about everything.
static void simulate(void) {
  cr_rng rng = cr_rng_stream(4, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < K; k++) score[k][i] = cr_rng_normal(&rng) - 1.0;
    const double eta = 0.6 * score[0][i] + 0.5 * score[1][i] - 0.4 * score[3][i] - 0.5;
    event[i] = cr_rng_unit(&rng) < cr_logistic(eta);
    weight[i] = 1.0 + (double)cr_rng_below(&rng, 3);
  }
}

static double objective(const cr_mix_problem* p, const double* share, double intercept) {
  double sum = 0.0;
  for (size_t i = 0; i < p->n; i++) {
    double eta = intercept;
    for (size_t k = 0; k < p->n_scores; k++) eta += share[k] * p->score[k][i];
    sum +=
        (p->weight == NULL ? 1.0 : p->weight[i]) * cr_softplus(p->event[i] ? -eta : eta);
  }
  for (size_t k = 0; k < p->n_scores; k++) {
    const double off = share[k] - 1.0 / (double)p->n_scores;
    sum += 0.5 * p->shrink * off * off;
  }
  return sum;
}

// A convex function is smallest where no permitted small move makes it smaller.
static void check_smallest(const cr_mix_problem* p, const double* share,
                           double intercept) {
  const double here = objective(p, share, intercept), reach = 1e-3;
  for (size_t k = 0; k < p->n_scores; k++) {
    CHECK(share[k] >= 0.0);
    for (int side = -1; side <= 1; side += 2) {
      double moved[CR_MIX_MOST];
      memcpy(moved, share, p->n_scores * sizeof *moved);
      moved[k] += side * reach;
      if (moved[k] >= 0.0) CHECK(objective(p, moved, intercept) > here);
      CHECK(objective(p, share, intercept + side * reach) > here);
    }
  }
}

static void finds_the_minimum(void) {
  const cr_run run = {.threads = 1};
  const double shrinks[] = {0.0, 20.0, 1e5};
  for (size_t s = 0; s < 3; s++) {
    for (int weighted = 0; weighted < 2; weighted++) {
      const cr_mix_problem p = {.score = scores,
                                .n_scores = K,
                                .event = event,
                                .weight = weighted ? weight : NULL,
                                .n = N,
                                .shrink = shrinks[s]};
      double share[K];
      cr_mix_result out;
      CHECK(cr_mix_fit(&p, &run, share, &out, NULL) == CR_OK);
      CHECK(out.converged && out.iterations < 15);
      check_smallest(&p, share, out.intercept);
      if (s == 0) CHECK(share[3] == 0.0 && fabs(share[0] - 0.6) < 0.15);
      if (s == 2) CHECK_NEAR(share[2], 0.25, 0.01);  // equal shares
      double off = 0.0;
      for (size_t k = 0; k < K; k++) off += (share[k] - 0.25) * (share[k] - 0.25);
      const double sum = objective(&p, share, out.intercept);
      CHECK_NEAR(out.loss, sum - 0.5 * p.shrink * off, 1e-8);
    }
  }
}

static void weights_are_repeats(void) {
  static double twice[2][2 * N];
  static int32_t outcome[2 * N];
  static double two[N];
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < 2; k++) twice[k][i] = twice[k][N + i] = score[k][i];
    outcome[i] = outcome[N + i] = event[i];
    two[i] = 2.0;
  }
  const double* const both[] = {twice[0], twice[1]};
  const cr_run run = {.threads = 1};
  const cr_mix_problem once = {scores, 2, event, two, N, 3.0};
  const cr_mix_problem repeated = {both, 2, outcome, NULL, 2 * N, 3.0};
  double a[2], b[2];
  cr_mix_result x, y;
  CHECK(cr_mix_fit(&once, &run, a, &x, NULL) == CR_OK);
  CHECK(cr_mix_fit(&repeated, &run, b, &y, NULL) == CR_OK);
  for (size_t k = 0; k < 2; k++) CHECK_NEAR(a[k], b[k], 1e-9);
  CHECK_NEAR(x.intercept, y.intercept, 1e-9);
}

static void same_bits(void) {
  const cr_mix_problem p = {scores, K, event, weight, N, 1.0};
  double one[K], many[K];
  cr_mix_result first, other;
  CHECK(cr_mix_fit(&p, &(cr_run){.threads = 1}, one, &first, NULL) == CR_OK);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run run = {.threads = threads[t]};
    CHECK(cr_mix_fit(&p, &run, many, &other, NULL) == CR_OK);
    CHECK(memcmp(one, many, sizeof one) == 0);
    CHECK(first.intercept == other.intercept && first.loss == other.loss);
  }
}

static void edges(void) {
  const cr_run run = {0};
  // a score twice over shares its share; a constant one changes nothing
  static double constant[N];
  for (size_t i = 0; i < N; i++) constant[i] = 2.0;
  const double* const twins[] = {score[0], score[0], constant};
  const double* const single[] = {score[0]};
  double share[3], alone;
  cr_mix_result out;
  const cr_mix_problem p = {twins, 3, event, NULL, N, 1.0};
  const cr_mix_problem q = {single, 1, event, NULL, N, 0.0};
  CHECK(cr_mix_fit(&p, &run, share, &out, NULL) == CR_OK && out.converged);
  CHECK(cr_mix_fit(&q, &run, &alone, &out, NULL) == CR_OK && out.converged);
  CHECK_NEAR(share[0], share[1], 1e-9);
  CHECK_NEAR(share[0] + share[1], alone, 1e-3);
  CHECK_NEAR(share[2], 1.0 / 3.0, 1e-9);

  // separated: finite with a pull, told without one
  const double apart[] = {-2, -1, 1, 2}, *const one[] = {apart};
  const int32_t outcome[] = {0, 0, 1, 1};
  const cr_mix_problem finite = {one, 1, outcome, NULL, 4, 1.0};
  const cr_mix_problem infinite = {one, 1, outcome, NULL, 4, 0.0};
  CHECK(cr_mix_fit(&finite, &run, share, &out, NULL) == CR_OK && out.converged);
  CHECK(share[0] > 1.0 && share[0] < 3.0);
  CHECK(cr_mix_fit(&infinite, &run, share, &out, NULL) == CR_OK);
  CHECK(isfinite(share[0]) && isfinite(out.intercept));
}

static bool refuse(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

static void fails_cleanly(void) {
  const cr_mix_problem p = {scores, K, event, NULL, N, 1.0};
  const cr_run run = {0};
  double share[K];
  cr_mix_result out;
  CHECK_ALLOCATIONS(cr_mix_fit(&p, &run, share, &out, NULL), (void)0);
  const cr_run refused = {.tick = refuse};
  share[0] = -7.0;
  CHECK(cr_mix_fit(&p, &refused, share, &out, NULL) == CR_ECANCELLED);
  CHECK(share[0] == -7.0);
}

void test_mix(void) {
  simulate();
  finds_the_minimum();
  weights_are_repeats();
  same_bits();
  edges();
  fails_cleanly();
}
