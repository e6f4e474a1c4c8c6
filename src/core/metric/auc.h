#ifndef LCRISK_METRIC_AUC_H
#define LCRISK_METRIC_AUC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Exact area under the ROC curve with DeLong's variance, and the
/// Kolmogorov-Smirnov distance.
///
/// The area is the share of (event, non-event) pairs in which the event has the
/// higher score, ties counting one half: a ratio of integers, counted without
/// rounding. The distance is the largest recall minus false alarm rate over all
/// thresholds, an event being predicted at or above one. A score that ranks the wrong
/// way has an area below one half and a distance near 0; it is never turned round.
///
/// Everywhere here `event[i]` is 1 or 0, scores may be infinite but not NaN
/// (CR_EINPUT `missing_score`), and n < 2^32 (CR_ELIMIT). What needs a class that is
/// absent is NaN; that is not an error.

typedef struct {
  double area;
  double variance;      ///< DeLong's; NaN when a class has fewer than two rows
  double ks;            ///< at least 0
  double ks_threshold;  ///< highest score where it is reached; +Inf when it is 0
} cr_auc;

/// O(n) time (radix sort of each class, one merge), 16 n bytes of scratch. DeLong,
/// DeLong and Clarke-Pearson (1988); placements counted in the merge as in Sun and
/// Xu (2014).
cr_status cr_auc_area(const double* score, const int32_t* event, size_t n, cr_auc* out,
                      cr_error* err);

typedef struct {
  double area[2];
  double variance[2];
  double covariance;  ///< of the two areas
} cr_auc_pair;

/// The areas of two scores on the same rows and their covariance, for the paired
/// test. Areas and variances are what cr_auc_area() gives, to the bit. O(n) time, 40 n
/// bytes of scratch.
cr_status cr_auc_compare(const double* first, const double* second, const int32_t* event,
                         size_t n, cr_auc_pair* out, cr_error* err);

#endif
