#include "base/xmath.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/exact.h"

// ln 2 in two parts: the high one has 21 trailing zero bits, so that k * LN2_HIGH
// is exact for every exponent k.
static const double LN2_HIGH = 6.93147180369123816490e-01;
static const double LN2_LOW = 1.90821492927058770002e-10;
static const double LOG2_E = 1.44269504088896338700e+00;

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// 2^k for -1022 <= k <= 1023
static double power_of_two(int k) { return from_bits((uint64_t)(k + 1023) << 52); }

double cr_exp(double x) {
  if (x != x) return x;
  if (x > 709.782712893383973096) return INFINITY;
  if (x < -745.133219101941108420) return 0.0;

  const double k = floor(x * LOG2_E + 0.5);
  const double high = x - k * LN2_HIGH;
  const double low = k * LN2_LOW;
  const double r = high - low;
  const double t = r * r;
  const double c =
      r -
      t * (1.66666666666666019037e-01 +
           t * (-2.77777777770155933842e-03 +
                t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 +
                                                       t * 4.13813679705723846039e-08))));
  const double y = 1.0 - ((low - r * c / (2.0 - c)) - high);

  // Two factors keep results near the overflow and underflow limits exact.
  const int exponent = (int)k;
  const int first = exponent / 2;
  return y * power_of_two(first) * power_of_two(exponent - first);
}

double cr_log(double x) {
  if (x != x || x < 0.0) return NAN;
  if (x == 0.0) return -INFINITY;
  if (x == INFINITY) return x;

  int exponent = 0;
  if (x < DBL_MIN) {  // subnormal
    x *= 18014398509481984.0;
    exponent = -54;
  }
  uint64_t bits = bits_of(x);
  exponent += (int)(bits >> 52) - 1023;
  double m = from_bits((bits & 0x000fffffffffffffU) | 0x3ff0000000000000U);
  if (m >= 1.41421356237309504880) {
    m *= 0.5;
    exponent++;
  }

  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double even = w * (3.999999999940941908e-01 +
                           w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double odd =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 +
                w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const double series = even + odd;
  const double half = 0.5 * f * f;
  const double k = (double)exponent;
  return k * LN2_HIGH - ((half - (s * (half + series) + k * LN2_LOW)) - f);
}

double cr_log1p(double x) {
  const double u = 1.0 + x;
  if (u == 1.0) return x;
  if (u == INFINITY) return u;
  return cr_log(u) * (x / (u - 1.0));
}

double cr_logistic(double x) {
  if (x >= 0.0) return 1.0 / (1.0 + cr_exp(-x));
  const double e = cr_exp(x);
  return e / (1.0 + e);
}

double cr_logit(double p) {
  // Near one half the two logarithms cancel; 2p - 1 is exact there.
  if (p > 0.25 && p < 0.75) return cr_log1p((2.0 * p - 1.0) / (1.0 - p));
  return cr_log(p) - cr_log1p(-p);
}

double cr_softplus(double x) {
  return x > 0.0 ? x + cr_log1p(cr_exp(-x)) : cr_log1p(cr_exp(x));
}

double cr_sum(const double* x, size_t n) {
  enum { BLOCK = 4096 };
  double total = 0.0;
  for (size_t start = 0; start < n; start += BLOCK) {
    const size_t end = n - start < BLOCK ? n : start + BLOCK;
    double block = 0.0;
    for (size_t i = start; i < end; i++) block += x[i];
    total += block;
  }
  return total;
}
