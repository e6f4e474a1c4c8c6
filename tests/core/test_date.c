#include "data/date.h"

#include "check.h"

enum { BAD = -1, MISSING = -2 };

static int month_number(int year, int month) { return 12 * year + month - 1; }

// The month as 12 * year + month - 1, or BAD or MISSING; its notes go to `notes`.
static int month_of(const char* text, int* notes) {
  int32_t month = 0;
  *notes = 0;
  switch (cr_month_parse((const unsigned char*)text, strlen(text), &month)) {
    case CR_CELL_OK: break;
    case CR_CELL_MISSING: return MISSING;
    default: return BAD;
  }
  *notes = month & 3;
  return month / 4;
}

typedef struct {
  const char* text;
  int year, month, notes;
} month_case;

static void test_months(void) {
  const month_case cases[] = {
      {"Dec-2015", 2015, 12, 0},  {"dec-2015", 2015, 12, 0},  {"DEC-2015", 2015, 12, 0},
      {" Jan-1946 ", 1946, 1, 0}, {"Dec-99", 2099, 12, 1},    {"Mar-19", 2019, 3, 1},
      {"15-Dec", 2015, 12, 1},    {"3-Aug", 2003, 8, 1},      {"03-Aug", 2003, 8, 1},
      {"18-Dec", 2018, 12, 1},    {"2018/5/1", 2018, 5, 0},   {"2016-04-01", 2016, 4, 0},
      {"2016-04", 2016, 4, 0},    {"10/1/2001", 2001, 10, 0}, {"2/29/2016", 2016, 2, 0},
      {"42339", 2015, 12, 0},     {"42339.0", 2015, 12, 0},   {"10959", 1930, 1, 0},
      {"73050", 2099, 12, 0},     {"2001", 2001, 1, 2},       {"1999", 1999, 1, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int notes;
    const int month = month_of(cases[i].text, &notes);
    const bool ok =
        month == month_number(cases[i].year, cases[i].month) && notes == cases[i].notes;
    CHECK(ok);
    if (!ok) printf("    \"%s\": %d, notes %d\n", cases[i].text, month, notes);
  }
  const char* const wrong[] = {"12/1/15",     "31-Feb-2015",   "D\303\251c-2015",
                               "Dec 2015",    "December-2015", "2015-13",
                               "2015-00",     "2/29/2015",     "2016/4-1",
                               "2015-Dec",    "Aug-3",         "13/1/2001",
                               "10-1-2001",   "0/1/2001",      "10958",
                               "73051",       "99999",         "1899",
                               "2100",        "123",           "1",
                               "Dec",         "-Dec",          "Dec-",
                               "2016-04-01T", "2016-04-01-",   "n/a",
                               "Dec-20155",   "Xyz-2015",      "2016--04",
                               "123456",      "12/2015"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int notes;
    CHECK(month_of(wrong[i], &notes) == BAD);
    if (month_of(wrong[i], &notes) != BAD) printf("    \"%s\"\n", wrong[i]);
  }
  int notes;
  CHECK(month_of("", &notes) == MISSING && month_of("NA", &notes) == MISSING);
}

// The year of a short year that is not after `limit`, itself a year's December.
static int year_until(const char* text, int limit) {
  int32_t month = 0;
  (void)cr_month_parse((const unsigned char*)text, strlen(text), &month);
  const int32_t until = limit == 0 ? INT32_MIN : month_number(limit, 12);
  return cr_month_resolve(month, until) / 12;
}

static void test_centuries(void) {
  CHECK(year_until("Dec-99", 0) == 2099);
  CHECK(year_until("Dec-99", 2015) == 1999);
  CHECK(year_until("Jan-62", 2015) == 1962);
  CHECK(year_until("15-Dec", 2015) == 2015);
  CHECK(year_until("16-Jan", 2015) == 1916);
  CHECK(year_until("3-Aug", 2007) == 2003);
  CHECK(year_until("Mar-08", 2007) == 1908);
  CHECK(year_until("Dec-1999", 1980) == 1999);  // a full year is never moved
  // to the month: April of the issue year is after March
  int32_t april = 0;
  CHECK(cr_month_parse((const unsigned char*)"15-Apr", 6, &april) == CR_CELL_OK);
  CHECK(cr_month_resolve(april, month_number(2015, 3)) == month_number(1915, 4));
  CHECK(cr_month_resolve(april, month_number(2015, 4)) == month_number(2015, 4));
  CHECK(cr_month_resolve(INT32_MIN, 5) == INT32_MIN);
}

static int32_t day_of(const char* text) {
  int32_t days = INT32_MIN;
  const cr_cell_result result =
      cr_date_parse((const unsigned char*)text, strlen(text), &days);
  return result == CR_CELL_OK ? days : result == CR_CELL_MISSING ? MISSING : INT32_MIN;
}

void test_date(void) {
  test_months();
  test_centuries();

  CHECK(cr_month_days(month_number(1970, 1)) == 0);
  CHECK(cr_month_days(month_number(2000, 3)) == 11017);
  CHECK(cr_month_days(month_number(1946, 1)) == -8766);
  CHECK(cr_month_days(INT32_MIN) == INT32_MIN);
  // one month after the other, by the calendar's own rules
  bool consistent = true;
  for (int year = 1600; year < 2400; year++) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int days[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int m = 1; m <= 12; m++) {
      const int32_t first = cr_month_days(month_number(year, m));
      consistent =
          consistent && cr_month_days(month_number(year, m) + 1) - first == days[m - 1];
    }
  }
  CHECK(consistent);

  CHECK(day_of("2016-10-31") == 17105);
  CHECK(day_of("10/31/2016") == 17105 && day_of("2016/10/31") == 17105);
  CHECK(day_of("5/26/2007") == 13659);
  CHECK(day_of("42674") == 17105);
  CHECK(day_of("") == MISSING);
  CHECK(day_of("Dec-2015") == INT32_MIN && day_of("2016-02-30") == INT32_MIN);
}
