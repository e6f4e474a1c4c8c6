// What the scoring page calls: one model, opened from bytes in memory. Numbers and
// addresses only; texts go through memory as UTF-8 with a length.

#include <string.h>

#include "base/mem.h"
#include "model/explain.h"

#define EXPORT(name) __attribute__((export_name(#name))) extern

// The page has one model and one thread.
static const cr_run alone = {.threads = 1};
static cr_scorer scorer;
static cr_error error;

EXPORT(alloc) void* page_alloc(size_t n);
EXPORT(release) void page_release(void* bytes);
EXPORT(open) int page_open(const void* bytes, size_t n);
EXPORT(message) const char* page_message(void);
EXPORT(fields) size_t page_fields(void);
EXPORT(cutoff) double page_cutoff(void);
EXPORT(find) size_t page_find(const char* name, size_t n);
EXPORT(parse)
int page_parse(size_t field, const void* text, size_t n, int last_month, double* value);
EXPORT(score) int page_score(const double* value, size_t n, double* prob);
EXPORT(columns) int page_columns(const double* value, size_t n, double* out);
EXPORT(link) int page_link(const double* value, size_t n, double* link);
EXPORT(prob) void page_prob(double* link, size_t n);
EXPORT(parts) int page_parts(const double* value, size_t n, double* base, double* part);
EXPORT(versus)
int page_versus(const double* value, size_t n, const double* reference,
                const int32_t* player, size_t n_players, double* share, double* restored);

void* page_alloc(size_t n) { return cr_alloc(n, 1); }

void page_release(void* bytes) { cr_free(bytes); }

// 0, or the status with a sentence in page_message(). The page does not open a model
// whose file does not say what to ask.
int page_open(const void* bytes, size_t n) {
  cr_model_file file = {0};
  cr_scorer_free(&scorer);
  cr_status status = cr_model_file_copy(bytes, n, &file, &error);
  if (status == CR_OK) status = cr_scorer_open(&file, &scorer, &error);
  if (status == CR_OK && !scorer.has_inputs) {
    status = cr_fail(&error, CR_EMODEL, "inputs", "the model does not say what to ask");
    cr_scorer_free(&scorer);
  }
  return (int)status;
}

const char* page_message(void) { return error.message; }

size_t page_fields(void) { return scorer.inputs.n_fields; }

double page_cutoff(void) { return scorer.cutoff; }

size_t page_find(const char* name, size_t n) {
  return cr_inputs_find(&scorer.inputs, name, n);
}

int page_parse(size_t field, const void* text, size_t n, int last_month, double* value) {
  if (field >= scorer.inputs.n_fields) return CR_CELL_BAD;
  return (int)cr_inputs_parse(&scorer.inputs, field, text, n, last_month, value);
}

int page_score(const double* value, size_t n, double* prob) {
  if (!scorer.has_inputs) {
    return (int)cr_fail(&error, CR_EINPUT, "closed", "no model is open");
  }
  return (int)cr_scorer_prob(&scorer, value, n, &alone, prob, &error);
}

// ---- explanations: few rows at a time ----

static cr_status fill(const double* value, size_t n, cr_records* rows) {
  if (!scorer.has_inputs) return cr_fail(&error, CR_EINPUT, "closed", "no model is open");
  const cr_status status = cr_records_make(&scorer.contract, n, rows, &error);
  if (status == CR_OK) {
    cr_records_fill(&scorer.inputs, &scorer.contract, value, n, n, rows);
  }
  return status;
}

static void copy_columns(const cr_frame* frame, double* out) {
  for (size_t j = 0; j < frame->n_columns; j++) {
    const cr_column* column = &frame->column[j];
    for (size_t i = 0; i < frame->n_rows; i++) {
      double* to = &out[j * frame->n_rows + i];
      *to = column->type == CR_COLUMN_DOUBLE ? column->number[i] : column->integer[i];
      if (column->type != CR_COLUMN_DOUBLE && column->integer[i] == CR_MISSING_INT) {
        *to = __builtin_nan("");
      }
    }
  }
}

// The model's columns, levels as codes; without values the typical approved applicant.
int page_columns(const double* value, size_t n, double* out) {
  cr_records rows = {0};
  cr_status status;
  if (value != NULL) {
    status = fill(value, n, &rows);
  } else {
    status = cr_records_make(&scorer.contract, 1, &rows, &error);
    if (status == CR_OK) status = cr_explain_typical(&scorer, &rows, &error);
  }
  if (status == CR_OK) copy_columns(&rows.frame, out);
  cr_records_free(&rows);
  return (int)status;
}

// Log-odds before calibration.
int page_link(const double* value, size_t n, double* link) {
  cr_records rows = {0};
  cr_status status = fill(value, n, &rows);
  if (status == CR_OK) {
    status = cr_explain_link(&scorer, &rows.frame, &alone, link, &error);
  }
  cr_records_free(&rows);
  return (int)status;
}

void page_prob(double* link, size_t n) { cr_explain_prob(&scorer, link, n); }

// 0 with base[0], and 1 in base[1] when the parts add up to calibrated log-odds.
int page_parts(const double* value, size_t n, double* base, double* part) {
  bool calibrated = false;
  cr_records rows = {0};
  cr_status status = fill(value, n, &rows);
  if (status == CR_OK) {
    status =
        cr_explain_parts(&scorer, &rows.frame, &alone, &calibrated, base, part, &error);
  }
  base[1] = calibrated;
  cr_records_free(&rows);
  return (int)status;
}

// Against one row of fields, or against the typical approved applicant.
int page_versus(const double* value, size_t n, const double* reference,
                const int32_t* player, size_t n_players, double* share,
                double* restored) {
  cr_records rows = {0}, other = {0};
  cr_status status = fill(value, n, &rows);
  if (status == CR_OK && reference != NULL) {
    status = fill(reference, 1, &other);
  } else if (status == CR_OK) {
    status = cr_records_make(&scorer.contract, 1, &other, &error);
    if (status == CR_OK) status = cr_explain_typical(&scorer, &other, &error);
  }
  if (status == CR_OK) {
    status = cr_explain_versus(&scorer, &rows.frame, &other.frame, player, n_players,
                               &alone, share, restored, &error);
  }
  cr_records_free(&other);
  cr_records_free(&rows);
  return (int)status;
}
