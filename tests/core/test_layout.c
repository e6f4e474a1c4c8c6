#include "metric/layout.h"

#include "base/rng.h"
#include "check.h"

enum { N = 5000 };

static double score[N], weight[N];
static int32_t event[N];

static void known_order(void) {
  const double s[] = {0.2, 0.9, 0.5, 0.5, -0.0, 0.0}, lowest[] = {0.0, 0.5, 0.9};
  const int32_t e[] = {1, 0, 1, 0, 0, 1};
  const double w[] = {1, 2, 3, 4, 5, 6};
  const cr_layout_spec spec = {.cutoff = 0.5, .bin_lowest = lowest, .n_bins = 3};
  cr_layout l;
  CHECK(cr_layout_make(s, e, w, 6, &spec, &l, NULL) == CR_OK && l.n == 6);
  const uint32_t row[] = {1, 3, 2, 0, 5, 4};
  const int code[] = {CR_ENDS_TIE | CR_ENDS_BIN | CR_ABOVE,
                      CR_ABOVE,
                      CR_IS_EVENT | CR_ENDS_TIE | CR_ENDS_BIN | CR_ABOVE,
                      CR_IS_EVENT | CR_ENDS_TIE,
                      CR_IS_EVENT,
                      CR_ENDS_TIE | CR_ENDS_BIN};
  for (size_t i = 0; i < 6; i++) {
    CHECK(l.row[i] == row[i] && l.score[i] == s[row[i]] && l.weight[i] == w[row[i]]);
    CHECK(l.code[i] == code[i]);
  }
  CHECK(l.n_class[0] == 3 && l.n_class[1] == 3);
  cr_layout_free(&l);
  cr_layout_free(&l);
}

static void edges(void) {
  const double s[] = {1, NAN};
  const int32_t e[] = {0, 1};
  const cr_layout_spec spec = {0};
  cr_layout l;
  cr_error err;
  CHECK(cr_layout_make(s, e, NULL, 2, &spec, &l, &err) == CR_EINPUT && l.row == NULL);
  CHECK(strcmp(err.code, "missing_score") == 0);
  CHECK(cr_layout_make(s, e, NULL, SIZE_MAX, &spec, &l, &err) == CR_ELIMIT);
  CHECK(cr_layout_make(s, e, NULL, 0, &spec, &l, NULL) == CR_OK && l.n == 0);
  cr_layout_free(&l);
  CHECK(cr_layout_make(s, e, NULL, 1, &spec, &l, NULL) == CR_OK);
  CHECK(l.n == 1 && l.weight == NULL);
  CHECK(l.code[0] == (CR_ABOVE | CR_ENDS_TIE | CR_ENDS_BIN));
  cr_layout_free(&l);
}

// A thinned layout has the right number of each class, evenly spaced in rank.
static void thinned(void) {
  for (size_t i = 0; i < N; i++) {
    score[i] = (double)i;
    event[i] = i % 5 == 0;
  }
  const cr_layout_spec spec = {.max_rows = 500};
  cr_layout l;
  CHECK(cr_layout_make(score, event, NULL, N, &spec, &l, NULL) == CR_OK);
  CHECK(l.n == 500 && l.n_class[1] == 100 && l.n_class[0] == 400);
  double last = N;
  for (size_t i = 0; i < l.n; i++) {
    CHECK(l.score[i] < last && (l.code[i] & CR_ENDS_TIE));
    last = l.score[i];
    if (l.code[i] & CR_IS_EVENT) CHECK(fmod(l.score[i], 50.0) == 0.0);
  }
  cr_layout_free(&l);
}

void test_layout(void) {
  known_order();
  edges();
  thinned();
  for (size_t i = 0; i < N; i++) weight[i] = 1.0;
  const cr_layout_spec spec = {0};
  cr_layout l;
  CHECK_ALLOCATIONS(cr_layout_make(score, event, weight, N, &spec, &l, NULL),
                    cr_layout_free(&l));
}
