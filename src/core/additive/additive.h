#ifndef LCRISK_ADDITIVE_ADDITIVE_H
#define LCRISK_ADDITIVE_ADDITIVE_H

#include "additive/spec.h"
#include "additive/tables.h"
#include "base/team.h"
#include "data/bins.h"

/// Fitting a glass box (additive/tables.h): generalised additive models (Hastie and
/// Tibshirani 1986) with pairwise terms (Lou, Caruana, Gehrke and Hooker 2013), by small
/// cyclic steps on codes (additive/cycle.h).
///
/// Every fold leaves its rows out, stops on them, and contributes its tables; the model
/// is their mean, and their spread gives each cell's standard error by the grouped
/// jackknife. Pairs are found between the two fits of a fold, on gradients of rows that
/// the fold's model had not seen.

/// Fits. Both classes must be among the rows, each with n_folds rows at least
/// (CR_EINPUT). Folds are shared out among the team whole: any number of threads, the
/// same bits. `rounds` and `pair_rounds` get the rounds kept, by fold (one entry without
/// folds). `model` zeroed before; on failure nothing is allocated. Memory: codes and 40
/// bytes for each row of a fold, for every thread.
cr_status cr_additive_fit(const cr_codes* codes, const cr_bins* bins,
                          const cr_additive_data* data,
                          const cr_additive_settings* settings, const cr_run* run,
                          cr_tables* model, int32_t* rounds, int32_t* pair_rounds,
                          cr_error* err);

#endif
