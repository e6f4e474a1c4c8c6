#include "metric/auc.h"

#include "base/rng.h"
#include "check.h"

enum { N = 3000 };

// Twice the number of pairs ranked right plus the ties, by looking at every pair.
static double count_pairs(const double* score, const int32_t* event, size_t n) {
  uint64_t twice = 0, pairs = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      if (!event[i] || event[j]) continue;
      pairs++;
      twice += score[i] > score[j] ? 2 : score[i] == score[j] ? 1 : 0;
    }
  }
  return (double)twice / (2.0 * (double)pairs);
}

// Recall minus false alarm rate at one threshold.
static double gap_at(const double* score, const int32_t* event, size_t n,
                     double threshold) {
  double above[2] = {0.0, 0.0}, count[2] = {0.0, 0.0};
  for (size_t i = 0; i < n; i++) {
    count[event[i]] += 1.0;
    above[event[i]] += score[i] >= threshold;
  }
  return above[1] / count[1] - above[0] / count[0];
}

// The share of the other class that row i is on the right side of.
static double placement(const double* score, const int32_t* event, size_t n, size_t i) {
  double right = 0.0, others = 0.0;
  for (size_t j = 0; j < n; j++) {
    if (event[j] == event[i]) continue;
    const double ahead = event[i] ? score[i] - score[j] : score[j] - score[i];
    others += 1.0;
    right += ahead > 0.0 ? 1.0 : ahead == 0.0 ? 0.5 : 0.0;
  }
  return right / others;
}

// DeLong's covariance as the paper writes it.
static double covariance(const double* a, const double* b, const int32_t* event, size_t n,
                         double area_a, double area_b) {
  double sum[2] = {0.0, 0.0}, count[2] = {0.0, 0.0};
  for (size_t i = 0; i < n; i++) {
    sum[event[i]] +=
        (placement(a, event, n, i) - area_a) * (placement(b, event, n, i) - area_b);
    count[event[i]] += 1.0;
  }
  return sum[0] / (count[0] * (count[0] - 1.0)) + sum[1] / (count[1] * (count[1] - 1.0));
}

static void known_answers(void) {
  const double score[] = {1, 2, 3, 4};
  const int32_t apart[] = {0, 0, 1, 1}, wrong[] = {1, 1, 0, 0}, mixed[] = {0, 1, 0, 1};
  const double same[] = {7, 7, 7, 7};
  cr_auc auc;
  CHECK(cr_auc_area(score, apart, 4, &auc, NULL) == CR_OK);
  CHECK(auc.area == 1.0 && auc.variance == 0.0);
  CHECK(auc.ks == 1.0 && auc.ks_threshold == 3.0);
  CHECK(cr_auc_area(score, wrong, 4, &auc, NULL) == CR_OK && auc.area == 0.0);
  CHECK(auc.ks == 0.0 && auc.ks_threshold == INFINITY);
  CHECK(cr_auc_area(score, mixed, 4, &auc, NULL) == CR_OK && auc.area == 0.75);
  CHECK(auc.ks == 0.5 && auc.ks_threshold == 4.0);  // the higher of two that reach it
  // placements of the events 1/2 and 1, of the others 1 and 1/2
  CHECK(auc.variance == 0.0625 + 0.0625);
  CHECK(cr_auc_area(same, mixed, 4, &auc, NULL) == CR_OK);
  CHECK(auc.area == 0.5 && auc.variance == 0.0);
}

static void edges(void) {
  const double score[] = {-INFINITY, -0.0, 0.0, INFINITY, NAN};
  const int32_t event[] = {0, 0, 1, 1, 1}, none[] = {0, 0, 0, 0};
  cr_auc auc;
  cr_error err;
  CHECK(cr_auc_area(score, event, 4, &auc, NULL) == CR_OK && auc.area == 0.875);
  CHECK(cr_auc_area(score, event, 5, &auc, &err) == CR_EINPUT);
  CHECK(strcmp(err.code, "missing_score") == 0);
  CHECK(cr_auc_area(score, none, 4, &auc, NULL) == CR_OK && isnan(auc.area));
  CHECK(cr_auc_area(score, event, 0, &auc, NULL) == CR_OK && isnan(auc.area));
  CHECK(cr_auc_area(score, event + 1, 2, &auc, NULL) == CR_OK);
  CHECK(auc.area == 1.0 && isnan(auc.variance));
  CHECK(cr_auc_area(score, event, SIZE_MAX, &auc, &err) == CR_ELIMIT);

  cr_auc_pair pair;
  CHECK(cr_auc_compare(score, score, event, 5, &pair, &err) == CR_EINPUT);
  CHECK(cr_auc_compare(score, score, none, 4, &pair, NULL) == CR_OK);
  CHECK(isnan(pair.area[0]) && isnan(pair.covariance));
  CHECK(cr_auc_compare(score, score, event, SIZE_MAX, &pair, &err) == CR_ELIMIT);
}

// Few distinct scores, so that most comparisons are ties, and many.
static void against_brute_force(void) {
  static double a[200], b[200];
  static int32_t event[200];
  for (uint64_t t = 0; t < 400; t++) {
    cr_rng rng = cr_rng_stream(2, CR_FOR_SIMULATION, t);
    const size_t n = 4 + cr_rng_below(&rng, 60);
    const uint32_t distinct = 1 + cr_rng_below(&rng, 12);
    for (size_t i = 0; i < n; i++) {
      a[i] = t % 2 ? (double)cr_rng_below(&rng, distinct) : cr_rng_normal(&rng);
      b[i] = a[i] + (double)cr_rng_below(&rng, 3);
      event[i] = i < 2 ? 1 : i < 4 ? 0 : (int32_t)cr_rng_below(&rng, 2);
    }
    cr_auc auc;
    cr_auc_pair pair;
    CHECK(cr_auc_area(a, event, n, &auc, NULL) == CR_OK);
    CHECK(cr_auc_compare(a, b, event, n, &pair, NULL) == CR_OK);
    CHECK(auc.area == count_pairs(a, event, n));
    CHECK(pair.area[1] == count_pairs(b, event, n));
    CHECK(pair.area[0] == auc.area && pair.variance[0] == auc.variance);
    double ks = 0.0;
    for (size_t i = 0; i < n; i++) ks = fmax(ks, gap_at(a, event, n, a[i]));
    CHECK_NEAR(auc.ks, ks, 1e-15);
    if (ks > 0.0) CHECK_NEAR(gap_at(a, event, n, auc.ks_threshold), ks, 1e-15);
    CHECK_NEAR(auc.variance, covariance(a, a, event, n, auc.area, auc.area), 1e-14);
    CHECK_NEAR(pair.covariance, covariance(a, b, event, n, auc.area, pair.area[1]),
               1e-14);
  }
}

// A monotone map of the scores changes no bit of the answer.
static void depends_on_ranks_only(void) {
  static double score[N], mapped[N];
  static int32_t event[N];
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    score[i] = (double)cr_rng_below(&rng, 500);
    mapped[i] = 1e-310 * score[i] - 1e-308;  // subnormal steps
    event[i] = cr_rng_unit(&rng) < 0.2;
  }
  cr_auc before, after;
  CHECK(cr_auc_area(score, event, N, &before, NULL) == CR_OK);
  CHECK(cr_auc_area(mapped, event, N, &after, NULL) == CR_OK);
  CHECK(before.area == after.area && before.variance == after.variance);
  CHECK(before.ks == after.ks);
  CHECK(after.ks_threshold == 1e-310 * before.ks_threshold - 1e-308);
}

void test_auc(void) {
  known_answers();
  edges();
  against_brute_force();
  depends_on_ranks_only();

  const double score[] = {1, 2, 3, 4};
  const int32_t event[] = {0, 1, 0, 1};
  cr_auc auc;
  cr_auc_pair pair;
  CHECK_ALLOCATIONS(cr_auc_area(score, event, 4, &auc, NULL), (void)0);
  CHECK_ALLOCATIONS(cr_auc_compare(score, score, event, 4, &pair, NULL), (void)0);
}
