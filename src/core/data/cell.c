#include "data/cell.h"

#include <string.h>

#include "data/decimal.h"

#include "base/exact.h"

// Digits with a sign, a dollar sign or thousands commas, at most this long.
enum { MAX_MONEY = 64, EXACT_DIGITS = 15 };

static bool is_digit(unsigned char c) { return (unsigned)c - '0' < 10; }

const char* cr_cell_type_name(cr_cell_type type) {
  static const char* const names[CR_CELL_TYPES] = {"skip", "number", "count", "percent",
                                                   "term", "month",  "date",  "years",
                                                   "flag", "level",  "text"};
  return names[type];
}

// ---- numbers ----

// `1,234` and `12,345.67`: a comma before every group of exactly three digits, the
// first group one to three. Copies the number without them.
static size_t drop_thousands(const unsigned char* p, size_t n, unsigned char* out) {
  size_t length = 0, group = 0;
  bool comma = false, point = false;
  for (size_t i = 0; i < n; i++) {
    if (p[i] == ',' && !point) {
      if (group == 0 || group > 3 || (comma && group != 3)) return 0;
      comma = true;
      group = 0;
      continue;
    }
    if (p[i] == '.') {
      if (point || (comma && group != 3)) return 0;
      point = true;
    } else if (!is_digit(p[i])) {
      return 0;
    } else {
      group++;
    }
    out[length++] = p[i];
  }
  return comma && !point && group != 3 ? 0 : length;
}

// `10,65` and `1.234,56`: one comma, digits on both sides, points only before it and
// followed by three digits.
static bool has_decimal_comma(const unsigned char* p, size_t n) {
  const unsigned char* const end = p + n;
  if (p < end && (*p == '-' || *p == '+')) p++;
  const unsigned char* comma = memchr(p, ',', (size_t)(end - p));
  if (comma == NULL || comma == p || comma == end - 1) return false;
  size_t group = 0;
  bool point = false;
  for (const unsigned char* c = p; c < comma; c++) {
    if (*c == '.' && (group == 0 || group > 3 || (point && group != 3))) return false;
    if (*c != '.' && !is_digit(*c)) return false;
    group = *c == '.' ? 0 : group + 1;
    point = point || *c == '.';
  }
  if (point && group != 3) return false;
  for (const unsigned char* c = comma + 1; c < end; c++) {
    if (!is_digit(*c)) return false;
  }
  return true;
}

static cr_cell_result read_money(const unsigned char* p, size_t n, double* value) {
  if (n > MAX_MONEY) return CR_CELL_BAD;
  unsigned char plain[MAX_MONEY + 1];
  size_t start = 0, skip = 0;
  if (n > 0 && (p[0] == '-' || p[0] == '+')) plain[start++] = p[skip++];
  if (skip < n && p[skip] == '$') skip++;
  const size_t length = drop_thousands(p + skip, n - skip, plain + start);
  if (length > 0 && cr_decimal(plain, start + length, value)) return CR_CELL_OK;
  return has_decimal_comma(p, n) ? CR_CELL_COMMA : CR_CELL_BAD;
}

// Whole numbers of up to 15 digits, perhaps with `.0`: nearly all cells. False when the
// cell is anything else.
static bool read_whole(const unsigned char* p, size_t n, int64_t* value) {
  const bool negative = n > 1 && p[0] == '-';
  size_t i = negative;
  if (n - i > 2 && p[n - 1] == '0' && p[n - 2] == '.') n -= 2;
  if (n - i > EXACT_DIGITS || n == i) return false;
  int64_t sum = 0;
  for (; i < n; i++) {
    if (!is_digit(p[i])) return false;
    sum = 10 * sum + (p[i] - '0');
  }
  *value = negative ? -sum : sum;
  return true;
}

static cr_cell_result read_number(const unsigned char* p, size_t n, double* value) {
  int64_t whole;
  if (read_whole(p, n, &whole)) {
    *value = (double)whole;
    return CR_CELL_OK;
  }
  if (cr_decimal(p, n, value)) return CR_CELL_OK;
  return read_money(p, n, value);
}

cr_cell_result cr_cell_number(const unsigned char* p, size_t n, double* value) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  return read_number(p, n, value);
}

cr_cell_result cr_cell_plain_number(const unsigned char* p, size_t n, double* value) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  const size_t sign = p[0] == '-' || p[0] == '+';
  if (n > sign + 1 && p[sign] == '0' && is_digit(p[sign + 1])) return CR_CELL_BAD;
  return cr_decimal(p, n, value) ? CR_CELL_OK : CR_CELL_BAD;
}

cr_cell_result cr_cell_count(const unsigned char* p, size_t n, int32_t* value) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  int64_t whole;
  if (!read_whole(p, n, &whole)) {
    double number = 0;
    const cr_cell_result result = read_number(p, n, &number);
    if (result != CR_CELL_OK) return result;
    if (number < -2147483647.0 || number > 2147483647.0) return CR_CELL_BAD;
    whole = (int64_t)number;
    if ((double)whole != number) return CR_CELL_BAD;
  }
  // INT32_MIN stands for missing
  if (whole < -INT32_MAX || whole > INT32_MAX) return CR_CELL_BAD;
  *value = (int32_t)whole;
  return CR_CELL_OK;
}

cr_cell_result cr_cell_percent(const unsigned char* p, size_t n, double* value,
                               bool* has_sign) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  const bool sign = p[n - 1] == '%';
  if (sign) {
    n--;
    cr_cell_trim(&p, &n);
  }
  const cr_cell_result result = n == 0 ? CR_CELL_BAD : read_number(p, n, value);
  if (result == CR_CELL_OK) *has_sign = sign;
  return result;
}

// ---- small vocabularies ----

static bool ends_as(const unsigned char* p, size_t n, size_t from, const char* word) {
  const size_t length = strlen(word);
  return n - from == length && memcmp(p + from, word, length) == 0;
}

cr_cell_result cr_cell_term(const unsigned char* p, size_t n, int32_t* months) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  if (n > 7 && ends_as(p, n, n - 7, " months")) n -= 7;
  int64_t whole;
  if (!read_whole(p, n, &whole) || whole < 1 || whole > 600) return CR_CELL_BAD;
  *months = (int32_t)whole;
  return CR_CELL_OK;
}

cr_cell_result cr_cell_years(const unsigned char* p, size_t n, int32_t* years) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n) || ends_as(p, n, 0, "n/a")) return CR_CELL_MISSING;
  int64_t whole = -1;
  if (ends_as(p, n, 0, "< 1 year")) {
    whole = 0;
  } else if (ends_as(p, n, 0, "10+ years")) {
    whole = 10;
  } else if (ends_as(p, n, 0, "1 year")) {
    whole = 1;
  } else if (n == 7 && p[0] >= '2' && p[0] <= '9' && ends_as(p, n, 1, " years")) {
    whole = p[0] - '0';
  } else if (!read_whole(p, n, &whole)) {
    return CR_CELL_BAD;
  }
  if (whole < 0 || whole > 10) return CR_CELL_BAD;
  *years = (int32_t)whole;
  return CR_CELL_OK;
}

cr_cell_result cr_cell_flag(const unsigned char* p, size_t n, int32_t* flag) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  if (n != 1) return CR_CELL_BAD;
  const unsigned char c = p[0] | 32;
  if (c != 'y' && c != 'n') return CR_CELL_BAD;
  *flag = c == 'y';
  return CR_CELL_OK;
}
