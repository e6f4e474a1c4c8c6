#include "data/date.h"

#include <stdbool.h>
#include <string.h>

enum {
  EXCEL_OF_1970 = 25569,  // Excel's number of 1970-01-01
  EXCEL_FIRST = 10959,    // 1930-01-01
  EXCEL_LAST = 73050,     // 2099-12-31
  MAX_PARTS = 3
};

// One run of digits or of letters.
typedef struct {
  int digits;  // 0 for a month's name
  int value;
} part;

typedef struct {
  part part[MAX_PARTS];
  int n;
  char separator;
} parts;

typedef struct {
  int year, month, day;
} civil;

static bool is_digit(unsigned char c) { return (unsigned)c - '0' < 10; }

// 1 .. 12, or 0
static int month_of_name(const unsigned char* p) {
  static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
  const char name[3] = {(char)(p[0] | 32), (char)(p[1] | 32), (char)(p[2] | 32)};
  for (int m = 0; m < 12; m++) {
    if (memcmp(names + 3 * m, name, sizeof name) == 0) return m + 1;
  }
  return 0;
}

static size_t read_part(const unsigned char* p, size_t n, part* out) {
  *out = (part){0};
  size_t i = 0;
  for (; i < n && i < 5 && is_digit(p[i]); i++)
    out->value = 10 * out->value + (p[i] - '0');
  out->digits = (int)i;
  if (i > 0 || n < 3) return i;
  out->value = month_of_name(p);
  return out->value == 0 ? 0 : 3;
}

// Splits at `-` or `/`, the same throughout.
static bool split(const unsigned char* p, size_t n, parts* out) {
  *out = (parts){0};
  for (size_t at = 0;;) {
    if (out->n == MAX_PARTS) return false;
    const size_t used = read_part(p + at, n - at, &out->part[out->n]);
    if (used == 0) return false;
    out->n++;
    at += used;
    if (at == n) return true;
    if (p[at] != '-' && p[at] != '/') return false;
    if (out->separator != 0 && out->separator != p[at]) return false;
    out->separator = (char)p[at++];
  }
}

static bool is_number(const part* x, int least, int most) {
  return x->digits >= least && x->digits <= most;
}

static int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_date(const civil* d) {
  return d->year >= 1000 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
         d->day <= days_in_month(d->year, d->month);
}

// Days since 1970-01-01, by the algorithm of H. Hinnant (2013), "chrono-compatible
// low-level date algorithms"; years from 1 on.
static int32_t days_of(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400, of_era = y % 400;
  const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static civil civil_of(int32_t days) {
  const int z = days + 719468;
  const int era = z / 146097, of_era = z % 146097;
  const int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int of_year = of_era - (365 * year + year / 4 - year / 100);
  const int m = (5 * of_year + 2) / 153;
  const int month = m < 10 ? m + 3 : m - 9;
  return (civil){.year = year + era * 400 + (month <= 2),
                 .month = month,
                 .day = of_year - (153 * m + 2) / 5 + 1};
}

// Three numbers: year first, or month, day, year with slashes.
static bool full_date(const parts* x, civil* out) {
  if (x->n != 3) return false;
  const part *a = &x->part[0], *b = &x->part[1], *c = &x->part[2];
  if (is_number(a, 4, 4) && is_number(b, 1, 2) && is_number(c, 1, 2)) {
    *out = (civil){a->value, b->value, c->value};
  } else if (x->separator == '/' && is_number(a, 1, 2) && is_number(b, 1, 2) &&
             is_number(c, 4, 4)) {
    *out = (civil){c->value, a->value, b->value};
  } else {
    return false;
  }
  return is_date(out);
}

static bool excel_day(const parts* x, civil* out) {
  if (x->n != 1 || x->part[0].digits != 5) return false;
  const int number = x->part[0].value;
  if (number < EXCEL_FIRST || number > EXCEL_LAST) return false;
  *out = civil_of(number - EXCEL_OF_1970);
  return true;
}

// Trims, handles missing, splits. Excel's numbers may end in `.0`.
static cr_cell_result open_cell(const unsigned char* p, size_t n, parts* out) {
  cr_cell_trim(&p, &n);
  if (cr_cell_is_na(p, n)) return CR_CELL_MISSING;
  if (n > 2 && p[n - 1] == '0' && p[n - 2] == '.') n -= 2;
  return split(p, n, out) ? CR_CELL_OK : CR_CELL_BAD;
}

static int32_t code(int year, int month, int notes) {
  return 4 * (12 * year + month - 1) + notes;
}

// A month's name and a year, or a year and a month.
static bool short_date(const parts* x, int32_t* month) {
  if (x->n != 2) return false;
  const part *a = &x->part[0], *b = &x->part[1];
  if (a->digits == 0 && is_number(b, 4, 4) && b->value >= 1000) {
    *month = code(b->value, a->value, 0);
  } else if (a->digits == 0 && is_number(b, 2, 2)) {
    *month = code(2000 + b->value, a->value, CR_MONTH_SHORT_YEAR);
  } else if (b->digits == 0 && is_number(a, 1, 2)) {
    *month = code(2000 + a->value, b->value, CR_MONTH_SHORT_YEAR);
  } else if (is_number(a, 4, 4) && a->value >= 1000 && is_number(b, 1, 2) &&
             b->value >= 1 && b->value <= 12) {
    *month = code(a->value, b->value, 0);
  } else {
    return false;
  }
  return true;
}

cr_cell_result cr_month_parse(const unsigned char* p, size_t n, int32_t* month) {
  parts x;
  const cr_cell_result result = open_cell(p, n, &x);
  if (result != CR_CELL_OK) return result;
  civil date;
  if (full_date(&x, &date) || excel_day(&x, &date)) {
    *month = code(date.year, date.month, 0);
    return CR_CELL_OK;
  }
  if (short_date(&x, month)) return CR_CELL_OK;
  const int year = x.part[0].value;
  if (x.n != 1 || x.part[0].digits != 4 || year < 1900 || year > 2099) return CR_CELL_BAD;
  *month = code(year, 1, CR_MONTH_NO_MONTH);
  return CR_CELL_OK;
}

int32_t cr_month_resolve(int32_t month, int32_t limit) {
  if (month == INT32_MIN) return month;
  int32_t resolved = month / 4;
  if ((month & CR_MONTH_SHORT_YEAR) == 0 || limit == INT32_MIN) return resolved;
  while (resolved > limit) resolved -= 1200;
  while (resolved + 1200 <= limit) resolved += 1200;
  return resolved;
}

int32_t cr_month_days(int32_t month) {
  return month == INT32_MIN ? month : days_of(month / 12, month % 12 + 1, 1);
}

cr_cell_result cr_date_parse(const unsigned char* p, size_t n, int32_t* days) {
  parts x;
  const cr_cell_result result = open_cell(p, n, &x);
  if (result != CR_CELL_OK) return result;
  civil date;
  if (!full_date(&x, &date) && !excel_day(&x, &date)) return CR_CELL_BAD;
  *days = days_of(date.year, date.month, date.day);
  return CR_CELL_OK;
}
