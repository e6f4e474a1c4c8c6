#ifndef LCRISK_GLUE_NUMBERS_H
#define LCRISK_GLUE_NUMBERS_H

#include "r_api.h"

/// What the entries of the metric modules share; in r_metric.c.

/// NULL for R's NULL, else the view of n doubles.
const double* r_view_weight(SEXP weight, R_xlen_t n);

/// A named double vector; protect the result. `names` ends with NULL.
SEXP r_named_numbers(const char* const* names, const double* values);

#endif
