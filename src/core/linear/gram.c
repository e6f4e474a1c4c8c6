#include "linear/gram.h"

#include "base/exact.h"

// Registers of two doubles (SSE2, NEON) and of four (AVX). Each lane sums its own
// element over the rows in order, so the width does not show in the result. GCC keeps
// vectors wider than the machine's in memory: one source for both is 30 times slower.
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef double quad __attribute__((vector_size(32), aligned(8), may_alias));

static const double* panel_row(const double* strip, size_t panel, size_t i) {
  return strip + (panel * CR_STRIP + i) * CR_LANES;
}

void cr_gram_predict(const double* strip, size_t n, size_t panels,
                     const double* coefficient, double* eta) {
  for (size_t i = 0; i < n; i++) {
    double lane[CR_LANES] = {0.0};
    for (size_t p = 0; p < panels; p++) {
      const double* x = panel_row(strip, p, i);
      const double* b = coefficient + p * CR_LANES;
      for (size_t l = 0; l < CR_LANES; l++) lane[l] += x[l] * b[l];
    }
    eta[i] = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
             ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
}

void cr_gram_gradient(const double* strip, size_t n, size_t panels,
                      const double* residual, double* gradient) {
  for (size_t p = 0; p < panels; p++) {
    double sum[CR_LANES];
    double* out = gradient + p * CR_LANES;
    for (size_t l = 0; l < CR_LANES; l++) sum[l] = out[l];
    for (size_t i = 0; i < n; i++) {
      const double* x = panel_row(strip, p, i);
      for (size_t l = 0; l < CR_LANES; l++) sum[l] += residual[i] * x[l];
    }
    for (size_t l = 0; l < CR_LANES; l++) out[l] = sum[l];
  }
}

void cr_gram_scale(double* strip, size_t n, size_t panels, const double* factor) {
  for (size_t p = 0; p < panels; p++) {
    for (size_t i = 0; i < n; i++) {
      double* x = strip + (p * CR_STRIP + i) * CR_LANES;
      for (size_t l = 0; l < CR_LANES; l++) x[l] *= factor[i];
    }
  }
}

size_t cr_gram_size(size_t panels) {
  return panels * (panels + 1) / 2 * CR_LANES * CR_LANES;
}

static size_t tile_at(size_t a, size_t b) {
  return (a * (a + 1) / 2 + b) * CR_LANES * CR_LANES;
}

double cr_gram_at(const double* tiles, size_t row, size_t column) {
  if (column > row) {
    const size_t swap = row;
    row = column;
    column = swap;
  }
  return tiles[tile_at(row / CR_LANES, column / CR_LANES) + row % CR_LANES * CR_LANES +
               column % CR_LANES];
}

// Tile rows 0 .. 3, columns 0 .. 3 += products of four columns with four columns. Sums
// by name and not in an array: GCC would keep an array in memory.
static void add_4_by_4(const double* left, const double* right, size_t n, double* tile) {
  pair s00 = *(const pair*)(tile + 0 * CR_LANES),
       s01 = *(const pair*)(tile + 0 * CR_LANES + 2);
  pair s10 = *(const pair*)(tile + 1 * CR_LANES),
       s11 = *(const pair*)(tile + 1 * CR_LANES + 2);
  pair s20 = *(const pair*)(tile + 2 * CR_LANES),
       s21 = *(const pair*)(tile + 2 * CR_LANES + 2);
  pair s30 = *(const pair*)(tile + 3 * CR_LANES),
       s31 = *(const pair*)(tile + 3 * CR_LANES + 2);
  for (size_t i = 0; i < n; i++) {
    const double* z = left + i * CR_LANES;
    const pair x0 = *(const pair*)(right + i * CR_LANES);
    const pair x1 = *(const pair*)(right + i * CR_LANES + 2);
    const pair z0 = {z[0], z[0]};
    const pair z1 = {z[1], z[1]};
    const pair z2 = {z[2], z[2]};
    const pair z3 = {z[3], z[3]};
    s00 += z0 * x0;
    s01 += z0 * x1;
    s10 += z1 * x0;
    s11 += z1 * x1;
    s20 += z2 * x0;
    s21 += z2 * x1;
    s30 += z3 * x0;
    s31 += z3 * x1;
  }
  *(pair*)(tile + 0 * CR_LANES) = s00;
  *(pair*)(tile + 0 * CR_LANES + 2) = s01;
  *(pair*)(tile + 1 * CR_LANES) = s10;
  *(pair*)(tile + 1 * CR_LANES + 2) = s11;
  *(pair*)(tile + 2 * CR_LANES) = s20;
  *(pair*)(tile + 2 * CR_LANES + 2) = s21;
  *(pair*)(tile + 3 * CR_LANES) = s30;
  *(pair*)(tile + 3 * CR_LANES + 2) = s31;
}

static void add_plain(const double* strip, size_t n, size_t panels, double* tiles) {
  for (size_t a = 0; a < panels; a++) {
    for (size_t b = 0; b <= a; b++) {
      double* tile = tiles + tile_at(a, b);
      const double* left = panel_row(strip, a, 0);
      const double* right = panel_row(strip, b, 0);
      for (size_t r = 0; r < CR_LANES; r += 4) {
        for (size_t c = 0; c < CR_LANES; c += 4) {
          add_4_by_4(left + r, right + c, n, tile + r * CR_LANES + c);
        }
      }
    }
  }
}

CR_AVX2 static void add_4_by_8(const double* left, const double* right, size_t n,
                               double* tile) {
  quad s00 = *(const quad*)(tile + 0 * CR_LANES),
       s01 = *(const quad*)(tile + 0 * CR_LANES + 4);
  quad s10 = *(const quad*)(tile + 1 * CR_LANES),
       s11 = *(const quad*)(tile + 1 * CR_LANES + 4);
  quad s20 = *(const quad*)(tile + 2 * CR_LANES),
       s21 = *(const quad*)(tile + 2 * CR_LANES + 4);
  quad s30 = *(const quad*)(tile + 3 * CR_LANES),
       s31 = *(const quad*)(tile + 3 * CR_LANES + 4);
  for (size_t i = 0; i < n; i++) {
    const double* z = left + i * CR_LANES;
    const quad x0 = *(const quad*)(right + i * CR_LANES);
    const quad x1 = *(const quad*)(right + i * CR_LANES + 4);
    const quad z0 = {z[0], z[0], z[0], z[0]};
    const quad z1 = {z[1], z[1], z[1], z[1]};
    const quad z2 = {z[2], z[2], z[2], z[2]};
    const quad z3 = {z[3], z[3], z[3], z[3]};
    s00 += z0 * x0;
    s01 += z0 * x1;
    s10 += z1 * x0;
    s11 += z1 * x1;
    s20 += z2 * x0;
    s21 += z2 * x1;
    s30 += z3 * x0;
    s31 += z3 * x1;
  }
  *(quad*)(tile + 0 * CR_LANES) = s00;
  *(quad*)(tile + 0 * CR_LANES + 4) = s01;
  *(quad*)(tile + 1 * CR_LANES) = s10;
  *(quad*)(tile + 1 * CR_LANES + 4) = s11;
  *(quad*)(tile + 2 * CR_LANES) = s20;
  *(quad*)(tile + 2 * CR_LANES + 4) = s21;
  *(quad*)(tile + 3 * CR_LANES) = s30;
  *(quad*)(tile + 3 * CR_LANES + 4) = s31;
}

CR_AVX2 static void add_avx2(const double* strip, size_t n, size_t panels,
                             double* tiles) {
  for (size_t a = 0; a < panels; a++) {
    for (size_t b = 0; b <= a; b++) {
      double* tile = tiles + tile_at(a, b);
      const double* left = panel_row(strip, a, 0);
      const double* right = panel_row(strip, b, 0);
      add_4_by_8(left, right, n, tile);
      add_4_by_8(left + 4, right, n, tile + 4 * CR_LANES);
    }
  }
}

void cr_gram_add(const double* strip, size_t n, size_t panels, cr_simd simd,
                 double* tiles) {
  if (cr_simd_avx2(simd)) {
    add_avx2(strip, n, panels, tiles);
  } else {
    add_plain(strip, n, panels, tiles);
  }
}
