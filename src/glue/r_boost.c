#include <string.h>

#include "r_entries.h"
#include "r_tree.h"

#include "tree/bag.h"
#include "tree/cross.h"
#include "tree/score.h"

typedef struct {
  cr_bins bins;
  cr_codes codes;
  cr_boost boost;
  cr_trees before;  // of the model that is gone on with
} job;

static void free_job(void* object) {
  job* work = object;
  cr_bins_free(&work->bins);
  cr_codes_free(&work->codes);
  cr_boost_free(&work->boost);
  cr_trees_free(&work->before);
}

// -1, 0 or 1 for each feature; NULL when all are free.
static const int8_t* view_directions(SEXP monotone, size_t n_features) {
  if (monotone == R_NilValue) return NULL;
  const int32_t* value = r_view_integer(monotone, (R_xlen_t)n_features);
  int8_t* out = (int8_t*)R_alloc(n_features + 1, sizeof *out);
  for (size_t j = 0; j < n_features; j++) {
    out[j] = (int8_t)((value[j] > 0) - (value[j] < 0));
  }
  return out;
}

// Bit g of a feature's word: it is a member of group g, given as 1-based columns.
static const uint64_t* view_groups(SEXP groups, size_t n_features) {
  if (XLENGTH(groups) == 0) return NULL;
  if (XLENGTH(groups) > 64) r_stop_internal("too many groups");
  uint64_t* out = (uint64_t*)(void*)R_alloc(n_features + 1, sizeof *out);
  for (size_t j = 0; j < n_features; j++) out[j] = 0;
  for (R_xlen_t g = 0; g < XLENGTH(groups); g++) {
    SEXP group = VECTOR_ELT(groups, g);
    const int32_t* column = r_view_integer(group, -1);
    for (R_xlen_t k = 0; k < XLENGTH(group); k++) {
      if (column[k] < 1 || (size_t)column[k] > n_features)
        r_stop_internal("no such column");
      out[column[k] - 1] |= (uint64_t)1 << g;
    }
  }
  return out;
}

static cr_boost_settings view_settings(SEXP list, size_t n_features) {
  const cr_boost_settings settings = {
      .trees = r_integer(r_element(list, "trees")),
      .rate = r_number(r_element(list, "rate")),
      .max_leaves = r_integer(r_element(list, "leaves")),
      .max_depth = r_integer(r_element(list, "depth")),
      .min_leaf = r_number(r_element(list, "min_leaf")),
      .l1 = r_number(r_element(list, "l1")),
      .l2 = r_number(r_element(list, "l2")),
      .min_gain = r_number(r_element(list, "min_gain")),
      .row_share = r_number(r_element(list, "rows")),
      .by_size = r_integer(r_element(list, "by_size")) != 0,
      .column_share = r_number(r_element(list, "columns")),
      .patience = r_integer(r_element(list, "patience")),
      .stop_by_area = r_integer(r_element(list, "by_area")) != 0,
      .seconds = r_number(r_element(list, "seconds")),
      .monotone = view_directions(r_element(list, "monotone"), n_features),
      .groups = view_groups(r_element(list, "interactions"), n_features)};
  return settings;
}

static cr_boost_data view_data(const cr_frame* frame, SEXP event, SEXP weights,
                               SEXP row) {
  const R_xlen_t n = (R_xlen_t)frame->n_rows;
  const cr_boost_data data = {
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n),
      .row = r_view_rows(row, frame->n_rows),
      .n_rows = (size_t)XLENGTH(row)};
  return data;
}

static cr_cross_plan view_plan(SEXP fold, size_t n_rows) {
  const int32_t* number = r_view_integer(fold, (R_xlen_t)n_rows);
  int32_t* place = (int32_t*)(void*)R_alloc(n_rows + 1, sizeof *place);
  cr_cross_plan plan = {.fold = place};
  for (size_t i = 0; i < n_rows; i++) {
    if (number[i] < 1) r_stop_internal("no such fold");
    if (number[i] > plan.n_folds) plan.n_folds = number[i];
    place[i] = number[i] - 1;
  }
  if (plan.n_folds < 3) r_stop_internal("too few folds");
  return plan;
}

static SEXP list_fit(const job* work, SEXP bins, SEXP fold_trees) {
  static const char* const names[] = {"bins", "trees", "base", "fold_trees", "end", NULL};
  static const char* const ends[] = {"trees", "patience", "seconds", "interrupt"};
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, bins == R_NilValue ? r_list_bins(&work->bins) : bins);
  SET_VECTOR_ELT(out, 1, r_list_trees(&work->boost.trees));
  SET_VECTOR_ELT(out, 2, Rf_ScalarReal(work->boost.base));
  SET_VECTOR_ELT(out, 3, fold_trees);
  SET_VECTOR_ELT(out, 4, Rf_mkString(ends[work->boost.end]));
  UNPROTECT(1);
  return out;
}

SEXP ffi_boost_fit(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_boost_settings chosen = view_settings(settings, frame.n_columns);
  const int n_folds = r_integer(r_element(settings, "folds"));
  const int max_bins = r_integer(r_element(settings, "bins"));
  cr_boost_data data = view_data(&frame, event, weights, row);
  const r_origin origin = r_view_origin(r_element(run, "origin"), (R_xlen_t)data.n_rows);
  data.origin[0] = origin.parent[0];
  data.origin[1] = origin.parent[1];
  data.held_event = origin.held_event;

  SEXP fold_trees = PROTECT(Rf_allocVector(INTSXP, n_folds));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_learn(&frame, data.row, data.n_rows, data.weight, max_bins, &team,
                        &work->bins, &err),
          &err);
  r_check(cr_bins_encode(&work->bins, &frame, NULL, CR_BLOCKS_PACKED, &team, &work->codes,
                         &err),
          &err);
  if (n_folds > 0) {
    r_check(cr_bag_fit(&work->codes, &work->bins, &data, &chosen, n_folds, &team,
                       &work->boost, INTEGER(fold_trees), &err),
            &err);
  } else {
    r_check(cr_boost_fit(&work->codes, &work->bins, &data, &chosen, &team, &work->boost,
                         &err),
            &err);
  }
  SEXP out = PROTECT(list_fit(work, R_NilValue, fold_trees));
  r_release(owner);
  UNPROTECT(3);
  return out;
}

static SEXP list_cross(const cr_cross* cross, SEXP link, SEXP n_trees, int n_folds) {
  static const char* const names[] = {"link", "fold_trees", "fingerprint", NULL};
  SEXP out = PROTECT(r_named_list(names));
  SEXP print = PROTECT(Rf_allocVector(STRSXP, n_folds));
  for (int k = 0; k < n_folds; k++) {
    SET_STRING_ELT(print, k, r_hash_text(cross->print[k]));
  }
  SET_VECTOR_ELT(out, 0, link);
  SET_VECTOR_ELT(out, 1, n_trees);
  SET_VECTOR_ELT(out, 2, print);
  UNPROTECT(2);
  return out;
}

// Out-of-fold log-odds of every row; `fold` is 1 .. n_folds. `folds` of the settings is
// how many partners each fold would have.
SEXP ffi_boost_cross(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP fold, SEXP settings,
                     SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_boost_settings chosen = view_settings(settings, frame.n_columns);
  const cr_boost_data data = view_data(&frame, event, weights, row);
  cr_cross_plan plan = view_plan(fold, frame.n_rows);
  plan.max_bins = r_integer(r_element(settings, "bins"));
  plan.n_partners =
      cr_cross_partners(plan.n_folds, r_integer(r_element(settings, "folds")));

  SEXP link = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_rows));
  SEXP n_trees = PROTECT(Rf_allocMatrix(INTSXP, plan.n_partners, plan.n_folds));
  cr_cross cross = {.link = REAL(link), .n_trees = INTEGER(n_trees)};
  cross.print = (uint64_t(*)[2])(void*)R_alloc((size_t)plan.n_folds, sizeof *cross.print);
  r_check(cr_cross_fit(&frame, &data, &plan, &chosen, &team, &cross, &err), &err);
  SEXP out = list_cross(&cross, link, n_trees, plan.n_folds);
  UNPROTECT(2);
  return out;
}

// More trees for the model `core`, with its bins.
SEXP ffi_boost_continue(SEXP core, SEXP x, SEXP event, SEXP weights, SEXP row,
                        SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_boost_settings chosen = view_settings(settings, frame.n_columns);
  const cr_bins bins = r_view_bins(r_element(core, "bins"));
  const cr_trees trees = r_view_trees(r_element(core, "trees"), bins.n_features);
  cr_boost_data data = view_data(&frame, event, weights, row);
  double* offset = (double*)(void*)R_alloc(frame.n_rows + 1, sizeof *offset);
  data.offset = offset;
  data.base = r_number(r_element(core, "base"));
  data.first_round = trees.n_trees;

  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(
      cr_bins_encode(&bins, &frame, NULL, CR_BLOCKS_PACKED, &team, &work->codes, &err),
      &err);
  r_check(cr_score_codes(&trees, &work->codes, data.base, &team, offset, &err), &err);
  r_check(cr_boost_fit(&work->codes, &bins, &data, &chosen, &team, &work->boost, &err),
          &err);
  r_check(cr_trees_append(&work->before, &trees, 1.0, &err), &err);
  r_check(cr_trees_append(&work->before, &work->boost.trees, 1.0, &err), &err);
  cr_trees_free(&work->boost.trees);
  work->boost.trees = work->before;
  memset(&work->before, 0, sizeof work->before);
  SEXP fold_trees = PROTECT(Rf_allocVector(INTSXP, 0));
  SEXP out = PROTECT(list_fit(work, r_element(core, "bins"), fold_trees));
  r_release(owner);
  UNPROTECT(3);
  return out;
}

SEXP ffi_boost_score(SEXP x, SEXP bins, SEXP trees, SEXP base, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_trees tree_view = r_view_trees(trees, view.n_features);
  uint8_t* used = (uint8_t*)R_alloc(view.n_features + 1, 1);
  cr_score_features(&tree_view, view.n_features, used);

  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_rows));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, used, CR_BLOCKS_NONE, &team, &work->codes, &err),
          &err);
  r_check(
      cr_score_codes(&tree_view, &work->codes, r_number(base), &team, REAL(out), &err),
      &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}
