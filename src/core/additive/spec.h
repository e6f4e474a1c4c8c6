#ifndef LCRISK_ADDITIVE_SPEC_H
#define LCRISK_ADDITIVE_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include "data/frame.h"

/// What an additive fit is told: settings and data. The function is in
/// additive/additive.h.

typedef struct {
  int rounds;      ///< most rounds of one fit, at least 1
  double rate;     ///< share of each step taken, (0, 1]
  int patience;    ///< rounds to wait for a better held-out loss
  double freedom;  ///< degrees of freedom of one step of a feature, above 1
  double noise;    ///< steps must be worth this many times what noise gives; 0: all count
  int n_pairs;     ///< most pairwise terms
  int n_folds;     ///< 0: one fit on all rows, with exactly `rounds` rounds; or >= 2
  const int8_t* direction;  ///< by feature: 1 rising, -1 falling, 0; NULL: all 0
} cr_additive_settings;

typedef struct {
  const cr_frame* frame;  ///< what the codes were made of: where the bins of a number are
  const int32_t* event;   ///< 0 or 1 for each row of the codes
  const double* weight;   ///< positive and finite; NULL: all 1
  const uint32_t* row;    ///< rows to learn from, ascending
  size_t n_rows;
} cr_additive_data;

#endif
