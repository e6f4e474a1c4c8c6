#include "money/irr.h"

#include "base/rng.h"
#include "check.h"

enum { N = 90 };

static double flow[N];

static void known_rates(void) {
  memset(flow, 0, sizeof flow);
  CHECK(cr_irr_yearly(100.0, flow, 12) == -1.0);
  CHECK(cr_irr_yearly(100.0, flow, 0) == -1.0);
  flow[11] = 110.0;
  CHECK_NEAR(cr_irr_yearly(100.0, flow, 12), 0.1, 1e-14);
  flow[11] = 50.0;
  CHECK_NEAR(cr_irr_yearly(100.0, flow, 12), -0.5, 1e-14);
  flow[11] = 100.0;
  CHECK_NEAR(cr_irr_yearly(100.0, flow, 12), 0.0, 1e-14);
  flow[11] = 0.0;
  flow[0] = 200.0;  // doubled in a month
  CHECK_NEAR(cr_irr_yearly(100.0, flow, 12), 4095.0, 1e-9);
  // an annuity at 1 % a month
  double discount = 1.0;
  for (int t = 0; t < 36; t++) discount /= 1.01;
  const double instalment = 1000.0 * 0.01 / (1.0 - discount);
  for (int t = 0; t < 36; t++) flow[t] = instalment;
  CHECK_NEAR(cr_irr_yearly(1000.0, flow, 36), 0.12682503013196977, 1e-13);
}

static long double worth(double outlay, size_t n, long double u) {
  long double value = -(long double)outlay;
  for (size_t t = 0; t < n; t++) value += (long double)flow[t] * expl(u * (t + 1));
  return value;
}

// Bisection in long double, over flows of every shape and twenty powers of ten.
static void against_bisection(void) {
  cr_rng rng = cr_rng_stream(81, CR_FOR_SIMULATION, 0);
  for (int k = 0; k < 400; k++) {
    const size_t n = 1 + cr_rng_below(&rng, N);
    const double scale = pow(10.0, (double)cr_rng_below(&rng, 20) - 14.0);
    for (size_t t = 0; t < n; t++) {
      const uint32_t kind = cr_rng_below(&rng, 4);
      flow[t] = kind == 0 ? 0.0 : kind == 1 ? scale : scale * cr_rng_unit(&rng);
    }
    flow[cr_rng_below(&rng, (uint32_t)n)] += scale;
    const double outlay = 1.0 + 1000.0 * cr_rng_unit(&rng);
    long double low = -60.0L, high = 60.0L;
    for (int step = 0; step < 200; step++) {
      const long double middle = (low + high) / 2.0L;
      if (worth(outlay, n, middle) < 0.0L) {
        low = middle;
      } else {
        high = middle;
      }
    }
    const double wanted = (double)(expl(-12.0L * low) - 1.0L);
    const double found = cr_irr_yearly(outlay, flow, n);
    CHECK_NEAR(found / fmax(1.0, wanted), wanted / fmax(1.0, wanted), 1e-11);
  }
}

void test_irr(void) {
  known_rates();
  against_bisection();
}
