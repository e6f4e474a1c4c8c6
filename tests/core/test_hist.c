#include "tree/hist.h"

#include "base/mem.h"
#include "base/rng.h"
#include "check.h"

enum { N = 700 };

// The plain double loop that the kernels must equal.
static void plain(const cr_hist_layout* layout, size_t block, const uint8_t* codes,
                  const uint32_t* row, const cr_cell* gradient, size_t n,
                  cr_cell* cells) {
  for (size_t i = 0; i < n; i++) {
    const size_t r = row == NULL ? i : row[i];
    for (size_t k = 0; k < CR_BLOCK && block * CR_BLOCK + k < layout->n_lanes; k++) {
      cr_hist_lane(layout, cells, block * CR_BLOCK + k)[codes[r * CR_BLOCK + k]] +=
          gradient[i];
    }
  }
}

static bool same_lanes(const cr_hist_layout* layout, size_t block, cr_cell* a,
                       cr_cell* b) {
  for (size_t j = block * CR_BLOCK; j < (block + 1) * CR_BLOCK; j++) {
    if (j >= layout->n_lanes) break;
    if (memcmp(cr_hist_lane(layout, a, j), cr_hist_lane(layout, b, j),
               layout->stride * sizeof *a) != 0) {
      return false;
    }
  }
  return true;
}

static void kernels_equal_the_plain_loop(size_t n_lanes, int max_code) {
  static uint8_t codes[N * CR_BLOCK];
  static cr_cell gradient[N];
  static uint32_t row[N];
  const cr_hist_layout layout = cr_hist_layout_for(n_lanes, max_code);
  CHECK(layout.stride > (size_t)max_code && (layout.stride & (layout.stride - 1)) != 0);
  const size_t block = layout.n_blocks - 1, width = n_lanes - block * CR_BLOCK;
  cr_rng rng = cr_rng_stream(5, CR_FOR_SIMULATION, n_lanes);
  memset(codes, 0, sizeof codes);
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < width; k++) {
      codes[i * CR_BLOCK + k] = (uint8_t)cr_rng_below(&rng, (uint32_t)max_code + 1);
    }
    gradient[i] =
        cr_cell_pack((int32_t)cr_rng_below(&rng, 2000) - 1000, cr_rng_below(&rng, 1000));
    row[i] = (uint32_t)(N - 1 - i);
  }
  cr_cell* fast = cr_alloc_aligned(layout.n_cells, sizeof *fast);
  cr_cell* slow = cr_alloc_zero(layout.n_cells, sizeof *slow);
  for (int with_rows = 0; with_rows <= 1; with_rows++) {
    const uint32_t* which = with_rows ? row : NULL;
    cr_hist_zero(&layout, block, fast);
    memset(slow, 0, layout.n_cells * sizeof *slow);
    cr_hist_add(&layout, block, codes, which, gradient, N, fast);
    plain(&layout, block, codes, which, gradient, N, slow);
    CHECK(same_lanes(&layout, block, fast, slow));
  }

  // parent - smaller = larger, and merging the two gives the parent back
  cr_cell* part = cr_alloc_zero(layout.n_cells, sizeof *part);
  cr_hist_add(&layout, block, codes, row, gradient, N / 3, part);
  cr_hist_subtract(&layout, block, part, fast);
  memset(slow, 0, layout.n_cells * sizeof *slow);
  plain(&layout, block, codes, row + N / 3, gradient + N / 3, N - N / 3, slow);
  CHECK(same_lanes(&layout, block, fast, slow));
  cr_hist_merge(&layout, block, part, fast);
  plain(&layout, block, codes, row, gradient, N / 3, slow);
  CHECK(same_lanes(&layout, block, fast, slow));
  cr_free(part);
  cr_free(slow);
  cr_free_aligned(fast);
}

void test_hist(void) {
  // packing is exact for both signs, and so are sums of packed cells
  const int32_t g[] = {0, 1, -1, 2147483647, -2147483647, -5};
  for (size_t i = 0; i < 6; i++) {
    const cr_cell cell = cr_cell_pack(g[i], 4000000000U);
    CHECK(cr_cell_gradient(cell) == g[i] && cr_cell_hessian(cell) == 4000000000U);
  }
  const cr_cell sum = cr_cell_pack(-7, 3) + cr_cell_pack(2, 9) + cr_cell_pack(-1, 0);
  CHECK(cr_cell_gradient(sum) == -6 && cr_cell_hessian(sum) == 12);

  const size_t features[] = {1, 4, 5, 9, 15, 16, 17, 30};
  const int codes[] = {3, 63, 127, 254};
  for (size_t f = 0; f < 8; f++) {
    for (size_t c = 0; c < 4; c++) kernels_equal_the_plain_loop(features[f], codes[c]);
  }
}
