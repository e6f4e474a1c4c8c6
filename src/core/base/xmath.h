#ifndef LCRISK_BASE_XMATH_H
#define LCRISK_BASE_XMATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/simd.h"

/// Elementary functions of our own. libm's differ in the last bit between
/// versions and processors; these use only + - * / and integer operations, so
/// every platform gives the same bits. Error bounds in units in the last place are
/// measured in tests/core/test_xmath.c.

/// e^x. Overflows to +Inf above 709.78, underflows to 0 below -745.13; NaN stays NaN.
/// Cody and Waite (1980) reduction and the rational form of Fdlibm's e_exp: < 1 ulp.
double cr_exp(double x);

/// Natural logarithm. log(0) = -Inf; negative or NaN gives NaN.
/// Atanh series on [sqrt(1/2), sqrt(2)) as in Fdlibm's e_log: < 1 ulp.
double cr_log(double x);

/// log(1 + x), accurate near zero (Kahan's correction): < 3 ulp.
double cr_log1p(double x);

/// 1 / (1 + e^-x), without overflow. Beyond |x| = 708 it is the value there, so it is
/// never 0: < 3 ulp. Not for NaN.
double cr_logistic(double x);

/// p[i] = cr_logistic(x[i]), the same bits at three to six times the speed. `x` and `p`
/// may be the same array.
void cr_logistic_n(const double* x, double* p, size_t n, cr_simd simd);

/// log(p / (1 - p)), accurate near one half too: < 4 ulp. -Inf at 0, +Inf at 1.
double cr_logit(double p);

/// log(1 + e^x), without overflow: the log loss of a margin, < 4 ulp.
double cr_softplus(double x);

/// p[i] = cr_softplus(x[i]), the same bits at three to six times the speed. `x` and `p`
/// may be the same array.
void cr_softplus_n(const double* x, double* p, size_t n, cr_simd simd);

/// Sum of `n` doubles that does not depend on who computes it: blocks of 4096
/// added in order, block sums added in order.
double cr_sum(const double* x, size_t n);

#endif
