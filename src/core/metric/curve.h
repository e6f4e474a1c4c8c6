#ifndef LCRISK_METRIC_CURVE_H
#define LCRISK_METRIC_CURVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"

/// Logistic regression with a handful of coefficients, for the curves that calibration
/// fits: logit P(event) = offset + sum over k of coefficient[k] * column[k].

enum { CR_CURVE_MAX = 3 };

typedef struct {
  size_t n;
  const int32_t* event;                ///< 1 or 0
  const double* weight;                ///< NULL (all ones) or finite and at least zero
  const double* offset;                ///< NULL: none
  size_t n_columns;                    ///< 1 .. CR_CURVE_MAX
  const double* column[CR_CURVE_MAX];  ///< NULL stands for a column of ones
} cr_curve_data;

typedef struct {
  double coefficient[CR_CURVE_MAX];
  double se[CR_CURVE_MAX];
  bool converged;  ///< false: the columns separate the outcomes or repeat one another
  int iterations;
} cr_curve;

/// Maximum likelihood by Newton steps from `start` (n_columns numbers). Standard errors
/// are those of the likelihood; with weights those of the sandwich (Huber 1967). NaN in
/// the first n_columns places when there is no finite answer; 0 beyond them. Sums run
/// over blocks of 4096 rows added in order: the same bits on any number of threads. O(n)
/// time an iteration, some 200 bytes of scratch a block.
cr_status cr_curve_fit(const cr_curve_data* data, const double* start, const cr_run* run,
                       cr_curve* out, cr_error* err);

/// The line logit P(event) = coefficient[0] + coefficient[1] * x. With `slope_is_one` the
/// slope stays 1 (se 0) and only the intercept is found.
cr_status cr_curve_line(const double* x, const int32_t* event, const double* weight,
                        size_t n, bool slope_is_one, const cr_run* run, cr_curve* out,
                        cr_error* err);

#endif
