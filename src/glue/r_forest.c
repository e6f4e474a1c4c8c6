#include "r_entries.h"
#include "r_list.h"
#include "r_tree.h"

#include "tree/forest.h"
#include "tree/walk.h"

typedef struct {
  cr_bins bins;
  cr_codes codes;
  cr_forest forest;
} job;

static void free_job(void* object) {
  job* work = object;
  cr_bins_free(&work->bins);
  cr_codes_free(&work->codes);
  cr_forest_free(&work->forest);
}

static cr_forest_settings view_settings(SEXP list) {
  const cr_forest_settings settings = {
      .trees = r_integer(r_element(list, "trees")),
      .n_try = r_integer(r_element(list, "mtry")),
      .min_leaf = r_number(r_element(list, "min_leaf")),
      .min_split = r_number(r_element(list, "min_split")),
      .max_depth = r_integer(r_element(list, "depth")),
      .row_share = r_number(r_element(list, "rows")),
      .replace = r_flag(r_element(list, "replace")),
      .random = r_flag(r_element(list, "extra")),
      .smooth = r_number(r_element(list, "smooth"))};
  return settings;
}

static SEXP list_grove(const cr_grove* grove) {
  static const char* const names[] = {"tree_start",     "split",       "follow", "cover",
                                      "subset_feature", "subset_bits", NULL};
  const size_t n = grove->n_nodes, subsets = grove->n_subsets;
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_integers(grove->tree_start, grove->n_trees + 1));
  SET_VECTOR_ELT(list, 1, r_integers(grove->split, n));
  SET_VECTOR_ELT(list, 2, r_integers(grove->follow, n));
  SET_VECTOR_ELT(list, 3, r_integers(grove->cover, n));
  SET_VECTOR_ELT(list, 4, r_integers(grove->subset_feature, subsets));
  SET_VECTOR_ELT(list, 5, r_bytes(grove->subset_bits, subsets * CR_GROVE_SUBSET_BYTES));
  UNPROTECT(1);
  return list;
}

// Fields of the right type and length; what they hold is checked while it is walked.
cr_grove r_view_grove(SEXP list) {
  const R_xlen_t n = r_field_length(list, "split");
  const R_xlen_t n_starts = r_field_length(list, "tree_start");
  const R_xlen_t n_subsets = r_field_length(list, "subset_feature");
  const R_xlen_t n_bytes = n_subsets < 0 ? -1 : n_subsets * CR_GROVE_SUBSET_BYTES;
  const cr_grove grove = {
      .n_trees = n_starts < 1 ? 0 : (size_t)n_starts - 1,
      .n_nodes = n < 0 ? 0 : (size_t)n,
      .n_subsets = n_subsets < 0 ? 0 : (size_t)n_subsets,
      .tree_start = r_field_integer(list, "tree_start", n_starts),
      .split = r_field_integer(list, "split", n),
      .follow = r_field_integer(list, "follow", n),
      .cover = r_field_integer(list, "cover", n),
      .subset_feature = r_field_integer(list, "subset_feature", n_subsets),
      .subset_bits = r_field_bytes(list, "subset_bits", n_bytes)};
  return grove;
}

// Log-odds of the rows that some tree was grown without, NA for the others.
static SEXP list_oob(const cr_forest* forest, size_t n) {
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)n));
  for (size_t i = 0; i < n; i++) {
    const size_t trees = (size_t)forest->oob_trees[i];
    REAL(out)[i] = trees == 0 ? NA_REAL : cr_grove_log_odds(forest->oob_sum[i], trees);
  }
  UNPROTECT(1);
  return out;
}

static SEXP list_fit(const job* work, size_t n) {
  static const char* const names[] = {"bins", "trees", "unit", "importance", "oob", NULL};
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, r_list_bins(&work->bins));
  SET_VECTOR_ELT(out, 1, list_grove(&work->forest.grove));
  SET_VECTOR_ELT(out, 2, Rf_ScalarReal(work->forest.unit_weight));
  SET_VECTOR_ELT(out, 3, r_doubles(work->forest.importance, work->codes.n_features));
  SET_VECTOR_ELT(out, 4, list_oob(&work->forest, n));
  UNPROTECT(1);
  return out;
}

SEXP ffi_forest_fit(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_forest_settings chosen = view_settings(settings);
  const int max_bins = r_integer(r_element(settings, "bins"));
  const R_xlen_t n = (R_xlen_t)frame.n_rows;
  const cr_forest_data data = {
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n),
      .row = r_view_rows(row, frame.n_rows),
      .n_rows = (size_t)XLENGTH(row)};

  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_learn(&frame, data.row, data.n_rows, data.weight, max_bins, &team,
                        &work->bins, &err),
          &err);
  r_check(cr_bins_encode(&work->bins, &frame, NULL, CR_BLOCKS_PLAIN, &team, &work->codes,
                         &err),
          &err);
  r_check(cr_forest_fit(&work->codes, &work->bins, &data, &chosen, &team, &work->forest,
                        &err),
          &err);
  SEXP out = PROTECT(list_fit(work, data.n_rows));
  r_release(owner);
  UNPROTECT(2);
  return out;
}

SEXP ffi_forest_score(SEXP x, SEXP bins, SEXP trees, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_grove grove = r_view_grove(trees);
  uint8_t* used = (uint8_t*)R_alloc(view.n_features + 1, 1);
  cr_grove_features(&grove, view.n_features, used);

  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_rows));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, used, CR_BLOCKS_PLAIN, &team, &work->codes, &err),
          &err);
  r_check(cr_walk_score(&grove, &work->codes, &team, REAL(out), &err), &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}
