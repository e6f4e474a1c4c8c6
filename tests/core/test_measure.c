#include "metric/measure.h"

#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"
#include "metric/auc.h"
#include "metric/calib.h"
#include "metric/rates.h"
#include "metric/roc.h"

enum { N = 400, SETS = 60 };

static double prob[N], weight[N], value[N], repeated_prob[3 * N], repeated_value[3 * N];
static int32_t event[N], repeated_event[3 * N];

// Some sets have few distinct probabilities, some rank the wrong way.
static size_t simulate(uint64_t t) {
  cr_rng rng = cr_rng_stream(31, CR_FOR_SIMULATION, t);
  const size_t n = 40 + cr_rng_below(&rng, N - 40);
  for (size_t i = 0; i < n; i++) {
    const double x = cr_rng_normal(&rng) - 1.0;
    prob[i] = cr_logistic(x);
    if (t % 3 == 0) prob[i] = floor(8.0 * prob[i]) / 8.0;
    event[i] = i < 2 ? (int32_t)i : cr_rng_unit(&rng) < cr_logistic(t % 5 ? x : -x);
    weight[i] = (double)(1 + cr_rng_below(&rng, 3));
    value[i] = cr_rng_normal(&rng);
  }
  return n;
}

static void measure(const cr_measure_input* input, double* out) {
  cr_measure m;
  CHECK(cr_measure_make(input, &m, NULL) == CR_OK);
  CHECK(cr_replica_once(&m.layout, cr_measure_rows, &m, CR_MEASURES, out, NULL) == CR_OK);
  cr_measure_free(&m);
  cr_measure_free(&m);
}

static cr_measure_input plain_input(size_t n) {
  return (cr_measure_input){.n = n,
                            .prob = prob,
                            .event = event,
                            .value = value,
                            .layout = {.cutoff = 0.3},
                            .partial = {0.1, 0.4},
                            .severity = 0.25,
                            .with_loss = true,
                            .with_line = true,
                            .start = {0.0, 0.0, 1.0}};
}

// ---- the same, by definition -----------------------------------------------------

// Share of the events (or others) at or above t
static double above(size_t n, int32_t class, double t) {
  double hit = 0.0, all = 0.0;
  for (size_t i = 0; i < n; i++) {
    all += event[i] == class;
    hit += event[i] == class && prob[i] >= t;
  }
  return hit / all;
}

static double average_precision(size_t n) {
  double sum = 0.0, events = 0.0;
  for (size_t i = 0; i < n; i++) {
    if (!event[i]) continue;
    double hit = 0.0, called = 0.0;
    for (size_t j = 0; j < n; j++) {
      called += prob[j] >= prob[i];
      hit += prob[j] >= prob[i] && event[j];
    }
    events += 1.0;
    sum += hit / called;
  }
  return sum / events;
}

// Hand's H by summing over a fine grid of costs
static double slow_h(size_t n, double severity) {
  enum { STEPS = 4000 };
  const double b = 1.0 + 1.0 / severity;
  double share = 0.0, loss = 0.0, constant = 0.0;
  for (size_t i = 0; i < n; i++) share += event[i] / (double)n;
  for (int s = 0; s < STEPS; s++) {
    const double c = (s + 0.5) / STEPS, density = c * pow(1.0 - c, b - 1.0);
    double least = fmin(c * (1.0 - share), (1.0 - c) * share);
    constant += density * least;
    for (size_t i = 0; i < n; i++) {
      const double cost = c * (1.0 - share) * above(n, 0, prob[i]) +
                          (1.0 - c) * share * (1.0 - above(n, 1, prob[i]));
      if (cost < least) least = cost;
    }
    loss += density * least;
  }
  return 1.0 - loss / constant;
}

// Area between two false alarm rates by many thin strips of the piecewise line
static double slow_partial(const double* fpr, const double* tpr, size_t n, double from,
                           double to) {
  enum { STRIPS = 20000 };
  double sum = 0.0;
  size_t k = 0;
  for (int s = 0; s < STRIPS; s++) {
    const double x = from + (to - from) * (s + 0.5) / STRIPS;
    while (k + 1 < n && fpr[k + 1] < x) k++;
    const double width = fpr[k + 1] - fpr[k];
    sum +=
        width > 0.0 ? tpr[k] + (tpr[k + 1] - tpr[k]) * (x - fpr[k]) / width : tpr[k + 1];
  }
  return sum * (to - from) / STRIPS;
}

static void against_definitions(void) {
  for (uint64_t t = 0; t < SETS; t++) {
    const size_t n = simulate(t);
    double m[CR_MEASURES];
    cr_measure_input input = plain_input(n);
    measure(&input, m);
    cr_auc auc;
    cr_losses loss;
    CHECK(cr_auc_area(prob, event, n, &auc, NULL) == CR_OK);
    CHECK(cr_rates_losses(prob, event, NULL, n, &loss, NULL) == CR_OK);
    CHECK_NEAR(m[CR_MEASURE_AUC], auc.area, 1e-14);
    CHECK_NEAR(m[CR_MEASURE_KS], auc.ks, 1e-14);
    CHECK_NEAR(m[CR_MEASURE_BRIER], loss.brier.mean, 1e-14);
    CHECK_NEAR(m[CR_MEASURE_LOG_LOSS], loss.log_loss.mean, 1e-13);
    CHECK_NEAR(m[CR_MEASURE_PR_AUC], average_precision(n), 1e-13);
    CHECK_NEAR(
        m[CR_MEASURE_BRIER],
        m[CR_MEASURE_RELIABILITY] - m[CR_MEASURE_RESOLUTION] + m[CR_MEASURE_UNCERTAINTY],
        1e-14);
    CHECK(m[CR_MEASURE_RELIABILITY] > -1e-14 && m[CR_MEASURE_RESOLUTION] > -1e-14);
    const cr_confusion c = cr_rates_confusion(prob, event, NULL, n, 0.3);
    CHECK(m[CR_MEASURE_TP] == c.weight[1][1] && m[CR_MEASURE_FN] == c.weight[1][0]);
    CHECK(m[CR_MEASURE_FP] == c.weight[0][1] && m[CR_MEASURE_TN] == c.weight[0][0]);
    double profit = 0.0;
    for (size_t i = 0; i < n; i++) profit += prob[i] < 0.3 ? value[i] / (double)n : 0.0;
    CHECK_NEAR(m[CR_MEASURE_PROFIT], profit, 1e-13);

    cr_calib_line line, large;
    const cr_run run = {0};
    CHECK(cr_calib_fit(prob, event, NULL, n, false, &run, &line, NULL) == CR_OK);
    CHECK(cr_calib_fit(prob, event, NULL, n, true, &run, &large, NULL) == CR_OK);
    if (line.converged) CHECK_NEAR(m[CR_MEASURE_SLOPE], line.slope, 1e-6);
    if (large.converged) CHECK_NEAR(m[CR_MEASURE_LARGE], large.intercept, 1e-6);

    cr_roc roc;
    double fpr[N + 1] = {0.0}, tpr[N + 1] = {0.0};
    CHECK(cr_roc_points(prob, event, NULL, n, &roc, NULL) == CR_OK);
    for (size_t k = 0; k < roc.n; k++) {
      fpr[k + 1] = roc.other[k] / roc.other[roc.n - 1];
      tpr[k + 1] = roc.event[k] / roc.event[roc.n - 1];
    }
    CHECK_NEAR(m[CR_MEASURE_PARTIAL_AUC], slow_partial(fpr, tpr, roc.n + 1, 0.1, 0.4),
               2e-4);
    cr_roc_free(&roc);
    input.partial[0] = 0.0;
    input.partial[1] = 1.0;
    measure(&input, m);
    CHECK_NEAR(m[CR_MEASURE_PARTIAL_AUC], auc.area, 1e-13);
    if (t < 10) CHECK_NEAR(m[CR_MEASURE_H], slow_h(n, 0.25), 2e-4);
  }
}

// The isotonic fit of row i by its min-max formula.
static double isotonic(size_t n, size_t i) {
  double most = 0.0;
  for (size_t a = 0; a < n; a++) {
    if (prob[a] > prob[i]) continue;
    double least = 1.0;
    for (size_t z = 0; z < n; z++) {
      if (prob[z] < prob[i]) continue;
      double hit = 0.0, all = 0.0;
      for (size_t k = 0; k < n; k++) {
        const bool inside = prob[k] >= prob[a] && prob[k] <= prob[z];
        all += inside;
        hit += inside && event[k];
      }
      least = fmin(least, hit / all);
    }
    most = fmax(most, least);
  }
  return most;
}

// Isotonic recalibration is what the reliability term compares with.
static void reliability(void) {
  enum { FEW = 40 };
  for (uint64_t t = 0; t < SETS; t++) {
    simulate(t);
    double m[CR_MEASURES], again[CR_MEASURES], fitted[FEW], best = 0.0;
    const cr_measure_input input = plain_input(FEW);
    measure(&input, m);
    for (size_t i = 0; i < FEW; i++) {
      fitted[i] = isotonic(FEW, i);
      best += (fitted[i] - event[i]) * (fitted[i] - event[i]) / FEW;
    }
    CHECK_NEAR(m[CR_MEASURE_RELIABILITY], m[CR_MEASURE_BRIER] - best, 1e-13);
    memcpy(prob, fitted, sizeof fitted);
    measure(&input, again);
    CHECK_NEAR(again[CR_MEASURE_RELIABILITY], 0.0, 1e-14);
    CHECK_NEAR(again[CR_MEASURE_RESOLUTION], m[CR_MEASURE_RESOLUTION], 1e-13);
  }
}

// Whole weights are repeated rows in every measure.
static void weights(void) {
  for (uint64_t t = 0; t < SETS; t++) {
    const size_t n = simulate(t);
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
      for (int k = 0; k < (int)weight[i]; k++, total++) {
        repeated_prob[total] = prob[i];
        repeated_event[total] = event[i];
        repeated_value[total] = value[i];
      }
    }
    double weighted[CR_MEASURES], repeated[CR_MEASURES];
    const double lowest[] = {0.0, 0.2, 0.5};
    cr_measure_input input = plain_input(n);
    input.weight = weight;
    input.layout.bin_lowest = lowest;
    input.layout.n_bins = 3;
    measure(&input, weighted);
    input.weight = NULL;
    input.prob = repeated_prob;
    input.event = repeated_event;
    input.value = repeated_value;
    input.n = total;
    measure(&input, repeated);
    for (int k = 0; k < CR_MEASURES; k++) {
      if (isnan(repeated[k])) {
        CHECK(isnan(weighted[k]));
      } else {
        CHECK_NEAR(weighted[k], repeated[k], 1e-8);
      }
    }
  }
}

static void known_answers(void) {
  const double p[] = {0.1, 0.2, 0.8, 0.9}, lowest[] = {0.1, 0.8};
  const int32_t apart[] = {0, 0, 1, 1}, wrong[] = {1, 1, 0, 0};
  double m[CR_MEASURES];
  cr_measure_input input = {.n = 4,
                            .prob = p,
                            .event = apart,
                            .layout = {.cutoff = 0.5, .bin_lowest = lowest, .n_bins = 2},
                            .partial = {0.0, 0.2},
                            .severity = 1.0};
  measure(&input, m);
  CHECK(m[CR_MEASURE_AUC] == 1.0 && m[CR_MEASURE_PR_AUC] == 1.0);
  CHECK_NEAR(m[CR_MEASURE_PARTIAL_AUC], 0.2, 1e-16);
  CHECK_NEAR(m[CR_MEASURE_H], 1.0, 1e-15);
  CHECK(m[CR_MEASURE_RESOLUTION] == 0.25 && m[CR_MEASURE_UNCERTAINTY] == 0.25);
  CHECK_NEAR(m[CR_MEASURE_ECE], 0.15, 1e-16);
  CHECK(isnan(m[CR_MEASURE_LOG_LOSS]) && isnan(m[CR_MEASURE_PROFIT]));
  CHECK(isnan(m[CR_MEASURE_SLOPE]));
  input.event = wrong;
  measure(&input, m);
  CHECK(m[CR_MEASURE_AUC] == 0.0 && m[CR_MEASURE_PARTIAL_AUC] == 0.0);
  CHECK_NEAR(m[CR_MEASURE_H], 0.0, 1e-15);
  CHECK(m[CR_MEASURE_RESOLUTION] == 0.0);
}

void test_measure(void) {
  known_answers();
  against_definitions();
  reliability();
  weights();
  const size_t n = simulate(1);
  const cr_measure_input input = plain_input(n);
  cr_measure m;
  double out[CR_MEASURES];
  CHECK_ALLOCATIONS(cr_measure_make(&input, &m, NULL), cr_measure_free(&m));
  CHECK(cr_measure_make(&input, &m, NULL) == CR_OK);
  CHECK_ALLOCATIONS(
      cr_replica_once(&m.layout, cr_measure_rows, &m, CR_MEASURES, out, NULL), (void)0);
  cr_measure_free(&m);
}
