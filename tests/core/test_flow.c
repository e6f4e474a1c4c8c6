#include "money/flow.h"

#include "base/rng.h"
#include "check.h"
#include "money/irr.h"

enum { N = 3000, MONTHS = 84 };

static double outlay[N], instalment[N], paid[N], recovered[N], irr[N], again[N];
static int32_t months[N];
static const cr_flow_loans loans = {N, outlay, instalment, paid, recovered, months};

static void simulate(void) {
  cr_rng rng = cr_rng_stream(82, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    outlay[i] = 1000.0 + 30000.0 * cr_rng_unit(&rng);
    instalment[i] = outlay[i] / 36.0 * (1.1 + 0.2 * cr_rng_unit(&rng));
    months[i] = (int32_t)cr_rng_below(&rng, 72);
    const uint32_t kind = cr_rng_below(&rng, 5);
    paid[i] = kind == 0 ? 0.0 : instalment[i] * 50.0 * cr_rng_unit(&rng);
    recovered[i] = kind < 2 ? outlay[i] * 0.1 * cr_rng_unit(&rng) : 0.0;
  }
}

static cr_flow one(double rate_paid, int32_t month) {
  const double a = 100.0, b = 10.0, c = 4.0;
  const cr_flow_loans loan = {1, &a, &b, &rate_paid, &c, &month};
  return cr_flow_of(&loan, 0);
}

static void known_payments(void) {
  cr_flow f = one(75.0, 6);  // repaid early: five instalments and the rest
  CHECK(f.n_regular == 5 && f.regular == 10.0 && f.last == 25.0 && f.last_month == 6);
  CHECK(f.recovery == 4.0 && f.recovery_month == 18);
  f = one(30.0, 6);  // five instalments are more than was paid: equal parts
  CHECK(f.regular == 5.0 && f.n_regular == 5 && f.last == 5.0);
  f = one(0.0, 0);  // never paid
  CHECK(f.n_regular == 0 && f.last == 0.0 && f.last_month == 1 && f.recovery_month == 13);
  f = one(12.0, 0);  // paid in the month of issue: a month later at the earliest
  CHECK(f.n_regular == 0 && f.last == 12.0 && f.last_month == 1);
}

// No dollar is lost: the parts add up to what was paid.
static void adds_up(void) {
  for (size_t i = 0; i < N; i++) {
    const cr_flow f = cr_flow_of(&loans, i);
    const double total = f.regular * f.n_regular + f.last + f.recovery;
    CHECK_NEAR(total, paid[i] + recovered[i], 1e-9);
    CHECK(f.last >= 0.0 && f.regular >= 0.0 && f.last_month <= 71);
  }
}

static void expand(const cr_flow* f, double mass, double* flow) {
  for (int32_t t = 0; t < f->n_regular; t++) flow[t] += mass * f->regular;
  flow[f->last_month - 1] += mass * f->last;
  flow[f->recovery_month - 1] += mass * f->recovery;
}

static void sums_and_rates(void) {
  double step[MONTHS + 1] = {0}, point[MONTHS + 1] = {0}, wanted[MONTHS] = {0};
  double flow[MONTHS];
  const cr_flow_sum sum = {step, point};
  CHECK(cr_flow_months(&loans) <= MONTHS);
  for (size_t i = 0; i < N; i++) {
    const cr_flow f = cr_flow_of(&loans, i);
    cr_flow_add(&sum, &f, (double)(i % 3));
    expand(&f, (double)(i % 3), wanted);
  }
  cr_flow_cumulate(&sum, MONTHS, flow);
  for (size_t t = 0; t < MONTHS; t++) CHECK_NEAR(flow[t], wanted[t], 1e-6);

  const cr_run alone = {.threads = 1}, team = {.threads = 3};
  CHECK(cr_flow_irr(&loans, &alone, irr, NULL) == CR_OK);
  CHECK(cr_flow_irr(&loans, &team, again, NULL) == CR_OK);
  CHECK(memcmp(irr, again, sizeof irr) == 0);
  for (size_t i = 0; i < N; i += 7) {
    double own[MONTHS] = {0};
    const cr_flow f = cr_flow_of(&loans, i);
    expand(&f, 1.0, own);
    CHECK_NEAR(irr[i], cr_irr_yearly(outlay[i], own, MONTHS), 1e-12);
    CHECK(paid[i] + recovered[i] > 0.0 || irr[i] == -1.0);
  }
  CHECK_ALLOCATIONS(cr_flow_irr(&loans, &alone, again, NULL), (void)0);
}

void test_flow(void) {
  simulate();
  known_payments();
  adds_up();
  sums_and_rates();
}
