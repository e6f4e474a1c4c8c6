#include "metric/rates.h"

#include "base/rng.h"
#include "check.h"

enum { N = 10000 };

static double prob[N], weight[N], repeated_prob[3 * N];
static int32_t event[N], repeated_event[3 * N];

static void known_counts(void) {
  const double p[] = {0.2, 0.5, 0.5, 0.9, 0.4};
  const int32_t e[] = {0, 1, 0, 1, 1};
  const double w[] = {1, 2, 3, 4, 5};
  cr_confusion c =
      cr_rates_confusion(p, e, NULL, 5, 0.5);  // at the cut-off counts as event
  CHECK(c.weight[1][1] == 2 && c.weight[1][0] == 1);
  CHECK(c.weight[0][1] == 1 && c.weight[0][0] == 1);
  c = cr_rates_confusion(p, e, w, 5, 0.5);
  CHECK(c.weight[1][1] == 6 && c.weight[1][0] == 5);
  CHECK(c.square[1][1] == 20 && c.square[0][1] == 9);
  c = cr_rates_confusion(p, e, w, 0, 0.5);
  CHECK(c.weight[0][0] == 0 && c.weight[1][1] == 0);
}

static void known_losses(void) {
  const double p[] = {0.0, 1.0, 0.5, 0.25};
  const int32_t e[] = {0, 0, 1, 1};
  cr_losses loss;
  CHECK(cr_rates_losses(p, e, NULL, 4, &loss, NULL) == CR_OK);
  CHECK_NEAR(loss.brier.mean, (0.0 + 1.0 + 0.25 + 0.5625) / 4.0, 1e-16);
  CHECK(loss.n_clipped == 2);
  // a wrong certainty costs -log(1e-15)
  CHECK_NEAR(loss.log_loss.mean, (1e-15 + 15.0 * log(10.0) + log(2.0) + log(4.0)) / 4.0,
             1e-3);
  CHECK(isfinite(loss.log_loss.se));
  CHECK(cr_rates_losses(p, e, NULL, 1, &loss, NULL) == CR_OK);
  CHECK(loss.brier.mean == 0.0 && isnan(loss.brier.se));
}

// Against the textbook's sums in long double; weights against repeated rows.
static void against_definition(void) {
  cr_rng rng = cr_rng_stream(6, CR_FOR_SIMULATION, 0);
  size_t n = 0;
  for (size_t i = 0; i < N; i++) {
    prob[i] = cr_rng_unit(&rng);
    event[i] = cr_rng_unit(&rng) < prob[i];
    weight[i] = (double)(1 + cr_rng_below(&rng, 3));
    for (int k = 0; k < (int)weight[i]; k++, n++) {
      repeated_prob[n] = prob[i];
      repeated_event[n] = event[i];
    }
  }
  cr_losses plain, weighted, repeated;
  CHECK(cr_rates_losses(prob, event, NULL, N, &plain, NULL) == CR_OK);
  long double sum = 0, square = 0;
  for (size_t i = 0; i < N; i++) {
    const long double loss =
        -logl(event[i] ? (long double)prob[i] : 1 - (long double)prob[i]);
    sum += loss;
    square += loss * loss;
  }
  const long double mean = sum / N;
  CHECK_NEAR(plain.log_loss.mean, (double)mean, 1e-14);
  CHECK_NEAR(plain.log_loss.se, (double)sqrtl((square / N - mean * mean) / (N - 1)),
             1e-14);

  CHECK(cr_rates_losses(prob, event, weight, N, &weighted, NULL) == CR_OK);
  CHECK(cr_rates_losses(repeated_prob, repeated_event, NULL, n, &repeated, NULL) ==
        CR_OK);
  CHECK_NEAR(weighted.brier.mean, repeated.brier.mean, 1e-14);
  CHECK_NEAR(weighted.log_loss.mean, repeated.log_loss.mean, 1e-13);
  // twice the weight is the same evidence
  for (size_t i = 0; i < N; i++) weight[i] *= 2.0;
  cr_losses doubled;
  CHECK(cr_rates_losses(prob, event, weight, N, &doubled, NULL) == CR_OK);
  CHECK(memcmp(&weighted, &doubled, sizeof doubled) == 0);
}

void test_rates(void) {
  known_counts();
  known_losses();
  against_definition();
  cr_losses loss;
  CHECK_ALLOCATIONS(cr_rates_losses(prob, event, NULL, N, &loss, NULL), (void)0);
}
