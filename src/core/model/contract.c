#include "model/contract.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

static const char* const KINDS[] = {"number", "flag", "date", "level", "ordered"};
static const char* const RANGES[] = {"min", "low", "high", "max", "missing", "typical"};
enum { N_KINDS = 5, N_RANGES = 6 };

void cr_contract_free(cr_contract* contract) {
  cr_free(contract->kind);
  cr_free(contract->level);
  cr_free(contract->shape);
  *contract = (cr_contract){0};
}

static cr_status broken(cr_error* err, const char* what) {
  return cr_fail(err, CR_EMODEL, "contract", "the model's columns are damaged: %s", what);
}

// Below 0, 0, above 0, by bytes.
static int compare(const char* a, size_t n_a, const char* b, size_t n_b) {
  const int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
  if (order != 0) return order;
  return (n_a > n_b) - (n_a < n_b);
}

static cr_status open_names(const cr_value* section, cr_contract* c, cr_error* err) {
  const cr_value* names = cr_value_field(section, "features", CR_VALUE_TEXT, -1, err);
  if (names == NULL) return CR_EMODEL;
  if (names->n == 0) return broken(err, "there is none");
  c->n_features = names->n;
  c->name = names->text;
  const char *last = "", *text;
  size_t n_last = 0, n;
  for (size_t j = 0; j < names->n; j++) {
    if (!cr_texts_at(&names->text, j, &text, &n) || n == 0 ||
        compare(last, n_last, text, n) >= 0) {
      return broken(err, "their names do not ascend");
    }
    last = text;
    n_last = n;
  }
  return CR_OK;
}

static cr_status open_kinds(const cr_value* section, cr_contract* c, cr_error* err) {
  const int64_t p = (int64_t)c->n_features;
  const cr_value* kinds = cr_value_field(section, "kind", CR_VALUE_TEXT, p, err);
  if (kinds == NULL) return CR_EMODEL;
  for (size_t j = 0; j < c->n_features; j++) {
    int k = 0;
    while (k < N_KINDS && !cr_texts_equal(&kinds->text, j, KINDS[k])) k++;
    if (k == N_KINDS) return broken(err, "a kind is unknown");
    c->kind[j] = (cr_kind)k;
  }
  return CR_OK;
}

// The lists of levels stand in the order of the features that have some.
static cr_status open_levels(const cr_value* section, cr_contract* c, cr_error* err) {
  const cr_value* list = cr_value_field(section, "levels", CR_VALUE_LIST, -1, err);
  if (list == NULL) return CR_EMODEL;
  const cr_value* v = list + 1;
  size_t used = 0;
  for (size_t j = 0; j < c->n_features; j++) {
    if (c->kind[j] != CR_KIND_LEVEL && c->kind[j] != CR_KIND_ORDERED) continue;
    const char *name, *label;
    size_t n_name, n_label;
    (void)cr_texts_at(&c->name, j, &name, &n_name);
    if (used == list->n || list->names.start == NULL ||
        !cr_texts_at(&list->names, used, &label, &n_label) ||
        compare(name, n_name, label, n_label) != 0 || v->type != CR_VALUE_TEXT ||
        v->n == 0) {
      return broken(err, "levels are missing");
    }
    for (size_t l = 0; l < v->n; l++) {
      if (!cr_texts_at(&v->text, l, &label, &n_label))
        return broken(err, "a level is missing");
    }
    c->level[j] = v->text;
    c->shape[j] = (cr_column){.type = CR_COLUMN_LEVEL, .n_levels = (int32_t)v->n};
    v = cr_value_next(v);
    used++;
  }
  return used == list->n ? CR_OK : broken(err, "levels of no feature");
}

static bool range_holds(const cr_contract* c, size_t j) {
  const double missing = c->range[CR_RANGE_MISSING][j];
  if (!(missing >= 0.0 && missing <= 1.0)) return false;
  if (!isfinite(c->range[CR_RANGE_TYPICAL][j])) return false;
  if (c->shape[j].type == CR_COLUMN_LEVEL) return true;
  for (int k = CR_RANGE_MIN; k <= CR_RANGE_MAX; k++) {
    if (!isfinite(c->range[k][j])) return false;
    if (k > CR_RANGE_MIN && c->range[k][j] < c->range[k - 1][j]) return false;
  }
  return true;
}

static cr_status open_ranges(const cr_value* section, cr_contract* c, cr_error* err) {
  const cr_value* list = cr_value_field(section, "range", CR_VALUE_LIST, -1, err);
  if (list == NULL) return CR_EMODEL;
  for (int k = 0; k < N_RANGES; k++) {
    const cr_value* v =
        cr_value_field(list, RANGES[k], CR_VALUE_NUMBER, (int64_t)c->n_features, err);
    if (v == NULL) return CR_EMODEL;
    c->range[k] = v->as.number;
  }
  for (size_t j = 0; j < c->n_features; j++) {
    if (!range_holds(c, j)) return broken(err, "a range is not in order");
  }
  return CR_OK;
}

cr_status cr_contract_open(const cr_value* section, cr_contract* contract,
                           cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(open_names(section, contract, err));
  const size_t p = contract->n_features;
  contract->kind = cr_alloc_zero(p, sizeof *contract->kind);
  contract->level = cr_alloc_zero(p, sizeof *contract->level);
  contract->shape = cr_alloc_zero(p, sizeof *contract->shape);
  if (contract->kind == NULL || contract->level == NULL || contract->shape == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu columns", p);
  }
  CR_TRY(open_kinds(section, contract, err));
  CR_TRY(open_levels(section, contract, err));
  CR_TRY(open_ranges(section, contract, err));
  const cr_value* infinite = cr_value_field(section, "infinite", CR_VALUE_TEXT, 1, err);
  if (infinite == NULL) return CR_EMODEL;
  contract->infinite_is_missing = cr_texts_equal(&infinite->text, 0, "missing");

done:
  return status;
}

size_t cr_contract_find(const cr_contract* contract, const char* name, size_t n) {
  size_t low = 0, high = contract->n_features;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const char* text;
    size_t n_text;
    (void)cr_texts_at(&contract->name, middle, &text, &n_text);
    const int order = compare(text, n_text, name, n);
    if (order == 0) return middle;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return contract->n_features;
}
