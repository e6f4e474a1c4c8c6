#include "r_entries.h"
#include "r_tree.h"

#include "tree/expand.h"
#include "tree/score.h"
#include "tree/shap.h"
#include "tree/versus.h"
#include "tree/whatif.h"

typedef struct {
  cr_codes codes;
  cr_trees trees;  // of a forest; else nothing
} explaining;

static void free_explaining(void* object) {
  explaining* work = object;
  cr_codes_free(&work->codes);
  cr_trees_free(&work->trees);
}

// A matrix of n x p, or an array of n x p x p.
static SEXP make_values(R_xlen_t n, R_xlen_t p, bool pairs) {
  const int size[] = {(int)n, (int)p, (int)p};
  SEXP dim = PROTECT(Rf_allocVector(INTSXP, pairs ? 3 : 2));
  for (int d = 0; d < (pairs ? 3 : 2); d++) INTEGER(dim)[d] = size[d];
  SEXP out = PROTECT(Rf_allocVector(REALSXP, pairs ? n * p * p : n * p));
  Rf_setAttrib(out, R_DimSymbol, dim);
  UNPROTECT(2);
  return out;
}

// Contributions to the sum of `trees` and its mean, of rows that are encoded here.
static SEXP explain(const cr_frame* frame, const cr_bins* bins, const cr_trees* trees,
                    cr_codes* codes, bool pairs, const cr_run* team) {
  static const char* const names[] = {"value", "mean", NULL};
  cr_error err;
  uint8_t* used = (uint8_t*)R_alloc(bins->n_features + 1, 1);
  cr_score_features(trees, bins->n_features, used);
  SEXP out = PROTECT(r_named_list(names));
  SEXP value = make_values((R_xlen_t)frame->n_rows, (R_xlen_t)bins->n_features, pairs);
  SET_VECTOR_ELT(out, 0, value);
  double mean;
  r_check(cr_bins_encode(bins, frame, used, CR_BLOCKS_NONE, team, codes, &err), &err);
  r_check(cr_shap_codes(trees, codes, pairs, team, &mean, REAL(value), &err), &err);
  SET_VECTOR_ELT(out, 1, Rf_ScalarReal(mean));
  UNPROTECT(1);
  return out;
}

SEXP ffi_shap_trees(SEXP x, SEXP bins, SEXP trees, SEXP interactions, SEXP run) {
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_trees tree_view = r_view_trees(trees, view.n_features);
  SEXP owner = PROTECT(r_own(sizeof(explaining), free_explaining));
  explaining* work = r_owned(owner);
  SEXP out = PROTECT(
      explain(&frame, &view, &tree_view, &work->codes, r_flag(interactions), &team));
  r_release(owner);
  UNPROTECT(2);
  return out;
}

SEXP ffi_shap_forest(SEXP x, SEXP bins, SEXP trees, SEXP interactions, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_grove grove = r_view_grove(trees);
  SEXP owner = PROTECT(r_own(sizeof(explaining), free_explaining));
  explaining* work = r_owned(owner);
  r_check(cr_grove_validate(&grove, view.n_features, &err), &err);
  r_check(cr_expand_grove(&grove, &work->trees, &err), &err);
  SEXP out = PROTECT(
      explain(&frame, &view, &work->trees, &work->codes, r_flag(interactions), &team));
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// ---- what if ----

// 0-based features from R's 1-based ones, checked.
static const int32_t* view_features(SEXP feature, size_t n_features) {
  const int32_t* number = r_view_integer(feature, -1);
  int32_t* out = (int32_t*)(void*)R_alloc((size_t)XLENGTH(feature) + 1, sizeof *out);
  for (R_xlen_t k = 0; k < XLENGTH(feature); k++) {
    if (number[k] < 1 || (size_t)number[k] > n_features)
      r_stop_internal("no such column");
    out[k] = number[k] - 1;
  }
  return out;
}

typedef struct {
  cr_codes codes, setting;
} whatif;

static void free_whatif(void* object) {
  whatif* work = object;
  cr_codes_free(&work->codes);
  cr_codes_free(&work->setting);
}

SEXP ffi_whatif_set(SEXP x, SEXP setting, SEXP feature, SEXP bins, SEXP trees, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x), other = r_view_frame(setting);
  const cr_bins view = r_view_bins(bins);
  const cr_trees tree_view = r_view_trees(trees, view.n_features);
  const int32_t* number = view_features(feature, view.n_features);
  uint8_t* used = (uint8_t*)R_alloc(view.n_features + 1, 1);
  cr_score_features(&tree_view, view.n_features, used);

  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)frame.n_rows, (int)other.n_rows));
  SEXP owner = PROTECT(r_own(sizeof(whatif), free_whatif));
  whatif* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, used, CR_BLOCKS_NONE, &team, &work->codes, &err),
          &err);
  r_check(
      cr_bins_encode(&view, &other, used, CR_BLOCKS_NONE, &team, &work->setting, &err),
      &err);
  r_check(cr_whatif_set(&tree_view, &work->codes, number, (size_t)XLENGTH(feature),
                        &work->setting, &team, REAL(out), &err),
          &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// `order` has 0-based rows, a column for each swap.
SEXP ffi_whatif_swap(SEXP x, SEXP order, SEXP feature, SEXP bins, SEXP trees, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_trees tree_view = r_view_trees(trees, view.n_features);
  const int32_t* number = view_features(feature, view.n_features);
  const int32_t* from = r_view_integer(order, -1);
  const R_xlen_t n_orders = XLENGTH(order) / ((R_xlen_t)frame.n_rows + !frame.n_rows);
  for (R_xlen_t i = 0; i < XLENGTH(order); i++) {
    if (from[i] < 0 || (size_t)from[i] >= frame.n_rows) r_stop_internal("no such row");
  }
  uint8_t* used = (uint8_t*)R_alloc(view.n_features + 1, 1);
  cr_score_features(&tree_view, view.n_features, used);

  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)frame.n_rows, (int)n_orders));
  SEXP owner = PROTECT(r_own(sizeof(whatif), free_whatif));
  whatif* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, used, CR_BLOCKS_NONE, &team, &work->codes, &err),
          &err);
  r_check(cr_whatif_swap(&tree_view, &work->codes, number, (size_t)XLENGTH(feature), from,
                         (size_t)n_orders, &team, REAL(out), &err),
          &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// ---- against a reference ----

// `player` has the player of each feature, from 1.
SEXP ffi_versus_trees(SEXP x, SEXP reference, SEXP player, SEXP n_players, SEXP bins,
                      SEXP trees, SEXP run) {
  static const char* const names[] = {"value", "restored", NULL};
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x), other = r_view_frame(reference);
  const cr_bins view = r_view_bins(bins);
  const cr_trees tree_view = r_view_trees(trees, view.n_features);
  const size_t players = (size_t)r_integer(n_players);
  if ((size_t)XLENGTH(player) != view.n_features || other.n_rows != 1) {
    r_stop_internal("one player a feature and one reference row wanted");
  }
  const int32_t* number = view_features(player, players);
  uint8_t* used = (uint8_t*)R_alloc(view.n_features + 1, 1);
  cr_score_features(&tree_view, view.n_features, used);

  SEXP out = PROTECT(r_named_list(names));
  for (int k = 0; k < 2; k++) {
    SET_VECTOR_ELT(out, k, Rf_allocMatrix(REALSXP, (int)frame.n_rows, (int)players));
  }
  SEXP owner = PROTECT(r_own(sizeof(whatif), free_whatif));
  whatif* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, used, CR_BLOCKS_NONE, &team, &work->codes, &err),
          &err);
  r_check(
      cr_bins_encode(&view, &other, used, CR_BLOCKS_NONE, &team, &work->setting, &err),
      &err);
  r_check(
      cr_versus_codes(&tree_view, &work->codes, &work->setting, number, players, &team,
                      REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)), &err),
      &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}
