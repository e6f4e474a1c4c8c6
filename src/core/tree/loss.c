#include "tree/loss.h"

#include "base/xmath.h"

#include "base/exact.h"

void cr_loss_row(double score, int32_t event, int32_t* gradient, int32_t* hessian) {
  const double grid = 1073741824.0;  // 2^30
  const double p = cr_logistic(score);
  const double g = p - (double)event;
  const double h = p * (1.0 - p);
  *gradient = (int32_t)(g < 0 ? g * grid - 0.5 : g * grid + 0.5);
  *hessian = (int32_t)(h * grid + 0.5);
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
