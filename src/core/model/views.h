#ifndef LCRISK_MODEL_VIEWS_H
#define LCRISK_MODEL_VIEWS_H

#include "additive/tables.h"
#include "data/bins.h"
#include "data/design.h"
#include "model/value.h"
#include "tree/grove.h"
#include "tree/trees.h"

/// Views of lists of plain arrays, as R keeps the parts of a model, as the core's
/// structs. They borrow from the list and must not be freed: the structs' pointers are
/// not const only because the core also fills them. Each is checked by its own module's
/// validator and by what is said here. CR_EMODEL otherwise.

/// A field as an array of `n`; false, with `*err` filled, when it is not that.
bool cr_view_integers(const cr_value* list, const char* name, size_t n, int32_t** x,
                      cr_error* err);
bool cr_view_numbers(const cr_value* list, const char* name, size_t n, double** x,
                     cr_error* err);
bool cr_view_bytes(const cr_value* list, const char* name, size_t n, uint8_t** x,
                   cr_error* err);

/// How long the field is, 0 when it is not there.
size_t cr_view_length(const cr_value* list, const char* name);

/// The list of that name in `core`; NULL, with `*err` filled, when there is none.
const cr_value* cr_view_list(const cr_value* core, const char* name, cr_error* err);

/// One finite number.
cr_status cr_view_number(const cr_value* list, const char* name, double* x,
                         cr_error* err);

/// Bins of the columns of `shape`, level for level.
cr_status cr_view_bins(const cr_value* list, const cr_frame* shape, cr_bins* bins,
                       cr_error* err);

/// Trees whose sums are finite whatever leaves a row falls into.
cr_status cr_view_trees(const cr_value* list, size_t n_features, cr_trees* trees,
                        cr_error* err);

cr_status cr_view_grove(const cr_value* list, size_t n_features, cr_grove* grove,
                        cr_error* err);

/// Terms of the columns of `shape`.
cr_status cr_view_design(const cr_value* list, const cr_frame* shape, cr_design* design,
                         cr_error* err);

cr_status cr_view_tables(const cr_value* list, const cr_bins* bins, cr_tables* tables,
                         cr_error* err);

#endif
