#include "model/of_logit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "linear/logit.h"
#include "linear/parts.h"
#include "model/players.h"
#include "model/views.h"

#include "base/exact.h"

typedef struct {
  cr_design design;
  const double* center;  // by column its part's mean in training; NULL: not in the file
  double coefficient[];  // intercept first, zeros up to a whole panel
} logit;

// Only explanations need the means, and files without them are well.
static cr_status open_center(const cr_value* core, size_t p, const double** center,
                             cr_error* err) {
  double* x = NULL;
  if (cr_view_length(core, "center") == 0) return CR_OK;
  if (!cr_view_numbers(core, "center", p, &x, err)) return CR_EMODEL;
  for (size_t j = 0; j < p; j++) {
    if (isfinite(x[j])) continue;
    return cr_fail(err, CR_EMODEL, "not_finite", "mean %zu is not finite", j + 1);
  }
  *center = x;
  return CR_OK;
}

static cr_status open_logit(const cr_value* specification, const cr_value* core,
                            const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  cr_design design = {0};
  const double* center = NULL;
  double* b = NULL;
  (void)specification;
  const cr_value* list = cr_view_list(core, "design", err);
  if (list == NULL) return CR_EMODEL;
  CR_TRY(cr_view_design(list, shape, &design, err));
  const size_t n = design.n_terms + 1;
  if (!cr_view_numbers(core, "coefficient", n, &b, err)) return CR_EMODEL;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(b[i])) continue;
    return cr_fail(err, CR_EMODEL, "not_finite", "coefficient %zu is not finite", i + 1);
  }
  CR_TRY(open_center(core, shape->n_columns, &center, err));
  const size_t room = cr_design_panels(&design) * CR_LANES;
  logit* kept = cr_alloc_zero(1, sizeof *kept + room * sizeof *kept->coefficient);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  kept->design = design;
  kept->center = center;
  memcpy(kept->coefficient, b, n * sizeof *b);
  *state = kept;

done:
  return status;
}

static cr_status score_logit(const void* state, const cr_frame* frame, const cr_run* run,
                             double* link, cr_error* err) {
  const logit* model = state;
  return cr_logit_score(&model->design, frame, model->coefficient, run, link, err);
}

static cr_status parts_logit(const void* state, const cr_frame* frame, const cr_run* run,
                             double* base, double* value, cr_error* err) {
  cr_status status = CR_OK;
  const logit* model = state;
  const size_t n = frame->n_rows;
  if (model->center == NULL) {
    return cr_fail(err, CR_EINPUT, "no_formula", "the model does not know its means");
  }
  CR_TRY(cr_parts_compute(&model->design, frame, model->coefficient, run, value, err));
  *base = model->coefficient[0];
  for (size_t j = 0; j < frame->n_columns; j++) {
    *base += model->center[j];
    for (size_t i = 0; i < n; i++) value[j * n + i] -= model->center[j];
  }

done:
  return status;
}

static cr_status versus_logit(const void* state, const cr_frame* frame,
                              const cr_frame* reference, const int32_t* player,
                              size_t n_players, const cr_run* run, double* value,
                              double* restored, cr_error* err) {
  cr_status status = CR_OK;
  const logit* model = state;
  const size_t n = frame->n_rows, p = frame->n_columns;
  double* own = cr_alloc(p, n * sizeof *own);
  double* other = cr_alloc(p, sizeof *other);
  if (own == NULL || other == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to compare %zu rows", n);
    goto done;
  }
  CR_TRY(cr_parts_compute(&model->design, frame, model->coefficient, run, own, err));
  CR_TRY(
      cr_parts_compute(&model->design, reference, model->coefficient, run, other, err));
  cr_players_sum(own, other, n, p, player, n_players, value, restored);

done:
  cr_free(other);
  cr_free(own);
  return status;
}

const cr_learner cr_of_logit = {.kind = "logit",
                                .open = open_logit,
                                .score = score_logit,
                                .close = cr_free,
                                .parts = parts_logit,
                                .versus = versus_logit};
