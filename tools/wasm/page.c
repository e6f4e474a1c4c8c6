// What the scoring page calls: one model, opened from bytes in memory. Numbers and
// addresses only; texts go through memory as UTF-8 with a length.

#include <string.h>

#include "base/mem.h"
#include "model/scorer.h"

#define EXPORT(name) __attribute__((export_name(#name))) extern

// The page has one model and one thread.
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
  const cr_run run = {.threads = 1};
  if (!scorer.has_inputs) {
    return (int)cr_fail(&error, CR_EINPUT, "closed", "no model is open");
  }
  return (int)cr_scorer_prob(&scorer, value, n, &run, prob, &error);
}
