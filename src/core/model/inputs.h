#ifndef LCRISK_MODEL_INPUTS_H
#define LCRISK_MODEL_INPUTS_H

#include "data/cell.h"
#include "model/contract.h"
#include "model/formula.h"

/// What people fill in: the fields of an application, how their text is read, and how the
/// model's columns follow from them. A model of a plain table has its columns as
/// fields; one of Lending Club's features has the columns of the loans.
///
/// A field is a number, or a level by its 1-based code; NaN is missing. Months are
/// 12 * year + month - 1, dates days since 1970-01-01.
typedef struct {
  size_t n_fields;
  cr_texts name;       ///< strictly ascending by bytes
  cr_cell_type* type;  ///< number, count, percent, term, month, years, date or level
  cr_texts* level;     ///< of the fields of type level
  uint32_t* n_levels;
  const int32_t* otherwise;  ///< code of text that is no level; 0: missing, -1: refused
  size_t n_aliases;          ///< other spellings of levels
  cr_texts alias;
  const int32_t* alias_field;  ///< 0-based
  const int32_t* alias_code;
  cr_formulas formulas;  ///< one for each column of the contract
} cr_inputs;

/// Reads and checks the section `inputs`; `inputs` must be zeroed before and freed after.
/// CR_EMODEL `inputs` or `formula`.
cr_status cr_inputs_open(const cr_value* section, const cr_contract* contract,
                         cr_inputs* inputs, cr_error* err);

void cr_inputs_free(cr_inputs* inputs);

/// The place of the field of that name; n_fields when there is none.
size_t cr_inputs_find(const cr_inputs* inputs, const char* name, size_t n);

/// Reads text by the grammar of its field (data/cell.h; levels by label, then by alias).
/// `*value` becomes NaN when missing, and stays untouched when the text is bad.
/// `last_month` settles the century of short years: the latest that fits.
cr_cell_result cr_inputs_parse(const cr_inputs* inputs, size_t field,
                               const unsigned char* text, size_t n, int32_t last_month,
                               double* value);

/// The columns of up to CR_FORMULA_ROWS rows: column j of row i goes to number[j * n +
/// i], or as a code to code[j * n + i] when it is a level.
void cr_inputs_columns(const cr_inputs* inputs, const cr_contract* contract,
                       const double* value, size_t stride, size_t n, double* number,
                       int32_t* code);

#endif
