#ifndef LCRISK_NET_GEMM_H
#define LCRISK_NET_GEMM_H

#include <stddef.h>

#include "base/simd.h"

/// Products of small dense matrices of floats, row-major and without gaps. An element of
/// the result gains its products one by one in the order of the inner index, whatever
/// the block, the row or the width of the registers: a row of a result depends on that
/// row alone, and every cr_simd gives the same bits.

/// Widths are whole multiples of this many floats, one AVX register.
enum { CR_GEMM_LANES = 8 };

/// c += a b, with `a` rows x inner, `b` inner x columns, `c` rows x columns; `columns` is
/// a multiple of CR_GEMM_LANES.
void cr_gemm_add(const float* a, const float* b, size_t rows, size_t inner,
                 size_t columns, cr_simd simd, float* c);

/// `out`, columns x rows, becomes the transpose of `in`, rows x columns.
void cr_gemm_transpose(const float* in, size_t rows, size_t columns, float* out);

#endif
