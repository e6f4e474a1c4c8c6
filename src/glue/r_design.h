#ifndef LCRISK_GLUE_DESIGN_H
#define LCRISK_GLUE_DESIGN_H

#include "r_api.h"

#include "data/design.h"

/// What training learned of the columns' terms, between the core and a model's list.

/// An owner of a zeroed cr_design.
SEXP r_own_design(void);

/// Settings `tail`, `skewness` and `knots` of a list; `reference` false.
cr_design_settings r_design_settings(SEXP settings);

/// As a list of plain vectors; protect the result.
SEXP r_list_design(const cr_design* design);

/// Of such a list, checked: a damaged one raises `lcrisk_error_model`. Its arrays are
/// R's, only to be read.
cr_design r_view_design(SEXP list);

#endif
