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

static void copy_place(const uint8_t* column, size_t from, size_t to, size_t k,
                       uint8_t* block) {
  for (size_t i = from; i < to; i++) block[i * CR_BLOCK + k] = column[i];
}

static void clear_place(size_t from, size_t to, size_t k, uint8_t* block) {
  for (size_t i = from; i < to; i++) block[i * CR_BLOCK + k] = 0;
}

// Swaps the bits of `a` under `mask` shifted up with those of `b` under `mask`.
#define SWAP(a, b, shift, mask)                           \
  do {                                                    \
    const uint64_t t = (((a) >> (shift)) ^ (b)) & (mask); \
    (a) ^= t << (shift);                                  \
    (b) ^= t;                                             \
  } while (0)

// Eight columns side by side into the row-major block: 8 x 8 bytes are transposed in
// registers (Warren, Hacker's Delight, 7-3), a fifth of the stores.
static void copy_eight(const uint8_t* column, size_t n, size_t from, size_t to, size_t k,
                       uint8_t* block) {
  size_t i = from;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (; i + 8 <= to; i += 8) {
    uint64_t w[8];
    for (size_t c = 0; c < 8; c++) memcpy(&w[c], column + c * n + i, 8);
    for (int c = 0; c < 4; c++) SWAP(w[c], w[c + 4], 32, 0x00000000FFFFFFFFU);
    for (int c = 0; c < 8; c += 4) {
      SWAP(w[c], w[c + 2], 16, 0x0000FFFF0000FFFFU);
      SWAP(w[c + 1], w[c + 3], 16, 0x0000FFFF0000FFFFU);
    }
    for (int c = 0; c < 8; c += 2) SWAP(w[c], w[c + 1], 8, 0x00FF00FF00FF00FFU);
    for (size_t r = 0; r < 8; r++) memcpy(block + (i + r) * CR_BLOCK + k, &w[r], 8);
  }
#endif
  for (size_t c = 0; c < 8; c++) copy_place(column + c * n, i, to, k + c, block);
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
  for (size_t k = width; k < CR_BLOCK; k++) clear_place(from, to, k, block);
  size_t k = 0;
  for (; k + 8 <= width; k += 8) {
    copy_eight(codes->column + (first + k) * n, n, from, to, k, block);
  }
  for (; k < width; k++) copy_place(codes->column + (first + k) * n, from, to, k, block);
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
