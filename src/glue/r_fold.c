#include "data/fold.h"

#include "r_entries.h"

SEXP ffi_fold_rank(SEXP stratum, SEXP n_strata, SEXP item, SEXP purpose, SEXP round,
                   SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const R_xlen_t n = Rf_xlength(stratum);
  const int32_t strata = r_integer(n_strata);
  const int32_t* of_row = r_view_integer(stratum, n);
  for (R_xlen_t i = 0; i < n; i++) {
    if (of_row[i] < 0 || of_row[i] >= strata) r_stop_internal("a stratum out of range");
  }
  SEXP rank = PROTECT(Rf_allocVector(INTSXP, n));
  r_check(
      cr_fold_rank(of_row, item == R_NilValue ? NULL : r_view_integer(item, n), (size_t)n,
                   (size_t)strata, settings.seed, (cr_purpose)r_integer(purpose),
                   (uint32_t)r_integer(round), INTEGER(rank), &err),
      &err);
  UNPROTECT(1);
  return rank;
}
