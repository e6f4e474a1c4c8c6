#include "base/gauss.h"

#include "check.h"

void test_gauss(void) {
  double at[40], weight[40], scratch[40];
  cr_gauss_points(1, at, weight, scratch);
  CHECK(at[0] == 0.5 && weight[0] == 1.0);
  cr_gauss_points(2, at, weight, scratch);
  CHECK_NEAR(at[0], 0.5 - 0.5 / sqrt(3.0), 1e-16);
  CHECK_NEAR(at[1], 0.5 + 0.5 / sqrt(3.0), 2e-16);
  CHECK_NEAR(weight[0], 0.5, 2e-16);
  cr_gauss_points(3, at, weight, scratch);
  CHECK_NEAR(at[0], 0.5 - 0.5 * sqrt(0.6), 2e-16);
  CHECK_NEAR(weight[1], 4.0 / 9.0, 2e-16);

  // powers up to degree 2 n - 1 are integrated exactly, the next one is not
  for (size_t n = 1; n <= 40; n++) {
    cr_gauss_points(n, at, weight, scratch);
    for (size_t i = 0; i < n; i++) {
      CHECK(at[i] > (i == 0 ? 0.0 : at[i - 1]) && at[i] < 1.0 && weight[i] > 0.0);
    }
    for (size_t power = 0; power <= 2 * n; power++) {
      double sum = 0.0;
      for (size_t i = 0; i < n; i++) {
        double term = weight[i];
        for (size_t k = 0; k < power; k++) term *= at[i];
        sum += term;
      }
      const double error = fabs(sum * (double)(power + 1) - 1.0);
      if (power < 2 * n) CHECK(error < 1e-13);
      if (power == 2 * n && n < 8) CHECK(error > 1e-9);
    }
  }
}
