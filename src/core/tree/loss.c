#include "tree/loss.h"

#include <string.h>

#include "base/xmath.h"

#include "base/exact.h"

static const double GRID = 1073741824.0;  // 2^30

// Adding this rounds a double below 2^51 to a whole number, to be read off the low bits.
static const double ROUND = 6755399441055744.0;  // 1.5 * 2^52

cr_loss_sums cr_loss_none(void) {
  const cr_loss_sums sums = {.lowest = INT64_MAX};
  return sums;
}

typedef double lanes __attribute__((vector_size(32)));
typedef int64_t lane_bits __attribute__((vector_size(32)));

// `a` where the mask is set, else `b`. A macro, because a function would pass vectors.
#define PICK(mask, a, b) ((lanes)(((lane_bits)(a) & (mask)) | ((lane_bits)(b) & ~(mask))))

// Running sums as doubles: whole numbers below 2^53, hence exact.
typedef struct {
  lanes absolute, hessian, lowest, highest;
} running;

static inline __attribute__((always_inline)) void pairs_of_four(const double* p,
                                                                const double* event,
                                                                cr_loss_pair* pair,
                                                                running* sums) {
  lanes q, y;
  memcpy(&q, p, sizeof q);
  memcpy(&y, event, sizeof y);
  const lanes g = (q - y) * GRID + ROUND;
  const lanes h = q * (1.0 - q) * GRID + ROUND;
  const lane_bits g_bits = (lane_bits)g, h_bits = (lane_bits)h;
  const lanes whole_g = g - ROUND, whole_h = h - ROUND;
  sums->absolute += (lanes)((lane_bits)whole_g & INT64_MAX);
  sums->hessian += whole_h;
  sums->lowest = PICK(whole_h < sums->lowest, whole_h, sums->lowest);
  sums->highest = PICK(whole_h > sums->highest, whole_h, sums->highest);
  for (int k = 0; k < 4; k++) {
    pair[k].gradient = (int32_t)(uint32_t)(uint64_t)g_bits[k];
    pair[k].hessian = (int32_t)(uint32_t)(uint64_t)h_bits[k];
  }
}

static inline __attribute__((always_inline)) void pairs(const double* p,
                                                        const double* event, size_t n,
                                                        cr_loss_pair* pair,
                                                        running* sums) {
  for (size_t i = 0; i < n; i += 4) pairs_of_four(p + i, event + i, pair + i, sums);
}

CR_AVX2 static void pairs_avx2(const double* p, const double* event, size_t n,
                               cr_loss_pair* pair, running* sums) {
  pairs(p, event, n, pair, sums);
}

static void pairs_portable(const double* p, const double* event, size_t n,
                           cr_loss_pair* pair, running* sums) {
  pairs(p, event, n, pair, sums);
}

static void add_running(const running* from, cr_loss_sums* sums) {
  for (int k = 0; k < 4; k++) {
    sums->absolute += (int64_t)from->absolute[k];
    sums->hessian += (int64_t)from->hessian[k];
    if ((int64_t)from->lowest[k] < sums->lowest) sums->lowest = (int64_t)from->lowest[k];
    if ((int64_t)from->highest[k] > sums->highest) {
      sums->highest = (int64_t)from->highest[k];
    }
  }
}

void cr_loss_rows(const double* score, const double* event, size_t n, cr_simd simd,
                  cr_loss_pair* pair, cr_loss_sums* sums) {
  double p[CR_LOSS_ROWS];
  const size_t fours = n & ~(size_t)3;
  const bool avx2 = cr_simd_avx2(simd);
  cr_logistic_n(score, p, n, simd);
  if (fours > 0) {
    const double far = GRID;
    running all = {.lowest = {far, far, far, far}};
    (avx2 ? pairs_avx2 : pairs_portable)(p, event, fours, pair, &all);
    add_running(&all, sums);
  }
  if (fours == n) return;
  // The last one to three rows one by one, as a four of the same row of which one counts.
  for (size_t i = fours; i < n; i++) {
    const double q[4] = {p[i], p[i], p[i], p[i]};
    const double e[4] = {event[i], event[i], event[i], event[i]};
    cr_loss_pair four[4];
    running one = {.lowest = {GRID, GRID, GRID, GRID}};
    pairs_portable(q, e, 4, four, &one);
    pair[i] = four[0];
    for (int k = 1; k < 4; k++) one.absolute[k] = one.hessian[k] = 0.0;
    add_running(&one, sums);
  }
}

// Rounding adds at most half a quantum for each unit of weight and, for broken
// weights, half a quantum for each row.
static int shift_for(int64_t sum, double slack, double limit) {
  int shift = 0;
  double quanta = (double)sum;
  while (quanta + slack >= limit) {
    quanta *= 0.5;
    shift++;
  }
  return shift;
}

cr_loss_shift cr_loss_choose(const cr_loss_sums* sums, double weight, size_t n_rows) {
  const double slack = weight + (double)n_rows;
  const cr_loss_shift shift = {.gradient = shift_for(sums->absolute, slack, 2147483647.0),
                               .hessian = shift_for(sums->hessian, slack, 4294967295.0)};
  return shift;
}
