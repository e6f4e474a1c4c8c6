#include "model/formula.h"

#include <math.h>
#include <string.h>

#include "base/xmath.h"

#include "base/exact.h"

// What each operation takes from the stack; all leave one number.
static const int8_t TAKES[CR_OPS] = {0, 0, 2, 2, 2, 2, 2, 3, 1, 3, 1, 1, 2, 2, 2, 2, 1};

// ---- checks --------------------------------------------------------------------

static bool argument_holds(const cr_formulas* f, int32_t op, int32_t argument) {
  size_t limit = 1;  // no argument: 0
  if (op == CR_OP_LOAD) limit = f->n_fields;
  if (op == CR_OP_NUMBER) limit = f->n_numbers;
  if (op == CR_OP_MAP) limit = f->n_maps;
  return argument >= 0 && (size_t)argument < limit;
}

static bool program_holds(const cr_formulas* f, size_t k) {
  int depth = 0;
  for (int32_t s = f->start[k]; s < f->start[k + 1]; s++) {
    const int32_t op = f->op[s];
    if (op < 0 || op >= CR_OPS || !argument_holds(f, op, f->argument[s])) return false;
    if (depth < TAKES[op]) return false;
    depth += 1 - TAKES[op];
    if (depth > CR_FORMULA_STACK) return false;
  }
  return depth == 1;
}

static bool offsets_hold(const int32_t* start, size_t n, size_t end) {
  if (start[0] != 0 || start[n] < 0 || (size_t)start[n] != end) return false;
  for (size_t k = 0; k < n; k++) {
    if (start[k + 1] < start[k]) return false;
  }
  return true;
}

cr_status cr_formulas_validate(const cr_formulas* formulas, size_t n_steps,
                               size_t n_map_entries, cr_error* err) {
  bool holds = offsets_hold(formulas->start, formulas->n, n_steps) &&
               offsets_hold(formulas->map_start, formulas->n_maps, n_map_entries);
  for (size_t k = 0; holds && k < formulas->n; k++) {
    if (program_holds(formulas, k)) continue;
    return cr_fail(err, CR_EMODEL, "formula", "the formula of column %zu is damaged",
                   k + 1);
  }
  if (holds) return CR_OK;
  return cr_fail(err, CR_EMODEL, "formula", "the model's formulas are damaged");
}

// ---- arithmetic ----------------------------------------------------------------

static double least(double a, double b) {
  if (a != a || b != b) return NAN;
  return b < a ? b : a;
}

// The instalment of 1 over so many months at 1 % a month, by repeated products so that
// every machine has the same bits.
static double instalment(double months) {
  const double rate = 0.01, each = 1.0 / (1.0 + rate);
  if (!(months >= 1.0 && months <= 1200.0)) return NAN;
  const int n = (int)months;
  double discount = 1.0;
  for (int k = 0; k < n; k++) discount = discount * each;
  return rate / (1.0 - discount);
}

static void annuities(double* amount, const double* months, size_t n) {
  double last = NAN, factor = NAN;
  for (size_t i = 0; i < n; i++) {
    if (months[i] != last) {
      last = months[i];
      factor = instalment(last);
    }
    amount[i] = amount[i] * factor;
  }
}

static double mapped(const int32_t* map, int32_t n, double code) {
  if (!(code >= 1.0 && code <= (double)n)) return NAN;
  const int32_t entry = map[(int32_t)code - 1];
  return entry == 0 ? NAN : (double)entry;
}

// One row of an operation on up to three numbers.
static double apply(cr_op op, double a, double b, double c) {
  switch (op) {
    case CR_OP_ADD: return a + b;
    case CR_OP_SUBTRACT: return a - b;
    case CR_OP_MULTIPLY: return a * b;
    case CR_OP_DIVIDE: return a / b;
    case CR_OP_LEAST: return least(a, b);
    case CR_OP_IN_RANGE: return a >= b && a <= c ? a : NAN;
    case CR_OP_IS_MISSING: return a != a ? 1.0 : 0.0;
    case CR_OP_RATIO: return b > 0.0 ? least(a / b, c) : NAN;
    case CR_OP_LOG_POSITIVE: return a > 0.0 ? cr_log(a) : NAN;
    case CR_OP_LOG_PLUS: return a != a ? NAN : cr_log(1.0 + (a > 0.0 ? a : 0.0));
    case CR_OP_MONTHS_BETWEEN: return b - a >= 0.0 ? b - a : NAN;
    case CR_OP_NEVER_ZERO: return a == 0.0 && b == 0.0 ? NAN : a;
    case CR_OP_RECENCY: return a == a ? 1.0 / (1.0 + a) : b == b ? 0.0 : NAN;
    default: return NAN;
  }
}

void cr_formula_run(const cr_formulas* formulas, size_t k, const double* value,
                    size_t stride, size_t n_rows, double* out) {
  double stack[CR_FORMULA_STACK + 2][CR_FORMULA_ROWS];
  int depth = 0;
  for (int32_t s = formulas->start[k]; s < formulas->start[k + 1]; s++) {
    const cr_op op = (cr_op)formulas->op[s];
    const size_t argument = (size_t)formulas->argument[s];
    depth -= TAKES[op];
    double* x = stack[depth++];  // the next two rows are its other arguments
    if (op == CR_OP_LOAD) {
      memcpy(x, value + argument * stride, n_rows * sizeof *x);
    } else if (op == CR_OP_NUMBER) {
      for (size_t i = 0; i < n_rows; i++) x[i] = formulas->number[argument];
    } else if (op == CR_OP_MAP) {
      const int32_t from = formulas->map_start[argument];
      const int32_t n = formulas->map_start[argument + 1] - from;
      for (size_t i = 0; i < n_rows; i++) x[i] = mapped(formulas->map + from, n, x[i]);
    } else if (op == CR_OP_ANNUITY) {
      annuities(x, x + CR_FORMULA_ROWS, n_rows);
    } else {
      const double *b = TAKES[op] > 1 ? x + CR_FORMULA_ROWS : x,
                   *c = TAKES[op] > 2 ? x + 2 * CR_FORMULA_ROWS : x;
      for (size_t i = 0; i < n_rows; i++) x[i] = apply(op, x[i], b[i], c[i]);
    }
  }
  memcpy(out, stack[0], n_rows * sizeof *out);
}
