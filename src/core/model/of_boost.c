#include "model/of_boost.h"

#include <math.h>

#include "base/mem.h"
#include "tree/score.h"

#include "base/exact.h"

// The structs' pointers are not const because the core also fills them; what is viewed
// here is only read.
static bool integers(const cr_value* list, const char* name, int64_t n, int32_t** x,
                     cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_INTEGER, n, err);
  if (v != NULL) *x = (int32_t*)v->as.integer;
  return v != NULL;
}

static bool numbers(const cr_value* list, const char* name, int64_t n, double** x,
                    cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_NUMBER, n, err);
  if (v != NULL) *x = (double*)v->as.number;
  return v != NULL;
}

static int64_t length_of(const cr_value* list, const char* name) {
  const cr_value* v = cr_value_find(list, name);
  return v == NULL ? 0 : v->n;
}

cr_status cr_view_bins(const cr_value* list, const cr_frame* shape, cr_bins* bins,
                       cr_error* err) {
  cr_status status = CR_OK;
  const int64_t p = (int64_t)shape->n_columns;
  const int64_t n_cuts = length_of(list, "cut"), n_codes = length_of(list, "level_code");
  const cr_value* code = cr_value_field(list, "level_code", CR_VALUE_BYTES, -1, err);
  cr_bins b = {.n_features = shape->n_columns};
  if (code == NULL || !integers(list, "n_bins", p, &b.n_bins, err) ||
      !integers(list, "n_levels", p, &b.n_levels, err) ||
      !integers(list, "cut_start", p + 1, &b.cut_start, err) ||
      !numbers(list, "cut", n_cuts, &b.cut, err) ||
      !integers(list, "level_start", p + 1, &b.level_start, err)) {
    return CR_EMODEL;
  }
  b.level_code = (uint8_t*)code->as.byte;
  CR_TRY(cr_bins_validate(&b, (size_t)n_cuts, (size_t)n_codes, err));
  for (size_t j = 0; j < shape->n_columns; j++) {
    if (b.n_bins[j] == 0 || b.n_levels[j] == shape->column[j].n_levels) continue;
    return cr_fail(err, CR_EMODEL, "columns", "the bins of column %zu do not fit it",
                   j + 1);
  }
  *bins = b;

done:
  return status;
}

// A sum over trees stays finite, whatever leaves a row falls into.
static bool sums_are_finite(const cr_trees* trees) {
  double most = 0.0;
  for (size_t t = 0; t < trees->n_trees; t++) {
    double largest = 0.0;
    for (int32_t i = trees->tree_start[t]; i < trees->tree_start[t + 1]; i++) {
      largest = fmax(largest, fabs(trees->value[i]));
    }
    most += largest;
  }
  return isfinite(most);
}

cr_status cr_view_trees(const cr_value* list, size_t n_features, cr_trees* trees,
                        cr_error* err) {
  cr_status status = CR_OK;
  const int64_t n = length_of(list, "feature"), starts = length_of(list, "tree_start");
  const cr_value* bits = cr_value_field(list, "subset_bits", CR_VALUE_BYTES, -1, err);
  cr_trees t = {.n_nodes = (size_t)n, .n_trees = (size_t)(starts > 0 ? starts - 1 : 0)};
  if (bits == NULL || !integers(list, "tree_start", starts, &t.tree_start, err) ||
      !integers(list, "feature", n, &t.feature, err) ||
      !integers(list, "bin", n, &t.bin, err) ||
      !integers(list, "subset", n, &t.subset, err) ||
      !integers(list, "missing_left", n, &t.missing_left, err) ||
      !integers(list, "left", n, &t.left, err) ||
      !integers(list, "right", n, &t.right, err) ||
      !numbers(list, "value", n, &t.value, err) ||
      !numbers(list, "gain", n, &t.gain, err) ||
      !numbers(list, "cover", n, &t.cover, err)) {
    return CR_EMODEL;
  }
  if (starts < 1 || bits->n % CR_SUBSET_BYTES != 0) {
    return cr_fail(err, CR_EMODEL, "tree", "the trees' arrays do not fit each other");
  }
  t.n_subsets = bits->n / CR_SUBSET_BYTES;
  t.subset_bits = (uint8_t*)bits->as.byte;
  CR_TRY(cr_trees_validate(&t, n_features, err));
  for (size_t i = 0; i < t.n_nodes; i++) {
    if (isfinite(t.gain[i]) && isfinite(t.cover[i])) continue;
    return cr_fail(err, CR_EMODEL, "not_finite", "node %zu has no finite weight", i + 1);
  }
  if (!sums_are_finite(&t)) {
    return cr_fail(err, CR_EMODEL, "not_finite", "the trees' values have no finite sum");
  }
  *trees = t;

done:
  return status;
}

// ---- the learner ---------------------------------------------------------------

typedef struct {
  cr_bins bins;
  cr_trees trees;
  double base;
  uint8_t used[];  // by feature: some tree splits on it
} boosted;

static const cr_value* list_field(const cr_value* core, const char* name, cr_error* err) {
  return cr_value_field(core, name, CR_VALUE_LIST, -1, err);
}

static cr_status open_boost(const cr_value* specification, const cr_value* core,
                            const cr_frame* shape, void** state, cr_error* err) {
  (void)specification;
  cr_status status = CR_OK;
  boosted found = {.base = 0.0};
  const cr_value* bins = list_field(core, "bins", err);
  const cr_value* trees = bins == NULL ? NULL : list_field(core, "trees", err);
  const cr_value* base =
      trees == NULL ? NULL : cr_value_field(core, "base", CR_VALUE_NUMBER, 1, err);
  if (base == NULL) return CR_EMODEL;
  CR_TRY(cr_view_bins(bins, shape, &found.bins, err));
  CR_TRY(cr_view_trees(trees, shape->n_columns, &found.trees, err));
  found.base = base->as.number[0];
  if (!isfinite(found.base)) {
    return cr_fail(err, CR_EMODEL, "not_finite", "the trees' start is not finite");
  }
  boosted* kept = cr_alloc(1, sizeof *kept + shape->n_columns);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  *kept = found;
  cr_score_features(&kept->trees, shape->n_columns, kept->used);
  *state = kept;

done:
  return status;
}

static cr_status score_boost(const void* state, const cr_frame* frame, const cr_run* run,
                             double* link, cr_error* err) {
  cr_status status = CR_OK;
  const boosted* model = state;
  cr_codes codes = {0};
  CR_TRY(cr_bins_encode(&model->bins, frame, model->used, 0, run, &codes, err));
  status = cr_score_codes(&model->trees, &codes, model->base, run, link, err);

done:
  cr_codes_free(&codes);
  return status;
}

const cr_learner cr_of_boost = {"boost", open_boost, score_boost, cr_free};
