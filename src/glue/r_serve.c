#include <string.h>

#include "r_entries.h"
#include "r_list.h"

#include "data/json.h"
#include "model/request.h"
#include "model/save.h"
#include "model/scorer.h"
#include "model/secret.h"
#include "model/sha256.h"

static void free_scorer(void* object) { cr_scorer_free(object); }
static void free_request(void* object) { cr_request_free(object); }

// A scorer that stays open between requests; the R object that owns it.
SEXP ffi_serve_open(SEXP bytes) {
  cr_error err;
  cr_model_file file = {0};
  SEXP owner = PROTECT(r_own(sizeof(cr_scorer), free_scorer));
  cr_scorer* scorer = r_owned(owner);
  r_check(cr_model_file_copy(RAW_RO(bytes), (size_t)XLENGTH(bytes), &file, &err), &err);
  r_check(cr_scorer_open(&file, scorer, &err), &err);
  if (!scorer->has_inputs) r_stop_internal("the model has no fields");
  UNPROTECT(1);
  return owner;
}

static cr_scorer* view_scorer(SEXP owner) {
  cr_scorer* scorer = TYPEOF(owner) == EXTPTRSXP ? r_owned(owner) : NULL;
  if (scorer == NULL) r_stop_internal("the scorer is closed");
  return scorer;
}

// A refusal as a list, not a condition: it is an answer, and thousands may come.
static SEXP refusal(cr_status status, const cr_error* err) {
  static const char* const names[] = {"refused", "status", "message", "row", NULL};
  SEXP out = PROTECT(r_named_list(names));
  SET_VECTOR_ELT(out, 0, Rf_mkString(err->code));
  SET_VECTOR_ELT(out, 1, Rf_ScalarInteger((int)status));
  SET_VECTOR_ELT(out, 2, Rf_mkString(err->message));
  SET_VECTOR_ELT(out, 3, Rf_ScalarReal((double)err->line));
  UNPROTECT(1);
  return out;
}

static bool is_refusal(cr_status status) {
  return status == CR_EPARSE || status == CR_EINPUT || status == CR_ELIMIT;
}

// Places, from 1, of the marked fields.
static SEXP marked(const uint8_t* mark, uint8_t wanted, size_t n) {
  R_xlen_t count = 0;
  for (size_t f = 0; f < n; f++) count += mark[f] == wanted;
  SEXP out = PROTECT(Rf_allocVector(INTSXP, count));
  for (size_t f = n; f-- > 0;) {
    if (mark[f] == wanted) INTEGER(out)[--count] = (int)f + 1;
  }
  UNPROTECT(1);
  return out;
}

// The body's rows; R_NilValue in `*refused` unless they were refused.
static cr_request* read_request(SEXP owner, const cr_scorer* scorer, SEXP body,
                                SEXP format, SEXP max_rows, SEXP* refused) {
  cr_error err;
  cr_request* request = r_owned(owner);
  const cr_status status =
      cr_request_read(&scorer->inputs, (cr_body)r_integer(format), RAW_RO(body),
                      (size_t)XLENGTH(body), (size_t)r_number(max_rows), request, &err);
  *refused = R_NilValue;
  if (is_refusal(status))
    *refused = refusal(status, &err);
  else
    r_check(status, &err);
  return request;
}

// Probabilities of the body's rows, and which fields were not given, or had text that
// is no level; or why the body was refused.
SEXP ffi_serve_score(SEXP handle, SEXP body, SEXP format, SEXP max_rows) {
  static const char* const names[] = {"prob", "absent", "unseen", NULL};
  cr_error err;
  SEXP refused;
  const cr_run run = {.threads = 1};
  const cr_scorer* scorer = view_scorer(handle);
  SEXP owner = PROTECT(r_own(sizeof(cr_request), free_request));
  cr_request* request = read_request(owner, scorer, body, format, max_rows, &refused);
  if (refused != R_NilValue) {
    UNPROTECT(1);
    return refused;
  }
  SEXP out = PROTECT(r_named_list(names));
  SEXP prob = Rf_allocVector(REALSXP, (R_xlen_t)request->n_rows);
  SET_VECTOR_ELT(out, 0, prob);
  SET_VECTOR_ELT(out, 1, marked(request->given, 0, request->n_fields));
  SET_VECTOR_ELT(out, 2, marked(request->unseen, 1, request->n_fields));
  const cr_status status =
      cr_scorer_prob(scorer, request->value, request->n_rows, &run, REAL(prob), &err);
  if (status == CR_ENUMERIC) {
    UNPROTECT(2);
    return refusal(status, &err);
  }
  r_check(status, &err);
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// The model's columns of the body's rows, numbers or codes; or why it was refused.
SEXP ffi_serve_columns(SEXP handle, SEXP body, SEXP format, SEXP max_rows) {
  SEXP refused;
  const cr_scorer* scorer = view_scorer(handle);
  const size_t p = scorer->contract.n_features;
  SEXP owner = PROTECT(r_own(sizeof(cr_request), free_request));
  cr_request* request = read_request(owner, scorer, body, format, max_rows, &refused);
  if (refused != R_NilValue) {
    UNPROTECT(1);
    return refused;
  }
  const size_t n = request->n_rows;
  double* number = (double*)(void*)R_alloc(n * p + 1, sizeof *number);
  int32_t* code = (int32_t*)(void*)R_alloc(n * p + 1, sizeof *code);
  cr_inputs_columns(&scorer->inputs, &scorer->contract, request->value, n, n, number,
                    code);
  SEXP out = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)p));
  for (size_t j = 0; j < p; j++) {
    const bool is_level = scorer->contract.shape[j].type == CR_COLUMN_LEVEL;
    SET_VECTOR_ELT(out, (R_xlen_t)j,
                   is_level ? r_integers(code + j * n, n) : r_doubles(number + j * n, n));
  }
  r_release(owner);
  UNPROTECT(2);
  return out;
}

// Which key `given` is, from 1; 0 when it is none.
SEXP ffi_serve_key(SEXP digests, SEXP given) {
  const size_t n = (size_t)XLENGTH(digests) / CR_SHA256_BYTES;
  const size_t at =
      cr_secret_find(RAW_RO(digests), n, RAW_RO(given), (size_t)XLENGTH(given));
  return Rf_ScalarInteger(at == n ? 0 : (int)at + 1);
}

// UTF-8 bytes as the inside of a JSON text
SEXP ffi_serve_escape(SEXP bytes) {
  const size_t n = (size_t)XLENGTH(bytes);
  const size_t length = cr_json_escape(RAW_RO(bytes), n, NULL);
  char* out = R_alloc(length + 1, 1);
  (void)cr_json_escape(RAW_RO(bytes), n, (unsigned char*)out);
  return Rf_ScalarString(Rf_mkCharLenCE(out, (int)length, CE_UTF8));
}

// Hexadecimal digits of the SHA-256 of a text's bytes
SEXP ffi_serve_digest(SEXP bytes) {
  static const char hex[] = "0123456789abcdef";
  uint8_t digest[CR_SHA256_BYTES];
  char text[2 * CR_SHA256_BYTES];
  cr_sha256(RAW_RO(bytes), (size_t)XLENGTH(bytes), digest);
  for (size_t b = 0; b < CR_SHA256_BYTES; b++) {
    text[2 * b] = hex[digest[b] >> 4];
    text[2 * b + 1] = hex[digest[b] & 15];
  }
  return Rf_ScalarString(Rf_mkCharLen(text, sizeof text));
}

SEXP ffi_serve_append(SEXP path, SEXP bytes, SEXP forced) {
  cr_error err;
  const char* native = Rf_translateChar(STRING_ELT(path, 0));
  r_check(
      cr_save_append(native, RAW_RO(bytes), (size_t)XLENGTH(bytes), r_flag(forced), &err),
      &err);
  return R_NilValue;
}
