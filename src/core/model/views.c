#include "model/views.h"

#include <math.h>

#include "additive/smooth.h"

#include "base/exact.h"

bool cr_view_integers(const cr_value* list, const char* name, size_t n, int32_t** x,
                      cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_INTEGER, (int64_t)n, err);
  if (v != NULL) *x = (int32_t*)v->as.integer;
  return v != NULL;
}

bool cr_view_numbers(const cr_value* list, const char* name, size_t n, double** x,
                     cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_NUMBER, (int64_t)n, err);
  if (v != NULL) *x = (double*)v->as.number;
  return v != NULL;
}

bool cr_view_bytes(const cr_value* list, const char* name, size_t n, uint8_t** x,
                   cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_BYTES, (int64_t)n, err);
  if (v != NULL) *x = (uint8_t*)v->as.byte;
  return v != NULL;
}

size_t cr_view_length(const cr_value* list, const char* name) {
  const cr_value* v = cr_value_find(list, name);
  return v == NULL ? 0 : v->n;
}

const cr_value* cr_view_list(const cr_value* core, const char* name, cr_error* err) {
  return cr_value_field(core, name, CR_VALUE_LIST, -1, err);
}

cr_status cr_view_number(const cr_value* list, const char* name, double* x,
                         cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_NUMBER, 1, err);
  if (v == NULL) return CR_EMODEL;
  if (!isfinite(v->as.number[0])) {
    return cr_fail(err, CR_EMODEL, "not_finite", "the model's `%s` is not finite", name);
  }
  *x = v->as.number[0];
  return CR_OK;
}

cr_status cr_view_bins(const cr_value* list, const cr_frame* shape, cr_bins* bins,
                       cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = shape->n_columns;
  const size_t n_cuts = cr_view_length(list, "cut");
  const size_t n_codes = cr_view_length(list, "level_code");
  cr_bins b = {.n_features = p};
  if (!cr_view_integers(list, "n_bins", p, &b.n_bins, err) ||
      !cr_view_integers(list, "n_levels", p, &b.n_levels, err) ||
      !cr_view_integers(list, "cut_start", p + 1, &b.cut_start, err) ||
      !cr_view_numbers(list, "cut", n_cuts, &b.cut, err) ||
      !cr_view_integers(list, "level_start", p + 1, &b.level_start, err) ||
      !cr_view_bytes(list, "level_code", n_codes, &b.level_code, err)) {
    return CR_EMODEL;
  }
  CR_TRY(cr_bins_validate(&b, n_cuts, n_codes, err));
  for (size_t j = 0; j < p; j++) {
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

static bool view_nodes(const cr_value* list, size_t n, cr_trees* t, cr_error* err) {
  return cr_view_integers(list, "feature", n, &t->feature, err) &&
         cr_view_integers(list, "bin", n, &t->bin, err) &&
         cr_view_integers(list, "subset", n, &t->subset, err) &&
         cr_view_integers(list, "missing_left", n, &t->missing_left, err) &&
         cr_view_integers(list, "left", n, &t->left, err) &&
         cr_view_integers(list, "right", n, &t->right, err) &&
         cr_view_numbers(list, "value", n, &t->value, err) &&
         cr_view_numbers(list, "gain", n, &t->gain, err) &&
         cr_view_numbers(list, "cover", n, &t->cover, err);
}

cr_status cr_view_trees(const cr_value* list, size_t n_features, cr_trees* trees,
                        cr_error* err) {
  cr_status status = CR_OK;
  const size_t starts = cr_view_length(list, "tree_start");
  const size_t n_bytes = cr_view_length(list, "subset_bits");
  cr_trees t = {.n_nodes = cr_view_length(list, "feature")};
  if (!cr_view_integers(list, "tree_start", starts, &t.tree_start, err) ||
      !cr_view_bytes(list, "subset_bits", n_bytes, &t.subset_bits, err) ||
      !view_nodes(list, t.n_nodes, &t, err)) {
    return CR_EMODEL;
  }
  if (starts < 1 || n_bytes % CR_SUBSET_BYTES != 0) {
    return cr_fail(err, CR_EMODEL, "tree", "the trees' arrays do not fit each other");
  }
  t.n_trees = starts - 1;
  t.n_subsets = n_bytes / CR_SUBSET_BYTES;
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

cr_status cr_view_grove(const cr_value* list, size_t n_features, cr_grove* grove,
                        cr_error* err) {
  cr_status status = CR_OK;
  const size_t starts = cr_view_length(list, "tree_start");
  cr_grove g = {.n_nodes = cr_view_length(list, "split"),
                .n_subsets = cr_view_length(list, "subset_feature")};
  const size_t n_bytes = g.n_subsets * CR_GROVE_SUBSET_BYTES;
  if (!cr_view_integers(list, "tree_start", starts, &g.tree_start, err) ||
      !cr_view_integers(list, "split", g.n_nodes, &g.split, err) ||
      !cr_view_integers(list, "follow", g.n_nodes, &g.follow, err) ||
      !cr_view_integers(list, "cover", g.n_nodes, &g.cover, err) ||
      !cr_view_integers(list, "subset_feature", g.n_subsets, &g.subset_feature, err) ||
      !cr_view_bytes(list, "subset_bits", n_bytes, &g.subset_bits, err)) {
    return CR_EMODEL;
  }
  if (starts < 2) {
    return cr_fail(err, CR_EMODEL, "tree", "the model has no tree");
  }
  g.n_trees = starts - 1;
  CR_TRY(cr_grove_validate(&g, n_features, err));
  *grove = g;

done:
  return status;
}

cr_status cr_view_design(const cr_value* list, const cr_frame* shape, cr_design* design,
                         cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = shape->n_columns;
  const size_t knots = cr_view_length(list, "knot");
  const size_t levels = cr_view_length(list, "level_term");
  cr_design d = {.n_features = p};
  if (!cr_view_integers(list, "first_term", p + 1, &d.first_term, err) ||
      !cr_view_integers(list, "missing", p, &d.missing, err) ||
      !cr_view_numbers(list, "low", p, &d.low, err) ||
      !cr_view_numbers(list, "high", p, &d.high, err) ||
      !cr_view_numbers(list, "factor", p, &d.factor, err) ||
      !cr_view_integers(list, "logged", p, &d.logged, err) ||
      !cr_view_numbers(list, "mean", p, &d.mean, err) ||
      !cr_view_numbers(list, "gain", p, &d.gain, err) ||
      !cr_view_integers(list, "knot_start", p + 1, &d.knot_start, err) ||
      !cr_view_numbers(list, "knot", knots, &d.knot, err) ||
      !cr_view_numbers(list, "slope", knots, &d.slope, err) ||
      !cr_view_integers(list, "level_start", p + 1, &d.level_start, err) ||
      !cr_view_integers(list, "level_term", levels, &d.level_term, err)) {
    return CR_EMODEL;
  }
  d.n_terms = d.first_term[p] < 0 ? 0 : (size_t)d.first_term[p];
  CR_TRY(cr_design_validate(&d, knots, levels, err));
  if (cr_design_match(&d, shape, err) != CR_OK) {
    return cr_fail(err, CR_EMODEL, "columns", "the model's terms do not fit its columns");
  }
  *design = d;

done:
  return status;
}

cr_status cr_view_tables(const cr_value* list, const cr_bins* bins, cr_tables* tables,
                         cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = cr_view_length(list, "value"), pairs = cr_view_length(list, "first");
  const size_t cells = pairs * CR_SMOOTH_CODES;
  cr_tables t = {.n_features = bins->n_features, .n_pairs = pairs};
  if (!cr_view_integers(list, "start", bins->n_features + 1, &t.start, err) ||
      !cr_view_numbers(list, "value", n, &t.value, err) ||
      !cr_view_bytes(list, "group", n, &t.group, err) ||
      !cr_view_integers(list, "first", pairs, &t.first, err) ||
      !cr_view_integers(list, "second", pairs, &t.second, err) ||
      !cr_view_numbers(list, "pair_value", cells, &t.pair_value, err)) {
    return CR_EMODEL;
  }
  CR_TRY(cr_view_number(list, "intercept", &t.intercept, err));
  CR_TRY(cr_tables_validate(&t, bins, n, err));
  *tables = t;

done:
  return status;
}
