#ifndef LCRISK_LINEAR_SUMS_H
#define LCRISK_LINEAR_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/design.h"

/// One pass over rows: what Newton's method needs of the logistic loss.

/// Everything that stays the same over a fit. `event[i]` is 1 or 0; `weight` is NULL or
/// one finite number above zero per row.
typedef struct {
  const cr_design* design;
  const cr_frame* frame;
  const int32_t* event;
  const double* weight;
} cr_problem;

/// Columns are counted as in cr_design_fill(): the intercept first, zeros at the end.
typedef struct {
  size_t panels;
  double mass;       ///< sum of weights
  double loss;       ///< of weight * log loss
  double* gradient;  ///< of weight * (mu - event) * column; panels * CR_LANES
  double* tiles;     ///< of weight * mu (1 - mu) * column * column'; cr_gram_size();
                     ///< NULL: not wanted, which saves most of the time
} cr_sums;

/// Room for the sums, zeroed; on failure nothing is allocated.
cr_status cr_sums_make(size_t panels, cr_sums* sums, cr_error* err);

/// As cr_sums_make(), without tiles.
cr_status cr_sums_make_slopes(size_t panels, cr_sums* sums, cr_error* err);
void cr_sums_free(cr_sums* sums);

/// Overwrites `sums` with those over the rows `row[0..n)` (0 .. n-1 when NULL) at
/// `coefficient`, which has panels * CR_LANES entries.
///
/// Rows are cut into at most 64 pieces by n and the number of terms alone; each is
/// summed in order, then the pieces in order: the same bits on any number of threads.
/// The tick is asked at once and then as usual, always with the share `done`.
cr_status cr_sums_compute(const cr_problem* problem, const uint32_t* row, size_t n,
                          const double* coefficient, const cr_run* run, double done,
                          cr_sums* sums, cr_error* err);

/// `run` with the tick asked for the share `done` whatever the team reports. Both
/// structs must outlive the result.
typedef struct {
  const cr_run* run;
  double done;
} cr_stage;

cr_run cr_stage_run(const cr_stage* stage);

/// Asks the tick; CR_ECANCELLED when it refuses.
cr_status cr_stage_ask(const cr_stage* stage, cr_error* err);

/// Rows of one piece, a multiple of CR_STRIP: the cut that cr_sums_compute() makes.
size_t cr_sums_piece(size_t n, size_t panels);

/// The log loss of one row at log-odds eta; `*mu` becomes the probability.
double cr_sums_loss(double eta, int32_t event, double* mu);

#endif
