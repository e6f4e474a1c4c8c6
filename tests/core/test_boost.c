#include "tree/boost.h"

#include "base/hash.h"
#include "base/mem.h"
#include "boosting.h"
#include "tree/loss.h"

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
  simulate(&s, N, 21);
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
  drawing_by_size_keeps_the_sums(&s, &codes, &bins);

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

  chosen = settings();
  chosen.trees = 3;
  data.n_rows = 2000;
  const cr_run alone = {.threads = 1, .seed = 5};
  CHECK_ALLOCATIONS(cr_boost_fit(&codes, &bins, &data, &chosen, &alone, &boost, NULL),
                    cr_boost_free(&boost));
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}
