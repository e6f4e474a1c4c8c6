#include "money/flow.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "money/irr.h"

#include "base/exact.h"

enum { BLOCK = 1024 };

cr_flow cr_flow_of(const cr_flow_loans* loans, size_t i) {
  const int32_t month = loans->months[i] > 1 ? loans->months[i] : 1;
  cr_flow out = {.last_month = month,
                 .recovery = loans->recovered[i],
                 .recovery_month = month + CR_FLOW_RECOVERY_LAG};
  const double paid = loans->paid[i], before = (double)(month - 1);
  if (before * loans->instalment[i] > paid) {
    out.regular = paid / (double)month;
  } else {
    out.regular = loans->instalment[i];
  }
  out.n_regular = month - 1;
  out.last = fmax(paid - before * out.regular, 0.0);
  return out;
}

size_t cr_flow_months(const cr_flow_loans* loans) {
  int32_t most = 1;
  for (size_t i = 0; i < loans->n; i++) {
    if (loans->months[i] > most) most = loans->months[i];
  }
  return (size_t)most + CR_FLOW_RECOVERY_LAG;
}

void cr_flow_add(const cr_flow_sum* sum, const cr_flow* loan, double mass) {
  sum->step[0] += mass * loan->regular;
  sum->step[loan->n_regular] -= mass * loan->regular;
  sum->point[loan->last_month - 1] += mass * loan->last;
  sum->point[loan->recovery_month - 1] += mass * loan->recovery;
}

void cr_flow_cumulate(const cr_flow_sum* sum, size_t n_months, double* flow) {
  double regular = 0.0;
  for (size_t t = 0; t < n_months; t++) {
    regular += sum->step[t];
    // what rounding leaves of a sum that has ended is no payment
    flow[t] = fmax(regular + sum->point[t], 0.0);
  }
}

typedef struct {
  const cr_flow_loans* loans;
  size_t n_months;
  double* flow;  // n_months for each member
  double* irr;
} job;

static void solve_block(size_t b, int worker, void* data) {
  const job* j = data;
  double* flow = j->flow + (size_t)worker * j->n_months;
  const size_t start = b * BLOCK;
  const size_t end = j->loans->n - start < BLOCK ? j->loans->n : start + BLOCK;
  for (size_t i = start; i < end; i++) {
    const cr_flow loan = cr_flow_of(j->loans, i);
    const size_t months = (size_t)loan.recovery_month;
    memset(flow, 0, months * sizeof *flow);
    for (int32_t t = 0; t < loan.n_regular; t++) flow[t] = loan.regular;
    flow[loan.last_month - 1] += loan.last;
    flow[months - 1] += loan.recovery;
    j->irr[i] = cr_irr_yearly(j->loans->outlay[i], flow, months);
  }
}

cr_status cr_flow_irr(const cr_flow_loans* loans, const cr_run* run, double* irr,
                      cr_error* err) {
  const size_t n_months = cr_flow_months(loans);
  const size_t members = (size_t)cr_team_threads(run);
  size_t size;
  job j = {.loans = loans, .n_months = n_months, .irr = irr};
  if (cr_size_mul(members, n_months, &size)) j.flow = cr_alloc(size, sizeof *j.flow);
  if (j.flow == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu months", n_months);
  }
  const size_t n_blocks = (loans->n + BLOCK - 1) / BLOCK;
  const cr_status status = cr_team_for(run, n_blocks, solve_block, &j, err);
  cr_free(j.flow);
  return status;
}
