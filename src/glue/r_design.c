#include "r_design.h"

#include "r_list.h"

cr_design_settings r_design_settings(SEXP settings) {
  const cr_design_settings out = {.tail = r_number(r_element(settings, "tail")),
                                  .skewness = r_number(r_element(settings, "skewness")),
                                  .n_knots = r_integer(r_element(settings, "knots"))};
  return out;
}

SEXP r_list_design(const cr_design* d) {
  static const char* const names[] = {
      "first_term", "missing", "low",        "high",  "factor",      "logged",     "mean",
      "gain",       "knot",    "knot_start", "slope", "level_start", "level_term", NULL};
  const size_t p = d->n_features;
  const size_t knots = (size_t)d->knot_start[p], levels = (size_t)d->level_start[p];
  SEXP list = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(list, 0, r_integers(d->first_term, p + 1));
  SET_VECTOR_ELT(list, 1, r_integers(d->missing, p));
  SET_VECTOR_ELT(list, 2, r_doubles(d->low, p));
  SET_VECTOR_ELT(list, 3, r_doubles(d->high, p));
  SET_VECTOR_ELT(list, 4, r_doubles(d->factor, p));
  SET_VECTOR_ELT(list, 5, r_integers(d->logged, p));
  SET_VECTOR_ELT(list, 6, r_doubles(d->mean, p));
  SET_VECTOR_ELT(list, 7, r_doubles(d->gain, p));
  SET_VECTOR_ELT(list, 8, r_doubles(d->knot, knots));
  SET_VECTOR_ELT(list, 9, r_integers(d->knot_start, p + 1));
  SET_VECTOR_ELT(list, 10, r_doubles(d->slope, knots));
  SET_VECTOR_ELT(list, 11, r_integers(d->level_start, p + 1));
  SET_VECTOR_ELT(list, 12, r_integers(d->level_term, levels));
  UNPROTECT(1);
  return list;
}

cr_design r_view_design(SEXP list) {
  cr_error err;
  const R_xlen_t p = r_field_length(list, "missing");
  const R_xlen_t knots = r_field_length(list, "knot");
  const R_xlen_t levels = r_field_length(list, "level_term");
  cr_design d = {.n_features = (size_t)(p < 0 ? 0 : p),
                 .first_term = r_field_integer(list, "first_term", p + 1),
                 .missing = r_field_integer(list, "missing", p),
                 .low = r_field_double(list, "low", p),
                 .high = r_field_double(list, "high", p),
                 .factor = r_field_double(list, "factor", p),
                 .logged = r_field_integer(list, "logged", p),
                 .mean = r_field_double(list, "mean", p),
                 .gain = r_field_double(list, "gain", p),
                 .knot_start = r_field_integer(list, "knot_start", p + 1),
                 .knot = r_field_double(list, "knot", knots),
                 .slope = r_field_double(list, "slope", knots),
                 .level_start = r_field_integer(list, "level_start", p + 1),
                 .level_term = r_field_integer(list, "level_term", levels)};
  d.n_terms = d.first_term[p] < 0 ? 0 : (size_t)d.first_term[p];
  r_check(cr_design_validate(&d, (size_t)knots, (size_t)levels, &err), &err);
  return d;
}

static void free_design(void* object) { cr_design_free(object); }

SEXP r_own_design(void) { return r_own(sizeof(cr_design), free_design); }
