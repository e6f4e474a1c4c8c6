#ifndef LCRISK_METRIC_DRIFT_H
#define LCRISK_METRIC_DRIFT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/frame.h"

/// What can be said of new rows before their outcomes are known: how they lie in the
/// bins of older ones, and how well calibrated probabilities should do on them.

/// The bins of a number: bin k holds what is above cut k - 1 and at most cut k. Cuts
/// rise. A level column has none: its bins are its levels.
typedef struct {
  const double* cut;
  size_t n_cuts;
} cr_drift_bins;

/// Bins of a column with the one of missing values, which comes first.
size_t cr_drift_n_bins(const cr_column* column, const cr_drift_bins* bins);

/// Counts rows by period and bin: `count[j]`, which the caller lends, becomes for column
/// j n_periods times cr_drift_n_bins() numbers, the bins of a period side by side.
/// `period[i]` is 0 .. n_periods-1; fewer than 2^31 rows. A column is one task; the
/// result is the same on any number of threads. O(n log bins) a column, no memory.
cr_status cr_drift_count(const cr_frame* frame, const cr_drift_bins* bins,
                         const int32_t* period, size_t n_periods, const cr_run* run,
                         int32_t* const* count, cr_error* err);

enum { CR_DRIFT_RATE, CR_DRIFT_AUC, CR_DRIFT_EXPECTS };

/// What outcomes drawn with the probabilities `prob` (in [0, 1]) would look like: the
/// share of events and the area under the ROC curve of `prob` itself.
///
/// The first CR_DRIFT_EXPECTS numbers of `out` are the expectation: of the area, expected
/// pairs ranked right (ties half) over expected pairs of different rows. Then come those
/// of each of `n_draws` sets of outcomes, drawn independently row by row: a parametric
/// bootstrap (Efron and Tibshirani 1993, section 6.5) whose draw b depends on run->seed
/// and b only. An area without both outcomes is NaN. n < 2^32. O(n log n) once and O(n) a
/// draw; 9 n bytes.
cr_status cr_drift_expect(const double* prob, size_t n, size_t n_draws, const cr_run* run,
                          double* out, cr_error* err);

#endif
