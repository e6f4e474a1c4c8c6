#include <string.h>

#include "r_entries.h"

#include "model/save.h"
#include "model/scorer.h"
#include "model/sha256.h"

// ---- R's lists to bytes --------------------------------------------------------

static void free_writer(void* object) { cr_writer_free(object); }

// Text i of an R vector as UTF-8.
static const char* text_of(const void* data, size_t i, size_t* n) {
  SEXP one = STRING_ELT((SEXP)data, (R_xlen_t)i);
  if (one == NA_STRING) return NULL;
  const char* text = Rf_translateCharUTF8(one);
  *n = strlen(text);
  return text;
}

static void stop_not_plain(SEXP x) {
  cr_error err;
  r_check(cr_fail(&err, CR_EMODEL, "not_plain",
                  "the model holds something that a model file cannot (%s)",
                  Rf_type2char(TYPEOF(x))),
          &err);
}

static cr_value_type type_of(SEXP x) {
  for (SEXP a = ATTRIB(x); a != R_NilValue; a = CDR(a)) {
    if (TAG(a) != R_NamesSymbol) stop_not_plain(x);
  }
  switch (TYPEOF(x)) {
    case NILSXP: return CR_VALUE_NULL;
    case VECSXP: return CR_VALUE_LIST;
    case LGLSXP: return CR_VALUE_FLAG;
    case INTSXP: return CR_VALUE_INTEGER;
    case REALSXP: return CR_VALUE_NUMBER;
    case STRSXP: return CR_VALUE_TEXT;
    case RAWSXP: return CR_VALUE_BYTES;
    default: stop_not_plain(x);
  }
  return CR_VALUE_TYPES;
}

// One value without the elements of a list.
static void write_value(cr_writer* writer, SEXP x) {
  const cr_value_type type = type_of(x);
  const size_t n = (size_t)Rf_xlength(x);
  SEXP names = PROTECT(Rf_getAttrib(x, R_NamesSymbol));
  cr_write_head(writer, type, names != R_NilValue, n);
  if (names != R_NilValue) cr_write_texts(writer, text_of, names, n);
  switch (type) {
    case CR_VALUE_FLAG: cr_write_integers(writer, LOGICAL_RO(x), n); break;
    case CR_VALUE_INTEGER: cr_write_integers(writer, INTEGER_RO(x), n); break;
    case CR_VALUE_NUMBER: cr_write_numbers(writer, REAL_RO(x), n); break;
    case CR_VALUE_TEXT: cr_write_texts(writer, text_of, x, n); break;
    case CR_VALUE_BYTES:
      cr_write_bytes(writer, RAW_RO(x), n);
      cr_write_fill(writer);
      break;
    default: break;
  }
  UNPROTECT(1);
}

// A list and all it contains, each value before its elements.
static void write_tree(cr_writer* writer, SEXP root) {
  struct {
    SEXP list;
    R_xlen_t next;
  } open[CR_VALUE_DEPTH + 1];
  int depth = 0;
  write_value(writer, root);
  if (TYPEOF(root) == VECSXP) open[depth++].list = root;
  open[0].next = 0;
  while (depth > 0) {
    SEXP list = open[depth - 1].list;
    if (open[depth - 1].next == XLENGTH(list)) {
      depth--;
      continue;
    }
    SEXP x = VECTOR_ELT(list, open[depth - 1].next++);
    write_value(writer, x);
    if (TYPEOF(x) != VECSXP) continue;
    if (depth == CR_VALUE_DEPTH) stop_not_plain(x);
    open[depth].list = x;
    open[depth++].next = 0;
  }
}

static void check_written(const cr_writer* writer) {
  cr_error err;
  if (writer->status == CR_OK) return;
  r_check(cr_fail(&err, writer->status, "memory", "no memory to write the model"), &err);
}

// The bytes of a model file from a named list of sections; `required` goes with them.
SEXP ffi_model_bytes(SEXP sections, SEXP required) {
  const size_t n = (size_t)XLENGTH(sections);
  const int32_t* must = r_view_integer(required, (R_xlen_t)n);
  SEXP names = PROTECT(Rf_getAttrib(sections, R_NamesSymbol));
  const char** name = (const char**)(void*)R_alloc(n + 1, sizeof *name);
  bool* is_required = (bool*)(void*)R_alloc(n + 1, sizeof *is_required);
  for (size_t k = 0; k < n; k++) {
    name[k] = CHAR(STRING_ELT(names, (R_xlen_t)k));
    is_required[k] = must[k] != 0;
  }
  SEXP owner = PROTECT(r_own(sizeof(cr_writer), free_writer));
  cr_writer* writer = r_owned(owner);
  cr_model_file_begin(writer, name, is_required, n);
  for (size_t k = 0; k < n; k++) {
    cr_model_file_mark(writer, k);
    write_tree(writer, VECTOR_ELT(sections, (R_xlen_t)k));
  }
  cr_model_file_end(writer);
  check_written(writer);
  SEXP out = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)writer->n));
  memcpy(RAW(out), writer->bytes, writer->n);
  r_release(owner);
  UNPROTECT(3);
  return out;
}

SEXP ffi_model_write(SEXP path, SEXP bytes) {
  cr_error err;
  const char* native = Rf_translateChar(STRING_ELT(path, 0));
  r_check(cr_save_bytes(native, RAW_RO(bytes), (size_t)XLENGTH(bytes), &err), &err);
  return R_NilValue;
}

// ---- bytes to R's lists --------------------------------------------------------

static SEXP texts_to_r(const cr_texts* texts, size_t n) {
  SEXP out = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)n));
  for (size_t i = 0; i < n; i++) {
    const char* text;
    size_t length;
    const bool known = cr_texts_at(texts, i, &text, &length);
    SET_STRING_ELT(out, (R_xlen_t)i,
                   known ? Rf_mkCharLenCE(text, (int)length, CE_UTF8) : NA_STRING);
  }
  UNPROTECT(1);
  return out;
}

static SEXP value_to_r(const cr_value* v) {
  const R_xlen_t n = (R_xlen_t)v->n;
  SEXP out = R_NilValue;
  switch (v->type) {
    case CR_VALUE_LIST: return Rf_allocVector(VECSXP, n);
    case CR_VALUE_FLAG:
      out = Rf_allocVector(LGLSXP, n);
      if (n > 0) memcpy(LOGICAL(out), v->as.integer, v->n * sizeof(int32_t));
      break;
    case CR_VALUE_INTEGER:
      out = Rf_allocVector(INTSXP, n);
      if (n > 0) memcpy(INTEGER(out), v->as.integer, v->n * sizeof(int32_t));
      break;
    case CR_VALUE_NUMBER:
      out = Rf_allocVector(REALSXP, n);
      if (n > 0) memcpy(REAL(out), v->as.number, v->n * sizeof(double));
      break;
    case CR_VALUE_TEXT: return texts_to_r(&v->text, v->n);
    case CR_VALUE_BYTES:
      out = Rf_allocVector(RAWSXP, n);
      if (n > 0) memcpy(RAW(out), v->as.byte, v->n);
      break;
    default: break;
  }
  return out;
}

// Puts the tree into `holder[[place]]`; lists are reached through it, so nothing else
// needs protection.
static void tree_to_r(const cr_value* v, SEXP holder, R_xlen_t place) {
  struct {
    SEXP list;
    R_xlen_t next, end;
  } open[CR_VALUE_DEPTH + 1] = {{holder, place, place + 1}};
  int depth = 1;
  for (; depth > 0; v++) {
    SEXP x = value_to_r(v);
    SET_VECTOR_ELT(open[depth - 1].list, open[depth - 1].next++, x);
    if (v->names.start != NULL && v->type != CR_VALUE_NULL) {
      SEXP names = PROTECT(texts_to_r(&v->names, v->n));
      Rf_setAttrib(x, R_NamesSymbol, names);
      UNPROTECT(1);
    }
    if (v->type == CR_VALUE_LIST) {
      open[depth].list = x;
      open[depth].next = 0;
      open[depth++].end = XLENGTH(x);
    }
    while (depth > 0 && open[depth - 1].next == open[depth - 1].end) depth--;
  }
}

typedef struct {
  cr_scorer scorer;
  cr_records rows;
} columns_of;

static void free_columns(void* object) {
  columns_of* work = object;
  cr_records_free(&work->rows);
  cr_scorer_free(&work->scorer);
}

static void free_scorer(void* object) { cr_scorer_free(object); }

// `source` is a path, or the bytes themselves.
static void open_scorer(SEXP source, double max_bytes, cr_scorer* scorer) {
  cr_error err;
  cr_model_file file = {0};
  if (TYPEOF(source) == RAWSXP) {
    r_check(cr_model_file_copy(RAW_RO(source), (size_t)XLENGTH(source), &file, &err),
            &err);
  } else {
    const char* path = Rf_translateChar(STRING_ELT(source, 0));
    r_check(cr_model_file_read(path, (uint64_t)max_bytes, &file, &err), &err);
  }
  r_check(cr_scorer_open(&file, scorer, &err), &err);
}

// All sections of a model file as R lists, after everything in it was checked; NULL
// for those that were not read because nothing here knows them.
SEXP ffi_model_open(SEXP source, SEXP max_bytes) {
  SEXP owner = PROTECT(r_own(sizeof(cr_scorer), free_scorer));
  cr_scorer* scorer = r_owned(owner);
  open_scorer(source, r_number(max_bytes), scorer);
  const R_xlen_t n = (R_xlen_t)scorer->file.n_sections;
  SEXP out = PROTECT(Rf_allocVector(VECSXP, n));
  SEXP names = PROTECT(Rf_allocVector(STRSXP, n));
  for (R_xlen_t k = 0; k < n; k++) {
    const cr_section* section = &scorer->file.section[k];
    SET_STRING_ELT(names, k, Rf_mkChar(section->name));
    if (section->values != NULL) tree_to_r(section->values, out, k);
  }
  Rf_setAttrib(out, R_NamesSymbol, names);
  r_release(owner);
  UNPROTECT(3);
  return out;
}

// The log-odds that the scorer gives without R, for columns as the blueprint makes them.
SEXP ffi_model_link(SEXP bytes, SEXP x, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const cr_frame frame = r_view_frame(x);
  SEXP owner = PROTECT(r_own(sizeof(cr_scorer), free_scorer));
  cr_scorer* scorer = r_owned(owner);
  open_scorer(bytes, 0, scorer);
  if (frame.n_columns != scorer->contract.n_features) r_stop_internal("columns differ");
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)frame.n_rows));
  r_check(cr_scorer_link(scorer, &frame, &how, REAL(out), &err), &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// The probabilities that the scorer gives from the values of the fields: a matrix with
// a row per loan and a column per field.
SEXP ffi_model_prob(SEXP bytes, SEXP values, SEXP n, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run how = r_run(run, &ticker);
  const size_t n_rows = (size_t)r_number(n);
  SEXP owner = PROTECT(r_own(sizeof(cr_scorer), free_scorer));
  cr_scorer* scorer = r_owned(owner);
  open_scorer(bytes, 0, scorer);
  const R_xlen_t n_values = (R_xlen_t)(n_rows * scorer->inputs.n_fields);
  const double* value = r_view_double(values, n_values);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)n_rows));
  r_check(cr_scorer_prob(scorer, value, n_rows, &how, REAL(out), &err), &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// The model's columns that follow from the values of the fields: a row per loan, levels
// as codes, NA or NaN where missing.
SEXP ffi_model_columns(SEXP bytes, SEXP values, SEXP n) {
  cr_error err;
  const size_t n_rows = (size_t)r_number(n);
  SEXP owner = PROTECT(r_own(sizeof(columns_of), free_columns));
  columns_of* work = r_owned(owner);
  open_scorer(bytes, 0, &work->scorer);
  const cr_scorer* scorer = &work->scorer;
  const double* value =
      r_view_double(values, (R_xlen_t)(n_rows * scorer->inputs.n_fields));
  r_check(cr_records_make(&scorer->contract, n_rows, &work->rows, &err), &err);
  cr_records_fill(&scorer->inputs, &scorer->contract, value, n_rows, n_rows, &work->rows);
  const cr_frame* frame = &work->rows.frame;
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)n_rows, (int)frame->n_columns));
  for (size_t j = 0; j < frame->n_columns; j++) {
    const cr_column* column = &frame->column[j];
    for (size_t i = 0; i < n_rows; i++) {
      const bool is_level = column->type == CR_COLUMN_LEVEL;
      const double x = is_level ? column->integer[i] : column->number[i];
      const bool missing = is_level && column->integer[i] == CR_MISSING_INT;
      REAL(out)[j * n_rows + i] = missing ? NA_REAL : x;
    }
  }
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// Text read by the grammar of field `field` (from 0): a number each, NaN when there is
// none, and in the attribute `result` the cr_cell_result.
SEXP ffi_model_parse(SEXP bytes, SEXP field, SEXP text) {
  const R_xlen_t n = XLENGTH(text);
  SEXP owner = PROTECT(r_own(sizeof(cr_scorer), free_scorer));
  cr_scorer* scorer = r_owned(owner);
  open_scorer(bytes, 0, scorer);
  const int32_t f = r_integer(field);
  if (f < 0 || (size_t)f >= scorer->inputs.n_fields) r_stop_internal("no such field");
  SEXP out = PROTECT(Rf_allocVector(REALSXP, n));
  SEXP bad = PROTECT(Rf_allocVector(INTSXP, n));
  for (R_xlen_t i = 0; i < n; i++) {
    const char* one = CHAR(STRING_ELT(text, i));
    REAL(out)[i] = R_NaN;
    INTEGER(bad)
    [i] = (int)cr_inputs_parse(&scorer->inputs, (size_t)f, (const unsigned char*)one,
                               strlen(one), INT32_MIN, &REAL(out)[i]);
  }
  Rf_setAttrib(out, Rf_install("result"), bad);
  r_release(owner);
  UNPROTECT(3);
  return out;
}

SEXP ffi_model_digest(SEXP bytes) {
  SEXP out = PROTECT(Rf_allocVector(RAWSXP, CR_SHA256_BYTES));
  cr_sha256(RAW_RO(bytes), (size_t)XLENGTH(bytes), RAW(out));
  UNPROTECT(1);
  return out;
}
