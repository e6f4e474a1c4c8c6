#ifndef LCRISK_DATA_COLUMN_H
#define LCRISK_DATA_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/cell.h"
#include "data/dict.h"

/// The kept rows of one block of a file, as the scanner left them: field j of row i is
/// the bytes [mark[j * stride + i], mark[(j + 1) * stride + i] - 1).
typedef struct {
  const unsigned char* bytes;
  const uint32_t* mark;
  size_t stride;
  size_t n_rows;
  const uint32_t* line;  ///< each row's line, from `first_line`
  int64_t first_line;
} cr_rows;

enum { CR_COLUMN_LINES = 5 };

/// What went wrong or was noteworthy in a column's cells.
typedef struct {
  size_t n_read;          ///< cells that hold a value
  size_t n_bad;           ///< cells that break the grammar; they are missing now
  size_t n_comma;         ///< those of them that have a decimal comma
  size_t n_percent_sign;  ///< cells with a percent sign
  size_t n_repaired;      ///< texts whose bytes were no UTF-8
  size_t n_year_only;     ///< months given as a year alone
  int64_t bad_line[CR_COLUMN_LINES];  ///< the first lines with a bad cell
} cr_column_notes;

/// One column that grows block by block. Values lie in chunks of 65,536 rows; a chunk
/// in which nothing has a value is never allocated, so an empty column costs nothing.
/// Texts and levels are codes into a dictionary. Two columns share nothing, so they can
/// be built by two threads.
typedef struct {
  cr_cell_type type;
  void** chunk;  ///< double or int32_t[65536], NULL where all is missing
  size_t n_chunks;
  cr_dict dict;  ///< of a level or text column
  void* values;  ///< one block's values before they are stored
  size_t values_size;
  unsigned char* scratch;  ///< one text while it is cleaned
  size_t scratch_size;
  cr_column_notes notes;
} cr_column_builder;

/// Parses field `j` of the rows; the first of them is row `first_row` of the table.
/// Only CR_ENOMEM and CR_ELIMIT can happen.
cr_status cr_column_add(cr_column_builder* column, const cr_rows* rows, size_t j,
                        size_t first_row, cr_error* err);

/// Copies out `n_rows` values. A number or percent column, missing values as `missing`:
void cr_column_doubles(const cr_column_builder* column, size_t n_rows, double missing,
                       double* out);

/// Any other column: integers, INT32_MIN where missing. Levels and texts give codes from
/// 0 on, in order of appearance; months give what cr_month_parse() gives.
void cr_column_integers(const cr_column_builder* column, size_t n_rows, int32_t* out);

/// A level column as R's factor codes: `rank`, from cr_dict_rank(), gives the place of
/// each code among the sorted levels; counted from 1.
void cr_column_levels(const cr_column_builder* column, size_t n_rows,
                      const uint32_t* rank, int32_t* out);

/// Month columns as days since 1970-01-01 of the month's first. Short years are resolved
/// against the same row of `limit`, a month column, or `last` (12 * year + month - 1)
/// where that is missing or NULL; INT32_MIN for `last`: short years are 20xx.
void cr_column_days(const cr_column_builder* column, const cr_column_builder* limit,
                    int32_t last, size_t n_rows, int32_t* out);

/// Frees the values and the dictionary; type and notes stay. Idempotent.
void cr_column_free(cr_column_builder* column);

#endif
