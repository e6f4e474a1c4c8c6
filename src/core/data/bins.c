#include "data/bins.h"

#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { ROWS_PER_TASK = 4096 };

uint8_t cr_bins_code(const double* cut, int32_t n_cuts, double x) {
  if (x != x) return 0;
  // Branch-free lower bound: `first` ends at the number of cuts below x.
  const double* first = cut;
  size_t length = (size_t)n_cuts;
  while (length > 0) {
    const size_t half = (length + 1) / 2;
    first += (first[half - 1] < x) ? half : 0;
    length -= half;
  }
  return (uint8_t)(1 + (first - cut));
}

void cr_codes_free(cr_codes* codes) {
  cr_free_aligned(codes->column);
  cr_free_aligned(codes->block);
  memset(codes, 0, sizeof *codes);
}

typedef struct {
  const cr_bins* bins;
  const cr_frame* frame;
  const uint8_t* feature_used;
  cr_codes* codes;
  size_t tasks_per_block;
} encoding;

static void encode_numbers(const cr_bins* bins, size_t j, const cr_column* column,
                           size_t from, size_t to, uint8_t* code) {
  const double* cut = bins->cut + bins->cut_start[j];
  const int32_t n_cuts = bins->cut_start[j + 1] - bins->cut_start[j];
  if (bins->n_bins[j] == 0) {
    memset(code + from, 0, to - from);
  } else if (column->type == CR_COLUMN_DOUBLE) {
    for (size_t i = from; i < to; i++) code[i] = cr_bins_code(cut, n_cuts, column->number[i]);
  } else {
    for (size_t i = from; i < to; i++) {
      code[i] = cr_bins_code(cut, n_cuts, cr_column_value(column, i));
    }
  }
}

static void encode_levels(const cr_bins* bins, size_t j, const cr_column* column,
                          size_t from, size_t to, uint8_t* code) {
  const uint8_t* level_code = bins->level_code + bins->level_start[j];
  const int32_t n_levels = bins->n_levels[j];
  for (size_t i = from; i < to; i++) {
    const int32_t level = column->integer[i];
    code[i] = level < 1 || level > n_levels ? 0 : level_code[level - 1];
  }
}

// One task: 4096 rows of the 16 columns of a block, so that the row-major copy is
// made while the codes are still in the cache.
static void encode_task(size_t task, int worker, void* data) {
  (void)worker;
  const encoding* job = data;
  cr_codes* codes = job->codes;
  const size_t n = codes->n_rows;
  const size_t b = task / job->tasks_per_block;
  const size_t from = task % job->tasks_per_block * ROWS_PER_TASK;
  const size_t to = n - from < ROWS_PER_TASK ? n : from + ROWS_PER_TASK;
  const size_t first = b * CR_BLOCK;
  const size_t width =
      codes->n_features - first < CR_BLOCK ? codes->n_features - first : CR_BLOCK;

  for (size_t k = 0; k < width; k++) {
    const size_t j = first + k;
    uint8_t* code = codes->column + j * n;
    const cr_column* column = &job->frame->column[j];
    if (job->feature_used != NULL && !job->feature_used[j]) {
      memset(code + from, 0, to - from);
    } else if (job->bins->n_levels[j] > 0) {
      encode_levels(job->bins, j, column, from, to, code);
    } else {
      encode_numbers(job->bins, j, column, from, to, code);
    }
  }
  if (codes->block == NULL) return;
  uint8_t* block = codes->block + b * n * CR_BLOCK;
  for (size_t i = from; i < to; i++) {
    uint8_t* row = block + i * CR_BLOCK;
    for (size_t k = 0; k < width; k++) row[k] = codes->column[(first + k) * n + i];
    for (size_t k = width; k < CR_BLOCK; k++) row[k] = 0;
  }
}

static cr_status check_columns(const cr_bins* bins, const cr_frame* frame, cr_error* err) {
  if (frame->n_columns != bins->n_features) {
    return cr_fail(err, CR_EINPUT, "columns", "%zu columns given, the bins have %zu",
                   frame->n_columns, bins->n_features);
  }
  for (size_t j = 0; j < bins->n_features; j++) {
    const int is_level = frame->column[j].type == CR_COLUMN_LEVEL;
    if (is_level != (bins->n_levels[j] > 0) && bins->n_bins[j] > 0) {
      return cr_fail(err, CR_EINPUT, "columns",
                     "column %zu is %s and was %s when the bins were learned", j + 1,
                     is_level ? "a factor" : "a number", is_level ? "a number" : "a factor");
    }
  }
  return CR_OK;
}

cr_status cr_bins_encode(const cr_bins* bins, const cr_frame* frame,
                         const uint8_t* feature_used, int with_blocks, const cr_run* run,
                         cr_codes* codes, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(check_columns(bins, frame, err));
  const size_t n = frame->n_rows;
  codes->n_rows = n;
  codes->n_features = bins->n_features;
  codes->n_blocks = (bins->n_features + CR_BLOCK - 1) / CR_BLOCK;
  size_t row_bytes = codes->n_blocks * CR_BLOCK;
  codes->column = cr_alloc_aligned(n, bins->n_features);
  if (with_blocks) codes->block = cr_alloc_aligned(n, row_bytes);
  if (codes->column == NULL || (with_blocks && codes->block == NULL)) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for the codes of %zu rows", n);
    goto done;
  }
  encoding job = {bins, frame, feature_used, codes,
                  (n + ROWS_PER_TASK - 1) / ROWS_PER_TASK};
  CR_TRY(cr_team_for(run, codes->n_blocks * job.tasks_per_block, encode_task, &job, err));

done:
  if (status != CR_OK) cr_codes_free(codes);
  return status;
}
