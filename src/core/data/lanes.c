#include "data/lanes.h"

#include <string.h>

#include "base/mem.h"

enum { ROWS_TOGETHER = 256 };

int cr_lanes_room(int max_code) {
  return max_code < 64 ? 64 : max_code < 128 ? 128 : 256;
}

void cr_lanes_free(cr_lanes* lanes) {
  cr_free(lanes->start);
  cr_free(lanes->feature);
  cr_free(lanes->size);
  memset(lanes, 0, sizeof *lanes);
}

// ---- the plan ----

typedef struct {
  int32_t* order;   // features, widest first, ties in order
  int32_t* lane;    // of each feature
  int32_t* width;   // codes of each lane
  int32_t* filled;  // features in each lane
  size_t n_lanes;
} packing;

// Counting sort by size, which is at most 256.
static void order_by_size(const int32_t* n_bins, size_t p, int32_t* order) {
  size_t start[CR_LANE_CELLS + 1] = {0};
  for (size_t j = 0; j < p; j++) start[CR_LANE_CELLS - 1 - n_bins[j] + 1]++;
  for (int s = 0; s < CR_LANE_CELLS; s++) start[s + 1] += start[s];
  for (size_t j = 0; j < p; j++) {
    order[start[CR_LANE_CELLS - 1 - n_bins[j]]++] = (int32_t)j;
  }
}

// First lane with room, from the lanes that are not surely full.
static void pack_features(const int32_t* n_bins, size_t p, int room, packing* pack) {
  size_t first_open = 0;
  for (size_t i = 0; i < p; i++) {
    const int32_t j = pack->order[i], size = n_bins[j] + 1;
    size_t l = first_open;
    while (l < pack->n_lanes &&
           (pack->width[l] * size > room || pack->filled[l] == CR_LANE_FEATURES)) {
      l++;
    }
    if (l == pack->n_lanes) {
      pack->n_lanes++;
      pack->width[l] = 1;
      pack->filled[l] = 0;
    }
    pack->lane[j] = (int32_t)l;
    pack->width[l] *= size;
    pack->filled[l]++;
    while (first_open < pack->n_lanes && 2 * pack->width[first_open] > room) first_open++;
  }
}

static size_t fours(size_t n) { return (n + 3) / 4; }

// Lanes as offsets; features within a lane ascend.
static void list_lanes(const int32_t* n_bins, const packing* pack, cr_lanes* lanes) {
  size_t at = 0;
  for (size_t l = 0; l < lanes->n_lanes; l++) {
    lanes->start[l] = (int32_t)at;
    at += (size_t)pack->filled[l];
    if (pack->width[l] - 1 > lanes->max_code) lanes->max_code = pack->width[l] - 1;
  }
  lanes->start[lanes->n_lanes] = (int32_t)at;
  memset(pack->filled, 0, lanes->n_lanes * sizeof *pack->filled);
  for (size_t j = 0; j < lanes->n_features; j++) {
    const int32_t l = pack->lane[j];
    const int32_t place = lanes->start[l] + pack->filled[l]++;
    lanes->feature[place] = (int32_t)j;
    lanes->size[place] = n_bins[j] + 1;
  }
}

static void each_alone(const int32_t* n_bins, size_t p, packing* pack) {
  pack->n_lanes = p;
  for (size_t j = 0; j < p; j++) {
    pack->lane[j] = (int32_t)j;
    pack->width[j] = n_bins[j] + 1;
    pack->filled[j] = 1;
  }
}

cr_status cr_lanes_plan(const int32_t* n_bins, size_t n_features, int pack,
                        cr_lanes* lanes, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = n_features;
  packing plan = {.order = cr_alloc(p, sizeof(int32_t)),
                  .lane = cr_alloc(p, sizeof(int32_t)),
                  .width = cr_alloc(p, sizeof(int32_t)),
                  .filled = cr_alloc(p, sizeof(int32_t))};
  lanes->start = cr_alloc(p + 1, sizeof *lanes->start);
  lanes->feature = cr_alloc(p, sizeof *lanes->feature);
  lanes->size = cr_alloc(p, sizeof *lanes->size);
  if (plan.order == NULL || plan.lane == NULL || plan.width == NULL ||
      plan.filled == NULL || lanes->start == NULL || lanes->feature == NULL ||
      lanes->size == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu features", p);
    goto done;
  }
  int max_code = 0;
  for (size_t j = 0; j < p; j++) {
    if (n_bins[j] > max_code) max_code = n_bins[j];
  }
  order_by_size(n_bins, p, plan.order);
  if (pack) pack_features(n_bins, p, cr_lanes_room(max_code), &plan);
  if (!pack || fours(plan.n_lanes) == fours(p)) each_alone(n_bins, p, &plan);
  lanes->n_features = p;
  lanes->n_lanes = plan.n_lanes;
  lanes->n_blocks = (plan.n_lanes + CR_BLOCK - 1) / CR_BLOCK;
  list_lanes(n_bins, &plan, lanes);

done:
  cr_free(plan.order);
  cr_free(plan.lane);
  cr_free(plan.width);
  cr_free(plan.filled);
  if (status != CR_OK) cr_lanes_free(lanes);
  return status;
}

// ---- rows ----

// The bytes of a shared lane for n rows, last digit first.
static void combine(const cr_lanes* lanes, size_t lane, const uint8_t* column,
                    size_t n_rows, size_t from, size_t n, uint8_t* out) {
  const int32_t first = lanes->start[lane], last = lanes->start[lane + 1] - 1;
  memcpy(out, column + (size_t)lanes->feature[last] * n_rows + from, n);
  for (int32_t f = last - 1; f >= first; f--) {
    const uint8_t* code = column + (size_t)lanes->feature[f] * n_rows + from;
    const unsigned size = (unsigned)lanes->size[f];
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(code[i] + size * out[i]);
  }
}

// Swaps the bits of `a` under `mask` shifted up with those of `b` under `mask`.
#define SWAP(a, b, shift, mask)                           \
  do {                                                    \
    const uint64_t t = (((a) >> (shift)) ^ (b)) & (mask); \
    (a) ^= t << (shift);                                  \
    (b) ^= t;                                             \
  } while (0)

// Eight lanes side by side into the row-major block: 8 x 8 bytes are transposed in
// registers (Warren, Hacker's Delight, 7-3), a fifth of the stores.
static void interleave(const uint8_t* const lane[8], size_t n, uint8_t* block) {
  size_t i = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (; i + 8 <= n; i += 8) {
    uint64_t w[8];
    for (int c = 0; c < 8; c++) memcpy(&w[c], lane[c] + i, 8);
    for (int c = 0; c < 4; c++) SWAP(w[c], w[c + 4], 32, 0x00000000FFFFFFFFU);
    for (int c = 0; c < 8; c += 4) {
      SWAP(w[c], w[c + 2], 16, 0x0000FFFF0000FFFFU);
      SWAP(w[c + 1], w[c + 3], 16, 0x0000FFFF0000FFFFU);
    }
    for (int c = 0; c < 8; c += 2) SWAP(w[c], w[c + 1], 8, 0x00FF00FF00FF00FFU);
    for (size_t r = 0; r < 8; r++) memcpy(block + (i + r) * CR_BLOCK, &w[r], 8);
  }
#endif
  for (; i < n; i++) {
    for (int c = 0; c < 8; c++) block[i * CR_BLOCK + (size_t)c] = lane[c][i];
  }
}

void cr_lanes_write(const cr_lanes* lanes, size_t b, const uint8_t* column, size_t n_rows,
                    size_t from, size_t to, uint8_t* block) {
  static const uint8_t none[ROWS_TOGETHER];  // lanes past the last one
  uint8_t shared[CR_BLOCK][ROWS_TOGETHER];
  const uint8_t* lane[CR_BLOCK];
  for (size_t at = from; at < to; at += ROWS_TOGETHER) {
    const size_t n = to - at < ROWS_TOGETHER ? to - at : ROWS_TOGETHER;
    for (size_t k = 0; k < CR_BLOCK; k++) {
      const size_t l = b * CR_BLOCK + k;
      if (l >= lanes->n_lanes) {
        lane[k] = none;
      } else if (lanes->start[l + 1] - lanes->start[l] == 1) {
        lane[k] = column + (size_t)lanes->feature[lanes->start[l]] * n_rows + at;
      } else {
        combine(lanes, l, column, n_rows, at, n, shared[k]);
        lane[k] = shared[k];
      }
    }
    interleave(lane, n, block + at * CR_BLOCK);
    interleave(lane + 8, n, block + at * CR_BLOCK + 8);
  }
}
