#include "tree/boost.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"
#include "metric/auc.h"
#include "tree/bag.h"
#include "tree/loss.h"
#include "tree/score.h"

enum { N = 20000, P = 19 };

typedef struct {
  double x[P][N];
  int32_t level[N];
  int32_t event[N];
  uint32_t row[N];
  cr_column column[P + 1];
  cr_frame frame;
} sample;

static void gradients_are_exact_in_fixed_point(void) {
  // the largest log-odds stay on the grid
  const double score[] = {40.0, 0.0, -1000.0}, event[] = {0, 1, 1};
  cr_loss_pair pair[CR_LOSS_ROWS], again[CR_LOSS_ROWS];
  cr_loss_sums sums = cr_loss_none();
  cr_loss_rows(score, event, 3, CR_SIMD_BEST, pair, &sums);
  CHECK(pair[0].gradient == 1 << 30 && pair[0].hessian == 0);
  CHECK(pair[1].gradient == -(1 << 29) && pair[1].hessian == 1 << 28);
  CHECK(pair[2].gradient == -(1 << 30) && pair[2].hessian == 0);
  CHECK(sums.absolute == ((int64_t)5 << 29) && sums.hessian == 1 << 28);
  CHECK(sums.lowest == 0 && sums.highest == 1 << 28);

  // any length and any instruction set: the same as row by row, sums included
  cr_rng rng = cr_rng_stream(31, CR_FOR_SIMULATION, 0);
  double x[CR_LOSS_ROWS], y[CR_LOSS_ROWS];
  for (size_t i = 0; i < CR_LOSS_ROWS; i++) {
    x[i] = 4.0 * cr_rng_normal(&rng);
    y[i] = cr_rng_below(&rng, 2);
  }
  for (size_t n = 1; n <= CR_LOSS_ROWS; n += n < 10 ? 1 : 41) {
    cr_loss_sums best = cr_loss_none(), portable = cr_loss_none(), alone = cr_loss_none();
    cr_loss_rows(x, y, n, CR_SIMD_BEST, pair, &best);
    cr_loss_rows(x, y, n, CR_SIMD_PORTABLE, again, &portable);
    CHECK(memcmp(pair, again, n * sizeof *pair) == 0);
    for (size_t i = 0; i < n; i++)
      cr_loss_rows(x + i, y + i, 1, CR_SIMD_BEST, again + i, &alone);
    CHECK(memcmp(pair, again, n * sizeof *pair) == 0);
    CHECK(memcmp(&best, &portable, sizeof best) == 0);
    CHECK(memcmp(&best, &alone, sizeof best) == 0);
    const double p = cr_logistic(x[n - 1]);
    CHECK_NEAR(pair[n - 1].gradient / 1073741824.0, p - y[n - 1], 6e-10);
    CHECK_NEAR(pair[n - 1].hessian / 1073741824.0, p * (1 - p), 6e-10);
  }
}

// Numbers with missing values, a factor, and an event that depends on both.
static void simulate(sample* s) {
  cr_rng rng = cr_rng_stream(21, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < P; j++) {
      s->x[j][i] = j % 3 == 0 ? (double)cr_rng_below(&rng, 5) : cr_rng_normal(&rng);
      if (j % 4 == 1 && cr_rng_below(&rng, 10) == 0) s->x[j][i] = NAN;
    }
    s->level[i] = 1 + (int32_t)cr_rng_below(&rng, 12);
    const double missing = s->x[1][i] != s->x[1][i] ? 1.0 : 0.0;
    const double z = -1.5 + s->x[2][i] + 0.3 * s->x[0][i] * (s->x[4][i] > 0) + missing +
                     (s->level[i] % 3 == 0 ? 0.8 : 0.0);
    s->event[i] = cr_rng_unit(&rng) < cr_logistic(z);
    s->row[i] = (uint32_t)i;
  }
  for (size_t j = 0; j < P; j++) {
    s->column[j] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = s->x[j]};
  }
  s->column[P] =
      (cr_column){.type = CR_COLUMN_LEVEL, .integer = s->level, .n_levels = 12};
  s->frame = (cr_frame){N, P + 1, s->column};
}

static cr_boost_settings settings(void) {
  const cr_boost_settings chosen = {.trees = 12,
                                    .rate = 0.2,
                                    .max_leaves = 15,
                                    .max_depth = 6,
                                    .min_leaf = 30,
                                    .l2 = 1.0,
                                    .row_share = 1.0,
                                    .column_share = 1.0};
  return chosen;
}

static bool same_model(const cr_boost* a, const cr_boost* b) {
  const cr_trees *s = &a->trees, *t = &b->trees;
  const size_t n = s->n_nodes;
  return a->base == b->base && n == t->n_nodes && s->n_trees == t->n_trees &&
         s->n_subsets == t->n_subsets &&
         memcmp(s->feature, t->feature, n * sizeof *s->feature) == 0 &&
         memcmp(s->bin, t->bin, n * sizeof *s->bin) == 0 &&
         memcmp(s->missing_left, t->missing_left, n * sizeof *s->missing_left) == 0 &&
         memcmp(s->left, t->left, n * sizeof *s->left) == 0 &&
         memcmp(s->value, t->value, n * sizeof *s->value) == 0 &&
         memcmp(s->gain, t->gain, n * sizeof *s->gain) == 0 &&
         memcmp(s->cover, t->cover, n * sizeof *s->cover) == 0 &&
         memcmp(s->subset_bits, t->subset_bits, s->n_subsets * CR_SUBSET_BYTES) == 0;
}

// Sums over all rows of each leaf of the first tree, in plain doubles.
static void sum_leaves(const sample* s, const cr_codes* codes, const cr_boost* boost,
                       double* g, double* h, double* n) {
  const cr_trees* trees = &boost->trees;
  const double p = 1.0 / (1.0 + exp(-boost->base));
  for (size_t i = 0; i < N; i++) {
    size_t node = 0;
    while (trees->feature[node] >= 0) {
      const uint8_t code = codes->column[(size_t)trees->feature[node] * N + i];
      node = (size_t)(cr_trees_goes_left(trees, node, code) ? trees->left[node]
                                                            : trees->right[node]);
    }
    g[node] += p - s->event[i];
    h[node] += p * (1 - p);
    n[node] += 1;
  }
}

// The value of every leaf is the Newton step of all rows that fall into it.
static void leaf_values_are_of_all_rows(const sample* s, const cr_codes* codes,
                                        const cr_boost* boost) {
  double g[64] = {0}, h[64] = {0}, n[64] = {0};
  sum_leaves(s, codes, boost, g, h, n);
  for (int32_t node = 0; node < boost->trees.tree_start[1]; node++) {
    if (boost->trees.feature[node] >= 0) continue;
    CHECK_NEAR(boost->trees.value[node], -0.2 * g[node] / (h[node] + 1.0), 1e-8);
  }
}

// And the leaf holds exactly as many as it says.
static void leaves_hold_what_they_say(const sample* s, const cr_codes* codes,
                                      const cr_boost* boost, double min_leaf) {
  double g[64] = {0}, h[64] = {0}, n[64] = {0};
  sum_leaves(s, codes, boost, g, h, n);
  leaf_values_are_of_all_rows(s, codes, boost);
  for (int32_t node = 0; node < boost->trees.tree_start[1]; node++) {
    if (boost->trees.feature[node] >= 0) continue;
    CHECK(boost->trees.cover[node] == n[node] && n[node] >= min_leaf);
  }
}

// One number for a model, so that figures of other machines and compilers compare.
static uint64_t fingerprint(const cr_boost* boost) {
  const cr_trees* t = &boost->trees;
  cr_hash hash = {0};
  uint64_t result[2];
  cr_hash_doubles(&hash, &boost->base, 1);
  cr_hash_integers(&hash, t->feature, t->n_nodes);
  cr_hash_integers(&hash, t->bin, t->n_nodes);
  cr_hash_integers(&hash, t->missing_left, t->n_nodes);
  cr_hash_integers(&hash, t->left, t->n_nodes);
  cr_hash_doubles(&hash, t->value, t->n_nodes);
  cr_hash_bytes(&hash, t->subset_bits, t->n_subsets * CR_SUBSET_BYTES);
  cr_hash_result(&hash, result);
  return result[0] ^ result[1];
}

// Every sampler; threads, instruction sets, compilers: the same bits as when the figures
// were written down.
static void fits_do_not_depend_on_the_team(const sample* s, const cr_codes* codes,
                                           const cr_bins* bins) {
  static const uint64_t known[] = {0xc4dabaae312edfd8, 0x5e8c3e505e66f62a,
                                   0x8f7607f10f38ca8a, 0x06b888a8adf049c0,
                                   0xf4e4eab39a041188, 0x92fdfafe410e9667};
  cr_boost_settings chosen = settings();
  static double weight[N];
  for (size_t i = 0; i < N; i++) weight[i] = 0.5 + (double)(i % 7) / 5.0;
  for (int variant = 0; variant < 6; variant++) {
    cr_boost_data data = {.event = s->event, .row = s->row, .n_rows = N};
    if (variant == 1) chosen.row_share = 0.6;
    if (variant == 2) chosen.column_share = 0.5;
    if (variant >= 3) data.weight = weight;
    if (variant == 4) chosen.by_size = true;
    if (variant == 5) data.weight = NULL;
    if (variant >= 1) {
      data.n_rows = 15000;
      data.held_row = s->row + 15000;
      data.n_held = N - 15000;
      chosen.patience = 3;
    }
    cr_boost first = {0};
    for (int threads = 1; threads <= 8;
         threads = threads < 4 ? threads + 1 : threads + 4) {
      const cr_simd simd = threads == 2 ? CR_SIMD_PORTABLE : CR_SIMD_BEST;
      const cr_run run = {.threads = threads, .seed = 5, .simd = simd};
      cr_boost boost = {0};
      CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &boost, NULL) == CR_OK);
      CHECK(cr_trees_validate(&boost.trees, P + 1, NULL) == CR_OK);
      if (threads == 1) {
        first = boost;
        if (fingerprint(&boost) != known[variant]) {
          printf("variant %d: 0x%016llx\n", variant,
                 (unsigned long long)fingerprint(&boost));
        }
        CHECK(fingerprint(&boost) == known[variant]);
        continue;
      }
      CHECK(same_model(&first, &boost));
      cr_boost_free(&boost);
    }
    cr_boost_free(&first);
  }
}

static void folds_are_stratified_and_averaged(const sample* s, const cr_codes* codes,
                                              const cr_bins* bins) {
  const cr_boost_data data = {.event = s->event, .row = s->row, .n_rows = N};
  static int32_t fold[N];
  CHECK(cr_bag_folds(&data, 3, 9, fold, NULL) == CR_OK);
  size_t n[2][3] = {{0}};
  for (size_t i = 0; i < N; i++) n[s->event[i]][fold[i]]++;
  for (int e = 0; e <= 1; e++) {
    CHECK(n[e][0] - n[e][2] <= 1 && n[e][0] - n[e][1] <= 1);
  }

  cr_boost_settings chosen = settings();
  chosen.patience = 2;
  const cr_run one = {.threads = 1, .seed = 9}, three = {.threads = 3, .seed = 9};
  cr_boost a = {0}, b = {0};
  int32_t trees_a[3], trees_b[3];
  CHECK(cr_bag_fit(codes, bins, &data, &chosen, 3, &one, &a, trees_a, NULL) == CR_OK);
  CHECK(cr_bag_fit(codes, bins, &data, &chosen, 3, &three, &b, trees_b, NULL) == CR_OK);
  CHECK(same_model(&a, &b) && memcmp(trees_a, trees_b, sizeof trees_a) == 0);
  CHECK(cr_trees_validate(&a.trees, P + 1, NULL) == CR_OK);
  CHECK((size_t)(trees_a[0] + trees_a[1] + trees_a[2]) == a.trees.n_trees);
  cr_boost_free(&a);
  cr_boost_free(&b);
  CHECK(cr_bag_fit(codes, bins, &data, &chosen, N, &one, &a, trees_a, NULL) == CR_EINPUT);

  // why a fold failed is told, whoever fitted it
  static double weight[N];
  for (size_t i = 0; i < N; i++) weight[i] = s->event[i] ? 1e-9 : 1.0;
  cr_boost_data light = data;
  light.weight = weight;
  cr_error err;
  for (int threads = 1; threads <= 3; threads += 2) {
    const cr_run run = {.threads = threads, .seed = 9};
    CHECK(cr_bag_fit(codes, bins, &light, &chosen, 3, &run, &a, trees_a, &err) ==
          CR_EINPUT);
    CHECK(strcmp(err.code, "one_class") == 0);
  }
}

// Rows drawn by size: about as many as wanted, counting what makes the gain of the first
// split that of all rows, on average; leaf values are those of all rows.
static void drawing_by_size_keeps_the_sums(const sample* s, const cr_codes* codes,
                                           const cr_bins* bins) {
  cr_boost_settings chosen = settings();
  const cr_boost_data data = {.event = s->event, .row = s->row, .n_rows = N};
  chosen.trees = 1;
  cr_boost all = {0}, drawn = {0};
  cr_run run = {.threads = 2, .seed = 0};
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &all, NULL) == CR_OK);
  chosen.by_size = true;
  const double shares[] = {0.9, 0.5, 0.2};
  for (size_t k = 0; k < 3; k++) {
    double gain = 0.0;
    chosen.row_share = shares[k];
    for (run.seed = 1; run.seed <= 20; run.seed++) {
      CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &drawn, NULL) == CR_OK);
      CHECK_NEAR(drawn.trees.cover[0], shares[k] * N, 5.0 * sqrt(N * 0.25));
      CHECK(drawn.trees.feature[0] == all.trees.feature[0]);
      gain += drawn.trees.gain[0] / 20.0;
      if (run.seed == 1) leaf_values_are_of_all_rows(s, codes, &drawn);
      cr_boost_free(&drawn);
    }
    CHECK_NEAR(gain / all.trees.gain[0], 1.0, 0.1);
  }
  cr_boost_free(&all);
}

// 5 trees and then 7 more are 12 trees, bit for bit, whatever is drawn.
static void going_on_is_not_stopping(const sample* s, const cr_codes* codes,
                                     const cr_bins* bins) {
  cr_boost_settings chosen = settings();
  const cr_run run = {.threads = 2, .seed = 5};
  cr_boost_data data = {.event = s->event, .row = s->row, .n_rows = N};
  chosen.row_share = 0.7;
  chosen.column_share = 0.6;
  cr_boost whole = {0}, part = {0}, rest = {0};
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &whole, NULL) == CR_OK);
  CHECK(whole.end == CR_BOOST_TREES);
  chosen.trees = 5;
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &part, NULL) == CR_OK);
  static double offset[N];
  CHECK(cr_score_codes(&part.trees, codes, part.base, &run, offset, NULL) == CR_OK);
  data.offset = offset;
  data.base = part.base;
  data.first_round = 5;
  chosen.trees = 7;
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &rest, NULL) == CR_OK);
  CHECK(cr_trees_append(&part.trees, &rest.trees, 1.0, NULL) == CR_OK);
  CHECK(same_model(&whole, &part));
  cr_boost_free(&whole);
  cr_boost_free(&part);
  cr_boost_free(&rest);
}

// Stops by the area, by the clock, and when told that it is enough, with what there is.
static void fits_end_early(const sample* s, const cr_codes* codes, const cr_bins* bins) {
  cr_boost_settings chosen = settings();
  cr_boost_data data = {.event = s->event,
                        .row = s->row,
                        .n_rows = 15000,
                        .held_row = s->row + 15000,
                        .n_held = N - 15000};
  const cr_run run = {.threads = 2, .seed = 5};
  cr_boost boost = {0};
  chosen.trees = 5000;
  chosen.patience = 20;
  chosen.stop_by_area = true;
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &boost, NULL) == CR_OK);
  CHECK(boost.end == CR_BOOST_STALE && boost.n_rounds < 5000);
  size_t best = 0;
  for (size_t r = 0; r < boost.n_rounds; r++) {
    CHECK(isnan(boost.held_loss[r]) == (r % 5 != 0));
    if (boost.held_loss[r] < boost.held_loss[best]) best = r;
  }
  CHECK(boost.trees.n_trees == best + 1 && boost.n_rounds - 1 - best >= 20);
  static double score[N];
  cr_auc auc;
  CHECK(cr_score_codes(&boost.trees, codes, boost.base, &run, score, NULL) == CR_OK);
  CHECK(cr_auc_area(score + 15000, s->event + 15000, N - 15000, &auc, NULL) == CR_OK);
  CHECK(1.0 - auc.area == boost.held_loss[best]);
  cr_boost_free(&boost);

  chosen = settings();
  chosen.trees = 1000000;
  chosen.seconds = 0.02;
  data.n_held = 0;
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &boost, NULL) == CR_OK);
  CHECK(boost.end == CR_BOOST_SECONDS && boost.trees.n_trees == boost.n_rounds);
  cr_boost_free(&boost);

  const atomic_bool enough = true;
  const cr_run told = {.threads = 2, .seed = 5, .enough = &enough};
  int32_t fold_trees[3];
  chosen.seconds = 0.0;
  CHECK(cr_boost_fit(codes, bins, &data, &chosen, &told, &boost, NULL) == CR_OK);
  CHECK(boost.end == CR_BOOST_ENOUGH && boost.trees.n_trees == 1);
  cr_boost_free(&boost);
  CHECK(cr_bag_fit(codes, bins, &data, &chosen, 3, &told, &boost, fold_trees, NULL) ==
        CR_OK);
  CHECK(boost.end == CR_BOOST_ENOUGH && boost.trees.n_trees == 1);
  CHECK(fold_trees[0] == 1 && fold_trees[1] == 0 && fold_trees[2] == 0);
  cr_boost_free(&boost);
}

static bool stop_at_once(void* data, double done) {
  (void)done;
  return --*(int*)data > 0;
}

void test_boost(void) {
  gradients_are_exact_in_fixed_point();
  // shifts leave just enough room in a cell
  const cr_loss_sums sums = {.absolute = (int64_t)1 << 60, .hessian = (int64_t)1 << 59};
  const cr_loss_shift shift = cr_loss_choose(&sums, 3e6, 3000000);
  CHECK(((int64_t)1 << 60 >> shift.gradient) + 6000000 < INT32_MAX);
  CHECK(((int64_t)1 << 60 >> (shift.gradient - 1)) + 6000000 >= INT32_MAX);
  CHECK(((int64_t)1 << 59 >> shift.hessian) + 6000000 < UINT32_MAX);
  CHECK(cr_loss_hessian_quanta(1, 20) == 1 && cr_loss_quanta(-1, 20) == 0);
  CHECK(cr_loss_quanta(-3, 1) == -1 && cr_loss_quanta(3, 1) == 2);

  static sample s;
  simulate(&s);
  const cr_run run = {.threads = 2, .seed = 5};
  cr_bins bins = {0};
  cr_codes codes = {0};
  CHECK(cr_bins_learn(&s.frame, NULL, 0, NULL, 127, &run, &bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&bins, &s.frame, NULL, CR_BLOCKS_PACKED, &run, &codes, NULL) ==
        CR_OK);

  cr_boost_settings chosen = settings();
  cr_boost_data data = {.event = s.event, .row = s.row, .n_rows = N};
  cr_boost boost = {0};
  CHECK(cr_boost_fit(&codes, &bins, &data, &chosen, &run, &boost, NULL) == CR_OK);
  CHECK(boost.trees.n_trees == 12 && boost.n_rounds == 12);
  leaves_hold_what_they_say(&s, &codes, &boost, 30);
  cr_boost_free(&boost);

  fits_do_not_depend_on_the_team(&s, &codes, &bins);
  folds_are_stratified_and_averaged(&s, &codes, &bins);
  drawing_by_size_keeps_the_sums(&s, &codes, &bins);
  going_on_is_not_stopping(&s, &codes, &bins);
  fits_end_early(&s, &codes, &bins);

  // one class, a refused tick, and each allocation failing in turn
  static int32_t none[N];
  data.event = none;
  CHECK(cr_boost_fit(&codes, &bins, &data, &chosen, &run, &boost, NULL) == CR_EINPUT);
  data.event = s.event;
  int ticks = 2;
  chosen.trees = 100000;
  const cr_run stopped = {
      .threads = 2, .seed = 5, .tick = stop_at_once, .tick_data = &ticks};
  CHECK(cr_boost_fit(&codes, &bins, &data, &chosen, &stopped, &boost, NULL) ==
        CR_ECANCELLED);
  CHECK(boost.trees.n_trees == 0 && boost.held_loss == NULL);
  ticks = 2;
  int32_t fold_trees[2];
  CHECK(cr_bag_fit(&codes, &bins, &data, &chosen, 2, &stopped, &boost, fold_trees,
                   NULL) == CR_ECANCELLED);

  chosen = settings();
  chosen.trees = 3;
  data.n_rows = 2000;
  const cr_run alone = {.threads = 1, .seed = 5};
  CHECK_ALLOCATIONS(cr_boost_fit(&codes, &bins, &data, &chosen, &alone, &boost, NULL),
                    cr_boost_free(&boost));
  CHECK_ALLOCATIONS(
      cr_bag_fit(&codes, &bins, &data, &chosen, 2, &alone, &boost, fold_trees, NULL),
      cr_boost_free(&boost));
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}
