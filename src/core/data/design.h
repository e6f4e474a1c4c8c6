#ifndef LCRISK_DATA_DESIGN_H
#define LCRISK_DATA_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/frame.h"

/// Columns as terms of a linear predictor, produced a strip of rows at a time: the
/// whole matrix never exists.
///
/// A number is clamped to the training rows' tails, put on a log scale when it is
/// skewed, and standardised; missing is the mean. Hinges max(z - knot, 0) follow it,
/// and an indicator of missing where training rows had any. A level has an indicator
/// of its own. Terms are scaled for one penalty: a number has standard deviation 1, an
/// indicator (and a number of two values) goes up by 2, so that a half of the rows
/// having it makes it a number's equal (Gelman 2008), and a hinge has the standard
/// deviation CR_HINGE_SCALE.

enum {
  CR_LANES = 8,    ///< terms side by side in memory
  CR_STRIP = 128,  ///< rows of a strip: small enough for the second-level cache
  CR_KNOTS_MAX = 16,
  CR_LEVELS_MAX = 255,  ///< levels with a term; the rarest beyond have none
  CR_TERMS_MAX = 4096
};

/// A penalty of lambda on a hinge counts 1 / CR_HINGE_SCALE^2 times.
#define CR_HINGE_SCALE 0.25

typedef struct {
  double tail;      ///< share of rows clamped at each end, 0 .. 0.25
  double skewness;  ///< logs above this; INFINITY for never
  int32_t n_knots;  ///< hinges of a number, at its quantiles; 0 .. CR_KNOTS_MAX
  bool reference;   ///< leave the most frequent level out: for fits without penalty
  const uint8_t* straight;  ///< NULL, or by feature: 1 is a number without hinges
} cr_design_settings;

/// The learned part, as plain arrays that a model can keep. Terms stand in the order
/// of their features: number, hinges, missing; or levels, missing.
typedef struct {
  size_t n_features;
  size_t n_terms;       ///< without the intercept
  int32_t* first_term;  ///< n_features + 1 offsets; equal ones: the feature is unused
  int32_t* missing;     ///< 1: the feature's last term says that it is missing
  double* low;          ///< clamp
  double* high;
  double* factor;   ///< the clamped number is multiplied by it
  int32_t* logged;  ///< 1: then log(1 + .) is taken
  double* mean;     ///< then (. - mean) * gain
  double* gain;
  int32_t* knot_start;  ///< n_features + 1 offsets into `knot` and `slope`
  double* knot;         ///< ascending, on the standardised scale
  double* slope;
  int32_t* level_start;  ///< n_features + 1 offsets into `level_term`
  int32_t* level_term;   ///< 0-based within the feature, -1: none
} cr_design;

/// Learns from all rows of `frame` (at most UINT32_MAX); quantiles, means and scales come
/// from at most 32,768 of them, evenly spaced. `weight` is NULL or has one number above
/// zero per row. A column that is constant or all missing gets no term; numbers below
/// the smallest normal double count as 0. `design` must be zeroed before and freed after,
/// also on failure. CR_ELIMIT for more than CR_TERMS_MAX terms. O(n + m log m) a column,
/// m the rows looked at.
cr_status cr_design_learn(const cr_frame* frame, const double* weight,
                          const cr_design_settings* settings, const cr_run* run,
                          cr_design* design, cr_error* err);

void cr_design_free(cr_design* design);

/// CR_EMODEL unless the arrays are consistent, all numbers finite and all offsets in
/// range: after this, filling cannot read or write out of bounds.
cr_status cr_design_validate(const cr_design* design, size_t n_knots, size_t n_levels,
                             cr_error* err);

/// CR_EINPUT unless `frame` has the design's columns: number for number, level for
/// level.
cr_status cr_design_match(const cr_design* design, const cr_frame* frame, cr_error* err);

/// Panels of CR_LANES columns that a strip has: the intercept, the terms, and zeros up
/// to a whole panel.
size_t cr_design_panels(const cr_design* design);

/// Fills a strip with the rows `row[0..n)`, or with n rows from `first` when `row` is
/// NULL; n <= CR_STRIP. Column c (0 is the intercept, t + 1 term t) of row i is at
/// strip[((c / 8) * CR_STRIP + i) * 8 + c % 8]. Levels that the design does not know
/// are missing.
void cr_design_fill(const cr_design* design, const cr_frame* frame, const uint32_t* row,
                    size_t first, size_t n, double* strip);

/// Feature j's standardised value of a known number, as cr_design_fill() has it.
double cr_design_scale(const cr_design* design, size_t j, double x);

#endif
