#include "r_list.h"

#include <string.h>

SEXP r_integers(const int32_t* x, size_t n) {
  SEXP out = Rf_allocVector(INTSXP, (R_xlen_t)n);
  if (n > 0) memcpy(INTEGER(out), x, n * sizeof *x);
  return out;
}

SEXP r_doubles(const double* x, size_t n) {
  SEXP out = Rf_allocVector(REALSXP, (R_xlen_t)n);
  if (n > 0) memcpy(REAL(out), x, n * sizeof *x);
  return out;
}

SEXP r_bytes(const uint8_t* x, size_t n) {
  SEXP out = Rf_allocVector(RAWSXP, (R_xlen_t)n);
  if (n > 0) memcpy(RAW(out), x, n);
  return out;
}

static SEXP field(SEXP list, const char* name, SEXPTYPE type, R_xlen_t n) {
  cr_error err;
  SEXP x = TYPEOF(list) == VECSXP ? r_element(list, name) : R_NilValue;
  if (TYPEOF(x) != type || (n >= 0 && XLENGTH(x) != n)) {
    r_check(cr_fail(&err, CR_EMODEL, "field", "the model's field `%s` is damaged", name),
            &err);
  }
  return x;
}

int32_t* r_field_integer(SEXP list, const char* name, R_xlen_t n) {
  return (int32_t*)INTEGER_RO(field(list, name, INTSXP, n));
}

double* r_field_double(SEXP list, const char* name, R_xlen_t n) {
  return (double*)REAL_RO(field(list, name, REALSXP, n));
}

uint8_t* r_field_bytes(SEXP list, const char* name, R_xlen_t n) {
  return (uint8_t*)RAW_RO(field(list, name, RAWSXP, n));
}

R_xlen_t r_field_length(SEXP list, const char* name) {
  SEXP x = TYPEOF(list) == VECSXP ? r_element(list, name) : R_NilValue;
  return x == R_NilValue ? -1 : XLENGTH(x);
}
