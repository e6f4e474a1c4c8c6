#include "data/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "check.h"

static bool read_text(const char* text, double* value) {
  return cr_decimal((const unsigned char*)text, strlen(text), value);
}

// The same bits as the C library, which rounds correctly (glibc since 2.17).
static bool same_as_strtod(const char* text) {
  double ours = -1;
  const double theirs = strtod(text, NULL);
  const bool ok = read_text(text, &ours) && memcmp(&ours, &theirs, sizeof ours) == 0;
  if (!ok) printf("    %s: %.17g, not %.17g\n", text, ours, theirs);
  return ok;
}

static bool refuses(const char* text) {
  double value = 7;
  return !read_text(text, &value) && value == 7;
}

static void test_known_hard_cases(void) {
  const char* const hard[] = {
      "0",
      "-0",
      "0.0",
      "000",
      "1",
      "+1",
      "-1.5",
      ".5",
      "0.1",
      "3.14159",
      "10.65",
      "9007199254740993",
      "9007199254740992",
      "9007199254740994.999",
      "18446744073709551615",
      "18446744073709551616",
      "1e22",
      "1e23",
      "8.5e22",
      "123456789012345678e-17",
      "2.2250738585072011e-308",  // the one that hung PHP
      "2.2250738585072012e-308",
      "4.9406564584124654e-324",
      "2.4703282292062328e-324",
      "2.4703282292062327e-324",
      "2.47e-324",
      "1e-400",
      "1.7976931348623157e308",
      "1.7976931348623158e308",
      "179769313486231580793728971405301e276",
      "0.500000000000000166533453693773481063544750213623046875",
      "3.518437208883201171875e13",
      "6250000000000000.5",
      "6250000000000001.5",
      "0.000000000000000000000000000000000000000000000000000000000000000000000000001",
      "5863.1551866952",
      "6714.542203218",
      "12231.8900000009",
      "1e+05",
      "1E-2"};
  for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) CHECK(same_as_strtod(hard[i]));
}

static void test_grammar(void) {
  const char* const wrong[] = {"",    " 5",    "5 ",      "5.",
                               ".",   "-",     "+",       "--5",
                               "1e",  "1e+",   "1d3",     "e5",
                               "inf", "nan",   "0x1A",    "1_000",
                               "1,5", "1.2.3", "1e400",   "1e99999999999999999999",
                               "NaN", "1e5.",  "\xd9\xa3"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CHECK(refuses(wrong[i]));
}

// Midpoints between neighbours, exactly and a hair above: the ties decide.
static void test_ties(void) {
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 1);
  for (int i = 0; i < 400; i++) {
    const double x = (double)(cr_rng_u64(&rng) >> 11) * (i % 2 == 0 ? 0x1p-60 : 0x1p-30);
    // the middle between x and its neighbour needs one more bit than a double has
    const double half = (nextafter(x, INFINITY) - x) / 2;
    char text[420];
    const long double middle = (long double)x + (long double)half;
    (void)snprintf(text, sizeof text, "%.120Lf", middle);
    CHECK(same_as_strtod(text));
    text[strlen(text) - 1]++;
    CHECK(same_as_strtod(text));
  }
  for (int k = 0; k < 60; k++) {  // 2^53 + odd: a tie in the last bit
    char text[64];
    (void)snprintf(text, sizeof text, "%llu", 9007199254740993ull + 2 * (unsigned)k);
    CHECK(same_as_strtod(text));
    (void)snprintf(text, sizeof text, "%llu.5", 4503599627370497ull + (unsigned)k);
    CHECK(same_as_strtod(text));
    (void)snprintf(text, sizeof text, "%llu.50000000000000000000000000000000000001",
                   4503599627370497ull + (unsigned)k);
    CHECK(same_as_strtod(text));
    (void)snprintf(text, sizeof text, "%llu.49999999999999999999999999999999999999",
                   4503599627370497ull + (unsigned)k);
    CHECK(same_as_strtod(text));
  }
}

static void test_random(void) {
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  bool all = true;
  for (int i = 0; i < 60000; i++) {
    char text[64];
    const uint64_t digits = cr_rng_u64(&rng) >> cr_rng_below(&rng, 64);
    switch (i % 4) {
      case 0: {  // money
        (void)snprintf(text, sizeof text, "%llu.%02u", (unsigned long long)(digits >> 20),
                       cr_rng_below(&rng, 100));
        break;
      }
      case 1: {
        (void)snprintf(text, sizeof text, "%llu.%llu", (unsigned long long)(digits >> 40),
                       (unsigned long long)cr_rng_u64(&rng) >> cr_rng_below(&rng, 60));
        break;
      }
      case 2: {
        (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits,
                       (int)cr_rng_below(&rng, 640) - 345);
        break;
      }
      default: {  // any double, written with 17 digits
        const uint64_t bits = cr_rng_u64(&rng) & ~((uint64_t)1 << 62);
        double x;
        memcpy(&x, &bits, sizeof x);
        (void)snprintf(text, sizeof text, "%.17g", x);
      }
    }
    if (strtod(text, NULL) - strtod(text, NULL) != 0) continue;  // infinite
    all = all && same_as_strtod(text);
  }
  CHECK(all);
}

static void test_long(void) {
  char text[1000];
  for (size_t n = 760; n <= 768; n++) {
    memset(text, '9', n);
    memcpy(text + n, "e-700", 6);
    CHECK(same_as_strtod(text));
  }
  memset(text, '9', 769);
  memcpy(text + 769, "e-700", 6);
  CHECK(refuses(text));
  memset(text, '0', 900);  // leading zeros do not count
  memcpy(text + 900, "12.5", 5);
  CHECK(same_as_strtod(text));
  memcpy(text, "0.", 2);  // and 900 places after the point underflow
  memcpy(text + 900, "125", 4);
  CHECK(same_as_strtod(text));
}

void test_decimal(void) {
  test_known_hard_cases();
  test_grammar();
  test_ties();
  test_random();
  test_long();
}
