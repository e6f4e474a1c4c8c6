#include "r_entries.h"
#include "r_tree.h"

#include "tree/score.h"
#include "tree/shap.h"

static void free_codes(void* object) { cr_codes_free(object); }

// A matrix of n x p, or an array of n x p x p, filled with 0.
static SEXP make_values(R_xlen_t n, R_xlen_t p, bool pairs) {
  const int size[] = {(int)n, (int)p, (int)p};
  SEXP dim = PROTECT(Rf_allocVector(INTSXP, pairs ? 3 : 2));
  for (int d = 0; d < (pairs ? 3 : 2); d++) INTEGER(dim)[d] = size[d];
  SEXP out = PROTECT(Rf_allocVector(REALSXP, pairs ? n * p * p : n * p));
  Rf_setAttrib(out, R_DimSymbol, dim);
  UNPROTECT(2);
  return out;
}

SEXP ffi_shap_trees(SEXP x, SEXP bins, SEXP trees, SEXP interactions, SEXP run) {
  static const char* const names[] = {"value", "mean", NULL};
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const bool pairs = r_flag(interactions);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_trees tree_view = r_view_trees(trees, view.n_features);
  uint8_t* used = (uint8_t*)R_alloc(view.n_features + 1, 1);
  cr_score_features(&tree_view, view.n_features, used);

  SEXP out = PROTECT(r_named_list(names));
  SEXP value = make_values((R_xlen_t)frame.n_rows, (R_xlen_t)view.n_features, pairs);
  SET_VECTOR_ELT(out, 0, value);
  SEXP owner = PROTECT(r_own(sizeof(cr_codes), free_codes));
  cr_codes* codes = r_owned(owner);
  double mean;
  r_check(cr_bins_encode(&view, &frame, used, CR_BLOCKS_NONE, &team, codes, &err), &err);
  r_check(cr_shap_codes(&tree_view, codes, pairs, &team, &mean, REAL(value), &err), &err);
  SET_VECTOR_ELT(out, 1, Rf_ScalarReal(mean));
  r_release(owner);
  UNPROTECT(2);
  return out;
}
