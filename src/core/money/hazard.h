#ifndef LCRISK_MONEY_HAZARD_H
#define LCRISK_MONEY_HAZARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"

/// What a loan is expected to pay, from the months in which loans of its term fail and
/// are repaid early: discrete-time competing hazards (Singer and Willett 1993).

/// Of loans of one term, month by month (index t - 1 for month t, t <= term): the share
/// of those still running that fail (no instalment is paid from then on), and of the
/// others the share that repay in full. All in [0, 1].
typedef struct {
  size_t term;
  const double* fails;
  const double* repays;
} cr_hazard_term;

typedef struct {
  size_t n;
  const double* amount;      ///< lent, above 0
  const double* instalment;  ///< a month, above 0
  const double* rate;        ///< a month, not negative
  const int32_t* term;       ///< which cr_hazard_term
  const double* pd;          ///< of failing ever, in [0, 1]
} cr_hazard_loans;

typedef struct {
  double lgd;  ///< share of the principal outstanding that is lost, in [0, 1]
  double fee;  ///< share of each payment kept by the platform, in [0, 1)
} cr_hazard_costs;

enum {
  CR_HAZARD_PD,      ///< reached: pd, unless the hazards cannot come so far
  CR_HAZARD_EAD,     ///< expected principal outstanding where the loan fails
  CR_HAZARD_LOSS,    ///< expected loss of principal: what failing costs
  CR_HAZARD_PROFIT,  ///< expected payments after fees less the amount
  CR_HAZARD_IRR,     ///< yearly rate of return of the expected payments
  CR_HAZARDS
};

/// Writes n sets of CR_HAZARDS numbers. A loan's odds of failing in each month are those
/// of its term times one factor, which is found so that its chance of ever failing is
/// `pd`. What is recovered comes CR_FLOW_RECOVERY_LAG months after the failure. A block
/// of loans is one task. O(term) a loan.
cr_status cr_hazard_expect(const cr_hazard_loans* loans, const cr_hazard_term* term,
                           size_t n_terms, const cr_hazard_costs* costs,
                           const cr_run* run, double* out, cr_error* err);

/// The chance of ever failing when the odds of failing are multiplied by e^log_factor.
double cr_hazard_ever(const cr_hazard_term* term, double log_factor);

#endif
