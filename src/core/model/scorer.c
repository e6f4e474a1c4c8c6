#include "model/scorer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/of_boost.h"
#include "model/of_logit.h"

#include "base/exact.h"

static const cr_learner* const LEARNERS[] = {&cr_of_boost, &cr_of_logit};

void cr_scorer_free(cr_scorer* scorer) {
  if (scorer->learner != NULL) scorer->learner->close(scorer->state);
  cr_contract_free(&scorer->contract);
  cr_model_file_free(&scorer->file);
  *scorer = (cr_scorer){0};
}

// Sections this code knows; the others must not be required.
static cr_status check_sections(const cr_scorer* s, const char* core, cr_error* err) {
  const char* const known[] = {"model", "learner", "columns", core};
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
  for (size_t k = 0; k < sizeof LEARNERS / sizeof *LEARNERS; k++) {
    if (!cr_texts_equal(&kind->text, 0, LEARNERS[k]->kind)) continue;
    s->learner = LEARNERS[k];
    return CR_OK;
  }
  return cr_fail(err, CR_EMODEL, "learner", "the learner of the model cannot be scored");

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

done:
  return status;
}

cr_status cr_scorer_open(cr_model_file* file, cr_scorer* scorer, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* section;
  char core[CR_SECTION_NAME + 1];
  scorer->file = *file;
  *file = (cr_model_file){0};
  CR_TRY(open_model(scorer, err));
  CR_TRY(cr_model_file_section(&scorer->file, "columns", &section, err));
  CR_TRY(cr_contract_open(section, &scorer->contract, err));
  CR_TRY(find_learner(scorer, err));
  (void)snprintf(core, sizeof core, "core.%s", scorer->learner->kind);
  CR_TRY(check_sections(scorer, core, err));
  CR_TRY(cr_model_file_section(&scorer->file, core, &section, err));
  const cr_frame shape = {.n_columns = scorer->contract.n_features,
                          .column = scorer->contract.shape};
  CR_TRY(scorer->learner->open(section, &shape, &scorer->state, err));

done:
  if (status != CR_OK) cr_scorer_free(scorer);
  return status;
}

cr_status cr_scorer_link(const cr_scorer* scorer, const cr_frame* frame,
                         const cr_run* run, double* link, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(scorer->learner->score(scorer->state, frame, run, link, err));
  for (size_t i = 0; i < frame->n_rows; i++) {
    if (isfinite(link[i])) continue;
    return cr_fail(err, CR_ENUMERIC, "not_finite",
                   "the model has no finite answer for row %zu", i + 1);
  }

done:
  return status;
}
