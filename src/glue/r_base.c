#include "r_entries.h"

#include "base/rng.h"
#include "base/xmath.h"

SEXP ffi_base_processors(void) { return Rf_ScalarInteger(cr_team_processors()); }

SEXP ffi_base_logistic(SEXP log_odds) {
  const R_xlen_t n = Rf_xlength(log_odds);
  const double* from = r_view_double(log_odds, n);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  double* to = REAL(out);
  for (R_xlen_t i = 0; i < n; i++) to[i] = cr_logistic(from[i]);
  UNPROTECT(1);
  return out;
}

// The core's logarithm for R: features must have the same bits everywhere, and libm's
// does not. Missing values keep their kind, NA or NaN.
SEXP ffi_base_log(SEXP x) {
  const R_xlen_t n = Rf_xlength(x);
  const double* value = r_view_double(x, n);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  double* log = REAL(out);
  for (R_xlen_t i = 0; i < n; i++) log[i] = ISNAN(value[i]) ? value[i] : cr_log(value[i]);
  UNPROTECT(1);
  return out;
}

// Its inverse, to come back from a logarithm
SEXP ffi_base_exp(SEXP x) {
  const R_xlen_t n = Rf_xlength(x);
  const double* value = r_view_double(x, n);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  double* power = REAL(out);
  for (R_xlen_t i = 0; i < n; i++)
    power[i] = ISNAN(value[i]) ? value[i] : cr_exp(value[i]);
  UNPROTECT(1);
  return out;
}

// Uniform numbers on [0, 1) of one stream, for R's own draws
SEXP ffi_base_units(SEXP n, SEXP stream, SEXP run) {
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  cr_rng rng =
      cr_rng_stream(settings.seed, CR_FOR_SIMULATION, (uint64_t)r_number(stream));
  const R_xlen_t count = r_integer(n);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, count));
  double* unit = REAL(out);
  for (R_xlen_t i = 0; i < count; i++) unit[i] = cr_rng_unit(&rng);
  UNPROTECT(1);
  return out;
}
