#ifndef LCRISK_LINEAR_DESCENT_H
#define LCRISK_LINEAR_DESCENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

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

/// Scratch for problems of p coefficients.
typedef struct {
  size_t p;
  double *matrix, *slope, *target;
  bool* skipped;
  uint32_t* member;
} cr_descent;

/// `room` must be zeroed before and freed after, also on failure.
cr_status cr_descent_make(size_t p, cr_descent* room, cr_error* err);
void cr_descent_free(cr_descent* room);

/// Minimises b'Ab / 2 - c'b plus the penalty, from the start in `b`. `a` is the full
/// symmetric positive semidefinite matrix, row-major; columns with a zero diagonal keep a
/// coefficient of 0. Sweeps find which coefficients are not 0; a linear system then gives
/// their values, as long as none of them would cross 0, and ends the search when no other
/// coefficient wants to move. Returns the rounds of this that were needed.
size_t cr_descent_solve(const double* a, const double* c, const cr_penalty* penalty,
                        cr_descent* room, double* b);

#endif
