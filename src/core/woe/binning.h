#ifndef LCRISK_WOE_BINNING_H
#define LCRISK_WOE_BINNING_H

#include "base/team.h"
#include "data/bins.h"
#include "woe/partition.h"

/// Optimal bins of all columns of a frame, from its codes. A column's candidates are its
/// codes in order; those of levels stand by event rate, for then the best partition into
/// any bins is one into runs (Breiman, Friedman, Olshen and Stone 1984, theorem 4.5),
/// and the rare ones stand together as one, because their rates are chance.

typedef struct {
  const cr_shape* shape;   ///< by feature; of levels without an order not looked at
  const uint8_t* nominal;  ///< by feature: 1 for levels without an order
  cr_partition_rules rules;
  double rare;  ///< levels of less mass than this are one candidate
} cr_binning_settings;

/// The outcome of each row of some codes: 1 or 0, and its mass (NULL: 1 each).
typedef struct {
  const int32_t* event;
  const double* weight;
} cr_binning_rows;

/// The mass of the events and of the other rows with each code of each feature, code c of
/// feature j at start[j] + c, where start[j + 1] = start[j] + n_bins[j] + 1; code 0 is
/// missing. Sums run over the rows in order: the same bits on any number of threads.
cr_status cr_binning_tally(const cr_bins* bins, const cr_codes* codes,
                           const cr_binning_rows* rows, const cr_run* run, double* event,
                           double* other, cr_error* err);

/// Puts the codes of every feature into the bins that are best: group[start[j] + c] is
/// the bin of code c, from 1, and 0 for missing. `n_groups` has the number of bins of
/// each feature, 0 where the rules leave none, and `shape` the shape they have. `event`
/// and `other` are what cr_binning_tally() gave; a feature is a task.
cr_status cr_binning_group(const cr_bins* bins, const double* event, const double* other,
                           const cr_binning_settings* settings, const cr_run* run,
                           int32_t* group, int32_t* n_groups, cr_shape* shape,
                           cr_error* err);

#endif
