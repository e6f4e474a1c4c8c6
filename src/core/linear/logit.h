#ifndef LCRISK_LINEAR_LOGIT_H
#define LCRISK_LINEAR_LOGIT_H

#include "linear/sums.h"

/// Logistic regression with a ridge penalty, by Newton's method.

/// The minimiser of
///   mean of weight * log loss + ridge / 2 * sum of squared coefficients,
/// the intercept not penalised. Weights are relative: twice all weights is the same
/// problem. With a ridge the minimum is unique and finite. Without one, terms that are
/// combinations of earlier ones get 0, and outcomes that some combination separates
/// have no finite answer: the last of CR_LOGIT_STEPS steps is returned.
typedef struct {
  double loss;  ///< mean log loss, without the penalty
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
cr_status cr_logit_fit(const cr_problem* problem, size_t n, double ridge,
                       const cr_run* run, double done, double* coefficient,
                       cr_logit_result* out, cr_error* err);

/// The log-odds of every row; each depends on its row alone. `coefficient` as above.
cr_status cr_logit_score(const cr_design* design, const cr_frame* frame,
                         const double* coefficient, const cr_run* run, double* eta,
                         cr_error* err);

/// Writes the matrix of Newton's equations, tiles / mass + ridge * I without the
/// intercept, into the lower triangle of the row-major p x p array.
void cr_logit_matrix(const cr_sums* sums, size_t p, double ridge, double* matrix);

#endif
