#ifndef LCRISK_METRIC_AUC_H
#define LCRISK_METRIC_AUC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Exact area under the ROC curve with DeLong's variance.
///
/// The area is the share of (event, non-event) pairs in which the event has the
/// higher score, ties counting one half: a ratio of integers, counted without
/// rounding. A score that ranks the wrong way gives an area below one half; the
/// direction is never turned round.
///
/// Everywhere here `event[i]` is 1 or 0, scores may be infinite but not NaN
/// (CR_EINPUT `missing_score`), and n < 2^32 (CR_ELIMIT).

typedef struct {
  double area;      ///< NaN when a class is absent: undefined, not an error
  double variance;  ///< DeLong's; NaN when a class has fewer than two rows
  uint64_t n_event;
  uint64_t n_other;
} cr_auc;

/// The area of one score. O(n) time (radix sort of each class, one merge), 16 n
/// bytes of scratch. DeLong, DeLong and Clarke-Pearson (1988); the placements are
/// counted in the merge as in Sun and Xu (2014).
cr_status cr_auc_area(const double* score, const int32_t* event, size_t n, cr_auc* out,
                      cr_error* err);

typedef struct {
  cr_auc first;
  cr_auc second;
  double covariance;  ///< of the two areas; NaN as the variances
} cr_auc_pair;

/// The areas of two scores on the same rows and their covariance, for the paired
/// test. The first and second part are what cr_auc_area() gives, to the bit.
/// O(n) time, 40 n bytes of scratch.
cr_status cr_auc_compare(const double* first, const double* second, const int32_t* event,
                         size_t n, cr_auc_pair* out, cr_error* err);

#endif
