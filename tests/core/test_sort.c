#include "base/sort.h"

#include "base/rng.h"
#include "check.h"

enum { N = 5000 };

static void check_is_stable_order(const double* x, const uint32_t* order, size_t n) {
  bool sorted = true;
  for (size_t i = 1; i < n; i++) {
    const double a = x[order[i - 1]], b = x[order[i]];
    const bool same = a == b || (a != a && b != b);
    const bool ascending = a < b || (a == a && b != b);
    if (!(ascending || (same && order[i - 1] < order[i]))) sorted = false;
  }
  CHECK(sorted);
}

void test_sort(void) {
  // the key keeps the order of doubles, joins the zeros and puts missing last
  const double ascending[] = {-INFINITY, -1e308, -1.0,  -1e-320, 0.0,
                              1e-320,    1.0,    1e308, INFINITY};
  for (size_t i = 1; i < sizeof ascending / sizeof *ascending; i++) {
    CHECK(cr_sort_key(ascending[i - 1]) < cr_sort_key(ascending[i]));
    CHECK(cr_sort_unkey(cr_sort_key(ascending[i])) == ascending[i]);
  }
  CHECK(cr_sort_key(-0.0) == cr_sort_key(0.0));
  CHECK(cr_sort_key(NAN) == cr_sort_key(-NAN));
  CHECK(cr_sort_key(NAN) > cr_sort_key(INFINITY));

  // random values with ties and missing: ascending, equal ones in row order
  static double x[N];
  static uint32_t order[N];
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    const uint32_t kind = cr_rng_below(&rng, 10);
    x[i] = kind == 0  ? NAN
           : kind < 5 ? (double)cr_rng_below(&rng, 20) - 10.0
                      : cr_rng_normal(&rng);
  }
  CHECK(cr_sort_order(x, N, order, NULL) == CR_OK);
  check_is_stable_order(x, order, N);

  // edges
  CHECK(cr_sort_order(x, 0, order, NULL) == CR_OK);
  CHECK(cr_sort_order(x, 1, order, NULL) == CR_OK && order[0] == 0);
  for (size_t i = 0; i < N; i++) x[i] = 3.0;
  CHECK(cr_sort_order(x, N, order, NULL) == CR_OK && order[0] == 0 &&
        order[N - 1] == N - 1);

  CHECK_ALLOCATIONS(cr_sort_order(x, 100, order, NULL), (void)0);
}
