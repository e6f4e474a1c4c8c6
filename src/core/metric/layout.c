#include "metric/layout.h"

#include <math.h>

#include "base/mem.h"
#include "base/sort.h"

#include "base/exact.h"

void cr_layout_free(cr_layout* layout) {
  cr_free(layout->code);
  cr_free(layout->row);
  cr_free(layout->score);
  cr_free(layout->weight);
  *layout = (cr_layout){0};
}

// `order` becomes the rows in falling order; later rows first in a tie.
static cr_status falling(const double* score, size_t n, uint32_t* order, cr_error* err) {
  const cr_status status = cr_sort_order(score, n, order, err);
  if (status != CR_OK) return status;
  if (n > 0 && isnan(score[order[n - 1]])) {
    return cr_fail(err, CR_EINPUT, "missing_score", "a score is missing");
  }
  for (size_t i = 0; i < n / 2; i++) {
    const uint32_t swap = order[i];
    order[i] = order[n - 1 - i];
    order[n - 1 - i] = swap;
  }
  return CR_OK;
}

// Every n / max-th row of each class; returns how many stay, in order.
static size_t thin(const int32_t* event, uint32_t* order, size_t n, size_t max) {
  if (max == 0 || n <= max) return n;
  const double share = (double)max / (double)n;
  size_t kept = 0, seen[2] = {0, 0};
  for (size_t i = 0; i < n; i++) {
    size_t* count = &seen[event[order[i]]];
    const double before = floor(share * (double)*count);
    const double after = floor(share * (double)++*count);
    if (after > before) order[kept++] = order[i];
  }
  return kept;
}

static void fill(const int32_t* event, const cr_layout_spec* spec, cr_layout* out) {
  size_t bin = spec->bin_lowest == NULL ? 0 : spec->n_bins;  // bins not yet begun
  for (size_t i = 0; i < out->n; i++) {
    const double score = out->score[i];
    const bool last = i + 1 == out->n;
    const int is_event = event[out->row[i]];
    int code = is_event ? CR_IS_EVENT : 0;
    if (score >= spec->cutoff) code |= CR_ABOVE;
    if (last || out->score[i + 1] != score) code |= CR_ENDS_TIE;
    while (bin > 0 && score < spec->bin_lowest[bin - 1]) bin--;
    if (last || (bin > 0 && out->score[i + 1] < spec->bin_lowest[bin - 1])) {
      code |= CR_ENDS_BIN;
    }
    out->code[i] = (uint8_t)code;
    out->n_class[is_event]++;
  }
}

cr_status cr_layout_make(const double* score, const int32_t* event, const double* weight,
                         size_t n, const cr_layout_spec* spec, cr_layout* out,
                         cr_error* err) {
  *out = (cr_layout){0};
  if (!cr_sort_fits(n, err)) return CR_ELIMIT;
  cr_status status = CR_OK;
  out->row = cr_alloc(n, sizeof *out->row);
  if (out->row == NULL) goto no_memory;
  CR_TRY(falling(score, n, out->row, err));
  out->n = thin(event, out->row, n, spec->max_rows);
  out->code = cr_alloc(out->n, sizeof *out->code);
  out->score = cr_alloc(out->n, sizeof *out->score);
  if (out->code == NULL || out->score == NULL) goto no_memory;
  for (size_t i = 0; i < out->n; i++) out->score[i] = score[out->row[i]];
  if (weight != NULL) {
    out->weight = cr_alloc(out->n, sizeof *out->weight);
    if (out->weight == NULL) goto no_memory;
    for (size_t i = 0; i < out->n; i++) out->weight[i] = weight[out->row[i]];
  }
  fill(event, spec, out);
  return CR_OK;

no_memory:
  status = cr_fail(err, CR_ENOMEM, "memory", "no memory to rank %zu scores", n);
done:
  cr_layout_free(out);
  return status;
}
