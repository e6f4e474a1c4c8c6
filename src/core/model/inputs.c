#include "model/inputs.h"

#include <string.h>

#include "base/mem.h"
#include "data/date.h"

#include "base/exact.h"

void cr_inputs_free(cr_inputs* inputs) {
  cr_free(inputs->type);
  cr_free(inputs->level);
  cr_free(inputs->n_levels);
  *inputs = (cr_inputs){0};
}

static cr_status broken(cr_error* err, const char* what) {
  return cr_fail(err, CR_EMODEL, "inputs", "the model's fields are damaged: %s", what);
}

static int compare(const char* a, size_t n_a, const char* b, size_t n_b) {
  const int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
  if (order != 0) return order;
  return (n_a > n_b) - (n_a < n_b);
}

size_t cr_inputs_find(const cr_inputs* inputs, const char* name, size_t n) {
  size_t low = 0, high = inputs->n_fields;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const char* text;
    size_t n_text;
    (void)cr_texts_at(&inputs->name, middle, &text, &n_text);
    const int order = compare(text, n_text, name, n);
    if (order == 0) return middle;
    if (order < 0) low = middle + 1;
    if (order > 0) high = middle;
  }
  return inputs->n_fields;
}

// ---- opening -------------------------------------------------------------------

static cr_status open_names(const cr_value* section, cr_inputs* in, cr_error* err) {
  const cr_value* names = cr_value_field(section, "name", CR_VALUE_TEXT, -1, err);
  if (names == NULL) return CR_EMODEL;
  const char *last = "", *text;
  size_t n_last = 0, n;
  for (size_t f = 0; f < names->n; f++) {
    if (!cr_texts_at(&names->text, f, &text, &n) || n == 0 ||
        compare(last, n_last, text, n) >= 0) {
      return broken(err, "their names do not ascend");
    }
    last = text;
    n_last = n;
  }
  in->n_fields = names->n;
  in->name = names->text;
  return CR_OK;
}

static bool type_is_known(cr_cell_type type) {
  return type == CR_CELL_NUMBER || type == CR_CELL_COUNT || type == CR_CELL_PERCENT ||
         type == CR_CELL_TERM || type == CR_CELL_MONTH || type == CR_CELL_YEARS ||
         type == CR_CELL_DATE || type == CR_CELL_LEVEL;
}

static cr_status open_types(const cr_value* section, cr_inputs* in, cr_error* err) {
  const int64_t n = (int64_t)in->n_fields;
  const cr_value* types = cr_value_field(section, "type", CR_VALUE_TEXT, n, err);
  const cr_value* otherwise =
      types == NULL ? NULL
                    : cr_value_field(section, "otherwise", CR_VALUE_INTEGER, n, err);
  if (otherwise == NULL) return CR_EMODEL;
  for (size_t f = 0; f < in->n_fields; f++) {
    int t = 0;
    while (t < CR_CELL_TYPES &&
           !(type_is_known((cr_cell_type)t) &&
             cr_texts_equal(&types->text, f, cr_cell_type_name((cr_cell_type)t)))) {
      t++;
    }
    if (t == CR_CELL_TYPES) return broken(err, "a type is unknown");
    in->type[f] = (cr_cell_type)t;
  }
  in->otherwise = otherwise->as.integer;
  return CR_OK;
}

// One text vector for each field, empty where it is no level.
static cr_status open_levels(const cr_value* section, cr_inputs* in, cr_error* err) {
  const cr_value* list =
      cr_value_field(section, "levels", CR_VALUE_LIST, (int64_t)in->n_fields, err);
  if (list == NULL) return CR_EMODEL;
  const cr_value* v = list + 1;
  for (size_t f = 0; f < in->n_fields; f++, v = cr_value_next(v)) {
    const bool is_level = in->type[f] == CR_CELL_LEVEL;
    if (v->type != CR_VALUE_TEXT || is_level != (v->n > 0)) {
      return broken(err, "levels do not fit the types");
    }
    if (in->otherwise[f] < -1 || in->otherwise[f] > (int32_t)v->n) {
      return broken(err, "a code has no level");
    }
    in->level[f] = v->text;
    in->n_levels[f] = v->n;
  }
  return CR_OK;
}

static cr_status open_aliases(const cr_value* section, cr_inputs* in, cr_error* err) {
  const cr_value* alias = cr_value_field(section, "alias", CR_VALUE_TEXT, -1, err);
  if (alias == NULL) return CR_EMODEL;
  const int64_t n = alias->n;
  const cr_value* field =
      cr_value_field(section, "alias_field", CR_VALUE_INTEGER, n, err);
  const cr_value* code =
      field == NULL ? NULL
                    : cr_value_field(section, "alias_code", CR_VALUE_INTEGER, n, err);
  if (code == NULL) return CR_EMODEL;
  for (size_t a = 0; a < alias->n; a++) {
    const int32_t f = field->as.integer[a], c = code->as.integer[a];
    if (f < 0 || (size_t)f >= in->n_fields || c < 1 ||
        (uint32_t)c > in->n_levels[(size_t)f]) {
      return broken(err, "a spelling has no level");
    }
  }
  in->n_aliases = alias->n;
  in->alias = alias->text;
  in->alias_field = field->as.integer;
  in->alias_code = code->as.integer;
  return CR_OK;
}

static cr_status open_formulas(const cr_value* section, const cr_contract* contract,
                               cr_inputs* in, cr_error* err) {
  const cr_value* start = cr_value_field(section, "start", CR_VALUE_INTEGER,
                                         (int64_t)contract->n_features + 1, err);
  const cr_value* op =
      start == NULL ? NULL : cr_value_field(section, "op", CR_VALUE_INTEGER, -1, err);
  if (op == NULL) return CR_EMODEL;
  const cr_value* argument =
      cr_value_field(section, "argument", CR_VALUE_INTEGER, op->n, err);
  const cr_value* number = cr_value_field(section, "number", CR_VALUE_NUMBER, -1, err);
  const cr_value* map_start =
      cr_value_field(section, "map_start", CR_VALUE_INTEGER, -1, err);
  const cr_value* map = cr_value_field(section, "map", CR_VALUE_INTEGER, -1, err);
  if (argument == NULL || number == NULL || map_start == NULL || map == NULL) {
    return CR_EMODEL;
  }
  if (map_start->n == 0) return broken(err, "tables are missing");
  in->formulas = (cr_formulas){.n = contract->n_features,
                               .n_fields = in->n_fields,
                               .n_numbers = number->n,
                               .n_maps = map_start->n - 1,
                               .start = start->as.integer,
                               .op = op->as.integer,
                               .argument = argument->as.integer,
                               .number = number->as.number,
                               .map_start = map_start->as.integer,
                               .map = map->as.integer};
  return cr_formulas_validate(&in->formulas, op->n, map->n, err);
}

cr_status cr_inputs_open(const cr_value* section, const cr_contract* contract,
                         cr_inputs* inputs, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(open_names(section, inputs, err));
  const size_t n = inputs->n_fields;
  inputs->type = cr_alloc_zero(n, sizeof *inputs->type);
  inputs->level = cr_alloc_zero(n, sizeof *inputs->level);
  inputs->n_levels = cr_alloc_zero(n, sizeof *inputs->n_levels);
  if (inputs->type == NULL || inputs->level == NULL || inputs->n_levels == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu fields", n);
  }
  CR_TRY(open_types(section, inputs, err));
  CR_TRY(open_levels(section, inputs, err));
  CR_TRY(open_aliases(section, inputs, err));
  CR_TRY(open_formulas(section, contract, inputs, err));

done:
  return status;
}

// ---- text ----------------------------------------------------------------------

static bool same(const cr_texts* texts, size_t i, const unsigned char* text, size_t n) {
  const char* at;
  size_t n_at;
  return cr_texts_at(texts, i, &at, &n_at) && n_at == n && memcmp(at, text, n) == 0;
}

static cr_cell_result parse_level(const cr_inputs* in, size_t field,
                                  const unsigned char* text, size_t n, double* value) {
  cr_cell_trim(&text, &n);
  for (size_t l = 0; l < in->n_levels[field]; l++) {
    if (same(&in->level[field], l, text, n)) {
      *value = (double)(l + 1);
      return CR_CELL_OK;
    }
  }
  for (size_t a = 0; a < in->n_aliases; a++) {
    if ((size_t)in->alias_field[a] == field && same(&in->alias, a, text, n)) {
      *value = (double)in->alias_code[a];
      return CR_CELL_OK;
    }
  }
  if (cr_cell_is_na(text, n)) return CR_CELL_MISSING;
  if (in->otherwise[field] < 0) return CR_CELL_BAD;
  if (in->otherwise[field] == 0) return CR_CELL_MISSING;
  *value = (double)in->otherwise[field];
  return CR_CELL_OK;
}

static cr_cell_result parse_whole(cr_cell_type type, const unsigned char* text, size_t n,
                                  int32_t last_month, double* value) {
  int32_t whole = 0;
  cr_cell_result result = CR_CELL_BAD;
  if (type == CR_CELL_COUNT) result = cr_cell_count(text, n, &whole);
  if (type == CR_CELL_TERM) result = cr_cell_term(text, n, &whole);
  if (type == CR_CELL_YEARS) result = cr_cell_years(text, n, &whole);
  if (type == CR_CELL_DATE) result = cr_date_parse(text, n, &whole);
  if (type == CR_CELL_MONTH) {
    result = cr_month_parse(text, n, &whole);
    if (result == CR_CELL_OK) whole = cr_month_resolve(whole, last_month);
  }
  if (result == CR_CELL_OK) *value = (double)whole;
  return result;
}

cr_cell_result cr_inputs_parse(const cr_inputs* inputs, size_t field,
                               const unsigned char* text, size_t n, int32_t last_month,
                               double* value) {
  bool has_sign;
  cr_cell_result result;
  switch (inputs->type[field]) {
    case CR_CELL_NUMBER: result = cr_cell_number(text, n, value); break;
    case CR_CELL_PERCENT: result = cr_cell_percent(text, n, value, &has_sign); break;
    case CR_CELL_LEVEL: result = parse_level(inputs, field, text, n, value); break;
    default: result = parse_whole(inputs->type[field], text, n, last_month, value);
  }
  if (result == CR_CELL_MISSING) *value = __builtin_nan("");
  return result;
}

// ---- columns -------------------------------------------------------------------

static int32_t code_of(double value, int32_t n_levels) {
  return value >= 1.0 && value <= (double)n_levels ? (int32_t)value : CR_MISSING_INT;
}

void cr_inputs_columns(const cr_inputs* inputs, const cr_contract* contract,
                       const double* value, size_t stride, size_t n, double* number,
                       int32_t* code) {
  for (size_t j = 0; j < contract->n_features; j++) {
    double* out = number + j * n;
    for (size_t from = 0; from < n; from += CR_FORMULA_ROWS) {
      const size_t rows = n - from < CR_FORMULA_ROWS ? n - from : CR_FORMULA_ROWS;
      cr_formula_run(&inputs->formulas, j, value + from, stride, rows, out + from);
    }
    if (contract->shape[j].type != CR_COLUMN_LEVEL) continue;
    for (size_t i = 0; i < n; i++) {
      code[j * n + i] = code_of(out[i], contract->shape[j].n_levels);
    }
  }
}
