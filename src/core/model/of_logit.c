#include "model/of_logit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "linear/logit.h"

#include "base/exact.h"

typedef struct {
  cr_design design;
  double coefficient[];  // intercept first, zeros up to a whole panel
} logit;

// A field of the list as an array of `n`; the design only reads it.
static bool integers(const cr_value* list, const char* name, size_t n, int32_t** x,
                     cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_INTEGER, (int64_t)n, err);
  if (v != NULL) *x = (int32_t*)v->as.integer;
  return v != NULL;
}

static bool numbers(const cr_value* list, const char* name, size_t n, double** x,
                    cr_error* err) {
  const cr_value* v = cr_value_field(list, name, CR_VALUE_NUMBER, (int64_t)n, err);
  if (v != NULL) *x = (double*)v->as.number;
  return v != NULL;
}

static size_t length_of(const cr_value* list, const char* name) {
  const cr_value* v = cr_value_find(list, name);
  return v == NULL ? 0 : v->n;
}

static cr_status view_design(const cr_value* list, const cr_frame* shape, cr_design* out,
                             cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = shape->n_columns;
  const size_t knots = length_of(list, "knot"), levels = length_of(list, "level_term");
  cr_design d = {.n_features = p};
  if (!integers(list, "first_term", p + 1, &d.first_term, err) ||
      !integers(list, "missing", p, &d.missing, err) ||
      !numbers(list, "low", p, &d.low, err) || !numbers(list, "high", p, &d.high, err) ||
      !numbers(list, "factor", p, &d.factor, err) ||
      !integers(list, "logged", p, &d.logged, err) ||
      !numbers(list, "mean", p, &d.mean, err) ||
      !numbers(list, "gain", p, &d.gain, err) ||
      !integers(list, "knot_start", p + 1, &d.knot_start, err) ||
      !numbers(list, "knot", knots, &d.knot, err) ||
      !numbers(list, "slope", knots, &d.slope, err) ||
      !integers(list, "level_start", p + 1, &d.level_start, err) ||
      !integers(list, "level_term", levels, &d.level_term, err)) {
    return CR_EMODEL;
  }
  d.n_terms = d.first_term[p] < 0 ? 0 : (size_t)d.first_term[p];
  CR_TRY(cr_design_validate(&d, knots, levels, err));
  if (cr_design_match(&d, shape, err) != CR_OK) {
    return cr_fail(err, CR_EMODEL, "columns", "the model's terms do not fit its columns");
  }
  *out = d;

done:
  return status;
}

static cr_status open_logit(const cr_value* specification, const cr_value* core,
                            const cr_frame* shape, void** state, cr_error* err) {
  (void)specification;
  cr_status status = CR_OK;
  cr_design design = {0};
  const cr_value* list = cr_value_field(core, "design", CR_VALUE_LIST, -1, err);
  if (list == NULL) return CR_EMODEL;
  CR_TRY(view_design(list, shape, &design, err));
  const cr_value* b = cr_value_field(core, "coefficient", CR_VALUE_NUMBER,
                                     (int64_t)design.n_terms + 1, err);
  if (b == NULL) return CR_EMODEL;
  for (size_t i = 0; i < b->n; i++) {
    if (isfinite(b->as.number[i])) continue;
    return cr_fail(err, CR_EMODEL, "not_finite", "coefficient %zu is not finite", i + 1);
  }
  const size_t room = cr_design_panels(&design) * CR_LANES;
  logit* kept = cr_alloc_zero(1, sizeof *kept + room * sizeof *kept->coefficient);
  if (kept == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  kept->design = design;
  memcpy(kept->coefficient, b->as.number, b->n * sizeof *kept->coefficient);
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
