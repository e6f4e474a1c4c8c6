#include "tree/bag.h"

#include "base/mem.h"
#include "boosting.h"
#include "metric/auc.h"
#include "tree/score.h"

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

// A copy goes where its original goes and is never held out: the same model, bit for
// bit, as when the original weighs twice as much.
static void made_rows_stay_with_their_parents(void) {
  enum { HALF = N / 2, FOLDS = 3 };
  static sample s;
  static int32_t first[N], fold[N];
  static double twice[N];
  simulate(&s, N, 21);
  for (size_t i = 0; i < N; i++) {
    first[i] = (int32_t)(i % HALF);
    twice[i] = 2.0;
    for (size_t j = 0; j < P; j++) s.x[j][i] = s.x[j][i % HALF];
    s.level[i] = s.level[i % HALF];
    s.event[i] = s.event[i % HALF];
  }
  const cr_run run = {.threads = 2, .seed = 9};
  cr_bins bins = {0};
  cr_codes codes = {0};
  CHECK(cr_bins_learn(&s.frame, NULL, 0, NULL, 127, &run, &bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&bins, &s.frame, NULL, CR_BLOCKS_PACKED, &run, &codes, NULL) ==
        CR_OK);
  const cr_boost_data half = {
      .event = s.event, .row = s.row, .n_rows = HALF, .weight = twice};
  const cr_boost_data whole = {
      .event = s.event, .row = s.row, .n_rows = N, .origin = {first, first}};
  CHECK(cr_bag_folds(&whole, FOLDS, 9, fold, NULL) == CR_OK);
  bool dealt = true;
  for (size_t i = 0; i < N; i++) dealt = dealt && (i < HALF) == (fold[i] >= 0);
  CHECK(dealt);

  cr_boost_settings chosen = settings();
  chosen.trees = 40;
  chosen.patience = 2;
  cr_boost a = {0}, b = {0}, c = {0};
  int32_t trees_a[FOLDS], trees_b[FOLDS], trees_c[FOLDS];
  CHECK(cr_bag_fit(&codes, &bins, &half, &chosen, FOLDS, &run, &a, trees_a, NULL) ==
        CR_OK);
  CHECK(cr_bag_fit(&codes, &bins, &whole, &chosen, FOLDS, &run, &b, trees_b, NULL) ==
        CR_OK);
  CHECK(same_model(&a, &b) && memcmp(trees_a, trees_b, sizeof trees_a) == 0);
  cr_boost_free(&b);

  // a second parent in another fold keeps the row out of that fold too; -1 does not
  static int32_t second[N];
  for (size_t i = 0; i < N; i++) second[i] = i < HALF ? first[i] : -1;
  cr_boost_data mixed = whole;
  mixed.origin[1] = second;
  CHECK(cr_bag_fit(&codes, &bins, &mixed, &chosen, FOLDS, &run, &b, trees_b, NULL) ==
        CR_OK);
  CHECK(same_model(&a, &b));
  for (size_t i = HALF; i < N; i++) second[i] = (int32_t)((i + 1) % HALF);
  CHECK(cr_bag_fit(&codes, &bins, &mixed, &chosen, FOLDS, &run, &c, trees_c, NULL) ==
        CR_OK);
  CHECK(c.trees.cover[0] < b.trees.cover[0]);
  cr_boost_free(&a);
  cr_boost_free(&b);
  cr_boost_free(&c);
  cr_codes_free(&codes);
  cr_bins_free(&bins);
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

void test_bag(void) {
  static sample s;
  simulate(&s, N, 21);
  const cr_run run = {.threads = 2, .seed = 5};
  cr_bins bins = {0};
  cr_codes codes = {0};
  CHECK(cr_bins_learn(&s.frame, NULL, 0, NULL, 127, &run, &bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&bins, &s.frame, NULL, CR_BLOCKS_PACKED, &run, &codes, NULL) ==
        CR_OK);
  folds_are_stratified_and_averaged(&s, &codes, &bins);
  made_rows_stay_with_their_parents();
  going_on_is_not_stopping(&s, &codes, &bins);
  fits_end_early(&s, &codes, &bins);

  cr_boost boost = {0};
  int32_t fold_trees[2];
  int ticks = 2;
  cr_boost_settings chosen = settings();
  cr_boost_data data = {.event = s.event, .row = s.row, .n_rows = N};
  chosen.trees = 100000;
  const cr_run stopped = {
      .threads = 2, .seed = 5, .tick = stop_at_once, .tick_data = &ticks};
  CHECK(cr_bag_fit(&codes, &bins, &data, &chosen, 2, &stopped, &boost, fold_trees,
                   NULL) == CR_ECANCELLED);

  chosen = settings();
  chosen.trees = 3;
  data.n_rows = 2000;
  const cr_run alone = {.threads = 1, .seed = 5};
  CHECK_ALLOCATIONS(
      cr_bag_fit(&codes, &bins, &data, &chosen, 2, &alone, &boost, fold_trees, NULL),
      cr_boost_free(&boost));
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}
