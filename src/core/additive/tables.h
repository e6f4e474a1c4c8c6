#ifndef LCRISK_ADDITIVE_TABLES_H
#define LCRISK_ADDITIVE_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/team.h"
#include "data/bins.h"

/// A glass-box model as plain arrays that a model can keep: log-odds = intercept + one
/// table for each feature + one for each of a few pairs.
///
/// A feature's table is at start[j]: code 0 (missing), then 1 .. n_bins. A pair's has
/// CR_SMOOTH_CODES cells: group of the first feature * CR_SMOOTH_GRID + group of the
/// second. Zeroed before, cr_tables_free() after.
typedef struct {
  double intercept;
  size_t n_features, n_pairs;
  int32_t* start;  ///< n_features + 1
  double* value;   ///< log-odds, by code
  double* error;   ///< standard error; NaN without folds
  double* mass;    ///< weight of the training rows
  uint8_t* group;  ///< the code's group in pairs
  int32_t* first;  ///< by pair: its features
  int32_t* second;
  double* pair_gain;  ///< by pair, from the screen
  double* pair_value;
  double* pair_error;
  double* pair_mass;
} cr_tables;

/// Room for the features of `bins` and up to `n_pairs` pairs (model->n_pairs stays 0);
/// all zero but `start`. On failure nothing is allocated.
cr_status cr_tables_make(const cr_bins* bins, size_t n_pairs, cr_tables* model,
                         cr_error* err);
void cr_tables_free(cr_tables* model);

/// CR_EMODEL unless the arrays fit each other and `bins`: after this, scoring stays in
/// bounds. `n_values` is the length of value and group; those of pairs follow n_pairs.
cr_status cr_tables_validate(const cr_tables* model, const cr_bins* bins, size_t n_values,
                             cr_error* err);

/// The log-odds of every row: intercept, features in order, pairs in order.
cr_status cr_tables_score(const cr_tables* model, const cr_codes* codes,
                          const cr_run* run, double* eta, cr_error* err);

/// What each term adds to each row's log-odds, term t at out + t * n_rows: features, then
/// pairs. Added to the intercept in that order they are the score to the bit.
cr_status cr_tables_terms(const cr_tables* model, const cr_codes* codes,
                          const cr_run* run, double* out, cr_error* err);

#endif
