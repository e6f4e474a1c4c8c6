#include "metric/drift.h"

#include "base/rng.h"
#include "check.h"

enum { N = 500, DRAWS = 40 };

static double x[N], prob[N];
static int32_t level[N], flag[N], period[N];

static void known_counts(void) {
  const double value[] = {1.0, 2.0, 2.5, NAN, 9.0, -INFINITY};
  const int32_t home[] = {1, 3, CR_MISSING_INT, 2, 3, 3};
  const int32_t when[] = {0, 0, 1, 1, 1, 0};
  const double cut[] = {1.0, 2.0};
  const cr_column column[] = {{.type = CR_COLUMN_DOUBLE, .number = value},
                              {.type = CR_COLUMN_LEVEL, .integer = home, .n_levels = 3}};
  const cr_frame frame = {6, 2, column};
  const cr_drift_bins bins[] = {{cut, 2}, {NULL, 0}};
  const cr_run run = {0};
  int32_t first[8], second[8];
  int32_t* count[] = {first, second};
  CHECK(cr_drift_n_bins(&column[0], &bins[0]) == 4);
  CHECK(cr_drift_n_bins(&column[1], &bins[1]) == 4);
  CHECK(cr_drift_count(&frame, bins, when, 2, &run, count, NULL) == CR_OK);
  // a value at a cut is in the bin that ends there; infinities are values
  const int32_t numbers[] = {0, 2, 1, 0, 1, 0, 0, 2};
  const int32_t levels[] = {0, 1, 0, 2, 1, 0, 1, 1};
  CHECK(memcmp(first, numbers, sizeof numbers) == 0);
  CHECK(memcmp(second, levels, sizeof levels) == 0);
}

// Every row against every cut, one by one; then with more threads.
static void against_definition(void) {
  cr_rng rng = cr_rng_stream(71, CR_FOR_SIMULATION, 0);
  double cut[19];
  for (int k = 0; k < 19; k++) cut[k] = (double)k / 19.0;
  for (size_t i = 0; i < N; i++) {
    x[i] = cr_rng_below(&rng, 10) == 0 ? NAN : cr_rng_unit(&rng);
    level[i] =
        cr_rng_below(&rng, 8) == 0 ? CR_MISSING_INT : 1 + (int32_t)cr_rng_below(&rng, 5);
    flag[i] = (int32_t)cr_rng_below(&rng, 2);
    period[i] = (int32_t)cr_rng_below(&rng, 3);
  }
  const cr_column column[] = {{.type = CR_COLUMN_DOUBLE, .number = x},
                              {.type = CR_COLUMN_LEVEL, .integer = level, .n_levels = 5},
                              {.type = CR_COLUMN_INTEGER, .integer = flag}};
  const cr_frame frame = {N, 3, column};
  const double half = 0.5;
  const cr_drift_bins bins[] = {{cut, 19}, {NULL, 0}, {&half, 1}};
  int32_t found[3][3 * 21], wanted[3][3 * 21] = {{0}};
  for (size_t i = 0; i < N; i++) {
    size_t bin = isnan(x[i]) ? 0U : 1U;
    for (int k = 0; k < 19; k++) bin += x[i] > cut[k];
    wanted[0][(size_t)period[i] * 21 + bin]++;
    const size_t code = level[i] == CR_MISSING_INT ? 0 : (size_t)level[i];
    wanted[1][(size_t)period[i] * 6 + code]++;
    wanted[2][(size_t)period[i] * 3 + 1 + (size_t)flag[i]]++;
  }
  int32_t* count[] = {found[0], found[1], found[2]};
  for (int threads = 1; threads <= 3; threads++) {
    memset(found, 0xff, sizeof found);
    const cr_run run = {.threads = threads};
    CHECK(cr_drift_count(&frame, bins, period, 3, &run, count, NULL) == CR_OK);
    CHECK(memcmp(found[0], wanted[0], 3 * 21 * sizeof(int32_t)) == 0);
    CHECK(memcmp(found[1], wanted[1], 3 * 6 * sizeof(int32_t)) == 0);
    CHECK(memcmp(found[2], wanted[2], 3 * 3 * sizeof(int32_t)) == 0);
  }
}

static void known_expectations(void) {
  double out[CR_DRIFT_EXPECTS];
  const cr_run run = {0};
  // certain outcomes, ranked right; equal probabilities say nothing
  const double sure[] = {1.0, 0.0, 0.0, 1.0}, flat[] = {0.2, 0.2, 0.2};
  CHECK(cr_drift_expect(sure, 4, 0, &run, out, NULL) == CR_OK);
  CHECK(out[CR_DRIFT_RATE] == 0.5 && out[CR_DRIFT_AUC] == 1.0);
  CHECK(cr_drift_expect(flat, 3, 0, &run, out, NULL) == CR_OK);
  CHECK_NEAR(out[CR_DRIFT_RATE], 0.2, 1e-15);
  CHECK_NEAR(out[CR_DRIFT_AUC], 0.5, 1e-15);
  // one row, or one outcome for certain: no pair
  CHECK(cr_drift_expect(flat, 1, 0, &run, out, NULL) == CR_OK);
  CHECK(isnan(out[CR_DRIFT_AUC]));
  const double none[] = {0.0, 0.0};
  CHECK(cr_drift_expect(none, 2, 0, &run, out, NULL) == CR_OK);
  CHECK(out[CR_DRIFT_RATE] == 0.0 && isnan(out[CR_DRIFT_AUC]));
}

// All pairs, one by one.
static void against_pairs(void) {
  cr_rng rng = cr_rng_stream(72, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    prob[i] = i % 3 ? cr_rng_unit(&rng) : (double)cr_rng_below(&rng, 5) / 10.0;
  }
  long double right = 0.0, pairs = 0.0;
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < N; k++) {
      if (i == k) continue;
      const long double weight = (long double)prob[i] * (1.0L - (long double)prob[k]);
      pairs += weight;
      right += weight * (prob[i] > prob[k] ? 1.0L : prob[i] == prob[k] ? 0.5L : 0.0L);
    }
  }
  double once[CR_DRIFT_EXPECTS * (DRAWS + 1)], again[CR_DRIFT_EXPECTS * (DRAWS + 1)];
  cr_run run = {.threads = 1, .seed = 3};
  CHECK(cr_drift_expect(prob, N, DRAWS, &run, once, NULL) == CR_OK);
  CHECK_NEAR(once[CR_DRIFT_AUC], (double)(right / pairs), 1e-13);
  run.threads = 3;
  CHECK(cr_drift_expect(prob, N, DRAWS, &run, again, NULL) == CR_OK);
  CHECK(memcmp(once, again, sizeof once) == 0);
  // draws lie around what was expected
  double mean[CR_DRIFT_EXPECTS] = {0};
  for (int b = 1; b <= DRAWS; b++) {
    mean[0] += once[CR_DRIFT_EXPECTS * b] / DRAWS;
    mean[1] += once[CR_DRIFT_EXPECTS * b + 1] / DRAWS;
  }
  CHECK_NEAR(mean[CR_DRIFT_RATE], once[CR_DRIFT_RATE], 0.01);
  CHECK_NEAR(mean[CR_DRIFT_AUC], once[CR_DRIFT_AUC], 0.01);
  run.seed = 4;
  CHECK(cr_drift_expect(prob, N, DRAWS, &run, again, NULL) == CR_OK);
  CHECK(memcmp(once, again, sizeof once) != 0);
  run.threads = 1;
  CHECK_ALLOCATIONS(cr_drift_expect(prob, N, 2, &run, again, NULL), (void)0);
}

void test_drift(void) {
  known_counts();
  against_definition();
  known_expectations();
  against_pairs();
}
