#ifndef LCRISK_METRIC_RECAL_H
#define LCRISK_METRIC_RECAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "metric/curve.h"

/// Maps that repair probabilities: learned from log-odds and outcomes, applied to other
/// log-odds. Everywhere here log-odds are finite, `event[i]` is 1 or 0, and `weight` is
/// NULL (all ones) or finite and above zero.

/// Beta calibration (Kull, Silva Filho and Flach 2017):
/// logit q = coefficient[0] + coefficient[1] log p - coefficient[2] log(1 - p), both
/// slopes at least 0: one that would be negative is left out (0) and the rest fitted
/// again. Not converged when nothing is left that rises. 16 n bytes of scratch.
cr_status cr_recal_beta(const double* log_odds, const int32_t* event,
                        const double* weight, size_t n, const cr_run* run, cr_curve* out,
                        cr_error* err);

/// out[i] = the map's log-odds. `out` may be `log_odds`.
void cr_recal_beta_apply(const double coefficient[3], const double* log_odds, size_t n,
                         double* out);

/// An isotonic map: constant between lowest[b] and highest[b], straight in between, and
/// constant beyond the ends.
typedef struct {
  size_t n;  ///< blocks, rising
  double *lowest, *highest;
  double* rate;    ///< in (0, 1), rising
  double* weight;  ///< behind each
} cr_recal_steps;

/// Isotonic regression of the outcomes on the log-odds (PAVA), equal log-odds together. A
/// first block without events would promise certainty: its rate becomes that of half an
/// event in one more row, or half of the next rate where that is less; a last block of
/// events only, likewise. O(n) time after the sort, 60 n bytes of scratch. n < 2^32
/// (CR_ELIMIT). On failure `*out` is zeroed.
cr_status cr_recal_steps_fit(const double* log_odds, const int32_t* event,
                             const double* weight, size_t n, cr_recal_steps* out,
                             cr_error* err);
void cr_recal_steps_free(cr_recal_steps* steps);

/// out[i] = the map's log-odds; O(log blocks) each. `out` may be `log_odds`.
void cr_recal_steps_apply(const cr_recal_steps* steps, const double* log_odds, size_t n,
                          double* out);

#endif
