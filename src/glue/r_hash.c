#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "r_entries.h"

// Lists in lists deeper than this count as no more than lists: no model is so deep,
// and a damaged one must not exhaust the stack.
enum { DEEPEST = 24 };

static void add(cr_hash* hash, SEXP x, int depth);

static void add_strings(cr_hash* hash, SEXP x) {
  const R_xlen_t n = XLENGTH(x);
  cr_hash_word(hash, (uint64_t)n);
  for (R_xlen_t i = 0; i < n; i++) {
    SEXP one = STRING_ELT(x, i);
    if (one == NA_STRING) {
      cr_hash_word(hash, UINT64_MAX);
    } else {
      const bool has_encoding = Rf_getCharCE(one) != CE_BYTES;
      const char* text = has_encoding ? Rf_translateCharUTF8(one) : CHAR(one);
      cr_hash_bytes(hash, text, strlen(text));
    }
  }
}

static void add_list(cr_hash* hash, SEXP x, int depth) {
  const R_xlen_t n = XLENGTH(x);
  cr_hash_word(hash, (uint64_t)n);
  if (depth == DEEPEST) return;
  for (R_xlen_t i = 0; i < n; i++) add(hash, VECTOR_ELT(x, i), depth + 1);
}

// The type, the values, and the attributes that give them meaning. What no model
// holds counts by its type alone.
static void add(cr_hash* hash, SEXP x, int depth) {
  cr_hash_word(hash, (uint64_t)TYPEOF(x));
  switch (TYPEOF(x)) {
    case REALSXP: cr_hash_doubles(hash, REAL_RO(x), (size_t)XLENGTH(x)); break;
    case INTSXP: cr_hash_integers(hash, INTEGER_RO(x), (size_t)XLENGTH(x)); break;
    case LGLSXP: cr_hash_integers(hash, LOGICAL_RO(x), (size_t)XLENGTH(x)); break;
    case RAWSXP: cr_hash_bytes(hash, RAW_RO(x), (size_t)XLENGTH(x)); break;
    case STRSXP: add_strings(hash, x); break;
    case VECSXP: add_list(hash, x, depth); break;
    default: return;
  }
  SEXP attributes[] = {R_NamesSymbol, R_ClassSymbol, R_LevelsSymbol, R_DimSymbol};
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
    SEXP value = PROTECT(Rf_getAttrib(x, attributes[i]));
    if (depth < DEEPEST) add(hash, value, depth + 1);
    UNPROTECT(1);
  }
}

SEXP r_hash_text(const uint64_t result[2]) {
  char text[33];
  snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64, result[0], result[1]);
  return Rf_mkChar(text);
}

// 32 hexadecimal digits for plain vectors and lists of them, in any representation
SEXP ffi_hash_vectors(SEXP x) {
  cr_hash hash = {0};
  uint64_t result[2];
  add(&hash, x, 0);
  cr_hash_result(&hash, result);
  SEXP text = PROTECT(r_hash_text(result));
  SEXP out = Rf_ScalarString(text);
  UNPROTECT(1);
  return out;
}

// One whole number below 2^53 for each number or text, the same on every machine
SEXP ffi_hash_each(SEXP x) {
  const R_xlen_t n = Rf_xlength(x);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  for (R_xlen_t i = 0; i < n; i++) {
    cr_hash hash = {0};
    uint64_t result[2];
    if (TYPEOF(x) == STRSXP) {
      const char* text = Rf_translateCharUTF8(STRING_ELT(x, i));
      cr_hash_bytes(&hash, text, strlen(text));
    } else {
      cr_hash_doubles(&hash, r_view_double(x, n) + i, 1);
    }
    cr_hash_result(&hash, result);
    REAL(out)[i] = (double)(result[0] >> 11);
  }
  UNPROTECT(1);
  return out;
}
