#include "data/fold.h"

#include <assert.h>

#include "base/mem.h"
#include "base/sort.h"

typedef struct {
  uint64_t* draw;
  uint64_t* draw_scratch;
  uint32_t* row;
  uint32_t* row_scratch;
  int32_t* seen;  ///< rows of each stratum met so far
} workspace;

static void free_workspace(workspace* w) {
  cr_free(w->draw);
  cr_free(w->draw_scratch);
  cr_free(w->row);
  cr_free(w->row_scratch);
  cr_free(w->seen);
}

static cr_status alloc_workspace(workspace* w, size_t n, size_t n_strata, cr_error* err) {
  w->draw = cr_alloc(n, sizeof *w->draw);
  w->draw_scratch = cr_alloc(n, sizeof *w->draw_scratch);
  w->row = cr_alloc(n, sizeof *w->row);
  w->row_scratch = cr_alloc(n, sizeof *w->row_scratch);
  w->seen = cr_alloc_zero(n_strata, sizeof *w->seen);
  if (w->draw == NULL || w->draw_scratch == NULL || w->row == NULL ||
      w->row_scratch == NULL || w->seen == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to deal %zu rows into folds", n);
  }
  return CR_OK;
}

cr_status cr_fold_rank(const int32_t* stratum, const int32_t* item, size_t n,
                       size_t n_strata, uint64_t seed, cr_purpose purpose, uint32_t round,
                       int32_t* rank, cr_error* err) {
  cr_status status = CR_OK;
  workspace w = {0};
  CR_TRY(alloc_workspace(&w, n, n_strata, err));

  for (size_t i = 0; i < n; i++) {
    const uint32_t name = item == NULL ? (uint32_t)i : (uint32_t)item[i];
    w.draw[i] = cr_rng_hash(seed, purpose, (uint64_t)round << 32 | name);
    w.row[i] = (uint32_t)i;
  }
  cr_sort_pairs(w.draw, w.row, w.draw_scratch, w.row_scratch, n);
  for (size_t i = 0; i < n; i++) {
    const uint32_t row = w.row[i];
    assert(stratum[row] >= 0 && (size_t)stratum[row] < n_strata);
    rank[row] = w.seen[stratum[row]]++;
  }

done:
  free_workspace(&w);
  return status;
}
