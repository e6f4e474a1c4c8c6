#ifndef LCRISK_MONEY_FLOW_H
#define LCRISK_MONEY_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"

/// The months of a loan's payments, rebuilt from its totals: the files say how much was
/// paid in all and when last, not when each payment came.

/// Loans as columns of `n` numbers; none missing. `outlay` and `instalment` are above 0,
/// `paid` (before a charge-off) and `recovered` (after it, net of fees) not negative,
/// `months` (from issue to the last payment) not negative.
typedef struct {
  size_t n;
  const double* outlay;
  const double* instalment;
  const double* paid;
  const double* recovered;
  const int32_t* months;
} cr_flow_loans;

/// A loan's payments: `regular` in each of the months 1 .. n_regular, `last` in month
/// last_month, `recovery` in month recovery_month.
typedef struct {
  double regular;
  double last;
  double recovery;
  int32_t n_regular;
  int32_t last_month;
  int32_t recovery_month;
} cr_flow;

enum { CR_FLOW_RECOVERY_LAG = 12 };

/// Payments up to month m = max(months, 1): instalments, and what is left of `paid` in
/// month m. Where m - 1 instalments are more than was paid, m equal parts instead. What
/// was recovered comes CR_FLOW_RECOVERY_LAG months after month m. The parts add up to
/// paid + recovered.
cr_flow cr_flow_of(const cr_flow_loans* loans, size_t i);

/// Months that the longest loan's payments take, with its recovery.
size_t cr_flow_months(const cr_flow_loans* loans);

/// Adds `mass` times the payments to `flow`, by month less one, as differences: cumulated
/// once at the end by cr_flow_cumulate() they are the payments of all that was added.
/// Both arrays have one entry more than months. O(1).
typedef struct {
  double* step;   ///< change of the regular payments at a month
  double* point;  ///< single payments
} cr_flow_sum;
void cr_flow_add(const cr_flow_sum* sum, const cr_flow* loan, double mass);
void cr_flow_cumulate(const cr_flow_sum* sum, size_t n_months, double* flow);

/// The yearly rate of return of each loan into `irr`. A block of loans is one task.
cr_status cr_flow_irr(const cr_flow_loans* loans, const cr_run* run, double* irr,
                      cr_error* err);

#endif
