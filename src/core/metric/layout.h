#ifndef LCRISK_METRIC_LAYOUT_H
#define LCRISK_METRIC_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Rows in falling order of score, as everything reads them that walks down the
/// cut-offs again and again: measures, their resamples, the choice of a cut-off.

enum {
  CR_IS_EVENT = 1,
  CR_ENDS_TIE = 2,  ///< the next row has another score
  CR_ENDS_BIN = 4,  ///< the next row is in another bin
  CR_ABOVE = 8      ///< at or above the cut-off
};

typedef struct {
  size_t n;
  size_t n_class[2];  ///< rows by class: 1 is the event
  uint8_t* code;      ///< the flags above
  uint32_t* row;      ///< which of the rows given
  double* score;
  double* weight;  ///< NULL: all ones
} cr_layout;

typedef struct {
  double cutoff;
  const double* bin_lowest;  ///< lowest score of each bin, rising; NULL: none
  size_t n_bins;
  size_t max_rows;  ///< 0: all
} cr_layout_spec;

/// `score` is not NaN (CR_EINPUT `missing_score`), `event[i]` is 1 or 0, `weight` NULL or
/// finite and above zero, n < 2^32 (CR_ELIMIT). With more than `max_rows` rows a
/// systematic sample of about that many is kept, evenly spaced in rank within each class.
/// O(n) time, 28 n bytes of scratch. On failure `*out` is zeroed.
cr_status cr_layout_make(const double* score, const int32_t* event, const double* weight,
                         size_t n, const cr_layout_spec* spec, cr_layout* out,
                         cr_error* err);
void cr_layout_free(cr_layout* layout);

#endif
