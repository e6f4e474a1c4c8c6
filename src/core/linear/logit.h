#ifndef LCRISK_LINEAR_LOGIT_H
#define LCRISK_LINEAR_LOGIT_H

#include "linear/descent.h"
#include "linear/sums.h"

/// Logistic regression with an elastic net or none, by Newton's method.

/// The minimiser of
///   mean of weight * log loss + penalty (see linear/descent.h),
/// the intercept not penalised. Weights are relative: twice all weights is the same
/// problem. With a penalty the minimum is finite, with a ridge in it unique. Without one,
/// terms that are combinations of earlier ones get 0, and outcomes that some combination
/// separates have no finite answer: the last of CR_LOGIT_STEPS steps is returned.
typedef struct {
  double loss;  ///< mean log loss, without the penalty
  double mass;  ///< sum of weights
  int iterations;
  bool converged;    ///< false: separated
  size_t n_aliased;  ///< terms left out as combinations of earlier ones
} cr_logit_result;

enum { CR_LOGIT_STEPS = 25 };

/// A good start: the base rate, and no effect of any term.
void cr_logit_start(const cr_problem* problem, size_t n, double* coefficient);

/// `coefficient` has cr_design_panels() * CR_LANES entries: a start that becomes the
/// answer, intercept first, zeros after the terms. Steps are halved until
/// the objective falls; done when a step promises next to nothing of it, and that step
/// is taken: the objective is then within 1e-12 of the smallest. One pass
/// (cr_sums_compute()) a step.
cr_status cr_logit_fit(const cr_problem* problem, size_t n, const cr_penalty* penalty,
                       const cr_run* run, double done, double* coefficient,
                       cr_logit_result* out, cr_error* err);

/// The signs of a penalty, one a column (the intercept first), from one a feature: a
/// number's own term has it, which is its only one when it was made straight.
void cr_logit_signs(const cr_design* design, const int8_t* of_feature, int8_t* sign);

/// The inverse of the information at `coefficient`: the covariance of a maximum
/// likelihood fit's coefficients, the intercept first, p x p. Rows and columns of terms
/// that are combinations of others are NaN. One pass and O(p^3).
cr_status cr_logit_covariance(const cr_problem* problem, size_t n,
                              const double* coefficient, const cr_run* run,
                              double* covariance, cr_error* err);

/// The log-odds of every row; each depends on its row alone. `coefficient` as above.
cr_status cr_logit_score(const cr_design* design, const cr_frame* frame,
                         const double* coefficient, const cr_run* run, double* eta,
                         cr_error* err);

#endif
