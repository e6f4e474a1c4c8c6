#include "r_entries.h"
#include "r_list.h"
#include "r_tree.h"

#include "additive/additive.h"
#include "additive/smooth.h"

typedef struct {
  cr_bins bins;
  cr_codes codes;
  cr_tables model;
} job;

static void free_job(void* object) {
  job* work = object;
  cr_bins_free(&work->bins);
  cr_codes_free(&work->codes);
  cr_tables_free(&work->model);
}

static const char* const table_names[] = {
    "intercept", "start",     "value",      "error",      "mass",      "group", "first",
    "second",    "pair_gain", "pair_value", "pair_error", "pair_mass", NULL};

static SEXP list_tables(const cr_tables* m) {
  const size_t n = (size_t)m->start[m->n_features], cells = m->n_pairs * CR_SMOOTH_CODES;
  SEXP list = PROTECT(r_named_list(table_names));
  SET_VECTOR_ELT(list, 0, Rf_ScalarReal(m->intercept));
  SET_VECTOR_ELT(list, 1, r_integers(m->start, m->n_features + 1));
  SET_VECTOR_ELT(list, 2, r_doubles(m->value, n));
  SET_VECTOR_ELT(list, 3, r_doubles(m->error, n));
  SET_VECTOR_ELT(list, 4, r_doubles(m->mass, n));
  SET_VECTOR_ELT(list, 5, r_bytes(m->group, n));
  SET_VECTOR_ELT(list, 6, r_integers(m->first, m->n_pairs));
  SET_VECTOR_ELT(list, 7, r_integers(m->second, m->n_pairs));
  SET_VECTOR_ELT(list, 8, r_doubles(m->pair_gain, m->n_pairs));
  SET_VECTOR_ELT(list, 9, r_doubles(m->pair_value, cells));
  SET_VECTOR_ELT(list, 10, r_doubles(m->pair_error, cells));
  SET_VECTOR_ELT(list, 11, r_doubles(m->pair_mass, cells));
  UNPROTECT(1);
  return list;
}

static cr_tables view_tables(SEXP list, const cr_bins* bins) {
  cr_error err;
  const R_xlen_t n = r_field_length(list, "value");
  const R_xlen_t pairs = r_field_length(list, "first");
  const R_xlen_t cells = (pairs < 0 ? 0 : pairs) * CR_SMOOTH_CODES;
  const cr_tables m = {
      .intercept = *r_field_double(list, "intercept", 1),
      .n_features = bins->n_features,
      .n_pairs = (size_t)(pairs < 0 ? 0 : pairs),
      .start = r_field_integer(list, "start", (R_xlen_t)bins->n_features + 1),
      .value = r_field_double(list, "value", n),
      .group = r_field_bytes(list, "group", n),
      .first = r_field_integer(list, "first", pairs),
      .second = r_field_integer(list, "second", pairs),
      .pair_value = r_field_double(list, "pair_value", cells)};
  r_check(cr_tables_validate(&m, bins, (size_t)n, &err), &err);
  return m;
}

// -1, 0 or 1 for each feature; NULL when all are free.
static const int8_t* view_directions(SEXP monotone, size_t n_features) {
  if (monotone == R_NilValue) return NULL;
  const int32_t* value = r_view_integer(monotone, (R_xlen_t)n_features);
  int8_t* out = (int8_t*)R_alloc(n_features + 1, sizeof *out);
  for (size_t j = 0; j < n_features; j++) out[j] = (int8_t)value[j];
  return out;
}

static SEXP list_fit(const job* work, SEXP rounds, SEXP pair_rounds) {
  static const char* const names[] = {"bins", "tables", "rounds", "pair_rounds", NULL};
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, r_list_bins(&work->bins));
  SET_VECTOR_ELT(out, 1, list_tables(&work->model));
  SET_VECTOR_ELT(out, 2, rounds);
  SET_VECTOR_ELT(out, 3, pair_rounds);
  UNPROTECT(1);
  return out;
}

static uint32_t* all_rows(size_t n) {
  uint32_t* row = (uint32_t*)(void*)R_alloc(n + 1, sizeof *row);
  for (size_t i = 0; i < n; i++) row[i] = (uint32_t)i;
  return row;
}

SEXP ffi_additive_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const R_xlen_t n = (R_xlen_t)frame.n_rows;
  const cr_additive_settings chosen = {
      .rounds = r_integer(r_element(settings, "rounds")),
      .rate = r_number(r_element(settings, "rate")),
      .patience = r_integer(r_element(settings, "patience")),
      .freedom = r_number(r_element(settings, "freedom")),
      .noise = r_number(r_element(settings, "noise")),
      .n_pairs = r_integer(r_element(settings, "pairs")),
      .n_folds = r_integer(r_element(settings, "folds")),
      .direction = view_directions(r_element(settings, "monotone"), frame.n_columns)};
  const cr_additive_data data = {
      .frame = &frame,
      .event = r_view_integer(event, n),
      .weight = weights == R_NilValue ? NULL : r_view_double(weights, n),
      .row = all_rows(frame.n_rows),
      .n_rows = frame.n_rows};
  const R_xlen_t n_fits = chosen.n_folds > 0 ? chosen.n_folds : 1;
  SEXP rounds = PROTECT(Rf_allocVector(INTSXP, n_fits));
  SEXP pair_rounds = PROTECT(Rf_allocVector(INTSXP, n_fits));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_learn(&frame, data.row, data.n_rows, data.weight,
                        r_integer(r_element(settings, "bins")), &team, &work->bins, &err),
          &err);
  r_check(cr_bins_encode(&work->bins, &frame, NULL, 0, &team, &work->codes, &err), &err);
  r_check(cr_additive_fit(&work->codes, &work->bins, &data, &chosen, &team, &work->model,
                          INTEGER(rounds), INTEGER(pair_rounds), &err),
          &err);
  SEXP out = PROTECT(list_fit(work, rounds, pair_rounds));
  r_release(owner);
  UNPROTECT(4);
  return out;
}

SEXP ffi_additive_score(SEXP x, SEXP bins, SEXP tables, SEXP by_term, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const cr_bins view = r_view_bins(bins);
  const cr_tables model = view_tables(tables, &view);
  const int n = (int)frame.n_rows, terms = (int)(model.n_features + model.n_pairs);
  const bool apart = r_flag(by_term);
  SEXP out =
      PROTECT(apart ? Rf_allocMatrix(REALSXP, n, terms) : Rf_allocVector(REALSXP, n));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_bins_encode(&view, &frame, NULL, 0, &team, &work->codes, &err), &err);
  r_check((apart ? cr_tables_terms : cr_tables_score)(&model, &work->codes, &team,
                                                      REAL(out), &err),
          &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}
