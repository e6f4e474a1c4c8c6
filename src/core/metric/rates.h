#ifndef LCRISK_METRIC_RATES_H
#define LCRISK_METRIC_RATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Counts at a cut-off and losses of probabilities.
///
/// Everywhere here `event[i]` is 1 or 0, `prob[i]` is in [0, 1], and `weight` is
/// NULL (all ones) or finite and above zero. Sums are taken over blocks of 4096
/// rows, so results do not depend on who computes them.

/// Weight and squared weight of the rows by [actual class][predicted class]; the
/// event is predicted when prob >= cutoff. Without weights both are counts. The
/// square gives the effective number of rows behind a rate: weight^2 / square
/// (Kish 1965).
typedef struct {
  double weight[2][2];
  double square[2][2];
} cr_confusion;

cr_confusion cr_rates_confusion(const double* prob, const int32_t* event,
                                const double* weight, size_t n, double cutoff);

/// A weighted mean m with its standard error
/// sqrt(n / (n - 1) * sum w^2 (x - m)^2) / sum w; without weights that is
/// sd / sqrt(n). The error is NaN with fewer than two rows.
typedef struct {
  double mean;
  double se;
} cr_estimate;

/// log loss takes probabilities no nearer to 0 and 1 than this, so that one wrong
/// certainty costs 34.5 and not infinity.
#define CR_RATES_CLIP 1e-15

/// -log(probability given to what happened), `p` no nearer to 0 and 1 than CR_RATES_CLIP.
double cr_rates_log_loss(double p, int32_t is_event);

typedef struct {
  cr_estimate brier;     ///< mean of (prob - event)^2 (Brier 1950)
  cr_estimate log_loss;  ///< mean of -log(probability given to what happened)
  size_t n_clipped;      ///< rows whose probability was moved to CR_RATES_CLIP
} cr_losses;

/// O(n) time, 8 n bytes of scratch.
cr_status cr_rates_losses(const double* prob, const int32_t* event, const double* weight,
                          size_t n, cr_losses* out, cr_error* err);

#endif
