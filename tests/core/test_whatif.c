#include "tree/whatif.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"
#include "tree/score.h"

enum { P = 3, ROWS = 150, SETTINGS = 4 };

// Two stumps and a tree of both: features 0 and 2, never 1.
static void plant(cr_trees* trees) {
  const int32_t feature[] = {0, -1, -1, 2, -1, -1, 0, 2, -1, -1, -1};
  const int32_t left[] = {1, -1, -1, 1, -1, -1, 1, 2, -1, -1, -1};
  const int32_t right[] = {2, -1, -1, 2, -1, -1, 4, 3, -1, -1, -1};
  const double value[] = {0, 1, 2, 0, 10, 20, 0, 0, 100, 200, 300};
  CHECK(cr_trees_reserve(trees, 11, 0, NULL) == CR_OK);
  trees->n_trees = 1;
  trees->n_nodes = 3;
  CHECK(cr_trees_reserve(trees, 11, 0, NULL) == CR_OK);
  trees->n_trees = 2;
  CHECK(cr_trees_reserve(trees, 11, 0, NULL) == CR_OK);
  for (size_t i = 0; i < 11; i++) {
    trees->feature[i] = feature[i];
    trees->left[i] = left[i];
    trees->right[i] = right[i];
    trees->value[i] = value[i];
    trees->bin[i] = 5;
    trees->subset[i] = -1;
    trees->missing_left[i] = 1;
    trees->gain[i] = trees->cover[i] = 0;
  }
  trees->n_trees = 3;
  trees->n_nodes = 11;
  const int32_t start[] = {0, 3, 6, 11};
  memcpy(trees->tree_start, start, sizeof start);
  CHECK(cr_trees_validate(trees, P, NULL) == CR_OK);
}

void test_whatif(void) {
  static uint8_t column[P * ROWS], before[P * ROWS], changed[P * ROWS];
  static double output[SETTINGS * ROWS], expected[ROWS];
  static int32_t order[2 * ROWS];
  cr_rng rng = cr_rng_stream(5, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < sizeof column; i++) column[i] = (uint8_t)cr_rng_below(&rng, 11);
  memcpy(before, column, sizeof column);
  uint8_t set[P * SETTINGS] = {0, 5, 6, 9, 1, 1, 1, 1, 9, 0, 2, 7};
  cr_trees trees = {0};
  plant(&trees);
  const cr_codes codes = {.n_rows = ROWS, .n_features = P, .column = column};
  const cr_codes setting = {.n_rows = SETTINGS, .n_features = P, .column = set};
  const cr_codes other = {.n_rows = ROWS, .n_features = P, .column = changed};
  const cr_run run = {.threads = 2};
  const int32_t feature[] = {2, 0};

  for (size_t n_features = 1; n_features <= 2; n_features++) {
    CHECK(cr_whatif_set(&trees, &codes, feature, n_features, &setting, &run, output,
                        NULL) == CR_OK);
    CHECK(memcmp(column, before, sizeof column) == 0);
    for (size_t s = 0; s < SETTINGS; s++) {
      memcpy(changed, before, sizeof changed);
      for (size_t k = 0; k < n_features; k++) {
        const size_t j = (size_t)feature[k];
        memset(changed + j * ROWS, set[j * SETTINGS + s], ROWS);
      }
      CHECK(cr_score_codes(&trees, &other, 0.0, &run, expected, NULL) == CR_OK);
      CHECK(memcmp(expected, output + s * ROWS, sizeof expected) == 0);
    }
  }

  for (size_t i = 0; i < ROWS; i++) {
    order[i] = (int32_t)i;
    order[ROWS + i] = (int32_t)((i + 7) % ROWS);
  }
  CHECK(cr_whatif_swap(&trees, &codes, feature, 2, order, 2, &run, output, NULL) ==
        CR_OK);
  CHECK(memcmp(column, before, sizeof column) == 0);
  CHECK(cr_score_codes(&trees, &codes, 0.0, &run, expected, NULL) == CR_OK);
  CHECK(memcmp(expected, output, sizeof expected) == 0);
  for (size_t i = 0; i < ROWS; i++) {
    CHECK(output[ROWS + i] == expected[(i + 7) % ROWS]);  // both features moved together
  }
  const cr_run one = {.threads = 1};
  CHECK_ALLOCATIONS(
      cr_whatif_swap(&trees, &codes, feature, 2, order, 2, &one, output, NULL), (void)0);
  CHECK_ALLOCATIONS(
      cr_whatif_set(&trees, &codes, feature, 2, &setting, &one, output, NULL), (void)0);
  CHECK(memcmp(column, before, sizeof column) == 0);
  cr_trees_free(&trees);
}
