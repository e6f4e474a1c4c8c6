#include "model/explain.h"

#include "base/xmath.h"
#include "model/orders.h"

#include "base/exact.h"

cr_status cr_explain_link(const cr_scorer* scorer, const cr_frame* frame,
                          const cr_run* run, double* link, cr_error* err) {
  return scorer->learner->score(scorer->state, frame, run, link, err);
}

static void calibrate(const cr_scorer* scorer, double* link, size_t n) {
  for (size_t k = 0; k < scorer->n_recalibrations; k++) {
    cr_recalibrate(&scorer->recalibration[k], link, n);
  }
}

void cr_explain_prob(const cr_scorer* scorer, double* link, size_t n) {
  calibrate(scorer, link, n);
  for (size_t i = 0; i < n; i++) link[i] = cr_logistic(link[i]);
}

cr_status cr_explain_parts(const cr_scorer* scorer, const cr_frame* frame,
                           const cr_run* run, bool* calibrated, double* base,
                           double* value, cr_error* err) {
  cr_status status = CR_OK;
  if (scorer->learner->parts == NULL) {
    return cr_fail(err, CR_EINPUT, "no_formula",
                   "the learner `%s` has no exact contributions", scorer->learner->kind);
  }
  CR_TRY(scorer->learner->parts(scorer->state, frame, run, base, value, err));
  *calibrated = true;
  for (size_t k = 0; k < scorer->n_recalibrations; k++) {
    *calibrated = *calibrated && scorer->recalibration[k].shape == CR_MAP_LINE;
  }
  if (!*calibrated || scorer->n_recalibrations == 0) goto done;
  double at[] = {0.0, 1.0};
  calibrate(scorer, at, 2);
  const double slope = at[1] - at[0];
  for (size_t i = 0; i < frame->n_rows * frame->n_columns; i++) value[i] *= slope;
  *base = at[0] + slope * *base;

done:
  return status;
}

cr_status cr_explain_versus(const cr_scorer* scorer, const cr_frame* frame,
                            const cr_frame* reference, const int32_t* player,
                            size_t n_players, const cr_run* run, double* value,
                            double* restored, cr_error* err) {
  return cr_orders_versus(scorer->learner, scorer->state, frame, reference, player,
                          n_players, run, value, restored, err);
}

cr_status cr_explain_typical(cr_scorer* scorer, cr_records* rows, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* section;
  CR_TRY(cr_model_file_section(&scorer->file, "columns", &section, err));
  const cr_value* reference = cr_value_find(section, "reference");
  const bool is_list = reference != NULL && reference->type == CR_VALUE_LIST;
  status = cr_records_read(is_list ? cr_value_find(reference, "typical") : NULL,
                           &scorer->contract, rows, err);

done:
  return status;
}
