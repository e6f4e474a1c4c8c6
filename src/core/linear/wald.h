#ifndef LCRISK_LINEAR_WALD_H
#define LCRISK_LINEAR_WALD_H

#include "linear/sums.h"

/// The inverse of the information at `coefficient`: the covariance of a maximum
/// likelihood fit's coefficients, the intercept first, p x p. Rows and columns of terms
/// that are combinations of others are NaN. One pass and O(p^3).
cr_status cr_wald_covariance(const cr_problem* problem, size_t n,
                             const double* coefficient, const cr_run* run,
                             double* covariance, cr_error* err);

#endif
