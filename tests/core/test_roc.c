#include "metric/roc.h"

#include "base/rng.h"
#include "check.h"

enum { N = 600, RESAMPLES = 40 };

static double score[N], weight[N], repeated_score[4 * N];
static int32_t event[N], repeated_event[4 * N];

static void simulate(uint64_t item) {
  cr_rng rng = cr_rng_stream(4, CR_FOR_SIMULATION, item);
  for (size_t i = 0; i < N; i++) {
    event[i] = cr_rng_unit(&rng) < 0.3;
    score[i] = (double)cr_rng_below(&rng, 80) + 10.0 * (double)event[i];
    weight[i] = (double)(1 + cr_rng_below(&rng, 4));
  }
}

static size_t repeat_rows(void) {
  size_t n = 0;
  for (size_t i = 0; i < N; i++) {
    for (int k = 0; k < (int)weight[i]; k++, n++) {
      repeated_score[n] = score[i];
      repeated_event[n] = event[i];
    }
  }
  return n;
}

static void known_curve(void) {
  const double s[] = {0.1, 0.4, 0.4, 0.8};
  const int32_t e[] = {0, 1, 0, 1};
  cr_roc roc;
  CHECK(cr_roc_points(s, e, NULL, 4, &roc, NULL) == CR_OK && roc.n == 3);
  const double threshold[] = {0.8, 0.4, 0.1}, events[] = {1, 2, 2}, others[] = {0, 1, 2};
  for (size_t i = 0; i < 3; i++) {
    CHECK(roc.threshold[i] == threshold[i]);
    CHECK(roc.event[i] == events[i] && roc.other[i] == others[i]);
  }
  cr_roc_free(&roc);
  cr_roc_free(&roc);  // harmless
}

static void edges(void) {
  const double s[] = {1, 2, NAN};
  const int32_t one_class[] = {1, 1, 1};
  cr_roc roc;
  cr_auc auc;
  double distance[2] = {0, 0};
  const cr_run run = {0};
  cr_error err;
  CHECK(cr_roc_points(s, one_class, NULL, 3, &roc, &err) == CR_EINPUT);
  CHECK(strcmp(err.code, "missing_score") == 0);
  CHECK(cr_roc_points(s, one_class, NULL, SIZE_MAX, &roc, NULL) == CR_ELIMIT);
  CHECK(cr_roc_points(s, one_class, NULL, 0, &roc, NULL) == CR_OK && roc.n == 0);
  cr_roc_free(&roc);
  const double w[] = {1, 2, 3};
  CHECK(cr_roc_weighted(s, one_class, w, 2, &auc, NULL) == CR_OK);
  CHECK(isnan(auc.area) && isnan(auc.variance) && isnan(auc.ks));
  const int32_t first[] = {0, 1, 1}, second[] = {1, 0, 0};
  CHECK(cr_roc_weighted(s, first, w, 2, &auc, NULL) == CR_OK);
  CHECK(auc.area == 1.0 && auc.ks == 1.0 && isnan(auc.variance));
  CHECK(cr_roc_weighted(s, second, w, 2, &auc, NULL) == CR_OK);
  CHECK(auc.area == 0.0 && auc.ks == 0.0 && auc.ks_threshold == INFINITY);
  CHECK(cr_ks_bootstrap(s, one_class, NULL, 2, 2, &run, distance, NULL) == CR_OK);
  CHECK(isnan(distance[0]) && isnan(distance[1]));
}

// Whole weights give what repeated rows give; equal weights give the plain numbers.
static void weights(void) {
  for (uint64_t t = 0; t < 20; t++) {
    simulate(t);
    const size_t n = repeat_rows();
    cr_auc repeated, weighted, plain, equal;
    CHECK(cr_auc_area(repeated_score, repeated_event, n, &repeated, NULL) == CR_OK);
    CHECK(cr_roc_weighted(score, event, weight, N, &weighted, NULL) == CR_OK);
    CHECK_NEAR(weighted.area, repeated.area, 1e-14);
    CHECK_NEAR(weighted.ks, repeated.ks, 1e-14);
    CHECK(weighted.ks_threshold == repeated.ks_threshold);

    double quarter[N];
    for (size_t i = 0; i < N; i++) quarter[i] = 0.25;
    CHECK(cr_auc_area(score, event, N, &plain, NULL) == CR_OK);
    CHECK(cr_roc_weighted(score, event, quarter, N, &equal, NULL) == CR_OK);
    CHECK_NEAR(equal.area, plain.area, 1e-14);
    CHECK_NEAR(equal.variance, plain.variance, 1e-15);
  }
}

// Draws the same rows the slow way: a sample as a table, then its distance.
static double slow_resample(const cr_run* run, size_t b) {
  static double s[N];
  static int32_t e[N];
  static double w[N];
  static uint32_t of_class[2][N], order[N];
  size_t n_class[2] = {0, 0};
  for (size_t i = 0; i < N; i++) order[i] = (uint32_t)i;
  for (size_t i = 1; i < N; i++) {  // insertion sort, falling; later rows first in a tie
    const uint32_t row = order[i];
    size_t j = i;
    for (; j > 0 && score[order[j - 1]] <= score[row]; j--) order[j] = order[j - 1];
    order[j] = row;
  }
  for (size_t i = 0; i < N; i++) {
    of_class[event[order[i]]][n_class[event[order[i]]]++] = order[i];
  }
  cr_rng rng = cr_rng_stream(run->seed, CR_FOR_BOOTSTRAP, b);
  size_t n = 0;
  for (int k = 0; k < 2; k++) {
    for (size_t d = 0; d < n_class[k]; d++, n++) {
      const uint32_t row = of_class[k][cr_rng_below(&rng, (uint32_t)n_class[k])];
      s[n] = score[row];
      e[n] = event[row];
      w[n] = weight[row];
    }
  }
  cr_auc auc;
  CHECK(cr_roc_weighted(s, e, w, n, &auc, NULL) == CR_OK);
  return auc.ks;
}

static void bootstrap(void) {
  simulate(77);
  double one[RESAMPLES], many[RESAMPLES];
  cr_run run = {.threads = 1, .seed = 5};
  CHECK(cr_ks_bootstrap(score, event, weight, N, RESAMPLES, &run, one, NULL) == CR_OK);
  for (size_t b = 0; b < RESAMPLES; b++)
    CHECK_NEAR(one[b], slow_resample(&run, b), 1e-13);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    run.threads = threads[t];
    CHECK(cr_ks_bootstrap(score, event, weight, N, RESAMPLES, &run, many, NULL) == CR_OK);
    CHECK(memcmp(one, many, sizeof one) == 0);
  }
  // equal weights are no weights
  for (size_t i = 0; i < N; i++) weight[i] = 1.0;
  CHECK(cr_ks_bootstrap(score, event, weight, N, RESAMPLES, &run, one, NULL) == CR_OK);
  CHECK(cr_ks_bootstrap(score, event, NULL, N, RESAMPLES, &run, many, NULL) == CR_OK);
  CHECK(memcmp(one, many, sizeof one) == 0);
}

static bool refuse(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

void test_roc(void) {
  known_curve();
  edges();
  weights();
  bootstrap();

  cr_roc roc;
  cr_auc auc;
  double distance[RESAMPLES];
  cr_run run = {.threads = 1};
  CHECK_ALLOCATIONS(cr_roc_points(score, event, weight, N, &roc, NULL),
                    cr_roc_free(&roc));
  CHECK_ALLOCATIONS(cr_roc_weighted(score, event, weight, N, &auc, NULL), (void)0);
  CHECK_ALLOCATIONS(
      cr_ks_bootstrap(score, event, weight, N, RESAMPLES, &run, distance, NULL), (void)0);

  run.tick = refuse;
  static double long_run[200000];
  CHECK(cr_ks_bootstrap(score, event, NULL, N, 200000, &run, long_run, NULL) ==
        CR_ECANCELLED);
}
