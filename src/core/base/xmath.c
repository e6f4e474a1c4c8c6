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

// Fdlibm's polynomial for r - log-ratio of e^r.
static const double EXP_P1 = 1.66666666666666019037e-01;
static const double EXP_P2 = -2.77777777770155933842e-03;
static const double EXP_P3 = 6.61375632143793436117e-05;
static const double EXP_P4 = -1.65339022054652515390e-06;
static const double EXP_P5 = 4.13813679705723846039e-08;

// Fdlibm's polynomial for log((1 + s) / (1 - s)) - 2 s, and from where on a number is
// taken as half of the next power of two and more.
static const double LOG_P1 = 6.666666666666735130e-01;
static const double LOG_P2 = 3.999999999940941908e-01;
static const double LOG_P3 = 2.857142874366239149e-01;
static const double LOG_P4 = 2.222219843214978396e-01;
static const double LOG_P5 = 1.818357216161805012e-01;
static const double LOG_P6 = 1.531383769920937332e-01;
static const double LOG_P7 = 1.479819860511658591e-01;
static const double LOG_UPPER = 1.41421356237309504880;

// Beyond this the logistic function is taken at it: e^-708 is the last that needs
// no second scale factor.
static const double LOGISTIC_LIMIT = 708.0;

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

// Adding and taking away 1.5 * 2^52 rounds to the nearest whole number, and leaves
// that number in the low bits in between: no conversion, so it works on vectors too.
static const double ROUND = 6755399441055744.0;

// e^r for |r| <= ln(2) / 2, r = high - low.
static double exp_reduced(double high, double low) {
  const double r = high - low;
  const double t = r * r;
  const double c =
      r - t * (EXP_P1 + t * (EXP_P2 + t * (EXP_P3 + t * (EXP_P4 + t * EXP_P5))));
  return 1.0 - ((low - r * c / (2.0 - c)) - high);
}

double cr_exp(double x) {
  if (x != x) return x;
  if (x > 709.782712893383973096) return INFINITY;
  if (x < -745.133219101941108420) return 0.0;
  const double k = (x * LOG2_E + ROUND) - ROUND;
  const double y = exp_reduced(x - k * LN2_HIGH, k * LN2_LOW);
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
  if (m >= LOG_UPPER) {
    m *= 0.5;
    exponent++;
  }

  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double even = w * (LOG_P2 + w * (LOG_P4 + w * LOG_P6));
  const double odd = z * (LOG_P1 + w * (LOG_P3 + w * (LOG_P5 + w * LOG_P7)));
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
  double size = x < 0.0 ? -x : x;
  if (size > LOGISTIC_LIMIT) size = LOGISTIC_LIMIT;
  const double e = cr_exp(-size);
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

// Four lanes of cr_logistic(), operation by operation the same. GCC's vector types
// become two SSE2 halves, one AVX2 register or NEON pairs; the bits stay.
typedef double lanes __attribute__((vector_size(32)));
typedef int64_t lane_bits __attribute__((vector_size(32)));

// `a` where the mask is set, else `b`. A macro, because a function would pass vectors.
#define PICK(mask, a, b) ((lanes)(((lane_bits)(a) & (mask)) | ((lane_bits)(b) & ~(mask))))

// e^-size for sizes up to LOGISTIC_LIMIT, where cr_exp() needs one scale factor only.
static inline __attribute__((always_inline)) void exp_lanes(const lanes* sizes,
                                                            lanes* out) {
  const lanes size = *sizes;
  const lanes shifted = -size * LOG2_E + ROUND;
  const lanes k = shifted - ROUND;
  const lanes high = -size - k * LN2_HIGH, low = k * LN2_LOW;
  const lanes r = high - low;
  const lanes t = r * r;
  const lanes c =
      r - t * (EXP_P1 + t * (EXP_P2 + t * (EXP_P3 + t * (EXP_P4 + t * EXP_P5))));
  const lanes y = 1.0 - ((low - r * c / (2.0 - c)) - high);
  // The low bits of `shifted` are k in two's complement.
  const lane_bits exponent = ((lane_bits)shifted + 1023) << 52;
  *out = y * (lanes)exponent;
}

static inline __attribute__((always_inline)) void logistic_lanes(const double* x,
                                                                 double* p) {
  const lanes one = {1.0, 1.0, 1.0, 1.0};
  const lanes limit = {LOGISTIC_LIMIT, LOGISTIC_LIMIT, LOGISTIC_LIMIT, LOGISTIC_LIMIT};
  lanes v, e;
  memcpy(&v, x, sizeof v);
  const lane_bits negative = v < 0.0;
  lanes size = (lanes)((lane_bits)v & INT64_MAX);
  const lane_bits large = size > LOGISTIC_LIMIT;
  size = PICK(large, limit, size);
  exp_lanes(&size, &e);
  v = PICK(negative, e, one) / (1.0 + e);
  memcpy(p, &v, sizeof v);
}

static inline __attribute__((always_inline)) void logistic_all(const double* x, double* p,
                                                               size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) logistic_lanes(x + i, p + i);
  for (; i < n; i++) p[i] = cr_logistic(x[i]);
}

CR_AVX2 static void logistic_avx2(const double* x, double* p, size_t n) {
  logistic_all(x, p, n);
}

void cr_logistic_n(const double* x, double* p, size_t n, cr_simd simd) {
  if (cr_simd_avx2(simd)) {
    logistic_avx2(x, p, n);
  } else {
    logistic_all(x, p, n);
  }
}

// log(1 + e) for 0 < e <= 1, as cr_log1p() and cr_log() do it: 1 + e is at most 2, so its
// exponent is taken off by at most one halving.
static inline __attribute__((always_inline)) void log1p_lanes(const lanes* es,
                                                              lanes* out) {
  const lanes one = {1.0, 1.0, 1.0, 1.0}, zero = {0.0, 0.0, 0.0, 0.0};
  const lanes e = *es, u = 1.0 + e;
  const lane_bits upper = u >= LOG_UPPER, none = u == 1.0;
  const lanes m = PICK(upper, u * 0.5, u), k = PICK(upper, one, zero);
  const lanes f = m - 1.0;
  const lanes s = f / (2.0 + f);
  const lanes z = s * s;
  const lanes w = z * z;
  const lanes even = w * (LOG_P2 + w * (LOG_P4 + w * LOG_P6));
  const lanes odd = z * (LOG_P1 + w * (LOG_P3 + w * (LOG_P5 + w * LOG_P7)));
  const lanes series = even + odd;
  const lanes half = 0.5 * f * f;
  const lanes l = k * LN2_HIGH - ((half - (s * (half + series) + k * LN2_LOW)) - f);
  *out = PICK(none, e, l * (e / (u - 1.0)));
}

// Four lanes of cr_softplus(); false when one is beyond what exp_lanes() takes.
static inline __attribute__((always_inline)) bool softplus_lanes(const double* x,
                                                                 double* p) {
  lanes v, e, l;
  memcpy(&v, x, sizeof v);
  const lanes size = (lanes)((lane_bits)v & INT64_MAX);
  const lane_bits usual = size <= LOGISTIC_LIMIT, positive = v > 0.0;
  if (!(usual[0] & usual[1] & usual[2] & usual[3])) return false;
  exp_lanes(&size, &e);
  log1p_lanes(&e, &l);
  v = PICK(positive, v + l, l);
  memcpy(p, &v, sizeof v);
  return true;
}

static inline __attribute__((always_inline)) void softplus_all(const double* x, double* p,
                                                               size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    if (softplus_lanes(x + i, p + i)) continue;
    for (size_t k = i; k < i + 4; k++) p[k] = cr_softplus(x[k]);
  }
  for (; i < n; i++) p[i] = cr_softplus(x[i]);
}

CR_AVX2 static void softplus_avx2(const double* x, double* p, size_t n) {
  softplus_all(x, p, n);
}

void cr_softplus_n(const double* x, double* p, size_t n, cr_simd simd) {
  if (cr_simd_avx2(simd)) {
    softplus_avx2(x, p, n);
  } else {
    softplus_all(x, p, n);
  }
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
