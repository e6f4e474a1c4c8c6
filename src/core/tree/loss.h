#ifndef LCRISK_TREE_LOSS_H
#define LCRISK_TREE_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "base/simd.h"

/// The logistic loss in fixed point: what makes sums over rows exact.
///
/// Gradients p - y and hessians p (1 - p) are rounded to multiples of 2^-30; sums of
/// those are integers. For the histograms they are rounded again, by a shift chosen
/// per tree from their exact sums so that no 32-bit half of a cell can overflow.

enum { CR_LOSS_BITS = 30, CR_LOSS_ROWS = 256 };

/// Gradient (signed) and hessian of one row, in units of 2^-30.
typedef struct {
  int32_t gradient, hessian;
} cr_loss_pair;

/// Exact sums over rows. Integers, so they can be added in any order.
typedef struct {
  int64_t absolute, hessian;  ///< sum of weight * |gradient|, of weight * hessian
  int64_t lowest, highest;    ///< hessian of one row, unweighted
} cr_loss_sums;

/// Shifts from the 2^-30 grid to the cells of one tree.
typedef struct {
  int gradient, hessian;
} cr_loss_shift;

/// Sums of no rows.
cr_loss_sums cr_loss_none(void);

/// Gradients of up to CR_LOSS_ROWS rows with these log-odds and events (0 or 1), and
/// their unweighted sums added to *sums.
void cr_loss_rows(const double* score, const double* event, size_t n, cr_simd simd,
                  cr_loss_pair* pair, cr_loss_sums* sums);

/// `value` times a weight, rounded to nearest; exact for whole weights.
static inline int64_t cr_loss_weighted(int64_t value, double weight) {
  const double product = (double)value * weight;
  return (int64_t)(product < 0 ? product - 0.5 : product + 0.5);
}

/// The finest shifts with which sums over rows of total weight `weight` fit a cell.
cr_loss_shift cr_loss_choose(const cr_loss_sums* sums, double weight, size_t n_rows);

/// Rounded to quanta of 2^shift; a hessian is at least 1.
static inline int64_t cr_loss_quanta(int64_t value, int shift) {
  const int64_t half = shift > 0 ? (int64_t)1 << (shift - 1) : 0;
  return (value + half) >> shift;
}
static inline int64_t cr_loss_hessian_quanta(int64_t hessian, int shift) {
  const int64_t quanta = cr_loss_quanta(hessian, shift);
  return quanta < 1 ? 1 : quanta;
}

#endif
