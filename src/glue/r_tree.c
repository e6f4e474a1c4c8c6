#include "r_tree.h"

#include "r_list.h"

SEXP r_list_bins(const cr_bins* bins) {
  static const char* const names[] = {"n_bins",      "n_levels",   "cut_start", "cut",
                                      "level_start", "level_code", NULL};
  const size_t p = bins->n_features;
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_integers(bins->n_bins, p));
  SET_VECTOR_ELT(list, 1, r_integers(bins->n_levels, p));
  SET_VECTOR_ELT(list, 2, r_integers(bins->cut_start, p + 1));
  SET_VECTOR_ELT(list, 3, r_doubles(bins->cut, (size_t)bins->cut_start[p]));
  SET_VECTOR_ELT(list, 4, r_integers(bins->level_start, p + 1));
  SET_VECTOR_ELT(list, 5, r_bytes(bins->level_code, (size_t)bins->level_start[p]));
  UNPROTECT(1);
  return list;
}

SEXP r_list_trees(const cr_trees* trees) {
  static const char* const names[] = {"tree_start",   "feature", "bin",         "subset",
                                      "missing_left", "left",    "right",       "value",
                                      "gain",         "cover",   "subset_bits", NULL};
  const size_t n = trees->n_nodes;
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_integers(trees->tree_start, trees->n_trees + 1));
  SET_VECTOR_ELT(list, 1, r_integers(trees->feature, n));
  SET_VECTOR_ELT(list, 2, r_integers(trees->bin, n));
  SET_VECTOR_ELT(list, 3, r_integers(trees->subset, n));
  SET_VECTOR_ELT(list, 4, r_integers(trees->missing_left, n));
  SET_VECTOR_ELT(list, 5, r_integers(trees->left, n));
  SET_VECTOR_ELT(list, 6, r_integers(trees->right, n));
  SET_VECTOR_ELT(list, 7, r_doubles(trees->value, n));
  SET_VECTOR_ELT(list, 8, r_doubles(trees->gain, n));
  SET_VECTOR_ELT(list, 9, r_doubles(trees->cover, n));
  SET_VECTOR_ELT(list, 10,
                 r_bytes(trees->subset_bits, trees->n_subsets * CR_SUBSET_BYTES));
  UNPROTECT(1);
  return list;
}

cr_bins r_view_bins(SEXP list) {
  cr_error err;
  const R_xlen_t p = r_field_length(list, "n_bins");
  const R_xlen_t n_cuts = r_field_length(list, "cut");
  const R_xlen_t n_codes = r_field_length(list, "level_code");
  const cr_bins bins = {.n_features = (size_t)(p < 0 ? 0 : p),
                        .n_bins = r_field_integer(list, "n_bins", p),
                        .n_levels = r_field_integer(list, "n_levels", p),
                        .cut_start = r_field_integer(list, "cut_start", p + 1),
                        .cut = r_field_double(list, "cut", n_cuts),
                        .level_start = r_field_integer(list, "level_start", p + 1),
                        .level_code = r_field_bytes(list, "level_code", n_codes)};
  r_check(cr_bins_validate(&bins, (size_t)n_cuts, (size_t)n_codes, &err), &err);
  return bins;
}

cr_trees r_view_trees(SEXP list, size_t n_features) {
  cr_error err;
  const R_xlen_t n = r_field_length(list, "feature");
  const R_xlen_t n_starts = r_field_length(list, "tree_start");
  const R_xlen_t n_bytes = r_field_length(list, "subset_bits");
  if (n_starts < 1) {
    r_check(
        cr_fail(&err, CR_EMODEL, "field", "the model's field `tree_start` is damaged"),
        &err);
  }
  const cr_trees trees = {.n_trees = (size_t)n_starts - 1,
                          .n_nodes = (size_t)n,
                          .n_subsets = (size_t)n_bytes / CR_SUBSET_BYTES,
                          .tree_start = r_field_integer(list, "tree_start", n_starts),
                          .feature = r_field_integer(list, "feature", n),
                          .bin = r_field_integer(list, "bin", n),
                          .subset = r_field_integer(list, "subset", n),
                          .missing_left = r_field_integer(list, "missing_left", n),
                          .left = r_field_integer(list, "left", n),
                          .right = r_field_integer(list, "right", n),
                          .value = r_field_double(list, "value", n),
                          .gain = r_field_double(list, "gain", n),
                          .cover = r_field_double(list, "cover", n),
                          .subset_bits = r_field_bytes(list, "subset_bits", n_bytes)};
  r_check(cr_trees_validate(&trees, n_features, &err), &err);
  return trees;
}
