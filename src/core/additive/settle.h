#ifndef LCRISK_ADDITIVE_SETTLE_H
#define LCRISK_ADDITIVE_SETTLE_H

#include "additive/tables.h"

/// From the tables of several fits to those of the model.

/// Fit k's log-odds: base[k], then a table of CR_SMOOTH_CODES for each feature at
/// table + k * n_features * CR_SMOOTH_CODES, and for each pair at pair_table (not NULL)
/// alike.
typedef struct {
  size_t n_fits;
  const double* base;
  double* table;
  double* pair_table;
} cr_settle_fits;

/// Makes every fit's pairs pure (cr_pairs_purify()) and its tables' means over the rows
/// 0, which moves constants but changes no score; then takes the mean over the fits. A
/// code without training rows gets 0: nothing is known of it. With m > 1 fits that each
/// left out a part of the rows, errors are those of the grouped jackknife:
/// sqrt((m - 1) / m * sum of squares about the mean) (Quenouille 1956; Kott 2001).
///
/// model->mass, group, first, second, pair_mass and n_pairs are given.
void cr_settle_tables(const cr_settle_fits* fits, cr_tables* model);

#endif
