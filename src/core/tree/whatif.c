#include "tree/whatif.h"

#include <string.h>

#include "base/mem.h"
#include "tree/score.h"

#include "base/exact.h"

// The changed features' own codes, one column after the other.
static uint8_t* keep_columns(const cr_codes* codes, const int32_t* feature,
                             size_t n_features, cr_error* err) {
  const size_t n = codes->n_rows;
  uint8_t* kept = cr_alloc(n, n_features);
  if (kept == NULL) {
    cr_fail(err, CR_ENOMEM, "memory", "no memory for the codes of %zu rows", n);
    return NULL;
  }
  for (size_t k = 0; k < n_features; k++) {
    memcpy(kept + k * n, codes->column + (size_t)feature[k] * n, n);
  }
  return kept;
}

static void put_back(const cr_codes* codes, const int32_t* feature, size_t n_features,
                     const uint8_t* kept) {
  const size_t n = codes->n_rows;
  for (size_t k = 0; k < n_features; k++) {
    memcpy(codes->column + (size_t)feature[k] * n, kept + k * n, n);
  }
}

cr_status cr_whatif_set(const cr_trees* trees, const cr_codes* codes,
                        const int32_t* feature, size_t n_features,
                        const cr_codes* setting, const cr_run* run, double* output,
                        cr_error* err) {
  const size_t n = codes->n_rows;
  cr_status status = CR_OK;
  if (n == 0) return CR_OK;
  uint8_t* kept = keep_columns(codes, feature, n_features, err);
  if (kept == NULL) return CR_ENOMEM;
  for (size_t s = 0; s < setting->n_rows && status == CR_OK; s++) {
    for (size_t k = 0; k < n_features; k++) {
      const size_t j = (size_t)feature[k];
      memset(codes->column + j * n, setting->column[j * setting->n_rows + s], n);
    }
    status = cr_score_codes(trees, codes, 0.0, run, output + s * n, err);
  }
  put_back(codes, feature, n_features, kept);
  cr_free(kept);
  return status;
}

cr_status cr_whatif_swap(const cr_trees* trees, const cr_codes* codes,
                         const int32_t* feature, size_t n_features, const int32_t* order,
                         size_t n_orders, const cr_run* run, double* output,
                         cr_error* err) {
  const size_t n = codes->n_rows;
  cr_status status = CR_OK;
  if (n == 0) return CR_OK;
  uint8_t* kept = keep_columns(codes, feature, n_features, err);
  if (kept == NULL) return CR_ENOMEM;
  for (size_t s = 0; s < n_orders && status == CR_OK; s++) {
    const int32_t* from = order + s * n;
    for (size_t k = 0; k < n_features; k++) {
      uint8_t* column = codes->column + (size_t)feature[k] * n;
      for (size_t i = 0; i < n; i++) column[i] = kept[k * n + (size_t)from[i]];
    }
    status = cr_score_codes(trees, codes, 0.0, run, output + s * n, err);
  }
  put_back(codes, feature, n_features, kept);
  cr_free(kept);
  return status;
}
