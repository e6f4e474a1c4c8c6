#include "r_entries.h"
#include "r_list.h"
#include "r_tree.h"

#include "woe/binning.h"

typedef struct {
  cr_bins bins;
  cr_codes codes;
} job;

static void free_job(void* object) {
  job* work = object;
  cr_bins_free(&work->bins);
  cr_codes_free(&work->codes);
}

static cr_binning_rows view_rows(SEXP event, SEXP weights, size_t n) {
  const cr_binning_rows rows = {
      .event = r_view_integer(event, (R_xlen_t)n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, (R_xlen_t)n)};
  return rows;
}

static R_xlen_t count_codes(const cr_bins* bins) {
  R_xlen_t n = 0;
  for (size_t j = 0; j < bins->n_features; j++) n += bins->n_bins[j] + 1;
  return n;
}

// List of `event` and `other`, the masses of every code.
static SEXP tally(const cr_bins* bins, const cr_codes* codes, const cr_binning_rows* rows,
                  const cr_run* team) {
  static const char* const names[] = {"event", "other", NULL};
  cr_error err;
  const R_xlen_t n = count_codes(bins);
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, Rf_allocVector(REALSXP, n));
  SET_VECTOR_ELT(out, 1, Rf_allocVector(REALSXP, n));
  r_check(cr_binning_tally(bins, codes, rows, team, REAL(VECTOR_ELT(out, 0)),
                           REAL(VECTOR_ELT(out, 1)), &err),
          &err);
  UNPROTECT(1);
  return out;
}

static const cr_shape* view_shapes(SEXP shape, size_t n) {
  const int32_t* value = r_view_integer(shape, (R_xlen_t)n);
  cr_shape* out = (cr_shape*)(void*)R_alloc(n + 1, sizeof *out);
  for (size_t j = 0; j < n; j++) out[j] = (cr_shape)value[j];
  return out;
}

static cr_binning_settings view_settings(SEXP settings, size_t n) {
  SEXP nominal = r_element(settings, "nominal");
  if (TYPEOF(nominal) != RAWSXP || (size_t)XLENGTH(nominal) != n) {
    r_stop_internal("`nominal` must have a byte for each feature");
  }
  const cr_binning_settings out = {
      .shape = view_shapes(r_element(settings, "shape"), n),
      .nominal = RAW(nominal),
      .rules = {.max_bins = r_integer(r_element(settings, "max_bins")),
                .min_mass = r_number(r_element(settings, "min_mass")),
                .min_class = r_number(r_element(settings, "min_class")),
                .noise = r_number(r_element(settings, "noise"))},
      .rare = r_number(r_element(settings, "rare"))};
  return out;
}

SEXP ffi_woe_bins(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run) {
  static const char* const names[] = {"bins", "group", "n_groups", "shape", NULL};
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_binning_rows rows = view_rows(event, weights, frame.n_rows);
  const cr_binning_settings how = view_settings(settings, frame.n_columns);
  const int most = r_integer(r_element(settings, "candidates"));
  cr_shape* shape = (cr_shape*)(void*)R_alloc(frame.n_columns + 1, sizeof *shape);
  SEXP out = PROTECT(r_named_list(names));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_learn(&frame, NULL, 0, rows.weight, most, &team, &work->bins, &err),
          &err);
  r_check(cr_bins_encode(&work->bins, &frame, NULL, CR_BLOCKS_NONE, &team, &work->codes,
                         &err),
          &err);
  SEXP mass = PROTECT(tally(&work->bins, &work->codes, &rows, &team));
  const R_xlen_t p = (R_xlen_t)frame.n_columns;
  SET_VECTOR_ELT(out, 0, r_list_bins(&work->bins));
  SET_VECTOR_ELT(out, 1, Rf_allocVector(INTSXP, count_codes(&work->bins)));
  SET_VECTOR_ELT(out, 2, Rf_allocVector(INTSXP, p));
  SET_VECTOR_ELT(out, 3, Rf_allocVector(INTSXP, p));
  r_check(
      cr_binning_group(&work->bins, REAL(VECTOR_ELT(mass, 0)), REAL(VECTOR_ELT(mass, 1)),
                       &how, &team, INTEGER(VECTOR_ELT(out, 1)),
                       INTEGER(VECTOR_ELT(out, 2)), shape, &err),
      &err);
  for (R_xlen_t j = 0; j < p; j++) INTEGER(VECTOR_ELT(out, 3))[j] = (int)shape[j];
  r_release(owner);
  UNPROTECT(3);
  return out;
}

SEXP ffi_woe_tally(SEXP x, SEXP event, SEXP weights, SEXP bins, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_binning_rows rows = view_rows(event, weights, frame.n_rows);
  const cr_bins view = r_view_bins(bins);
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, NULL, CR_BLOCKS_NONE, &team, &work->codes, &err),
          &err);
  SEXP out = PROTECT(tally(&view, &work->codes, &rows, &team));
  r_release(owner);
  UNPROTECT(2);
  return out;
}
