#include "tree/cross.h"

#include "base/mem.h"
#include "boosting.h"
#include "tree/score.h"

enum { FOLDS = 5, PARTNERS = 4 };

static void every_fold_has_its_partners(void) {
  for (int n_folds = 3; n_folds <= 13; n_folds++) {
    for (int wanted = 2; wanted <= n_folds + 1; wanted++) {
      const int n = cr_cross_partners(n_folds, wanted);
      CHECK(n < n_folds && n >= (wanted < n_folds ? wanted : n_folds - 1));
      CHECK(n <= wanted + 1 && n * n_folds % 2 == 0);
      int met[13][13] = {{0}};
      for (size_t t = 0; t < cr_cross_fits(n_folds, n); t++) {
        int pair[2];
        cr_cross_pair(n_folds, n, t, pair);
        CHECK(pair[0] >= 0 && pair[0] < n_folds && pair[1] >= 0 && pair[1] < n_folds);
        met[pair[0]][pair[1]]++;
        met[pair[1]][pair[0]]++;
      }
      for (int k = 0; k < n_folds; k++) {
        int n_met = 0, most = 0;
        for (int j = 0; j < n_folds; j++) {
          n_met += met[k][j];
          if (met[k][j] > most) most = met[k][j];
        }
        CHECK(n_met == n && most == 1 && met[k][k] == 0);
      }
    }
  }
}

static cr_boost_settings stopping(bool by_area) {
  cr_boost_settings chosen = settings();
  chosen.trees = 60;
  chosen.patience = 5;
  chosen.row_share = 0.7;
  chosen.column_share = 0.6;
  chosen.stop_by_area = by_area;
  return chosen;
}

// Two held-out sets: for each of them the very fit that has it alone.
static void two_sets_stop_as_if_alone(const sample* s, const cr_codes* codes,
                                      const cr_bins* bins) {
  static double score[N], weight[N];
  for (size_t i = 0; i < N; i++) weight[i] = 0.5 + (double)(i % 7) / 5.0;
  const size_t first = 12000, second = 15000;
  int n_apart = 0;
  for (int variant = 0; variant < 4; variant++) {
    cr_boost_settings chosen = stopping(variant >= 2);
    const cr_run run = {.threads = 1 + variant % 3, .seed = 5};
    cr_boost_data data = {.event = s->event,
                          .row = s->row,
                          .n_rows = first,
                          .held_row = s->row + first,
                          .n_held = N - first,
                          .n_held_first = second - first};
    if (variant % 2 == 1) data.weight = weight;
    cr_boost both = {0};
    CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &both, NULL) == CR_OK);
    n_apart += both.n_best[0] != both.n_best[1];
    for (int set = 0; set < 2; set++) {
      cr_boost alone = {0};
      data.held_row = s->row + (set == 0 ? first : second);
      data.n_held = set == 0 ? second - first : N - second;
      data.n_held_first = 0;
      CHECK(cr_boost_fit(codes, bins, &data, &chosen, &run, &alone, NULL) == CR_OK);
      CHECK(both.n_best[set] == alone.trees.n_trees && alone.crossed == NULL);
      CHECK(memcmp(both.trees.value, alone.trees.value,
                   alone.trees.n_nodes * sizeof *alone.trees.value) == 0);
      const double* loss = both.held_loss + set * chosen.trees;
      for (size_t r = 0; r < alone.n_rounds; r++) {
        CHECK(loss[r] == alone.held_loss[r] || isnan(loss[r]));
      }
      CHECK(cr_score_codes(&alone.trees, codes, alone.base, &run, score, NULL) == CR_OK);
      const size_t from = set == 0 ? second : first, to = set == 0 ? N : second;
      CHECK(memcmp(both.crossed + (from - first), score + from,
                   (to - from) * sizeof *score) == 0);
      cr_boost_free(&alone);
    }
    cr_boost_free(&both);
  }
  CHECK(n_apart >= 2);  // or this would show little
}

typedef struct {
  double link[N];
  int32_t n_trees[FOLDS * PARTNERS];
  uint64_t print[FOLDS][2];
} result;

static cr_status cross(const sample* s, const int32_t* fold, const double* weight,
                       int partners, const cr_boost_settings* chosen, const cr_run* run,
                       size_t n_rows, result* out) {
  const cr_boost_data data = {
      .event = s->event, .weight = weight, .row = s->row, .n_rows = n_rows};
  const cr_cross_plan plan = {fold, FOLDS, partners, 127};
  const cr_frame frame = {n_rows, P + 1, s->column};
  cr_cross into = {out->link, out->n_trees, out->print};
  return cr_cross_fit(&frame, &data, &plan, chosen, run, &into, NULL);
}

// The member that judges fold k and stops on fold j, as one would write it down.
static void add_member(const sample* s, const int32_t* fold, size_t t, int k, int j,
                       const cr_boost_settings* chosen, uint64_t seed, double* link) {
  static uint32_t learn[N], held[N];
  static double score[N];
  const cr_run run = {.seed = cr_rng_hash(seed, CR_FOR_TREE, t)};
  cr_boost_data data = {.event = s->event, .row = learn, .held_row = held};
  for (size_t i = 0; i < N; i++) {
    if (fold[i] == j) held[data.n_held++] = (uint32_t)i;
    if (fold[i] != j && fold[i] != k) learn[data.n_rows++] = (uint32_t)i;
  }
  cr_bins bins = {0};
  cr_codes codes = {0};
  cr_boost boost = {0};
  CHECK(cr_bins_learn(&s->frame, learn, data.n_rows, NULL, 127, &run, &bins, NULL) ==
        CR_OK);
  CHECK(cr_bins_encode(&bins, &s->frame, NULL, CR_BLOCKS_PLAIN, &run, &codes, NULL) ==
        CR_OK);
  CHECK(cr_boost_fit(&codes, &bins, &data, chosen, &run, &boost, NULL) == CR_OK);
  CHECK(cr_score_codes(&boost.trees, &codes, boost.base, &run, score, NULL) == CR_OK);
  for (size_t i = 0; i < N; i++) {
    if (fold[i] == k) link[i] += score[i];
  }
  cr_boost_free(&boost);
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}

static void folds_get_what_fits_of_their_own_give(const sample* s, const int32_t* fold) {
  static result out;
  static double link[N];
  const cr_boost_settings chosen = stopping(false);
  const cr_run run = {.threads = 2, .seed = 77};
  CHECK(cross(s, fold, NULL, PARTNERS, &chosen, &run, N, &out) == CR_OK);
  memset(link, 0, sizeof link);
  for (size_t t = 0; t < cr_cross_fits(FOLDS, PARTNERS); t++) {
    int pair[2];
    cr_cross_pair(FOLDS, PARTNERS, t, pair);
    add_member(s, fold, t, pair[0], pair[1], &chosen, 77, link);
    add_member(s, fold, t, pair[1], pair[0], &chosen, 77, link);
  }
  bool same = true;
  for (size_t i = 0; i < N; i++) same = same && out.link[i] == link[i] / PARTNERS;
  CHECK(same);
}

static void crossing_does_not_depend_on_the_team(const sample* s, const int32_t* fold) {
  static result first, other;
  static double weight[N];
  for (size_t i = 0; i < N; i++) weight[i] = 0.5 + (double)(i % 7) / 5.0;
  for (int variant = 0; variant < 3; variant++) {
    const cr_boost_settings chosen = stopping(variant == 2);
    const double* w = variant == 1 ? weight : NULL;
    const int partners = variant == 2 ? 2 : PARTNERS;
    for (int threads = 1; threads <= 4; threads++) {
      const cr_run run = {.threads = threads, .seed = 3};
      result* out = threads == 1 ? &first : &other;
      memset(out, 0, sizeof *out);
      CHECK(cross(s, fold, w, partners, &chosen, &run, 6000, out) == CR_OK);
      if (threads > 1) CHECK(memcmp(&first, &other, sizeof first) == 0);
    }
  }
}

// Whatever the rows of a fold hold, the ensemble that judges it is the same. A column
// that only they make vary stays out of the draw.
static void judged_rows_have_no_part(const sample* s, const int32_t* fold) {
  static result clean, sick;
  static sample poisoned;
  poisoned = *s;
  for (size_t j = 0; j < P; j++) poisoned.column[j].number = poisoned.x[j];
  poisoned.column[P].integer = poisoned.level;
  for (size_t i = 0; i < N; i++) poisoned.x[0][i] = 1.0;
  const cr_boost_settings chosen = stopping(false);
  const cr_run run = {.threads = 2, .seed = 4};
  CHECK(cross(&poisoned, fold, NULL, PARTNERS, &chosen, &run, 8000, &clean) == CR_OK);
  for (size_t i = 0; i < 8000; i++) {
    if (fold[i] != 2) continue;
    for (size_t j = 0; j < P; j++) poisoned.x[j][i] = i % 3 ? 1e9 * (double)i : NAN;
    poisoned.level[i] = 1 + (int32_t)(i % 2);
    poisoned.event[i] = 1 - poisoned.event[i];
  }
  CHECK(cross(&poisoned, fold, NULL, PARTNERS, &chosen, &run, 8000, &sick) == CR_OK);
  for (int k = 0; k < FOLDS; k++) {
    CHECK((memcmp(clean.print[k], sick.print[k], sizeof clean.print[k]) == 0) ==
          (k == 2));
  }
  CHECK(memcmp(clean.n_trees + 2 * PARTNERS, sick.n_trees + 2 * PARTNERS,
               PARTNERS * sizeof *clean.n_trees) == 0);
}

static bool stop_at_once(void* data, double done) {
  (void)done;
  return --*(int*)data > 0;
}

void test_cross(void) {
  static sample s;
  static int32_t fold[N];
  static result out;
  simulate(&s, N, 21);
  for (size_t i = 0; i < N; i++) fold[i] = (int32_t)(i * 7919 % FOLDS);
  const cr_run run = {.threads = 2, .seed = 5};
  cr_bins bins = {0};
  cr_codes codes = {0};
  CHECK(cr_bins_learn(&s.frame, NULL, 0, NULL, 127, &run, &bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&bins, &s.frame, NULL, CR_BLOCKS_PACKED, &run, &codes, NULL) ==
        CR_OK);
  every_fold_has_its_partners();
  two_sets_stop_as_if_alone(&s, &codes, &bins);
  folds_get_what_fits_of_their_own_give(&s, fold);
  crossing_does_not_depend_on_the_team(&s, fold);
  judged_rows_have_no_part(&s, fold);

  cr_boost_settings chosen = stopping(false);
  int ticks = 2;
  chosen.trees = 100000;
  chosen.patience = 0;
  for (int threads = 1; threads <= 2; threads++) {
    const cr_run stopped = {
        .threads = threads, .seed = 5, .tick = stop_at_once, .tick_data = &ticks};
    ticks = 2;
    CHECK(cross(&s, fold, NULL, PARTNERS, &chosen, &stopped, N, &out) == CR_ECANCELLED);
  }

  // rows of one class in a fit
  static sample few;
  few = s;
  for (size_t i = 0; i < N; i++) few.event[i] = fold[i] == 1;
  chosen = stopping(false);
  CHECK(cross(&few, fold, NULL, 2, &chosen, &run, 2000, &out) == CR_EINPUT);

  chosen.trees = 2;
  const cr_run alone = {.threads = 1, .seed = 5};
  CHECK_ALLOCATIONS(cross(&s, fold, NULL, 2, &chosen, &alone, 400, &out), (void)0);
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}
