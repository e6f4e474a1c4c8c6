#include "r_entries.h"
#include "r_list.h"

#include "near/knn.h"
#include "near/smote.h"

typedef struct {
  cr_space space;
  cr_smote smote;
} job;

static void free_job(void* object) {
  job* work = object;
  cr_space_free(&work->space);
  cr_smote_free(&work->smote);
}

static void rows_to_r(const uint32_t* row, size_t n, SEXP out) {
  int32_t* number = INTEGER(out);
  for (size_t i = 0; i < n; i++) number[i] = (int32_t)row[i] + 1;
}

// `minority` rows set what a mismatch of levels counts. Gives a k by queries matrix of
// neighbours, and of distances.
SEXP ffi_knn_find(SEXP x, SEXP minority, SEXP base, SEXP query, SEXP k, SEXP run) {
  static const char* const names[] = {"neighbour", "distance", NULL};
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const uint32_t* rare = r_view_rows(minority, frame.n_rows);
  const uint32_t* from = r_view_rows(base, frame.n_rows);
  const uint32_t* wanted = r_view_rows(query, frame.n_rows);
  const int n_near = r_integer(k);
  const size_t n = (size_t)XLENGTH(query);
  if (n_near < 1 || XLENGTH(base) <= n_near) r_stop_internal("no so many neighbours");

  SEXP out = PROTECT(r_named_list(names));
  SEXP neighbour = Rf_allocMatrix(INTSXP, n_near, (int)n);
  SET_VECTOR_ELT(out, 0, neighbour);
  SEXP distance = Rf_allocMatrix(REALSXP, n_near, (int)n);
  SET_VECTOR_ELT(out, 1, distance);
  uint32_t* found = (uint32_t*)(void*)R_alloc(n * (size_t)n_near + 1, sizeof *found);
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(
      cr_space_learn(&frame, rare, (size_t)XLENGTH(minority), &team, &work->space, &err),
      &err);
  r_check(cr_knn_find(&work->space, &frame, from, (size_t)XLENGTH(base), wanted, n,
                      n_near, &team, found, REAL(distance), &err),
          &err);
  rows_to_r(found, n * (size_t)n_near, neighbour);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

static SEXP new_columns(const cr_frame* frame, R_xlen_t n, void** out) {
  SEXP columns = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)frame->n_columns));
  for (size_t j = 0; j < frame->n_columns; j++) {
    const bool is_double = frame->column[j].type == CR_COLUMN_DOUBLE;
    SEXP column = Rf_allocVector(is_double ? REALSXP : INTSXP, n);
    SET_VECTOR_ELT(columns, (R_xlen_t)j, column);
    out[j] = is_double ? (void*)REAL(column) : (void*)INTEGER(column);
  }
  UNPROTECT(1);
  return columns;
}

// The new rows: where they lie, and their values column by column, factors as codes.
SEXP ffi_smote_draw(SEXP x, SEXP minority, SEXP settings, SEXP run) {
  static const char* const names[] = {"from", "to", "gap", "seeds", "columns", NULL};
  cr_error err;
  r_ticker ticker;
  const cr_run team = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  const uint32_t* rare = r_view_rows(minority, frame.n_rows);
  const size_t n_rare = (size_t)XLENGTH(minority);
  const cr_smote_settings chosen = {
      .kind = (cr_smote_kind)r_integer(r_element(settings, "kind")),
      .k = r_integer(r_element(settings, "k")),
      .around = r_integer(r_element(settings, "around")),
      .n_new = (size_t)r_number(r_element(settings, "n_new"))};

  SEXP out = PROTECT(r_named_list(names));
  SEXP owner = PROTECT(r_own(sizeof(job), free_job));
  job* work = r_owned(owner);
  r_check(cr_space_learn(&frame, rare, n_rare, &team, &work->space, &err), &err);
  r_check(cr_smote_plan(&work->space, &frame, rare, n_rare, &chosen, &team, &work->smote,
                        &err),
          &err);
  const R_xlen_t n = (R_xlen_t)work->smote.n_new;
  SET_VECTOR_ELT(out, 0, Rf_allocVector(INTSXP, n));
  SET_VECTOR_ELT(out, 1, Rf_allocVector(INTSXP, n));
  rows_to_r(work->smote.from, (size_t)n, VECTOR_ELT(out, 0));
  rows_to_r(work->smote.to, (size_t)n, VECTOR_ELT(out, 1));
  SET_VECTOR_ELT(out, 2, r_doubles(work->smote.gap, (size_t)n));
  SET_VECTOR_ELT(out, 3, Rf_ScalarInteger((int)work->smote.n_seeds));
  void** value = (void**)(void*)R_alloc(frame.n_columns + 1, sizeof *value);
  SET_VECTOR_ELT(out, 4, new_columns(&frame, n, value));
  r_check(cr_smote_fill(&work->smote, &frame, value, &team, &err), &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}
