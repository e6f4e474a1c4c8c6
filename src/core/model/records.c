#include "model/records.h"

#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

void cr_records_free(cr_records* rows) {
  cr_free(rows->column);
  cr_free(rows->number);
  cr_free(rows->code);
  *rows = (cr_records){0};
}

cr_status cr_records_make(const cr_contract* contract, size_t n, cr_records* rows,
                          cr_error* err) {
  const size_t p = contract->n_features;
  rows->column = cr_alloc_zero(p, sizeof *rows->column);
  rows->number = cr_alloc(p, n * sizeof *rows->number);
  rows->code = cr_alloc(p, n * sizeof *rows->code);
  rows->room = n;
  if (rows->column == NULL || rows->number == NULL || rows->code == NULL) {
    cr_records_free(rows);
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to score %zu rows", n);
  }
  return CR_OK;
}

// Columns of `n` rows, one behind the other.
static void lay_out(const cr_contract* contract, size_t n, cr_records* rows) {
  for (size_t j = 0; j < contract->n_features; j++) {
    rows->column[j] = contract->shape[j];
    rows->column[j].number = rows->number + j * n;
    rows->column[j].integer = rows->code + j * n;
  }
  rows->frame = (cr_frame){n, contract->n_features, rows->column};
}

void cr_records_fill(const cr_inputs* inputs, const cr_contract* contract,
                     const double* value, size_t stride, size_t n, cr_records* rows) {
  cr_inputs_columns(inputs, contract, value, stride, n, rows->number, rows->code);
  lay_out(contract, n, rows);
}

static int32_t find_level(const cr_texts* level, int32_t n_levels, const char* label,
                          size_t n) {
  for (int32_t l = 0; l < n_levels; l++) {
    const char* text;
    size_t n_text;
    if (cr_texts_at(level, (size_t)l, &text, &n_text) && n_text == n &&
        memcmp(text, label, n) == 0) {
      return l + 1;
    }
  }
  return CR_MISSING_INT;
}

static bool same_text(const cr_texts* a, const cr_texts* b, size_t i) {
  const char *x, *y;
  size_t n_x, n_y;
  return cr_texts_at(a, i, &x, &n_x) && cr_texts_at(b, i, &y, &n_y) && n_x == n_y &&
         memcmp(x, y, n_x) == 0;
}

cr_status cr_records_read(const cr_value* list, const cr_contract* contract,
                          cr_records* rows, cr_error* err) {
  const size_t p = contract->n_features;
  if (list == NULL || list->type != CR_VALUE_LIST || list->n != p ||
      list->names.start == NULL) {
    return cr_fail(err, CR_EMODEL, "typical", "the model's typical row is not there");
  }
  const cr_value* v = list + 1;
  for (size_t j = 0; j < p; j++, v = cr_value_next(v)) {
    const char* label;
    size_t n;
    if (!same_text(&list->names, &contract->name, j)) {
      return cr_fail(err, CR_EMODEL, "typical", "the typical row is one of others");
    }
    rows->number[j] = __builtin_nan("");
    rows->code[j] = CR_MISSING_INT;
    if (v->type == CR_VALUE_NUMBER && v->n == 1) rows->number[j] = v->as.number[0];
    if (v->type != CR_VALUE_TEXT || v->n != 1 || !cr_texts_at(&v->text, 0, &label, &n)) {
      continue;
    }
    rows->code[j] =
        find_level(&contract->level[j], contract->shape[j].n_levels, label, n);
  }
  lay_out(contract, 1, rows);
  return CR_OK;
}
