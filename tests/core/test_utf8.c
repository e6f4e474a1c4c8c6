#include "data/utf8.h"

#include "base/rng.h"
#include "check.h"

static bool valid(const char* text) {
  return cr_utf8_valid((const unsigned char*)text, strlen(text));
}

static bool repairs_to(const char* text, const char* wanted) {
  unsigned char out[64];
  const size_t n = cr_utf8_repair((const unsigned char*)text, strlen(text), out);
  const bool ok = n == strlen(wanted) && memcmp(out, wanted, n) == 0;
  return ok && cr_utf8_valid(out, n);
}

void test_utf8(void) {
  CHECK(valid("") && valid("plain text of more than eight bytes"));
  CHECK(valid("caf\xc3\xa9") && valid("\xe2\x82\xac") && valid("\xf0\x9f\x98\x80"));
  CHECK(valid("\xed\x9f\xbf") && valid("\xee\x80\x80") && valid("\xf4\x8f\xbf\xbf"));
  const char* const wrong[] = {"\x80",
                               "\xc3",
                               "\xc0\xaf",
                               "\xc1\xbf",
                               "\xe0\x9f\xbf",
                               "\xe2\x82",
                               "\xed\xa0\x80",
                               "\xf0\x8f\xbf\xbf",
                               "\xf4\x90\x80\x80",
                               "\xf5\x80\x80",
                               "ascii then \xff",
                               "\xff"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CHECK(!valid(wrong[i]));

  // well-formed text stays, Latin-1 becomes letters, the rest U+FFFD
  CHECK(repairs_to("caf\xc3\xa9", "caf\xc3\xa9"));
  CHECK(repairs_to("caf\xe9", "caf\xc3\xa9"));
  CHECK(repairs_to("\xc9\xe9 d\xe9j\xe0", "\xc3\x89\xc3\xa9 d\xc3\xa9j\xc3\xa0"));
  CHECK(repairs_to("50\xb0", "50\xc2\xb0"));
  CHECK(repairs_to("\xa0x", "\xc2\xa0x"));
  CHECK(repairs_to("a\x93q\x94", "a\xef\xbf\xbdq\xef\xbf\xbd"));
  CHECK(repairs_to("\xe2\x82x", "\xef\xbf\xbdx"));            // cut short: one sign
  CHECK(repairs_to("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"));  // overlong
  CHECK(repairs_to("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"));
  CHECK(repairs_to("\xc3\xa9\xff", "\xc3\xa9\xef\xbf\xbd"));
  CHECK(repairs_to("\xe2\x82\xac caf\xe9", "\xe2\x82\xac caf\xc3\xa9"));

  // whatever comes in, what goes out is well-formed and not longer than promised
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  bool fine = true;
  for (int i = 0; i < 20000; i++) {
    unsigned char in[12], out[36];
    const size_t n = cr_rng_below(&rng, sizeof in + 1);
    for (size_t k = 0; k < n; k++) {
      in[k] = (unsigned char)(cr_rng_u32(&rng) | (i % 3 == 0 ? 0x80 : 0));
    }
    const size_t length = cr_utf8_repair(in, n, out);
    fine = fine && length <= 3 * n && cr_utf8_valid(out, length);
    if (cr_utf8_valid(in, n)) fine = fine && length == n && memcmp(in, out, n) == 0;
  }
  CHECK(fine);
}
