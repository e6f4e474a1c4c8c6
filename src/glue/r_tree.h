#ifndef LCRISK_GLUE_TREE_H
#define LCRISK_GLUE_TREE_H

#include "r_api.h"

#include "data/bins.h"
#include "tree/grove.h"
#include "tree/trees.h"

/// Bins and trees as R lists of plain vectors, and back as views over them without
/// copying. The views are validated here, so an edited or damaged model raises
/// `lcrisk_error_model` and never reaches the core.

SEXP r_list_bins(const cr_bins* bins);
SEXP r_list_trees(const cr_trees* trees);

cr_bins r_view_bins(SEXP list);
cr_trees r_view_trees(SEXP list, size_t n_features);

/// A packed forest: types and lengths are checked, what it holds is not.
cr_grove r_view_grove(SEXP list);

#endif
