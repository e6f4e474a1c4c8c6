#include "data/column.h"

#include <string.h>

#include "base/mem.h"
#include "data/date.h"
#include "data/scan.h"
#include "data/utf8.h"

#include "base/exact.h"

enum { CHUNK_ROWS = 65536 };

#define MISSING INT32_MIN

static bool is_double(cr_cell_type type) {
  return type == CR_CELL_NUMBER || type == CR_CELL_PERCENT;
}

static cr_status fail_memory(cr_error* err) {
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for the table");
}

static size_t value_size(cr_cell_type type) {
  return is_double(type) ? sizeof(double) : sizeof(int32_t);
}

// Makes `*memory` at least `n` bytes large; what was in it may be gone or not.
static cr_status reserve(void** memory, size_t* size, size_t n, cr_error* err) {
  if (n <= *size) return CR_OK;
  void* larger = cr_resize(*memory, n, 1);
  if (larger == NULL) return fail_memory(err);
  *memory = larger;
  *size = n;
  return CR_OK;
}

// ---- cells ----

static void note_bad(cr_column_builder* column, cr_cell_result result,
                     const cr_rows* rows, size_t row) {
  cr_column_notes* notes = &column->notes;
  if (notes->n_bad < CR_COLUMN_LINES) {
    notes->bad_line[notes->n_bad] = rows->first_line + rows->line[row];
  }
  notes->n_bad++;
  if (result == CR_CELL_COMMA) notes->n_comma++;
}

static cr_cell_result read_double(cr_column_builder* column, const unsigned char* p,
                                  size_t n, double* value) {
  if (column->type == CR_CELL_NUMBER) return cr_cell_number(p, n, value);
  bool has_sign = false;
  const cr_cell_result result = cr_cell_percent(p, n, value, &has_sign);
  column->notes.n_percent_sign += has_sign;
  return result;
}

static cr_cell_result read_integer(cr_column_builder* column, const unsigned char* p,
                                   size_t n, int32_t* value) {
  cr_cell_result result = CR_CELL_BAD;
  switch (column->type) {
    case CR_CELL_COUNT: return cr_cell_count(p, n, value);
    case CR_CELL_TERM: return cr_cell_term(p, n, value);
    case CR_CELL_YEARS: return cr_cell_years(p, n, value);
    case CR_CELL_FLAG: return cr_cell_flag(p, n, value);
    case CR_CELL_DATE: return cr_date_parse(p, n, value);
    case CR_CELL_MONTH:
      result = cr_month_parse(p, n, value);
      if (result == CR_CELL_OK) {
        column->notes.n_year_only += (*value & CR_MONTH_NO_MONTH) != 0;
      }
      return result;
    default: return result;
  }
}

static cr_status reserve_scratch(cr_column_builder* column, size_t n, cr_error* err) {
  void* scratch = column->scratch;
  const cr_status status = reserve(&scratch, &column->scratch_size, n, err);
  column->scratch = scratch;
  return status;
}

static bool is_ascii(const unsigned char* p, size_t n) {
  uint64_t eight, any = 0;
  for (; n >= sizeof eight; p += sizeof eight, n -= sizeof eight) {
    memcpy(&eight, p, sizeof eight);
    any |= eight;
  }
  for (; n > 0; n--) any |= (uint64_t)*p++ << 56;
  return (any & 0x8080808080808080u) == 0;
}

// The code of a text, after doubled quotes were made single and bad bytes repaired.
static cr_status put_text(cr_column_builder* column, const unsigned char* p, size_t n,
                          bool quoted, int32_t* code, cr_error* err) {
  const bool doubled = quoted && memchr(p, '"', n) != NULL;
  const bool bad = !is_ascii(p, n) && !cr_utf8_valid(p, n);
  if (doubled || bad) {
    const cr_status status = reserve_scratch(column, 4 * n, err);
    if (status != CR_OK) return status;
  }
  if (doubled) {
    n = cr_scan_undouble(p, n, column->scratch);
    p = column->scratch;
  }
  if (bad) {  // behind the undoubled text, at most three times as long
    unsigned char* const repaired = column->scratch + n;
    n = cr_utf8_repair(p, n, repaired);
    p = repaired;
    column->notes.n_repaired++;
  }
  uint32_t found;
  const cr_status status = cr_dict_put(&column->dict, p, n, &found, err);
  if (status == CR_OK) *code = (int32_t)found;
  return status;
}

// ---- the rows of one block, into `values` ----

// One field of the rows: field i is [from[i], to[i] - 1).
typedef struct {
  const cr_rows* rows;
  const uint32_t *from, *to;
} field;

static field field_of(const cr_rows* rows, size_t j) {
  const uint32_t* from = rows->mark + j * rows->stride;
  return (field){rows, from, from + rows->stride};
}

static bool all_empty(const field* f) {
  uint32_t longest = 0;
  for (size_t i = 0; i < f->rows->n_rows; i++) longest |= f->to[i] - f->from[i];
  return longest == 1;
}

// The bytes of cell `i` without quotes; true when it had any.
static bool cell_of(const field* f, size_t i, const unsigned char** p, size_t* n) {
  *p = f->rows->bytes + f->from[i];
  *n = f->to[i] - 1 - f->from[i];
  const size_t size = *n;
  cr_scan_unquote(p, n);
  return *n < size;
}

static void parse_doubles(cr_column_builder* column, const field* f, double* out) {
  for (size_t i = 0; i < f->rows->n_rows; i++) {
    const unsigned char* p;
    size_t n;
    (void)cell_of(f, i, &p, &n);
    out[i] = __builtin_nan("");
    if (n == 0) continue;
    const cr_cell_result result = read_double(column, p, n, &out[i]);
    if (result == CR_CELL_OK) {
      column->notes.n_read++;
    } else if (result != CR_CELL_MISSING) {
      note_bad(column, result, f->rows, i);
    }
  }
}

static void parse_integers(cr_column_builder* column, const field* f, int32_t* out) {
  for (size_t i = 0; i < f->rows->n_rows; i++) {
    const unsigned char* p;
    size_t n;
    (void)cell_of(f, i, &p, &n);
    out[i] = MISSING;
    if (n == 0) continue;
    const cr_cell_result result = read_integer(column, p, n, &out[i]);
    if (result == CR_CELL_OK) {
      column->notes.n_read++;
    } else if (result != CR_CELL_MISSING) {
      note_bad(column, result, f->rows, i);
    }
  }
}

static cr_status parse_texts(cr_column_builder* column, const field* f, int32_t* out,
                             cr_error* err) {
  const bool level = column->type == CR_CELL_LEVEL;
  const unsigned char* last = NULL;  // the cell before and its code: repeats are common
  size_t last_size = 0;
  int32_t last_code = MISSING;
  for (size_t i = 0; i < f->rows->n_rows; i++) {
    const unsigned char* p;
    size_t n;
    const bool quoted = cell_of(f, i, &p, &n);
    out[i] = MISSING;
    if (level) cr_cell_trim(&p, &n);
    if (n == 0 || (level && cr_cell_is_na(p, n))) continue;
    column->notes.n_read++;
    if (n == last_size && memcmp(p, last, n) == 0) {
      out[i] = last_code;
      continue;
    }
    const size_t repaired = column->notes.n_repaired;
    const cr_status status = put_text(column, p, n, quoted, &out[i], err);
    if (status != CR_OK) return status;
    last = p;
    last_code = out[i];
    // a repaired text is counted each time, so it must not pass for a repeat
    last_size = column->notes.n_repaired == repaired ? n : 0;
  }
  return CR_OK;
}

// ---- chunks ----

// Room in the list for chunk `c`; the chunks themselves stay NULL.
static cr_status reach_chunk(cr_column_builder* column, size_t c, cr_error* err) {
  if (c < column->n_chunks) return CR_OK;
  size_t n = column->n_chunks == 0 ? 4 : 2 * column->n_chunks;
  if (n <= c) n = c + 1;
  void** chunk = cr_resize(column->chunk, n, sizeof *chunk);
  if (chunk == NULL) return fail_memory(err);
  for (size_t i = column->n_chunks; i < n; i++) chunk[i] = NULL;
  column->chunk = chunk;
  column->n_chunks = n;
  return CR_OK;
}

static void fill_missing(cr_cell_type type, void* values, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    if (is_double(type)) {
      ((double*)values)[i] = __builtin_nan("");
    } else {
      ((int32_t*)values)[i] = MISSING;
    }
  }
}

// Stores `n` values that lie in one chunk, from its row `at`. NULL values: all missing.
static cr_status store_in_chunk(cr_column_builder* column, size_t c, size_t at,
                                const void* values, size_t n, cr_error* err) {
  const size_t size = value_size(column->type);
  if (column->chunk[c] == NULL) {
    if (values == NULL) return CR_OK;
    column->chunk[c] = cr_alloc(CHUNK_ROWS, size);
    if (column->chunk[c] == NULL) return fail_memory(err);
    fill_missing(column->type, column->chunk[c], 0, at);
  }
  if (values == NULL) {
    fill_missing(column->type, column->chunk[c], at, at + n);
  } else {
    memcpy((char*)column->chunk[c] + at * size, values, n * size);
  }
  return CR_OK;
}

static cr_status store(cr_column_builder* column, size_t first_row, const void* values,
                       size_t n_rows, cr_error* err) {
  for (size_t done = 0; done < n_rows;) {
    const size_t c = (first_row + done) / CHUNK_ROWS,
                 at = (first_row + done) % CHUNK_ROWS;
    const size_t n = n_rows - done < CHUNK_ROWS - at ? n_rows - done : CHUNK_ROWS - at;
    const void* from =
        values == NULL ? NULL : (const char*)values + done * value_size(column->type);
    cr_status status = reach_chunk(column, c, err);
    if (status == CR_OK) status = store_in_chunk(column, c, at, from, n, err);
    if (status != CR_OK) return status;
    done += n;
  }
  return CR_OK;
}

cr_status cr_column_add(cr_column_builder* column, const cr_rows* rows, size_t j,
                        size_t first_row, cr_error* err) {
  const size_t n = rows->n_rows;
  if (column->type == CR_CELL_SKIP || n == 0) return CR_OK;
  const field f = field_of(rows, j);
  if (all_empty(&f)) return store(column, first_row, NULL, n, err);

  cr_status status =
      reserve(&column->values, &column->values_size, n * value_size(column->type), err);
  if (status != CR_OK) return status;
  const size_t read_before = column->notes.n_read;
  if (is_double(column->type)) {
    parse_doubles(column, &f, column->values);
  } else if (column->type == CR_CELL_TEXT || column->type == CR_CELL_LEVEL) {
    status = parse_texts(column, &f, column->values, err);
  } else {
    parse_integers(column, &f, column->values);
  }
  if (status != CR_OK) return status;
  const bool any = column->notes.n_read > read_before;
  return store(column, first_row, any ? column->values : NULL, n, err);
}

// ---- copying out ----

void cr_column_doubles(const cr_column_builder* column, size_t n_rows, double missing,
                       double* out) {
  for (size_t i = 0; i < n_rows; i++) {
    const size_t c = i / CHUNK_ROWS;
    const double* chunk = c < column->n_chunks ? column->chunk[c] : NULL;
    const double value = chunk == NULL ? missing : chunk[i % CHUNK_ROWS];
    out[i] = value == value ? value : missing;
  }
}

void cr_column_integers(const cr_column_builder* column, size_t n_rows, int32_t* out) {
  for (size_t i = 0; i < n_rows; i++) {
    const size_t c = i / CHUNK_ROWS;
    const int32_t* chunk = c < column->n_chunks ? column->chunk[c] : NULL;
    out[i] = chunk == NULL ? MISSING : chunk[i % CHUNK_ROWS];
  }
}

void cr_column_levels(const cr_column_builder* column, size_t n_rows,
                      const uint32_t* rank, int32_t* out) {
  cr_column_integers(column, n_rows, out);
  for (size_t i = 0; i < n_rows; i++) {
    if (out[i] != MISSING) out[i] = (int32_t)rank[out[i]] + 1;
  }
}

static int32_t integer_at(const cr_column_builder* column, size_t i) {
  const size_t c = i / CHUNK_ROWS;
  if (column == NULL || c >= column->n_chunks || column->chunk[c] == NULL) return MISSING;
  return ((const int32_t*)column->chunk[c])[i % CHUNK_ROWS];
}

void cr_column_days(const cr_column_builder* column, const cr_column_builder* limit,
                    int32_t last, size_t n_rows, int32_t* out) {
  for (size_t i = 0; i < n_rows; i++) {
    const int32_t other = cr_month_resolve(integer_at(limit, i), MISSING);
    const int32_t bound = other == MISSING ? last : other;
    out[i] = cr_month_days(cr_month_resolve(integer_at(column, i), bound));
  }
}

void cr_column_free(cr_column_builder* column) {
  for (size_t c = 0; c < column->n_chunks; c++) cr_free(column->chunk[c]);
  cr_free(column->chunk);
  cr_free(column->values);
  cr_free(column->scratch);
  cr_dict_free(&column->dict);
  const cr_cell_type type = column->type;
  const cr_column_notes notes = column->notes;
  *column = (cr_column_builder){.type = type, .notes = notes};
}
