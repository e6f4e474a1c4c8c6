#ifndef LCRISK_TREE_LOSS_H
#define LCRISK_TREE_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "tree/hist.h"

/// The logistic loss in fixed point: what makes sums over rows exact.
///
/// Gradients p - y and hessians p (1 - p) are rounded to multiples of 2^-30; sums of
/// those are integers. For the histograms they are rounded again, by a shift chosen
/// per tree from their exact sums so that no 32-bit half of a cell can overflow.

enum { CR_LOSS_BITS = 30 };

/// Exact sums over rows. Integers, so they can be added in any order.
typedef struct {
  int64_t gradient;           ///< signed
  int64_t absolute, hessian;  ///< sum of |gradient|, of hessians
  int64_t lowest, highest;    ///< hessian of one row, unweighted
} cr_loss_sums;

/// Shifts from the 2^-30 grid to the cells of one tree.
typedef struct {
  int gradient, hessian;
} cr_loss_shift;

/// Gradient and hessian of one row with this log-odds.
void cr_loss_row(double score, int32_t event, int32_t* gradient, int32_t* hessian);

/// `value` times a weight, rounded to nearest; exact for whole weights.
static inline int64_t cr_loss_weighted(int64_t value, double weight) {
  const double product = (double)value * weight;
  return (int64_t)(product < 0 ? product - 0.5 : product + 0.5);
}

/// The finest shifts with which sums over rows of total weight `weight` fit a cell.
cr_loss_shift cr_loss_choose(const cr_loss_sums* sums, double weight, size_t n_rows);

/// Rounded hessian quanta of a row: at least 1.
static inline int64_t cr_loss_hessian_quanta(int32_t hessian, int shift) {
  const int64_t half = shift > 0 ? (int64_t)1 << (shift - 1) : 0;
  const int64_t quanta = ((int64_t)hessian + half) >> shift;
  return quanta < 1 ? 1 : quanta;
}

static inline int64_t cr_loss_gradient_quanta(int32_t gradient, int shift) {
  const int64_t half = shift > 0 ? (int64_t)1 << (shift - 1) : 0;
  return ((int64_t)gradient + half) >> shift;
}

#endif
