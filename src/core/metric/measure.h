#ifndef LCRISK_METRIC_MEASURE_H
#define LCRISK_METRIC_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "metric/layout.h"
#include "metric/replica.h"

/// Everything that is measured of probabilities, in one walk down the scores.

enum {
  CR_MEASURE_AUC,
  CR_MEASURE_KS,
  CR_MEASURE_PR_AUC,       ///< average precision: no interpolation between cut-offs
  CR_MEASURE_PARTIAL_AUC,  ///< area under the ROC curve between two false alarm rates
  CR_MEASURE_H,            ///< Hand (2009), costs weighted by Beta(2, 1 + 1 / severity)
  CR_MEASURE_BRIER,
  CR_MEASURE_RELIABILITY,  ///< brier = reliability - resolution + uncertainty
  CR_MEASURE_RESOLUTION,
  CR_MEASURE_UNCERTAINTY,
  CR_MEASURE_LOG_LOSS,  ///< NaN without `loss`
  CR_MEASURE_TN,        ///< masses at the layout's cut-off
  CR_MEASURE_FP,
  CR_MEASURE_FN,
  CR_MEASURE_TP,
  CR_MEASURE_ECE,     ///< over the layout's bins
  CR_MEASURE_PROFIT,  ///< mean value of rows below the cut-off; NaN without `value`
  CR_MEASURE_LARGE,   ///< NaN without `log_odds`, as the next two
  CR_MEASURE_INTERCEPT,
  CR_MEASURE_SLOPE,
  CR_MEASURES
};

/// What to measure. The reliability term is the miscalibration of Dimitriadis, Gneiting
/// and Jordan (2021): what isotonic recalibration would take off the Brier score. It
/// needs no bins and the three terms add up exactly.
typedef struct {
  size_t n;
  const double* prob;     ///< in [0, 1]
  const int32_t* event;   ///< 1 or 0
  const double* weight;   ///< NULL (all ones) or finite and above zero
  const double* value;    ///< gained when the row is approved; NULL: no profit
  cr_layout_spec layout;  ///< cut-off, bins, size of the sample
  double partial[2];      ///< false alarm rates, rising, in [0, 1]
  double severity;        ///< cost of a false alarm over cost of a miss, above 0
  bool with_loss;         ///< log loss?
  bool with_line;         ///< calibration lines?
  double start[3];        ///< large, intercept, slope to start from
} cr_measure_input;

/// The same in the order in which it is walked. Freeing a zeroed one is harmless.
typedef struct {
  cr_layout layout;
  double partial[2];
  double severity;
  double start[3];
  double* loss;  ///< NULL: none, as the next three
  double* value;
  double* log_odds;
  int32_t* event;
} cr_measure;

/// O(n) time, up to 40 n bytes kept. On failure `*out` is zeroed.
cr_status cr_measure_make(const cr_measure_input* input, cr_measure* out, cr_error* err);
void cr_measure_free(cr_measure* measure);

/// A cr_replica_statistic of CR_MEASURES numbers; `spec` is the cr_measure that the
/// layout belongs to. The rows have both classes. O(n) time.
cr_status cr_measure_rows(const cr_layout* layout, const double* mass,
                          const cr_replica_scratch* scratch, const void* spec,
                          double* out);

#endif
