#include "model/of_logit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "linear/logit.h"
#include "model/views.h"

#include "base/exact.h"

typedef struct {
  cr_design design;
  double coefficient[];  // intercept first, zeros up to a whole panel
} logit;

static cr_status open_logit(const cr_value* specification, const cr_value* core,
                            const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  cr_design design = {0};
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
  const size_t room = cr_design_panels(&design) * CR_LANES;
  logit* kept = cr_alloc_zero(1, sizeof *kept + room * sizeof *kept->coefficient);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  kept->design = design;
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

const cr_learner cr_of_logit = {"logit", open_logit, score_logit, cr_free};
