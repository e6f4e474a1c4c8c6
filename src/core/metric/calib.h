#ifndef LCRISK_METRIC_CALIB_H
#define LCRISK_METRIC_CALIB_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"

/// Do probabilities mean what they say?
///
/// Everywhere here `event[i]` is 1 or 0, `prob[i]` is in [0, 1], and `weight` is
/// NULL (all ones) or finite and above zero.

/// The line logit(P(event)) = intercept + slope * logit(prob), by maximum likelihood.
/// A perfect forecast has intercept 0 and slope 1; a slope below 1 says that the
/// probabilities are too extreme. Cox (1958).
typedef struct {
  double intercept, intercept_se;
  double slope, slope_se;
  bool converged;  ///< false: the outcomes are separated by prob or prob is constant
  int iterations;
} cr_calib_line;

/// With `slope_is_one` the slope stays 1 and only the intercept is found: calibration
/// in the large. Probabilities are taken no nearer to 0 and 1 than CR_RATES_CLIP.
/// Standard errors are those of the likelihood; with weights those of the sandwich
/// (Huber 1967). NaN throughout when there is no finite answer. The same bits on any
/// number of threads. O(n) time an iteration, 8 n bytes of scratch.
cr_status cr_calib_fit(const double* prob, const int32_t* event, const double* weight,
                       size_t n, bool slope_is_one, const cr_run* run, cr_calib_line* out,
                       cr_error* err);

/// log(p / (1 - p)) with p no nearer to 0 and 1 than CR_RATES_CLIP.
double cr_calib_logit(double p);

typedef struct {
  size_t rows;
  double weight;           ///< sum of weights
  double square;           ///< sum of squared weights
  double prob;             ///< weighted mean
  double event;            ///< weighted share
  double lowest, highest;  ///< probabilities in the bin
} cr_calib_bin;

/// Splits the rows in rising order of `prob` into at most `n_bins` bins of equal
/// weight and writes them to `bin` (n_bins entries). Equal probabilities are never
/// separated, so there can be fewer bins; none is empty. `*n_found` is their number.
/// O(n) time, 28 n bytes of scratch. n < 2^32 (CR_ELIMIT).
cr_status cr_calib_bins(const double* prob, const int32_t* event, const double* weight,
                        size_t n, size_t n_bins, cr_calib_bin* bin, size_t* n_found,
                        cr_error* err);

#endif
