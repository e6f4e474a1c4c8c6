#include "data/lanes.h"

#include "base/rng.h"
#include "check.h"
#include "tree/hist.h"

enum { ROWS = 300, MOST = 70 };

static void codes_of(const int32_t* n_bins, size_t p, uint8_t* column) {
  cr_rng rng = cr_rng_stream(3, CR_FOR_SIMULATION, p);
  for (size_t j = 0; j < p; j++) {
    for (size_t i = 0; i < ROWS; i++) {
      column[j * ROWS + i] = (uint8_t)cr_rng_below(&rng, (uint32_t)n_bins[j] + 1);
    }
  }
}

static bool every_feature_once(const cr_lanes* lanes) {
  size_t seen[MOST] = {0};
  for (int32_t f = 0; f < lanes->start[lanes->n_lanes]; f++) seen[lanes->feature[f]]++;
  for (size_t j = 0; j < lanes->n_features; j++) {
    if (seen[j] != 1) return false;
  }
  return true;
}

// Reads the digits of each byte back, and the histograms of the features from a lane's.
static void nothing_is_lost(const int32_t* n_bins, size_t p, int pack, size_t n_lanes) {
  static uint8_t column[MOST * ROWS], block[MOST / CR_BLOCK + 1][ROWS * CR_BLOCK];
  cr_lanes lanes = {0};
  codes_of(n_bins, p, column);
  CHECK(cr_lanes_plan(n_bins, p, pack, &lanes, NULL) == CR_OK);
  CHECK(lanes.n_lanes == n_lanes && lanes.n_blocks == (n_lanes + 15) / 16);
  CHECK(every_feature_once(&lanes));
  bool same = true, same_sums = true;
  for (size_t b = 0; b < lanes.n_blocks; b++) {
    cr_lanes_write(&lanes, b, column, ROWS, 0, 37, block[b]);
    cr_lanes_write(&lanes, b, column, ROWS, 37, ROWS, block[b]);
  }
  for (size_t l = 0; l < lanes.n_blocks * CR_BLOCK; l++) {
    const int32_t first = l < lanes.n_lanes ? lanes.start[l] : 0;
    const int32_t last = l < lanes.n_lanes ? lanes.start[l + 1] : 0;
    cr_cell cells[CR_LANE_CELLS] = {0}, sums[CR_HIST_SHARED], expected[CR_HIST_SHARED];
    memset(expected, 0, sizeof expected);
    for (size_t i = 0; i < ROWS; i++) {
      unsigned byte = block[l / CR_BLOCK][i * CR_BLOCK + l % CR_BLOCK];
      const cr_cell cell = cr_cell_pack((int32_t)i - 100, (uint32_t)(i * i));
      cells[byte] += cell;
      if ((int)byte > lanes.max_code) same = false;
      size_t at = 0;
      for (int32_t f = first; f < last; f++) {
        const unsigned size = (unsigned)lanes.size[f];
        if (byte % size != column[(size_t)lanes.feature[f] * ROWS + i]) same = false;
        expected[at + byte % size] += cell;
        at += size;
        byte /= size;
      }
      if (byte != 0) same = false;
    }
    if (first == last) continue;
    cr_hist_marginals(cells, lanes.size + first, (size_t)(last - first), sums);
    size_t n = 0;
    for (int32_t f = first; f < last; f++) n += (size_t)lanes.size[f];
    if (memcmp(sums, expected, n * sizeof *sums) != 0) same_sums = false;
  }
  CHECK(same && same_sums);
  cr_lanes_free(&lanes);
}

void test_lanes(void) {
  int32_t n_bins[MOST];
  // alone when nothing is gained: 5 wide features are two groups of four either way
  for (size_t j = 0; j < MOST; j++) n_bins[j] = 254;
  nothing_is_lost(n_bins, 5, 1, 5);
  n_bins[1] = n_bins[3] = 2;
  nothing_is_lost(n_bins, 7, 1, 7);
  nothing_is_lost(n_bins, 5, 1, 4);
  nothing_is_lost(n_bins, 5, 0, 5);
  // eight features of two codes fill a byte; a ninth needs another
  for (size_t j = 0; j < MOST; j++) n_bins[j] = j == 0 ? 200 : 1;
  nothing_is_lost(n_bins, 17, 1, 3);
  nothing_is_lost(n_bins, 18, 1, 4);
  // all-missing features take no room, but at most eight share a lane
  for (size_t j = 0; j < MOST; j++) n_bins[j] = 0;
  nothing_is_lost(n_bins, 33, 1, 5);
  // the room is that of the widest feature: 15 x 4 codes go into 64, not 16 x 5
  for (size_t j = 0; j < MOST; j++) n_bins[j] = j % 2 ? 14 : 3;
  nothing_is_lost(n_bins, 40, 1, 20);
  n_bins[0] = 15;
  for (size_t j = 1; j < MOST; j++) n_bins[j] = j % 2 ? 15 : 4;
  nothing_is_lost(n_bins, 20, 1, 16);
  // any mixture
  cr_rng rng = cr_rng_stream(8, CR_FOR_SIMULATION, 1);
  for (size_t trial = 0; trial < 20; trial++) {
    for (size_t j = 0; j < MOST; j++) {
      n_bins[j] = (int32_t)cr_rng_below(&rng, trial % 2 ? 255 : 30);
    }
    cr_lanes lanes = {0};
    CHECK(cr_lanes_plan(n_bins, MOST, 1, &lanes, NULL) == CR_OK);
    const size_t n = lanes.n_lanes;
    cr_lanes_free(&lanes);
    nothing_is_lost(n_bins, MOST, 1, n);
  }
  cr_lanes lanes = {0};
  CHECK_ALLOCATIONS(cr_lanes_plan(n_bins, MOST, 1, &lanes, NULL), cr_lanes_free(&lanes));
}
