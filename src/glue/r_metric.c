#include <string.h>

#include "r_entries.h"
#include "r_numbers.h"

#include "metric/auc.h"
#include "metric/calib.h"
#include "metric/rates.h"
#include "metric/roc.h"

const double* r_view_weight(SEXP weight, R_xlen_t n) {
  return weight == R_NilValue ? NULL : r_view_double(weight, n);
}

SEXP r_named_numbers(const char* const* names, const double* values) {
  R_xlen_t n = 0;
  while (names[n] != NULL) n++;
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  memcpy(REAL(out), values, (size_t)n * sizeof *values);
  SEXP labels = PROTECT(Rf_allocVector(STRSXP, n));
  for (R_xlen_t i = 0; i < n; i++) SET_STRING_ELT(labels, i, Rf_mkChar(names[i]));
  Rf_setAttrib(out, R_NamesSymbol, labels);
  UNPROTECT(2);
  return out;
}

static SEXP numbers_of_auc(const cr_auc* auc) {
  static const char* const names[] = {"area", "variance", "ks", "ks_threshold", NULL};
  return r_named_numbers(
      names, (const double[]){auc->area, auc->variance, auc->ks, auc->ks_threshold});
}

SEXP ffi_auc_area(SEXP score, SEXP event) {
  const R_xlen_t n = Rf_xlength(score);
  cr_error err;
  cr_auc auc;
  r_check(cr_auc_area(r_view_double(score, n), r_view_integer(event, n), (size_t)n, &auc,
                      &err),
          &err);
  return numbers_of_auc(&auc);
}

static SEXP numbers_of_pair(const cr_auc_pair* pair) {
  static const char* const names[] = {"area1",     "variance1",  "area2",
                                      "variance2", "covariance", NULL};
  return r_named_numbers(names,
                         (const double[]){pair->area[0], pair->variance[0], pair->area[1],
                                          pair->variance[1], pair->covariance});
}

SEXP ffi_auc_compare(SEXP first, SEXP second, SEXP event) {
  const R_xlen_t n = Rf_xlength(first);
  cr_error err;
  cr_auc_pair pair;
  r_check(cr_auc_compare(r_view_double(first, n), r_view_double(second, n),
                         r_view_integer(event, n), (size_t)n, &pair, &err),
          &err);
  return numbers_of_pair(&pair);
}

SEXP ffi_roc_weighted(SEXP score, SEXP event, SEXP weight) {
  const R_xlen_t n = Rf_xlength(score);
  cr_error err;
  cr_auc auc;
  r_check(cr_roc_weighted(r_view_double(score, n), r_view_integer(event, n),
                          r_view_double(weight, n), (size_t)n, &auc, &err),
          &err);
  return numbers_of_auc(&auc);
}

static void free_roc(void* object) { cr_roc_free(object); }

SEXP ffi_roc_points(SEXP score, SEXP event, SEXP weight) {
  static const char* const names[] = {"threshold", "event", "other", NULL};
  const R_xlen_t n = Rf_xlength(score);
  cr_error err;
  SEXP owner = PROTECT(r_own(sizeof(cr_roc), free_roc));
  cr_roc* roc = r_owned(owner);
  r_check(cr_roc_points(r_view_double(score, n), r_view_integer(event, n),
                        r_view_weight(weight, n), (size_t)n, roc, &err),
          &err);
  SEXP out = PROTECT(r_named_list(names));
  const double* const columns[] = {roc->threshold, roc->event, roc->other};
  for (int j = 0; j < 3; j++) {
    SEXP column = Rf_allocVector(REALSXP, (R_xlen_t)roc->n);
    SET_VECTOR_ELT(out, j, column);
    memcpy(REAL(column), columns[j], roc->n * sizeof(double));
  }
  r_release(owner);
  UNPROTECT(2);
  return out;
}

SEXP ffi_roc_compare(SEXP first, SEXP second, SEXP event, SEXP weight) {
  const R_xlen_t n = Rf_xlength(first);
  cr_error err;
  cr_auc_pair pair;
  r_check(cr_roc_compare(r_view_double(first, n), r_view_double(second, n),
                         r_view_integer(event, n), r_view_weight(weight, n), (size_t)n,
                         &pair, &err),
          &err);
  return numbers_of_pair(&pair);
}

SEXP ffi_rates_confusion(SEXP prob, SEXP event, SEXP weight, SEXP cutoff) {
  static const char* const names[] = {
      "tn", "fp", "fn", "tp", "tn_square", "fp_square", "fn_square", "tp_square", NULL};
  const R_xlen_t n = Rf_xlength(prob);
  const cr_confusion c =
      cr_rates_confusion(r_view_double(prob, n), r_view_integer(event, n),
                         r_view_weight(weight, n), (size_t)n, r_number(cutoff));
  const double values[] = {c.weight[0][0], c.weight[0][1], c.weight[1][0],
                           c.weight[1][1], c.square[0][0], c.square[0][1],
                           c.square[1][0], c.square[1][1]};
  return r_named_numbers(names, values);
}

SEXP ffi_rates_losses(SEXP prob, SEXP event, SEXP weight) {
  static const char* const names[] = {"brier",       "brier_se",  "log_loss",
                                      "log_loss_se", "n_clipped", NULL};
  const R_xlen_t n = Rf_xlength(prob);
  cr_error err;
  cr_losses loss;
  r_check(cr_rates_losses(r_view_double(prob, n), r_view_integer(event, n),
                          r_view_weight(weight, n), (size_t)n, &loss, &err),
          &err);
  const double values[] = {loss.brier.mean, loss.brier.se, loss.log_loss.mean,
                           loss.log_loss.se, (double)loss.n_clipped};
  return r_named_numbers(names, values);
}

SEXP ffi_calib_fit(SEXP prob, SEXP event, SEXP weight, SEXP slope_is_one, SEXP run) {
  static const char* const names[] = {"intercept", "intercept_se", "slope",
                                      "slope_se",  "converged",    NULL};
  const R_xlen_t n = Rf_xlength(prob);
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  cr_calib_line line;
  r_check(cr_calib_fit(r_view_double(prob, n), r_view_integer(event, n),
                       r_view_weight(weight, n), (size_t)n, r_flag(slope_is_one),
                       &settings, &line, &err),
          &err);
  const double values[] = {line.intercept, line.intercept_se, line.slope, line.slope_se,
                           line.converged ? 1.0 : 0.0};
  return r_named_numbers(names, values);
}

static void free_bins(void* object) { cr_free(*(cr_calib_bin**)object); }

SEXP ffi_calib_bins(SEXP prob, SEXP event, SEXP weight, SEXP bins) {
  static const char* const names[] = {"rows",  "weight", "square",  "prob",
                                      "event", "lowest", "highest", NULL};
  const R_xlen_t n = Rf_xlength(prob);
  cr_error err;
  SEXP owner = PROTECT(r_own(sizeof(cr_calib_bin*), free_bins));
  cr_calib_bin** bin = r_owned(owner);
  const size_t n_bins = (size_t)r_integer(bins);
  *bin = cr_alloc(n_bins, sizeof **bin);
  if (*bin == NULL)
    r_check(cr_fail(&err, CR_ENOMEM, "memory", "no memory for bins"), &err);
  size_t found;
  r_check(cr_calib_bins(r_view_double(prob, n), r_view_integer(event, n),
                        r_view_weight(weight, n), (size_t)n, n_bins, *bin, &found, &err),
          &err);
  SEXP out = PROTECT(r_named_list(names));
  double* column[7];
  for (int j = 0; j < 7; j++) {
    SEXP x = Rf_allocVector(REALSXP, (R_xlen_t)found);
    SET_VECTOR_ELT(out, j, x);
    column[j] = REAL(x);
  }
  for (size_t b = 0; b < found; b++) {
    const cr_calib_bin* from = *bin + b;
    const double row[] = {(double)from->rows, from->weight, from->square, from->prob,
                          from->event,        from->lowest, from->highest};
    for (int j = 0; j < 7; j++) column[j][b] = row[j];
  }
  r_release(owner);
  UNPROTECT(2);
  return out;
}
