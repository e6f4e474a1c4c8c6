#include "tree/shap.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"
#include "plant.h"
#include "tree/paths.h"
#include "tree/score.h"

enum { P = 7, ROWS = 64 * 9 + 17 };

// What a set of features is worth: walks every way with its probability.
static double worth(const cr_trees* trees, const uint8_t* code, unsigned set) {
  double sum = 0.0;
  for (size_t t = 0; t < trees->n_trees; t++) {
    const size_t first = (size_t)trees->tree_start[t];
    const size_t n = (size_t)trees->tree_start[t + 1] - first;
    double reach[400] = {1.0};
    for (size_t i = 0; i < n; i++) {
      const size_t at = first + i;
      if (trees->feature[at] < 0) {
        sum += reach[i] * trees->value[at];
        continue;
      }
      const size_t left = (size_t)trees->left[at], right = (size_t)trees->right[at];
      double share;
      if (set >> trees->feature[at] & 1) {
        share = cr_trees_goes_left(trees, at, code[trees->feature[at]]) ? 1.0 : 0.0;
      } else {
        const double l = trees->cover[first + left], r = trees->cover[first + right];
        share = l + r > 0 ? l / (l + r) : 0.5;
      }
      reach[left] = reach[i] * share;
      reach[right] = reach[i] * (1.0 - share);
    }
  }
  return sum;
}

static double factorial(int n) { return n < 2 ? 1.0 : n * factorial(n - 1); }

// Shapley's own formula over all sets; `pair[j][k]` Lundberg's split of it.
static void brute_force(const cr_trees* trees, const uint8_t* code, double* alone,
                        double pair[P][P]) {
  double v[1 << P];
  for (unsigned s = 0; s < 1U << P; s++) v[s] = worth(trees, code, s);
  for (int j = 0; j < P; j++) {
    alone[j] = 0.0;
    for (unsigned s = 0; s < 1U << P; s++) {
      if (s >> j & 1) continue;
      const int size = __builtin_popcount(s);
      alone[j] += factorial(size) * factorial(P - size - 1) / factorial(P) *
                  (v[s | 1U << j] - v[s]);
    }
    pair[j][j] = alone[j];
    for (int k = 0; k < P; k++) {
      if (k == j) continue;
      pair[j][k] = 0.0;
      for (unsigned s = 0; s < 1U << P; s++) {
        if (s >> j & 1 || s >> k & 1) continue;
        const int size = __builtin_popcount(s);
        const double both =
            v[s | 1U << j | 1U << k] - v[s | 1U << j] - v[s | 1U << k] + v[s];
        pair[j][k] +=
            factorial(size) * factorial(P - size - 2) / (2 * factorial(P - 1)) * both;
      }
      pair[j][j] -= pair[j][k];
    }
  }
}

static void agrees(int n_trees, int n_leaves, bool chain, cr_simd simd) {
  static uint8_t column[P * ROWS];
  static double value[P * ROWS], pairs[P * P * ROWS], output[ROWS], other[P * ROWS];
  cr_rng rng = cr_rng_stream(43, CR_FOR_SIMULATION, (uint64_t)(n_leaves + 1000 * chain));
  for (size_t i = 0; i < sizeof column; i++) {
    column[i] = cr_rng_below(&rng, 8) == 0 ? 0 : (uint8_t)cr_rng_below(&rng, 256);
  }
  cr_trees trees = {0};
  plant(P, n_trees, n_leaves, chain, &rng, &trees);
  const cr_codes codes = {.n_rows = ROWS, .n_features = P, .column = column};
  const cr_run run = {.threads = 2, .simd = simd};
  double mean, again;
  CHECK(cr_score_codes(&trees, &codes, 0.0, &run, output, NULL) == CR_OK);
  CHECK(cr_shap_codes(&trees, &codes, false, &run, &mean, value, NULL) == CR_OK);
  CHECK(cr_shap_codes(&trees, &codes, true, &run, &again, pairs, NULL) == CR_OK);
  CHECK(mean == again);

  double worst = 0.0;
  bool same = true, symmetric = true;
  for (size_t i = 0; i < ROWS; i++) {
    uint8_t row[P];
    double total = mean, sum = mean;
    for (size_t j = 0; j < P; j++) {
      row[j] = column[j * ROWS + i];
      total += value[j * ROWS + i];
      for (size_t k = 0; k < P; k++) {
        sum += pairs[(k * P + j) * ROWS + i];
        symmetric =
            symmetric && pairs[(k * P + j) * ROWS + i] == pairs[(j * P + k) * ROWS + i];
      }
    }
    worst = fmax(worst, fmax(fabs(total - output[i]), fabs(sum - output[i])));
    if (i % 13 == 0) {  // alone: the same bits, without tables
      const cr_codes one = {.n_rows = 1, .n_features = P, .column = row};
      double alone[P], unused;
      CHECK(cr_shap_codes(&trees, &one, false, &run, &unused, alone, NULL) == CR_OK);
      for (size_t j = 0; j < P; j++) same = same && alone[j] == value[j * ROWS + i];
    }
    if (i % 97 != 0) continue;
    double expected[P], expected_pair[P][P];
    brute_force(&trees, row, expected, expected_pair);
    CHECK_NEAR(mean, worth(&trees, row, 0), 1e-11);
    for (size_t j = 0; j < P; j++) {
      CHECK_NEAR(value[j * ROWS + i], expected[j], 1e-11);
      for (size_t k = 0; k < P; k++) {
        CHECK_NEAR(pairs[(k * P + j) * ROWS + i], expected_pair[j][k], 1e-11);
      }
    }
  }
  CHECK(worst < 1e-11);
  CHECK(same);
  CHECK(symmetric);
  const cr_run three = {.threads = 3, .simd = CR_SIMD_PORTABLE};
  CHECK(cr_shap_codes(&trees, &codes, false, &three, &mean, other, NULL) == CR_OK);
  CHECK(memcmp(other, value, sizeof value) == 0);
  if (n_leaves == 6) {
    const cr_run one = {.threads = 1};
    CHECK_ALLOCATIONS(cr_shap_codes(&trees, &codes, true, &one, &mean, pairs, NULL),
                      (void)0);
  }
  cr_trees_free(&trees);
}

static void refuses_damaged_covers(void) {
  cr_rng rng = cr_rng_stream(1, CR_FOR_SIMULATION, 0);
  cr_trees trees = {0};
  plant(P, 1, 3, false, &rng, &trees);
  uint8_t row[P] = {0};
  const cr_codes codes = {.n_rows = 1, .n_features = P, .column = row};
  const cr_run run = {.threads = 1};
  double mean, value[P];
  const double wrong[] = {-1.0, NAN, INFINITY};
  for (size_t w = 0; w < 3; w++) {
    const double kept = trees.cover[1];
    trees.cover[1] = wrong[w];
    CHECK(cr_shap_codes(&trees, &codes, false, &run, &mean, value, NULL) == CR_EMODEL);
    trees.cover[1] = kept;
  }
  cr_trees_free(&trees);
}

// A split on one feature: the row's side less the mean, all of it to that feature.
static void knows_one_split(void) {
  cr_rng rng = cr_rng_stream(2, CR_FOR_SIMULATION, 0);
  cr_trees trees = {0};
  plant(P, 1, 2, false, &rng, &trees);
  trees.feature[0] = 3;
  trees.subset[0] = -1;
  trees.bin[0] = 10;
  trees.value[1] = -1.0;
  trees.value[2] = 3.0;
  trees.cover[1] = 30.0;
  trees.cover[2] = 10.0;
  uint8_t row[P] = {0, 0, 0, 10};
  const cr_codes codes = {.n_rows = 1, .n_features = P, .column = row};
  const cr_run run = {.threads = 1};
  double mean, value[P];
  CHECK(cr_shap_codes(&trees, &codes, false, &run, &mean, value, NULL) == CR_OK);
  CHECK(mean == 0.0 && value[3] == -1.0 && value[0] == 0.0 && value[6] == 0.0);
  row[3] = 11;
  CHECK(cr_shap_codes(&trees, &codes, false, &run, &mean, value, NULL) == CR_OK);
  CHECK(value[3] == 3.0);
  cr_trees_free(&trees);
}

void test_shap(void) {
  const int sizes[] = {1, 2, 6, 9, 10, 31, 100};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    agrees(9, sizes[s], false, CR_SIMD_BEST);
    agrees(9, sizes[s], false, CR_SIMD_PORTABLE);
  }
  agrees(3, 10, true, CR_SIMD_BEST);
  agrees(3, 40, true, CR_SIMD_BEST);
  refuses_damaged_covers();
  knows_one_split();
}
