#include "base/rng.h"

#include <stdlib.h>

#include "base/sort.h"
#include "check.h"

// Known answers of Random123, file kat_vectors, generator philox4x32 with 10 rounds.
static void check_known_answers(void) {
  static const struct {
    uint32_t counter[4], key[2], out[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    cr_rng rng = {.left = 0};
    memcpy(rng.key, known[i].key, sizeof rng.key);
    memcpy(rng.counter, known[i].counter, sizeof rng.counter);
    for (int w = 0; w < 4; w++) CHECK(cr_rng_u32(&rng) == known[i].out[w]);
  }
}

static void check_streams(void) {
  // the first number of every stream is different: seed, purpose, item all count
  enum { SEEDS = 8, PURPOSES = 12, ITEMS = 200, N = SEEDS * PURPOSES * ITEMS };
  static uint64_t first[N], scratch[N];
  size_t n = 0;
  for (uint64_t s = 0; s < SEEDS; s++) {
    for (int p = 1; p <= PURPOSES; p++) {
      for (uint64_t item = 0; item < ITEMS; item++) {
        first[n++] = cr_rng_hash(s << 29, (cr_purpose)p, item << 25);
      }
    }
  }
  cr_sort_keys(first, scratch, n);
  size_t repeated = 0;
  for (size_t i = 1; i < n; i++) repeated += first[i] == first[i - 1];
  CHECK(repeated == 0);

  cr_rng a = cr_rng_stream(5, CR_FOR_TREE, 9), b = a;
  CHECK(cr_rng_u64(&a) == cr_rng_hash(5, CR_FOR_TREE, 9));
  const uint64_t low = cr_rng_u32(&b);
  CHECK((low | (uint64_t)cr_rng_u32(&b) << 32) == cr_rng_hash(5, CR_FOR_TREE, 9));
}

// Pearson's statistic of counts that should all be n / k.
static double chi_square(const uint32_t* count, uint32_t k, double n) {
  const double expected = n / k;
  double sum = 0;
  for (uint32_t i = 0; i < k; i++) {
    const double gap = (double)count[i] - expected;
    sum += gap * gap / expected;
  }
  return sum;
}

static void check_uniform(void) {
  enum { N = 400000, BINS = 100 };
  static uint32_t count[BINS];
  cr_rng rng = cr_rng_stream(20, CR_FOR_SIMULATION, 0);
  bool inside = true;
  double sum = 0;
  for (int i = 0; i < N; i++) {
    const double u = cr_rng_unit(&rng);
    inside = inside && u >= 0.0 && u < 1.0;
    sum += u;
    if (inside) count[(int)(u * BINS)]++;
  }
  CHECK(inside);
  CHECK_NEAR(sum / N, 0.5, 4 * sqrt(1.0 / 12 / N));
  CHECK(chi_square(count, BINS, N) < 148.2);  // 99.9 % point at 99 degrees
}

static void check_below(void) {
  enum { N = 300000 };
  static uint32_t count[1000];
  // 99.9 % points of chi-square at n - 1 degrees
  static const struct {
    uint32_t n;
    double limit;
  } cases[] = {{2, 10.83}, {3, 13.82}, {6, 20.52}, {7, 22.46}, {1000, 1142.9}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    const uint32_t n = cases[c].n;
    memset(count, 0, sizeof count);
    cr_rng rng = cr_rng_stream(21, CR_FOR_SIMULATION, n);
    bool inside = true;
    for (int i = 0; i < N; i++) {
      const uint32_t x = cr_rng_below(&rng, n);
      inside = inside && x < n;
      if (inside) count[x]++;
    }
    CHECK(inside);
    CHECK(chi_square(count, n, N) < cases[c].limit);
  }

  // With n = 3 * 2^30 a plain remainder would give the lower third twice the share
  // of the others; so would a product without rejection, spread over the range.
  const uint32_t n = 3U << 30;
  cr_rng rng = cr_rng_stream(22, CR_FOR_SIMULATION, 0);
  uint32_t third[3] = {0, 0, 0}, residue[3] = {0, 0, 0};
  for (int i = 0; i < N; i++) {
    const uint32_t x = cr_rng_below(&rng, n);
    third[x >> 30]++;
    residue[x % 3]++;
  }
  CHECK(chi_square(third, 3, N) < 13.82);
  CHECK(chi_square(residue, 3, N) < 13.82);

  for (int i = 0; i < 100; i++) CHECK(cr_rng_below(&rng, 1) == 0);
}

static void check_normal(void) {
  enum { N = 200000 };
  static double x[N];
  static uint32_t order[N];
  cr_rng rng = cr_rng_stream(23, CR_FOR_SIMULATION, 0);
  double sum = 0, square = 0, cube = 0, fourth = 0;
  for (int i = 0; i < N; i++) {
    const double z = x[i] = cr_rng_normal(&rng);
    sum += z;
    square += z * z;
    cube += z * z * z;
    fourth += z * z * z * z;
  }
  const double root = sqrt((double)N);
  CHECK_NEAR(sum / N, 0, 4 / root);
  CHECK_NEAR(square / N, 1, 4 * sqrt(2.0) / root);
  CHECK_NEAR(cube / N, 0, 4 * sqrt(15.0) / root);
  CHECK_NEAR(fourth / N, 3, 4 * sqrt(96.0) / root);

  // Kolmogorov's distance to the normal distribution, 99.9 % point
  CHECK(cr_sort_order(x, N, order, NULL) == CR_OK);
  double distance = 0;
  for (int i = 0; i < N; i++) {
    const double p = 0.5 * erfc(-x[order[i]] / sqrt(2.0));
    distance = fmax(distance, fmax(p - (double)i / N, (i + 1.0) / N - p));
  }
  CHECK(distance < 1.95 / root);
}

static void check_shuffle(void) {
  enum { N = 1000 };
  static uint32_t order[N];
  static bool seen[N];
  cr_rng rng = cr_rng_stream(24, CR_FOR_FOLDS, 0);
  cr_rng_shuffle(&rng, order, N);
  size_t distinct = 0, in_place = 0;
  for (uint32_t i = 0; i < N; i++) {
    if (order[i] < N && !seen[order[i]]) {
      seen[order[i]] = true;
      distinct++;
    }
    in_place += order[i] == i;
  }
  CHECK(distinct == N);
  CHECK(in_place < 10);  // one is expected

  // all 24 orders of four are equally frequent
  enum { ROUNDS = 48000 };
  uint32_t count[256] = {0}, frequency[24];
  for (int i = 0; i < ROUNDS; i++) {
    cr_rng_shuffle(&rng, order, 4);
    count[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
  }
  uint32_t orders = 0;
  for (int i = 0; i < 256; i++) {
    if (count[i] > 0 && orders < 24) frequency[orders++] = count[i];
  }
  CHECK(orders == 24);
  CHECK(chi_square(frequency, 24, ROUNDS) < 49.73);

  cr_rng_shuffle(&rng, order, 0);
  cr_rng_shuffle(&rng, order, 1);
  CHECK(order[0] == 0);
}

void test_rng(void) {
  check_known_answers();
  check_streams();
  check_uniform();
  check_below();
  check_normal();
  check_shuffle();
}
