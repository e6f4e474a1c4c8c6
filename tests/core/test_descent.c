#include "linear/descent.h"

#include "base/rng.h"
#include "check.h"
#include "linear/chol.h"

enum { P = 7 };

// A = X'X / n of random columns, c = X'y / n; column P - 1 repeats column 1.
static void pose(uint64_t item, double* a, double* c) {
  enum { ROWS = 40 };
  static double x[ROWS][P], y[ROWS];
  cr_rng rng = cr_rng_stream(12, CR_FOR_SIMULATION, item);
  for (size_t i = 0; i < ROWS; i++) {
    x[i][0] = 1.0;
    for (size_t j = 1; j < P; j++) x[i][j] = cr_rng_normal(&rng) + 0.5 * x[i][j - 1];
    x[i][P - 1] = x[i][1];
    y[i] = x[i][1] - 2.0 * x[i][3] + 0.1 * x[i][4] + cr_rng_normal(&rng);
  }
  for (size_t j = 0; j < P; j++) {
    c[j] = 0.0;
    for (size_t i = 0; i < ROWS; i++) c[j] += x[i][j] * y[i] / ROWS;
    for (size_t k = 0; k < P; k++) {
      a[j * P + k] = 0.0;
      for (size_t i = 0; i < ROWS; i++) a[j * P + k] += x[i][j] * x[i][k] / ROWS;
    }
  }
}

// No direction leads down: Karush, Kuhn and Tucker.
static void check_optimum(const double* a, const double* c, const cr_penalty* penalty,
                          const double* b) {
  for (size_t j = 0; j < P; j++) {
    double slope = -c[j];
    for (size_t k = 0; k < P; k++) slope += a[j * P + k] * b[k];
    const double soft = j > 0 ? penalty->size * penalty->lasso : 0.0;
    if (j > 0) slope += penalty->size * (1.0 - penalty->lasso) * b[j];
    const int8_t sign = penalty->sign == NULL ? 0 : penalty->sign[j];
    CHECK((double)sign * b[j] >= 0.0);
    if (b[j] != 0.0) {
      CHECK_NEAR(slope + (b[j] > 0.0 ? soft : -soft), 0.0, 1e-9);
    } else {
      CHECK(sign < 0 || slope >= -soft - 1e-9);  // going up does not pay
      CHECK(sign > 0 || slope <= soft + 1e-9);   // nor going down
    }
  }
}

static void ends_where_no_direction_leads_down(void) {
  const double sizes[] = {0.0, 0.001, 0.1, 0.5, 100.0}, lassos[] = {0.0, 0.3, 1.0};
  const int8_t signs[] = {0, -1, 0, 1, 1, 0, 0};
  double a[P * P], c[P], slope[P];
  for (uint64_t item = 0; item < 5; item++) {
    pose(item, a, c);
    for (size_t s = 0; s < 5; s++) {
      for (size_t l = 0; l < 3; l++) {
        for (int signed_ = 0; signed_ < 2; signed_++) {
          const cr_penalty penalty = {sizes[s], lassos[l], signed_ ? signs : NULL};
          double b[P] = {0.5, -1.0, 2.0, 0.0, -3.0, 0.0, 1.0};
          cr_descent_solve(a, c, P, &penalty, slope, b);
          check_optimum(a, c, &penalty, b);
        }
      }
    }
  }
}

static void a_ridge_is_a_linear_system(void) {
  double a[P * P], c[P], slope[P], b[P] = {0};
  bool skipped[P];
  pose(9, a, c);
  const cr_penalty penalty = {.size = 0.2};
  CHECK(!cr_penalty_bends(&penalty));
  cr_descent_solve(a, c, P, &penalty, slope, b);
  for (size_t j = 1; j < P; j++) a[j * P + j] += 0.2;
  CHECK(cr_chol_factor(a, P, skipped) == 0);
  cr_chol_solve(a, P, skipped, c);
  for (size_t j = 0; j < P; j++) CHECK_NEAR(b[j], c[j], 1e-10);
}

static void empty_columns_get_nothing(void) {
  double a[P * P], c[P], slope[P], b[P] = {0, 0, 5.0, 0, 0, 0, 0};
  pose(10, a, c);
  for (size_t k = 0; k < P; k++) a[2 * P + k] = a[k * P + 2] = 0.0;
  c[2] = 0.0;
  const cr_penalty penalty = {.size = 0.01, .lasso = 1.0};
  CHECK(cr_descent_solve(a, c, P, &penalty, slope, b) < 2000);
  CHECK(b[2] == 0.0);
  check_optimum(a, c, &penalty, b);
}

static void penalties_add_up(void) {
  const double b[] = {9.0, -2.0, 3.0};
  const int8_t sign[] = {0, 0, 0};
  CHECK_NEAR(cr_penalty_at(&(cr_penalty){.size = 2.0}, b, 3), 13.0, 1e-14);
  CHECK_NEAR(cr_penalty_at(&(cr_penalty){.size = 2.0, .lasso = 1.0}, b, 3), 10.0, 1e-14);
  CHECK_NEAR(cr_penalty_at(&(cr_penalty){.size = 2.0, .lasso = 0.5}, b, 3), 11.5, 1e-14);
  CHECK(cr_penalty_bends(&(cr_penalty){.sign = sign}));
  CHECK(!cr_penalty_bends(&(cr_penalty){.lasso = 1.0}));
}

void test_descent(void) {
  ends_where_no_direction_leads_down();
  a_ridge_is_a_linear_system();
  empty_columns_get_nothing();
  penalties_add_up();
}
