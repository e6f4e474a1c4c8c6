#ifndef LCRISK_LINEAR_DESCENT_H
#define LCRISK_LINEAR_DESCENT_H

#include <stddef.h>
#include <stdint.h>

/// Elastic nets on a quadratic, by coordinate descent (Friedman, Hastie and Tibshirani
/// 2010) on the p x p matrix, without a pass over rows.

/// The penalty `size * (lasso |b| + (1 - lasso) / 2 b^2)`, summed over all coefficients
/// but the first, which is the intercept, and the signs they must have.
typedef struct {
  double size;         ///< 0 or more
  double lasso;        ///< 0 (ridge) .. 1 (lasso)
  const int8_t* sign;  ///< NULL, or p signs: 1 not below 0, -1 not above, 0 free
} cr_penalty;

/// True when a penalty needs more than a linear system.
int cr_penalty_bends(const cr_penalty* penalty);

/// The penalty at b.
double cr_penalty_at(const cr_penalty* penalty, const double* b, size_t p);

/// Minimises b'Ab / 2 - c'b plus the penalty, from the start in `b`. `a` is the full
/// symmetric positive semidefinite matrix, row-major; columns with a zero diagonal keep a
/// coefficient of 0. `slope` is scratch for p numbers. Sweeps in one order over the
/// coefficients that are not 0 until they rest, then over all; ends when a sweep over all
/// changes the objective's terms by less than 1e-14 of the largest, or after many.
/// Returns the number of sweeps.
size_t cr_descent_solve(const double* a, const double* c, size_t p,
                        const cr_penalty* penalty, double* slope, double* b);

#endif
