#ifndef LCRISK_TESTS_MODEL_SCENE_H
#define LCRISK_TESTS_MODEL_SCENE_H

// Small model files, written by hand: their scores can be worked out on paper.

#include "base/mem.h"
#include "check.h"
#include "model/scorer.h"
#include "model/sha256.h"
#include "model/views.h"
#include "net/layers.h"

static inline const char* scene_text(const void* data, size_t i, size_t* n) {
  const char* const* text = data;
  if (text[i] != NULL) *n = strlen(text[i]);
  return text[i];
}

static inline void put_list(cr_writer* w, size_t n, const char* const* names) {
  cr_write_head(w, CR_VALUE_LIST, names != NULL, n);
  if (names != NULL) cr_write_texts(w, scene_text, names, n);
}

static inline void put_texts(cr_writer* w, size_t n, const char* const* text) {
  cr_write_head(w, CR_VALUE_TEXT, false, n);
  cr_write_texts(w, scene_text, text, n);
}

static inline void put_integers(cr_writer* w, size_t n, const int32_t* x) {
  cr_write_head(w, CR_VALUE_INTEGER, false, n);
  cr_write_integers(w, x, n);
}

static inline void put_numbers(cr_writer* w, size_t n, const double* x) {
  cr_write_head(w, CR_VALUE_NUMBER, false, n);
  cr_write_numbers(w, x, n);
}

static inline void put_raw(cr_writer* w, size_t n, const uint8_t* x) {
  cr_write_head(w, CR_VALUE_BYTES, false, n);
  cr_write_bytes(w, x, n);
  cr_write_fill(w);
}

#define NAMES(...) ((const char* const[]){__VA_ARGS__})
#define INTEGERS(...) ((const int32_t[]){__VA_ARGS__})
#define NUMBERS(...) ((const double[]){__VA_ARGS__})
#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})

// The two columns of all models: `home` with levels OWN and RENT, and `income`; RENT and
// 48 were typical of the approved.
static inline void put_columns(cr_writer* w) {
  put_list(
      w, 7,
      NAMES("features", "kind", "levels", "range", "dropped", "infinite", "reference"));
  put_texts(w, 2, NAMES("home", "income"));
  put_texts(w, 2, NAMES("level", "number"));
  put_list(w, 1, NAMES("home"));
  put_texts(w, 2, NAMES("OWN", "RENT"));
  put_list(w, 6, NAMES("min", "low", "high", "max", "missing", "typical"));
  put_numbers(w, 2, NUMBERS(NAN, 10));
  put_numbers(w, 2, NUMBERS(NAN, 11));
  put_numbers(w, 2, NUMBERS(NAN, 90));
  put_numbers(w, 2, NUMBERS(NAN, 100));
  put_numbers(w, 2, NUMBERS(0.25, 0));
  put_numbers(w, 2, NUMBERS(1, 45));
  put_texts(w, 0, NULL);
  put_texts(w, 1, NAMES("error"));
  put_list(w, 1, NAMES("typical"));
  put_list(w, 2, NAMES("home", "income"));
  put_texts(w, 1, NAMES("RENT"));
  put_numbers(w, 1, NUMBERS(48));
}

// Income has a cut at 50, home a code for each level.
static inline void put_bins(cr_writer* w) {
  put_list(w, 6,
           NAMES("n_bins", "n_levels", "cut_start", "cut", "level_start", "level_code"));
  put_integers(w, 2, INTEGERS(2, 2));
  put_integers(w, 2, INTEGERS(2, 0));
  put_integers(w, 3, INTEGERS(0, 0, 1));
  put_numbers(w, 1, NUMBERS(50));
  put_integers(w, 3, INTEGERS(0, 2, 2));
  put_raw(w, 2, BYTES(1, 2));
}

// Start -1. Tree 1: income <= 50 adds 0.5, more or missing -0.25. Tree 2: RENT or a
// missing home adds 2, OWN -2.
static inline void put_boost(cr_writer* w) {
  uint8_t bits[CR_SUBSET_BYTES] = {5};
  put_list(w, 3, NAMES("bins", "trees", "base"));
  put_bins(w);
  put_list(w, 11,
           NAMES("tree_start", "feature", "bin", "subset", "missing_left", "left",
                 "right", "value", "gain", "cover", "subset_bits"));
  put_integers(w, 3, INTEGERS(0, 3, 6));
  put_integers(w, 6, INTEGERS(1, -1, -1, 0, -1, -1));
  put_integers(w, 6, INTEGERS(1, -1, -1, -1, -1, -1));
  put_integers(w, 6, INTEGERS(-1, -1, -1, 0, -1, -1));
  put_integers(w, 6, INTEGERS(0, 0, 0, 0, 0, 0));
  put_integers(w, 6, INTEGERS(1, -1, -1, 1, -1, -1));
  put_integers(w, 6, INTEGERS(2, -1, -1, 2, -1, -1));
  put_numbers(w, 6, NUMBERS(0, 0.5, -0.25, 0, 2, -2));
  put_numbers(w, 6, NUMBERS(1, 0, 0, 1, 0, 0));
  put_numbers(w, 6, NUMBERS(10, 4, 6, 10, 5, 5));
  put_raw(w, sizeof bits, bits);
  put_numbers(w, 1, NUMBERS(-1));
}

// One tree: probability 1/4 where income <= 50, else 1/2.
static inline void put_forest(cr_writer* w) {
  put_list(w, 2, NAMES("bins", "trees"));
  put_bins(w);
  put_list(
      w, 6,
      NAMES("tree_start", "split", "follow", "cover", "subset_feature", "subset_bits"));
  put_integers(w, 2, INTEGERS(0, 3));
  put_integers(w, 3, INTEGERS(1 << 9 | 1, -1, -1));
  put_integers(w, 3, INTEGERS(2, CR_GROVE_ONE / 4, CR_GROVE_ONE / 2));
  put_integers(w, 3, INTEGERS(10, 4, 6));
  put_integers(w, 0, NULL);
  put_raw(w, 0, NULL);
}

// -1, home OWN -1, RENT 1, missing 0.125, income to 50 0.5, above -0.5, missing 0.25.
static inline void put_additive(cr_writer* w) {
  put_list(w, 2, NAMES("bins", "tables"));
  put_bins(w);
  put_list(
      w, 7,
      NAMES("intercept", "start", "value", "group", "first", "second", "pair_value"));
  put_numbers(w, 1, NUMBERS(-1));
  put_integers(w, 3, INTEGERS(0, 3, 6));
  put_numbers(w, 6, NUMBERS(0.125, -1, 1, 0.25, 0.5, -0.5));
  put_raw(w, 6, BYTES(0, 0, 0, 0, 0, 0));
  put_integers(w, 0, NULL);
  put_integers(w, 0, NULL);
  put_numbers(w, 0, NULL);
}

// home: OWN, RENT, missing; z = (income - 50) / 10, clamped to 10 .. 90, and a hinge
// at 1.
static inline void put_design(cr_writer* w) {
  put_list(w, 13,
           NAMES("first_term", "missing", "low", "high", "factor", "logged", "mean",
                 "gain", "knot", "knot_start", "slope", "level_start", "level_term"));
  put_integers(w, 3, INTEGERS(0, 3, 5));
  put_integers(w, 2, INTEGERS(1, 0));
  put_numbers(w, 2, NUMBERS(0, 10));
  put_numbers(w, 2, NUMBERS(0, 90));
  put_numbers(w, 2, NUMBERS(0, 1));
  put_integers(w, 2, INTEGERS(0, 0));
  put_numbers(w, 2, NUMBERS(0, 50));
  put_numbers(w, 2, NUMBERS(0, 0.1));
  put_numbers(w, 1, NUMBERS(1));
  put_integers(w, 3, INTEGERS(0, 0, 1));
  put_numbers(w, 1, NUMBERS(1));
  put_integers(w, 3, INTEGERS(0, 2, 2));
  put_integers(w, 2, INTEGERS(0, 1));
}

// Intercept 1, RENT 2 * 0.75, missing home 2 * 0.125, -0.5 z and 4 times the hinge. The
// mean of home's part in training was 0.375, that of income's 0.0625.
static inline void put_logit(cr_writer* w) {
  put_list(w, 3, NAMES("coefficient", "design", "center"));
  put_numbers(w, 6, NUMBERS(1, 0, 0.75, 0.125, -0.5, 4));
  put_design(w);
  put_numbers(w, 2, NUMBERS(0.375, 0.0625));
}

// How many weights a network of two units has on the design above.
static inline cr_shape scene_shape(void) {
  cr_writer w = {0};
  cr_value* v = NULL;
  cr_design design = {0};
  cr_nodes nodes = {0};
  put_design(&w);
  uint8_t* bytes = cr_alloc_aligned(w.n, 1);
  memcpy(bytes, w.bytes, w.n);
  const cr_column column[] = {{.type = CR_COLUMN_LEVEL, .n_levels = 2},
                              {.type = CR_COLUMN_DOUBLE}};
  const cr_frame frame = {.n_columns = 2, .column = column};
  CHECK(cr_value_read(bytes, w.n, &v, NULL) == CR_OK);
  CHECK(cr_view_design(v, &frame, &design, NULL) == CR_OK);
  CHECK(cr_nodes_make(&design, &nodes, NULL) == CR_OK);
  const cr_shape shape = cr_layers_shape(nodes.n_nodes, INTEGERS(2), 1);
  cr_nodes_free(&nodes);
  cr_free(v);
  cr_free_aligned(bytes);
  cr_writer_free(&w);
  return shape;
}

// Two networks that know nothing but their last biases, 0.75 and 0.25.
static inline void put_mlp(cr_writer* w) {
  const cr_shape shape = scene_shape();
  const size_t n = shape.n_weights;
  put_list(w, 3, NAMES("design", "hidden", "weights"));
  put_design(w);
  put_integers(w, 1, INTEGERS(2));
  double* weight = cr_alloc_zero(2 * n, sizeof *weight);
  weight[shape.bias[1]] = 0.75;
  weight[n + shape.bias[1]] = 0.25;
  put_numbers(w, 2 * n, weight);
  cr_free(weight);
}

// 0.5 + 0.25 times the boosted trees + 0.75 times the mean of the regression and itself.
static inline void put_blend(cr_writer* w) {
  put_list(w, 3, NAMES("share", "intercept", "models"));
  cr_write_head(w, CR_VALUE_NUMBER, true, 2);
  cr_write_texts(w, scene_text, NAMES("logit", "boost"), 2);
  cr_write_numbers(w, NUMBERS(0.75, 0.25), 2);
  put_numbers(w, 1, NUMBERS(0.5));
  put_list(w, 2, NAMES("boost", "logit"));
  put_list(w, 1, NULL);
  put_boost(w);
  put_list(w, 2, NULL);
  put_logit(w);
  put_logit(w);
}

static inline void put_learner(cr_writer* w, const char* kind, bool is_blend) {
  put_list(w, 2, NAMES("kind", "params"));
  put_texts(w, 1, &kind);
  put_list(w, is_blend ? 1 : 0, is_blend ? NAMES("learners") : NULL);
  if (!is_blend) return;
  put_list(w, 2, NAMES("boost", "logit"));
  put_learner(w, "boost", false);
  put_learner(w, "logit", false);
}

// Asked are home, where LEASE is RENT and anything else missing, and the pay of a month
// in thousands; income is 12 times that.
static inline void put_inputs(cr_writer* w) {
  put_list(w, 13,
           NAMES("name", "type", "levels", "otherwise", "alias", "alias_field",
                 "alias_code", "start", "op", "argument", "number", "map_start", "map"));
  put_texts(w, 2, NAMES("home", "pay"));
  put_texts(w, 2, NAMES("level", "number"));
  put_list(w, 2, NULL);
  put_texts(w, 3, NAMES("BOAT", "OWN", "RENT"));
  put_texts(w, 0, NULL);
  put_integers(w, 2, INTEGERS(0, 0));
  put_texts(w, 1, NAMES("LEASE"));
  put_integers(w, 1, INTEGERS(0));
  put_integers(w, 1, INTEGERS(3));
  put_integers(w, 3, INTEGERS(0, 2, 5));
  put_integers(w, 5,
               INTEGERS(CR_OP_LOAD, CR_OP_MAP, CR_OP_NUMBER, CR_OP_LOAD, CR_OP_MULTIPLY));
  put_integers(w, 5, INTEGERS(0, 0, 0, 1, 0));
  put_numbers(w, 1, NUMBERS(12));
  put_integers(w, 2, INTEGERS(0, 3));
  put_integers(w, 3, INTEGERS(0, 1, 2));
}

// The blend is calibrated by the line 0.25 + 2 link.
static inline void put_model(cr_writer* w, bool is_blend) {
  put_list(w, 3, NAMES("event", "cutoff", "calibration"));
  put_texts(w, 1, NAMES("1"));
  put_numbers(w, 1, NUMBERS(0.2));
  if (!is_blend) {
    cr_write_head(w, CR_VALUE_NULL, false, 0);
    return;
  }
  put_list(w, 1, NULL);
  put_list(w, 2, NAMES("method", "coefficient"));
  put_texts(w, 1, NAMES("platt"));
  put_numbers(w, 2, NUMBERS(0.25, 2));
}

static inline void put_head(cr_writer* w, const char* kind) {
  const bool is_blend = strcmp(kind, "blend") == 0;
  cr_model_file_mark(w, 0);
  put_model(w, is_blend);
  cr_model_file_mark(w, 1);
  put_learner(w, kind, is_blend);
  cr_model_file_mark(w, 2);
  put_columns(w);
  cr_model_file_mark(w, 3);
  put_inputs(w);
  cr_model_file_mark(w, 4);
}

// A whole file; the caller frees the writer.
static inline void write_scene(const char* kind, cr_writer* w) {
  char core[32];
  (void)snprintf(core, sizeof core, "core.%s", kind);
  const char* const names[] = {"model", "learner", "columns", "inputs", core};
  const bool required[] = {true, true, true, true, true};
  cr_model_file_begin(w, names, required, 5);
  put_head(w, kind);
  if (strcmp(kind, "boost") == 0) put_boost(w);
  if (strcmp(kind, "logit") == 0) put_logit(w);
  if (strcmp(kind, "forest") == 0) put_forest(w);
  if (strcmp(kind, "additive") == 0) put_additive(w);
  if (strcmp(kind, "scorecard") == 0) put_additive(w);
  if (strcmp(kind, "mlp") == 0) put_mlp(w);
  if (strcmp(kind, "blend") == 0) put_blend(w);
  cr_model_file_end(w);
}

// Makes the checksum right again after a change.
static inline void reseal(uint8_t* bytes, size_t n) {
  cr_sha256(bytes, n - CR_SHA256_BYTES, bytes + n - CR_SHA256_BYTES);
}

static inline cr_status open_scene(const uint8_t* bytes, size_t n, cr_scorer* scorer,
                                   cr_error* err) {
  cr_model_file file = {0};
  const cr_status status = cr_model_file_copy(bytes, n, &file, err);
  return status == CR_OK ? cr_scorer_open(&file, scorer, err) : status;
}

enum { SCENE_ROWS = 6 };

// OWN 40, RENT 50, RENT 51, missing 70, OWN missing, a level out of range and 1000
static inline cr_frame scene_rows(cr_column column[2]) {
  static const int32_t home[SCENE_ROWS] = {1, 2, 2, CR_MISSING_INT, 1, 3};
  static const double income[SCENE_ROWS] = {40, 50, 51, 70, NAN, 1000};
  column[0] = (cr_column){.type = CR_COLUMN_LEVEL, .integer = home, .n_levels = 3};
  column[1] = (cr_column){.type = CR_COLUMN_DOUBLE, .number = income};
  return (cr_frame){.n_rows = SCENE_ROWS, .n_columns = 2, .column = column};
}

#endif
