#ifndef LCRISK_DATA_CELL_H
#define LCRISK_DATA_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One written grammar per column type; nothing is guessed from the data. Spaces and
/// tabs around a cell are ignored (except in text, which stays as it is). A cell is
/// missing when it is empty or `NA`; in `years` also when it is `n/a`. In text only the
/// empty cell is missing, because "NA" is a title people have given to loans.
///
/// | type    | what may stand there                                                   |
/// | ------- | ---------------------------------------------------------------------- |
/// | number  | cr_decimal(), or with `$` and thousands: `$35,000.00`, `1,234`         |
/// | count   | a number that is whole and fits 32 bits: `36`, `36.0`                  |
/// | percent | a number with or without a percent sign: `10.65%`, ` 10.65 %`, `10.65` |
/// | term    | `36 months`, `36`, `36.0`                                              |
/// | month   | see cr_month_parse()                                                   |
/// | date    | see cr_date_parse()                                                    |
/// | years   | `< 1 year` = 0, `1 year`, `2 years`, `10+ years` = 10, `0` .. `10`     |
/// | flag    | `Y` `N` `y` `n`                                                        |
/// | level   | any text; a factor                                                     |
/// | text    | any text                                                               |
typedef enum {
  CR_CELL_SKIP,  ///< the column is not wanted
  CR_CELL_NUMBER,
  CR_CELL_COUNT,
  CR_CELL_PERCENT,
  CR_CELL_TERM,
  CR_CELL_MONTH,
  CR_CELL_DATE,
  CR_CELL_YEARS,
  CR_CELL_FLAG,
  CR_CELL_LEVEL,
  CR_CELL_TEXT,
  CR_CELL_TYPES  ///< how many there are
} cr_cell_type;

typedef enum {
  CR_CELL_OK,
  CR_CELL_MISSING,
  CR_CELL_BAD,
  CR_CELL_COMMA  ///< bad, and reads as a number with a decimal comma
} cr_cell_result;

/// The name of a type as the schema writes it: "number", "count", ...
const char* cr_cell_type_name(cr_cell_type type);

/// Each leaves its output untouched unless the result is CR_CELL_OK.
cr_cell_result cr_cell_number(const unsigned char* p, size_t n, double* value);
cr_cell_result cr_cell_count(const unsigned char* p, size_t n, int32_t* value);
cr_cell_result cr_cell_percent(const unsigned char* p, size_t n, double* value,
                               bool* has_sign);
cr_cell_result cr_cell_term(const unsigned char* p, size_t n, int32_t* months);
cr_cell_result cr_cell_years(const unsigned char* p, size_t n, int32_t* years);
cr_cell_result cr_cell_flag(const unsigned char* p, size_t n, int32_t* flag);

/// For columns that no schema describes: cr_decimal() without leading zeros, so that
/// codes such as `007` are not numbers.
cr_cell_result cr_cell_plain_number(const unsigned char* p, size_t n, double* value);

/// The cell without spaces and tabs around it.
static inline void cr_cell_trim(const unsigned char** p, size_t* n) {
  while (*n > 0 && (**p == ' ' || **p == '\t')) {
    (*p)++;
    (*n)--;
  }
  while (*n > 0 && ((*p)[*n - 1] == ' ' || (*p)[*n - 1] == '\t')) (*n)--;
}

/// True for a trimmed cell that stands for a missing value outside text.
static inline bool cr_cell_is_na(const unsigned char* p, size_t n) {
  return n == 0 || (n == 2 && p[0] == 'N' && p[1] == 'A');
}

#endif
