#include "data/sample.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"

#include "base/exact.h"

void cr_sample_free(cr_sample* s) {
  cr_free(s->w);
  cr_free(s->x);
  *s = (cr_sample){0};
}

double cr_sample_flush(double x) { return fabs(x) < DBL_MIN ? 0.0 : x; }

static cr_status sort_plain(cr_sample* s) {
  uint64_t* key = cr_alloc(s->n, sizeof *key);
  uint64_t* scratch = cr_alloc(s->n, sizeof *scratch);
  const cr_status status = key == NULL || scratch == NULL ? CR_ENOMEM : CR_OK;
  if (status == CR_OK) {
    for (size_t k = 0; k < s->n; k++) key[k] = cr_sort_key(s->x[k]);
    cr_sort_keys(key, scratch, s->n);
    for (size_t k = 0; k < s->n; k++) s->x[k] = cr_sort_unkey(key[k]);
  }
  cr_free(scratch);
  cr_free(key);
  return status;
}

static cr_status sort_weighted(cr_sample* s) {
  cr_status status = CR_OK;
  uint32_t* order = cr_alloc(s->n, sizeof *order);
  double* copy = cr_alloc(s->n, sizeof *copy);
  if (order == NULL || copy == NULL) {
    status = CR_ENOMEM;
    goto done;
  }
  CR_TRY(cr_sort_order(s->x, s->n, order, NULL));
  memcpy(copy, s->x, s->n * sizeof *copy);
  for (size_t k = 0; k < s->n; k++) s->x[k] = copy[order[k]];
  memcpy(copy, s->w, s->n * sizeof *copy);
  for (size_t k = 0; k < s->n; k++) s->w[k] = copy[order[k]];

done:
  cr_free(copy);
  cr_free(order);
  return status;
}

cr_status cr_sample_draw(const cr_column* column, const double* weight, size_t n,
                         size_t most, bool ordered, cr_sample* out) {
  const size_t m = n < most ? n : most;
  cr_status status = CR_OK;
  *out = (cr_sample){0};
  out->x = cr_alloc(m, sizeof *out->x);
  out->w = cr_alloc(m, sizeof *out->w);
  if (out->x == NULL || out->w == NULL) {
    status = CR_ENOMEM;
    goto done;
  }
  for (size_t k = 0; k < m; k++) {
    const size_t i = n == m ? k : (size_t)((double)k / (double)m * (double)n);
    const double value = cr_column_value(column, i);
    if (value != value) continue;
    out->x[out->n] = cr_sample_flush(value);
    out->w[out->n++] = weight == NULL ? 1.0 : weight[i];
  }
  if (ordered) {
    CR_TRY(weight == NULL ? sort_plain(out) : sort_weighted(out));
  }
  for (size_t k = 0; k < out->n; k++) out->mass += out->w[k];

done:
  if (status != CR_OK) cr_sample_free(out);
  return status;
}

double cr_sample_quantile(const cr_sample* s, double q) {
  const double wanted = q * s->mass;
  double passed = 0.0;
  for (size_t k = 0; k < s->n; k++) {
    passed += s->w[k];
    if (passed >= wanted) return s->x[k];
  }
  return s->x[s->n - 1];
}

size_t cr_sample_distinct(const cr_sample* s, size_t enough) {
  double seen[3];
  size_t n = 0;
  for (size_t k = 0; k < s->n && n < enough; k++) {
    size_t before = 0;
    while (before < n && seen[before] != s->x[k]) before++;
    if (before == n) seen[n++] = s->x[k];
  }
  return n;
}
