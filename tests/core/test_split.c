#include "tree/split.h"

#include "base/rng.h"
#include "check.h"

static const cr_split_rule RULE = {.gradient_unit = 1.0,
                                   .hessian_unit = 1.0,
                                   .l2 = 1.0,
                                   .min_count = 5,
                                   .count_low = 1.0,
                                   .count_high = 8.0};

static const cr_split_feature BINS = {.index = 3};

static void scan(const cr_split_rule* rule, const cr_split_node* node, bool by_level,
                 int32_t n_bins, const cr_cell* cells, const int64_t* count,
                 cr_split* split) {
  cr_split_feature feature = BINS;
  feature.by_level = by_level;
  feature.n_bins = n_bins;
  cr_split portable;
  cr_split_scan(rule, node, &feature, cells, count, CR_SIMD_BEST, split);
  cr_split_scan(rule, node, &feature, cells, count, CR_SIMD_PORTABLE, &portable);
  CHECK(memcmp(split, &portable, sizeof portable) == 0);
}

static double score(double g, double h) { return g * g / (h + RULE.l2); }

// Best gain over all admissible splits "codes in a set go left", with the set given
// by a threshold and a direction for missing.
static double best_by_hand(const cr_split_node* node, int32_t n_bins,
                           const cr_cell* cells, const int64_t* count) {
  double best = 0.0;
  for (int32_t b = 1; b <= n_bins; b++) {
    for (int missing_left = 0; missing_left <= 1; missing_left++) {
      double g = 0, h = 0;
      int64_t n = 0;
      for (int32_t c = 0; c <= n_bins; c++) {
        const bool left = c == 0 ? missing_left : c <= b;
        if (!left) continue;
        g += cr_cell_gradient(cells[c]);
        h += cr_cell_hessian(cells[c]);
        n += count[c];
      }
      if (n < RULE.min_count || node->count - n < RULE.min_count) continue;
      const double all_g = cr_cell_gradient(node->total),
                   all_h = cr_cell_hessian(node->total);
      const double gain = score(g, h) + score(all_g - g, all_h - h) - score(all_g, all_h);
      if (gain > best) best = gain;
    }
  }
  return best;
}

// Gain of a split as its go-left table says.
static double gain_of(const cr_split* split, const cr_split_node* node, int32_t n_bins,
                      const cr_cell* cells, const int64_t* count, int64_t* n_left) {
  uint8_t table[256];
  double g = 0, h = 0;
  *n_left = 0;
  cr_split_table(split, table);
  for (int32_t c = 0; c <= n_bins; c++) {
    if (!table[c]) continue;
    g += cr_cell_gradient(cells[c]);
    h += cr_cell_hessian(cells[c]);
    *n_left += count[c];
  }
  CHECK(g == cr_cell_gradient(split->left) && h == cr_cell_hessian(split->left));
  const double all_g = cr_cell_gradient(node->total),
               all_h = cr_cell_hessian(node->total);
  return score(g, h) + score(all_g - g, all_h - h) - score(all_g, all_h);
}

static cr_split_node random_node(cr_rng* rng, int32_t n_bins, bool missing,
                                 cr_cell* cells, int64_t* count) {
  cr_split_node node = {.low = -INFINITY, .high = INFINITY};
  for (int32_t c = 0; c <= n_bins; c++) {
    count[c] = (c == 0 && !missing) ? 0 : cr_rng_below(rng, 5);
    cells[c] = 0;
    for (int64_t i = 0; i < count[c]; i++) {
      cells[c] +=
          cr_cell_pack((int32_t)cr_rng_below(rng, 41) - 20, 1 + cr_rng_below(rng, 8));
    }
    node.total += cells[c];
    node.count += count[c];
  }
  return node;
}

static void thresholds_equal_brute_force(void) {
  cr_rng rng = cr_rng_stream(11, CR_FOR_SIMULATION, 0);
  cr_cell cells[256];
  int64_t count[256], n_left;
  int counted_again = 0;
  for (int trial = 0; trial < 2000; trial++) {
    const int32_t n_bins = 1 + (int32_t)cr_rng_below(&rng, 30);
    const cr_split_node node = random_node(&rng, n_bins, trial % 2, cells, count);
    const double best = best_by_hand(&node, n_bins, cells, count);
    cr_split split;
    scan(&RULE, &node, false, n_bins, cells, count, &split);
    if (best <= 1e-9) {
      CHECK(split.feature == -1 || split.gain < 1e-9);
      continue;
    }
    CHECK(split.feature == 3);
    CHECK_NEAR(split.gain, best, 1e-9 * (1 + best));
    CHECK_NEAR(gain_of(&split, &node, n_bins, cells, count, &n_left), best,
               1e-9 * (1 + best));
    CHECK(n_left >= RULE.min_count && node.count - n_left >= RULE.min_count);

    // without counts a split is either provably large enough or reported as in doubt
    cr_split quick;
    scan(&RULE, &node, false, n_bins, cells, NULL, &quick);
    CHECK(quick.feature == 3 && quick.gain >= split.gain - 1e-12);
    (void)gain_of(&quick, &node, n_bins, cells, count, &n_left);
    const bool small = n_left < RULE.min_count || node.count - n_left < RULE.min_count;
    CHECK(!small || cr_split_in_doubt(&RULE, &node, &quick));
    counted_again += small;
  }
  CHECK(counted_again > 0);
}

static void level_subsets_equal_all_subsets(void) {
  cr_rng rng = cr_rng_stream(12, CR_FOR_SIMULATION, 0);
  cr_split_rule rule = RULE;
  rule.min_count = 1;
  cr_cell cells[256];
  int64_t count[256], n_left;
  int wrong = 0;
  for (int trial = 0; trial < 300; trial++) {
    // up to four groups: no extra shrinkage, so the order must contain the optimum
    // when hessians are far above the smoothing of the order
    const int32_t n_bins = 3;
    cr_split_node node = {.low = -INFINITY, .high = INFINITY};
    for (int32_t c = 0; c <= n_bins; c++) {
      cells[c] = cr_cell_pack((int32_t)cr_rng_below(&rng, 200001) - 100000,
                              1000000 + cr_rng_below(&rng, 1000000));
      count[c] = 10;
      node.total += cells[c];
      node.count += 10;
    }
    double best = 0.0;
    for (int set = 1; set < 15; set++) {
      double g = 0, h = 0;
      for (int32_t c = 0; c <= n_bins; c++) {
        if (!(set >> c & 1)) continue;
        g += cr_cell_gradient(cells[c]);
        h += cr_cell_hessian(cells[c]);
      }
      const double all_g = cr_cell_gradient(node.total),
                   all_h = cr_cell_hessian(node.total);
      const double gain = score(g, h) + score(all_g - g, all_h - h) - score(all_g, all_h);
      if (gain > best) best = gain;
    }
    cr_split split;
    scan(&rule, &node, true, n_bins, cells, count, &split);
    if (split.feature != 3 || fabs(split.gain - best) > 1e-6 * best) wrong++;
    if (split.feature == 3) {
      CHECK_NEAR(gain_of(&split, &node, n_bins, cells, count, &n_left), split.gain, 1e-6);
    }
  }
  CHECK(wrong == 0);
}

// With a direction, bounds or l1 the split is the best of those allowed, found by trying
// every threshold on its own values.
static void bounded_splits_equal_brute_force(void) {
  cr_rng rng = cr_rng_stream(13, CR_FOR_SIMULATION, 0);
  cr_cell cells[256];
  int64_t count[256];
  int refused = 0;
  for (int trial = 0; trial < 2000; trial++) {
    const int32_t n_bins = 2 + (int32_t)cr_rng_below(&rng, 20);
    cr_split_node node = random_node(&rng, n_bins, false, cells, count);
    cr_split_rule rule = RULE;
    cr_split_feature feature = {.index = 1, .n_bins = n_bins};
    feature.monotone = (int)cr_rng_below(&rng, 3) - 1;
    if (trial % 3 == 0) node.low = -0.05;
    if (trial % 4 == 0) node.high = 0.05;
    if (trial % 5 == 0) rule.l1 = 3.0;
    const double all_g = cr_cell_gradient(node.total),
                 all_h = cr_cell_hessian(node.total);
#define LOSS(g, h, v) (-2 * (g) * (v) - ((h) + rule.l2) * (v) * (v)-2 * rule.l1 * fabs(v))
    const double before =
        LOSS(all_g, all_h, cr_split_value(&rule, all_g, all_h, node.low, node.high));
    double best = 0.0, g = 0, h = 0;
    int64_t n = 0;
    for (int32_t b = 1; b < n_bins; b++) {
      g += cr_cell_gradient(cells[b]);
      h += cr_cell_hessian(cells[b]);
      n += count[b];
      if (n < rule.min_count || node.count - n < rule.min_count) continue;
      const double l = cr_split_value(&rule, g, h, node.low, node.high);
      const double r = cr_split_value(&rule, all_g - g, all_h - h, node.low, node.high);
      if (feature.monotone * (r - l) < 0) {
        refused++;
        continue;
      }
      const double gain = LOSS(g, h, l) + LOSS(all_g - g, all_h - h, r) - before;
      if (gain > best) best = gain;
    }
#undef LOSS
    cr_split split;
    cr_split_scan(&rule, &node, &feature, cells, count, CR_SIMD_BEST, &split);
    CHECK(best > 1e-9 ? split.feature == 1 : split.feature == -1 || split.gain < 1e-9);
    if (split.feature != 1) continue;
    CHECK_NEAR(split.gain, best, 1e-9 * (1 + best));

    // the children's bounds keep whatever they become in order
    cr_split_node left = node, right = node;
    cr_split_bounds(&rule, &node, &split, feature.monotone, &left, &right);
    if (feature.monotone > 0) CHECK(left.high <= right.low);
    if (feature.monotone < 0) CHECK(left.low >= right.high);
    CHECK(left.low >= node.low && right.high <= node.high);
  }
  CHECK(refused > 100);
}

// Leaves the largest cells behind on the stack, in a frame as large as a scan's.
static __attribute__((noinline)) void soil_stack(void) {
  volatile int64_t room[850];
  for (size_t i = 0; i < sizeof room / sizeof room[0]; i++) room[i] = INT64_MAX;
}

// Candidates are read in fours: what lies past the last one must not be added up.
// The sanitizer finds the overflow; it did so first on a machine with another stack.
static void tail_of_four_is_clean(void) {
  cr_cell cells[256];
  int64_t count[256];
  cr_rng rng = cr_rng_stream(14, CR_FOR_SIMULATION, 0);
  for (int trial = 0; trial < 1000; trial++) {
    cr_split_node node = random_node(&rng, 9, true, cells, count);
    cells[0] += cr_cell_pack(1000, 1000);
    node.total += cr_cell_pack(1000, 1000);
    cr_split_feature feature = BINS;
    feature.n_bins = 5 + trial % 4;
    cr_split split;
    for (int k = 0; k < 4; k++) soil_stack();
    cr_split_scan(&RULE, &node, &feature, cells, NULL, CR_SIMD_BEST, &split);
    CHECK(split.feature == 3 || split.gain == 0.0);
  }
}

void test_split(void) {
  tail_of_four_is_clean();
  bounded_splits_equal_brute_force();
  thresholds_equal_brute_force();
  level_subsets_equal_all_subsets();

  // one bin and nothing missing: no split; "missing against the rest" is one
  cr_cell cells[256] = {0};
  const int64_t count[256] = {10, 10};
  cr_split split;
  cells[1] = cr_cell_pack(-5, 20);
  cr_split_node node = {cells[1], 10, -INFINITY, INFINITY};
  scan(&RULE, &node, false, 1, cells, count, &split);
  CHECK(split.feature == -1);
  cells[0] = cr_cell_pack(9, 20);
  node.total += cells[0];
  node.count = 20;
  scan(&RULE, &node, false, 1, cells, count, &split);
  CHECK(split.feature == 3 && split.bin == 1 && split.missing_left == 0);
  scan(&RULE, &node, true, 1, cells, count, &split);
  CHECK(split.feature == 3 && split.bin == -1);

  // a gain must exceed min_gain
  cr_split_rule strict = RULE;
  strict.min_gain = 1e9;
  scan(&strict, &node, false, 1, cells, count, &split);
  CHECK(split.feature == -1);
}
