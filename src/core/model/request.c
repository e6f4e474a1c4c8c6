#include "model/request.h"

#include <string.h>

#include "base/mem.h"
#include "data/scan.h"
#include "data/utf8.h"

#include "base/exact.h"

void cr_request_free(cr_request* request) {
  cr_free(request->value);
  cr_free(request->given);
  cr_free(request->unseen);
  *request = (cr_request){0};
}

// The number of the record that names the columns; rows count from 1.
static const size_t HEADER = UINT32_MAX;

// What is being read. Rows lie one after the other until all are there.
typedef struct {
  const cr_inputs* inputs;
  cr_request* out;
  size_t max_rows;
  double* cell;        // row by row
  size_t room;         // rows
  uint32_t* last_row;  // by field: the last row, from 1, that gave it
  unsigned char* scratch;
  const unsigned char* body;
  cr_error* err;
} reading;

static cr_status refuse(reading* r, cr_status status, const char* code, size_t row,
                        const char* message) {
  return cr_fail_at(r->err, status, code, row == HEADER ? 0 : (int64_t)row, -1, "%s",
                    message);
}

static cr_status add_row(reading* r) {
  const size_t p = r->out->n_fields;
  if (r->out->n_rows == r->max_rows) {
    return cr_fail(r->err, CR_ELIMIT, "too_many_rows", "more than %zu rows", r->max_rows);
  }
  if (r->out->n_rows == r->room) {
    const size_t room = r->room == 0 ? 4 : 2 * r->room;
    size_t cells;
    double* grown =
        cr_size_mul(room, p, &cells) ? cr_resize(r->cell, cells, sizeof *grown) : NULL;
    if (grown == NULL) {
      return cr_fail(r->err, CR_ENOMEM, "memory", "no memory for the rows");
    }
    r->cell = grown;
    r->room = room;
  }
  double* row = r->cell + r->out->n_rows * p;
  for (size_t f = 0; f < p; f++) row[f] = __builtin_nan("");
  r->out->n_rows++;
  return CR_OK;
}

// ---- cells ---------------------------------------------------------------------

// The field of that name, for the row with this number (from 1)
static cr_status find_field(reading* r, const unsigned char* name, size_t n, size_t row,
                            size_t* field) {
  *field = cr_inputs_find(r->inputs, (const char*)name, n);
  if (*field == r->out->n_fields) {
    return refuse(r, CR_EINPUT, "unknown_field", row, "a name is no field of the model");
  }
  if (r->last_row[*field] == row) {
    return refuse(r, CR_EPARSE, "repeated_field", row, "a field is given twice");
  }
  r->last_row[*field] = (uint32_t)row;
  r->out->given[*field] = 1;
  return CR_OK;
}

static cr_status set_cell(reading* r, size_t row, size_t field, const unsigned char* text,
                          size_t n) {
  double* value = r->cell + (row - 1) * r->out->n_fields + field;
  const cr_cell_result result =
      cr_inputs_parse(r->inputs, field, text, n, INT32_MIN, value);
  if (result == CR_CELL_BAD || result == CR_CELL_COMMA) {
    const char* name;
    size_t n_name = 0;
    (void)cr_texts_at(&r->inputs->name, field, &name, &n_name);
    return cr_fail_at(r->err, CR_EINPUT, "bad_value", (int64_t)row, -1,
                      "`%.*s` cannot have that value", n_name < 100 ? (int)n_name : 100,
                      name);
  }
  if (result == CR_CELL_MISSING && r->inputs->type[field] == CR_CELL_LEVEL) {
    cr_cell_trim(&text, &n);
    if (!cr_cell_is_na(text, n)) r->out->unseen[field] = 1;
  }
  return CR_OK;
}

// ---- JSON ----------------------------------------------------------------------

// The characters of a name, text, number or word
static const unsigned char* text_of(reading* r, const cr_json* json,
                                    const cr_json_token* token, size_t* n) {
  const unsigned char* text = json->bytes + token->from;
  *n = token->n;
  if (!token->escaped) return text;
  *n = cr_json_unescape(text, token->n, r->scratch);
  return r->scratch;
}

static cr_status set_token(reading* r, size_t row, size_t field, const cr_json* json,
                           const cr_json_token* token) {
  if (token->kind == CR_JSON_NULL) return CR_OK;
  if (token->kind == CR_JSON_OPEN_LIST || token->kind == CR_JSON_OPEN_OBJECT) {
    return refuse(r, CR_EPARSE, "nested", row, "a value is a list or an object");
  }
  size_t n;
  const unsigned char* text = text_of(r, json, token, &n);
  return set_cell(r, row, field, text, n);
}

static cr_status find_named(reading* r, const cr_json* json, const cr_json_token* token,
                            size_t row, size_t* field) {
  size_t n;
  const unsigned char* name = text_of(r, json, token, &n);
  return find_field(r, name, n, row, field);
}

// The members of a row whose object was opened
static cr_status read_members(reading* r, cr_json* json, size_t row) {
  cr_status status = CR_OK;
  cr_json_token token;
  size_t field;
  for (;;) {
    CR_TRY(cr_json_next(json, &token, r->err));
    if (token.kind == CR_JSON_CLOSE_OBJECT) return CR_OK;
    CR_TRY(find_named(r, json, &token, row, &field));
    CR_TRY(cr_json_next(json, &token, r->err));
    CR_TRY(set_token(r, row, field, json, &token));
  }

done:
  return status;
}

static cr_status read_rows(reading* r, cr_json* json) {
  cr_status status = CR_OK;
  cr_json_token token;
  for (;;) {
    CR_TRY(cr_json_next(json, &token, r->err));
    if (token.kind == CR_JSON_CLOSE_LIST) return CR_OK;
    if (token.kind != CR_JSON_OPEN_OBJECT) {
      return refuse(r, CR_EPARSE, "not_rows", r->out->n_rows + 1, "a row is no object");
    }
    CR_TRY(add_row(r));
    CR_TRY(read_members(r, json, r->out->n_rows));
  }

done:
  return status;
}

// One field's values; the first column says how many rows there are.
static cr_status read_column(reading* r, cr_json* json, size_t field, bool first) {
  cr_status status = CR_OK;
  cr_json_token token;
  size_t row = 0;
  for (;;) {
    CR_TRY(cr_json_next(json, &token, r->err));
    if (token.kind == CR_JSON_CLOSE_LIST) break;
    row++;
    if (first) CR_TRY(add_row(r));
    if (row > r->out->n_rows) break;
    CR_TRY(set_token(r, row, field, json, &token));
  }
  if (row != r->out->n_rows) {
    return refuse(r, CR_EPARSE, "unequal_columns", 0, "the columns are not equally long");
  }

done:
  return status;
}

// An object by itself: columns if its first value is a list, else one row
static cr_status read_object(reading* r, cr_json* json) {
  cr_status status = CR_OK;
  cr_json_token token;
  size_t field;
  CR_TRY(cr_json_next(json, &token, r->err));
  if (token.kind == CR_JSON_CLOSE_OBJECT) return CR_OK;
  CR_TRY(find_named(r, json, &token, 1, &field));
  CR_TRY(cr_json_next(json, &token, r->err));
  if (token.kind != CR_JSON_OPEN_LIST) {
    CR_TRY(add_row(r));
    CR_TRY(set_token(r, 1, field, json, &token));
    return read_members(r, json, 1);
  }
  for (bool first = true;; first = false) {
    CR_TRY(read_column(r, json, field, first));
    CR_TRY(cr_json_next(json, &token, r->err));
    if (token.kind == CR_JSON_CLOSE_OBJECT) return CR_OK;
    CR_TRY(find_named(r, json, &token, 1, &field));
    CR_TRY(cr_json_next(json, &token, r->err));
    if (token.kind != CR_JSON_OPEN_LIST) {
      return refuse(r, CR_EPARSE, "not_rows", 0, "a column is no list");
    }
  }

done:
  return status;
}

static cr_status read_json(reading* r, size_t n) {
  cr_status status = CR_OK;
  cr_json json;
  cr_json_token token;
  CR_TRY(cr_json_begin(r->body, n, &json, r->err));
  CR_TRY(cr_json_next(&json, &token, r->err));
  if (token.kind == CR_JSON_OPEN_LIST) {
    CR_TRY(read_rows(r, &json));
  } else if (token.kind == CR_JSON_OPEN_OBJECT) {
    CR_TRY(read_object(r, &json));
  } else {
    return refuse(r, CR_EPARSE, "not_rows", 0, "the body is no list and no object");
  }
  CR_TRY(cr_json_next(&json, &token, r->err));  // nothing may follow

done:
  return status;
}

static bool is_blank(const unsigned char* text, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
  }
  return true;
}

static cr_status read_line(reading* r, const unsigned char* line, size_t n) {
  cr_status status = CR_OK;
  cr_json json;
  cr_json_token token;
  if (is_blank(line, n)) return CR_OK;
  CR_TRY(cr_json_begin(line, n, &json, r->err));
  CR_TRY(cr_json_next(&json, &token, r->err));
  if (token.kind != CR_JSON_OPEN_OBJECT) {
    return refuse(r, CR_EPARSE, "not_rows", r->out->n_rows + 1, "a line is no object");
  }
  CR_TRY(add_row(r));
  CR_TRY(read_members(r, &json, r->out->n_rows));
  CR_TRY(cr_json_next(&json, &token, r->err));

done:
  return status;
}

static cr_status read_lines(reading* r, size_t n) {
  cr_status status = CR_OK;
  for (size_t from = 0; from < n;) {
    const unsigned char* end = memchr(r->body + from, '\n', n - from);
    const size_t to = end == NULL ? n : (size_t)(end - r->body);
    CR_TRY(read_line(r, r->body + from, to - from));
    from = to + 1;
  }

done:
  return status;
}

// ---- csv -----------------------------------------------------------------------

typedef struct {
  cr_scan scan;
  cr_scan_record record;
  size_t n_columns;
  uint32_t* mark;   // one for each field and one more
  uint32_t* field;  // by column
} table;

// A cell's characters; those with doubled quotes go to the scratch.
static const unsigned char* cell_of(reading* r, const table* t, size_t column,
                                    size_t* n) {
  const size_t from = t->mark[column];
  const size_t end =
      column + 1 == t->record.n_fields ? t->record.end : t->mark[column + 1] - 1;
  const unsigned char* text = t->scan.bytes + from;
  *n = end - from;
  if (*n == 0 || text[0] != '"') return text;
  cr_scan_unquote(&text, n);
  *n = cr_scan_undouble(text, *n, r->scratch);
  return r->scratch;
}

static cr_status read_header(reading* r, table* t) {
  cr_status status = CR_OK;
  if (t->record.n_fields > r->out->n_fields) {
    return refuse(r, CR_EINPUT, "unknown_field", 0, "more columns than the model has");
  }
  t->n_columns = t->record.n_fields;
  for (size_t c = 0; c < t->n_columns; c++) {
    size_t n, field;
    const unsigned char* name = cell_of(r, t, c, &n);
    CR_TRY(find_field(r, name, n, HEADER, &field));
    t->field[c] = (uint32_t)field;
  }

done:
  return status;
}

static cr_status read_record(reading* r, table* t) {
  cr_status status = CR_OK;
  const bool empty = t->record.n_fields == 1 && t->record.end == t->record.field;
  if (empty && t->n_columns > 1) return CR_OK;
  CR_TRY(add_row(r));
  if (t->record.n_fields != t->n_columns) {
    return refuse(r, CR_EPARSE, "csv", r->out->n_rows,
                  "a record has too few or many cells");
  }
  for (size_t c = 0; c < t->n_columns; c++) {
    size_t n;
    const unsigned char* text = cell_of(r, t, c, &n);
    CR_TRY(set_cell(r, r->out->n_rows, t->field[c], text, n));
  }

done:
  return status;
}

static cr_status read_records(reading* r, table* t) {
  cr_status status = CR_OK;
  bool has_header = false;
  for (size_t from = 0; from < t->scan.n; from = t->record.next) {
    if (cr_scan_next(&t->scan, from, &t->record) != CR_SCAN_RECORD) {
      return refuse(r, CR_EPARSE, "csv", r->out->n_rows + 1,
                    "a quote is in a wrong place");
    }
    CR_TRY(has_header ? read_record(r, t) : read_header(r, t));
    has_header = true;
  }

done:
  return status;
}

static cr_status read_csv(reading* r, size_t n) {
  cr_status status = CR_OK;
  const size_t p = r->out->n_fields;
  table t = {.mark = cr_alloc(p + 2, sizeof *t.mark),
             .field = cr_alloc(p, sizeof *t.field)};
  unsigned char* padded =
      n < SIZE_MAX - CR_SCAN_PADDING ? cr_alloc_zero(n + CR_SCAN_PADDING, 1) : NULL;
  if (t.mark == NULL || t.field == NULL || padded == NULL) {
    status = cr_fail(r->err, CR_ENOMEM, "memory", "no memory for a body of %zu bytes", n);
    goto done;
  }
  if (!cr_utf8_valid(r->body, n)) {
    status = cr_fail(r->err, CR_EPARSE, "encoding", "the text is not UTF-8");
    goto done;
  }
  if (n > 0) memcpy(padded, r->body, n);
  const size_t mark = n >= 3 && memcmp(padded, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  t.scan = (cr_scan){.bytes = padded + mark,
                     .n = n - mark,
                     .last = true,
                     .delimiter = ',',
                     .max_fields = p + 1,
                     .mark = t.mark,
                     .stride = 1};
  status = read_records(r, &t);

done:
  cr_free(padded);
  cr_free(t.field);
  cr_free(t.mark);
  return status;
}

// ---- all -----------------------------------------------------------------------

static cr_status make_room(reading* r, size_t n) {
  const size_t p = r->out->n_fields;
  r->out->given = cr_alloc_zero(p, 1);
  r->out->unseen = cr_alloc_zero(p, 1);
  r->last_row = cr_alloc_zero(p, sizeof *r->last_row);
  r->scratch = cr_alloc(n, 1);
  if (r->out->given != NULL && r->out->unseen != NULL && r->last_row != NULL &&
      r->scratch != NULL) {
    return CR_OK;
  }
  return cr_fail(r->err, CR_ENOMEM, "memory", "no memory for a body of %zu bytes", n);
}

// Columns one after the other
static cr_status turn(reading* r) {
  const size_t n = r->out->n_rows, p = r->out->n_fields;
  r->out->value = cr_alloc(n * p, sizeof *r->out->value);
  if (r->out->value == NULL) {
    return cr_fail(r->err, CR_ENOMEM, "memory", "no memory for %zu rows", n);
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t f = 0; f < p; f++) r->out->value[f * n + i] = r->cell[i * p + f];
  }
  return CR_OK;
}

cr_status cr_request_read(const cr_inputs* inputs, cr_body format,
                          const unsigned char* body, size_t n, size_t max_rows,
                          cr_request* request, cr_error* err) {
  cr_status status = CR_OK;
  if (max_rows > UINT32_MAX - 1) max_rows = UINT32_MAX - 1;
  reading r = {
      .inputs = inputs, .out = request, .max_rows = max_rows, .body = body, .err = err};
  request->n_fields = inputs->n_fields;
  CR_TRY(make_room(&r, n));
  switch (format) {
    case CR_BODY_JSON: CR_TRY(read_json(&r, n)); break;
    case CR_BODY_NDJSON: CR_TRY(read_lines(&r, n)); break;
    case CR_BODY_CSV: CR_TRY(read_csv(&r, n)); break;
  }
  if (request->n_rows == 0) {
    status = cr_fail(err, CR_EINPUT, "no_rows", "the body has no rows");
    goto done;
  }
  CR_TRY(turn(&r));

done:
  cr_free(r.cell);
  cr_free(r.last_row);
  cr_free(r.scratch);
  if (status != CR_OK) cr_request_free(request);
  return status;
}
