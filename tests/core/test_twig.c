#include "tree/twig.h"

#include "base/rng.h"
#include "check.h"
#include "tree/urn.h"

enum { ROWS = 300, WIDTH = 8 };

static uint8_t table[ROWS * WIDTH], turned[WIDTH * ROWS];
static int32_t unit[ROWS];
static uint32_t word[ROWS];

static const cr_split_rule RULE = {.gradient_unit = 1.0,
                                   .hessian_unit = 1.0,
                                   .min_gain = 1e-9,
                                   .min_count = 1,
                                   .count_low = 1.0,
                                   .count_high = 1.0};

static void fill(cr_rng* rng, uint32_t n_codes) {
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t j = 0; j < WIDTH; j++) {
      const uint8_t code = (uint8_t)cr_rng_below(rng, n_codes);
      table[i * WIDTH + j] = turned[j * ROWS + i] = code;
    }
    unit[i] = 1 + (int32_t)cr_rng_below(rng, 1000);
    const uint32_t times = 1 + cr_rng_below(rng, 31);
    word[i] = (uint32_t)i << CR_WORD_ROW | times << 1 | cr_rng_below(rng, 2);
  }
}

static void words_are_counted_by_code(void) {
  cr_rng rng = cr_rng_stream(51, CR_FOR_SIMULATION, 0);
  const int32_t feature[] = {6, 0, 3, 1};
  for (int weighted = 0; weighted <= 1; weighted++) {
    fill(&rng, 255);
    const int32_t* units = weighted ? unit : NULL;
    const cr_tally_source by_row = {table, WIDTH, 1, units};
    const cr_tally_source by_column = {turned, 1, ROWS, units};
    for (int k = 1; k <= CR_TALLY_TOGETHER; k++) {
      cr_cell a[CR_TALLY_TOGETHER * CR_TALLY_STRIDE] = {0};
      cr_cell b[CR_TALLY_TOGETHER * CR_TALLY_STRIDE] = {0};
      cr_cell expected[CR_TALLY_TOGETHER * CR_TALLY_STRIDE] = {0};
      int64_t rows = 0, events = 0;
      for (size_t i = 0; i < ROWS; i++) {
        const uint32_t times = (word[i] >> 1 & 31) * (weighted ? (uint32_t)unit[i] : 1);
        const uint32_t event = (word[i] & 1) * times;
        for (int f = 0; f < k; f++) {
          expected[f * CR_TALLY_STRIDE + table[i * WIDTH + (size_t)feature[f]]] +=
              cr_cell_pack((int32_t)event, times);
        }
        rows += times;
        events += event;
      }
      cr_tally_add(&by_row, word, ROWS, feature, k, a);
      cr_tally_add(&by_column, word, ROWS, feature, k, b);
      CHECK(memcmp(a, expected, sizeof a) == 0 && memcmp(b, expected, sizeof b) == 0);
      const cr_cell total = cr_tally_total(&by_row, word, ROWS);
      CHECK(cr_cell_hessian(total) == rows && cr_cell_gradient(total) == events);
    }
  }
}

static void words_are_parted_in_their_order(void) {
  cr_rng rng = cr_rng_stream(52, CR_FOR_SIMULATION, 0);
  uint8_t left[256];
  static uint32_t moved[ROWS], spare[ROWS];
  for (int share = 0; share <= 4; share++) {
    fill(&rng, 256);
    for (int c = 0; c < 256; c++) left[c] = cr_rng_below(&rng, 4) < (uint32_t)share;
    const cr_tally_source source = {table, WIDTH, 1, NULL};
    memcpy(moved, word, sizeof moved);
    const size_t n = cr_tally_part(&source, moved, ROWS, 5, left, spare);
    size_t l = 0, r = n;
    bool fine = true;
    for (size_t i = 0; i < ROWS; i++) {
      const bool goes_left = left[table[i * WIDTH + 5]];
      fine = fine && moved[goes_left ? l++ : r++] == word[i];
    }
    CHECK(fine && l == n && r == ROWS);
  }
}

// What the histogram's scan finds, byte for byte, for any number of words and codes.
static void few_words_split_as_many_do(void) {
  cr_rng rng = cr_rng_stream(53, CR_FOR_SIMULATION, 0);
  cr_cell cells[CR_TALLY_STRIDE] = {0};
  int found = 0;
  for (int trial = 0; trial < 3000; trial++) {
    const size_t n = 1 + cr_rng_below(&rng, CR_TWIG_ROWS);
    const uint32_t n_codes = 1 + cr_rng_below(&rng, trial % 2 ? 255 : 5);
    fill(&rng, n_codes);
    const cr_tally_source source = {table, WIDTH, 1, trial % 3 ? NULL : unit};
    cr_split_rule rule = RULE;
    rule.min_count = trial % 5 * 20;
    if (trial % 3 == 0) rule.gradient_unit = rule.hessian_unit = 1.0 / 64;
    const cr_split_node node = {
        .total = cr_tally_total(&source, word, n), .low = -INFINITY, .high = INFINITY};
    const cr_split_feature feature = {.index = 2, .n_bins = (int32_t)n_codes - 1};
    cr_split few, many;
    cr_twig twig;
    cr_twig_read(&source, word, n, &twig);
    cr_twig_scan(&rule, &node, &feature, &twig, cells, &few);
    bool zero = true;
    for (int c = 0; c < CR_TALLY_STRIDE; c++) zero = zero && cells[c] == 0;
    CHECK(zero);
    cr_cell counted[CR_TALLY_STRIDE] = {0};
    cr_tally_add(&source, word, n, &feature.index, 1, counted);
    cr_split_scan(&rule, &node, &feature, counted, NULL, CR_SIMD_BEST, &many);
    CHECK(few.feature == many.feature && few.gain == many.gain && few.bin == many.bin &&
          few.missing_left == many.missing_left && few.left == many.left);
    found += few.feature == 2;
  }
  CHECK(found > 2000);
}

static cr_cell left_of(const cr_split* split, const cr_cell* cells) {
  uint8_t goes_left[256];
  cr_cell left = 0;
  cr_split_table(split, goes_left);
  for (int c = 0; c < 256; c++) left += goes_left[c] ? cells[c] : 0;
  return left;
}

static void random_splits_are_admissible_and_spread(void) {
  // bins 2, 4, 5 and 9 have rows: three cuts, each as likely
  cr_cell cells[CR_TALLY_STRIDE] = {0};
  cells[2] = cr_cell_pack(1, 10);
  cells[4] = cr_cell_pack(5, 10);
  cells[5] = cr_cell_pack(0, 10);
  cells[9] = cr_cell_pack(9, 12);
  cr_split_node node = {
      .total = cr_cell_pack(15, 42), .low = -INFINITY, .high = INFINITY};
  cr_split_feature feature = {.index = 7, .n_bins = 12};
  cr_split split;
  int seen[256] = {0};
  for (uint64_t draw = 0; draw < 3000; draw++) {
    cr_twig_random(&RULE, &node, &feature, cells, cr_rng_mix(1, draw), &split);
    CHECK(split.feature == 7 && split.left == left_of(&split, cells));
    seen[split.bin]++;
  }
  CHECK(seen[2] + seen[4] + seen[5] == 3000);
  CHECK_NEAR(seen[2], 1000, 130);
  CHECK_NEAR(seen[4], 1000, 130);
  CHECK_NEAR(seen[5], 1000, 130);

  // Missing rows go to the better side: with the fewer events on the left of every cut,
  // to the left when they are none. After bin 9 they can only be the right side.
  for (int events = 0; events <= 8; events += 8) {
    cells[0] = cr_cell_pack(events, 8);
    node.total = cr_cell_pack(15 + events, 50);
    for (uint64_t draw = 0; draw < 100; draw++) {
      cr_twig_random(&RULE, &node, &feature, cells, cr_rng_mix(2, draw), &split);
      CHECK(split.feature == 7 && split.left == left_of(&split, cells));
      CHECK(split.missing_left == (events == 0 && split.bin != 9));
    }
  }
  // a rule that the split drawn breaks, a constant feature, and one all missing
  cr_split_rule strict = RULE;
  strict.min_count = 30;
  cr_twig_random(&strict, &node, &feature, cells, 3, &split);
  CHECK(split.feature == -1);
  cr_cell one[CR_TALLY_STRIDE] = {0};
  for (int c = 0; c <= 3; c += 3) {
    memset(one, 0, sizeof one);
    one[c] = node.total = cr_cell_pack(5, 9);
    cr_twig_random(&RULE, &node, &feature, one, 3, &split);
    CHECK(split.feature == -1);
  }

  // levels: each on either side half of the time
  feature.by_level = true;
  cells[0] = 0;
  node.total = cr_cell_pack(15, 42);
  int left_four = 0, drawn = 0;
  for (uint64_t draw = 0; draw < 2000; draw++) {
    cr_twig_random(&RULE, &node, &feature, cells, cr_rng_mix(4, draw), &split);
    if (split.feature < 0) continue;
    CHECK(split.bin == -1 && split.left == left_of(&split, cells));
    left_four += split.subset[0] >> 4 & 1;
    drawn++;
  }
  CHECK(drawn > 1600);
  CHECK_NEAR((double)left_four / drawn, 0.5, 0.06);
}

void test_twig(void) {
  words_are_counted_by_code();
  words_are_parted_in_their_order();
  few_words_split_as_many_do();
  random_splits_are_admissible_and_spread();
}
