#include "r_tree.h"

#include <string.h>

static SEXP integers(const int32_t* x, size_t n) {
  SEXP out = Rf_allocVector(INTSXP, (R_xlen_t)n);
  if (n > 0) memcpy(INTEGER(out), x, n * sizeof *x);
  return out;
}

static SEXP doubles(const double* x, size_t n) {
  SEXP out = Rf_allocVector(REALSXP, (R_xlen_t)n);
  if (n > 0) memcpy(REAL(out), x, n * sizeof *x);
  return out;
}

static SEXP bytes(const uint8_t* x, size_t n) {
  SEXP out = Rf_allocVector(RAWSXP, (R_xlen_t)n);
  if (n > 0) memcpy(RAW(out), x, n);
  return out;
}

SEXP r_list_bins(const cr_bins* bins) {
  static const char* const names[] = {"n_bins",      "n_levels",   "cut_start", "cut",
                                      "level_start", "level_code", NULL};
  const size_t p = bins->n_features;
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, integers(bins->n_bins, p));
  SET_VECTOR_ELT(list, 1, integers(bins->n_levels, p));
  SET_VECTOR_ELT(list, 2, integers(bins->cut_start, p + 1));
  SET_VECTOR_ELT(list, 3, doubles(bins->cut, (size_t)bins->cut_start[p]));
  SET_VECTOR_ELT(list, 4, integers(bins->level_start, p + 1));
  SET_VECTOR_ELT(list, 5, bytes(bins->level_code, (size_t)bins->level_start[p]));
  UNPROTECT(1);
  return list;
}

SEXP r_list_trees(const cr_trees* trees) {
  static const char* const names[] = {"tree_start", "feature", "bin",   "subset",
                                      "missing_left", "left",  "right", "value",
                                      "gain",       "cover",   "subset_bits", NULL};
  const size_t n = trees->n_nodes;
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, integers(trees->tree_start, trees->n_trees + 1));
  SET_VECTOR_ELT(list, 1, integers(trees->feature, n));
  SET_VECTOR_ELT(list, 2, integers(trees->bin, n));
  SET_VECTOR_ELT(list, 3, integers(trees->subset, n));
  SET_VECTOR_ELT(list, 4, integers(trees->missing_left, n));
  SET_VECTOR_ELT(list, 5, integers(trees->left, n));
  SET_VECTOR_ELT(list, 6, integers(trees->right, n));
  SET_VECTOR_ELT(list, 7, doubles(trees->value, n));
  SET_VECTOR_ELT(list, 8, doubles(trees->gain, n));
  SET_VECTOR_ELT(list, 9, doubles(trees->cover, n));
  SET_VECTOR_ELT(list, 10, bytes(trees->subset_bits, trees->n_subsets * CR_SUBSET_BYTES));
  UNPROTECT(1);
  return list;
}

// A damaged model is the user's to know about, not our bug: hence a model error.
static SEXP field(SEXP list, const char* name, SEXPTYPE type, R_xlen_t n) {
  cr_error err;
  SEXP x = TYPEOF(list) == VECSXP ? r_element(list, name) : R_NilValue;
  if (TYPEOF(x) != type || (n >= 0 && XLENGTH(x) != n)) {
    r_check(cr_fail(&err, CR_EMODEL, "field", "the model's field `%s` is damaged", name),
            &err);
  }
  return x;
}

// The core's structs are not const because it also fills them; a view is only read.
static int32_t* integer_field(SEXP list, const char* name, R_xlen_t n) {
  return (int32_t*)INTEGER_RO(field(list, name, INTSXP, n));
}

static double* double_field(SEXP list, const char* name, R_xlen_t n) {
  return (double*)REAL_RO(field(list, name, REALSXP, n));
}

cr_bins r_view_bins(SEXP list) {
  cr_error err;
  const R_xlen_t p = XLENGTH(field(list, "n_bins", INTSXP, -1));
  SEXP cut = field(list, "cut", REALSXP, -1);
  SEXP code = field(list, "level_code", RAWSXP, -1);
  const cr_bins bins = {.n_features = (size_t)p,
                        .n_bins = integer_field(list, "n_bins", p),
                        .n_levels = integer_field(list, "n_levels", p),
                        .cut_start = integer_field(list, "cut_start", p + 1),
                        .cut = (double*)REAL_RO(cut),
                        .level_start = integer_field(list, "level_start", p + 1),
                        .level_code = (uint8_t*)RAW_RO(code)};
  r_check(cr_bins_validate(&bins, (size_t)XLENGTH(cut), (size_t)XLENGTH(code), &err), &err);
  return bins;
}

cr_trees r_view_trees(SEXP list, size_t n_features) {
  cr_error err;
  SEXP start = field(list, "tree_start", INTSXP, -1);
  SEXP bits = field(list, "subset_bits", RAWSXP, -1);
  const R_xlen_t n = XLENGTH(field(list, "feature", INTSXP, -1));
  if (XLENGTH(start) < 1) {
    r_check(cr_fail(&err, CR_EMODEL, "field", "the model's field `tree_start` is empty"),
            &err);
  }
  const cr_trees trees = {.n_trees = (size_t)XLENGTH(start) - 1,
                          .n_nodes = (size_t)n,
                          .n_subsets = (size_t)XLENGTH(bits) / CR_SUBSET_BYTES,
                          .tree_start = (int32_t*)INTEGER_RO(start),
                          .feature = integer_field(list, "feature", n),
                          .bin = integer_field(list, "bin", n),
                          .subset = integer_field(list, "subset", n),
                          .missing_left = integer_field(list, "missing_left", n),
                          .left = integer_field(list, "left", n),
                          .right = integer_field(list, "right", n),
                          .value = double_field(list, "value", n),
                          .gain = double_field(list, "gain", n),
                          .cover = double_field(list, "cover", n),
                          .subset_bits = (uint8_t*)RAW_RO(bits)};
  r_check(cr_trees_validate(&trees, n_features, &err), &err);
  return trees;
}
