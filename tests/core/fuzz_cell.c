// Any bytes as a cell of any type. Accepted numbers are those of the C library.

#include <stdlib.h>
#include <string.h>

#include "data/cell.h"
#include "data/date.h"
#include "data/decimal.h"
#include "data/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static void require(bool condition) {
  if (!condition) abort();
}

static void check_decimal(const uint8_t* data, size_t size) {
  double value;
  if (size > 1000 || !cr_decimal(data, size, &value)) return;
  char text[1001];
  memcpy(text, data, size);
  text[size] = 0;
  const double theirs = strtod(text, NULL);
  require(memcmp(&value, &theirs, sizeof value) == 0);
}

static void check_integers(const uint8_t* data, size_t size) {
  int32_t value = INT32_MIN;
  if (cr_cell_count(data, size, &value) == CR_CELL_OK) require(value != INT32_MIN);
  if (cr_cell_term(data, size, &value) == CR_CELL_OK) require(value > 0 && value <= 600);
  if (cr_cell_years(data, size, &value) == CR_CELL_OK) require(value >= 0 && value <= 10);
  if (cr_cell_flag(data, size, &value) == CR_CELL_OK) require(value == 0 || value == 1);
  if (cr_date_parse(data, size, &value) == CR_CELL_OK) {
    require(value > -800000 && value < 3000000);
  }
  if (cr_month_parse(data, size, &value) == CR_CELL_OK) {
    const int32_t month = cr_month_resolve(value, 12 * 2015);
    require(month >= 12 * 1000 && month < 12 * 10000);
    if ((value & CR_MONTH_SHORT_YEAR) != 0) require(month <= 12 * 2015);
    require(cr_month_days(month + 1) - cr_month_days(month) >= 28);
  }
}

static void check_text(const uint8_t* data, size_t size) {
  unsigned char* out = malloc(3 * size + 1);
  const size_t n = cr_utf8_repair(data, size, out);
  require(n <= 3 * size && cr_utf8_valid(out, n));
  if (cr_utf8_valid(data, size)) require(n == size && memcmp(out, data, n) == 0);
  free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  double value = 0;
  bool sign;
  check_decimal(data, size);
  check_integers(data, size);
  check_text(data, size);
  if (cr_cell_number(data, size, &value) == CR_CELL_OK) require(value - value == 0);
  if (cr_cell_percent(data, size, &value, &sign) == CR_CELL_OK)
    require(value - value == 0);
  return 0;
}
