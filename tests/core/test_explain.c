#include "model/explain.h"

#include "base/mem.h"
#include "model/orders.h"
#include "model_scene.h"

static const cr_run alone = {.threads = 1};
static const char* const kinds[] = {"boost",  "logit",    "blend", "scorecard",
                                    "forest", "additive", "mlp"};
enum { N_KINDS = 7, P = 2, FORMULAS = 4 };  // the first have a formula

static void open_kind(const char* kind, cr_scorer* scorer) {
  cr_writer w = {0};
  write_scene(kind, &w);
  CHECK(open_scene(w.bytes, w.n, scorer, NULL) == CR_OK);
  cr_writer_free(&w);
}

// Worked out by hand: trees' means 0.05 and 0, the regression's 0.375 and 0.0625; the
// blend is 0.5 + a quarter of the trees + three quarters of the regression, twice that
// and 0.25.
static void test_known_parts(void) {
  static const double home_boost[SCENE_ROWS] = {-2, 2, 2, 2, -2, 2};
  static const double income_boost[SCENE_ROWS] = {0.45, 0.45, -0.3, -0.3, -0.3, -0.3};
  for (int k = 0; k < FORMULAS; k++) {
    cr_scorer scorer = {0};
    cr_column column[P];
    const cr_frame frame = scene_rows(column);
    double value[P * SCENE_ROWS], link[SCENE_ROWS], base;
    bool calibrated = false;
    open_kind(kinds[k], &scorer);
    CHECK(cr_explain_parts(&scorer, &frame, &alone, &calibrated, &base, value, NULL) ==
          CR_OK);
    CHECK(calibrated);
    CHECK(cr_scorer_link(&scorer, &frame, &alone, link, NULL) == CR_OK);
    for (int i = 0; i < SCENE_ROWS; i++) {
      CHECK_NEAR(base + value[i] + value[SCENE_ROWS + i], link[i], 1e-12);
      if (k == 0) CHECK_NEAR(value[i], home_boost[i], 1e-12);
      if (k == 0) CHECK_NEAR(value[SCENE_ROWS + i], income_boost[i], 1e-12);
    }
    if (k == 0) CHECK_NEAR(base, -0.95, 1e-12);
    if (k == 1) CHECK_NEAR(base, 1.4375, 1e-12);
    if (k == 2) CHECK_NEAR(base, 0.25 + 2 * (0.5 - 0.25 * 0.95 + 0.75 * 1.4375), 1e-12);
    cr_scorer_free(&scorer);
  }
}

static void test_no_formula(void) {
  for (int k = FORMULAS; k < N_KINDS; k++) {
    cr_scorer scorer = {0};
    cr_column column[P];
    cr_error err;
    const cr_frame frame = scene_rows(column);
    double value[P * SCENE_ROWS], base;
    bool calibrated;
    open_kind(kinds[k], &scorer);
    CHECK(cr_explain_parts(&scorer, &frame, &alone, &calibrated, &base, value, &err) ==
          CR_EINPUT);
    CHECK(strcmp(err.code, "no_formula") == 0);
    cr_scorer_free(&scorer);
  }
}

// All learners: differences add up; a player restored scores as the row with the typical
// value does; exact formulas agree with sampled orders, exact for two players.
static void test_against_typical(void) {
  for (int k = 0; k < N_KINDS; k++) {
    cr_scorer scorer = {0};
    cr_records typical = {0};
    cr_column column[P];
    const cr_frame frame = scene_rows(column);
    double value[P * SCENE_ROWS], fall[P * SCENE_ROWS], link[SCENE_ROWS], start;
    double sampled[P * SCENE_ROWS], sampled_fall[P * SCENE_ROWS];
    open_kind(kinds[k], &scorer);
    CHECK(cr_records_make(&scorer.contract, 1, &typical, NULL) == CR_OK);
    CHECK(cr_explain_typical(&scorer, &typical, NULL) == CR_OK);
    CHECK(typical.code[0] == 2 && typical.number[1] == 48);
    CHECK(cr_explain_versus(&scorer, &frame, &typical.frame, INTEGERS(0, 1), P, &alone,
                            value, fall, NULL) == CR_OK);
    CHECK(cr_explain_link(&scorer, &frame, &alone, link, NULL) == CR_OK);
    CHECK(cr_explain_link(&scorer, &typical.frame, &alone, &start, NULL) == CR_OK);
    cr_learner plain = *scorer.learner;
    plain.versus = NULL;
    CHECK(cr_orders_versus(&plain, scorer.state, &frame, &typical.frame, INTEGERS(0, 1),
                           P, &alone, sampled, sampled_fall, NULL) == CR_OK);
    for (int i = 0; i < SCENE_ROWS; i++) {
      CHECK_NEAR(value[i] + value[SCENE_ROWS + i], link[i] - start, 1e-12);
    }
    for (int i = 0; i < P * SCENE_ROWS; i++) {
      CHECK_NEAR(value[i], sampled[i], 1e-12);
      CHECK_NEAR(fall[i], sampled_fall[i], 1e-12);
    }
    cr_records_free(&typical);
    cr_scorer_free(&scorer);
  }
}

static void test_prob(void) {
  for (int k = 0; k < N_KINDS; k++) {
    cr_scorer scorer = {0};
    const double value[] = {2, 3, 4, 5};
    double prob[2], link[2];
    cr_records rows = {0};
    open_kind(kinds[k], &scorer);
    CHECK(cr_scorer_prob(&scorer, value, 2, &alone, prob, NULL) == CR_OK);
    CHECK(cr_records_make(&scorer.contract, 2, &rows, NULL) == CR_OK);
    cr_records_fill(&scorer.inputs, &scorer.contract, value, 2, 2, &rows);
    CHECK(cr_explain_link(&scorer, &rows.frame, &alone, link, NULL) == CR_OK);
    cr_explain_prob(&scorer, link, 2);
    CHECK(link[0] == prob[0] && link[1] == prob[1]);
    cr_records_free(&rows);
    cr_scorer_free(&scorer);
  }
}

static cr_status explain_all(const cr_scorer* scorer) {
  cr_column column[P];
  const cr_frame frame = scene_rows(column);
  const cr_frame first = {1, P, column};
  double value[P * SCENE_ROWS], fall[P * SCENE_ROWS], base;
  bool calibrated;
  cr_status status =
      cr_explain_parts(scorer, &frame, &alone, &calibrated, &base, value, NULL);
  if (status == CR_OK || status == CR_EINPUT) {
    status = cr_explain_versus(scorer, &frame, &first, INTEGERS(0, 1), P, &alone, value,
                               fall, NULL);
  }
  return status;
}

void test_explain(void) {
  test_known_parts();
  test_no_formula();
  test_against_typical();
  test_prob();
  for (int k = 0; k < N_KINDS; k++) {
    cr_scorer scorer = {0};
    open_kind(kinds[k], &scorer);
    CHECK_ALLOCATIONS(explain_all(&scorer), (void)0);
    cr_scorer_free(&scorer);
  }
}
