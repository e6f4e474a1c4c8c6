#include "r_entries.h"

#include "metric/drift.h"

// The cuts of each column (none for levels), as the core reads them; R_alloc() memory.
static cr_drift_bins* view_bins(SEXP cuts, size_t n) {
  if (TYPEOF(cuts) != VECSXP || (size_t)XLENGTH(cuts) != n) {
    r_stop_internal("expected cuts for each column");
  }
  cr_drift_bins* bins = (cr_drift_bins*)(void*)R_alloc(n + 1, sizeof *bins);
  for (size_t j = 0; j < n; j++) {
    SEXP cut = VECTOR_ELT(cuts, (R_xlen_t)j);
    bins[j] = (cr_drift_bins){r_view_double(cut, -1), (size_t)Rf_xlength(cut)};
  }
  return bins;
}

// One integer matrix a column: a row per bin, a column per period. `period` is 0-based
// and was made by drift_periods() in R/decide-drift.R.
SEXP ffi_drift_count(SEXP columns, SEXP cuts, SEXP period, SEXP n_periods, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(columns);
  const cr_drift_bins* bins = view_bins(cuts, frame.n_columns);
  const int32_t periods = r_integer(n_periods);
  SEXP out = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)frame.n_columns));
  int32_t** count = (int32_t**)(void*)R_alloc(frame.n_columns + 1, sizeof *count);
  for (size_t j = 0; j < frame.n_columns; j++) {
    const size_t n_bins = cr_drift_n_bins(&frame.column[j], &bins[j]);
    SEXP matrix = Rf_allocMatrix(INTSXP, (int)n_bins, periods);
    SET_VECTOR_ELT(out, (R_xlen_t)j, matrix);
    count[j] = INTEGER(matrix);
  }
  r_check(cr_drift_count(&frame, bins, r_view_integer(period, (R_xlen_t)frame.n_rows),
                         (size_t)periods, &settings, count, &err),
          &err);
  UNPROTECT(1);
  return out;
}

// A matrix: a row for the share of events and one for the area; its first column is
// expected, the others are drawn.
SEXP ffi_drift_expect(SEXP prob, SEXP draws, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const int32_t n_draws = r_integer(draws);
  const R_xlen_t n = Rf_xlength(prob);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, CR_DRIFT_EXPECTS, n_draws + 1));
  r_check(cr_drift_expect(r_view_double(prob, n), (size_t)n, (size_t)n_draws, &settings,
                          REAL(out), &err),
          &err);
  UNPROTECT(1);
  return out;
}
