#include "woe/binning.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

enum { N = 4000, P = 4, LEVELS = 9 };

static const cr_run ONE = {.threads = 1, .seed = 7};
static const cr_run THREE = {.threads = 3, .seed = 7};

static double number[2][N], weight[N];
static int32_t level[2][N], event[N];
static cr_column column[P];
static cr_frame frame;

// A rising and a turning number, levels without and with an order; a tenth missing.
static void make_scene(void) {
  static const double of_level[LEVELS] = {0.2, 0.5, 0.1, 0.4, 0.3, 0.2, 0.6, 0.1, 0.9};
  cr_rng rng = cr_rng_stream(5, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < N; i++) {
    number[0][i] = floor(1000.0 * cr_rng_unit(&rng));
    number[1][i] = cr_rng_normal(&rng);
    level[0][i] = 1 + (int32_t)cr_rng_below(&rng, LEVELS - 1);
    if (i % 500 == 0) level[0][i] = LEVELS;  // rare
    level[1][i] = 1 + (int32_t)cr_rng_below(&rng, 5);
    const double risk = 0.1 + 0.0003 * number[0][i] + 0.2 * of_level[level[0][i] - 1] +
                        0.1 * (fabs(number[1][i]) < 0.5) + 0.03 * level[1][i];
    event[i] = cr_rng_unit(&rng) < risk;
    weight[i] = 1.0 + cr_rng_below(&rng, 3);
    if (cr_rng_below(&rng, 10) == 0) number[0][i] = NAN;
    if (cr_rng_below(&rng, 10) == 0) level[1][i] = CR_MISSING_INT;
  }
  for (int k = 0; k < 2; k++) {
    column[k] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = number[k]};
    column[2 + k] = (cr_column){
        .type = CR_COLUMN_LEVEL, .integer = level[k], .n_levels = k == 0 ? LEVELS : 5};
  }
  frame = (cr_frame){N, P, column};
}

typedef struct {
  cr_bins bins;
  cr_codes codes;
  size_t start[P + 1];
  double event[P * 256], other[P * 256];
  int32_t group[P * 256], n_groups[P];
  cr_shape shape[P];
} result;

static void result_free(result* r) {
  cr_bins_free(&r->bins);
  cr_codes_free(&r->codes);
}

static const cr_shape SHAPES[P] = {CR_SHAPE_MONOTONE, CR_SHAPE_PEAK, CR_SHAPE_FREE,
                                   CR_SHAPE_UP};
static const uint8_t NOMINAL[P] = {0, 0, 1, 0};

static cr_status bin_all(const cr_run* run, const double* w, result* r) {
  cr_status status = CR_OK;
  const cr_binning_rows rows = {event, w};
  const cr_binning_settings settings = {
      SHAPES, NOMINAL, {.max_bins = 5, .min_mass = 200.0, .min_class = 20.0}, 40.0};
  memset(r, 0, sizeof *r);
  CR_TRY(cr_bins_learn(&frame, NULL, 0, w, 100, run, &r->bins, NULL));
  CR_TRY(cr_bins_encode(&r->bins, &frame, NULL, CR_BLOCKS_NONE, run, &r->codes, NULL));
  CR_TRY(cr_binning_tally(&r->bins, &r->codes, &rows, run, r->event, r->other, NULL));
  CR_TRY(cr_binning_group(&r->bins, r->event, r->other, &settings, run, r->group,
                          r->n_groups, r->shape, NULL));
  for (size_t j = 0; j < P; j++) {
    r->start[j + 1] = r->start[j] + (size_t)r->bins.n_bins[j] + 1;
  }

done:
  if (status != CR_OK) result_free(r);
  return status;
}

// Counts again from the rows, through the bins' own codes.
static void tallies_are_counts(const result* r) {
  bool same = true;
  for (size_t j = 0; j < P; j++) {
    for (size_t c = 0; c + r->start[j] < r->start[j + 1]; c++) {
      double counted[2] = {0.0, 0.0};
      for (size_t i = 0; i < N; i++) {
        if (r->codes.column[j * N + i] == c) counted[event[i]] += weight[i];
      }
      if (counted[1] != r->event[r->start[j] + c]) same = false;
      if (counted[0] != r->other[r->start[j] + c]) same = false;
    }
  }
  CHECK(same);
}

// Rates of the groups of feature j; false when a group breaks a rule.
static bool group_rates(const result* r, size_t j, double* rate) {
  double e[CR_PARTITION_BINS + 1] = {0.0}, g[CR_PARTITION_BINS + 1] = {0.0};
  for (size_t c = r->start[j]; c < r->start[j + 1]; c++) {
    e[r->group[c]] += r->event[c];
    g[r->group[c]] += r->other[c];
  }
  bool good = r->group[r->start[j]] == 0;
  for (int32_t b = 1; b <= r->n_groups[j]; b++) {
    good = good && e[b] + g[b] >= 200.0 && e[b] >= 20.0 && g[b] >= 20.0;
    rate[b - 1] = e[b] / (e[b] + g[b]);
  }
  return good;
}

static void groups_keep_the_rules(const result* r) {
  double rate[CR_PARTITION_BINS];
  for (size_t j = 0; j < P; j++) {
    CHECK(r->n_groups[j] >= 2 && r->n_groups[j] <= 5);
    CHECK(group_rates(r, j, rate));
    int turns = 0;
    for (int32_t b = 2; b < r->n_groups[j]; b++) {
      turns += (rate[b] > rate[b - 1]) != (rate[b - 1] > rate[b - 2]);
    }
    CHECK(turns <= (j == 1));
    if (j != 1) CHECK(rate[0] <= rate[1]);
  }
  CHECK(r->shape[0] == CR_SHAPE_UP && r->shape[1] == CR_SHAPE_PEAK);
  // numbers and ordered levels: groups ascend with the codes
  bool ascend = true;
  for (size_t j = 0; j < P; j++) {
    for (size_t c = r->start[j] + 2; NOMINAL[j] == 0 && c < r->start[j + 1]; c++) {
      if (r->group[c] < r->group[c - 1]) ascend = false;
    }
  }
  CHECK(ascend);
}

// Levels of less than the least mass share a bin, whatever their rates.
static void rare_levels_stay_together(void) {
  const double e[] = {0, 50, 3, 20, 0, 5}, g[] = {0, 50, 0, 80, 9, 1};
  int32_t n_bins = 5, n_levels = 5, n_groups = 0, group[6];
  const cr_bins bins = {.n_features = 1, .n_bins = &n_bins, .n_levels = &n_levels};
  const uint8_t nominal = 1;
  cr_shape shape = CR_SHAPE_FREE;
  cr_binning_settings settings = {
      &shape, &nominal, {.max_bins = 5, .min_class = 1.0}, 10.0};
  CHECK(cr_binning_group(&bins, e, g, &settings, &ONE, group, &n_groups, &shape, NULL) ==
        CR_OK);
  CHECK(n_groups >= 2 && group[2] == group[4] && group[4] == group[5]);
  settings.rare = 0.0;
  CHECK(cr_binning_group(&bins, e, g, &settings, &ONE, group, &n_groups, &shape, NULL) ==
        CR_OK);
  CHECK(group[4] != group[5]);
  settings.rules.min_class = 100.0;
  CHECK(cr_binning_group(&bins, e, g, &settings, &ONE, group, &n_groups, &shape, NULL) ==
        CR_OK);
  CHECK(n_groups == 0 && group[1] == 0);
}

void test_binning(void) {
  static result one, three;
  make_scene();
  CHECK(bin_all(&ONE, weight, &one) == CR_OK);
  CHECK(bin_all(&THREE, weight, &three) == CR_OK);
  CHECK(memcmp(one.group, three.group, one.start[P] * sizeof *one.group) == 0);
  tallies_are_counts(&one);
  groups_keep_the_rules(&one);
  result_free(&one);
  result_free(&three);
  rare_levels_stay_together();
  CHECK_ALLOCATIONS(bin_all(&ONE, NULL, &one), result_free(&one));
}
