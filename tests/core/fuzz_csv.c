// Any bytes as a file: whatever they are, the ledger adds up and every value is in its
// column's range.

#include <stdlib.h>

#include "data/csv.h"

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static const char* const known[] = {"id", "loan_amnt", "term", "issue_d", "loan_status"};

static void require(bool condition) {
  if (!condition) abort();
}

static void check_ledger(const cr_intake* intake) {
  size_t sum = 0, rejects = 0;
  for (int i = 0; i < CR_LINE_CLASSES; i++) sum += intake->count[i];
  for (int i = 0; i < CR_REJECTS; i++) rejects += intake->rejects[i];
  require(sum == intake->n_records);
  require(rejects == intake->count[CR_LINE_REJECTED]);
  require(intake->n_rows == intake->count[CR_LINE_KEPT]);
  require(intake->count[CR_LINE_HEADER] == 1);
}

static void check_columns(const cr_csv* csv) {
  const size_t n = csv->intake.n_rows;
  int32_t* values = cr_alloc(n, sizeof *values);
  double* numbers = cr_alloc(n, sizeof *numbers);
  require(values != NULL && numbers != NULL);
  for (size_t j = 0; j < csv->header.n_fields; j++) {
    const cr_column_builder* column = &csv->column[j];
    size_t read = 0;
    if (column->type == CR_CELL_NUMBER || column->type == CR_CELL_PERCENT) {
      cr_column_doubles(column, n, __builtin_nan(""), numbers);
      for (size_t i = 0; i < n; i++) read += numbers[i] == numbers[i];
    } else {
      cr_column_integers(column, n, values);
      for (size_t i = 0; i < n; i++) {
        read += values[i] != INT32_MIN;
        const bool text = column->type == CR_CELL_TEXT || column->type == CR_CELL_LEVEL;
        if (text && values[i] != INT32_MIN) require((uint32_t)values[i] < column->dict.n);
      }
      if (column->type == CR_CELL_MONTH) cr_column_days(column, column, 24251, n, values);
    }
    require(read == column->notes.n_read);
    require(read + column->notes.n_bad <= n);
  }
  cr_free(values);
  cr_free(numbers);
}

// Every type comes up somewhere in a file of a few columns.
static void read_all(cr_csv* csv, unsigned salt) {
  const cr_run run = {.threads = 1};
  const size_t n = csv->header.n_fields;
  cr_cell_type* types = cr_alloc(n, sizeof *types);
  require(types != NULL);
  for (size_t j = 0; j < n; j++) types[j] = (cr_cell_type)((j + salt) % CR_CELL_TYPES);
  const size_t status_field = salt % 3 == 0 && n > 1 ? 1 : CR_NO_FIELD;
  cr_error err;
  if (cr_csv_read(csv, types, status_field, &run, &err) == CR_OK) {
    check_ledger(&csv->intake);
    check_columns(csv);
  }
  cr_free(types);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  cr_csv csv = {0};
  cr_error err;
  cr_source* source = NULL;
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    const unsigned char* name = (const unsigned char*)known[k];
    size_t n = 0;
    while (name[n] != 0) n++;
    require(cr_csv_add_known(&csv, name, n, NULL) == CR_OK);
  }
  require(cr_csv_add_status(&csv, (const unsigned char*)"Fully Paid", 10, NULL) == CR_OK);
  if (cr_source_open_memory(data + 1, size - 1, NULL, &source, &err) == CR_OK &&
      cr_csv_open(&csv, source, &err) == CR_OK) {
    read_all(&csv, data[0]);
  }
  cr_csv_free(&csv);
  return 0;
}
