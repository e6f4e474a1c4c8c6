#include "data/design.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

static const cr_run ONE = {.threads = 1};
static const cr_design_settings PLAIN = {.tail = 0.0, .skewness = INFINITY};

static cr_column numbers(const double* x) {
  return (cr_column){.type = CR_COLUMN_DOUBLE, .number = x};
}

static cr_column integers(const int32_t* x) {
  return (cr_column){.type = CR_COLUMN_INTEGER, .integer = x};
}

static cr_column levels(const int32_t* x, int32_t n_levels) {
  return (cr_column){.type = CR_COLUMN_LEVEL, .integer = x, .n_levels = n_levels};
}

static double at(const double* strip, size_t row, size_t column) {
  return strip[(column / CR_LANES * CR_STRIP + row) * CR_LANES + column % CR_LANES];
}

// Learns from one column and fills its rows; the caller frees both.
static double* fill_one(cr_column column, size_t n, const double* weight,
                        const cr_design_settings* settings, cr_design* design) {
  const cr_frame frame = {n, 1, &column};
  *design = (cr_design){0};
  CHECK(cr_design_learn(&frame, weight, settings, &ONE, design, NULL) == CR_OK);
  CHECK(cr_design_validate(design, (size_t)design->knot_start[1],
                           (size_t)design->level_start[1], NULL) == CR_OK);
  double* strip =
      cr_alloc_aligned(cr_design_panels(design) * CR_STRIP * CR_LANES, sizeof *strip);
  cr_design_fill(design, &frame, NULL, 0, n, strip);
  return strip;
}

static void numbers_are_standardised_with_a_flag(void) {
  const double x[] = {1, 2, NAN, 3, 6};
  cr_design design;
  double* strip = fill_one(numbers(x), 5, NULL, &PLAIN, &design);
  CHECK(design.n_terms == 2 && cr_design_panels(&design) == 1);
  const double mean = 3.0, deviation = sqrt((4.0 + 1.0 + 0.0 + 9.0) / 4.0);
  for (size_t i = 0; i < 5; i++) {
    const bool known = i != 2;
    CHECK(at(strip, i, 0) == 1.0);
    CHECK_NEAR(at(strip, i, 1), known ? (x[i] - mean) / deviation : 0.0, 1e-15);
    CHECK(at(strip, i, 2) == (known ? 0.0 : 2.0));
    CHECK(at(strip, i, 3) == 0.0);  // nothing beyond the terms
  }
  // what training never saw: clamped to its range
  const double odd[] = {-1e308, 1e308, INFINITY, -INFINITY};
  const cr_column column = numbers(odd);
  const cr_frame frame = {4, 1, &column};
  double* again = cr_alloc_aligned(CR_STRIP * CR_LANES, sizeof *again);
  cr_design_fill(&design, &frame, NULL, 0, 4, again);
  CHECK(at(again, 0, 1) == at(strip, 0, 1) && at(again, 1, 1) == at(strip, 4, 1));
  CHECK(at(again, 2, 1) == at(strip, 4, 1) && at(again, 3, 1) == at(strip, 0, 1));
  cr_free_aligned(again);
  cr_free_aligned(strip);
  cr_design_free(&design);
  cr_design_free(&design);
}

static void two_values_go_up_by_two(void) {
  const int32_t x[] = {0, 1, 1, 0, 0};
  cr_design design;
  double* strip = fill_one(integers(x), 5, NULL, &PLAIN, &design);
  CHECK(design.n_terms == 1);
  CHECK_NEAR(at(strip, 1, 1) - at(strip, 0, 1), 2.0, 1e-15);
  CHECK_NEAR(3.0 * at(strip, 0, 1) + 2.0 * at(strip, 1, 1), 0.0, 1e-15);
  cr_free_aligned(strip);
  cr_design_free(&design);
}

static void tails_are_clamped_and_rare_values_kept(void) {
  static double x[100];
  for (size_t i = 0; i < 100; i++) x[i] = (double)(i + 1);
  x[99] = 1e9;
  cr_design_settings settings = PLAIN;
  settings.tail = 0.05;
  cr_design design;
  double* strip = fill_one(numbers(x), 100, NULL, &settings, &design);
  CHECK(design.low[0] == 5.0 && design.high[0] == 95.0);
  CHECK(at(strip, 99, 1) == at(strip, 94, 1));
  double sum = 0.0;  // the mean is that of the clamped values
  for (size_t i = 0; i < 100; i++) sum += at(strip, i, 1);
  CHECK_NEAR(sum, 0.0, 1e-12);
  cr_free_aligned(strip);
  cr_design_free(&design);

  // both tails the same value: one row in a hundred still counts
  for (size_t i = 0; i < 100; i++) x[i] = i == 7;
  strip = fill_one(numbers(x), 100, NULL, &settings, &design);
  CHECK(design.low[0] == 0.0 && design.high[0] == 1.0);
  CHECK_NEAR(at(strip, 7, 1) - at(strip, 0, 1), 2.0, 1e-15);
  cr_free_aligned(strip);
  cr_design_free(&design);
}

static void skewed_numbers_are_logged(void) {
  static double x[101], shifted[101];
  for (size_t i = 0; i <= 100; i++) x[i] = exp(0.1 * (double)i) - 1.0;
  for (size_t i = 0; i <= 100; i++) shifted[i] = x[i] - 1.0;
  cr_design_settings settings = PLAIN;
  settings.skewness = 1.5;
  cr_design design;
  double* strip = fill_one(numbers(x), 101, NULL, &settings, &design);
  CHECK(design.logged[0] == 1);
  CHECK(design.factor[0] == 1.0 / x[50]);  // the 50th of the 100 values above zero
  const double u1 = log1p(x[10] / x[50]), u2 = log1p(x[90] / x[50]);
  CHECK_NEAR(at(strip, 90, 1) - at(strip, 10, 1), (u2 - u1) * design.gain[0], 1e-12);
  cr_free_aligned(strip);
  cr_design_free(&design);
  strip = fill_one(numbers(shifted), 101, NULL, &settings, &design);
  CHECK(design.logged[0] == 0);  // a value below zero
  cr_free_aligned(strip);
  cr_design_free(&design);
}

static void hinges_bend_at_quantiles(void) {
  static double x[100];
  for (size_t i = 0; i < 100; i++) x[i] = (double)(i + 1);
  cr_design_settings settings = PLAIN;
  settings.n_knots = 3;
  cr_design design;
  double* strip = fill_one(numbers(x), 100, NULL, &settings, &design);
  CHECK(design.n_terms == 4 && design.knot_start[1] == 3);
  const double quartile[] = {25.0, 50.0, 75.0};
  for (size_t k = 0; k < 3; k++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < 100; i++) {
      const double h = at(strip, i, 2 + k);
      CHECK((h == 0.0) == (x[i] <= quartile[k]));
      sum += h;
      square += h * h;
    }
    const double mean = sum / 100.0;
    CHECK_NEAR(sqrt(square / 100.0 - mean * mean), CR_HINGE_SCALE, 1e-12);
    // straight above the knot
    CHECK_NEAR(at(strip, 99, 2 + k) - at(strip, 98, 2 + k),
               at(strip, 98, 2 + k) - at(strip, 97, 2 + k), 1e-12);
  }
  cr_free_aligned(strip);
  cr_design_free(&design);
}

static void levels_have_indicators(void) {
  const int32_t x[] = {1, 3, 3, CR_MISSING_INT, 1, 3};
  cr_design design;
  double* strip = fill_one(levels(x, 4), 6, NULL, &PLAIN, &design);
  CHECK(design.n_terms == 3);  // levels 1 and 3, missing
  CHECK(design.level_term[0] == 0 && design.level_term[1] == -1);
  CHECK(design.level_term[2] == 1 && design.level_term[3] == -1);
  const double expected[6][3] = {{2, 0, 0}, {0, 2, 0}, {0, 2, 0},
                                 {0, 0, 2}, {2, 0, 0}, {0, 2, 0}};
  for (size_t i = 0; i < 6; i++) {
    for (size_t t = 0; t < 3; t++) CHECK(at(strip, i, t + 1) == expected[i][t]);
  }
  // a level without a term, and one beyond those known, which is missing
  const int32_t odd[] = {2, 9};
  const cr_column column = levels(odd, 9);
  const cr_frame frame = {2, 1, &column};
  cr_design_fill(&design, &frame, NULL, 0, 2, strip);
  CHECK(at(strip, 0, 1) == 0.0 && at(strip, 0, 2) == 0.0 && at(strip, 0, 3) == 0.0);
  CHECK(at(strip, 1, 3) == 2.0);
  cr_free_aligned(strip);
  cr_design_free(&design);

  cr_design_settings settings = PLAIN;
  settings.reference = true;
  strip = fill_one(levels(x, 4), 6, NULL, &settings, &design);
  CHECK(design.n_terms == 2 && design.level_term[2] == -1);  // 3 is the most frequent
  cr_free_aligned(strip);
  cr_design_free(&design);
}

static void only_the_most_frequent_of_many_levels_have_terms(void) {
  static int32_t x[800];
  for (int32_t i = 0; i < 800; i++) x[i] = i < 400 ? i + 1 : 400 - (i - 400) / 2;
  cr_design design;
  const cr_column column = levels(x, 400);
  const cr_frame frame = {800, 1, &column};
  design = (cr_design){0};
  CHECK(cr_design_learn(&frame, NULL, &PLAIN, &ONE, &design, NULL) == CR_OK);
  CHECK(design.n_terms == CR_LEVELS_MAX);
  CHECK(design.level_term[399] == CR_LEVELS_MAX - 1);               // three times
  CHECK(design.level_term[0] == 0 && design.level_term[54] == 54);  // ties by level
  CHECK(design.level_term[55] == -1);
  cr_design_free(&design);
}

static void useless_columns_have_no_terms(void) {
  const double constant[] = {4, 4, 4}, none[] = {NAN, NAN, NAN}, seldom[] = {4, NAN, 4};
  const int32_t one_level[] = {2, 2, 2},
                no_level[] = {CR_MISSING_INT, CR_MISSING_INT, CR_MISSING_INT};
  const cr_column columns[] = {numbers(constant),    numbers(none),
                               levels(one_level, 3), levels(no_level, 3),
                               levels(no_level, 0),  numbers(seldom)};
  const cr_frame frame = {3, 6, columns};
  cr_design design = {0};
  CHECK(cr_design_learn(&frame, NULL, &PLAIN, &ONE, &design, NULL) == CR_OK);
  for (size_t j = 0; j < 5; j++) CHECK(design.first_term[j + 1] == 0);
  CHECK(design.n_terms == 2);  // a constant that is missing at times: its flag counts
  double* strip = cr_alloc_aligned(CR_STRIP * CR_LANES, sizeof *strip);
  cr_design_fill(&design, &frame, NULL, 0, 3, strip);
  CHECK(at(strip, 0, 1) == 0.0 && at(strip, 1, 1) == 0.0 && at(strip, 1, 2) == 2.0);
  cr_free_aligned(strip);
  cr_design_free(&design);
}

static void extreme_numbers_stay_finite(void) {
  const double huge[] = {-1e308, 1e308, 5e307, 0}, tiny[] = {-3e-308, 3e-308, 0, 4e-308};
  const double lost[] = {1e-320, 3e-320, 0, 2e-320},
               near[] = {1.0, 1.0 + 2e-16, 1.0, 3.0};
  const cr_design_settings settings = {.tail = 0.0, .skewness = -10.0, .n_knots = 2};
  const double* cases[] = {huge, tiny, near};
  for (size_t c = 0; c < 3; c++) {
    cr_design design;
    double* strip = fill_one(numbers(cases[c]), 4, NULL, &settings, &design);
    for (size_t t = 1; t <= design.n_terms; t++) {
      for (size_t i = 0; i < 4; i++) CHECK(fabs(at(strip, i, t)) < 10.0);
    }
    CHECK(fabs(at(strip, 0, 1) - at(strip, 3, 1)) > 0.5);
    cr_free_aligned(strip);
    cr_design_free(&design);
  }
  // below the smallest normal double all is 0: a constant
  cr_design design;
  cr_free_aligned(fill_one(numbers(lost), 4, NULL, &settings, &design));
  CHECK(design.n_terms == 0);
  cr_design_free(&design);
  const double missing[] = {1e-320, 3e-320, NAN, 2e-320};
  cr_free_aligned(fill_one(numbers(missing), 4, NULL, &settings, &design));
  CHECK(design.n_terms == 2);
  cr_design_free(&design);
}

// Whole weights are repeated rows; threads and the choice of rows change no bit.
static void weights_rows_and_threads(void) {
  enum { N = 500 };
  static double x[N], weight[N], repeated[3 * N];
  static int32_t level[N], repeated_level[3 * N];
  cr_rng rng = cr_rng_stream(5, CR_FOR_SIMULATION, 0);
  size_t n = 0;
  for (size_t i = 0; i < N; i++) {
    x[i] = exp(cr_rng_normal(&rng));
    level[i] = 1 + (int32_t)cr_rng_below(&rng, 3);
    weight[i] = (double)(1 + cr_rng_below(&rng, 3));
    for (int k = 0; k < (int)weight[i]; k++, n++) {
      repeated[n] = x[i];
      repeated_level[n] = level[i];
    }
  }
  const cr_design_settings settings = {.tail = 0.01, .skewness = 1.5, .n_knots = 3};
  const cr_column columns[] = {numbers(x), levels(level, 3)};
  const cr_column more[] = {numbers(repeated), levels(repeated_level, 3)};
  const cr_frame frame = {N, 2, columns}, long_frame = {n, 2, more};
  cr_design a = {0}, b = {0}, c = {0};
  CHECK(cr_design_learn(&frame, weight, &settings, &ONE, &a, NULL) == CR_OK);
  CHECK(cr_design_learn(&long_frame, NULL, &settings, &ONE, &b, NULL) == CR_OK);
  CHECK(a.low[0] == b.low[0] && a.high[0] == b.high[0] && a.factor[0] == b.factor[0]);
  CHECK_NEAR(a.mean[0], b.mean[0], 1e-14);
  CHECK_NEAR(a.gain[0], b.gain[0], 1e-13);
  for (size_t k = 0; k < 3; k++) CHECK_NEAR(a.knot[k], b.knot[k], 1e-12);
  const cr_run many = {.threads = 8};
  CHECK(cr_design_learn(&frame, weight, &settings, &many, &c, NULL) == CR_OK);
  CHECK(memcmp(a.slope, c.slope, 3 * sizeof *a.slope) == 0 && a.mean[0] == c.mean[0]);

  double* strip = cr_alloc_aligned(CR_STRIP * CR_LANES, sizeof *strip);
  double* picked = cr_alloc_aligned(CR_STRIP * CR_LANES, sizeof *picked);
  const uint32_t rows[] = {17, 3, 499};
  cr_design_fill(&a, &frame, rows, 0, 3, picked);
  for (size_t k = 0; k < 3; k++) {
    cr_design_fill(&a, &frame, NULL, rows[k], 1, strip);
    CHECK(memcmp(strip, picked + k * CR_LANES, CR_LANES * sizeof *strip) == 0);
  }
  cr_free_aligned(picked);
  cr_free_aligned(strip);
  cr_design_free(&a);
  cr_design_free(&b);
  cr_design_free(&c);
}

// A big column is learned from a sample; what the sample misses entirely is looked for.
static void a_rare_value_among_many_rows_is_found(void) {
  enum { N = 450000 };
  double* x = cr_alloc_zero(N, sizeof *x);
  x[123457] = 1.0;
  const cr_column column = numbers(x);
  const cr_frame frame = {N, 1, &column};
  cr_design design = {0};
  CHECK(cr_design_learn(&frame, NULL, &PLAIN, &ONE, &design, NULL) == CR_OK);
  CHECK(design.n_terms == 1 && design.high[0] == 1.0);
  cr_design_free(&design);
  // without a tail nothing is clamped, sampled or not
  for (size_t i = 0; i < N; i++) x[i] = (double)(i % 1000);
  x[1234] = 5000.0;
  x[4321] = -70.0;
  CHECK(cr_design_learn(&frame, NULL, &PLAIN, &ONE, &design, NULL) == CR_OK);
  CHECK(design.low[0] == -70.0 && design.high[0] == 5000.0);
  cr_design_free(&design);
  cr_free(x);
}

static void damage_is_refused(void) {
  const double x[] = {1, 2, 3, 4, 5, NAN};
  const int32_t l[] = {1, 2, 1, 2, 1, 2};
  const cr_column columns[] = {numbers(x), levels(l, 2)};
  const cr_frame frame = {6, 2, columns};
  const cr_design_settings settings = {.skewness = INFINITY, .n_knots = 2};
  cr_design good = {0};
  CHECK(cr_design_learn(&frame, NULL, &settings, &ONE, &good, NULL) == CR_OK);
  CHECK(cr_design_validate(&good, 2, 2, NULL) == CR_OK);
  CHECK(cr_design_validate(&good, 3, 2, NULL) == CR_EMODEL);
  CHECK(cr_design_validate(&good, 2, 1, NULL) == CR_EMODEL);
#define DAMAGE(field, value)                                   \
  do {                                                         \
    const double kept_ = (double)(good.field);                 \
    good.field = value;                                        \
    CHECK(cr_design_validate(&good, 2, 2, NULL) == CR_EMODEL); \
    good.field = (__typeof__(good.field))kept_;                \
    CHECK(cr_design_validate(&good, 2, 2, NULL) == CR_OK);     \
  } while (0)
  DAMAGE(first_term[0], 1);
  DAMAGE(first_term[1], 99);
  DAMAGE(first_term[2], 7);
  DAMAGE(missing[0], 2);
  DAMAGE(missing[0], 0);
  DAMAGE(low[0], NAN);
  DAMAGE(low[0], 9.0);
  DAMAGE(factor[0], INFINITY);
  DAMAGE(gain[0], NAN);
  DAMAGE(mean[0], INFINITY);
  DAMAGE(logged[0], 2);
  DAMAGE(knot[1], NAN);
  DAMAGE(slope[1], INFINITY);
  DAMAGE(knot_start[1], -1);
  DAMAGE(level_term[1], 2);
  DAMAGE(level_term[1], -2);
  DAMAGE(n_terms, CR_TERMS_MAX + 1);
#undef DAMAGE
  const cr_column turned[] = {levels(l, 2), numbers(x)};
  const cr_frame other = {6, 2, turned}, narrow = {6, 1, columns};
  CHECK(cr_design_match(&good, &frame, NULL) == CR_OK);
  CHECK(cr_design_match(&good, &other, NULL) == CR_EINPUT);
  CHECK(cr_design_match(&good, &narrow, NULL) == CR_EINPUT);
  cr_design_free(&good);
}

static void too_many_terms_are_refused(void) {
  enum { P = 20 };
  static int32_t x[300];
  static cr_column columns[P];
  for (int32_t i = 0; i < 300; i++) x[i] = i + 1;
  for (size_t j = 0; j < P; j++) columns[j] = levels(x, 300);
  const cr_frame frame = {300, P, columns};
  cr_design design = {0};
  cr_error err;
  CHECK(cr_design_learn(&frame, NULL, &PLAIN, &ONE, &design, &err) == CR_ELIMIT);
  CHECK(strcmp(err.code, "too_many_terms") == 0);
  cr_design_free(&design);
}

static cr_status learn_or_clean(const cr_frame* frame, cr_design* design) {
  const cr_design_settings settings = {.tail = 0.1, .skewness = 0.0, .n_knots = 2};
  *design = (cr_design){0};
  const cr_status status = cr_design_learn(frame, NULL, &settings, &ONE, design, NULL);
  if (status != CR_OK) cr_design_free(design);
  return status;
}

void test_design(void) {
  numbers_are_standardised_with_a_flag();
  two_values_go_up_by_two();
  tails_are_clamped_and_rare_values_kept();
  skewed_numbers_are_logged();
  hinges_bend_at_quantiles();
  levels_have_indicators();
  only_the_most_frequent_of_many_levels_have_terms();
  useless_columns_have_no_terms();
  extreme_numbers_stay_finite();
  weights_rows_and_threads();
  a_rare_value_among_many_rows_is_found();
  damage_is_refused();
  too_many_terms_are_refused();

  const double x[] = {1, 2, 3, 4, 9, NAN};
  const int32_t l[] = {1, 2, 1, 2, 1, 2};
  const cr_column columns[] = {numbers(x), levels(l, 2)};
  const cr_frame frame = {6, 2, columns};
  cr_design design;
  CHECK_ALLOCATIONS(learn_or_clean(&frame, &design), cr_design_free(&design));
}
