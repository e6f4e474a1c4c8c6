#include "data/cell.h"

#include "check.h"

#define TEXT(literal) (const unsigned char*)(literal), sizeof(literal) - 1

typedef struct {
  const char* text;
  cr_cell_result result;
  double value;
} cell_case;

static void check_cases(const char* what, const cell_case* cases, size_t n,
                        cr_cell_result (*read)(const unsigned char* p, size_t n,
                                               double* value)) {
  for (size_t i = 0; i < n; i++) {
    double value = -77;
    const cr_cell_result result =
        read((const unsigned char*)cases[i].text, strlen(cases[i].text), &value);
    const double wanted = cases[i].result == CR_CELL_OK ? cases[i].value : -77;
    CHECK(result == cases[i].result && value == wanted);
    if (result != cases[i].result || value != wanted) {
      printf("    %s \"%s\": result %d, value %g\n", what, cases[i].text, (int)result,
             value);
    }
  }
}

#define CHECK_CASES(cases, read) \
  check_cases(#read, cases, sizeof(cases) / sizeof *(cases), read)

static cr_cell_result count(const unsigned char* p, size_t n, double* value) {
  int32_t whole = -77;
  const cr_cell_result result = cr_cell_count(p, n, &whole);
  *value = whole;
  return result;
}

static cr_cell_result term(const unsigned char* p, size_t n, double* value) {
  int32_t whole = -77;
  const cr_cell_result result = cr_cell_term(p, n, &whole);
  *value = whole;
  return result;
}

static cr_cell_result years(const unsigned char* p, size_t n, double* value) {
  int32_t whole = -77;
  const cr_cell_result result = cr_cell_years(p, n, &whole);
  *value = whole;
  return result;
}

static cr_cell_result flag(const unsigned char* p, size_t n, double* value) {
  int32_t whole = -77;
  const cr_cell_result result = cr_cell_flag(p, n, &whole);
  *value = whole;
  return result;
}

static cr_cell_result percent(const unsigned char* p, size_t n, double* value) {
  bool sign;
  return cr_cell_percent(p, n, value, &sign);
}

static void test_numbers(void) {
  const cell_case numbers[] = {{"", CR_CELL_MISSING, 0},
                               {"  ", CR_CELL_MISSING, 0},
                               {"NA", CR_CELL_MISSING, 0},
                               {" NA ", CR_CELL_MISSING, 0},
                               {"n/a", CR_CELL_BAD, 0},
                               {"NULL", CR_CELL_BAD, 0},
                               {".", CR_CELL_BAD, 0},
                               {"-", CR_CELL_BAD, 0},
                               {"na", CR_CELL_BAD, 0},
                               {"NaN", CR_CELL_BAD, 0},
                               {"99999", CR_CELL_OK, 99999},
                               {"3600.0", CR_CELL_OK, 3600},
                               {" 3600 ", CR_CELL_OK, 3600},
                               {"0.10", CR_CELL_OK, 0.1},
                               {"-12.5", CR_CELL_OK, -12.5},
                               {"1e+05", CR_CELL_OK, 1e5},
                               {"$35,000.00", CR_CELL_OK, 35000},
                               {"35,000", CR_CELL_OK, 35000},
                               {"-$1,234.5", CR_CELL_OK, -1234.5},
                               {"1,234,567", CR_CELL_OK, 1234567},
                               {"$5", CR_CELL_OK, 5},
                               {"(1,000)", CR_CELL_BAD, 0},
                               {"1,00,000", CR_CELL_BAD, 0},
                               {"1,0000", CR_CELL_COMMA, 0},
                               {",000", CR_CELL_BAD, 0},
                               {"1,", CR_CELL_BAD, 0},
                               {"1,234.567,8", CR_CELL_BAD, 0},
                               {"1.234,56", CR_CELL_COMMA, 0},
                               {"10,65", CR_CELL_COMMA, 0},
                               {"-0,5", CR_CELL_COMMA, 0},
                               {"1.23,4", CR_CELL_BAD, 0},
                               {"0x1A", CR_CELL_BAD, 0},
                               {"1e", CR_CELL_BAD, 0},
                               {"1d3", CR_CELL_BAD, 0},
                               {"inf", CR_CELL_BAD, 0},
                               {"1e400", CR_CELL_BAD, 0},
                               {"--5", CR_CELL_BAD, 0},
                               {"1_000", CR_CELL_BAD, 0},
                               {"5.", CR_CELL_BAD, 0},
                               {"\xd9\xa3", CR_CELL_BAD, 0},
                               {"12 34", CR_CELL_BAD, 0},
                               {"$", CR_CELL_BAD, 0},
                               {"1$", CR_CELL_BAD, 0},
                               {"9007199254740993", CR_CELL_OK, 9007199254740992.0},
                               {"00012", CR_CELL_OK, 12},
                               {"1234567890123456", CR_CELL_OK, 1234567890123456.0}};
  CHECK_CASES(numbers, cr_cell_number);
  const cell_case counts[] = {{"36", CR_CELL_OK, 36},
                              {"36.0", CR_CELL_OK, 36},
                              {"36.00", CR_CELL_OK, 36},
                              {"3.5e1", CR_CELL_OK, 35},
                              {"36.5", CR_CELL_BAD, 0},
                              {"-1", CR_CELL_OK, -1},
                              {"2147483647", CR_CELL_OK, 2147483647},
                              {"2147483648", CR_CELL_BAD, 0},
                              {"-2147483648", CR_CELL_BAD, 0},
                              {"1e30", CR_CELL_BAD, 0},
                              {"NA", CR_CELL_MISSING, 0},
                              {"12,5", CR_CELL_COMMA, 0}};
  CHECK_CASES(counts, count);
  const cell_case percents[] = {
      {"13.56%", CR_CELL_OK, 13.56}, {" 13.56 %", CR_CELL_OK, 13.56},
      {"  8.07%", CR_CELL_OK, 8.07}, {"10.49", CR_CELL_OK, 10.49},
      {"1356bp", CR_CELL_BAD, 0},    {"%", CR_CELL_BAD, 0},
      {"99999%", CR_CELL_OK, 99999}, {"10%%", CR_CELL_BAD, 0},
      {"", CR_CELL_MISSING, 0},      {"10,65%", CR_CELL_COMMA, 0}};
  CHECK_CASES(percents, percent);
  const cell_case plain[] = {{"1.5", CR_CELL_OK, 1.5}, {"0", CR_CELL_OK, 0},
                             {"0.5", CR_CELL_OK, 0.5}, {"007", CR_CELL_BAD, 0},
                             {"-01", CR_CELL_BAD, 0},  {"1,234", CR_CELL_BAD, 0},
                             {"$5", CR_CELL_BAD, 0},   {"NA", CR_CELL_MISSING, 0}};
  CHECK_CASES(plain, cr_cell_plain_number);
}

static void test_small_vocabularies(void) {
  const cell_case terms[] = {
      {" 36 months", CR_CELL_OK, 36}, {"60 months", CR_CELL_OK, 60},
      {"36", CR_CELL_OK, 36},         {"36.0", CR_CELL_OK, 36},
      {"60 mths", CR_CELL_BAD, 0},    {"months", CR_CELL_BAD, 0},
      {"36  months", CR_CELL_BAD, 0}, {"0", CR_CELL_BAD, 0},
      {"-36", CR_CELL_BAD, 0},        {"", CR_CELL_MISSING, 0}};
  CHECK_CASES(terms, term);
  const cell_case lengths[] = {
      {"10+ years", CR_CELL_OK, 10}, {"< 1 year", CR_CELL_OK, 0},
      {"1 year", CR_CELL_OK, 1},     {"2 years", CR_CELL_OK, 2},
      {"9 years", CR_CELL_OK, 9},    {"n/a", CR_CELL_MISSING, 0},
      {"NA", CR_CELL_MISSING, 0},    {"", CR_CELL_MISSING, 0},
      {"3 yrs", CR_CELL_BAD, 0},     {"10", CR_CELL_OK, 10},
      {"0", CR_CELL_OK, 0},          {"11", CR_CELL_BAD, 0},
      {"-1", CR_CELL_BAD, 0},        {"10 years", CR_CELL_BAD, 0},
      {"0 years", CR_CELL_BAD, 0},   {"<1 year", CR_CELL_BAD, 0}};
  CHECK_CASES(lengths, years);
  const cell_case flags[] = {{"y", CR_CELL_OK, 1},
                             {"N", CR_CELL_OK, 0},
                             {"yes", CR_CELL_BAD, 0},
                             {"1", CR_CELL_BAD, 0},
                             {"", CR_CELL_MISSING, 0}};
  CHECK_CASES(flags, flag);
}

void test_cell(void) {
  test_numbers();
  test_small_vocabularies();
  bool sign = false;
  double value;
  CHECK(cr_cell_percent(TEXT("5%"), &value, &sign) == CR_CELL_OK && sign);
  CHECK(cr_cell_percent(TEXT("5"), &value, &sign) == CR_CELL_OK && !sign);
  for (int type = 0; type < CR_CELL_TYPES; type++) {
    CHECK(strlen(cr_cell_type_name((cr_cell_type)type)) > 2);
  }
  const unsigned char* p = (const unsigned char*)"\t a b \t";
  size_t n = 7;
  cr_cell_trim(&p, &n);
  CHECK(n == 3 && p[0] == 'a');
}
