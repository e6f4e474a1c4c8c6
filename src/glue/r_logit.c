#include <string.h>

#include "r_design.h"
#include "r_entries.h"
#include "r_list.h"

#include "linear/parts.h"
#include "linear/ridge.h"

static SEXP list_path(const cr_ridge_path* path) {
  static const char* const names[] = {"ridge", "loss", "chosen", "rounds", NULL};
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_doubles(path->ridge, CR_RIDGES));
  SET_VECTOR_ELT(list, 1, r_doubles(path->loss, CR_RIDGES));
  SET_VECTOR_ELT(list, 2, Rf_ScalarInteger(path->chosen + 1));
  SET_VECTOR_ELT(list, 3, Rf_ScalarInteger(path->rounds));
  UNPROTECT(1);
  return list;
}

static SEXP list_fit(const cr_design* design, const double* coefficient, double ridge,
                     const cr_logit_result* fit, SEXP path) {
  static const char* const names[] = {"coefficient", "design",    "ridge",
                                      "path",        "loss",      "iterations",
                                      "converged",   "n_aliased", NULL};
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_doubles(coefficient, design->n_terms + 1));
  SET_VECTOR_ELT(list, 1, r_list_design(design));
  SET_VECTOR_ELT(list, 2, Rf_ScalarReal(ridge));
  SET_VECTOR_ELT(list, 3, path);
  SET_VECTOR_ELT(list, 4, Rf_ScalarReal(fit->loss));
  SET_VECTOR_ELT(list, 5, Rf_ScalarInteger(fit->iterations));
  SET_VECTOR_ELT(list, 6, Rf_ScalarLogical(fit->converged));
  SET_VECTOR_ELT(list, 7, Rf_ScalarInteger((int)fit->n_aliased));
  UNPROTECT(1);
  return list;
}

// Coefficients as the core wants them, zeros up to a whole panel: an R vector.
static SEXP padded(const cr_design* design) {
  const size_t n = cr_design_panels(design) * CR_LANES;
  SEXP out = Rf_allocVector(REALSXP, (R_xlen_t)n);
  memset(REAL(out), 0, n * sizeof(double));
  return out;
}

SEXP ffi_logit_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const R_xlen_t n = (R_xlen_t)frame.n_rows;
  const double ridge = r_number(r_element(settings, "ridge"));  // below 0: to be chosen
  cr_design_settings terms = r_design_settings(settings);
  terms.reference = ridge == 0.0;
  SEXP owner = PROTECT(r_own_design());
  cr_design* design = r_owned(owner);
  const cr_problem problem = {
      .design = design,
      .frame = &frame,
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n)};
  r_check(cr_design_learn(&frame, problem.weight, &terms, &how, design, &err), &err);

  SEXP coefficient = PROTECT(padded(design));
  double* b = REAL(coefficient);
  cr_logit_result fit;
  cr_ridge_path path;
  SEXP list = R_NilValue;
  if (ridge < 0.0) {
    r_check(cr_ridge_fit(&problem, frame.n_rows, &how, b, &path, &fit, &err), &err);
    list = PROTECT(list_path(&path));
  } else {
    cr_logit_start(&problem, frame.n_rows, b);
    r_check(cr_logit_fit(&problem, frame.n_rows, ridge, &how, 0.0, b, &fit, &err), &err);
    PROTECT(list);
  }
  const double used = ridge < 0.0 ? path.ridge[path.chosen] : ridge;
  SEXP out = PROTECT(list_fit(design, b, used, &fit, list));
  r_release(owner);
  UNPROTECT(4);
  return out;
}

SEXP ffi_logit_score(SEXP x, SEXP design, SEXP coefficient, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_design terms = r_view_design(design);
  SEXP b = PROTECT(padded(&terms));
  memcpy(REAL(b), r_view_double(coefficient, (R_xlen_t)terms.n_terms + 1),
         (terms.n_terms + 1) * sizeof(double));
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_rows));
  r_check(cr_logit_score(&terms, &frame, REAL(b), &how, REAL(out), &err), &err);
  UNPROTECT(2);
  return out;
}

SEXP ffi_logit_parts(SEXP x, SEXP design, SEXP coefficient, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_design terms = r_view_design(design);
  SEXP b = PROTECT(padded(&terms));
  memcpy(REAL(b), r_view_double(coefficient, (R_xlen_t)terms.n_terms + 1),
         (terms.n_terms + 1) * sizeof(double));
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)frame.n_rows, (int)terms.n_features));
  r_check(cr_parts_compute(&terms, &frame, REAL(b), &how, REAL(out), &err), &err);
  UNPROTECT(2);
  return out;
}
