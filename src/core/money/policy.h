#ifndef LCRISK_MONEY_POLICY_H
#define LCRISK_MONEY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "money/flow.h"

/// What comes of approving the best share of the loans, by several rankings, with the
/// bootstrap (Efron 1979) of all of it at once: one resample is judged by every ranking,
/// so that differences between them are paired.

/// Loans best first. Equal ones are taken in equal parts where a share ends among them,
/// so that the order of rows cannot matter.
typedef struct {
  const uint32_t* row;  ///< n rows; NULL: at random
  const bool* ends;     ///< is this the last of equal ones? NULL when at random
} cr_policy_ranking;

typedef struct {
  cr_flow_loans loans;
  const int32_t* bad;    ///< 1 or 0
  const double* profit;  ///< of each loan
  const cr_policy_ranking* ranking;
  size_t n_rankings;
  const double* share;  ///< of the loans, rising, above 0 and at most 1
  size_t n_shares;
} cr_policy_plan;

enum {
  CR_POLICY_LOANS,     ///< number approved
  CR_POLICY_BAD_RATE,  ///< share of them that failed
  CR_POLICY_PROFIT,    ///< summed
  CR_POLICY_OUTLAY,    ///< summed
  CR_POLICY_IRR,       ///< yearly, of all their payments together, by age of the loan
  CR_POLICIES
};

/// Writes 1 + n_draws sets of n_rankings x n_shares x CR_POLICIES numbers, the last index
/// running fastest: first of the loans as they are, then of resamples drawn with
/// replacement. "At random" is its expectation in the first set, and one random choice in
/// each of the others. Set b depends on run->seed and b only. n < 2^32, at least 1.
/// O(n_rankings n) time a set, 16 n bytes a thread and 24 n shared.
cr_status cr_policy_run(const cr_policy_plan* plan, size_t n_draws, const cr_run* run,
                        double* out, cr_error* err);

#endif
