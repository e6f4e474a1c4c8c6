#ifndef LCRISK_DATA_BINS_H
#define LCRISK_DATA_BINS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/frame.h"
#include "data/lanes.h"

/// Columns as bytes: code 0 is missing, codes 1 .. n_bins are the bins. Learned
/// once from training rows, then applied to any frame of the same columns.
///
/// A number x gets code 1 + (how many cuts are below x), so `x <= cut[b - 1]` is
/// `code <= b`. -0 and 0 share a code; infinities go to the end bins. A level gets
/// the code of its label; the levels that found no code of their own (more than
/// `max_bins` of them) share the last code; levels unseen in training are missing.

enum { CR_BINS_MAX = 254 };

/// The learned part, as plain arrays that a model can keep.
typedef struct {
  size_t n_features;
  int32_t* n_bins;       ///< codes besides missing; 0: the column was all missing
  int32_t* n_levels;     ///< 0: a number
  int32_t* cut_start;    ///< n_features + 1 offsets into `cut`
  double* cut;           ///< ascending within a feature, finite
  int32_t* level_start;  ///< n_features + 1 offsets into `level_code`
  uint8_t* level_code;   ///< code of level 1, 2, ...; 0: not in the training rows
} cr_bins;

/// Codes of one frame in the two orders the tree engine reads.
typedef struct {
  size_t n_rows;
  size_t n_features;
  cr_lanes lanes;   ///< what the bytes of the blocks hold; empty without blocks
  uint8_t* column;  ///< feature j: column + j * n_rows
  uint8_t* block;   ///< block b, row i: block + (b * n_rows + i) * 16, unused bytes 0
} cr_codes;

/// Learns cuts from the rows `row[0..n)` of `frame` (NULL: all of them).
///
/// At most `max_bins` (2 .. 254) bins a feature. All distinct values get a bin when
/// there are few enough; otherwise bins hold about equal weight, a value heavier
/// than a bin alone. With more than 200,000 rows the cuts come from that many of
/// them, chosen by `run->seed`. Cuts are half way between neighbours. `weight` has
/// frame->n_rows entries or is NULL. Frees nothing it was given; `bins` must be
/// zeroed before and freed after, also on failure. O(n log n) a column.
cr_status cr_bins_learn(const cr_frame* frame, const uint32_t* row, size_t n,
                        const double* weight, int max_bins, const cr_run* run,
                        cr_bins* bins, cr_error* err);

void cr_bins_free(cr_bins* bins);

/// CR_EMODEL unless the arrays are consistent (offsets ascend within `n_cuts` and
/// `n_codes`, cuts finite and ascending, codes within bins): after this, encoding
/// cannot read or write out of bounds.
cr_status cr_bins_validate(const cr_bins* bins, size_t n_cuts, size_t n_codes,
                           cr_error* err);

/// The row-major copy: none, a byte a feature in order, or with features sharing bytes.
typedef enum { CR_BLOCKS_NONE, CR_BLOCKS_PLAIN, CR_BLOCKS_PACKED } cr_blocks;

/// Encodes all rows of `frame`, whose columns match `bins` in number and kind
/// (number or integer against level), else CR_EINPUT. `feature_used` marks the features
/// worth encoding (the others become 0); NULL: all. `blocks` says whether codes->block
/// is made too. `codes` must be zeroed before and freed after.
cr_status cr_bins_encode(const cr_bins* bins, const cr_frame* frame,
                         const uint8_t* feature_used, cr_blocks blocks, const cr_run* run,
                         cr_codes* codes, cr_error* err);

void cr_codes_free(cr_codes* codes);

/// The code of one number.
uint8_t cr_bins_code(const double* cut, int32_t n_cuts, double x);

#endif
