#include <string.h>

#include "r_api.h"

SEXP r_element(SEXP list, const char* name) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < Rf_xlength(names); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(list, i);
  }
  return R_NilValue;
}

SEXP r_named_list(const char* const* names) {
  R_xlen_t n = 0;
  while (names[n] != NULL) n++;
  SEXP list = PROTECT(Rf_allocVector(VECSXP, n));
  SEXP labels = PROTECT(Rf_allocVector(STRSXP, n));
  for (R_xlen_t i = 0; i < n; i++) SET_STRING_ELT(labels, i, Rf_mkChar(names[i]));
  Rf_setAttrib(list, R_NamesSymbol, labels);
  UNPROTECT(2);
  return list;
}

const double* r_view_double(SEXP x, R_xlen_t n) {
  if (TYPEOF(x) != REALSXP) r_stop_internal("expected a double vector");
  if (n >= 0 && XLENGTH(x) != n) r_stop_internal("a double vector has the wrong length");
  return REAL_RO(x);
}

const int32_t* r_view_integer(SEXP x, R_xlen_t n) {
  if (TYPEOF(x) != INTSXP && TYPEOF(x) != LGLSXP) {
    r_stop_internal("expected an integer vector");
  }
  if (n >= 0 && XLENGTH(x) != n)
    r_stop_internal("an integer vector has the wrong length");
  return TYPEOF(x) == INTSXP ? INTEGER_RO(x) : LOGICAL_RO(x);
}

const uint32_t* r_view_rows(SEXP row, size_t n_rows) {
  const R_xlen_t n = XLENGTH(row);
  const int32_t* number = r_view_integer(row, -1);
  uint32_t* out = (uint32_t*)(void*)R_alloc((size_t)n + 1, sizeof *out);
  int32_t last = 0;
  for (R_xlen_t i = 0; i < n; i++) {
    if (number[i] <= last || (size_t)number[i] > n_rows) r_stop_internal("no such row");
    last = number[i];
    out[i] = (uint32_t)last - 1;
  }
  return out;
}

static const int32_t* view_parents(SEXP parent, R_xlen_t n) {
  const int32_t* position = r_view_integer(parent, n);
  for (R_xlen_t i = 0; i < n; i++) {
    if (position[i] < -1 || position[i] >= n) r_stop_internal("no such parent");
  }
  return position;
}

r_origin r_view_origin(SEXP origin, R_xlen_t n) {
  r_origin out = {.held_event = 0.0};
  if (origin == R_NilValue) return out;
  out.parent[0] = view_parents(r_element(origin, "first"), n);
  out.parent[1] = view_parents(r_element(origin, "second"), n);
  out.held_event = r_number(r_element(origin, "held_event"));
  return out;
}

double r_number(SEXP x) {
  if (TYPEOF(x) == INTSXP) return (double)r_integer(x);
  const double value = *r_view_double(x, 1);
  if (value != value) r_stop_internal("a number is missing");
  return value;
}

int32_t r_integer(SEXP x) {
  const int32_t value = *r_view_integer(x, 1);
  if (value == NA_INTEGER) r_stop_internal("an integer is missing");
  return value;
}

bool r_flag(SEXP x) { return r_integer(x) != 0; }

static cr_column view_column(SEXP x, R_xlen_t n_rows) {
  cr_column column = {.type = CR_COLUMN_DOUBLE};
  if (Rf_isFactor(x)) {
    column.type = CR_COLUMN_LEVEL;
    column.integer = r_view_integer(x, n_rows);
    column.n_levels = (int32_t)Rf_xlength(Rf_getAttrib(x, R_LevelsSymbol));
    for (R_xlen_t i = 0; i < n_rows; i++) {
      const int32_t code = column.integer[i];
      if (code != NA_INTEGER && (code < 1 || code > column.n_levels)) {
        r_stop_internal("a factor has a code without a level");
      }
    }
  } else if (TYPEOF(x) == REALSXP) {
    column.number = r_view_double(x, n_rows);
  } else {
    column.type = CR_COLUMN_INTEGER;
    column.integer = r_view_integer(x, n_rows);
  }
  return column;
}

cr_frame r_view_frame(SEXP columns) {
  if (TYPEOF(columns) != VECSXP) r_stop_internal("expected a list of columns");
  const R_xlen_t n = XLENGTH(columns);
  const R_xlen_t n_rows = n == 0 ? 0 : XLENGTH(VECTOR_ELT(columns, 0));
  cr_column* column =
      (cr_column*)(void*)R_alloc((size_t)(n == 0 ? 1 : n), sizeof *column);
  for (R_xlen_t j = 0; j < n; j++)
    column[j] = view_column(VECTOR_ELT(columns, j), n_rows);
  cr_frame frame = {.n_rows = (size_t)n_rows, .n_columns = (size_t)n, .column = column};
  return frame;
}
