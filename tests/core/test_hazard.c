#include "money/hazard.h"

#include "base/rng.h"
#include "check.h"
#include "money/flow.h"
#include "money/irr.h"

enum { T = 5, N = 1500, MONTHS = T + CR_FLOW_RECOVERY_LAG };

static const double never[T] = {0};
static double amount[N], instalment[N], rate[N], pd[N];
static double out[N * CR_HAZARDS], again[N * CR_HAZARDS];
static int32_t term[N];

static void expect_one(const cr_hazard_term* of, double lgd, double fee, double chance,
                       double* found) {
  const double a = 1000.0, b = 230.0, r = 0.01;
  const int32_t first = 0;
  const cr_hazard_loans loan = {1, &a, &b, &r, &first, &chance};
  const cr_hazard_costs costs = {lgd, fee};
  const cr_run run = {0};
  CHECK(cr_hazard_expect(&loan, of, 1, &costs, &run, found, NULL) == CR_OK);
}

static void known_loans(void) {
  double found[CR_HAZARDS];
  const double now[T] = {1.0, 0.0, 0.0, 0.0, 0.0}, some[T] = {0.1, 0.1, 0.1, 0.1, 0.1};
  // nobody can fail: the rate of the contract
  expect_one(&(cr_hazard_term){T, never, never}, 0.9, 0.0, 0.3, found);
  CHECK(found[CR_HAZARD_PD] == 0.0 && found[CR_HAZARD_LOSS] == 0.0);
  CHECK_NEAR(found[CR_HAZARD_IRR], pow(1.01, 12.0) - 1.0, 1e-12);
  // all repay after a month: one month's interest
  expect_one(&(cr_hazard_term){T, never, now}, 0.9, 0.0, 0.3, found);
  CHECK_NEAR(found[CR_HAZARD_PROFIT], 10.0, 1e-10);
  // a fee takes its share of what is paid
  expect_one(&(cr_hazard_term){T, never, now}, 0.9, 0.02, 0.3, found);
  CHECK_NEAR(found[CR_HAZARD_PROFIT], 1010.0 * 0.98 - 1000.0, 1e-10);
  // certain failure: everything at once, or what is recovered a year later
  expect_one(&(cr_hazard_term){T, some, never}, 1.0, 0.0, 1.0, found);
  CHECK_NEAR(found[CR_HAZARD_EAD], 1000.0, 1e-3);
  CHECK_NEAR(found[CR_HAZARD_PROFIT], -1000.0, 1e-3);
}

// All that can happen to a loan, one by one: it fails in month f or is repaid in month r.
static void enumerate(const cr_hazard_term* of, double lgd, double found_pd,
                      const double* found, size_t i) {
  double low = -30.0, high = 30.0;
  for (int step = 0; step < 200; step++) {
    const double middle = (low + high) / 2.0;
    if (cr_hazard_ever(of, middle) < found_pd) {
      low = middle;
    } else {
      high = middle;
    }
  }
  const double factor = exp(low);
  double flow[MONTHS] = {0}, ead = 0.0, failed = 0.0, alive = 1.0, total = 0.0;
  double paid[T], balance[T + 1];
  balance[0] = amount[i];
  for (int t = 0; t < T; t++) {
    const double owed = balance[t] * (1.0 + rate[i]);
    paid[t] = t == T - 1 ? owed : fmin(instalment[i], owed);
    balance[t + 1] = owed - paid[t];
  }
  for (int t = 0; t < T; t++) {
    const double odds = factor * of->fails[t] / (1.0 - of->fails[t]);
    const double fails = odds / (1.0 + odds), repays = of->repays[t];
    const double p_fail = alive * fails, p_repay = alive * (1.0 - fails) * repays;
    failed += p_fail;
    ead += p_fail * balance[t];
    for (int s = 0; s < t; s++) flow[s] += (p_fail + p_repay) * paid[s];
    flow[t + CR_FLOW_RECOVERY_LAG] += p_fail * balance[t] * (1.0 - lgd);
    flow[t] += p_repay * balance[t] * (1.0 + rate[i]);
    alive *= (1.0 - fails) * (1.0 - repays);
  }
  for (int s = 0; s < T; s++) flow[s] += alive * paid[s];
  for (int t = 0; t < MONTHS; t++) total += flow[t];
  CHECK_NEAR(found[CR_HAZARD_PD], failed, 1e-10);
  CHECK_NEAR(found[CR_HAZARD_EAD], ead / failed, 1e-6);
  CHECK_NEAR(found[CR_HAZARD_LOSS], ead * lgd, 1e-6);
  CHECK_NEAR(found[CR_HAZARD_PROFIT], total - amount[i], 1e-6);
  CHECK_NEAR(found[CR_HAZARD_IRR], cr_irr_yearly(amount[i], flow, MONTHS), 1e-10);
}

static void against_enumeration(void) {
  const double fails[2][T] = {{0.02, 0.05, 0.04, 0.03, 0.01}, {0.1, 0.0, 0.2, 0.1, 0.3}};
  const double repays[2][T] = {{0.05, 0.06, 0.1, 0.1, 0.0}, {0.3, 0.2, 0.0, 0.1, 0.5}};
  const cr_hazard_term of[] = {{T, fails[0], repays[0]}, {T, fails[1], repays[1]}};
  const cr_hazard_costs costs = {0.9, 0.0};
  cr_rng rng = cr_rng_stream(84, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    amount[i] = 500.0 + 1000.0 * cr_rng_unit(&rng);
    instalment[i] = amount[i] * (0.21 + 0.02 * cr_rng_unit(&rng));
    rate[i] = 0.02 * cr_rng_unit(&rng);
    term[i] = (int32_t)cr_rng_below(&rng, 2);
    pd[i] = 0.001 + 0.6 * cr_rng_unit(&rng);
  }
  const cr_hazard_loans loans = {N, amount, instalment, rate, term, pd};
  const cr_run alone = {.threads = 1}, team = {.threads = 3};
  CHECK(cr_hazard_expect(&loans, of, 2, &costs, &alone, out, NULL) == CR_OK);
  for (size_t i = 0; i < N; i++) {
    const double* found = out + i * CR_HAZARDS;
    CHECK_NEAR(found[CR_HAZARD_PD], pd[i], 1e-10);
    if (i % 50 == 0) enumerate(&of[term[i]], costs.lgd, pd[i], found, i);
  }
  CHECK(cr_hazard_expect(&loans, of, 2, &costs, &team, again, NULL) == CR_OK);
  CHECK(memcmp(out, again, sizeof out) == 0);
  CHECK_ALLOCATIONS(cr_hazard_expect(&loans, of, 2, &costs, &alone, again, NULL),
                    (void)0);
}

void test_hazard(void) {
  known_loans();
  against_enumeration();
}
