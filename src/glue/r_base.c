#include "r_entries.h"

#include "base/rng.h"
#include "base/xmath.h"

// Something long that can be interrupted, for the tests of ticks and Ctrl-C: each
// item draws for about a millisecond.
enum { DRAWS_PER_ITEM = 200000 };

typedef struct {
  uint64_t seed;
  uint64_t sum;
} busy;

static void free_busy(void* object) { (void)object; }

static void draw(size_t i, int worker, void* data) {
  (void)worker;
  const busy* work = data;
  cr_rng rng = cr_rng_stream(work->seed, CR_FOR_SIMULATION, i);
  volatile uint32_t last = 0;
  for (int d = 0; d < DRAWS_PER_ITEM; d++) last = cr_rng_u32(&rng);
  (void)last;
}

SEXP ffi_base_busy(SEXP items, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  SEXP owner = PROTECT(r_own(sizeof(busy), free_busy));
  busy* work = r_owned(owner);
  work->seed = settings.seed;
  r_check(cr_team_for(&settings, (size_t)r_number(items), draw, work, &err), &err);
  r_release(owner);
  UNPROTECT(1);
  return items;
}

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
