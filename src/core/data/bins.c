#include "data/bins.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { ROWS_PER_TASK = 4096, TOGETHER = 16 };

uint8_t cr_bins_code(const double* cut, int32_t n_cuts, double x) {
  if (x != x) return 0;
  // Branch-free lower bound: `first` ends at the number of cuts below x.
  const double* first = cut;
  size_t length = (size_t)n_cuts;
  while (length > 0) {
    const size_t half = (length + 1) / 2;
    first += half & (size_t)(0 - (size_t)(first[half - 1] < x));
    length -= half;
  }
  return (uint8_t)(1 + (first - cut));
}

void cr_codes_free(cr_codes* codes) {
  cr_lanes_free(&codes->lanes);
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

// The cuts of one feature, filled up with +Inf to 2^steps - 1, so that every search
// takes the same steps and many run side by side.
typedef struct {
  double cut[256];
  int steps;
} search_table;

static void fill_table(const double* cut, size_t n_cuts, search_table* table) {
  table->steps = 0;
  while (((size_t)1 << table->steps) - 1 < n_cuts) table->steps++;
  memcpy(table->cut, cut, n_cuts * sizeof *cut);
  for (size_t c = n_cuts; c < (size_t)1 << table->steps; c++) table->cut[c] = INFINITY;
}

// Codes of TOGETHER values. One search is a chain of loads that wait for each other;
// sixteen of them fill the processor.
static void search_together(const search_table* table, const double* x, uint8_t* code) {
  uint32_t first[TOGETHER] = {0};
  for (uint32_t half = 1U << table->steps >> 1; half > 0; half >>= 1) {
    for (int k = 0; k < TOGETHER; k++) {
      // A mask, because compilers turn `? :` into a branch that is wrong half the time.
      const uint32_t below = table->cut[first[k] + half - 1] < x[k];
      first[k] += half & (0U - below);
    }
  }
  for (int k = 0; k < TOGETHER; k++) {
    code[k] = x[k] == x[k] ? (uint8_t)(first[k] + 1) : 0;
  }
}

static void encode_numbers(const cr_bins* bins, size_t j, const cr_column* column,
                           size_t from, size_t to, uint8_t* code) {
  const double* cut = bins->cut + bins->cut_start[j];
  const int32_t n_cuts = bins->cut_start[j + 1] - bins->cut_start[j];
  if (bins->n_bins[j] == 0) {
    memset(code + from, 0, to - from);
    return;
  }
  search_table table;
  fill_table(cut, (size_t)n_cuts, &table);
  size_t i = from;
  for (; i + TOGETHER <= to; i += TOGETHER) {
    double x[TOGETHER];
    for (int k = 0; k < TOGETHER; k++) x[k] = cr_column_value(column, i + (size_t)k);
    search_together(&table, x, code + i);
  }
  for (; i < to; i++) code[i] = cr_bins_code(cut, n_cuts, cr_column_value(column, i));
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

static void encode_feature(const encoding* job, size_t j, size_t from, size_t to) {
  uint8_t* code = job->codes->column + j * job->codes->n_rows;
  const cr_column* column = &job->frame->column[j];
  if (job->feature_used != NULL && !job->feature_used[j]) {
    memset(code + from, 0, to - from);
  } else if (job->bins->n_levels[j] > 0) {
    encode_levels(job->bins, j, column, from, to, code);
  } else {
    encode_numbers(job->bins, j, column, from, to, code);
  }
}

// One task: 4096 rows of the features of a block, so that the row-major copy is made
// while the codes are still in the cache. Without blocks, 16 features in order.
static void encode_task(size_t task, int worker, void* data) {
  (void)worker;
  const encoding* job = data;
  cr_codes* codes = job->codes;
  const cr_lanes* lanes = &codes->lanes;
  const size_t n = codes->n_rows;
  const size_t b = task / job->tasks_per_block;
  const size_t from = task % job->tasks_per_block * ROWS_PER_TASK;
  const size_t to = n - from < ROWS_PER_TASK ? n : from + ROWS_PER_TASK;
  const size_t n_all = codes->block == NULL ? codes->n_features : lanes->n_lanes;
  const size_t first = b * CR_BLOCK;
  const size_t last = n_all - first < CR_BLOCK ? n_all : first + CR_BLOCK;

  if (codes->block == NULL) {
    for (size_t j = first; j < last; j++) encode_feature(job, j, from, to);
    return;
  }
  for (int32_t f = lanes->start[first]; f < lanes->start[last]; f++) {
    encode_feature(job, (size_t)lanes->feature[f], from, to);
  }
  cr_lanes_write(lanes, b, codes->column, n, from, to, codes->block + b * n * CR_BLOCK);
}

static cr_status check_columns(const cr_bins* bins, const cr_frame* frame,
                               cr_error* err) {
  if (frame->n_columns != bins->n_features) {
    return cr_fail(err, CR_EINPUT, "columns", "%zu columns given, the bins have %zu",
                   frame->n_columns, bins->n_features);
  }
  for (size_t j = 0; j < bins->n_features; j++) {
    const int is_level = frame->column[j].type == CR_COLUMN_LEVEL;
    if (is_level != (bins->n_levels[j] > 0) && bins->n_bins[j] > 0) {
      return cr_fail(err, CR_EINPUT, "columns",
                     "column %zu is %s and was %s when the bins were learned", j + 1,
                     is_level ? "a factor" : "a number",
                     is_level ? "a number" : "a factor");
    }
  }
  return CR_OK;
}

cr_status cr_bins_encode(const cr_bins* bins, const cr_frame* frame,
                         const uint8_t* feature_used, cr_blocks blocks, const cr_run* run,
                         cr_codes* codes, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(check_columns(bins, frame, err));
  const size_t n = frame->n_rows;
  codes->n_rows = n;
  codes->n_features = bins->n_features;
  size_t n_tasks = (bins->n_features + CR_BLOCK - 1) / CR_BLOCK;
  codes->column = cr_alloc_aligned(n, bins->n_features);
  if (blocks != CR_BLOCKS_NONE) {
    CR_TRY(cr_lanes_plan(bins->n_bins, bins->n_features, blocks == CR_BLOCKS_PACKED,
                         &codes->lanes, err));
    n_tasks = codes->lanes.n_blocks;
    codes->block = cr_alloc_aligned(n, n_tasks * CR_BLOCK);
  }
  if (codes->column == NULL || (blocks != CR_BLOCKS_NONE && codes->block == NULL)) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for the codes of %zu rows", n);
    goto done;
  }
  encoding job = {bins, frame, feature_used, codes,
                  (n + ROWS_PER_TASK - 1) / ROWS_PER_TASK};
  CR_TRY(cr_team_for(run, n_tasks * job.tasks_per_block, encode_task, &job, err));

done:
  if (status != CR_OK) cr_codes_free(codes);
  return status;
}
