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

// Keys whose passes matter differently: all bits, few bits, one digit, one value.
static uint64_t make_key(cr_rng* rng, int kind) {
  const uint64_t bits = cr_rng_u64(rng);
  switch (kind) {
    case 0: return bits;
    case 1: return bits & 0xF;
    case 2: return bits & (uint64_t)2047 << 33;
    case 3: return bits & (uint64_t)511 << 55;  // the last, shorter digit
    default: return 42;
  }
}

// The oracle: insertion keeps equal keys in their order.
static void insert_all(uint64_t* key, uint32_t* item, size_t n) {
  for (size_t i = 1; i < n; i++) {
    const uint64_t k = key[i];
    const uint32_t it = item[i];
    size_t j = i;
    for (; j > 0 && key[j - 1] > k; j--) {
      key[j] = key[j - 1];
      item[j] = item[j - 1];
    }
    key[j] = k;
    item[j] = it;
  }
}

static void check_keys_and_pairs(void) {
  static const size_t sizes[] = {0, 1, 2, 3, 100, 1000};
  static uint64_t key[1000], alone[1000], expected[1000], scratch[1000];
  static uint32_t item[1000], expected_item[1000], item_scratch[1000];
  for (int kind = 0; kind < 5; kind++) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      const size_t n = sizes[s];
      cr_rng rng = cr_rng_stream(2, CR_FOR_SIMULATION, (uint64_t)kind);
      for (size_t i = 0; i < n; i++) {
        key[i] = alone[i] = expected[i] = make_key(&rng, kind);
        item[i] = expected_item[i] = (uint32_t)(n - i);
      }
      insert_all(expected, expected_item, n);
      cr_sort_keys(alone, scratch, n);
      cr_sort_pairs(key, item, scratch, item_scratch, n);
      CHECK(memcmp(alone, expected, n * sizeof *key) == 0);
      CHECK(memcmp(key, expected, n * sizeof *key) == 0);
      CHECK(memcmp(item, expected_item, n * sizeof *item) == 0);
    }
  }
}

void test_sort(void) {
  check_keys_and_pairs();

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
