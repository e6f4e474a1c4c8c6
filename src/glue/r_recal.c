#include "r_entries.h"
#include "r_list.h"
#include "r_numbers.h"

#include "metric/calib.h"
#include "metric/recal.h"

// What `curve` says: an intercept, a line, beta calibration
enum { INTERCEPT = 0, LINE = 1, BETA = 2 };

SEXP ffi_recal_fit(SEXP log_odds, SEXP event, SEXP weight, SEXP curve, SEXP run) {
  static const char* const names[] = {"b0",    "b1",    "b2",        "se_b0",
                                      "se_b1", "se_b2", "converged", NULL};
  const R_xlen_t n = Rf_xlength(log_odds);
  const double* x = r_view_double(log_odds, n);
  const int32_t* y = r_view_integer(event, n);
  const double* w = r_view_weight(weight, n);
  const int32_t kind = r_integer(curve);
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  cr_curve fit;
  r_check(kind == BETA ? cr_recal_beta(x, y, w, (size_t)n, &settings, &fit, &err)
                       : cr_curve_line(x, y, w, (size_t)n, kind == INTERCEPT, &settings,
                                       &fit, &err),
          &err);
  const double* b = fit.coefficient;
  return r_named_numbers(names, (const double[]){b[0], b[1], b[2], fit.se[0], fit.se[1],
                                                 fit.se[2], fit.converged ? 1.0 : 0.0});
}

static void free_steps(void* object) { cr_recal_steps_free(object); }

SEXP ffi_recal_steps(SEXP log_odds, SEXP event, SEXP weight) {
  static const char* const names[] = {"lowest", "highest", "rate", "weight", NULL};
  const R_xlen_t n = Rf_xlength(log_odds);
  cr_error err;
  SEXP owner = PROTECT(r_own(sizeof(cr_recal_steps), free_steps));
  cr_recal_steps* steps = r_owned(owner);
  r_check(cr_recal_steps_fit(r_view_double(log_odds, n), r_view_integer(event, n),
                             r_view_weight(weight, n), (size_t)n, steps, &err),
          &err);
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, r_doubles(steps->lowest, steps->n));
  SET_VECTOR_ELT(out, 1, r_doubles(steps->highest, steps->n));
  SET_VECTOR_ELT(out, 2, r_doubles(steps->rate, steps->n));
  SET_VECTOR_ELT(out, 3, r_doubles(steps->weight, steps->n));
  r_release(owner);
  UNPROTECT(2);
  return out;
}

SEXP ffi_recal_beta(SEXP log_odds, SEXP coefficient) {
  const R_xlen_t n = Rf_xlength(log_odds);
  const double* x = r_view_double(log_odds, n);
  const double* b = r_view_double(coefficient, 3);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  cr_recal_beta_apply(b, x, (size_t)n, REAL(out));
  UNPROTECT(1);
  return out;
}

// The steps are part of a model that anyone may have edited; R has checked that they
// are there, rise and are finite.
SEXP ffi_recal_climb(SEXP log_odds, SEXP lowest, SEXP highest, SEXP rate) {
  const R_xlen_t n = Rf_xlength(log_odds), n_steps = Rf_xlength(rate);
  if (n_steps < 1) r_stop_internal("an isotonic map without steps");
  const double* x = r_view_double(log_odds, n);
  const cr_recal_steps steps = {.n = (size_t)n_steps,
                                .lowest = (double*)r_view_double(lowest, n_steps),
                                .highest = (double*)r_view_double(highest, n_steps),
                                .rate = (double*)r_view_double(rate, n_steps)};
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  cr_recal_steps_apply(&steps, x, (size_t)n, REAL(out));
  UNPROTECT(1);
  return out;
}

SEXP ffi_recal_logit(SEXP prob) {
  const R_xlen_t n = Rf_xlength(prob);
  const double* p = r_view_double(prob, n);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  for (R_xlen_t i = 0; i < n; i++) REAL(out)[i] = cr_calib_logit(p[i]);
  UNPROTECT(1);
  return out;
}
