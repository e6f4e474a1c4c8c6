#include "linear/chol.h"

#include <math.h>

#include "base/exact.h"

static const double SMALLEST_PIVOT = 1e-10;

static double dot(const double* x, const double* y, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

size_t cr_chol_factor(double* a, size_t p, bool* skipped) {
  size_t n_skipped = 0;
  for (size_t j = 0; j < p; j++) {
    double* row = a + j * p;
    const double diagonal = row[j];
    for (size_t k = 0; k < j; k++) {
      row[k] = skipped[k] ? 0.0 : (row[k] - dot(row, a + k * p, k)) / a[k * p + k];
    }
    const double pivot = diagonal - dot(row, row, j);
    skipped[j] = !(pivot > SMALLEST_PIVOT * diagonal);
    n_skipped += skipped[j] && diagonal > 0.0;
    row[j] = skipped[j] ? 0.0 : sqrt(pivot);
  }
  return n_skipped;
}

void cr_chol_solve(const double* a, size_t p, const bool* skipped, double* b) {
  for (size_t j = 0; j < p; j++) {
    b[j] = skipped[j] ? 0.0 : (b[j] - dot(a + j * p, b, j)) / a[j * p + j];
  }
  for (size_t j = p; j-- > 0;) {
    if (skipped[j]) continue;
    b[j] /= a[j * p + j];
    for (size_t k = 0; k < j; k++) b[k] -= a[j * p + k] * b[j];
  }
}
