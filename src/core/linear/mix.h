#ifndef LCRISK_LINEAR_MIX_H
#define LCRISK_LINEAR_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"

/// Weights that combine several scores into one: stacking.

enum { CR_MIX_MOST = 64 };

/// `score[k][i]`, k < n_scores <= CR_MIX_MOST, is the log-odds that the k-th model gave
/// to row i, finite, and not fitted on that row. `event[i]` is 1 or 0; `weight` is NULL
/// or one finite number above zero per row.
typedef struct {
  const double* const* score;
  size_t n_scores;
  const int32_t* event;
  const double* weight;
  size_t n;
  double shrink;  ///< at least 0: pull towards equal shares, as a count of log loss
} cr_mix_problem;

typedef struct {
  double intercept;
  double loss;  ///< sum of weight * log loss, without the pull
  int iterations;
  bool converged;  ///< false: the scores separate the outcomes and shrink is 0
} cr_mix_result;

/// share[k] >= 0 and the intercept that minimise
///   sum of weight * log loss of (intercept + sum over k of share[k] * score[k])
///     + shrink / 2 * sum over k of (share[k] - 1 / n_scores)^2.
/// The shares need not add up to 1: they also stretch scores that are too timid.
/// Breiman (1996), "Stacked regressions", is the source of the sign constraint.
///
/// Newton's method; each quadratic is minimised over the half-spaces by cyclic
/// coordinate descent and steps are halved until the objective falls. Blocks of 4096
/// rows are added in order: the same bits on any number of threads. O(n n_scores^2) an
/// iteration.
cr_status cr_mix_fit(const cr_mix_problem* problem, const cr_run* run, double* share,
                     cr_mix_result* out, cr_error* err);

#endif
