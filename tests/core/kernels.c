// Instructions of the hot kernels, counted by callgrind: a number that does not depend on
// how busy the machine is, so that a slow-down is seen without a clock. `make -f
// tests/core/Makefile count` runs each part and compares with tests/core/kernels.txt.
// Portable code, one thread.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "metric/auc.h"
#include "tree/boost.h"
#include "tree/score.h"
#include "tree/split.h"

enum { ROWS = 20000, FEATURES = 20, WIDE = 14 };

static const cr_run RUN = {.threads = 1, .seed = 3, .simd = CR_SIMD_PORTABLE};

typedef struct {
  double x[FEATURES][ROWS];
  int32_t event[ROWS];
  uint32_t row[ROWS];
  cr_cell gradient[ROWS];
  double score[ROWS];
  cr_column column[FEATURES];
  cr_frame frame;
  cr_bins bins;
  cr_codes codes;
  cr_boost boost;
  cr_hist_layout layout;
  cr_cell* cells;
} scene;

static void stop_unless(bool ok) {
  if (ok) return;
  fputs("the scene could not be set up\n", stderr);
  exit(2);
}

static cr_status fit(scene* s, int trees) {
  const cr_boost_settings settings = {.trees = trees,
                                      .rate = 0.1,
                                      .max_leaves = 31,
                                      .max_depth = 30,
                                      .min_leaf = 20,
                                      .l2 = 1.0,
                                      .row_share = 0.7,
                                      .column_share = 0.7};
  const cr_boost_data data = {.event = s->event, .row = s->row, .n_rows = ROWS};
  return cr_boost_fit(&s->codes, &s->bins, &data, &settings, &RUN, &s->boost, NULL);
}

// Amounts and small counts with missing values, a weak signal.
static void make_scene(scene* s) {
  cr_rng rng = cr_rng_stream(7, CR_FOR_SIMULATION, 0);
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t j = 0; j < FEATURES; j++) {
      const double z = cr_rng_normal(&rng);
      s->x[j][i] = j < WIDE ? z * z * z : (double)(int)(2.0 * z);
      if (j % 3 == 0 && cr_rng_below(&rng, 10) == 0) s->x[j][i] = 0.0 / 0.0;
    }
    const double signal = s->x[1][i] > 0.5 ? 1.0 : -1.0;
    s->event[i] = cr_rng_normal(&rng) + 0.3 * signal > 1.0;
    s->row[i] = (uint32_t)i;
    s->gradient[i] =
        cr_cell_pack((int32_t)cr_rng_below(&rng, 2000) - 1000, cr_rng_below(&rng, 1000));
    s->score[i] = cr_rng_normal(&rng) + 0.2 * s->event[i];
  }
  for (size_t j = 0; j < FEATURES; j++) {
    s->column[j] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = s->x[j]};
  }
  s->frame = (cr_frame){ROWS, FEATURES, s->column};
  stop_unless(cr_bins_learn(&s->frame, NULL, 0, NULL, 254, &RUN, &s->bins, NULL) ==
              CR_OK);
  stop_unless(cr_bins_encode(&s->bins, &s->frame, NULL, CR_BLOCKS_PACKED, &RUN, &s->codes,
                             NULL) == CR_OK);
  s->layout = cr_hist_layout_for(s->codes.lanes.n_lanes, s->codes.lanes.max_code);
  s->cells = cr_alloc_zero(s->layout.n_cells, sizeof *s->cells);
  stop_unless(s->cells != NULL && fit(s, 30) == CR_OK);
}

static cr_status add_histogram(scene* s) {
  for (size_t b = 0; b < s->layout.n_blocks; b++) {
    cr_hist_add(&s->layout, b, s->codes.block + b * ROWS * CR_BLOCK, s->row, s->gradient,
                ROWS, s->cells);
  }
  return CR_OK;
}

static cr_status find_split(scene* s) {
  const cr_split_rule rule = {
      .gradient_unit = 1e-4, .hessian_unit = 1e-4, .l2 = 1.0, .min_count = 20};
  const cr_split_feature feature = {.by_level = false, .n_bins = s->bins.n_bins[0]};
  cr_split_node node = {.count = ROWS, .low = -1e300, .high = 1e300};
  cr_split best;
  add_histogram(s);
  for (int32_t c = 0; c <= feature.n_bins; c++) node.total += s->cells[c];
  for (int i = 0; i < 100; i++) {
    cr_split_scan(&rule, &node, &feature, s->cells, NULL, CR_SIMD_PORTABLE, &best);
  }
  return best.feature < 0 ? CR_EINPUT : CR_OK;
}

static cr_status score_rows(scene* s) {
  return cr_score_codes(&s->boost.trees, &s->codes, 0.0, &RUN, s->score, NULL);
}

static cr_status area(scene* s) {
  cr_auc auc;
  return cr_auc_area(s->score, s->event, ROWS, &auc, NULL);
}

static cr_status encode(scene* s) {
  cr_codes_free(&s->codes);
  return cr_bins_encode(&s->bins, &s->frame, NULL, CR_BLOCKS_PACKED, &RUN, &s->codes,
                        NULL);
}

static cr_status grow(scene* s) {
  cr_boost_free(&s->boost);
  return fit(s, 20);
}

static const struct {
  const char* name;
  cr_status (*run)(scene* s);
} PARTS[] = {{"histogram", add_histogram}, {"split", find_split},
             {"score", score_rows},        {"auc", area},
             {"encode", encode},           {"boost", grow}};

// What callgrind counts: this function and what it calls.
__attribute__((noinline)) cr_status counted(scene* s, size_t part);
__attribute__((noinline)) cr_status counted(scene* s, size_t part) {
  return PARTS[part].run(s);
}

int main(int argc, char** argv) {
  static scene s;
  const size_t n = sizeof PARTS / sizeof *PARTS;
  for (size_t i = 0; i < n; i++) {
    if (argc == 2 && strcmp(argv[1], PARTS[i].name) == 0) {
      make_scene(&s);
      const cr_status status = counted(&s, i);
      cr_free(s.cells);
      cr_boost_free(&s.boost);
      cr_codes_free(&s.codes);
      cr_bins_free(&s.bins);
      return status == CR_OK ? 0 : 1;
    }
    if (argc == 1) puts(PARTS[i].name);
  }
  return argc == 1 ? 0 : 2;
}
