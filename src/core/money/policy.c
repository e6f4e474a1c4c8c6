#include "money/policy.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "money/irr.h"

#include "base/exact.h"

// Sums over loans, with their payments.
typedef struct {
  double mass, bad, profit, outlay;
  cr_flow_sum flow;
} sums;

// What a member works with; the arrays are pieces of one allocation.
typedef struct {
  double* numbers;
  uint32_t* times;  // how often each loan was drawn
  uint32_t* order;  // a random order
  sums total;
  sums tied;     // of equal loans among which a share ends
  double* flow;  // of one share
} workspace;

typedef struct {
  const cr_policy_plan* plan;
  const cr_flow* payments;
  size_t n_months;
  uint64_t seed;
  size_t n_sets;
  cr_counter next;
  double* out;
} job;

static void free_workspace(workspace* w) {
  cr_free(w->order);
  cr_free(w->times);
  cr_free(w->numbers);
}

static bool make_workspace(workspace* w, size_t n, size_t n_months) {
  const size_t length = n_months + 1;
  *w = (workspace){.numbers = cr_alloc(5 * length, sizeof(double)),
                   .times = cr_alloc(n, sizeof(uint32_t)),
                   .order = cr_alloc(n, sizeof(uint32_t))};
  if (w->numbers == NULL || w->times == NULL || w->order == NULL) {
    free_workspace(w);
    return false;
  }
  w->total.flow = (cr_flow_sum){w->numbers, w->numbers + length};
  w->tied.flow = (cr_flow_sum){w->numbers + 2 * length, w->numbers + 3 * length};
  w->flow = w->numbers + 4 * length;
  return true;
}

// The arrays of a cr_flow_sum lie side by side.
static void clear(sums* s, size_t n_months) {
  memset(s->flow.step, 0, 2 * (n_months + 1) * sizeof(double));
  s->mass = s->bad = s->profit = s->outlay = 0.0;
}

static void add_loan(sums* s, const job* j, size_t i, double mass) {
  s->mass += mass;
  s->bad += mass * (double)j->plan->bad[i];
  s->profit += mass * j->plan->profit[i];
  s->outlay += mass * j->plan->loans.outlay[i];
  cr_flow_add(&s->flow, &j->payments[i], mass);
}

static void add_part(sums* s, const sums* part, double share, size_t n_months) {
  s->mass += share * part->mass;
  s->bad += share * part->bad;
  s->profit += share * part->profit;
  s->outlay += share * part->outlay;
  for (size_t t = 0; t < 2 * (n_months + 1); t++) {
    s->flow.step[t] += share * part->flow.step[t];
  }
}

static void record(const job* j, const sums* s, double* flow, double* out) {
  cr_flow_cumulate(&s->flow, j->n_months, flow);
  out[CR_POLICY_LOANS] = s->mass;
  out[CR_POLICY_BAD_RATE] = s->bad / s->mass;
  out[CR_POLICY_PROFIT] = s->profit;
  out[CR_POLICY_OUTLAY] = s->outlay;
  out[CR_POLICY_IRR] = cr_irr_yearly(s->outlay, flow, j->n_months);
}

// Without an order all loans are equal; without ends none are.
static size_t end_of_tie(const uint32_t* row, const bool* ends, size_t start, size_t n) {
  if (row == NULL) return n;
  size_t end = start;
  while (ends != NULL && !ends[end]) end++;
  return end + 1;
}

// Walks down a ranking and writes the numbers of each share as it is passed.
static void walk(const job* j, workspace* w, const uint32_t* row, const bool* ends,
                 double* out) {
  const cr_policy_plan* plan = j->plan;
  const size_t n = plan->loans.n, n_months = j->n_months;
  size_t k = 0;
  clear(&w->total, n_months);
  for (size_t start = 0, end; start < n && k < plan->n_shares; start = end) {
    end = end_of_tie(row, ends, start, n);
    double mass = 0.0;
    for (size_t i = start; i < end; i++) mass += w->times[row ? row[i] : i];
    const bool stops = plan->share[k] * (double)n <= w->total.mass + mass;
    sums* into = stops ? &w->tied : &w->total;
    if (stops) clear(into, n_months);
    for (size_t i = start; i < end; i++) {
      const size_t loan = row ? row[i] : i;
      if (w->times[loan] > 0) add_loan(into, j, loan, (double)w->times[loan]);
    }
    if (!stops) continue;
    double taken = 0.0;
    for (; k < plan->n_shares; k++) {
      const double wanted = plan->share[k] * (double)n - w->total.mass;
      if (wanted > mass * (1.0 - taken) * (1.0 + 1e-12)) break;
      const double part = mass > 0.0 ? fmin(wanted / mass, 1.0 - taken) : 0.0;
      add_part(&w->total, &w->tied, part, n_months);
      taken += part;
      record(j, &w->total, w->flow, out + k * CR_POLICIES);
    }
    if (taken < 1.0) add_part(&w->total, &w->tied, 1.0 - taken, n_months);
  }
  // what rounding kept from the last share
  for (; k < plan->n_shares; k++) {
    record(j, &w->total, w->flow, out + k * CR_POLICIES);
  }
}

static void judge(const job* j, size_t b, workspace* w) {
  const cr_policy_plan* plan = j->plan;
  const uint32_t n = (uint32_t)plan->loans.n;
  cr_rng rng = cr_rng_stream(j->seed, CR_FOR_BOOTSTRAP, b);
  for (uint32_t i = 0; i < n; i++) w->times[i] = b == 0;
  for (uint32_t i = 0; b > 0 && i < n; i++) w->times[cr_rng_below(&rng, n)]++;
  double* out = j->out + b * plan->n_rankings * plan->n_shares * CR_POLICIES;
  for (size_t r = 0; r < plan->n_rankings; r++) {
    const cr_policy_ranking* by = &plan->ranking[r];
    const uint32_t* row = by->row;
    if (row == NULL && b > 0) {
      cr_rng_shuffle(&rng, w->order, n);
      row = w->order;
    }
    walk(j, w, row, by->ends, out + r * plan->n_shares * CR_POLICIES);
  }
}

static void work(cr_worker* me, void* data) {
  job* j = data;
  workspace w;
  if (!make_workspace(&w, j->plan->loans.n, j->n_months)) {
    cr_team_abort(me, CR_ENOMEM);
    return;
  }
  size_t b;
  while (cr_team_next(me, &j->next, j->n_sets, true, &b)) judge(j, b, &w);
  free_workspace(&w);
}

cr_status cr_policy_run(const cr_policy_plan* plan, size_t n_draws, const cr_run* run,
                        double* out, cr_error* err) {
  const size_t n = plan->loans.n;
  cr_flow* payments = cr_alloc(n, sizeof *payments);
  if (payments == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for payments of %zu loans", n);
  }
  for (size_t i = 0; i < n; i++) payments[i] = cr_flow_of(&plan->loans, i);
  job j = {.plan = plan,
           .payments = payments,
           .n_months = cr_flow_months(&plan->loans),
           .seed = run->seed,
           .n_sets = n_draws + 1,
           .out = out};
  const cr_status status = cr_team_run(run, work, &j, err);
  cr_free(payments);
  return status;
}
