#ifndef LCRISK_GLUE_ENTRIES_H
#define LCRISK_GLUE_ENTRIES_H

/// Every routine R can call, with the names of its arguments. r_init.c registers
/// them; tests/testthat/test-native.R checks that R calls each with that count.

#include "r_api.h"

SEXP ffi_base_busy(SEXP items, SEXP run);
SEXP ffi_base_log(SEXP x);
SEXP ffi_base_logistic(SEXP log_odds);
SEXP ffi_base_processors(void);

SEXP ffi_boost_fit(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP settings, SEXP run);
SEXP ffi_boost_score(SEXP x, SEXP bins, SEXP trees, SEXP base, SEXP run);

#endif
