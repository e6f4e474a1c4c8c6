#include "tree/grove.h"

#include "tree/walk.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"

enum { P = 19, ROWS = 2048 * 2 + 77, TREES = 7, LEAVES = 60 };

// Node 0 splits feature 0 at code 2, missing on the left; its right child splits feature
// 1 by a subset with codes 3 and 200.
static int32_t start_[] = {0, 5},
               split_[] = {0 << 9 | 1 << 8 | 2, -1, CR_GROVE_SUBSET, -1, -1};
static int32_t follow_[] = {2, 1 << 28, 4, 1 << 29, CR_GROVE_ONE},
               cover_[] = {9, 4, 5, 3, 2};
static int32_t subset_feature_[] = {1};
static uint8_t bits_[CR_GROVE_SUBSET_BYTES] = {1U << 3};

static cr_grove example(void) {
  bits_[25] = 1;
  const cr_grove grove = {1,    5, 1, start_, split_, follow_, cover_, subset_feature_,
                          bits_};
  return grove;
}

static cr_codes codes_of(uint8_t* block, size_t n_rows, size_t n_features) {
  const cr_codes codes = {.n_rows = n_rows, .n_features = n_features, .block = block};
  return codes;
}

static void known_rows_reach_known_leaves(void) {
  const cr_grove grove = example();
  const uint8_t rows[][2] = {{0, 3}, {2, 0}, {3, 3}, {200, 200}, {3, 0}, {255, 4}};
  const double probability[] = {0.25, 0.25, 0.5, 0.5, 1 - 1e-6, 1 - 1e-6};
  uint8_t block[6 * CR_BLOCK] = {0};
  for (size_t i = 0; i < 6; i++) memcpy(block + i * CR_BLOCK, rows[i], 2);
  const cr_codes codes = codes_of(block, 6, 2);
  const cr_run run = {.threads = 1};
  double score[6];
  CHECK(cr_grove_validate(&grove, 2, NULL) == CR_OK);
  CHECK(cr_walk_score(&grove, &codes, &run, score, NULL) == CR_OK);
  for (int i = 0; i < 6; i++) CHECK(score[i] == cr_logit(probability[i]));

  uint8_t used[3];
  cr_grove_features(&grove, 3, used);
  CHECK(used[0] == 1 && used[1] == 1 && used[2] == 0);
}

// Every single field out of order is found, by validation and, where a walk comes by, by
// the checked walk.
static void damage_is_found(void) {
  typedef struct {
    int32_t* place;
    int32_t value;
  } damage;
  const damage damages[] = {{&start_[0], 1},
                            {&start_[1], 4},
                            {&split_[0], -2},
                            {&split_[0], 5 << 9 | 2},
                            {&split_[0], 1 << 8},
                            {&split_[0], 255},
                            {&split_[2], CR_GROVE_SUBSET | 1},
                            {&split_[1], 1},
                            {&split_[4], 1},
                            {&follow_[0], 1},
                            {&follow_[0], 0},
                            {&follow_[0], 5},
                            {&follow_[0], -1},
                            {&follow_[0], 3},
                            {&follow_[2], 3},
                            {&follow_[2], 1 << 30},
                            {&follow_[1], -1},
                            {&follow_[3], CR_GROVE_ONE + 1},
                            {&cover_[0], 8},
                            {&cover_[3], 0},
                            {&subset_feature_[0], 2},
                            {&subset_feature_[0], -1}};
  const cr_run run = {.threads = 1};
  uint8_t block[40 * CR_BLOCK] = {0};
  double score[40];
  for (size_t i = 0; i < 40; i++) {
    block[i * CR_BLOCK] = (uint8_t)(i % 4);
    block[i * CR_BLOCK + 1] = (uint8_t)(i % 5);
  }
  const cr_codes many = codes_of(block, 40, 2), few = codes_of(block, 20, 2);
  for (size_t d = 0; d < sizeof damages / sizeof *damages; d++) {
    cr_grove grove = example();
    const int32_t before = *damages[d].place;
    *damages[d].place = damages[d].value;
    CHECK(cr_grove_validate(&grove, 2, NULL) == CR_EMODEL);
    CHECK(cr_walk_score(&grove, &many, &run, score, NULL) == CR_EMODEL);
    // few rows notice what would lead them astray; sums of covers they never read
    (void)cr_walk_score(&grove, &few, &run, score, NULL);
    *damages[d].place = before;
  }
  cr_grove none = example();
  none.n_trees = 0;
  CHECK(cr_grove_validate(&none, 2, NULL) == CR_EMODEL);
  CHECK(cr_walk_score(&none, &few, &run, score, NULL) == CR_EMODEL);
}

// A random tree in left-first order: the split of a leaf moves all nodes behind it.
static void grow_at_random(cr_rng* rng, cr_grove* grove) {
  const size_t first = grove->n_nodes;
  int32_t *split = grove->split + first, *follow = grove->follow + first;
  int32_t open[2 * LEAVES], n_open = 1, n = 0, leaves = 0;
  open[0] = -1;
  while (n_open > 0) {
    const int32_t parent = open[--n_open];
    if (parent >= 0) follow[parent] = n;
    const int32_t node = n++;
    const bool may_split = leaves + n_open + 2 <= LEAVES;
    if (!may_split || cr_rng_below(rng, 8) == 0) {
      split[node] = -1;
      follow[node] = (int32_t)cr_rng_below(rng, CR_GROVE_ONE + 1U);
      leaves++;
      continue;
    }
    const int32_t feature = (int32_t)cr_rng_below(rng, P);
    if (cr_rng_below(rng, 3) == 0) {
      const size_t s = grove->n_subsets++;
      split[node] = CR_GROVE_SUBSET | (int32_t)s;
      grove->subset_feature[s] = feature;
      for (size_t b = 0; b < CR_GROVE_SUBSET_BYTES; b++) {
        grove->subset_bits[s * CR_GROVE_SUBSET_BYTES + b] =
            (uint8_t)cr_rng_below(rng, 256);
      }
    } else {
      const int32_t missing_left = (int32_t)cr_rng_below(rng, 2);
      const int32_t last = 1 + (int32_t)cr_rng_below(rng, CR_BINS_MAX);
      split[node] = feature << 9 | missing_left << 8 | last;
    }
    open[n_open++] = node;  // right
    open[n_open++] = -1;    // left: the follow node
  }
  for (int32_t i = n - 1; i >= 0; i--) {
    int32_t* cover = grove->cover + first;
    cover[i] = split[i] < 0 ? 1 : cover[i + 1] + cover[follow[i]];
  }
  grove->n_nodes += (size_t)n;
  grove->tree_start[++grove->n_trees] = (int32_t)grove->n_nodes;
}

static double slowly(const cr_grove* grove, const cr_codes* codes, size_t row) {
  int64_t sum = 0;
  for (size_t t = 0; t < grove->n_trees; t++) {
    const int32_t* split = grove->split + grove->tree_start[t];
    const int32_t* follow = grove->follow + grove->tree_start[t];
    int32_t node = 0;
    while (split[node] >= 0) {
      size_t feature = (size_t)split[node] >> 9;
      const bool by_subset = split[node] >= CR_GROVE_SUBSET;
      const size_t s = (size_t)(split[node] - CR_GROVE_SUBSET);
      if (by_subset) feature = (size_t)grove->subset_feature[s];
      const uint8_t code =
          codes->block[(feature / 16 * codes->n_rows + row) * 16 + feature % 16];
      bool left = code <= split[node] % 256;
      if (code == 0) left = split[node] / 256 % 2;
      if (by_subset) {
        left = grove->subset_bits[s * CR_GROVE_SUBSET_BYTES + code / 8] >> code % 8 & 1;
      }
      node = left ? node + 1 : follow[node];
    }
    sum += follow[node];
  }
  const double p = (double)sum / (double)grove->n_trees / CR_GROVE_ONE;
  return log(p / (1 - p));
}

static void any_number_of_rows_scores_alike(void) {
  static int32_t start[TREES + 1], split[TREES * 2 * LEAVES], follow[TREES * 2 * LEAVES];
  static int32_t cover[TREES * 2 * LEAVES], feature[TREES * LEAVES];
  static uint8_t bits[TREES * LEAVES * CR_GROVE_SUBSET_BYTES];
  static uint8_t block[2 * ROWS * CR_BLOCK];
  static double score[ROWS], again[ROWS];
  cr_grove grove = {0, 0, 0, start, split, follow, cover, feature, bits};
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, 0);
  for (int t = 0; t < TREES; t++) grow_at_random(&rng, &grove);
  CHECK(cr_grove_validate(&grove, P, NULL) == CR_OK);
  CHECK(cr_grove_validate(&grove, P - 5, NULL) == CR_EMODEL);
  for (size_t i = 0; i < sizeof block; i++) {
    block[i] = cr_rng_below(&rng, 6) == 0 ? 0 : (uint8_t)cr_rng_below(&rng, 256);
  }
  const cr_codes codes = codes_of(block, ROWS, P);
  for (int threads = 1; threads <= 3; threads++) {
    const cr_run run = {.threads = threads};
    CHECK(cr_walk_score(&grove, &codes, &run, threads == 1 ? score : again, NULL) ==
          CR_OK);
    CHECK(threads == 1 || memcmp(score, again, sizeof score) == 0);
  }
  for (size_t i = 0; i < ROWS; i += 13) {
    CHECK_NEAR(score[i], slowly(&grove, &codes, i), 1e-9);
  }
  // one row alone, in a table of its own
  for (size_t i = 0; i < 20; i++) {
    uint8_t alone[2 * CR_BLOCK];
    memcpy(alone, block + i * CR_BLOCK, CR_BLOCK);
    memcpy(alone + CR_BLOCK, block + (ROWS + i) * CR_BLOCK, CR_BLOCK);
    const cr_codes one = codes_of(alone, 1, P);
    const cr_run run = {.threads = 2};
    double link;
    CHECK(cr_walk_score(&grove, &one, &run, &link, NULL) == CR_OK && link == score[i]);
  }
  const cr_run alone = {.threads = 1};
  CHECK_ALLOCATIONS(cr_walk_score(&grove, &codes, &alone, again, NULL), (void)0);
}

void test_grove(void) {
  known_rows_reach_known_leaves();
  damage_is_found();
  any_number_of_rows_scores_alike();
  cr_grove zeroed = {0};
  cr_grove_free(&zeroed);
  cr_grove_free(&zeroed);
}
