#include "net/gemm.h"

#include "base/exact.h"

// Registers of four floats (SSE2, NEON) and of eight (AVX). Sums have names and are not
// an array, and each width has its own source: GCC would keep either in memory.
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef float octet __attribute__((vector_size(32), aligned(4), may_alias));

// Rows of `b` that are used again and again while they are in the first-level cache
enum { INNER_BLOCK = 256 };

// ---- portable --------------------------------------------------------------------

static quad four(float x) { return (quad){x, x, x, x}; }

// One row of c, eight columns
static void add_1_by_8(const float* a, const float* b, size_t inner, size_t columns,
                       float* c) {
  quad s0 = *(const quad*)c, s1 = *(const quad*)(c + 4);
  for (size_t k = 0; k < inner; k++, b += columns) {
    const quad x = four(a[k]);
    s0 += x * *(const quad*)b;
    s1 += x * *(const quad*)(b + 4);
  }
  *(quad*)c = s0;
  *(quad*)(c + 4) = s1;
}

// Four rows of c, eight columns; `stride` floats from one row of a to the next
static void add_4_by_8(const float* a, size_t stride, const float* b, size_t inner,
                       size_t columns, float* c) {
  float *c1 = c + columns, *c2 = c1 + columns, *c3 = c2 + columns;
  const float *a1 = a + stride, *a2 = a1 + stride, *a3 = a2 + stride;
  quad s00 = *(const quad*)c, s01 = *(const quad*)(c + 4);
  quad s10 = *(const quad*)c1, s11 = *(const quad*)(c1 + 4);
  quad s20 = *(const quad*)c2, s21 = *(const quad*)(c2 + 4);
  quad s30 = *(const quad*)c3, s31 = *(const quad*)(c3 + 4);
  for (size_t k = 0; k < inner; k++, b += columns) {
    const quad b0 = *(const quad*)b, b1 = *(const quad*)(b + 4);
    const quad x0 = four(a[k]), x1 = four(a1[k]), x2 = four(a2[k]), x3 = four(a3[k]);
    s00 += x0 * b0;
    s01 += x0 * b1;
    s10 += x1 * b0;
    s11 += x1 * b1;
    s20 += x2 * b0;
    s21 += x2 * b1;
    s30 += x3 * b0;
    s31 += x3 * b1;
  }
  *(quad*)c = s00;
  *(quad*)(c + 4) = s01;
  *(quad*)c1 = s10;
  *(quad*)(c1 + 4) = s11;
  *(quad*)c2 = s20;
  *(quad*)(c2 + 4) = s21;
  *(quad*)c3 = s30;
  *(quad*)(c3 + 4) = s31;
}

static void add_plain(const float* a, const float* b, size_t rows, size_t stride,
                      size_t inner, size_t columns, float* c) {
  for (size_t j = 0; j < columns; j += CR_GEMM_LANES) {
    size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
      add_4_by_8(a + i * stride, stride, b + j, inner, columns, c + i * columns + j);
    }
    for (; i < rows; i++) {
      add_1_by_8(a + i * stride, b + j, inner, columns, c + i * columns + j);
    }
  }
}

// ---- AVX2 ------------------------------------------------------------------------

CR_AVX2 static inline octet eight(float x) { return (octet){x, x, x, x, x, x, x, x}; }

CR_AVX2 static void add_1_by_8_wide(const float* a, const float* b, size_t inner,
                                    size_t columns, float* c) {
  octet sum = *(const octet*)c;
  for (size_t k = 0; k < inner; k++, b += columns) {
    sum += eight(a[k]) * *(const octet*)b;
  }
  *(octet*)c = sum;
}

// Eight rows of c, eight columns
CR_AVX2 static void add_8_by_8_wide(const float* a, size_t stride, const float* b,
                                    size_t inner, size_t columns, float* c) {
  float *c1 = c + columns, *c2 = c1 + columns, *c3 = c2 + columns, *c4 = c3 + columns;
  float *c5 = c4 + columns, *c6 = c5 + columns, *c7 = c6 + columns;
  const float *a1 = a + stride, *a2 = a1 + stride, *a3 = a2 + stride, *a4 = a3 + stride;
  const float *a5 = a4 + stride, *a6 = a5 + stride, *a7 = a6 + stride;
  octet s0 = *(const octet*)c, s1 = *(const octet*)c1, s2 = *(const octet*)c2;
  octet s3 = *(const octet*)c3, s4 = *(const octet*)c4, s5 = *(const octet*)c5;
  octet s6 = *(const octet*)c6, s7 = *(const octet*)c7;
  for (size_t k = 0; k < inner; k++, b += columns) {
    const octet x = *(const octet*)b;
    s0 += eight(a[k]) * x;
    s1 += eight(a1[k]) * x;
    s2 += eight(a2[k]) * x;
    s3 += eight(a3[k]) * x;
    s4 += eight(a4[k]) * x;
    s5 += eight(a5[k]) * x;
    s6 += eight(a6[k]) * x;
    s7 += eight(a7[k]) * x;
  }
  *(octet*)c = s0;
  *(octet*)c1 = s1;
  *(octet*)c2 = s2;
  *(octet*)c3 = s3;
  *(octet*)c4 = s4;
  *(octet*)c5 = s5;
  *(octet*)c6 = s6;
  *(octet*)c7 = s7;
}

CR_AVX2 static void add_wide(const float* a, const float* b, size_t rows, size_t stride,
                             size_t inner, size_t columns, float* c) {
  for (size_t j = 0; j < columns; j += CR_GEMM_LANES) {
    size_t i = 0;
    for (; i + 8 <= rows; i += 8) {
      add_8_by_8_wide(a + i * stride, stride, b + j, inner, columns, c + i * columns + j);
    }
    for (; i < rows; i++) {
      add_1_by_8_wide(a + i * stride, b + j, inner, columns, c + i * columns + j);
    }
  }
}

// ---- entries ---------------------------------------------------------------------

void cr_gemm_add(const float* a, const float* b, size_t rows, size_t inner,
                 size_t columns, cr_simd simd, float* c) {
  const bool wide = cr_simd_avx2(simd);
  for (size_t k = 0; k < inner; k += INNER_BLOCK) {
    const size_t n = inner - k < INNER_BLOCK ? inner - k : INNER_BLOCK;
    if (wide) {
      add_wide(a + k, b + k * columns, rows, inner, n, columns, c);
    } else {
      add_plain(a + k, b + k * columns, rows, inner, n, columns, c);
    }
  }
}

void cr_gemm_transpose(const float* in, size_t rows, size_t columns, float* out) {
  enum { TILE = 16 };
  for (size_t i = 0; i < rows; i += TILE) {
    const size_t i_end = rows - i < TILE ? rows : i + TILE;
    for (size_t j = 0; j < columns; j += TILE) {
      const size_t j_end = columns - j < TILE ? columns : j + TILE;
      for (size_t r = i; r < i_end; r++) {
        for (size_t s = j; s < j_end; s++) out[s * rows + r] = in[r * columns + s];
      }
    }
  }
}
