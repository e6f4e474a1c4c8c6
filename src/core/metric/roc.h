#ifndef LCRISK_METRIC_ROC_H
#define LCRISK_METRIC_ROC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "metric/auc.h"

/// The ROC curve and its summary under weights.
///
/// Everywhere here `event[i]` is 1 or 0, scores are not NaN (CR_EINPUT
/// `missing_score`), `weight` is NULL (all ones) or finite and above zero, and n < 2^32
/// (CR_ELIMIT). What needs a class that is absent is NaN.

typedef struct {
  size_t n;           ///< distinct scores
  double* threshold;  ///< the distinct scores, falling
  double* event;      ///< weight of events at or above the threshold
  double* other;      ///< weight of the rest at or above the threshold
} cr_roc;

/// One point per distinct score. O(n) time. On failure `*out` is zeroed.
cr_status cr_roc_points(const double* score, const int32_t* event, const double* weight,
                        size_t n, cr_roc* out, cr_error* err);
void cr_roc_free(cr_roc* roc);

/// What cr_auc_area() gives, under weights: pairs count by the product of their
/// weights. With V_i the weighted placement of row i, W and n the weight and the number
/// of rows of its class, the variance is the sum over both classes of
/// n / (n - 1) * sum w_i^2 (V_i - area)^2 / W^2: weights say how much a row stands
/// for, not how often it was seen. Equal weights give cr_auc_area()'s numbers up to
/// rounding.
cr_status cr_roc_weighted(const double* score, const int32_t* event, const double* weight,
                          size_t n, cr_auc* out, cr_error* err);

/// The weighted areas of two scores on the same rows with their covariance, for the
/// paired test: the sums of cr_roc_weighted() with products of the two scores'
/// placements. O(n) time, 40 n bytes of scratch.
cr_status cr_roc_compare(const double* first, const double* second, const int32_t* event,
                         const double* weight, size_t n, cr_auc_pair* out, cr_error* err);

#endif
