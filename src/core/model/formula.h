#ifndef LCRISK_MODEL_FORMULA_H
#define LCRISK_MODEL_FORMULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Feature formulas as short programs for a stack of numbers: what lcrisk_features() of R
/// computes, with its bits. A program is a list of steps, each an operation and an
/// argument; missing is NaN, a level is its 1-based code.
///
/// | operation | takes | leaves |
/// | --- | --- | --- |
/// | LOAD f | | the value of field f |
/// | NUMBER k | | constant k |
/// | ADD, SUBTRACT, MULTIPLY, DIVIDE | a b | a + b ... |
/// | LEAST | a b | the smaller, NaN when either is |
/// | IN_RANGE | x low high | x, NaN outside |
/// | IS_MISSING | x | 1 or 0 |
/// | RATIO | a b cap | a / b, at most cap; NaN unless b > 0 |
/// | LOG_POSITIVE | x | log x, NaN unless x > 0 |
/// | LOG_PLUS | x | log(1 + x), 0 for negative x |
/// | ANNUITY | amount months | monthly instalment at 1 % a month; NaN outside 1 to 1200 |
/// | MONTHS_BETWEEN | from to | to - from, NaN when negative |
/// | NEVER_ZERO | months count | months, NaN when both are 0 |
/// | RECENCY | months asked | 1 / (1 + months), 0 when only asked is known |
/// | MAP t | code | entry `code` of table t, NaN when that is 0 or the code is not in it
/// |
typedef enum {
  CR_OP_LOAD,
  CR_OP_NUMBER,
  CR_OP_ADD,
  CR_OP_SUBTRACT,
  CR_OP_MULTIPLY,
  CR_OP_DIVIDE,
  CR_OP_LEAST,
  CR_OP_IN_RANGE,
  CR_OP_IS_MISSING,
  CR_OP_RATIO,
  CR_OP_LOG_POSITIVE,
  CR_OP_LOG_PLUS,
  CR_OP_ANNUITY,
  CR_OP_MONTHS_BETWEEN,
  CR_OP_NEVER_ZERO,
  CR_OP_RECENCY,
  CR_OP_MAP,
  CR_OPS  ///< how many there are
} cr_op;

enum { CR_FORMULA_STACK = 16, CR_FORMULA_ROWS = 128 };

/// Programs one after the other, borrowed arrays.
typedef struct {
  size_t n;  ///< programs
  size_t n_fields, n_numbers, n_maps;
  const int32_t* start;  ///< n + 1 offsets into `op` and `argument`
  const int32_t* op;
  const int32_t* argument;  ///< 0-based
  const double* number;
  const int32_t* map_start;  ///< n_maps + 1 offsets into `map`
  const int32_t* map;
} cr_formulas;

/// CR_EMODEL `formula` unless every program runs within the stack, leaves one number and
/// has its arguments in range; offsets must fit `n_steps` and `n_map_entries`.
cr_status cr_formulas_validate(const cr_formulas* formulas, size_t n_steps,
                               size_t n_map_entries, cr_error* err);

/// Program k for up to CR_FORMULA_ROWS rows: field f of row i is value[f * stride + i].
void cr_formula_run(const cr_formulas* formulas, size_t k, const double* value,
                    size_t stride, size_t n_rows, double* out);

#endif
