#ifndef LCRISK_DATA_FRAME_H
#define LCRISK_DATA_FRAME_H

#include <stddef.h>
#include <stdint.h>

/// A borrowed, read-only view of a table's columns, as R keeps them. Nothing is
/// copied and nothing outlives the call.
///
/// Missing: NaN (any payload) in a number, CR_MISSING_INT in an integer or a level.

#define CR_MISSING_INT INT32_MIN

typedef enum {
  CR_COLUMN_DOUBLE,   ///< `number` is set
  CR_COLUMN_INTEGER,  ///< `integer` is set; also R's logical
  CR_COLUMN_LEVEL     ///< `integer` is set: 1 .. n_levels, checked at the door
} cr_column_type;

typedef struct {
  cr_column_type type;
  const double* number;
  const int32_t* integer;
  int32_t n_levels;  ///< 0 unless CR_COLUMN_LEVEL
} cr_column;

typedef struct {
  size_t n_rows;
  size_t n_columns;
  const cr_column* column;
} cr_frame;

/// The value of a number or integer column as a double, NaN when missing.
static inline double cr_column_value(const cr_column* column, size_t row) {
  if (column->type == CR_COLUMN_DOUBLE) return column->number[row];
  const int32_t value = column->integer[row];
  return value == CR_MISSING_INT ? __builtin_nan("") : (double)value;
}

#endif
