#include "money/hazard.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "money/flow.h"
#include "money/irr.h"

#include "base/exact.h"

enum { BLOCK = 512, MOST_STEPS = 60 };

static const double WIDEST = 40.0;       // log factor: e^40 times the odds
static const double CLOSE = 1e-12;       // of log-odds
static const double SMALLEST_PD = 1e-9;  // no loan is safer, none surer to fail

// A hazard after its odds were multiplied.
static double moved(double hazard, double factor) {
  return factor * hazard / (1.0 - hazard + factor * hazard);
}

double cr_hazard_ever(const cr_hazard_term* term, double log_factor) {
  const double factor = cr_exp(log_factor);
  double alive = 1.0, failed = 0.0;
  for (size_t t = 0; t < term->term; t++) {
    const double fails = moved(term->fails[t], factor);
    failed += alive * fails;
    alive *= (1.0 - fails) * (1.0 - term->repays[t]);
  }
  return failed;
}

static double clipped(double p) { return fmin(fmax(p, SMALLEST_PD), 1.0 - SMALLEST_PD); }

// The log factor at which the chance of failing is `pd`: false position with the Illinois
// rule (Dowell and Jarratt 1971) on the log-odds, which are nearly a line.
static double find_factor(const cr_hazard_term* term, double pd) {
  const double wanted = cr_logit(clipped(pd));
  double low = -WIDEST, high = WIDEST;
  double at_low = cr_logit(clipped(cr_hazard_ever(term, low))) - wanted;
  double at_high = cr_logit(clipped(cr_hazard_ever(term, high))) - wanted;
  if (at_low >= 0.0) return low;
  if (at_high <= 0.0) return high;
  double x = 0.0;
  for (int step = 0, side = 0; step < MOST_STEPS; step++) {
    const double at = cr_logit(clipped(cr_hazard_ever(term, x))) - wanted;
    if (fabs(at) < CLOSE || high - low < CLOSE) break;
    if (at > 0.0) {
      high = x;
      at_high = at;
      if (side == 1) at_low /= 2.0;
      side = 1;
    } else {
      low = x;
      at_low = at;
      if (side == -1) at_high /= 2.0;
      side = -1;
    }
    x = (low * at_high - high * at_low) / (at_high - at_low);
  }
  return x;
}

typedef struct {
  const cr_hazard_loans* loans;
  const cr_hazard_term* term;
  cr_hazard_costs costs;
  size_t n_months;
  double* flow;  // n_months for each member
  double* out;
} job;

// Month by month: who is left fails, repays in full, or pays the instalment.
static void expect_loan(const job* j, size_t i, double* flow, double* out) {
  const cr_hazard_loans* loans = j->loans;
  const cr_hazard_term* term = &j->term[loans->term[i]];
  const double factor = cr_exp(find_factor(term, loans->pd[i]));
  const double amount = loans->amount[i], rate = loans->rate[i];
  const double keeps = 1.0 - j->costs.fee;
  double alive = 1.0, balance = amount, failed = 0.0, exposed = 0.0, received = 0.0;
  memset(flow, 0, j->n_months * sizeof *flow);
  for (size_t t = 0; t < term->term; t++) {
    const double owed = balance * (1.0 + rate);
    const double due = t + 1 == term->term ? owed : fmin(loans->instalment[i], owed);
    const double fails = moved(term->fails[t], factor), repays = term->repays[t];
    failed += alive * fails;
    exposed += alive * fails * balance;
    flow[t] += alive * (1.0 - fails) * ((1.0 - repays) * due + repays * owed) * keeps;
    flow[t + CR_FLOW_RECOVERY_LAG] +=
        alive * fails * balance * (1.0 - j->costs.lgd) * keeps;
    alive *= (1.0 - fails) * (1.0 - repays);
    balance = owed - due;
  }
  const size_t months = term->term + CR_FLOW_RECOVERY_LAG;
  for (size_t t = 0; t < months; t++) received += flow[t];
  out[CR_HAZARD_PD] = failed;
  out[CR_HAZARD_EAD] = failed > 0.0 ? exposed / failed : 0.0;
  out[CR_HAZARD_LOSS] = exposed * j->costs.lgd;
  out[CR_HAZARD_PROFIT] = received - amount;
  out[CR_HAZARD_IRR] = cr_irr_yearly(amount, flow, months);
}

static void expect_block(size_t b, int worker, void* data) {
  const job* j = data;
  double* flow = j->flow + (size_t)worker * j->n_months;
  const size_t start = b * BLOCK;
  const size_t end = j->loans->n - start < BLOCK ? j->loans->n : start + BLOCK;
  for (size_t i = start; i < end; i++) {
    expect_loan(j, i, flow, j->out + i * CR_HAZARDS);
  }
}

cr_status cr_hazard_expect(const cr_hazard_loans* loans, const cr_hazard_term* term,
                           size_t n_terms, const cr_hazard_costs* costs,
                           const cr_run* run, double* out, cr_error* err) {
  size_t n_months = 0, size;
  for (size_t k = 0; k < n_terms; k++) {
    if (term[k].term > n_months) n_months = term[k].term;
  }
  n_months += CR_FLOW_RECOVERY_LAG;
  job j = {loans, term, *costs, n_months, NULL, out};
  if (cr_size_mul((size_t)cr_team_threads(run), n_months, &size)) {
    j.flow = cr_alloc(size, sizeof *j.flow);
  }
  if (j.flow == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu months", n_months);
  }
  const size_t n_blocks = (loans->n + BLOCK - 1) / BLOCK;
  const cr_status status = cr_team_for(run, n_blocks, expect_block, &j, err);
  cr_free(j.flow);
  return status;
}
