#include "money/policy.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"
#include "money/irr.h"

enum { N = 400, SHARES = 5, RANKINGS = 3, SETS = 41, MONTHS = 60 };

static double outlay[N], instalment[N], paid[N], recovered[N], profit[N];
static int32_t months[N], bad[N];
static uint32_t fine[N], coarse[N];
static bool fine_ends[N], coarse_ends[N];
static const double share[SHARES] = {0.013, 0.25, 0.251, 0.7, 1.0};
static double once[SETS * RANKINGS * SHARES * CR_POLICIES];
static double again[SETS * RANKINGS * SHARES * CR_POLICIES];

static const cr_policy_ranking ranking[RANKINGS] = {
    {fine, fine_ends}, {coarse, coarse_ends}, {NULL, NULL}};
static const cr_policy_plan plan = {{N, outlay, instalment, paid, recovered, months},
                                    bad,
                                    profit,
                                    ranking,
                                    RANKINGS,
                                    share,
                                    SHARES};

static void simulate(void) {
  cr_rng rng = cr_rng_stream(83, CR_FOR_SIMULATION, 0);
  for (uint32_t i = 0; i < N; i++) {
    outlay[i] = 1000.0 + 30000.0 * cr_rng_unit(&rng);
    instalment[i] = outlay[i] / 30.0;
    bad[i] = cr_rng_unit(&rng) < 0.2;
    months[i] = 1 + (int32_t)cr_rng_below(&rng, 40);
    paid[i] = bad[i] ? outlay[i] * cr_rng_unit(&rng) : outlay[i] * 1.2;
    recovered[i] = bad[i] ? 0.05 * outlay[i] : 0.0;
    profit[i] = paid[i] + recovered[i] - outlay[i];
    fine[i] = coarse[i] = i;
    fine_ends[i] = true;
    coarse_ends[i] = i % 37 == 36 || i + 1 == N;  // groups of 37
  }
  cr_rng_shuffle(&rng, fine, N);
}

// By definition: loan by loan, the group in which the share ends in equal parts.
static void by_definition(const cr_policy_ranking* by, double wanted, double* out) {
  double mass[N] = {0}, left = wanted * N, flow[MONTHS] = {0}, sum[4] = {0};
  for (size_t start = 0, end; start < N && left > 0.0; start = end) {
    end = start + 1;
    while (!by->ends[end - 1]) end++;
    const double part = fmin(1.0, left / (double)(end - start));
    for (size_t i = start; i < end; i++) mass[by->row[i]] = part;
    left -= part * (double)(end - start);
  }
  for (size_t i = 0; i < N; i++) {
    sum[0] += mass[i];
    sum[1] += mass[i] * bad[i];
    sum[2] += mass[i] * profit[i];
    sum[3] += mass[i] * outlay[i];
    const cr_flow f = cr_flow_of(&plan.loans, i);
    for (int32_t t = 0; t < f.n_regular; t++) flow[t] += mass[i] * f.regular;
    flow[f.last_month - 1] += mass[i] * f.last;
    flow[f.recovery_month - 1] += mass[i] * f.recovery;
  }
  out[CR_POLICY_LOANS] = sum[0];
  out[CR_POLICY_BAD_RATE] = sum[1] / sum[0];
  out[CR_POLICY_PROFIT] = sum[2];
  out[CR_POLICY_OUTLAY] = sum[3];
  out[CR_POLICY_IRR] = cr_irr_yearly(sum[3], flow, MONTHS);
}

static const double* at(const double* set, size_t r, size_t k) {
  return set + (r * SHARES + k) * CR_POLICIES;
}

static void the_loans_as_they_are(void) {
  const cr_run run = {.threads = 1, .seed = 5};
  CHECK(cr_policy_run(&plan, SETS - 1, &run, once, NULL) == CR_OK);
  for (size_t k = 0; k < SHARES; k++) {
    for (size_t r = 0; r < 2; r++) {
      double wanted[CR_POLICIES];
      by_definition(&ranking[r], share[k], wanted);
      for (int m = 0; m < CR_POLICIES; m++) {
        const double size = fmax(fabs(wanted[m]), 1.0);
        CHECK_NEAR(at(once, r, k)[m] / size, wanted[m] / size, 1e-9);
      }
    }
    // at random: a share of everything, the rates of all
    const double *some = at(once, 2, k), *all = at(once, 2, SHARES - 1);
    CHECK_NEAR(some[CR_POLICY_PROFIT] / all[CR_POLICY_PROFIT], share[k], 1e-9);
    CHECK_NEAR(some[CR_POLICY_BAD_RATE], all[CR_POLICY_BAD_RATE], 1e-12);
    CHECK_NEAR(some[CR_POLICY_IRR], all[CR_POLICY_IRR], 1e-10);
  }
}

static void resamples(void) {
  const size_t size = RANKINGS * SHARES * CR_POLICIES;
  for (int threads = 2; threads <= 3; threads++) {
    const cr_run run = {.threads = threads, .seed = 5};
    CHECK(cr_policy_run(&plan, SETS - 1, &run, again, NULL) == CR_OK);
    CHECK(memcmp(once, again, sizeof once) == 0);
  }
  double mean = 0.0;
  for (size_t b = 1; b < SETS; b++) {
    const double* set = once + b * size;
    for (size_t k = 0; k < SHARES; k++) {
      for (size_t r = 0; r < RANKINGS; r++) {
        CHECK_NEAR(at(set, r, k)[CR_POLICY_LOANS], share[k] * N, 1e-6);
      }
    }
    // all loans of a resample are the same loans, whatever ranked them
    for (int m = 0; m < CR_POLICIES; m++) {
      const double first = at(set, 0, SHARES - 1)[m];
      CHECK_NEAR(at(set, 1, SHARES - 1)[m] / first, 1.0, 1e-9);
      CHECK_NEAR(at(set, 2, SHARES - 1)[m] / first, 1.0, 1e-9);
    }
    mean += at(set, 2, 3)[CR_POLICY_BAD_RATE] / (SETS - 1);
  }
  CHECK_NEAR(mean, at(once, 2, 3)[CR_POLICY_BAD_RATE], 0.02);
  const cr_run other = {.threads = 1, .seed = 6};
  CHECK(cr_policy_run(&plan, SETS - 1, &other, again, NULL) == CR_OK);
  CHECK(memcmp(once, again, size * sizeof(double)) == 0);  // no chance in the first set
  CHECK(memcmp(once, again, sizeof once) != 0);
  CHECK_ALLOCATIONS(cr_policy_run(&plan, 1, &other, again, NULL), (void)0);
}

void test_policy(void) {
  simulate();
  the_loans_as_they_are();
  resamples();
}
