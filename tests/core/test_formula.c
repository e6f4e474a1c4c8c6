#include "model/formula.h"

#include "check.h"

enum { MOST_STEPS = 6 };

// One program on fields a, b, c with the constants 12, 100 and 998, against its value.
typedef struct {
  double a, b, c;
  int n;
  int32_t step[MOST_STEPS][2];
  double want;
} formula_case;

#define A \
  { CR_OP_LOAD, 0 }
#define B \
  { CR_OP_LOAD, 1 }
#define C \
  { CR_OP_LOAD, 2 }
#define TWELVE \
  { CR_OP_NUMBER, 0 }
#define HUNDRED \
  { CR_OP_NUMBER, 1 }
#define MOST \
  { CR_OP_NUMBER, 2 }
#define DO(op) \
  { CR_OP_##op, 0 }

static const formula_case cases[] = {
    {7, 0, 0, 1, {A}, 7},
    {7, 0, 0, 3, {A, TWELVE, DO(MULTIPLY)}, 84},
    {7, 2, 0, 3, {A, B, DO(SUBTRACT)}, 5},
    {7, 2, 0, 3, {A, B, DO(DIVIDE)}, 3.5},
    {7, 2, 4, 5, {A, B, C, DO(MULTIPLY), DO(ADD)}, 15},
    {120, 0, 0, 3, {A, HUNDRED, DO(LEAST)}, 100},
    {99, 0, 0, 3, {A, HUNDRED, DO(LEAST)}, 99},
    {NAN, 0, 0, 3, {A, HUNDRED, DO(LEAST)}, NAN},
    {1, NAN, 0, 3, {A, B, DO(LEAST)}, NAN},
    {12, 0, 0, 4, {A, B, MOST, DO(IN_RANGE)}, 12},
    {999, 0, 0, 4, {A, B, MOST, DO(IN_RANGE)}, NAN},
    {-1, 0, 0, 4, {A, B, MOST, DO(IN_RANGE)}, NAN},
    {998, 0, 0, 4, {A, B, MOST, DO(IN_RANGE)}, 998},
    {NAN, 0, 0, 2, {A, DO(IS_MISSING)}, 1},
    {0, 0, 0, 2, {A, DO(IS_MISSING)}, 0},
    {3, 4, 1, 4, {A, B, C, DO(RATIO)}, 0.75},
    {9, 4, 1, 4, {A, B, C, DO(RATIO)}, 1},
    {9, 0, 1, 4, {A, B, C, DO(RATIO)}, NAN},
    {9, -2, 1, 4, {A, B, C, DO(RATIO)}, NAN},
    {NAN, 2, 1, 4, {A, B, C, DO(RATIO)}, NAN},
    {9, 4, INFINITY, 4, {A, B, C, DO(RATIO)}, 2.25},
    {1, 0, 0, 2, {A, DO(LOG_POSITIVE)}, 0},
    {0, 0, 0, 2, {A, DO(LOG_POSITIVE)}, NAN},
    {-3, 0, 0, 2, {A, DO(LOG_POSITIVE)}, NAN},
    {0, 0, 0, 2, {A, DO(LOG_PLUS)}, 0},
    {-3, 0, 0, 2, {A, DO(LOG_PLUS)}, 0},
    {NAN, 0, 0, 2, {A, DO(LOG_PLUS)}, NAN},
    {24000, 24132, 0, 3, {A, B, DO(MONTHS_BETWEEN)}, 132},
    {24132, 24000, 0, 3, {A, B, DO(MONTHS_BETWEEN)}, NAN},
    {24132, 24132, 0, 3, {A, B, DO(MONTHS_BETWEEN)}, 0},
    {NAN, 24000, 0, 3, {A, B, DO(MONTHS_BETWEEN)}, NAN},
    {0, 0, 0, 3, {A, B, DO(NEVER_ZERO)}, NAN},
    {0, 1, 0, 3, {A, B, DO(NEVER_ZERO)}, 0},
    {0, NAN, 0, 3, {A, B, DO(NEVER_ZERO)}, 0},
    {5, 0, 0, 3, {A, B, DO(NEVER_ZERO)}, 5},
    {3, NAN, 0, 3, {A, B, DO(RECENCY)}, 0.25},
    {NAN, 2, 0, 3, {A, B, DO(RECENCY)}, 0},
    {NAN, NAN, 0, 3, {A, B, DO(RECENCY)}, NAN},
    {1, 0, 0, 2, {A, {CR_OP_MAP, 0}}, 30},
    {2, 0, 0, 2, {A, {CR_OP_MAP, 0}}, NAN},
    {3, 0, 0, 2, {A, {CR_OP_MAP, 0}}, NAN},
    {0, 0, 0, 2, {A, {CR_OP_MAP, 0}}, NAN},
    {NAN, 0, 0, 2, {A, {CR_OP_MAP, 0}}, NAN},
    {1e300, 0, 0, 2, {A, {CR_OP_MAP, 1}}, NAN},
    {1, 0, 0, 2, {A, {CR_OP_MAP, 1}}, 7},
    {10000, 0.5, 0, 3, {A, B, DO(ANNUITY)}, NAN},
    {10000, 1201, 0, 3, {A, B, DO(ANNUITY)}, NAN},
    {10000, NAN, 0, 3, {A, B, DO(ANNUITY)}, NAN},
    {NAN, 36, 0, 3, {A, B, DO(ANNUITY)}, NAN},
};

static const double numbers[] = {12, 100, 998};
static const int32_t map_start[] = {0, 2, 3}, map[] = {30, 0, 7};

static cr_formulas program(const formula_case* one, int32_t start[2], int32_t* op,
                           int32_t* argument) {
  for (int s = 0; s < one->n; s++) {
    op[s] = one->step[s][0];
    argument[s] = one->step[s][1];
  }
  start[0] = 0;
  start[1] = one->n;
  return (cr_formulas){.n = 1,
                       .n_fields = 3,
                       .n_numbers = 3,
                       .n_maps = 2,
                       .start = start,
                       .op = op,
                       .argument = argument,
                       .number = numbers,
                       .map_start = map_start,
                       .map = map};
}

static bool agree(double a, double b) { return a == b || (a != a && b != b); }

static void test_cases(void) {
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    int32_t start[2], op[MOST_STEPS], argument[MOST_STEPS];
    const formula_case* one = &cases[k];
    const cr_formulas f = program(one, start, op, argument);
    CHECK(cr_formulas_validate(&f, (size_t)one->n, 3, NULL) == CR_OK);
    double value[3 * CR_FORMULA_ROWS], out[CR_FORMULA_ROWS];
    for (size_t i = 0; i < CR_FORMULA_ROWS; i++) {
      value[i] = one->a;
      value[CR_FORMULA_ROWS + i] = one->b;
      value[2 * CR_FORMULA_ROWS + i] = one->c;
    }
    cr_formula_run(&f, 0, value, CR_FORMULA_ROWS, CR_FORMULA_ROWS, out);
    CHECK(agree(out[0], one->want) && agree(out[CR_FORMULA_ROWS - 1], one->want));
    if (!agree(out[0], one->want)) printf("    case %zu gave %g\n", k, out[0]);
  }
}

// The instalment of 10,000 over 36 months at 12 % a year is 332.143098..., and one month
// costs the month's interest; each row by itself.
static void test_annuity(void) {
  const formula_case one = {0, 0, 0, 3, {A, B, DO(ANNUITY)}, 0};
  int32_t start[2], op[MOST_STEPS], argument[MOST_STEPS];
  const cr_formulas f = program(&one, start, op, argument);
  const double value[] = {10000, 10000, 5000, 10000, 36, 1, 36, 36.9};
  double out[4];
  cr_formula_run(&f, 0, value, 4, 4, out);
  CHECK_NEAR(out[0], 332.1430981, 1e-6);
  CHECK_NEAR(out[1], 10100, 1e-8);
  CHECK(out[2] == out[0] / 2 && out[3] == out[0]);
}

static bool validates(int n, const int32_t* op, const int32_t* argument) {
  const int32_t start[] = {0, n};
  const cr_formulas f = {.n = 1,
                         .n_fields = 3,
                         .n_numbers = 3,
                         .n_maps = 2,
                         .start = start,
                         .op = op,
                         .argument = argument,
                         .number = numbers,
                         .map_start = map_start,
                         .map = map};
  return cr_formulas_validate(&f, (size_t)n, 3, NULL) == CR_OK;
}

static void test_refusals(void) {
  const int32_t zeros[2 * CR_FORMULA_STACK + 2] = {0};
  int32_t op[2 * CR_FORMULA_STACK + 2] = {0};
  CHECK(!validates(0, op, zeros));  // leaves nothing
  CHECK(validates(1, op, zeros));   // a load
  CHECK(!validates(2, op, zeros));  // leaves two
  for (int s = CR_FORMULA_STACK; s < 2 * CR_FORMULA_STACK - 1; s++) op[s] = CR_OP_ADD;
  CHECK(validates(2 * CR_FORMULA_STACK - 1, op, zeros));  // fills the stack
  op[CR_FORMULA_STACK] = CR_OP_LOAD;
  for (int s = 1; s <= CR_FORMULA_STACK; s++) op[CR_FORMULA_STACK + s] = CR_OP_ADD;
  CHECK(!validates(2 * CR_FORMULA_STACK + 1, op, zeros));  // one more than fits
  const int32_t early[] = {CR_OP_LOAD, CR_OP_ADD, CR_OP_LOAD};
  CHECK(!validates(3, early, zeros));
  const int32_t unknown[] = {CR_OPS}, below[] = {-1}, load[] = {CR_OP_LOAD};
  CHECK(!validates(1, unknown, zeros) && !validates(1, below, zeros));
  const int32_t three[] = {3}, minus[] = {-1}, huge[] = {INT32_MAX};
  CHECK(!validates(1, load, three) && !validates(1, load, minus) &&
        !validates(1, load, huge));
  const int32_t constant[] = {CR_OP_NUMBER};
  CHECK(!validates(1, constant, three));
  const int32_t mapped[] = {CR_OP_LOAD, CR_OP_MAP}, second[] = {0, 2};
  CHECK(!validates(2, mapped, second));
}

void test_formula(void) {
  test_cases();
  test_annuity();
  test_refusals();
}
