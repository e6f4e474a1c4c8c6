#include "additive/additive.h"

#include <math.h>

#include "additive/settle.h"
#include "additive/smooth.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/xmath.h"
#include "check.h"

enum { N = 3000, P = 4, CODES = CR_SMOOTH_CODES, G = CR_SMOOTH_GRID };

static double number[3][N], weight[N];
static int32_t level[N], event[N];
static uint32_t row[N];
static cr_column column[P];
static const cr_frame frame = {N, P, column};
static cr_bins bins;
static cr_codes codes;

// The first two numbers meet in a cross, the third curves, the factor has an effect
static void simulate(void) {
  cr_rng rng = cr_rng_stream(6, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    for (int j = 0; j < 3; j++) number[j][i] = cr_rng_normal(&rng);
    if (cr_rng_below(&rng, 20) == 0) number[2][i] = NAN;
    level[i] = 1 + (int32_t)cr_rng_below(&rng, 3);
    const double x = isnan(number[2][i]) ? 0.0 : number[2][i];
    const double cross = number[0][i] * number[1][i] > 0.0 ? 0.9 : -0.9;
    const double eta = cross + 0.5 * x * x + 0.6 * (level[i] == 3) - 1.0;
    event[i] = cr_rng_unit(&rng) < cr_logistic(eta);
    weight[i] = 1.0 + (double)cr_rng_below(&rng, 2);
    row[i] = (uint32_t)i;
  }
  for (int j = 0; j < 3; j++) {
    column[j] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = number[j]};
  }
  column[3] = (cr_column){.type = CR_COLUMN_LEVEL, .integer = level, .n_levels = 3};
  const cr_run run = {.threads = 1};
  CHECK(cr_bins_learn(&frame, row, N, NULL, 63, &run, &bins, NULL) == CR_OK);
  CHECK(cr_bins_encode(&bins, &frame, NULL, 0, &run, &codes, NULL) == CR_OK);
}

static const cr_additive_settings usual = {.rounds = 300,
                                           .rate = 0.1,
                                           .patience = 10,
                                           .freedom = 3.0,
                                           .noise = 1.0,
                                           .n_pairs = 3,
                                           .n_folds = 4};

static cr_additive_data data_of(int weighted) {
  return (cr_additive_data){.frame = &frame,
                            .event = event,
                            .weight = weighted ? weight : NULL,
                            .row = row,
                            .n_rows = N};
}

static double loss_of(const double* eta) {
  double sum = 0.0;
  for (size_t i = 0; i < N; i++) sum += cr_softplus(event[i] ? -eta[i] : eta[i]);
  return sum / N;
}

static void finds_what_is_there(void) {
  const cr_additive_data data = data_of(0);
  const cr_run run = {.threads = 1, .seed = 3};
  cr_additive_settings alone = usual;
  alone.n_pairs = 0;
  cr_tables with = {0}, without = {0};
  int32_t rounds[4], pair_rounds[4];
  static double eta[N], terms[(P + 3) * N];
  CHECK(cr_additive_fit(&codes, &bins, &data, &usual, &run, &with, rounds, pair_rounds,
                        NULL) == CR_OK);
  CHECK(with.n_pairs >= 1 && with.first[0] == 0 && with.second[0] == 1);
  CHECK(rounds[0] > 0 && pair_rounds[0] > 0);
  CHECK(cr_tables_score(&with, &codes, &run, eta, NULL) == CR_OK);
  const double loss = loss_of(eta);

  // the terms and the intercept are the score, to the bit
  CHECK(cr_tables_terms(&with, &codes, &run, terms, NULL) == CR_OK);
  for (size_t i = 0; i < N; i++) {
    double sum = with.intercept;
    for (size_t t = 0; t < P + with.n_pairs; t++) sum += terms[t * N + i];
    CHECK(sum == eta[i]);
  }
  // every term has mean 0 over the rows, every cell an error
  for (size_t t = 0; t < P + with.n_pairs; t++) {
    double sum = 0.0;
    for (size_t i = 0; i < N; i++) sum += terms[t * N + i];
    CHECK_NEAR(sum / N, 0.0, 1e-9);
  }
  for (int32_t c = 0; c < with.start[P]; c++) {
    CHECK(with.error[c] >= 0.0 && with.error[c] < 2.0);
  }
  CHECK(cr_additive_fit(&codes, &bins, &data, &alone, &run, &without, rounds, pair_rounds,
                        NULL) == CR_OK);
  CHECK(without.n_pairs == 0 && pair_rounds[0] == 0);
  CHECK(cr_tables_score(&without, &codes, &run, eta, NULL) == CR_OK);
  CHECK(loss < loss_of(eta) - 0.03);
  cr_tables_free(&with);
  cr_tables_free(&without);
}

static bool same_tables(const cr_tables* a, const cr_tables* b) {
  const size_t n = (size_t)a->start[P];
  return a->intercept == b->intercept && a->n_pairs == b->n_pairs &&
         memcmp(a->value, b->value, n * sizeof *a->value) == 0 &&
         memcmp(a->error, b->error, n * sizeof *a->error) == 0 &&
         memcmp(a->pair_value, b->pair_value, a->n_pairs * CODES * sizeof(double)) == 0;
}

static void same_bits(void) {
  const cr_additive_data data = data_of(1);
  int32_t rounds[4], pair_rounds[4];
  cr_tables first = {0};
  const cr_run one = {.threads = 1, .seed = 3};
  CHECK(cr_additive_fit(&codes, &bins, &data, &usual, &one, &first, rounds, pair_rounds,
                        NULL) == CR_OK);
  const int threads[] = {2, 3, 8};
  for (size_t t = 0; t < 3; t++) {
    const cr_run many = {.threads = threads[t], .seed = 3};
    cr_tables other = {0};
    CHECK(cr_additive_fit(&codes, &bins, &data, &usual, &many, &other, rounds,
                          pair_rounds, NULL) == CR_OK);
    CHECK(same_tables(&first, &other));
    static double a[N], b[N];
    CHECK(cr_tables_score(&first, &codes, &one, a, NULL) == CR_OK);
    CHECK(cr_tables_score(&first, &codes, &many, b, NULL) == CR_OK);
    CHECK(memcmp(a, b, sizeof a) == 0);
    cr_tables_free(&other);
  }
  cr_tables_free(&first);
}

static void keeps_directions(void) {
  const int8_t direction[P] = {1, 0, -1, 0};
  cr_additive_settings settings = usual;
  settings.direction = direction;
  settings.n_folds = 0;
  settings.rounds = 40;
  const cr_additive_data data = data_of(0);
  const cr_run run = {.threads = 1};
  int32_t rounds[1], pair_rounds[1];
  cr_tables model = {0};
  CHECK(cr_additive_fit(&codes, &bins, &data, &settings, &run, &model, rounds,
                        pair_rounds, NULL) == CR_OK);
  CHECK(rounds[0] == 40);
  for (int32_t c = model.start[0] + 2; c < model.start[1]; c++) {
    CHECK(model.value[c] >= model.value[c - 1]);
  }
  for (int32_t c = model.start[2] + 2; c < model.start[3]; c++) {
    CHECK(model.value[c] <= model.value[c - 1]);
  }
  for (size_t q = 0; q < model.n_pairs; q++) {
    CHECK(direction[model.first[q]] == 0 && direction[model.second[q]] == 0);
  }
  for (int32_t c = 0; c < model.start[P]; c++) CHECK(isnan(model.error[c]));
  cr_tables_free(&model);
}

// Three fits, one feature of two codes and missing without rows
static void jackknife(void) {
  int32_t n_bins = 2, n_levels = 0;
  const cr_bins two = {.n_features = 1, .n_bins = &n_bins, .n_levels = &n_levels};
  cr_tables model = {0};
  CHECK(cr_tables_make(&two, 0, &model, NULL) == CR_OK);
  model.mass[1] = 30.0;
  model.mass[2] = 10.0;
  double table[3 * CODES] = {0};
  const double base[] = {-1.0, -2.0, -3.0}, low[] = {1.0, 2.0, 4.0};
  for (int k = 0; k < 3; k++) {
    table[k * CODES] = 9.0;  // nobody is missing
    table[k * CODES + 1] = low[k];
    table[k * CODES + 2] = low[k] + 4.0;
  }
  double none[1] = {0.0};
  const cr_settle_fits fits = {3, base, table, none};
  cr_settle_tables(&fits, &model);
  // means 1 + 1, 2 + 1, 4 + 1 go to the intercepts
  CHECK_NEAR(model.intercept, (-1.0 + 2.0 - 2.0 + 3.0 - 3.0 + 5.0) / 3.0, 1e-12);
  CHECK(model.value[0] == 0.0 && model.error[1] == 0.0);
  CHECK_NEAR(model.value[1], -1.0, 1e-12);
  CHECK_NEAR(model.value[2], 3.0, 1e-12);
  table[1] = 0.0;  // fit 1 now has -1 and 4 - 1 + ... : tables differ
  table[2] = 8.0;
  cr_settle_tables(&fits, &model);
  // code 2: 6, 3, 3 about 4, two thirds of the squares 4 + 1 + 1
  CHECK_NEAR(model.error[2], 2.0, 1e-12);
  cr_tables_free(&model);
}

static void damage_is_found(void) {
  const cr_additive_data data = data_of(0);
  const cr_run run = {.threads = 1};
  cr_additive_settings settings = usual;
  settings.rounds = 3;
  int32_t rounds[4], pair_rounds[4];
  cr_tables m = {0};
  CHECK(cr_additive_fit(&codes, &bins, &data, &settings, &run, &m, rounds, pair_rounds,
                        NULL) == CR_OK);
  const size_t n = (size_t)m.start[P];
  CHECK(cr_tables_validate(&m, &bins, n, NULL) == CR_OK);
  CHECK(cr_tables_validate(&m, &bins, n + 1, NULL) == CR_EMODEL);
  m.start[1]++;
  CHECK(cr_tables_validate(&m, &bins, n, NULL) == CR_EMODEL);
  m.start[1]--;
  m.group[2] = G;
  CHECK(cr_tables_validate(&m, &bins, n, NULL) == CR_EMODEL);
  m.group[2] = 0;
  m.first[0] = P;
  CHECK(cr_tables_validate(&m, &bins, n, NULL) == CR_EMODEL);
  m.first[0] = -1;
  CHECK(cr_tables_validate(&m, &bins, n, NULL) == CR_EMODEL);
  m.first[0] = 0;
  m.value[1] = NAN;
  CHECK(cr_tables_validate(&m, &bins, n, NULL) == CR_EMODEL);
  cr_tables_free(&m);
}

static bool refuse(void* data, double done) {
  (void)data;
  (void)done;
  return false;
}

static void fails_cleanly(void) {
  cr_additive_data data = data_of(0);
  data.n_rows = 300;
  cr_additive_settings settings = usual;
  settings.rounds = 2;
  settings.noise = 0.0;
  const cr_run run = {.threads = 1}, refused = {.threads = 1, .tick = refuse};
  int32_t rounds[4], pair_rounds[4];
  cr_tables m = {0};
  CHECK_ALLOCATIONS(cr_additive_fit(&codes, &bins, &data, &settings, &run, &m, rounds,
                                    pair_rounds, NULL),
                    cr_tables_free(&m));
  const long live = check_live_blocks();
  CHECK(cr_additive_fit(&codes, &bins, &data, &settings, &refused, &m, rounds,
                        pair_rounds, NULL) == CR_ECANCELLED);
  data.n_rows = 5;  // too few of one class for four folds
  CHECK(cr_additive_fit(&codes, &bins, &data, &settings, &run, &m, rounds, pair_rounds,
                        NULL) == CR_EINPUT);
  CHECK(check_live_blocks() == live);
}

void test_additive(void) {
  simulate();
  finds_what_is_there();
  same_bits();
  keeps_directions();
  jackknife();
  damage_is_found();
  fails_cleanly();
  cr_codes_free(&codes);
  cr_bins_free(&bins);
}
