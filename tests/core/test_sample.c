#include "data/sample.h"

#include <float.h>

#include "base/rng.h"
#include "check.h"

enum { N = 1000 };

static void lies_in_order_without_what_is_missing(void) {
  static double x[N], w[N];
  cr_rng rng = cr_rng_stream(13, CR_FOR_SIMULATION, 0);
  double mass = 0.0;
  size_t n_known = 0;
  for (size_t i = 0; i < N; i++) {
    x[i] = i % 7 == 0 ? NAN : floor(20.0 * cr_rng_unit(&rng)) - 5.0;
    w[i] = 1.0 + (double)(i % 3);
    n_known += i % 7 != 0;
    mass += i % 7 != 0 ? w[i] : 0.0;
  }
  const cr_column column = {.type = CR_COLUMN_DOUBLE, .number = x};
  for (int weighted = 0; weighted < 2; weighted++) {
    cr_sample s;
    CHECK(cr_sample_draw(&column, weighted ? w : NULL, N, N, true, &s) == CR_OK);
    CHECK(s.n == n_known && s.mass == (weighted ? mass : (double)n_known));
    for (size_t k = 1; k < s.n; k++) CHECK(s.x[k - 1] <= s.x[k]);
    for (int q = 0; q <= 10; q++) {  // the definition, by counting
      const double value = cr_sample_quantile(&s, q / 10.0);
      double below = 0.0, upto = 0.0;
      for (size_t i = 0; i < N; i++) {
        const double weight = weighted ? w[i] : 1.0;
        below += x[i] < value ? weight : 0.0;
        upto += x[i] <= value ? weight : 0.0;
      }
      CHECK(upto >= q / 10.0 * s.mass && (q == 0 || below < q / 10.0 * s.mass));
    }
    cr_sample_free(&s);
    cr_sample_free(&s);
  }
  cr_sample s;
  CHECK(cr_sample_draw(&column, w, N, 10, false, &s) == CR_OK);
  CHECK(s.n <= 10 && s.x[0] == x[100]);
  cr_sample_free(&s);
}

static void counts_few_values(void) {
  double x[] = {3.0, -0.0, DBL_MIN / 2.0, 0.0, 3.0, 4.0, 5.0};
  const cr_column column = {.type = CR_COLUMN_DOUBLE, .number = x};
  const size_t rows[] = {0, 1, 4, 5, 6, 7}, distinct[] = {0, 1, 2, 2, 3, 3};
  for (size_t k = 0; k < 6; k++) {
    cr_sample s;
    CHECK(cr_sample_draw(&column, NULL, rows[k], N, k % 2 == 0, &s) == CR_OK);
    CHECK(cr_sample_distinct(&s, 3) == distinct[k]);
    cr_sample_free(&s);
  }
  CHECK(cr_sample_flush(-DBL_MIN / 2.0) == 0.0 && cr_sample_flush(-DBL_MIN) == -DBL_MIN);
}

static void failures_leave_nothing_behind(void) {
  double x[] = {3.0, 1.0, 2.0}, w[] = {1.0, 2.0, 3.0};
  const cr_column column = {.type = CR_COLUMN_DOUBLE, .number = x};
  cr_sample s;
  CHECK_ALLOCATIONS(cr_sample_draw(&column, NULL, 3, 3, true, &s), cr_sample_free(&s));
  CHECK_ALLOCATIONS(cr_sample_draw(&column, w, 3, 3, true, &s), cr_sample_free(&s));
}

void test_sample(void) {
  lies_in_order_without_what_is_missing();
  counts_few_values();
  failures_leave_nothing_behind();
}
