// Monotone directions hold for every pair of rows, whatever else a fit is told.

#include "base/mem.h"
#include "boosting.h"
#include "tree/bag.h"
#include "tree/score.h"

enum { PAIRS = N / 2, DRAWS = 5 };

// Up for x[2] and x[5], which has missing values; down for x[4] and x[3], a count.
static const int8_t DIRECTION[P + 1] = {[2] = 1, [3] = -1, [4] = -1, [5] = 1};
static const size_t DIRECTED[] = {2, 3, 4, 5};

// The events want the opposite here and there, so that directions must be forced.
static void bend(sample* s) {
  cr_rng rng = cr_rng_stream(8, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    const double z = sin(3.0 * s->x[2][i]) - cos(4.0 * s->x[4][i]) +
                     (s->x[3][i] > 2.0 ? s->x[7][i] : -s->x[8][i]) +
                     (s->level[i] % 3 == 0 ? 0.8 * s->x[2][i] : 0.0);
    s->event[i] = cr_rng_unit(&rng) < cr_logistic(z - 1.0);
  }
}

// The least and the largest leaf below every node. Children come after parents.
static void leaf_ranges(const cr_trees* trees, size_t first, size_t last, double* least,
                        double* most) {
  for (size_t i = last; i-- > first;) {
    if (trees->feature[i] < 0) {
      least[i] = most[i] = trees->value[i];
      continue;
    }
    const size_t l = first + (size_t)trees->left[i], r = first + (size_t)trees->right[i];
    least[i] = least[l] < least[r] ? least[l] : least[r];
    most[i] = most[l] > most[r] ? most[l] : most[r];
  }
}

// No leaf on the low side of a directed split lies beyond one on the high side: what
// makes every pair of rows keep the direction. Counts the directed splits.
static int splits_in_order(const cr_trees* trees) {
  double* least = cr_alloc(trees->n_nodes, sizeof *least);
  double* most = cr_alloc(trees->n_nodes, sizeof *most);
  int directed = 0, wrong = 0;
  for (size_t t = 0; t < trees->n_trees; t++) {
    const size_t first = (size_t)trees->tree_start[t];
    const size_t last = (size_t)trees->tree_start[t + 1];
    leaf_ranges(trees, first, last, least, most);
    for (size_t i = first; i < last; i++) {
      const int direction = trees->feature[i] < 0 ? 0 : DIRECTION[trees->feature[i]];
      if (direction == 0) continue;
      const size_t l = first + (size_t)trees->left[i];
      const size_t r = first + (size_t)trees->right[i];
      wrong += direction > 0 ? most[l] > least[r] : least[l] < most[r];
      directed++;
    }
  }
  CHECK(wrong == 0);
  cr_free(most);
  cr_free(least);
  return directed;
}

// Pairs of rows that differ in one directed feature alone; returns how many differ in
// score.
static int pairs_in_order(const cr_boost* boost, const cr_codes* codes,
                          const cr_bins* bins, uint64_t seed) {
  static double score[N];
  cr_codes pairs = *codes;
  const cr_run run = {.threads = 2};
  int wrong = 0, apart = 0;
  pairs.column = cr_alloc((P + 1) * (size_t)N, 1);
  for (uint64_t draw = 0; draw < DRAWS; draw++) {
    cr_rng rng = cr_rng_stream(seed, CR_FOR_SIMULATION, draw);
    const size_t feature = DIRECTED[draw % 4];
    for (size_t k = 0; k < PAIRS; k++) {
      const uint32_t row = cr_rng_below(&rng, N);
      for (size_t j = 0; j <= P; j++) {
        const uint8_t code = codes->column[j * N + row];
        memset(pairs.column + j * N + 2 * k, code, 2);
      }
      const uint32_t n_bins = (uint32_t)bins->n_bins[feature];
      uint8_t* at = pairs.column + feature * N + 2 * k;
      at[0] = (uint8_t)(1 + cr_rng_below(&rng, n_bins));
      at[1] = (uint8_t)(at[0] + cr_rng_below(&rng, n_bins + 1 - at[0]));
    }
    CHECK(cr_score_codes(&boost->trees, &pairs, boost->base, &run, score, NULL) == CR_OK);
    for (size_t k = 0; k < PAIRS; k++) {
      const double rise = score[2 * k + 1] - score[2 * k];
      wrong += DIRECTION[feature] * rise < 0.0;
      apart += rise != 0.0;
    }
  }
  cr_free(pairs.column);
  CHECK(wrong == 0);
  return apart;
}

void test_monotone(void) {
  static sample s;
  static double weight[N];
  static uint64_t groups[P + 1];
  simulate(&s, N, 21);
  bend(&s);
  for (size_t i = 0; i < N; i++) weight[i] = 0.5 + (double)(i % 7) / 5.0;
  for (size_t j = 0; j <= P; j++) groups[j] = j % 2 ? 1 : j % 5 == 0 ? 3 : 2;
  const cr_run run = {.threads = 2, .seed = 6};
  cr_bins bins = {0};
  cr_codes codes = {0};
  CHECK(cr_bins_learn(&s.frame, NULL, 0, NULL, 127, &run, &bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&bins, &s.frame, NULL, CR_BLOCKS_PACKED, &run, &codes, NULL) ==
        CR_OK);
  const char* const names[] = {"plain",  "rows drawn",  "by size",
                               "groups", "weights, l1", "folds"};
  for (int variant = 0; variant < 6; variant++) {
    cr_boost_settings chosen = settings();
    chosen.trees = 30;
    chosen.max_leaves = 31;
    chosen.max_depth = 12;
    chosen.min_leaf = 5;
    chosen.monotone = DIRECTION;
    cr_boost_data data = {.event = s.event, .row = s.row, .n_rows = N};
    if (variant == 1 || variant == 2) chosen.row_share = 0.5;
    if (variant == 2) chosen.by_size = true;
    if (variant == 3) chosen.groups = groups;
    if (variant == 4) data.weight = weight;
    if (variant == 4) chosen.l1 = 2.0;
    cr_boost boost = {0};
    int32_t fold_trees[3];
    if (variant == 5) {
      CHECK(cr_bag_fit(&codes, &bins, &data, &chosen, 3, &run, &boost, fold_trees,
                       NULL) == CR_OK);
    } else {
      CHECK(cr_boost_fit(&codes, &bins, &data, &chosen, &run, &boost, NULL) == CR_OK);
    }
    const int directed = splits_in_order(&boost.trees);
    const int apart = pairs_in_order(&boost, &codes, &bins, (uint64_t)variant);
    if (directed < 50 || apart < PAIRS)
      printf("%s: %d, %d\n", names[variant], directed, apart);
    CHECK(directed >= 50 && apart >= PAIRS);  // or this would show nothing
    cr_boost_free(&boost);
  }
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}
