#ifndef LCRISK_ADDITIVE_STATE_H
#define LCRISK_ADDITIVE_STATE_H

#include "additive/cycle.h"
#include "additive/spec.h"
#include "additive/tables.h"
#include "data/design.h"

/// The state of one additive fit, private to additive/additive and additive/search.
/// Shared by the team: each fold writes at places of its own.
typedef struct {
  const cr_codes* codes;
  const cr_bins* bins;
  const cr_additive_data* data;
  const cr_additive_settings* settings;
  const cr_run* run;
  cr_tables* model;
  int32_t *rounds, *pair_rounds;
  size_t n_fits;           // folds, or 1
  int32_t* fold;           // by position in data->row; NULL: no folds
  double* unseen;          // log-odds by position from the fit that had not seen the row
  cr_design design;        // the scale of each number
  cr_smooth_bands* rough;  // of each feature
  cr_term* term;           // of the features
  cr_term* pair_term;      // of the pairs
  double* base;            // by fit
  double *table, *pair_table;  // by fit, then by term
  uint8_t* group;              // CODES for each feature
  cr_error* errors;
  bool with_pairs;  // the second stage
  cr_counter counter;
} cr_state;

static inline double cr_state_weight(const cr_additive_data* data, size_t i) {
  return data->weight == NULL ? 1.0 : data->weight[data->row[i]];
}

/// Fit k's tables of the features
static inline double* cr_state_tables(const cr_state* f, size_t k) {
  return f->table + k * f->bins->n_features * CR_SMOOTH_CODES;
}

#endif
