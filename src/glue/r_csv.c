#include <string.h>

#include "r_entries.h"

#include "data/csv.h"
#include "data/date.h"

// ---- text between R and the core ----

static const unsigned char* bytes_of(SEXP strings, R_xlen_t i, size_t* n) {
  const char* text = Rf_translateCharUTF8(STRING_ELT(strings, i));
  *n = strlen(text);
  return (const unsigned char*)text;
}

static SEXP make_string(const unsigned char* text, size_t n) {
  return Rf_mkCharLenCE((const char*)text, (int)n, CE_UTF8);
}

static SEXP make_strings(const cr_dict* dict, const uint32_t* code, size_t n) {
  SEXP out = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)n));
  for (size_t i = 0; i < n; i++) {
    size_t size;
    const unsigned char* text = cr_dict_text(dict, code[i], &size);
    SET_STRING_ELT(out, (R_xlen_t)i, make_string(text, size));
  }
  UNPROTECT(1);
  return out;
}

static SEXP numbers(const size_t* from, R_xlen_t n) {
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  for (R_xlen_t i = 0; i < n; i++) REAL(out)[i] = (double)from[i];
  UNPROTECT(1);
  return out;
}

// ---- open ----

static void free_csv(void* object) { cr_csv_free(object); }

static cr_csv* csv_of(SEXP handle) {
  cr_csv* csv = TYPEOF(handle) == EXTPTRSXP ? r_owned(handle) : NULL;
  if (csv == NULL) r_stop_internal("the file is closed");
  return csv;
}

static void add_known(cr_csv* csv, SEXP known) {
  cr_error err;
  for (R_xlen_t i = 0; i < XLENGTH(known); i++) {
    size_t n;
    const unsigned char* name = bytes_of(known, i, &n);
    r_check(cr_csv_add_known(csv, name, n, &err), &err);
  }
}

static cr_status open_source(cr_csv* csv, SEXP path, SEXP member, double max_bytes,
                             cr_error* err) {
  const cr_source_options options = {
      .max_bytes = (uint64_t)max_bytes,
      .member =
          member == R_NilValue ? NULL : Rf_translateCharUTF8(STRING_ELT(member, 0))};
  cr_source* source = NULL;
  const char* native = Rf_translateChar(STRING_ELT(path, 0));
  const cr_status status = cr_source_open(native, &options, &source, err);
  return status == CR_OK ? cr_csv_open(csv, source, err) : status;
}

SEXP ffi_csv_open(SEXP path, SEXP member, SEXP max_bytes, SEXP known) {
  static const char* const names[] = {"handle", "names", "delimiter", NULL};
  cr_error err;
  SEXP handle = PROTECT(r_own(sizeof(cr_csv), free_csv));
  cr_csv* csv = r_owned(handle);
  add_known(csv, known);
  const cr_status status = open_source(csv, path, member, r_number(max_bytes), &err);
  if (status != CR_OK) r_release(handle);  // the file is closed at once
  r_check(status, &err);

  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, handle);
  SET_VECTOR_ELT(
      out, 1, make_strings(&csv->header.names, csv->header.name, csv->header.n_fields));
  const char delimiter[] = {(char)csv->header.delimiter, 0};
  SET_VECTOR_ELT(out, 2, Rf_mkString(delimiter));
  UNPROTECT(2);
  return out;
}

SEXP ffi_csv_close(SEXP handle) {
  r_release(handle);
  return R_NilValue;
}

// ---- read ----

static cr_cell_type type_of(SEXP types, R_xlen_t j) {
  const char* name = CHAR(STRING_ELT(types, j));
  for (int type = 0; type < CR_CELL_TYPES; type++) {
    if (strcmp(name, cr_cell_type_name((cr_cell_type)type)) == 0)
      return (cr_cell_type)type;
  }
  r_stop_internal("unknown column type");
  return CR_CELL_SKIP;
}

static const cr_cell_type* types_of(SEXP types, size_t n) {
  if (TYPEOF(types) != STRSXP || (size_t)XLENGTH(types) != n) {
    r_stop_internal("one type for each column wanted");
  }
  cr_cell_type* out = (cr_cell_type*)(void*)R_alloc(n, sizeof *out);
  for (size_t j = 0; j < n; j++) out[j] = type_of(types, (R_xlen_t)j);
  return out;
}

static SEXP class_counts(const cr_intake* intake) {
  SEXP out = PROTECT(numbers(intake->count, CR_LINE_CLASSES));
  SEXP names = PROTECT(Rf_allocVector(STRSXP, CR_LINE_CLASSES));
  for (int i = 0; i < CR_LINE_CLASSES; i++) {
    SET_STRING_ELT(names, i, Rf_mkChar(cr_line_class_name((cr_line_class)i)));
  }
  Rf_setAttrib(out, R_NamesSymbol, names);
  UNPROTECT(2);
  return out;
}

static SEXP reject_counts(const cr_intake* intake) {
  SEXP out = PROTECT(numbers(intake->rejects, CR_REJECTS));
  SEXP names = PROTECT(Rf_allocVector(STRSXP, CR_REJECTS));
  for (int i = 0; i < CR_REJECTS; i++) {
    SET_STRING_ELT(names, i, Rf_mkChar(cr_reject_name((cr_reject)i)));
  }
  Rf_setAttrib(out, R_NamesSymbol, names);
  UNPROTECT(2);
  return out;
}

static SEXP rejected_lines(const cr_intake* intake) {
  static const char* const names[] = {"line", "reason", NULL};
  const size_t all = intake->count[CR_LINE_REJECTED];
  const R_xlen_t n = (R_xlen_t)(all < CR_REJECTED_SHOWN ? all : CR_REJECTED_SHOWN);
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, Rf_allocVector(REALSXP, n));
  SET_VECTOR_ELT(out, 1, Rf_allocVector(STRSXP, n));
  for (R_xlen_t i = 0; i < n; i++) {
    REAL(VECTOR_ELT(out, 0))[i] = (double)intake->rejected[i].line;
    const char* reason = cr_reject_name(intake->rejected[i].reason);
    SET_STRING_ELT(VECTOR_ELT(out, 1), i, Rf_mkChar(reason));
  }
  UNPROTECT(1);
  return out;
}

// Header, section and footer lines, and the row each stands before.
static SEXP events(const cr_intake* intake) {
  static const char* const names[] = {"class",       "row",    "line",
                                      "policy_code", "amount", NULL};
  const R_xlen_t n = (R_xlen_t)intake->n_events;
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, Rf_allocVector(STRSXP, n));
  for (int k = 1; k < 5; k++) SET_VECTOR_ELT(out, k, Rf_allocVector(REALSXP, n));
  for (R_xlen_t i = 0; i < n; i++) {
    const cr_event* event = &intake->event[i];
    SET_STRING_ELT(VECTOR_ELT(out, 0), i,
                   Rf_mkChar(cr_line_class_name(event->line_class)));
    REAL(VECTOR_ELT(out, 1))[i] = (double)event->row;
    REAL(VECTOR_ELT(out, 2))[i] = (double)event->line;
    REAL(VECTOR_ELT(out, 3))[i] = (double)event->footer.policy_code;
    REAL(VECTOR_ELT(out, 4))[i] = event->footer.amount;
  }
  UNPROTECT(1);
  return out;
}

// One value of each column's notes.
static SEXP note(const cr_csv* csv, size_t (*value)(const cr_column_notes* notes)) {
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)csv->header.n_fields));
  for (size_t j = 0; j < csv->header.n_fields; j++) {
    REAL(out)[j] = (double)value(&csv->column[j].notes);
  }
  UNPROTECT(1);
  return out;
}

static size_t n_read(const cr_column_notes* x) { return x->n_read; }
static size_t n_bad(const cr_column_notes* x) { return x->n_bad; }
static size_t n_comma(const cr_column_notes* x) { return x->n_comma; }
static size_t n_sign(const cr_column_notes* x) { return x->n_percent_sign; }
static size_t n_repaired(const cr_column_notes* x) { return x->n_repaired; }
static size_t n_year_only(const cr_column_notes* x) { return x->n_year_only; }
static size_t first_bad(const cr_column_notes* x) {
  return x->n_bad > 0 ? (size_t)x->bad_line[0] : 0;
}

static SEXP column_notes(const cr_csv* csv) {
  static const char* const names[] = {"read",     "bad",       "comma",     "sign",
                                      "repaired", "year_only", "first_bad", NULL};
  size_t (*const value[])(const cr_column_notes*) = {
      n_read, n_bad, n_comma, n_sign, n_repaired, n_year_only, first_bad};
  SEXP out = PROTECT(r_named_list(names));
  for (int k = 0; k < 7; k++) SET_VECTOR_ELT(out, k, note(csv, value[k]));
  UNPROTECT(1);
  return out;
}

SEXP ffi_csv_read(SEXP handle, SEXP types, SEXP status, SEXP statuses, SEXP run) {
  static const char* const names[] = {"records",  "rows",   "nul",   "classes", "rejects",
                                      "rejected", "events", "notes", NULL};
  cr_error err;
  r_ticker ticker;
  cr_csv* csv = csv_of(handle);
  const cr_run settings = r_run(run, &ticker);
  for (R_xlen_t i = 0; i < XLENGTH(statuses); i++) {
    size_t n;
    const unsigned char* text = bytes_of(statuses, i, &n);
    r_check(cr_csv_add_status(csv, text, n, &err), &err);
  }
  const cr_cell_type* type = types_of(types, csv->header.n_fields);
  const size_t field = status == R_NilValue ? CR_NO_FIELD : (size_t)r_integer(status);
  r_check(cr_csv_read(csv, type, field, &settings, &err), &err);

  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, numbers(&csv->intake.n_records, 1));
  SET_VECTOR_ELT(out, 1, numbers(&csv->intake.n_rows, 1));
  SET_VECTOR_ELT(out, 2, numbers(&csv->intake.n_nul, 1));
  SET_VECTOR_ELT(out, 3, class_counts(&csv->intake));
  SET_VECTOR_ELT(out, 4, reject_counts(&csv->intake));
  SET_VECTOR_ELT(out, 5, rejected_lines(&csv->intake));
  SET_VECTOR_ELT(out, 6, events(&csv->intake));
  SET_VECTOR_ELT(out, 7, column_notes(csv));
  UNPROTECT(1);
  return out;
}

// ---- one column out ----

static SEXP dictionary(const cr_dict* dict) {
  SEXP out = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)dict->n));
  for (uint32_t code = 0; code < dict->n; code++) {
    size_t n;
    const unsigned char* text = cr_dict_text(dict, code, &n);
    SET_STRING_ELT(out, (R_xlen_t)code, make_string(text, n));
  }
  UNPROTECT(1);
  return out;
}

static SEXP text_vector(const cr_column_builder* column, R_xlen_t n) {
  SEXP distinct = PROTECT(dictionary(&column->dict));
  SEXP codes = PROTECT(Rf_allocVector(INTSXP, n));
  cr_column_integers(column, (size_t)n, INTEGER(codes));
  SEXP out = PROTECT(Rf_allocVector(STRSXP, n));
  const int* code = INTEGER_RO(codes);
  for (R_xlen_t i = 0; i < n; i++) {
    SET_STRING_ELT(out, i,
                   code[i] == NA_INTEGER ? NA_STRING : STRING_ELT(distinct, code[i]));
  }
  UNPROTECT(3);
  return out;
}

static SEXP level_vector(const cr_column_builder* column, R_xlen_t n) {
  cr_error err;
  const cr_dict* dict = &column->dict;
  uint32_t* rank = (uint32_t*)(void*)R_alloc(dict->n + 1, sizeof *rank);
  r_check(cr_dict_rank(dict, rank, &err), &err);
  SEXP levels = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)dict->n));
  for (uint32_t code = 0; code < dict->n; code++) {
    size_t size;
    const unsigned char* text = cr_dict_text(dict, code, &size);
    SET_STRING_ELT(levels, (R_xlen_t)rank[code], make_string(text, size));
  }
  SEXP out = PROTECT(Rf_allocVector(INTSXP, n));
  cr_column_levels(column, (size_t)n, rank, INTEGER(out));
  Rf_setAttrib(out, R_LevelsSymbol, levels);
  Rf_setAttrib(out, R_ClassSymbol, Rf_mkString("factor"));
  UNPROTECT(2);
  return out;
}

static SEXP plain_vector(const cr_column_builder* column, R_xlen_t n,
                         const cr_column_builder* limit, int32_t last) {
  const cr_cell_type type = column->type;
  if (type == CR_CELL_NUMBER || type == CR_CELL_PERCENT) {
    SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
    cr_column_doubles(column, (size_t)n, NA_REAL, REAL(out));
    UNPROTECT(1);
    return out;
  }
  const bool flag = type == CR_CELL_FLAG;
  SEXP out = PROTECT(Rf_allocVector(flag ? LGLSXP : INTSXP, n));
  int* to = flag ? LOGICAL(out) : INTEGER(out);
  if (type == CR_CELL_MONTH) {
    cr_column_days(column, limit, last, (size_t)n, to);
  } else {
    cr_column_integers(column, (size_t)n, to);
  }
  UNPROTECT(1);
  return out;
}

// `limit` is the field whose months bound the short years of this column, or NULL.
SEXP ffi_csv_column(SEXP handle, SEXP column, SEXP limit, SEXP last) {
  cr_csv* csv = csv_of(handle);
  const size_t n = csv->header.n_fields, j = (size_t)r_integer(column);
  const size_t k = limit == R_NilValue ? j : (size_t)r_integer(limit);
  if (csv->column == NULL || j >= n || k >= n) r_stop_internal("no such column");
  cr_column_builder* from = &csv->column[j];
  const cr_column_builder* bound = limit == R_NilValue ? NULL : &csv->column[k];
  const R_xlen_t n_rows = (R_xlen_t)csv->intake.n_rows;
  const int32_t until = last == R_NilValue ? NA_INTEGER : r_integer(last);
  switch (from->type) {
    case CR_CELL_SKIP: r_stop_internal("the column was not read"); return R_NilValue;
    case CR_CELL_TEXT: return text_vector(from, n_rows);
    case CR_CELL_LEVEL: return level_vector(from, n_rows);
    default: return plain_vector(from, n_rows, bound, until);
  }
}

// ---- columns the schema does not know ----

// Numbers when every text that is not missing is one (`NA` is missing, `007` is a code);
// NULL otherwise, and when there is nothing to go by.
SEXP ffi_csv_numbers(SEXP text) {
  const R_xlen_t n = XLENGTH(text);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  bool any = false;
  for (R_xlen_t i = 0; i < n; i++) {
    REAL(out)[i] = NA_REAL;
    if (STRING_ELT(text, i) == NA_STRING) continue;
    const unsigned char* p = (const unsigned char*)CHAR(STRING_ELT(text, i));
    switch (cr_cell_plain_number(p, strlen(CHAR(STRING_ELT(text, i))), &REAL(out)[i])) {
      case CR_CELL_OK: any = true; break;
      case CR_CELL_MISSING: break;
      default: UNPROTECT(1); return R_NilValue;
    }
  }
  UNPROTECT(1);
  return any ? out : R_NilValue;
}
