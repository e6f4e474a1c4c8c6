#include "base/gauss.h"

#include <stdbool.h>

#include "base/exact.h"

enum { HALVINGS = 12, STEPS = 6 };

// Legendre's polynomial of degree n at x by its three-term recurrence, and its slope.
static double legendre(size_t n, double x, double* slope) {
  double last = 1.0, value = x;
  for (size_t k = 2; k <= n; k++) {
    const double d = (double)k;
    const double next = ((2.0 * d - 1.0) * x * value - (d - 1.0) * last) / d;
    last = value;
    value = next;
  }
  *slope = (double)n * (x * value - last) / (x * x - 1.0);
  return value;
}

// The one root between low and high: halving brings Newton's method near enough.
static double root_between(size_t n, double low, double high) {
  double slope;
  const bool rising = legendre(n, high, &slope) > 0.0;
  for (int h = 0; h < HALVINGS; h++) {
    const double middle = 0.5 * (low + high);
    if ((legendre(n, middle, &slope) > 0.0) == rising) {
      high = middle;
    } else {
      low = middle;
    }
  }
  double x = 0.5 * (low + high);
  for (int s = 0; s < STEPS; s++) {
    const double value = legendre(n, x, &slope);
    x -= value / slope;
  }
  return x;
}

void cr_gauss_points(size_t n, double* at, double* weight, double* scratch) {
  at[0] = 0.0;  // the root of degree 1
  // Roots of one degree lie between those of the degree before.
  for (size_t degree = 2; degree <= n; degree++) {
    for (size_t i = 0; i + 1 < degree; i++) scratch[i] = at[i];
    for (size_t i = 0; i < degree; i++) {
      const double low = i == 0 ? -1.0 : scratch[i - 1];
      const double high = i + 1 == degree ? 1.0 : scratch[i];
      at[i] = root_between(degree, low, high);
    }
  }
  for (size_t i = 0; i < n; i++) {
    double slope;
    legendre(n, at[i], &slope);
    if (n == 1) slope = 1.0;
    weight[i] = 1.0 / ((1.0 - at[i] * at[i]) * slope * slope);
    at[i] = 0.5 * (at[i] + 1.0);
  }
}
