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
                     const cr_logit_result* fit, SEXP path, SEXP covariance) {
  static const char* const names[] = {
      "coefficient", "design",    "ridge",     "path",       "loss", "mass",
      "iterations",  "converged", "n_aliased", "covariance", NULL};
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_doubles(coefficient, design->n_terms + 1));
  SET_VECTOR_ELT(list, 1, r_list_design(design));
  SET_VECTOR_ELT(list, 2, Rf_ScalarReal(ridge));
  SET_VECTOR_ELT(list, 3, path);
  SET_VECTOR_ELT(list, 4, Rf_ScalarReal(fit->loss));
  SET_VECTOR_ELT(list, 5, Rf_ScalarReal(fit->mass));
  SET_VECTOR_ELT(list, 6, Rf_ScalarInteger(fit->iterations));
  SET_VECTOR_ELT(list, 7, Rf_ScalarLogical(fit->converged));
  SET_VECTOR_ELT(list, 8, Rf_ScalarInteger((int)fit->n_aliased));
  SET_VECTOR_ELT(list, 9, covariance);
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

// Signs that coefficients must have, by feature; NULL when all are free.
static const int8_t* view_signs(SEXP signs, size_t n_features) {
  if (signs == R_NilValue) return NULL;
  const int32_t* value = r_view_integer(signs, (R_xlen_t)n_features);
  int8_t* out = (int8_t*)R_alloc(n_features + 1, sizeof *out);
  for (size_t j = 0; j < n_features; j++) {
    out[j] = (int8_t)((value[j] > 0) - (value[j] < 0));
  }
  return out;
}

// A feature with a sign has no hinges: they would bend it against the sign.
static const uint8_t* straighten(const int8_t* signs, size_t n_features) {
  if (signs == NULL) return NULL;
  uint8_t* out = (uint8_t*)R_alloc(n_features + 1, sizeof *out);
  for (size_t j = 0; j < n_features; j++) out[j] = signs[j] != 0;
  return out;
}

static const int8_t* term_signs(const int8_t* signs, const cr_design* design) {
  if (signs == NULL) return NULL;
  int8_t* out = (int8_t*)R_alloc(design->n_terms + 1, sizeof *out);
  cr_logit_signs(design, signs, out);
  return out;
}

static SEXP covariance_of(const cr_problem* problem, const double* b, const cr_run* run) {
  cr_error err;
  const R_xlen_t p = (R_xlen_t)problem->design->n_terms + 1;
  SEXP out = PROTECT(Rf_allocVector(REALSXP, p * p));
  r_check(cr_logit_covariance(problem, problem->frame->n_rows, b, run, REAL(out), &err),
          &err);
  UNPROTECT(1);
  return out;
}

// Fits at the given penalty, or chooses its size when that is below 0.
static SEXP fit_problem(const cr_problem* problem, cr_penalty penalty,
                        const cr_run* run) {
  cr_error err;
  const size_t n = problem->frame->n_rows;
  const bool choose = penalty.size < 0.0;
  SEXP coefficient = PROTECT(padded(problem->design));
  double* b = REAL(coefficient);
  cr_logit_result fit;
  cr_ridge_path path;
  if (choose) {
    r_check(cr_ridge_fit(problem, n, &penalty, run, b, &path, &fit, &err), &err);
    penalty.size = path.ridge[path.chosen];
  } else {
    cr_logit_start(problem, n, b);
    r_check(cr_logit_fit(problem, n, &penalty, run, 0.0, b, &fit, &err), &err);
  }
  const bool plain = penalty.size == 0.0 && penalty.sign == NULL;
  SEXP list = PROTECT(choose ? list_path(&path) : R_NilValue);
  SEXP covariance = PROTECT(plain ? covariance_of(problem, b, run) : R_NilValue);
  SEXP out = list_fit(problem->design, b, penalty.size, &fit, list, covariance);
  UNPROTECT(3);
  return out;
}

SEXP ffi_logit_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const R_xlen_t n = (R_xlen_t)frame.n_rows;
  const int8_t* signs = view_signs(r_element(settings, "signs"), frame.n_columns);
  cr_penalty penalty = {.size = r_number(r_element(settings, "ridge")),
                        .lasso = r_number(r_element(settings, "lasso"))};
  cr_design_settings terms = r_design_settings(settings);
  terms.reference = penalty.size == 0.0;
  terms.straight = straighten(signs, frame.n_columns);

  SEXP owner = PROTECT(r_own_design());
  cr_design* design = r_owned(owner);
  const cr_problem problem = {
      .design = design,
      .frame = &frame,
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n)};
  r_check(cr_design_learn(&frame, problem.weight, &terms, &how, design, &err), &err);
  penalty.sign = term_signs(signs, design);
  SEXP out = PROTECT(fit_problem(&problem, penalty, &how));
  r_release(owner);
  UNPROTECT(2);
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
