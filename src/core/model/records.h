#ifndef LCRISK_MODEL_RECORDS_H
#define LCRISK_MODEL_RECORDS_H

#include "model/contract.h"
#include "model/inputs.h"

/// Rows of a model's own columns, in memory of their own: what a scorer's learner takes,
/// made from what people fill in.
typedef struct {
  cr_frame frame;
  cr_column* column;
  double* number;  ///< column j of row i: number[j * room + i]
  int32_t* code;   ///< the same, of the columns that are levels
  size_t room;
} cr_records;

/// Room for `n` rows. `rows` zeroed before, cr_records_free() after.
cr_status cr_records_make(const cr_contract* contract, size_t n, cr_records* rows,
                          cr_error* err);
void cr_records_free(cr_records* rows);

/// Makes the columns of `n` rows (at most the room there is) from the values of the
/// fields: field f of row i is value[f * stride + i]. `rows->frame` then has these rows.
void cr_records_fill(const cr_inputs* inputs, const cr_contract* contract,
                     const double* value, size_t stride, size_t n, cr_records* rows);

/// One row of the values that a list holds by column: a number, or the label of a level;
/// anything else is missing. CR_EMODEL `typical` unless the names are the contract's.
cr_status cr_records_read(const cr_value* list, const cr_contract* contract,
                          cr_records* rows, cr_error* err);

#endif
