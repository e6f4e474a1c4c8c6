#ifndef LCRISK_LINEAR_GRAM_H
#define LCRISK_LINEAR_GRAM_H

#include <stddef.h>

#include "base/simd.h"
#include "data/design.h"

/// Arithmetic on strips of a design (see cr_design_fill()): `n` rows of `panels`
/// panels of CR_LANES columns. Every sum over rows is taken row by row in order and
/// every sum over columns panel by panel, whatever the width of the registers: every
/// cr_simd gives the same bits.
///
/// Coefficients and gradients have panels * CR_LANES entries, those beyond the terms 0.

/// eta[i] = sum over columns of coefficient * column. Depends on row i alone.
void cr_gram_predict(const double* strip, size_t n, size_t panels,
                     const double* coefficient, double* eta);

/// gradient[c] += sum over rows of residual[i] * column c.
void cr_gram_gradient(const double* strip, size_t n, size_t panels,
                      const double* residual, double* gradient);

/// Multiplies row i by factor[i].
void cr_gram_scale(double* strip, size_t n, size_t panels, const double* factor);

/// The lower triangle of a Gram matrix in 8 x 8 tiles, tile (a, b <= a) at
/// a (a + 1) / 2 + b. Number of doubles in it.
size_t cr_gram_size(size_t panels);

/// tiles += Z'Z for the strip Z. 16 n panels^2 multiplications and additions a tile
/// pair; the inner loops keep 4 x 8 sums in registers.
void cr_gram_add(const double* strip, size_t n, size_t panels, cr_simd simd,
                 double* tiles);

/// Element (row, column) of the symmetric matrix.
double cr_gram_at(const double* tiles, size_t row, size_t column);

#endif
