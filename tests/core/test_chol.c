#include "linear/chol.h"

#include "base/rng.h"
#include "check.h"

enum { P = 12, N = 40 };

// A = X'X of random X, so that A is positive definite
static void random_gram(cr_rng* rng, double* a, double x[N][P]) {
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < P; j++) x[i][j] = cr_rng_normal(rng);
  }
  for (size_t j = 0; j < P; j++) {
    for (size_t k = 0; k < P; k++) {
      a[j * P + k] = 0.0;
      for (size_t i = 0; i < N; i++) a[j * P + k] += x[i][j] * x[i][k];
    }
  }
}

static void solves(void) {
  static double x[N][P];
  double a[P * P], factor[P * P], b[P], back[P];
  bool skipped[P];
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  for (int t = 0; t < 20; t++) {
    random_gram(&rng, a, x);
    memcpy(factor, a, sizeof a);
    for (size_t j = 0; j < P; j++) b[j] = back[j] = cr_rng_normal(&rng);
    CHECK(cr_chol_factor(factor, P, skipped) == 0);
    cr_chol_solve(factor, P, skipped, back);
    for (size_t j = 0; j < P; j++) {
      double sum = 0.0;
      for (size_t k = 0; k < P; k++) sum += a[j * P + k] * back[k];
      CHECK_NEAR(sum, b[j], 1e-10);
    }
  }
}

// Columns 3 (= 0 + 1) and 7 (= 2 * 5) are combinations, 9 is zero: they get 0 and the
// rest solves the smaller system.
static void leaves_combinations_out(void) {
  static double x[N][P];
  double a[P * P];
  cr_rng rng = cr_rng_stream(2, CR_FOR_SIMULATION, 0);
  random_gram(&rng, a, x);
  for (size_t i = 0; i < N; i++) {
    x[i][3] = x[i][0] + x[i][1];
    x[i][7] = 2.0 * x[i][5];
    x[i][9] = 0.0;
  }
  for (size_t j = 0; j < P; j++) {
    for (size_t k = 0; k < P; k++) {
      a[j * P + k] = 0.0;
      for (size_t i = 0; i < N; i++) a[j * P + k] += x[i][j] * x[i][k];
    }
  }
  double factor[P * P], b[P];
  bool skipped[P];
  memcpy(factor, a, sizeof a);
  for (size_t j = 0; j < P; j++) b[j] = (double)j;
  CHECK(cr_chol_factor(factor, P, skipped) == 2);  // the column of zeros is not counted
  cr_chol_solve(factor, P, skipped, b);
  for (size_t j = 0; j < P; j++) {
    const bool out = j == 3 || j == 7 || j == 9;
    CHECK(skipped[j] == out);
    if (out) {
      CHECK(b[j] == 0.0);
      continue;
    }
    double sum = 0.0;
    for (size_t k = 0; k < P; k++) sum += a[j * P + k] * b[k];
    CHECK_NEAR(sum, (double)j, 1e-9);
  }
}

void test_chol(void) {
  solves();
  leaves_combinations_out();
  double one = 4.0, b = 2.0;
  bool skipped;
  CHECK(cr_chol_factor(&one, 1, &skipped) == 0 && one == 2.0);
  cr_chol_solve(&one, 1, &skipped, &b);
  CHECK(b == 0.5);
  CHECK(cr_chol_factor(NULL, 0, NULL) == 0);
}
