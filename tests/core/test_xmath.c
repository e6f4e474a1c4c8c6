#include "base/xmath.h"

#include <float.h>
#include <stdint.h>

#include "base/rng.h"
#include "check.h"

#include "base/exact.h"

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

static bool same(double a, double b) { return bits_of(a) == bits_of(b); }

// ---- accuracy against long double, where that has more than 53 bits ----

#if LDBL_MANT_DIG >= 64

// Error of `y` in units in the last place of the true value.
static double ulps(double y, long double truth) {
  int exponent;
  (void)frexpl(truth, &exponent);
  if (exponent < -1021) exponent = -1021;
  return (double)(fabsl((long double)y - truth) / ldexpl(1.0L, exponent - 53));
}

static long double logistic_l(long double x) { return 1.0L / (1.0L + expl(-x)); }

static long double softplus_l(long double x) {
  return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

// log(p / (1 - p)) without cancellation near one half
static long double logit_l(long double p) {
  return p > 0.25L && p < 0.75L ? log1pl((2.0L * p - 1.0L) / (1.0L - p))
                                : logl(p) - log1pl(-p);
}

static double uniform(cr_rng* rng, double low, double high) {
  return low + (high - low) * cr_rng_unit(rng);
}

// A double whose bits are random among those of [low, high], both positive: every
// magnitude is as likely.
static double any_size(cr_rng* rng, double low, double high) {
  const uint64_t from = bits_of(low), to = bits_of(high);
  return from_bits(from + cr_rng_u64(rng) % (to - from + 1));
}

typedef struct {
  const char* name;
  double (*ours)(double);
  long double (*truth)(long double);
  double bound;  // ulp, as the header promises
  double low, high;
  bool by_size;
} accuracy;

static void check_accuracy(void) {
  static const accuracy cases[] = {
      {"exp", cr_exp, expl, 1.0, -745.0, 709.7, false},
      {"exp", cr_exp, expl, 1.0, -1.0, 1.0, false},
      {"exp", cr_exp, expl, 1.0, 1e-300, 1.0, true},
      {"log", cr_log, logl, 1.0, 5e-324, DBL_MAX, true},
      {"log", cr_log, logl, 1.0, 0.5, 2.0, false},
      {"log1p", cr_log1p, log1pl, 3.0, 1e-300, 1e300, true},
      {"log1p", cr_log1p, log1pl, 3.0, -0.9999, 1.0, false},
      {"logistic", cr_logistic, logistic_l, 3.0, -700.0, 40.0, false},
      {"logistic", cr_logistic, logistic_l, 3.0, -4.0, 4.0, false},
      {"softplus", cr_softplus, softplus_l, 4.0, -700.0, 700.0, false},
      {"softplus", cr_softplus, softplus_l, 4.0, -4.0, 4.0, false},
      {"logit", cr_logit, logit_l, 4.0, 1e-300, 0.5, true},
      {"logit", cr_logit, logit_l, 4.0, 0.0, 1.0, false},
      {"logit", cr_logit, logit_l, 4.0, 0.499, 0.501, false},
  };
  enum { POINTS = 20000 };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    const accuracy* a = &cases[c];
    cr_rng rng = cr_rng_stream(30, CR_FOR_SIMULATION, c);
    double worst = 0, at = 0;
    for (int i = 0; i < POINTS; i++) {
      const double x =
          a->by_size ? any_size(&rng, a->low, a->high) : uniform(&rng, a->low, a->high);
      const double error = ulps(a->ours(x), a->truth(x));
      if (!(error <= worst)) {
        worst = error;
        at = x;
      }
    }
    CHECK(worst < a->bound);
    if (!(worst < a->bound)) printf("    %s: %.2f ulp at %.17g\n", a->name, worst, at);
  }
}

#else
static void check_accuracy(void) {}
#endif

// ---- edges ----

static void check_exp_edges(void) {
  CHECK(same(cr_exp(0.0), 1.0) && same(cr_exp(-0.0), 1.0));
  CHECK(cr_exp(INFINITY) == INFINITY && same(cr_exp(-INFINITY), 0.0));
  CHECK(isnan(cr_exp(NAN)));
  CHECK(cr_exp(709.782712893384) < INFINITY && cr_exp(709.782712893385) == INFINITY);
  CHECK(cr_exp(-745.1332191019411) > 0.0 && same(cr_exp(-745.1332191019412), 0.0));
  CHECK(cr_exp(1e308) == INFINITY && same(cr_exp(-1e308), 0.0));
  CHECK(same(cr_exp(1e-320), 1.0));
}

static void check_log_edges(void) {
  CHECK(same(cr_log(1.0), 0.0));
  CHECK(cr_log(0.0) == -INFINITY && cr_log(-0.0) == -INFINITY);
  CHECK(isnan(cr_log(-1.0)) && isnan(cr_log(-INFINITY)) && isnan(cr_log(NAN)));
  CHECK(cr_log(INFINITY) == INFINITY);
  CHECK(cr_log(5e-324) == -744.4400719213812);
  for (int k = -1074; k < 1024; k += 13) {  // powers of two
    CHECK_NEAR(cr_log(ldexp(1.0, k)), k * 0.6931471805599453,
               1e-13 * (1 + fabs((double)k)));
  }
  CHECK(same(cr_log1p(0.0), 0.0) && same(cr_log1p(-0.0), -0.0));
  CHECK(cr_log1p(-1.0) == -INFINITY && isnan(cr_log1p(-1.5)) && isnan(cr_log1p(NAN)));
  CHECK(cr_log1p(INFINITY) == INFINITY && cr_log1p(DBL_MAX) == cr_log(DBL_MAX));
  CHECK(same(cr_log1p(1e-320), 1e-320));
}

static void check_logistic_edges(void) {
  CHECK(same(cr_logistic(0.0), 0.5));
  CHECK(same(cr_logistic(INFINITY), 1.0) && cr_logistic(-INFINITY) < 1e-307);
  CHECK(same(cr_logistic(1e308), 1.0) && cr_logistic(-1e308) > 0.0);
  CHECK(cr_logistic(-745.0) > 0.0 && isnan(cr_logistic(NAN)));

  CHECK(cr_logit(0.0) == -INFINITY && cr_logit(1.0) == INFINITY);
  CHECK(same(cr_logit(0.5), 0.0));
  CHECK(isnan(cr_logit(-0.1)) && isnan(cr_logit(1.1)) && isnan(cr_logit(NAN)));

  CHECK(cr_softplus(0.0) == 0.6931471805599453);
  CHECK(cr_softplus(INFINITY) == INFINITY && same(cr_softplus(-INFINITY), 0.0));
  CHECK(same(cr_softplus(1e10), 1e10) && same(cr_softplus(-1e10), 0.0));
  CHECK(isnan(cr_softplus(NAN)));

  // there and back, symmetric, never falling
  double before = 0.0;
  bool rising = true, symmetric = true, inverse = true;
  for (int i = -30000; i <= 30000; i++) {
    const double x = i / 1000.0, p = cr_logistic(x);
    rising = rising && p >= before;
    before = p;
    symmetric = symmetric && fabs(p + cr_logistic(-x) - 1.0) <= DBL_EPSILON;
    if (x < 10) inverse = inverse && fabs(cr_logit(p) - x) <= 1e-11 * (1 + fabs(x));
  }
  CHECK(rising);
  CHECK(symmetric);
  CHECK(inverse);
}

// Arrays at once: the bits of one by one, at any length and with any instructions.
static void check_arrays(void) {
  static const double odd[] = {0.0,    -0.0,   708.0, -708.0, 708.5,  -708.5, 745.5,
                               -745.5, 1e10,   -1e10, 1e-17,  -1e-17, 36.7,   -36.8,
                               1e-300, -1e300, 0.88,  -0.88,  5e-324, -1e-9};
  enum { N = 4000, ODD = sizeof odd / sizeof *odd };
  static double x[N], p[N], s[N];
  cr_rng rng = cr_rng_stream(33, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    const bool plain = i % 3 != 0;
    x[i] = plain ? 20.0 * cr_rng_unit(&rng) - 10.0 : odd[cr_rng_below(&rng, ODD)];
  }
  for (int simd = 0; simd <= 1; simd++) {
    for (size_t n = 0; n <= N; n = n < 9 ? n + 1 : n == 9 ? N - 1 : n + 1) {
      bool alike = true;
      cr_logistic_n(x, p, n, (cr_simd)simd);
      memcpy(s, x, n * sizeof *s);
      cr_softplus_n(s, s, n, (cr_simd)simd);
      for (size_t i = 0; i < n; i++) {
        alike = alike && same(p[i], cr_logistic(x[i])) && same(s[i], cr_softplus(x[i]));
      }
      CHECK(alike);
    }
  }
}

static void check_sum(void) {
  enum { N = 10000 };
  static double x[N];
  for (int i = 0; i < N; i++) x[i] = i % 2 == 0 ? 1.0 : 0.5;
  CHECK(cr_sum(x, 0) == 0.0);
  CHECK(cr_sum(x, 1) == 1.0);
  CHECK(cr_sum(x, 4096) == 3072.0 && cr_sum(x, 4097) == 3073.0);
  CHECK(cr_sum(x, N) == 7500.0);
  // blocks of 4096 in order: part of the promise
  cr_rng rng = cr_rng_stream(31, CR_FOR_SIMULATION, 0);
  for (int i = 0; i < N; i++) x[i] = cr_rng_normal(&rng);
  const double blocks =
      (cr_sum(x, 4096) + cr_sum(x + 4096, 4096)) + cr_sum(x + 8192, N - 8192);
  CHECK(same(cr_sum(x, N), blocks));
}

// ---- the same bits everywhere ----

// FNV-1a over the results: one bit that differs in one of them changes it. The
// constants were computed once; gcc, clang and every processor must agree with them.
static uint64_t fingerprint(double (*f)(double), uint64_t item) {
  cr_rng rng = cr_rng_stream(32, CR_FOR_SIMULATION, item);
  uint64_t hash = 0xcbf29ce484222325U;
  for (int i = 0; i < 20000; i++) {
    const uint64_t bits = bits_of(f(20.0 * cr_rng_unit(&rng) - 8.0));
    hash = (hash ^ (isnan(from_bits(bits)) ? 1 : bits)) * 0x100000001b3U;
  }
  return hash;
}

static void check_bits(void) {
  static const struct {
    double (*f)(double);
    uint64_t hash;
  } known[] = {
      {cr_exp, 0x09dc396c9b77f88cU},   {cr_log, 0x7f8a7935653a6774U},
      {cr_log1p, 0x6482b1407a9ce8e6U}, {cr_logistic, 0x7737357f9704a23eU},
      {cr_logit, 0x4ba3718a7b54dc22U}, {cr_softplus, 0x7c7f82a9ab4afcc4U},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const uint64_t hash = fingerprint(known[i].f, i);
    CHECK(hash == known[i].hash);
    if (hash != known[i].hash) printf("    function %zu: %#jx\n", i, (uintmax_t)hash);
  }
}

void test_xmath(void) {
  check_accuracy();
  check_exp_edges();
  check_log_edges();
  check_logistic_edges();
  check_arrays();
  check_sum();
  check_bits();
}
