#include "tree/forest.h"

#include "check.h"
#include "credit_scene.h"
#include "tree/sapling.h"
#include "tree/walk.h"

enum { N = 12000, SMALL = 300 };

typedef struct {
  sample of;
  double weight[N];
  cr_bins bins;
  cr_codes codes;
} scene;

static void set_up(scene* s, size_t n) {
  simulate(&s->of, n, 61);
  for (size_t i = 0; i < n; i++) s->weight[i] = 0.5 + (double)(i % 7) / 5.0;
  const cr_run run = {.threads = 2, .seed = 5};
  CHECK(cr_bins_learn(&s->of.frame, NULL, 0, NULL, 127, &run, &s->bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&s->bins, &s->of.frame, NULL, CR_BLOCKS_PLAIN, &run, &s->codes,
                       NULL) == CR_OK);
}

static void discard(scene* s) {
  cr_codes_free(&s->codes);
  cr_bins_free(&s->bins);
}

static cr_forest_settings settings(void) {
  const cr_forest_settings chosen = {.trees = 12,
                                     .n_try = 4,
                                     .min_leaf = 5,
                                     .max_depth = CR_SAPLING_DEPTH,
                                     .row_share = 1.0,
                                     .replace = true,
                                     .smooth = 1.0};
  return chosen;
}

static bool same_grove(const cr_grove* a, const cr_grove* b) {
  const size_t n = a->n_nodes, s = a->n_subsets;
  return a->n_trees == b->n_trees && n == b->n_nodes && s == b->n_subsets &&
         memcmp(a->split, b->split, n * sizeof *a->split) == 0 &&
         memcmp(a->follow, b->follow, n * sizeof *a->follow) == 0 &&
         memcmp(a->cover, b->cover, n * sizeof *a->cover) == 0 &&
         memcmp(a->subset_feature, b->subset_feature, s * sizeof *a->subset_feature) ==
             0 &&
         memcmp(a->subset_bits, b->subset_bits, s * CR_GROVE_SUBSET_BYTES) == 0;
}

static void forests_do_not_depend_on_the_team(const scene* s) {
  for (int variant = 0; variant < 5; variant++) {
    cr_forest_settings chosen = settings();
    cr_forest_data data = {s->of.event, NULL, s->of.row, N};
    if (variant == 1) data.weight = s->weight;
    if (variant == 2) chosen.random = true;
    if (variant == 3) chosen.replace = false, chosen.row_share = 0.5;
    if (variant == 4) data.row += 1000, data.n_rows -= 3000;
    cr_forest first = {0};
    for (int threads = 1; threads <= 8; threads += threads < 3 ? 1 : 5) {
      const cr_run run = {.threads = threads,
                          .seed = 5,
                          .simd = threads == 2 ? CR_SIMD_PORTABLE : CR_SIMD_BEST};
      cr_forest forest = {0};
      CHECK(cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &run, &forest, NULL) ==
            CR_OK);
      CHECK(cr_grove_validate(&forest.grove, P + 1, NULL) == CR_OK);
      if (threads == 1) {
        first = forest;
        continue;
      }
      const size_t n = data.n_rows;
      CHECK(same_grove(&first.grove, &forest.grove));
      CHECK(memcmp(first.oob_sum, forest.oob_sum, n * sizeof *first.oob_sum) == 0);
      CHECK(memcmp(first.oob_trees, forest.oob_trees, n * sizeof *first.oob_trees) == 0);
      CHECK(memcmp(first.importance, forest.importance, (P + 1) * sizeof(double)) == 0);
      cr_forest_free(&forest);
    }
    cr_forest_free(&first);
  }
}

// ---- one tree against a search of everything ----

// Largest gain of any split of the rows on any number, from the counts themselves.
static double best_by_hand(const scene* s, const uint32_t* row, size_t n,
                           double min_leaf) {
  double best = 0.0;
  for (size_t j = 0; j < P; j++) {
    for (int32_t bin = 1; bin <= s->bins.n_bins[j]; bin++) {
      for (int missing_left = 0; missing_left <= 1; missing_left++) {
        double count[2] = {0}, events[2] = {0};
        for (size_t i = 0; i < n; i++) {
          const uint8_t code = s->codes.column[j * s->codes.n_rows + row[i]];
          const int left = code == 0 ? missing_left : code <= bin;
          count[left] += 1;
          events[left] += s->of.event[row[i]];
        }
        if (count[0] < min_leaf || count[1] < min_leaf) continue;
        const double all = events[0] + events[1], size = count[0] + count[1];
        const double gain = events[0] * events[0] / count[0] +
                            events[1] * events[1] / count[1] - all * all / size;
        if (gain > best) best = gain;
      }
    }
  }
  return best;
}

// Goes through the tree with the rows of each node and compares every split made, and
// every one refused, with the best there is.
static void splits_are_the_best(const scene* s, const cr_forest* forest, size_t n,
                                double min_leaf) {
  static uint32_t rows[64][SMALL];
  size_t n_rows[64] = {0};
  int32_t place[64], open = 1;
  double gained = 0.0;
  const cr_grove_tree tree = cr_grove_at(&forest->grove, 0);
  place[0] = 0;
  n_rows[0] = n;
  for (size_t i = 0; i < n; i++) rows[0][i] = (uint32_t)i;
  while (open > 0) {
    open--;
    const int32_t node = place[open];
    const size_t size = n_rows[open];
    double events = 0;
    uint32_t* mine = rows[open];
    for (size_t i = 0; i < size; i++) events += s->of.event[mine[i]];
    CHECK(forest->grove.cover[node] == (int32_t)size);
    const double best = best_by_hand(s, mine, size, min_leaf);
    if (tree.split[node] < 0) {
      CHECK(best < 1e-8);
      CHECK_NEAR(tree.follow[node] / 1073741824.0, events / (double)size, 1e-9);
      continue;
    }
    CHECK(open + 2 <= 64);
    const size_t j = cr_grove_feature(&tree, tree.split[node]);
    static uint32_t right[SMALL], left[SMALL];
    size_t n_right = 0, n_left = 0;
    double right_events = 0;
    for (size_t i = 0; i < size; i++) {
      const uint8_t code = s->codes.column[j * s->codes.n_rows + mine[i]];
      if (cr_grove_right(&tree, tree.split[node], code)) {
        right[n_right++] = mine[i];
        right_events += s->of.event[mine[i]];
      } else {
        left[n_left++] = mine[i];
      }
    }
    const double rest = events - right_events;
    const double gain = right_events * right_events / (double)n_right +
                        rest * rest / (double)n_left - events * events / (double)size;
    CHECK_NEAR(gain, best, 1e-9);
    gained += gain;
    memcpy(rows[open], right, n_right * sizeof *right);
    n_rows[open] = n_right;
    place[open++] = tree.follow[node];
    memcpy(rows[open], left, n_left * sizeof *left);
    n_rows[open] = n_left;
    place[open++] = node + 1;
  }
  double importance = 0.0;
  for (size_t j = 0; j <= P; j++) importance += forest->importance[j];
  CHECK_NEAR(importance, 2.0 * gained / (double)n, 1e-9);
}

static void a_tree_equals_exhaustive_search(scene* s) {
  set_up(s, SMALL);
  s->bins.n_bins[P] = 0;  // numbers only: subsets are tree/split's affair
  cr_forest_settings chosen = settings();
  chosen.trees = 1;
  chosen.n_try = P + 1;
  chosen.replace = false;
  chosen.smooth = 0.0;
  const cr_forest_data data = {s->of.event, NULL, s->of.row, SMALL};
  const cr_run run = {.threads = 1, .seed = 1};
  for (int min_leaf = 1; min_leaf <= 31; min_leaf += 15) {
    cr_forest forest = {0};
    chosen.min_leaf = min_leaf;
    CHECK(cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &run, &forest, NULL) ==
          CR_OK);
    CHECK(forest.grove.n_nodes > 5);
    splits_are_the_best(s, &forest, SMALL, min_leaf);
    for (size_t i = 0; i < SMALL; i++) CHECK(forest.oob_trees[i] == 0);
    cr_forest_free(&forest);
  }
  discard(s);
}

// ---- limits, out-of-bag sums, failures ----

static void limits_hold(const scene* s) {
  cr_forest_settings chosen = settings();
  const cr_run run = {.threads = 2, .seed = 8};
  const cr_forest_data data = {s->of.event, NULL, s->of.row, N};
  cr_forest forest = {0};
  chosen.min_leaf = 40;
  chosen.min_split = 200;
  chosen.max_depth = 5;
  CHECK(cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &run, &forest, NULL) == CR_OK);
  for (size_t t = 0; t < 12; t++) {
    const size_t first = (size_t)forest.grove.tree_start[t];
    const size_t n = (size_t)forest.grove.tree_start[t + 1] - first;
    const int32_t* cover = forest.grove.cover + first;
    const cr_grove_tree tree = cr_grove_at(&forest.grove, t);
    int32_t depth[64] = {0};
    CHECK(n > 20 && n < 64 && cover[0] == N);
    for (size_t i = 0; i < n; i++) {
      CHECK(cover[i] >= 40 && depth[i] <= 5);
      if (tree.split[i] < 0) continue;
      CHECK(cover[i] >= 200);
      depth[i + 1] = depth[tree.follow[i]] = depth[i] + 1;
    }
  }
  cr_forest_free(&forest);
}

// A row's out-of-bag sum is that of the trees whose urn left it out: with one tree, its
// leaf or nothing; and a third or so of the trees leave each row out.
static void rows_left_out_judge_the_trees(const scene* s) {
  cr_forest_settings chosen = settings();
  const cr_forest_data data = {s->of.event, NULL, s->of.row, N};
  const cr_run run = {.threads = 1, .seed = 8};
  static int32_t value[N];
  cr_forest forest = {0};
  chosen.trees = 1;
  CHECK(cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &run, &forest, NULL) == CR_OK);
  const cr_grove_tree tree = cr_grove_at(&forest.grove, 0);
  static cr_walk_step step[2 * N];
  static uint8_t table[N * 2 * CR_BLOCK];
  CHECK(cr_walk_width(&s->codes) == 2 * CR_BLOCK && forest.grove.n_nodes < 2 * N);
  cr_walk_steps(&tree, forest.grove.n_nodes, step);
  cr_walk_gather(&s->codes, s->of.row, N, table);
  cr_walk_leaves(&tree, step, table, 2 * CR_BLOCK, N, value);
  size_t left_out = 0;
  bool fine = true;
  for (size_t i = 0; i < N; i++) {
    fine = fine && forest.oob_sum[i] == (forest.oob_trees[i] ? value[i] : 0);
    left_out += (size_t)forest.oob_trees[i];
  }
  CHECK(fine);
  CHECK_NEAR((double)left_out / N, 0.368, 0.015);
  cr_forest_free(&forest);
}

static bool stop_at_once(void* data, double done) {
  (void)done;
  return --*(int*)data > 0;
}

static void failures_leave_nothing(scene* s) {
  cr_forest_settings chosen = settings();
  cr_forest_data data = {s->of.event, NULL, s->of.row, N};
  static int32_t none[N];
  cr_forest forest = {0};
  const cr_run alone = {.threads = 1, .seed = 5};
  data.event = none;
  CHECK(cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &alone, &forest, NULL) ==
        CR_EINPUT);
  data.event = s->of.event;
  int ticks = 2;
  chosen.trees = 100000;
  const cr_run stopped = {
      .threads = 2, .seed = 5, .tick = stop_at_once, .tick_data = &ticks};
  CHECK(cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &stopped, &forest, NULL) ==
        CR_ECANCELLED);
  CHECK(forest.grove.split == NULL && forest.oob_sum == NULL);

  cr_codes many = s->codes;
  many.n_rows = ((size_t)1 << 26) + 1;
  chosen = settings();
  CHECK(cr_forest_fit(&many, &s->bins, &data, &chosen, &alone, &forest, NULL) ==
        CR_ELIMIT);
  chosen.trees = 3;
  data.n_rows = 2000;
  data.weight = s->weight;
  CHECK_ALLOCATIONS(
      cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &alone, &forest, NULL),
      cr_forest_free(&forest));
  // in a team too, where the failure may strike any member, or the making of one
  const cr_run together = {.threads = 3, .seed = 5};
  const long live = check_live_blocks();
  for (long k = 1; k < 80; k++) {
    check_fail_alloc(k);
    const cr_status status =
        cr_forest_fit(&s->codes, &s->bins, &data, &chosen, &together, &forest, NULL);
    check_fail_alloc(0);
    CHECK(status == CR_ENOMEM || status == CR_OK);
    cr_forest_free(&forest);
    CHECK(check_live_blocks() == live);
  }
}

void test_forest(void) {
  static scene s;
  a_tree_equals_exhaustive_search(&s);
  set_up(&s, N);
  forests_do_not_depend_on_the_team(&s);
  limits_hold(&s);
  rows_left_out_judge_the_trees(&s);
  failures_leave_nothing(&s);
  discard(&s);
}
