#ifndef LCRISK_GLUE_LIST_H
#define LCRISK_GLUE_LIST_H

#include "r_api.h"

/// Arrays of the core as R vectors (protect the result), and back. A model is an R
/// list that anyone may have edited, so what is read from one is checked: a field of
/// another type or length raises `lcrisk_error_model`.

SEXP r_integers(const int32_t* x, size_t n);
SEXP r_doubles(const double* x, size_t n);
SEXP r_bytes(const uint8_t* x, size_t n);

/// The field `name` with `n` elements, or any number when `n` is negative. The core's
/// structs hold pointers that are not const, because it also fills them; what comes
/// from here is only read.
int32_t* r_field_integer(SEXP list, const char* name, R_xlen_t n);
double* r_field_double(SEXP list, const char* name, R_xlen_t n);
uint8_t* r_field_bytes(SEXP list, const char* name, R_xlen_t n);

/// How many elements it has; -1 when it is not there.
R_xlen_t r_field_length(SEXP list, const char* name);

#endif
