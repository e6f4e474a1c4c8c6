#include "metric/roc.h"

#include "base/rng.h"
#include "check.h"

enum { N = 600 };

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
  cr_auc_pair pair;
  CHECK(cr_roc_compare(s, s, one_class, w, 2, &pair, NULL) == CR_OK);
  CHECK(isnan(pair.area[0]) && isnan(pair.covariance));
  CHECK(cr_roc_compare(s, s, one_class, w, 3, &pair, &err) == CR_EINPUT);
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

// The covariance of the paper, with weights: a score with itself gives its variance,
// equal weights give cr_auc_compare()'s numbers, and sums over rows the rest.
static void pairs(void) {
  simulate(5);
  static double other[N], third[N];
  for (size_t i = 0; i < N; i++) {
    other[i] = score[i] + (double)(i % 17);
    third[i] = 1.0 / 3.0;
  }
  cr_auc one, two;
  cr_auc_pair pair, same, plain, equal;
  CHECK(cr_roc_weighted(score, event, weight, N, &one, NULL) == CR_OK);
  CHECK(cr_roc_weighted(other, event, weight, N, &two, NULL) == CR_OK);
  CHECK(cr_roc_compare(score, other, event, weight, N, &pair, NULL) == CR_OK);
  CHECK(pair.area[0] == one.area && pair.area[1] == two.area);
  CHECK(pair.variance[0] == one.variance && pair.variance[1] == two.variance);
  CHECK(cr_roc_compare(score, score, event, weight, N, &same, NULL) == CR_OK);
  CHECK_NEAR(same.covariance, one.variance, 1e-16);
  CHECK(cr_auc_compare(score, other, event, N, &plain, NULL) == CR_OK);
  CHECK(cr_roc_compare(score, other, event, third, N, &equal, NULL) == CR_OK);
  CHECK_NEAR(equal.area[1], plain.area[1], 1e-14);
  CHECK_NEAR(equal.covariance, plain.covariance, 1e-16);
  CHECK(fabs(pair.covariance) < sqrt(one.variance * two.variance));
}

void test_roc(void) {
  known_curve();
  edges();
  weights();
  pairs();

  cr_roc roc;
  cr_auc auc;
  CHECK_ALLOCATIONS(cr_roc_points(score, event, weight, N, &roc, NULL),
                    cr_roc_free(&roc));
  CHECK_ALLOCATIONS(cr_roc_weighted(score, event, weight, N, &auc, NULL), (void)0);
  cr_auc_pair pair;
  CHECK_ALLOCATIONS(cr_roc_compare(score, score, event, weight, N, &pair, NULL), (void)0);
}
