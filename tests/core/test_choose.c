#include "metric/choose.h"

#include "base/rng.h"
#include "check.h"

enum { N = 300 };

static double score[N], weight[N], approved[N], declined[N];
static int32_t event[N];
static size_t n;

static void simulate(uint64_t t) {
  cr_rng rng = cr_rng_stream(41, CR_FOR_SIMULATION, t);
  n = 10 + cr_rng_below(&rng, N - 10);
  for (size_t i = 0; i < n; i++) {
    event[i] = i < 2 ? (int32_t)i : cr_rng_unit(&rng) < 0.3;
    score[i] = (double)cr_rng_below(&rng, t % 2 ? 12 : 100000) / 100000.0 +
               0.00002 * (double)event[i];
    weight[i] = t % 3 ? 1.0 : 0.5 + cr_rng_unit(&rng);
    approved[i] = event[i] ? -2.0 : 0.4 + cr_rng_unit(&rng);
    declined[i] = 0.1 * cr_rng_unit(&rng);
  }
}

static void run_once(cr_replica_statistic statistic, const void* spec, size_t n_out,
                     double* out) {
  const cr_layout_spec layout_spec = {0};
  cr_layout l;
  CHECK(cr_layout_make(score, event, weight, n, &layout_spec, &l, NULL) == CR_OK);
  CHECK(cr_replica_once(&l, statistic, spec, n_out, out, NULL) == CR_OK);
  cr_layout_free(&l);
}

// What the rule looks at, by definition, at one cut-off.
static double look(const cr_choose_spec* spec, double cutoff) {
  double cell[2][2] = {{0.0, 0.0}, {0.0, 0.0}}, value = 0.0, all = 0.0;
  for (size_t i = 0; i < n; i++) {
    const int above = score[i] >= cutoff;
    cell[event[i]][above] += weight[i];
    value += weight[i] * (above ? declined[i] : approved[i]);
    all += weight[i];
  }
  const double tn = cell[0][0], fp = cell[0][1], fn = cell[1][0], tp = cell[1][1];
  const double b2 = spec->beta * spec->beta;
  switch (spec->rule) {
    case CR_CHOOSE_F: return (1 + b2) * tp / ((1 + b2) * tp + b2 * fn + fp);
    case CR_CHOOSE_YOUDEN: return tp / (tp + fn) - fp / (fp + tn);
    case CR_CHOOSE_VALUE: return value / all;
    case CR_CHOOSE_RECALL: return tp / (tp + fn);
    case CR_CHOOSE_APPROVAL: return (tn + fn) / all;
    case CR_CHOOSE_BAD_RATE: return fn / (tn + fn);
  }
  return NAN;
}

static bool allowed(const cr_choose_spec* spec, double found) {
  switch (spec->rule) {
    case CR_CHOOSE_RECALL: return found >= spec->target - 1e-9;
    case CR_CHOOSE_APPROVAL: return found >= spec->target - 1e-9;
    case CR_CHOOSE_BAD_RATE: return found <= spec->target + 1e-9;
    default: return !isnan(found);
  }
}

// Every candidate looked at: none is better than the one chosen.
static void choices(void) {
  for (uint64_t t = 0; t < 60; t++) {
    simulate(t);
    for (int rule = 0; rule < 6; rule++) {
      const cr_choose_spec spec = {(cr_choose_rule)rule, 1.5, 0.25, approved, declined};
      double out[CR_CHOICES];
      run_once(cr_choose_rows, &spec, CR_CHOICES, out);
      int reachable = allowed(&spec, look(&spec, INFINITY));
      for (size_t i = 0; i < n; i++) reachable |= allowed(&spec, look(&spec, score[i]));
      CHECK(reachable == !isnan(out[CR_CHOOSE_CUTOFF]));
      if (!reachable) continue;
      const double cutoff = out[CR_CHOOSE_CUTOFF], best = look(&spec, cutoff);
      CHECK_NEAR(out[CR_CHOOSE_OBJECTIVE], best, 1e-12);
      CHECK(allowed(&spec, best));
      for (size_t i = 0; i < n; i++) {
        const double found = look(&spec, score[i]);
        if (!allowed(&spec, found)) continue;
        if (rule <= CR_CHOOSE_VALUE) CHECK(found <= best + 1e-12);
        if (rule == CR_CHOOSE_APPROVAL) CHECK(score[i] >= cutoff);
        if (rule == CR_CHOOSE_RECALL || rule == CR_CHOOSE_BAD_RATE)
          CHECK(score[i] <= cutoff);
      }
    }
  }
}

static void edges(void) {
  n = 4;
  const int32_t e[] = {0, 1, 0, 1};
  for (size_t i = 0; i < n; i++) {
    score[i] = 0.1 * (double)(i + 1);
    event[i] = e[i];
    weight[i] = 1.0;
    approved[i] = 1.0;
    declined[i] = 0.0;
  }
  double out[CR_CHOICES];
  cr_choose_spec spec = {CR_CHOOSE_VALUE, 1.0, 0.0, approved, declined};
  run_once(cr_choose_rows, &spec, CR_CHOICES, out);
  CHECK(out[CR_CHOOSE_CUTOFF] == INFINITY && out[CR_CHOOSE_OBJECTIVE] == 1.0);
  spec.rule = CR_CHOOSE_BAD_RATE;  // the lowest row alone is good
  run_once(cr_choose_rows, &spec, CR_CHOICES, out);
  CHECK(out[CR_CHOOSE_CUTOFF] == score[1] && out[CR_CHOOSE_OBJECTIVE] == 0.0);
  event[0] = 1;
  event[1] = 0;
  run_once(cr_choose_rows, &spec, CR_CHOICES, out);
  CHECK(isnan(out[CR_CHOOSE_CUTOFF]));
  spec.rule = CR_CHOOSE_RECALL;
  spec.target = 1.0;
  run_once(cr_choose_rows, &spec, CR_CHOICES, out);
  CHECK(out[CR_CHOOSE_CUTOFF] == score[0] && out[CR_CHOOSE_OBJECTIVE] == 1.0);
}

static void capture(void) {
  n = 5;
  const double s[] = {5, 4, 4, 4, 1}, w[] = {1, 1, 2, 1, 5};
  const int32_t e[] = {1, 1, 0, 0, 1};
  for (size_t i = 0; i < n; i++) {
    score[i] = s[i];
    weight[i] = w[i];
    event[i] = e[i];
  }
  const double depth[] = {0.05, 0.1, 0.3, 0.5, 0.75, 1.0};
  const double want[] = {0.5 / 7, 1.0 / 7, 1.5 / 7, 2.0 / 7, 4.5 / 7, 1.0};
  double out[6];
  const cr_capture_spec spec = {6, depth};
  run_once(cr_capture_rows, &spec, 6, out);
  for (size_t k = 0; k < 6; k++) CHECK_NEAR(out[k], want[k], 1e-15);
}

void test_choose(void) {
  choices();
  edges();
  capture();
}
