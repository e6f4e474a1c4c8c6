#include "money/irr.h"

#include <math.h>
#include <stdbool.h>

#include "base/xmath.h"

#include "base/exact.h"

enum { MOST_STEPS = 100, MONTHS_A_YEAR = 12 };

static const double SMALL_STEP = 1e-15;

// The least u at which a payment alone is worth the outlay, +Inf without a payment. In a
// run of equal payments one of its ends has the least.
static double right_end(double outlay, const double* flow, size_t n) {
  double u = INFINITY;
  for (size_t t = 0; t < n; t++) {
    if (!(flow[t] > 0.0)) continue;
    const bool inside =
        t > 0 && t + 1 < n && flow[t - 1] == flow[t] && flow[t + 1] == flow[t];
    if (inside) continue;
    u = fmin(u, cr_log(outlay / flow[t]) / (double)(t + 1));
  }
  return u;
}

double cr_irr_yearly(double outlay, const double* flow, size_t n) {
  double u = right_end(outlay, flow, n);
  if (u == INFINITY) return -1.0;
  for (int step = 0; step < MOST_STEPS; step++) {
    const double growth = cr_exp(u);
    double power = 1.0, value = 0.0, slope = 0.0;
    for (size_t t = 0; t < n; t++) {
      power *= growth;
      const double worth = flow[t] * power;
      value += worth;
      slope += (double)(t + 1) * worth;
    }
    const double move = cr_log(value / outlay) * value / slope;
    u -= move;
    if (!(move > SMALL_STEP * fmax(fabs(u), 1.0))) break;
  }
  return cr_exp(-(double)MONTHS_A_YEAR * u) - 1.0;
}
