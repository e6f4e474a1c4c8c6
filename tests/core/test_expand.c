#include "tree/expand.h"

#include "check.h"
#include "tree/score.h"

// Two trees: a split by number with missing on the left, and one by subset below it; and
// a single leaf.
void test_expand(void) {
  int32_t start[] = {0, 5, 6},
          split[] = {3 << 9 | 1 << 8 | 2, -1, CR_GROVE_SUBSET, -1, -1, -1};
  int32_t follow[] = {2, 1 << 28, 4, 1 << 29, CR_GROVE_ONE, 1 << 29};
  int32_t cover[] = {9, 4, 5, 3, 2, 9}, subset_feature[] = {1};
  uint8_t bits[CR_GROVE_SUBSET_BYTES] = {1U << 3};
  const cr_grove grove = {2, 6, 1, start, split, follow, cover, subset_feature, bits};
  CHECK(cr_grove_validate(&grove, 4, NULL) == CR_OK);
  cr_trees trees = {0};
  CHECK_ALLOCATIONS(cr_expand_grove(&grove, &trees, NULL), cr_trees_free(&trees));
  CHECK(cr_expand_grove(&grove, &trees, NULL) == CR_OK);
  CHECK(cr_trees_validate(&trees, 4, NULL) == CR_OK);
  CHECK(trees.n_trees == 2 && trees.n_nodes == 6 && trees.cover[2] == 5.0);

  // the mean probability of each row
  uint8_t column[] = {0, 0, 0, 0, 0, 3, 3, 4, 0, 0, 0, 0, 0, 2, 3, 255};
  column[4] = 3;  // feature 1 of the first row
  const double expected[] = {(0.25 + 0.5) / 2, (0.25 + 0.5) / 2, (0.5 + 0.5) / 2,
                             (1.0 + 0.5) / 2};
  const cr_codes codes = {.n_rows = 4, .n_features = 4, .column = column};
  const cr_run run = {.threads = 1};
  double output[4];
  CHECK(cr_score_codes(&trees, &codes, 0.0, &run, output, NULL) == CR_OK);
  for (int i = 0; i < 4; i++) CHECK_NEAR(output[i], expected[i], 1e-15);
  cr_trees_free(&trees);
}
