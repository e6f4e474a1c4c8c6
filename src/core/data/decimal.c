#include "data/decimal.h"

#include <stdint.h>
#include <string.h>

#include "base/exact.h"

enum {
  MAX_DIGITS = 768,
  WORD_DIGITS = 19,  // digits that always fit 64 bits
  MAX_EXPONENT = 100000,
  // 768 digits against 10^(768 + 326) and 2^1076: see compare()
  LIMBS = 128
};

// A number as written: sign, digits without the point, power of ten.
typedef struct {
  const unsigned char* text;  // from the first digit that counts
  size_t n_text;              // characters up to the last digit, with the point
  uint64_t word;              // the first WORD_DIGITS digits
  int n_digits;               // without leading zeros
  int exponent;               // the number is digits * 10^exponent
  bool negative;
} written;

static bool is_digit(unsigned char c) { return (unsigned)c - '0' < 10; }

// ---- the grammar ----

static void take_digit(written* w, unsigned char c) {
  if (w->n_digits == 0 && c == '0') return;
  if (w->n_digits < WORD_DIGITS) w->word = 10 * w->word + (uint64_t)(c - '0');
  w->n_digits++;
}

static bool read_exponent(const unsigned char* p, const unsigned char* end, int* out) {
  bool negative = false;
  if (p < end && (*p == '+' || *p == '-')) negative = *p++ == '-';
  if (p == end) return false;
  int value = 0;
  for (; p < end; p++) {
    if (!is_digit(*p)) return false;
    if (value < MAX_EXPONENT) value = 10 * value + (*p - '0');
  }
  *out = negative ? -value : value;
  return true;
}

static bool read_written(const unsigned char* text, size_t n, written* w) {
  const unsigned char* p = text;
  const unsigned char* const end = text + n;
  *w = (written){0};
  if (p < end && (*p == '+' || *p == '-')) w->negative = *p++ == '-';
  w->text = p;

  const unsigned char* const whole = p;
  while (p < end && is_digit(*p)) take_digit(w, *p++);
  bool any = p > whole;
  if (p < end && *p == '.') {
    const unsigned char* const fraction = ++p;
    while (p < end && is_digit(*p)) take_digit(w, *p++);
    if (p == fraction) return false;
    any = true;
    if (p - fraction > MAX_EXPONENT) return false;
    w->exponent = -(int)(p - fraction);
  }
  w->n_text = (size_t)(p - w->text);
  if (!any || w->n_digits > MAX_DIGITS) return false;
  if (p == end) return true;
  int shift;
  if ((*p != 'e' && *p != 'E') || !read_exponent(p + 1, end, &shift)) return false;
  w->exponent += shift;
  return true;
}

// ---- fast roads ----

static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { EXACT_TENS = 22 };

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 u128;

static uint64_t power_of_ten(int k) {
  uint64_t power = 1;
  while (k-- > 0) power *= 10;
  return power;
}

static double power_of_two(int k) {  // -1022 .. 1023
  const uint64_t bits = (uint64_t)(1023 + k) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

// q * 2^exponent rounded to 53 bits, where q has its top bit or the one below set and
// `rest` says whether anything was cut off below q.
static double round_word(uint64_t q, bool rest, int exponent) {
  const int extra = 11 - __builtin_clzll(q);
  const uint64_t cut = q & (((uint64_t)1 << extra) - 1);
  const uint64_t half = (uint64_t)1 << (extra - 1);
  uint64_t mantissa = q >> extra;
  if (cut > half || (cut == half && (rest || (mantissa & 1) != 0))) mantissa++;
  return (double)mantissa * power_of_two(exponent + extra);
}

// word / 10^k for k in 1 .. 19, correctly rounded: a quotient of 63 or 64 bits and
// whether there is a remainder.
static double divide_word(uint64_t word, int k) {
  const uint64_t power = power_of_ten(k);
  const int shift = 63 + __builtin_clzll(word) - __builtin_clzll(power);
  const u128 scaled = (u128)word << shift;
  return round_word((uint64_t)(scaled / power), scaled % power != 0, -shift);
}
#endif

// ---- the slow road: exact comparison of big integers ----

typedef struct {
  uint32_t limb[LIMBS];
  int n;
} big;

static void big_multiply_add(big* b, uint32_t factor, uint32_t add) {
  uint64_t carry = add;
  for (int i = 0; i < b->n; i++) {
    carry += (uint64_t)b->limb[i] * factor;
    b->limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry != 0) b->limb[b->n++] = (uint32_t)carry;
}

static void big_times_ten(big* b, int power) {
  for (; power >= 9; power -= 9) big_multiply_add(b, 1000000000, 0);
  while (power-- > 0) big_multiply_add(b, 10, 0);
}

static void big_shift(big* b, int bits) {
  for (; bits >= 31; bits -= 31) big_multiply_add(b, (uint32_t)1 << 31, 0);
  if (bits > 0) big_multiply_add(b, (uint32_t)1 << bits, 0);
}

static int big_compare(const big* a, const big* b) {
  if (a->n != b->n) return a->n < b->n ? -1 : 1;
  for (int i = a->n - 1; i >= 0; i--) {
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
  }
  return 0;
}

// Sign of  digits * 10^exponent  -  m * 2^q. The callers keep the number between 10^-326
// and 10^310, so that neither side passes 4096 bits.
static int compare(const written* w, uint64_t m, int q) {
  big left = {.n = 0}, right = {.n = 0};
  for (size_t i = 0; i < w->n_text; i++) {
    if (is_digit(w->text[i])) big_multiply_add(&left, 10, (uint32_t)(w->text[i] - '0'));
  }
  big_multiply_add(&right, 1, (uint32_t)(m >> 32));
  big_shift(&right, 32);
  big_multiply_add(&right, 1, (uint32_t)m);
  big_times_ten(w->exponent > 0 ? &left : &right,
                w->exponent > 0 ? w->exponent : -w->exponent);
  big_shift(q > 0 ? &right : &left, q > 0 ? q : -q);
  return big_compare(&left, &right);
}

// A guess within some units in the last place, by repeated scaling.
static double approximate(const written* w) {
  const int words = w->n_digits < WORD_DIGITS ? w->n_digits : WORD_DIGITS;
  const int exponent = w->exponent + w->n_digits - words;
  double value = (double)w->word;
  for (int up = exponent; up > 0; up -= EXACT_TENS) {
    value *= tens[up < EXACT_TENS ? up : EXACT_TENS];
  }
  for (int down = -exponent; down > 0; down -= EXACT_TENS) {
    value /= tens[down < EXACT_TENS ? down : EXACT_TENS];
  }
  return value;
}

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

#define INFINITY_BITS ((uint64_t)0x7ff << 52)

// Moves the guess until the number lies between the midpoints to its neighbours. A
// positive double's bits count upwards with its value.
static bool refine(const written* w, double* value) {
  uint64_t bits = bits_of(approximate(w));
  if (bits >= INFINITY_BITS) bits = INFINITY_BITS - 1;
  for (;;) {
    const uint64_t field = bits >> 52;
    const uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    const uint64_t m = field == 0 ? fraction : fraction | (uint64_t)1 << 52;
    const int q = field == 0 ? -1074 : (int)field - 1075;
    const int above = compare(w, 2 * m + 1, q - 1);
    if (above > 0 || (above == 0 && (m & 1) != 0)) {
      if (++bits == INFINITY_BITS) return false;
      continue;
    }
    // below a power of two the spacing halves
    const bool power = fraction == 0 && field > 1;
    const int below = bits == 0 ? 1
                      : power   ? compare(w, 4 * m - 1, q - 2)
                                : compare(w, 2 * m - 1, q - 1);
    if (below > 0 || (below == 0 && (m & 1) == 0)) break;
    bits--;
  }
  memcpy(value, &bits, sizeof bits);
  return true;
}

bool cr_decimal(const unsigned char* text, size_t n, double* value) {
  written w;
  if (!read_written(text, n, &w)) return false;

  const int e = w.exponent;
  const int magnitude = w.n_digits + e;  // the number is below 10^magnitude
  double result = 0;
  if (w.n_digits == 0 || magnitude < -325) {
    result = 0;
  } else if (magnitude > 310) {
    return false;
  } else if (w.n_digits <= WORD_DIGITS && w.word >> 53 == 0 && e >= -EXACT_TENS &&
             e <= EXACT_TENS) {
    result = e < 0 ? (double)w.word / tens[-e] : (double)w.word * tens[e];
#ifdef __SIZEOF_INT128__
  } else if (w.n_digits <= WORD_DIGITS && e < 0 && e >= -WORD_DIGITS) {
    result = divide_word(w.word, -e);
#endif
  } else if (!refine(&w, &result)) {
    return false;
  }
  *value = w.negative ? -result : result;
  return true;
}
