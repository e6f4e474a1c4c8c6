#include "tree/grower.h"

#include <string.h>

#include "base/mem.h"

enum { PIECE_MIN = 1024, PIECE_MAX = 8192 };

size_t cr_grower_piece(size_t n, int n_members) {
  const size_t share = n / (4 * (size_t)n_members);
  return share < PIECE_MIN ? PIECE_MIN : share > PIECE_MAX ? PIECE_MAX : share;
}

cr_status cr_grower_make(const cr_codes* codes, const cr_bins* bins,
                         const cr_grow_limits* limits, size_t n_rows, size_t n_riders,
                         int n_members, cr_grower* grower, cr_error* err) {
  cr_status status = CR_OK;
  grower->codes = codes;
  grower->bins = bins;
  grower->limits = *limits;
  grower->layout = cr_hist_layout_for(codes->lanes.n_lanes, codes->lanes.max_code);
  grower->n_members = n_members;
  const size_t leaves = (size_t)limits->max_leaves;
  const size_t members = (size_t)n_members;
  const size_t most = n_rows > n_riders ? n_rows : n_riders;
  const size_t pieces = most / PIECE_MIN + 2;
  CR_TRY(cr_rows_make(n_rows, 1, &grower->bag, err));
  CR_TRY(cr_rows_make(n_riders, 0, &grower->riders, err));
  grower->slots = cr_alloc_aligned(leaves, grower->layout.n_cells * sizeof(cr_cell));
  grower->privates = cr_alloc_aligned(members, grower->layout.n_cells * sizeof(cr_cell));
  grower->touched = cr_alloc_zero(members, CR_TOUCH_STRIDE);
  grower->piece_left = cr_alloc(pieces, sizeof(size_t));
  grower->piece_rider_left = cr_alloc(pieces, sizeof(size_t));
  grower->piece_count = cr_alloc(pieces, sizeof(int64_t));
  grower->found = cr_alloc(2 * grower->layout.n_blocks, sizeof(cr_split));
  grower->plans = cr_alloc(members * leaves, sizeof(cr_leaf));
  if (grower->slots == NULL || grower->privates == NULL || grower->touched == NULL ||
      grower->piece_left == NULL || grower->piece_rider_left == NULL ||
      grower->piece_count == NULL || grower->found == NULL || grower->plans == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu histograms", leaves);
  }

done:
  if (status != CR_OK) cr_grower_free(grower);
  return status;
}

void cr_grower_free(cr_grower* grower) {
  cr_rows_free(&grower->bag);
  cr_rows_free(&grower->riders);
  cr_free_aligned(grower->slots);
  cr_free_aligned(grower->privates);
  cr_free(grower->touched);
  cr_free(grower->piece_left);
  cr_free(grower->piece_rider_left);
  cr_free(grower->piece_count);
  cr_free(grower->found);
  cr_free(grower->plans);
  memset(grower, 0, sizeof *grower);
}
