#include "tree/hist.h"

#include <string.h>

enum { AHEAD = 32 };  // rows between prefetch and use: about one DRAM latency

cr_hist_layout cr_hist_layout_for(size_t n_lanes, int max_code) {
  cr_hist_layout layout = {.n_lanes = n_lanes};
  layout.n_blocks = (n_lanes + CR_BLOCK - 1) / CR_BLOCK;
  layout.stride = (size_t)cr_lanes_room(max_code) + 8;
  layout.n_cells = layout.n_blocks * CR_BLOCK * layout.stride;
  return layout;
}

// With constant `stride` and `width` every update is one add to memory at a fixed
// displacement. Written out because -O2 does not unroll.
static inline __attribute__((always_inline)) void add_four(size_t stride, size_t k,
                                                           const uint8_t* code, cr_cell g,
                                                           cr_cell* cells) {
  cells[(k + 0) * stride + code[k + 0]] += g;
  cells[(k + 1) * stride + code[k + 1]] += g;
  cells[(k + 2) * stride + code[k + 2]] += g;
  cells[(k + 3) * stride + code[k + 3]] += g;
}

static inline __attribute__((always_inline)) void add_row(size_t stride, size_t width,
                                                          const uint8_t* code, cr_cell g,
                                                          cr_cell* cells) {
  add_four(stride, 0, code, g, cells);
  if (width > 4) add_four(stride, 4, code, g, cells);
  if (width > 8) add_four(stride, 8, code, g, cells);
  if (width > 12) add_four(stride, 12, code, g, cells);
}

static inline __attribute__((always_inline)) void add_rows(size_t stride, size_t width,
                                                           const uint8_t* codes,
                                                           const uint32_t* row,
                                                           const cr_cell* gradient,
                                                           size_t n, cr_cell* cells) {
  if (row == NULL) {
    for (size_t i = 0; i < n; i++) {
      add_row(stride, width, codes + i * CR_BLOCK, gradient[i], cells);
    }
    return;
  }
  size_t i = 0;
  for (; i + AHEAD < n; i++) {
    __builtin_prefetch(codes + (size_t)row[i + AHEAD] * CR_BLOCK);
    add_row(stride, width, codes + (size_t)row[i] * CR_BLOCK, gradient[i], cells);
  }
  for (; i < n; i++) {
    add_row(stride, width, codes + (size_t)row[i] * CR_BLOCK, gradient[i], cells);
  }
}

#define DEFINE_ADD(stride, width)                                               \
  static void add_##stride##_##width(const uint8_t* codes, const uint32_t* row, \
                                     const cr_cell* gradient, size_t n,         \
                                     cr_cell* cells) {                          \
    add_rows(stride, width, codes, row, gradient, n, cells);                    \
  }

DEFINE_ADD(72, 4)
DEFINE_ADD(72, 8)
DEFINE_ADD(72, 12)
DEFINE_ADD(72, 16)
DEFINE_ADD(136, 4)
DEFINE_ADD(136, 8)
DEFINE_ADD(136, 12)
DEFINE_ADD(136, 16)
DEFINE_ADD(264, 4)
DEFINE_ADD(264, 8)
DEFINE_ADD(264, 12)
DEFINE_ADD(264, 16)

typedef void (*add_function)(const uint8_t*, const uint32_t*, const cr_cell*, size_t,
                             cr_cell*);

// Lanes of a block in fours; the bytes past the last lane are code 0 of cells that
// exist and that nobody reads.
static size_t block_fours(const cr_hist_layout* layout, size_t block) {
  const size_t left = layout->n_lanes - block * CR_BLOCK;
  return left >= CR_BLOCK ? 4 : (left + 3) / 4;
}

void cr_hist_add(const cr_hist_layout* layout, size_t block, const uint8_t* codes,
                 const uint32_t* row, const cr_cell* gradient, size_t n, cr_cell* cells) {
  static const add_function functions[3][4] = {
      {add_72_4, add_72_8, add_72_12, add_72_16},
      {add_136_4, add_136_8, add_136_12, add_136_16},
      {add_264_4, add_264_8, add_264_12, add_264_16}};
  const size_t by_stride = layout->stride == 72 ? 0 : layout->stride == 136 ? 1 : 2;
  functions[by_stride][block_fours(layout, block) - 1](
      codes, row, gradient, n, cr_hist_lane(layout, cells, block * CR_BLOCK));
}

static size_t block_cells(const cr_hist_layout* layout, size_t block) {
  return block_fours(layout, block) * 4 * layout->stride;
}

void cr_hist_zero(const cr_hist_layout* layout, size_t block, cr_cell* cells) {
  memset(cr_hist_lane(layout, cells, block * CR_BLOCK), 0,
         block_cells(layout, block) * sizeof *cells);
}

void cr_hist_merge(const cr_hist_layout* layout, size_t block, const cr_cell* from,
                   cr_cell* to) {
  const size_t start = block * CR_BLOCK * layout->stride;
  const size_t end = start + block_cells(layout, block);
  for (size_t c = start; c < end; c++) to[c] += from[c];
}

void cr_hist_subtract(const cr_hist_layout* layout, size_t block, const cr_cell* smaller,
                      cr_cell* parent) {
  const size_t start = block * CR_BLOCK * layout->stride;
  const size_t end = start + block_cells(layout, block);
  for (size_t c = start; c < end; c++) parent[c] -= smaller[c];
}

void cr_hist_marginals(const cr_cell* cells, const int32_t* size, size_t n_features,
                       cr_cell* out) {
  cr_cell rest[CR_LANE_CELLS];
  int32_t n_rest = 1;
  for (size_t f = 0; f < n_features; f++) n_rest *= size[f];
  const cr_cell* from = cells;
  for (size_t f = 0; f < n_features; f++) {
    // Runs of size[f] cells share their higher digits: summed side by side they are
    // this feature's cells, each summed up they are the cells of the features left.
    const int32_t n = size[f];
    n_rest /= n;
    memset(out, 0, (size_t)n * sizeof *out);
    for (int32_t r = 0; r < n_rest; r++) {
      cr_cell sum = 0;
      for (int32_t c = 0; c < n; c++) {
        out[c] += from[r * n + c];
        sum += from[r * n + c];
      }
      rest[r] = sum;
    }
    from = rest;
    out += n;
  }
}
