#include "model/scorer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "model/of_blend.h"

#include "base/exact.h"

enum { ROWS_TOGETHER = 4096 };

void cr_scorer_free(cr_scorer* scorer) {
  if (scorer->learner != NULL) scorer->learner->close(scorer->state);
  cr_inputs_free(&scorer->inputs);
  cr_contract_free(&scorer->contract);
  cr_model_file_free(&scorer->file);
  *scorer = (cr_scorer){0};
}

// Sections this code knows; the others must not be required.
static cr_status check_sections(const cr_scorer* s, const char* core, cr_error* err) {
  const char* const known[] = {"model", "learner", "columns", "inputs", core};
  for (size_t k = 0; k < s->file.n_sections; k++) {
    size_t i = 0;
    while (i < sizeof known / sizeof *known &&
           strcmp(known[i], s->file.section[k].name) != 0) {
      i++;
    }
    if (i < sizeof known / sizeof *known || !s->file.section[k].required) continue;
    return cr_fail(err, CR_EMODEL, "too_new",
                   "the model file needs `%s`, which this lcrisk does not know",
                   s->file.section[k].name);
  }
  return CR_OK;
}

static cr_status find_learner(cr_scorer* s, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* section;
  CR_TRY(cr_model_file_section(&s->file, "learner", &section, err));
  const cr_value* kind = cr_value_field(section, "kind", CR_VALUE_TEXT, 1, err);
  if (kind == NULL) return CR_EMODEL;
  s->learner = cr_texts_equal(&kind->text, 0, cr_of_blend.kind)
                   ? &cr_of_blend
                   : cr_learner_find(&kind->text);
  if (s->learner != NULL) return CR_OK;
  return cr_fail(err, CR_EMODEL, "learner", "the learner of the model cannot be scored");

done:
  return status;
}

static cr_status open_calibration(const cr_value* section, cr_scorer* s, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* list = cr_value_find(section, "calibration");
  if (list == NULL || list->type == CR_VALUE_NULL) return CR_OK;
  if (list->type != CR_VALUE_LIST || list->n > CR_RECALIBRATIONS_MAX) {
    return cr_fail(err, CR_EMODEL, "calibration", "the model's calibration is damaged");
  }
  const cr_value* v = list + 1;
  for (size_t k = 0; k < list->n; k++, v = cr_value_next(v)) {
    CR_TRY(cr_recalibration_open(v, &s->recalibration[k], err));
  }
  s->n_recalibrations = list->n;

done:
  return status;
}

static cr_status open_model(cr_scorer* s, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* section;
  CR_TRY(cr_model_file_section(&s->file, "model", &section, err));
  const cr_value* cutoff = cr_value_field(section, "cutoff", CR_VALUE_NUMBER, 1, err);
  if (cutoff == NULL) return CR_EMODEL;
  s->cutoff = cutoff->as.number[0];
  if (!(s->cutoff >= 0.0 && s->cutoff <= 1.0)) {
    return cr_fail(err, CR_EMODEL, "not_finite", "the cut-off is no probability");
  }
  status = open_calibration(section, s, err);

done:
  return status;
}

static bool has_section(const cr_scorer* s, const char* name) {
  for (size_t k = 0; k < s->file.n_sections; k++) {
    if (strcmp(s->file.section[k].name, name) == 0) return true;
  }
  return false;
}

static cr_status open_inputs(cr_scorer* s, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* section;
  s->has_inputs = has_section(s, "inputs");
  if (!s->has_inputs) return CR_OK;
  CR_TRY(cr_model_file_section(&s->file, "inputs", &section, err));
  status = cr_inputs_open(section, &s->contract, &s->inputs, err);

done:
  return status;
}

cr_status cr_scorer_open(cr_model_file* file, cr_scorer* scorer, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value *section, *specification;
  char core[CR_SECTION_NAME + 1];
  scorer->file = *file;
  *file = (cr_model_file){0};
  CR_TRY(open_model(scorer, err));
  CR_TRY(cr_model_file_section(&scorer->file, "columns", &section, err));
  CR_TRY(cr_contract_open(section, &scorer->contract, err));
  CR_TRY(open_inputs(scorer, err));
  CR_TRY(find_learner(scorer, err));
  CR_TRY(cr_model_file_section(&scorer->file, "learner", &specification, err));
  (void)snprintf(core, sizeof core, "core.%s", scorer->learner->kind);
  CR_TRY(check_sections(scorer, core, err));
  CR_TRY(cr_model_file_section(&scorer->file, core, &section, err));
  const cr_frame shape = {.n_columns = scorer->contract.n_features,
                          .column = scorer->contract.shape};
  CR_TRY(scorer->learner->open(specification, section, &shape, &scorer->state, err));

done:
  if (status != CR_OK) cr_scorer_free(scorer);
  return status;
}

cr_status cr_scorer_link(const cr_scorer* scorer, const cr_frame* frame,
                         const cr_run* run, double* link, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(scorer->learner->score(scorer->state, frame, run, link, err));
  for (size_t k = 0; k < scorer->n_recalibrations; k++) {
    cr_recalibrate(&scorer->recalibration[k], link, frame->n_rows);
  }
  for (size_t i = 0; i < frame->n_rows; i++) {
    if (isfinite(link[i])) continue;
    return cr_fail(err, CR_ENUMERIC, "not_finite",
                   "the model has no finite answer for row %zu", i + 1);
  }

done:
  return status;
}

cr_status cr_scorer_prob(const cr_scorer* scorer, const double* value, size_t n,
                         const cr_run* run, double* prob, cr_error* err) {
  cr_status status = CR_OK;
  const size_t most = n < ROWS_TOGETHER ? n : ROWS_TOGETHER;
  cr_records block = {0};
  CR_TRY(cr_records_make(&scorer->contract, most, &block, err));
  for (size_t from = 0; from < n; from += ROWS_TOGETHER) {
    const size_t rows = n - from < ROWS_TOGETHER ? n - from : ROWS_TOGETHER;
    cr_records_fill(&scorer->inputs, &scorer->contract, value + from, n, rows, &block);
    CR_TRY(cr_scorer_link(scorer, &block.frame, run, prob + from, err));
    for (size_t i = from; i < from + rows; i++) prob[i] = cr_logistic(prob[i]);
  }

done:
  cr_records_free(&block);
  return status;
}
