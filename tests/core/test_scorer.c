#include "model/scorer.h"

#include "base/mem.h"
#include "model_scene.h"

static const cr_run alone = {.threads = 1};

static const char* const kinds[] = {"boost",    "logit", "blend",    "forest",
                                    "additive", "mlp",   "scorecard"};
enum { N_KINDS = 7 };

static double wanted(int kind, int i) {
  static const double boost[SCENE_ROWS] = {-1 + 0.5 - 2,  -1 + 0.5 + 2,  -1 - 0.25 + 2,
                                           -1 - 0.25 + 2, -1 - 0.25 - 2, -1 - 0.25 + 2};
  static const double logit[SCENE_ROWS] = {1 + 0.5,          1 + 1.5, 1 + 1.5 - 0.05,
                                           1 + 0.25 - 1 + 4, 1,       1 + 0.25 - 2 + 12};
  if (kind == 0) return boost[i];
  if (kind == 1) return logit[i];
  static const double additive[SCENE_ROWS] = {-1.5, 0.5, -0.5, -1.375, -1.75, -1.375};
  if (kind == 3) return i < 2 ? log(1.0 / 3) : 0;
  if (kind == 4 || kind == 6) return additive[i];
  if (kind == 5) return 0.5;
  return 0.25 + 2 * (0.5 + 0.25 * boost[i] + 0.75 * logit[i]);
}

static void test_known_scores(void) {
  for (int k = 0; k < N_KINDS; k++) {
    cr_writer w = {0};
    cr_scorer scorer = {0};
    cr_error err;
    cr_column column[2];
    double link[SCENE_ROWS];
    const cr_frame frame = scene_rows(column);
    write_scene(kinds[k], &w);
    CHECK(open_scene(w.bytes, w.n, &scorer, &err) == CR_OK);
    CHECK(scorer.cutoff == 0.2 && scorer.contract.n_features == 2);
    CHECK(cr_contract_find(&scorer.contract, "income", 6) == 1);
    CHECK(cr_contract_find(&scorer.contract, "incom", 5) == 2);
    CHECK(cr_scorer_link(&scorer, &frame, &alone, link, &err) == CR_OK);
    for (int i = 0; i < SCENE_ROWS; i++) CHECK_NEAR(link[i], wanted(k, i), 1e-12);

    // the same six borrowers by what they fill in, once and many times over
    static const double home[SCENE_ROWS] = {2, 3, 3, NAN, 2, 1};
    enum { MANY = 10000 };
    double* value = cr_alloc(2 * MANY, sizeof *value);
    double* prob = cr_alloc(MANY, sizeof *prob);
    for (size_t i = 0; i < MANY; i++) {
      value[i] = home[i % SCENE_ROWS];
      value[MANY + i] = column[1].number[i % SCENE_ROWS] / 12;
    }
    CHECK(cr_scorer_prob(&scorer, value, MANY, &alone, prob, &err) == CR_OK);
    size_t same = 0;
    for (size_t i = 0; i < MANY; i++) same += prob[i] == prob[i % SCENE_ROWS];
    CHECK(same == MANY);
    for (int i = 0; i < SCENE_ROWS; i++) {
      CHECK_NEAR(prob[i], 1 / (1 + exp(-wanted(k, i))), 1e-12);
    }
    CHECK(cr_scorer_prob(&scorer, value, 0, &alone, prob, &err) == CR_OK);
    cr_free(prob);
    cr_free(value);
    cr_scorer_free(&scorer);
    cr_scorer_free(&scorer);
    cr_writer_free(&w);
  }
}

static bool refused(const uint8_t* bytes, size_t n, const char* code) {
  cr_scorer scorer = {0};
  cr_error err = {.code = ""};
  const bool ok = open_scene(bytes, n, &scorer, &err) == CR_EMODEL &&
                  (code == NULL || strcmp(err.code, code) == 0) && scorer.state == NULL;
  if (!ok) printf("    `%s`, not `%s`\n", err.code, code == NULL ? "any" : code);
  cr_scorer_free(&scorer);
  return ok;
}

static void test_container(void) {
  static const struct {
    size_t at;
    uint8_t byte;
    const char* code;
  } cases[] = {{0, 'X', "not_lcrisk"}, {4, '\n', "not_lcrisk"}, {8, 2, "too_new"},
               {9, 1, "too_new"},      {12, 0, "sections"},     {12, 6, "sections"},
               {15, 1, "sections"},    {16, 255, "truncated"},  {17, 1, "trailing"},
               {23, 1, "truncated"},   {24, 0, "sections"},     {24, 'M', "section"},
               {29, 'x', "section"},   {40, 2, "sections"},     {44, 1, "sections"},
               {48, 0, "sections"},    {56, 9, "sections"},     {63, 255, "sections"}};
  cr_writer w = {0};
  write_scene("boost", &w);
  for (size_t n = 0; n < w.n; n++) CHECK(refused(w.bytes, n, "truncated"));
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const uint8_t old = w.bytes[cases[k].at];
    w.bytes[cases[k].at] = cases[k].byte;
    reseal(w.bytes, w.n);
    CHECK(refused(w.bytes, w.n, cases[k].code));
    w.bytes[cases[k].at] = old;
  }
  reseal(w.bytes, w.n);
  w.bytes[w.n / 2] ^= 1;
  CHECK(refused(w.bytes, w.n, "checksum"));
  w.bytes[w.n / 2] ^= 1;
  cr_write_64(&w, 0);
  CHECK(refused(w.bytes, w.n, "trailing"));
  CHECK(refused((const uint8_t*)"\x1f\x8b\x08", 3, "not_lcrisk"));
  CHECK(refused((const uint8_t*)"<html>", 6, "not_lcrisk"));
  CHECK(refused((const uint8_t*)"LCRM\n\x1a\n", 7, "not_lcrisk"));
  CHECK(refused((const uint8_t*)"", 0, "truncated"));
  cr_writer_free(&w);
}

// A section more: skipped when it is optional, refused when it is required, refused
// when it repeats another.
static void test_extra_section(void) {
  for (int k = 0; k < 3; k++) {
    const char* const names[] = {"model",  "learner",    "columns",
                                 "inputs", "core.logit", k == 2 ? "learner" : "later"};
    const bool required[] = {true, true, true, true, true, k == 1};
    cr_writer w = {0};
    cr_scorer scorer = {0};
    cr_error err;
    cr_model_file_begin(&w, names, required, 6);
    put_head(&w, "logit");
    put_logit(&w);
    cr_model_file_mark(&w, 5);
    cr_write_bytes(&w, "no value", 8);
    cr_model_file_end(&w);
    if (k == 0) CHECK(open_scene(w.bytes, w.n, &scorer, &err) == CR_OK);
    if (k == 1) CHECK(refused(w.bytes, w.n, "too_new"));
    if (k == 2) CHECK(refused(w.bytes, w.n, "sections"));
    cr_scorer_free(&scorer);
    cr_writer_free(&w);
  }
}

static size_t find(const cr_writer* w, const void* what, size_t n) {
  for (size_t i = 0; i + n <= w->n; i++) {
    if (memcmp(w->bytes + i, what, n) == 0) return i;
  }
  CHECK(w->n == 0);  // it must be there
  return 0;
}

// Replaces the first occurrence of one array of 32-bit words by another.
static bool refused_with(const char* kind, size_t n, const int32_t* from,
                         const int32_t* to) {
  cr_writer w = {0};
  write_scene(kind, &w);
  const size_t at = find(&w, from, n * sizeof *from);
  memcpy(w.bytes + at, to, n * sizeof *to);
  reseal(w.bytes, w.n);
  const bool ok = refused(w.bytes, w.n, NULL);
  cr_writer_free(&w);
  return ok;
}

#define FROM(...) __VA_ARGS__
#define REFUSED(kind, n, from, to) \
  CHECK(refused_with(kind, n, INTEGERS(from), INTEGERS(to)))

// Right checksum, hostile content.
static void test_hostile_content(void) {
  // children: themselves, before, twice the same, beyond, negative
  REFUSED("boost", 6, FROM(1, -1, -1, 1, -1, -1), FROM(0, -1, -1, 1, -1, -1));
  REFUSED("boost", 6, FROM(2, -1, -1, 2, -1, -1), FROM(1, -1, -1, 2, -1, -1));
  REFUSED("boost", 6, FROM(2, -1, -1, 2, -1, -1), FROM(3, -1, -1, 2, -1, -1));
  REFUSED("boost", 6, FROM(2, -1, -1, 2, -1, -1), FROM(-2, -1, -1, 2, -1, -1));
  REFUSED("boost", 6, FROM(2, -1, -1, 2, -1, -1), FROM(INT32_MAX, -1, -1, 2, -1, -1));
  // features
  REFUSED("boost", 6, FROM(1, -1, -1, 0, -1, -1), FROM(2, -1, -1, 0, -1, -1));
  REFUSED("boost", 6, FROM(1, -1, -1, 0, -1, -1), FROM(-2, -1, -1, 0, -1, -1));
  REFUSED("boost", 6, FROM(1, -1, -1, 0, -1, -1), FROM(INT32_MIN, -1, -1, 0, -1, -1));
  // a node without a parent, offsets of trees, subsets, bins
  REFUSED("boost", 6, FROM(1, -1, -1, 0, -1, -1), FROM(-1, -1, -1, 0, -1, -1));
  REFUSED("boost", 3, FROM(0, 3, 6), FROM(0, 7, 6));
  REFUSED("boost", 3, FROM(0, 3, 6), FROM(0, 3, 5));
  REFUSED("boost", 3, FROM(0, 3, 6), FROM(3, 3, 6));
  REFUSED("boost", 6, FROM(-1, -1, -1, 0, -1, -1), FROM(-1, -1, -1, 1, -1, -1));
  REFUSED("boost", 6, FROM(1, -1, -1, -1, -1, -1), FROM(0, -1, -1, -1, -1, -1));
  REFUSED("boost", 6, FROM(1, -1, -1, -1, -1, -1), FROM(256, -1, -1, -1, -1, -1));
  // bins
  REFUSED("boost", 2, FROM(2, 2), FROM(2, 300));
  REFUSED("boost", 3, FROM(0, 2, 2), FROM(0, 9, 2));
  REFUSED("boost", 3, FROM(0, 0, 1), FROM(0, 2, 1));
  // a forest: children, features, leaves, covers
  REFUSED("forest", 3, FROM(2, 1 << 28, 1 << 29), FROM(0, 1 << 28, 1 << 29));
  REFUSED("forest", 3, FROM(2, 1 << 28, 1 << 29), FROM(3, 1 << 28, 1 << 29));
  REFUSED("forest", 3, FROM(2, 1 << 28, 1 << 29), FROM(2, -1, 1 << 29));
  REFUSED("forest", 3, FROM(2, 1 << 28, 1 << 29), FROM(2, 1 << 28, 1 << 30 | 1));
  REFUSED("forest", 3, FROM(513, -1, -1), FROM(1025, -1, -1));
  REFUSED("forest", 3, FROM(513, -1, -1), FROM(1 << 30, -1, -1));
  REFUSED("forest", 3, FROM(10, 4, 6), FROM(11, 4, 6));
  // tables and networks
  REFUSED("additive", 3, FROM(0, 3, 6), FROM(0, 4, 6));
  REFUSED("additive", 3, FROM(0, 3, 6), FROM(0, 3, 7));
  // formulas: too little on the stack, too much left, unknown, arguments out of range
  REFUSED("logit", 5, FROM(0, 16, 1, 0, 4), FROM(16, 0, 1, 0, 4));
  REFUSED("logit", 5, FROM(0, 16, 1, 0, 4), FROM(0, 1, 1, 0, 4));
  REFUSED("logit", 5, FROM(0, 16, 1, 0, 4), FROM(0, 17, 1, 0, 4));
  REFUSED("logit", 5, FROM(0, 16, 1, 0, 4), FROM(-1, 16, 1, 0, 4));
  REFUSED("logit", 5, FROM(0, 0, 0, 1, 0), FROM(2, 0, 0, 1, 0));
  REFUSED("logit", 5, FROM(0, 0, 0, 1, 0), FROM(0, 1, 0, 1, 0));
  REFUSED("logit", 5, FROM(0, 0, 0, 1, 0), FROM(0, 0, 1, 1, 0));
  REFUSED("logit", 5, FROM(0, 0, 0, 1, 0), FROM(0, 0, 0, 1, 1));
  REFUSED("logit", 3, FROM(0, 2, 5), FROM(0, 5, 5));
  REFUSED("logit", 3, FROM(0, 2, 5), FROM(0, 2, 6));
  // design
  REFUSED("logit", 3, FROM(0, 3, 5), FROM(0, 3, 4097));
  REFUSED("logit", 3, FROM(0, 3, 5), FROM(0, 6, 5));
  REFUSED("logit", 3, FROM(0, 2, 2), FROM(0, 1, 2));
  REFUSED("logit", 2, FROM(1, 0), FROM(2, 0));
}

static bool refused_number(const char* kind, double from, double to) {
  cr_writer w = {0};
  write_scene(kind, &w);
  const size_t at = find(&w, &from, sizeof from);
  memcpy(w.bytes + at, &to, sizeof to);
  reseal(w.bytes, w.n);
  const bool ok = refused(w.bytes, w.n, NULL);
  cr_writer_free(&w);
  return ok;
}

static void test_numbers(void) {
  const double bad[] = {NAN, INFINITY, -INFINITY};
  for (size_t k = 0; k < 3; k++) {
    CHECK(refused_number("boost", 0.5, bad[k]));    // a leaf
    CHECK(refused_number("boost", 50, bad[k]));     // a cut
    CHECK(refused_number("boost", -1, bad[k]));     // the start
    CHECK(refused_number("boost", 0.2, bad[k]));    // the cut-off
    CHECK(refused_number("logit", 0.125, bad[k]));  // a coefficient
    CHECK(refused_number("logit", 0.1, bad[k]));    // a scale
    CHECK(refused_number("logit", 90, bad[k]));     // a range
  }
  CHECK(refused_number("mlp", 0.75, NAN));       // a weight
  CHECK(refused_number("mlp", 0.75, 1e300));     // no float
  CHECK(refused_number("additive", 0.25, NAN));  // an effect, or a share missing
  CHECK(refused_number("blend", 0.75, NAN));     // a share
  CHECK(refused_number("blend", 0.25, NAN));     // a share, or the calibration
  CHECK(refused_number("logit", 0.2, 1.5));
  CHECK(refused_number("logit", 11, 9));
  CHECK(refused_number("logit", 0.25, -0.25));
}

// Any byte changed to any of a few others, with a right checksum: refused, or it scores
// rows without harm.
static void test_mutants(void) {
  static const uint8_t change[] = {0x01, 0x80, 0xff, 0x7f, 0x04};
  long n_mutants = 0, n_opened = 0;
  for (int k = 0; k < N_KINDS; k++) {
    cr_writer w = {0};
    cr_column column[2];
    const cr_frame frame = scene_rows(column);
    write_scene(kinds[k], &w);
    for (size_t i = 0; i < w.n - CR_SHA256_BYTES; i++) {
      for (size_t c = 0; c < sizeof change; c++, n_mutants++) {
        cr_scorer scorer = {0};
        cr_error err;
        double link[SCENE_ROWS];
        w.bytes[i] ^= change[c];
        reseal(w.bytes, w.n);
        cr_status status = open_scene(w.bytes, w.n, &scorer, &err);
        if (status == CR_OK) {
          n_opened++;
          status = cr_scorer_link(&scorer, &frame, &alone, link, &err);
          CHECK(status == CR_OK || status == CR_ENUMERIC);
          const double value[] = {1, 3, 4, 5000};
          if (scorer.inputs.n_fields == 2) {
            status = cr_scorer_prob(&scorer, value, 2, &alone, link, &err);
            CHECK(status == CR_OK || status == CR_ENUMERIC);
          }
        } else {
          CHECK(status == CR_EMODEL);
        }
        cr_scorer_free(&scorer);
        w.bytes[i] ^= change[c];
      }
    }
    cr_writer_free(&w);
  }
  CHECK(n_mutants >= 10000 && n_opened > 0 && n_opened < n_mutants);
}

static cr_status open_and_score(const cr_writer* w) {
  cr_scorer scorer = {0};
  cr_column column[2];
  double link[SCENE_ROWS];
  const cr_frame frame = scene_rows(column);
  cr_status status = open_scene(w->bytes, w->n, &scorer, NULL);
  if (status == CR_OK) status = cr_scorer_link(&scorer, &frame, &alone, link, NULL);
  const double value[] = {1, 4};
  if (status == CR_OK) status = cr_scorer_prob(&scorer, value, 1, &alone, link, NULL);
  cr_scorer_free(&scorer);
  return status;
}

void test_scorer(void) {
  test_known_scores();
  test_container();
  test_extra_section();
  test_hostile_content();
  test_numbers();
  test_mutants();
  for (int k = 0; k < N_KINDS; k++) {
    cr_writer w = {0};
    write_scene(kinds[k], &w);
    CHECK_ALLOCATIONS(open_and_score(&w), (void)0);
    cr_writer_free(&w);
  }
}
