#ifndef LCRISK_DATA_LANES_H
#define LCRISK_DATA_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Bytes of a row, in blocks of 16 rows-major, that hold the codes of its features. A
/// lane is one such byte. Features of few values share a lane: with sizes s1, s2 (codes
/// 0 .. size - 1) the byte is c1 + s1 * c2, so that one addition to a histogram serves
/// both, and nothing is lost; sums by c1 and by c2 come back from the lane's cells.

enum { CR_BLOCK = 16, CR_LANE_FEATURES = 8, CR_LANE_CELLS = 256 };

typedef struct {
  size_t n_features, n_lanes, n_blocks;
  int max_code;      ///< largest byte of any lane
  int32_t* start;    ///< n_lanes + 1 offsets into `feature` and `size`
  int32_t* feature;  ///< of lane l: feature[start[l] .. start[l + 1])
  int32_t* size;     ///< codes of that feature, 0 among them
} cr_lanes;

/// Plans the lanes of features with codes 0 .. n_bins[j]: those of few values together
/// when that leaves fewer groups of four lanes (what a histogram kernel works through),
/// each alone and in order otherwise, or when not `pack`. First fit, widest first; a
/// shared lane has no more codes than the widest feature's histogram has room for.
/// `lanes` must be zeroed before and freed after. O(p^2) in the worst case.
cr_status cr_lanes_plan(const int32_t* n_bins, size_t n_features, int pack,
                        cr_lanes* lanes, cr_error* err);
void cr_lanes_free(cr_lanes* lanes);

/// Room of a histogram, in codes, for bytes up to max_code: 64, 128 or 256.
int cr_lanes_room(int max_code);

/// Writes rows from .. to - 1 of block `b`: `column` holds the codes of feature j at
/// column + j * n_rows, `block` the block's bytes, row i at block + i * 16.
void cr_lanes_write(const cr_lanes* lanes, size_t b, const uint8_t* column, size_t n_rows,
                    size_t from, size_t to, uint8_t* block);

#endif
