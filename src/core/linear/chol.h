#ifndef LCRISK_LINEAR_CHOL_H
#define LCRISK_LINEAR_CHOL_H

#include <stdbool.h>
#include <stddef.h>

/// Factors the symmetric positive semidefinite matrix whose lower triangle is in the
/// row-major p x p array `a`, in place: L with A = L L'. A column whose pivot falls below
/// 1e-10 of its diagonal is a combination of earlier ones: it is left out (`skipped`),
/// which later solves read as a coefficient of 0. Returns how many were left out besides
/// columns of zeros. p^3 / 6 multiplications, in one fixed order.
size_t cr_chol_factor(double* a, size_t p, bool* skipped);

/// b becomes the solution of A x = b.
void cr_chol_solve(const double* a, size_t p, const bool* skipped, double* b);

#endif
