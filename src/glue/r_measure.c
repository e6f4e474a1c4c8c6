#include "r_entries.h"
#include "r_list.h"
#include "r_numbers.h"
#include "r_replica.h"

#include "metric/measure.h"

cr_replica_plan r_replica_plan(const cr_layout* layout, SEXP draw, size_t n,
                               int32_t n_resamples) {
  SEXP block = r_element(draw, "block");
  return (cr_replica_plan){
      .layout = layout,
      .draw = (cr_replica_draw)r_integer(r_element(draw, "kind")),
      .block = block == R_NilValue ? NULL : r_view_integer(block, (R_xlen_t)n),
      .n_blocks = (size_t)r_integer(r_element(draw, "n_blocks")),
      .n_resamples = (size_t)n_resamples};
}

static void free_measure(void* object) { cr_measure_free(object); }

// The R list of measure_input() in R/evaluate-measure.R as the core's.
static cr_measure_input read_input(SEXP input) {
  SEXP prob = r_element(input, "prob"), value = r_element(input, "value");
  SEXP lowest = r_element(input, "lowest");
  const R_xlen_t n = Rf_xlength(prob);
  cr_measure_input out = {
      .n = (size_t)n,
      .prob = r_view_double(prob, n),
      .event = r_view_integer(r_element(input, "y"), n),
      .weight = r_view_weight(r_element(input, "weights"), n),
      .value = r_view_weight(value, n),
      .layout = {.cutoff = r_number(r_element(input, "cutoff")),
                 .bin_lowest = r_view_double(lowest, -1),
                 .n_bins = (size_t)Rf_xlength(lowest),
                 .max_rows = (size_t)r_integer(r_element(input, "max_rows"))},
      .severity = r_number(r_element(input, "severity")),
      .with_loss = r_flag(r_element(input, "whole")),
      .with_line = r_flag(r_element(input, "whole"))};
  const double* partial = r_view_double(r_element(input, "partial"), 2);
  const double* start = r_view_double(r_element(input, "start"), 3);
  for (int k = 0; k < 2; k++) out.partial[k] = partial[k];
  for (int k = 0; k < 3; k++) out.start[k] = start[k];
  return out;
}

static SEXP measure_names(void) {
  static const char* const names[CR_MEASURES] = {
      "auc",    "ks",          "pr_auc",     "partial_auc", "h_measure",
      "brier",  "reliability", "resolution", "uncertainty", "log_loss",
      "tn",     "fp",          "fn",         "tp",          "ece",
      "profit", "large",       "intercept",  "slope"};
  SEXP out = PROTECT(Rf_allocVector(STRSXP, CR_MEASURES));
  for (int k = 0; k < CR_MEASURES; k++) SET_STRING_ELT(out, k, Rf_mkChar(names[k]));
  UNPROTECT(1);
  return out;
}

SEXP ffi_measure_once(SEXP input) {
  cr_error err;
  const cr_measure_input given = read_input(input);
  SEXP owner = PROTECT(r_own(sizeof(cr_measure), free_measure));
  cr_measure* measure = r_owned(owner);
  r_check(cr_measure_make(&given, measure, &err), &err);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, CR_MEASURES));
  r_check(cr_replica_once(&measure->layout, cr_measure_rows, measure, CR_MEASURES,
                          REAL(out), &err),
          &err);
  r_release(owner);
  Rf_setAttrib(out, R_NamesSymbol, measure_names());
  UNPROTECT(2);
  return out;
}

// One column a resample, one row a measure
SEXP ffi_measure_resample(SEXP input, SEXP draw, SEXP resamples, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const cr_measure_input given = read_input(input);
  const int n_resamples = r_integer(resamples);
  SEXP owner = PROTECT(r_own(sizeof(cr_measure), free_measure));
  cr_measure* measure = r_owned(owner);
  r_check(cr_measure_make(&given, measure, &err), &err);
  const cr_replica_plan plan =
      r_replica_plan(&measure->layout, draw, given.n, n_resamples);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, CR_MEASURES, n_resamples));
  r_check(cr_replica_run(&plan, cr_measure_rows, measure, CR_MEASURES, &settings,
                         REAL(out), &err),
          &err);
  r_release(owner);
  SEXP names = PROTECT(Rf_allocVector(VECSXP, 2));
  SET_VECTOR_ELT(names, 0, measure_names());
  Rf_setAttrib(out, R_DimNamesSymbol, names);
  UNPROTECT(3);
  return out;
}
