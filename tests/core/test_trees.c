#include "tree/trees.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"
#include "tree/quick.h"
#include "tree/score.h"

// Node 0 splits on feature 0 at code 2, its right child on a subset of feature 1.
static cr_status example(cr_trees* trees) {
  const cr_status status = cr_trees_reserve(trees, 5, 1, NULL);
  if (status != CR_OK) {
    cr_trees_free(trees);
    return status;
  }
  const int32_t feature[] = {0, -1, 1, -1, -1}, bin[] = {2, -1, -1, -1, -1};
  const int32_t subset[] = {-1, -1, 0, -1, -1}, missing[] = {1, 0, 0, 0, 0};
  const int32_t left[] = {1, -1, 3, -1, -1}, right[] = {2, -1, 4, -1, -1};
  const double value[] = {0, 1, 0, 10, 100};
  memcpy(trees->feature, feature, sizeof feature);
  memcpy(trees->bin, bin, sizeof bin);
  memcpy(trees->subset, subset, sizeof subset);
  memcpy(trees->missing_left, missing, sizeof missing);
  memcpy(trees->left, left, sizeof left);
  memcpy(trees->right, right, sizeof right);
  memcpy(trees->value, value, sizeof value);
  memset(trees->gain, 0, 5 * sizeof(double));
  memset(trees->cover, 0, 5 * sizeof(double));
  memset(trees->subset_bits, 0, CR_SUBSET_BYTES);
  trees->subset_bits[0] = 1U << 3;  // code 3
  trees->subset_bits[25] = 1U;      // code 200
  trees->n_nodes = 5;
  trees->n_subsets = 1;
  trees->n_trees = 1;
  trees->tree_start[1] = 5;
  return CR_OK;
}

// Random trees of any shape, scored 64 rows at a time, against one walk a row.
static void many_rows_equal_one_walk_each(int n_leaves, cr_simd simd) {
  enum { P = 7, ROWS = 64 * 3 + 17 };
  static uint8_t column[P * ROWS];
  cr_rng rng = cr_rng_stream(41, CR_FOR_SIMULATION, (uint64_t)n_leaves);
  for (size_t i = 0; i < sizeof column; i++) {
    column[i] = cr_rng_below(&rng, 8) == 0 ? 0 : (uint8_t)cr_rng_below(&rng, 256);
  }
  cr_trees trees = {0};
  for (int t = 0; t < 9; t++) {
    CHECK(cr_trees_reserve(&trees, 2 * (size_t)n_leaves, (size_t)n_leaves, NULL) ==
          CR_OK);
    const size_t first = trees.n_nodes;
    int n = 1;
    trees.feature[first] = -1;
    for (int leaves = 1; leaves < n_leaves; leaves++) {
      int32_t node;  // any leaf becomes an inner node
      do node = (int32_t)cr_rng_below(&rng, (uint32_t)n);
      while (trees.feature[first + (size_t)node] >= 0);
      const size_t at = first + (size_t)node;
      trees.feature[at] = (int32_t)cr_rng_below(&rng, P);
      trees.bin[at] = 1 + (int32_t)cr_rng_below(&rng, 255);
      trees.missing_left[at] = (int32_t)cr_rng_below(&rng, 2);
      trees.subset[at] = -1;
      if (cr_rng_below(&rng, 4) == 0) {
        trees.subset[at] = (int32_t)trees.n_subsets;
        uint8_t* bits = trees.subset_bits + trees.n_subsets++ * CR_SUBSET_BYTES;
        for (int b = 0; b < CR_SUBSET_BYTES; b++)
          bits[b] = (uint8_t)cr_rng_below(&rng, 256);
      }
      trees.left[at] = n;
      trees.right[at] = n + 1;
      trees.feature[first + (size_t)n] = trees.feature[first + (size_t)n + 1] = -1;
      n += 2;
    }
    for (int i = 0; i < n; i++) trees.value[first + (size_t)i] = cr_rng_normal(&rng);
    trees.n_nodes += (size_t)n;
    trees.tree_start[++trees.n_trees] = (int32_t)trees.n_nodes;
  }
  CHECK(cr_trees_validate(&trees, P, NULL) == CR_OK);

  const cr_codes codes = {.n_rows = ROWS, .n_features = P, .column = column};
  const cr_run run = {.threads = 2, .simd = simd};
  static double together[ROWS];
  CHECK(cr_score_codes(&trees, &codes, 0.25, &run, together, NULL) == CR_OK);
  bool same = true;
  for (size_t i = 0; i < ROWS; i++) {
    uint8_t row[P];
    double alone;
    for (size_t j = 0; j < P; j++) row[j] = column[j * ROWS + i];
    const cr_codes one = {.n_rows = 1, .n_features = P, .column = row};
    CHECK(cr_score_codes(&trees, &one, 0.25, &run, &alone, NULL) == CR_OK);
    same = same && memcmp(&alone, &together[i], sizeof alone) == 0;
  }
  CHECK(same);
  if (n_leaves == 9 && simd == CR_SIMD_BEST) {
    CHECK_ALLOCATIONS(cr_score_codes(&trees, &codes, 0, &run, together, NULL), (void)0);
  }
  cr_trees_free(&trees);
}

void test_trees(void) {
  const int sizes[] = {1, 2, 6, 8, 9, 31, 63, 64, 65, 100};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    many_rows_equal_one_walk_each(sizes[s], CR_SIMD_BEST);
    many_rows_equal_one_walk_each(sizes[s], CR_SIMD_PORTABLE);
  }

  cr_trees trees = {0};
  CHECK_ALLOCATIONS(example(&trees), cr_trees_free(&trees));
  CHECK(example(&trees) == CR_OK);
  CHECK(cr_trees_validate(&trees, 2, NULL) == CR_OK);
  CHECK_ALLOCATIONS(cr_trees_validate(&trees, 2, NULL), (void)0);

  // a row goes where codes, missing direction and subset say
  uint8_t column[] = {0, 2, 3, 3, 3, 255, /* feature 1 */ 0, 0, 3, 200, 0, 4};
  const cr_codes codes = {.n_rows = 6, .n_features = 2, .column = column};
  const cr_run run = {.threads = 2};
  double out[6];
  const double expected[] = {1.5, 1.5, 10.5, 10.5, 100.5, 100.5};
  CHECK(cr_score_codes(&trees, &codes, 0.5, &run, out, NULL) == CR_OK);
  CHECK(memcmp(out, expected, sizeof out) == 0);
  uint8_t used[3];
  cr_score_features(&trees, 3, used);
  CHECK(used[0] == 1 && used[1] == 1 && used[2] == 0);

  // every kind of damage is refused
  CHECK(cr_trees_validate(&trees, 1, NULL) == CR_EMODEL);
#define DAMAGE(place, wrong)                                \
  do {                                                      \
    const __typeof__(place) kept = (place);                 \
    (place) = (wrong);                                      \
    CHECK(cr_trees_validate(&trees, 2, NULL) == CR_EMODEL); \
    (place) = kept;                                         \
  } while (0)
  DAMAGE(trees.left[0], 0);
  DAMAGE(trees.left[0], -3);
  DAMAGE(trees.left[0], 2);
  DAMAGE(trees.left[0], 5);
  DAMAGE(trees.right[2], 1);
  DAMAGE(trees.right[2], 3);
  DAMAGE(trees.feature[2], 2);
  DAMAGE(trees.feature[0], -2);
  DAMAGE(trees.feature[2], -1);
  DAMAGE(trees.subset[2], 1);
  DAMAGE(trees.subset[2], -2);
  DAMAGE(trees.bin[0], 256);
  DAMAGE(trees.bin[0], 0);
  DAMAGE(trees.bin[0], -1);
  DAMAGE(trees.missing_left[0], 2);
  DAMAGE(trees.value[1], NAN);
  DAMAGE(trees.value[1], INFINITY);
  DAMAGE(trees.tree_start[0], 1);
  DAMAGE(trees.tree_start[1], 4);
  DAMAGE(trees.tree_start[1], INT32_MAX);
  DAMAGE(trees.n_nodes, (size_t)4);
#undef DAMAGE
  CHECK(cr_trees_validate(&trees, 2, NULL) == CR_OK);
  cr_trees_free(&trees);
}
