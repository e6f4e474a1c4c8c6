// Any bytes as a model file. Length and checksum are made right, so that what is fuzzed
// is the content; a file that opens must score rows of its own shape.

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/explain.h"
#include "model/sha256.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// More rows than are scored together; a file with one of everything is smaller.
enum { ROWS = 70, AT_LENGTH = 16, MAX_SIZE = 8192 };

static void require(bool condition) {
  if (!condition) abort();
}

static double value_of(size_t row, size_t column) {
  static const double values[] = {0, 1, -1, 1e9, -1e-300, 12.5, 1e308, 36};
  const size_t k = (row * 7 + column * 3) % 9;
  return k == 8 ? __builtin_nan("") : values[k];
}

// The second row against the first: any answer, or a word that there is none.
static void explain(const cr_scorer* scorer, cr_column* column) {
  const size_t p = scorer->contract.n_features;
  const cr_frame reference = {.n_rows = 1, .n_columns = p, .column = column};
  const cr_run run = {.threads = 1};
  double base, *value = cr_alloc(p, sizeof *value), *fall = cr_alloc(p, sizeof *fall);
  cr_column* second = cr_alloc(p, sizeof *second);
  int32_t* player = cr_alloc(p, sizeof *player);
  bool calibrated;
  require(value != NULL && fall != NULL && second != NULL && player != NULL);
  for (size_t j = 0; j < p; j++) {
    second[j] = column[j];
    second[j].number++;
    second[j].integer++;
    player[j] = (int32_t)j;
  }
  const cr_frame row = {.n_rows = 1, .n_columns = p, .column = second};
  (void)cr_explain_parts(scorer, &row, &run, &calibrated, &base, value, NULL);
  if (p > 0) {
    (void)cr_explain_versus(scorer, &row, &reference, player, p, &run, value, fall, NULL);
  }
  cr_free(player);
  cr_free(second);
  cr_free(fall);
  cr_free(value);
}

static void score(const cr_scorer* scorer) {
  const size_t p = scorer->contract.n_features;
  cr_column* column = cr_alloc_zero(p, sizeof *column);
  double* number = cr_alloc(p, ROWS * sizeof *number);
  int32_t* code = cr_alloc(p, ROWS * sizeof *code);
  require(column != NULL && number != NULL && code != NULL);
  for (size_t j = 0; j < p; j++) {
    column[j] = scorer->contract.shape[j];
    column[j].number = number + j * ROWS;
    column[j].integer = code + j * ROWS;
    for (size_t i = 0; i < ROWS; i++) {
      number[j * ROWS + i] = value_of(i, j);
      code[j * ROWS + i] = (int32_t)((i * 5 + j) % ((size_t)column[j].n_levels + 1));
      if (code[j * ROWS + i] == 0) code[j * ROWS + i] = CR_MISSING_INT;
    }
  }
  const cr_frame frame = {.n_rows = ROWS, .n_columns = p, .column = column};
  const cr_run run = {.threads = 1};
  double link[ROWS];
  const cr_status status = cr_scorer_link(scorer, &frame, &run, link, NULL);
  require(status == CR_OK || status == CR_ENUMERIC);
  explain(scorer, column);
  cr_free(code);
  cr_free(number);
  cr_free(column);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cr_model_file file = {0};
  cr_scorer scorer = {0};
  cr_error err;
  if (size > MAX_SIZE) return -1;
  uint8_t* bytes = cr_alloc(size, 1);
  require(bytes != NULL);
  if (size > 0) memcpy(bytes, data, size);
  if (size >= AT_LENGTH + 8 + CR_SHA256_BYTES) {
    for (int b = 0; b < 8; b++)
      bytes[AT_LENGTH + b] = (uint8_t)((uint64_t)size >> (8 * b));
    cr_sha256(bytes, size - CR_SHA256_BYTES, bytes + size - CR_SHA256_BYTES);
  }
  cr_status status = cr_model_file_copy(bytes, size, &file, &err);
  if (status == CR_OK) status = cr_scorer_open(&file, &scorer, &err);
  require(status == CR_OK || status == CR_EMODEL);
  if (status == CR_OK) score(&scorer);
  cr_scorer_free(&scorer);
  cr_model_file_free(&file);
  cr_free(bytes);
  return 0;
}
