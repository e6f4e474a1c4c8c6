#ifndef LCRISK_BASE_GAUSS_H
#define LCRISK_BASE_GAUSS_H

#include <stddef.h>

/// Gauss-Legendre quadrature on (0, 1): the integral of a polynomial of degree 2 n - 1 or
/// less is exactly the sum of weight[i] * p(at[i]). `at` ascends, weights are positive
/// and add up to 1. n >= 1; `scratch` has n entries. Only + - * /, so every platform
/// gives the same bits. O(n^3).
void cr_gauss_points(size_t n, double* at, double* weight, double* scratch);

#endif
