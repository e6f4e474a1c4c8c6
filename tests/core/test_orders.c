#include "model/orders.h"

#include "base/mem.h"
#include "model_scene.h"

// Three numbers a, b, c: 2 a + b c. Its Shapley values can be worked out on paper.
static cr_status score_product(const void* state, const cr_frame* frame,
                               const cr_run* run, double* link, cr_error* err) {
  (void)state;
  (void)run;
  (void)err;
  const cr_column* x = frame->column;
  for (size_t i = 0; i < frame->n_rows; i++) {
    link[i] = 2 * x[0].number[i] + x[1].number[i] * x[2].number[i];
  }
  return CR_OK;
}

static const cr_learner product = {.kind = "product", .score = score_product};
static const cr_run alone = {.threads = 1};

enum { ROWS = 3 };

// (1, 2, 3), (0, 5, 1) and (-1, 0, 4) against (0.5, 1, 1)
static const double a[ROWS] = {1, 0, -1}, b[ROWS] = {2, 5, 0}, c[ROWS] = {3, 1, 4};
static const double one[] = {0.5, 1, 1};
static const cr_column own[] = {{.number = a}, {.number = b}, {.number = c}};
static const cr_column other[] = {
    {.number = one}, {.number = one + 1}, {.number = one + 2}};
static const cr_frame rows = {ROWS, 3, own}, reference = {1, 3, other};

static void test_pairs_of_orders(void) {
  double value[3 * ROWS], fall[3 * ROWS];
  CHECK(cr_orders_versus(&product, NULL, &rows, &reference, INTEGERS(0, 1, 2), 3, &alone,
                         value, fall, NULL) == CR_OK);
  for (size_t i = 0; i < ROWS; i++) {
    // an order and its reverse take b before c once, and after it once: exact
    CHECK_NEAR(value[i], 2 * (a[i] - 0.5), 1e-14);
    CHECK_NEAR(value[ROWS + i], (b[i] - 1) * (c[i] + 1) / 2, 1e-14);
    CHECK_NEAR(value[2 * ROWS + i], (c[i] - 1) * (b[i] + 1) / 2, 1e-14);
    CHECK_NEAR(fall[i], 2 * (a[i] - 0.5), 1e-14);
    CHECK_NEAR(fall[ROWS + i], (b[i] - 1) * c[i], 1e-14);
    CHECK_NEAR(fall[2 * ROWS + i], (c[i] - 1) * b[i], 1e-14);
  }
}

static void test_groups(void) {
  double value[2 * ROWS], fall[2 * ROWS];
  CHECK(cr_orders_versus(&product, NULL, &rows, &reference, INTEGERS(1, 0, 0), 2, &alone,
                         value, fall, NULL) == CR_OK);
  for (size_t i = 0; i < ROWS; i++) {
    CHECK_NEAR(value[i], b[i] * c[i] - 1, 1e-14);
    CHECK_NEAR(value[ROWS + i], 2 * (a[i] - 0.5), 1e-14);
    CHECK_NEAR(fall[i], value[i], 1e-14);
  }
  // a single player has all of it
  CHECK(cr_orders_versus(&product, NULL, &rows, &reference, INTEGERS(0, 0, 0), 1, &alone,
                         value, fall, NULL) == CR_OK);
  for (size_t i = 0; i < ROWS; i++) {
    CHECK(value[i] == 2 * a[i] + b[i] * c[i] - 2 && fall[i] == value[i]);
  }
  CHECK_ALLOCATIONS(cr_orders_versus(&product, NULL, &rows, &reference, INTEGERS(1, 0, 0),
                                     2, &alone, value, fall, NULL),
                    (void)0);
}

// A row's values do not depend on which rows stand beside it.
static void test_rows_apart(void) {
  double all[3 * ROWS], fall[3 * ROWS], single[3], single_fall[3];
  CHECK(cr_orders_versus(&product, NULL, &rows, &reference, INTEGERS(0, 1, 2), 3, &alone,
                         all, fall, NULL) == CR_OK);
  for (size_t i = 0; i < ROWS; i++) {
    const cr_column at[] = {{.number = a + i}, {.number = b + i}, {.number = c + i}};
    const cr_frame row = {1, 3, at};
    CHECK(cr_orders_versus(&product, NULL, &row, &reference, INTEGERS(0, 1, 2), 3, &alone,
                           single, single_fall, NULL) == CR_OK);
    for (size_t k = 0; k < 3; k++) {
      CHECK(single[k] == all[k * ROWS + i] && single_fall[k] == fall[k * ROWS + i]);
    }
  }
}

void test_orders(void) {
  test_pairs_of_orders();
  test_groups();
  test_rows_apart();
}
