#include "model/of_blend.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/of_additive.h"
#include "model/of_boost.h"
#include "model/of_forest.h"
#include "model/of_logit.h"
#include "model/of_mlp.h"
#include "model/orders.h"

#include "base/exact.h"

static const cr_learner* const ALONE[] = {&cr_of_additive, &cr_of_boost,
                                          &cr_of_forest,   &cr_of_logit,
                                          &cr_of_mlp,      &cr_of_scorecard};

const cr_learner* cr_learner_find(const cr_texts* kind) {
  for (size_t k = 0; k < sizeof ALONE / sizeof *ALONE; k++) {
    if (cr_texts_equal(kind, 0, ALONE[k]->kind)) return ALONE[k];
  }
  return NULL;
}

// One model of one member.
typedef struct {
  const cr_learner* learner;
  void* state;
  uint32_t of;   // models of its member
  bool is_last;  // of its member
  double share;
} part;

typedef struct {
  double intercept;
  size_t n;
  part part[];
} blend;

static void close_blend(void* state) {
  blend* model = state;
  if (model == NULL) return;
  for (size_t k = 0; k < model->n; k++) {
    model->part[k].learner->close(model->part[k].state);
  }
  cr_free(model);
}

static cr_status broken(cr_error* err) {
  return cr_fail(err, CR_EMODEL, "blend", "the members of the blend are damaged");
}

// Element of a vector of named numbers.
static const double* named_number(const cr_value* v, const char* name, size_t n) {
  for (size_t i = 0; v->names.start != NULL && i < v->n; i++) {
    const char* text;
    size_t length;
    if (cr_texts_at(&v->names, i, &text, &length) && length == n &&
        memcmp(text, name, n) == 0) {
      return &v->as.number[i];
    }
  }
  return NULL;
}

static const cr_value* named_value(const cr_value* list, const char* name, size_t n) {
  const cr_value* v = list + 1;
  for (size_t i = 0; list->names.start != NULL && i < list->n; i++) {
    const char* text;
    size_t length;
    if (cr_texts_at(&list->names, i, &text, &length) && length == n &&
        memcmp(text, name, n) == 0) {
      return v;
    }
    v = cr_value_next(v);
  }
  return NULL;
}

// All models of one member.
static cr_status open_member(const cr_value* specification, const cr_value* models,
                             double share, const cr_frame* shape, blend* out,
                             cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* kind = cr_value_field(specification, "kind", CR_VALUE_TEXT, 1, err);
  if (kind == NULL) return CR_EMODEL;
  const cr_learner* learner = cr_learner_find(&kind->text);
  if (learner == NULL) {
    return cr_fail(err, CR_EMODEL, "learner", "a member of the blend cannot be scored");
  }
  if (models->type != CR_VALUE_LIST || models->n == 0 || !isfinite(share)) {
    return broken(err);
  }
  const cr_value* core = models + 1;
  for (uint32_t i = 0; i < models->n; i++, core = cr_value_next(core)) {
    part* p = &out->part[out->n];
    *p = (part){.learner = learner, .of = models->n, .share = share};
    p->is_last = i + 1 == models->n;
    CR_TRY(learner->open(specification, core, shape, &p->state, err));
    out->n++;
  }

done:
  return status;
}

static cr_status open_blend(const cr_value* specification, const cr_value* core,
                            const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  const cr_value* params =
      cr_value_field(specification, "params", CR_VALUE_LIST, -1, err);
  const cr_value* members =
      params == NULL ? NULL : cr_value_field(params, "learners", CR_VALUE_LIST, -1, err);
  const cr_value* share =
      members == NULL ? NULL : cr_value_field(core, "share", CR_VALUE_NUMBER, -1, err);
  const cr_value* start =
      share == NULL ? NULL : cr_value_field(core, "intercept", CR_VALUE_NUMBER, 1, err);
  const cr_value* models =
      start == NULL ? NULL : cr_value_field(core, "models", CR_VALUE_LIST, -1, err);
  if (models == NULL) return CR_EMODEL;
  size_t n_parts = 0;
  const cr_value* v = models + 1;
  for (uint32_t k = 0; k < models->n; k++, v = cr_value_next(v)) n_parts += v->n;
  if (!isfinite(start->as.number[0]) || n_parts > models->size) return broken(err);
  blend* out = cr_alloc_zero(1, sizeof *out + n_parts * sizeof *out->part);
  if (out == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  out->intercept = start->as.number[0];
  v = models + 1;
  for (uint32_t k = 0; k < models->n; k++, v = cr_value_next(v)) {
    const char* name = NULL;
    size_t n = 0;
    if (models->names.start != NULL) (void)cr_texts_at(&models->names, k, &name, &n);
    const cr_value* one = name == NULL ? NULL : named_value(members, name, n);
    const double* weight = name == NULL ? NULL : named_number(share, name, n);
    if (one == NULL || weight == NULL) {
      status = broken(err);
      goto done;
    }
    CR_TRY(open_member(one, v, *weight, shape, out, err));
  }
  *state = out;

done:
  if (status != CR_OK) close_blend(out);
  return status;
}

static cr_status score_blend(const void* state, const cr_frame* frame, const cr_run* run,
                             double* link, cr_error* err) {
  cr_status status = CR_OK;
  const blend* model = state;
  const size_t n = frame->n_rows;
  double* one = cr_alloc(n, sizeof *one);
  double* sum = cr_alloc_zero(n, sizeof *sum);
  if (one == NULL || sum == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to score %zu rows", n);
    goto done;
  }
  for (size_t i = 0; i < n; i++) link[i] = model->intercept;
  for (size_t k = 0; k < model->n; k++) {
    const part* p = &model->part[k];
    CR_TRY(p->learner->score(p->state, frame, run, one, err));
    for (size_t i = 0; i < n; i++) sum[i] += one[i];
    if (!p->is_last) continue;
    for (size_t i = 0; i < n; i++) {
      link[i] += p->share * (sum[i] / (double)p->of);
      sum[i] = 0.0;
    }
  }

done:
  cr_free(sum);
  cr_free(one);
  return status;
}

// A weighted sum of log-odds: its members' parts in their shares.
static cr_status parts_blend(const void* state, const cr_frame* frame, const cr_run* run,
                             double* base, double* value, cr_error* err) {
  cr_status status = CR_OK;
  const blend* model = state;
  const size_t n = frame->n_rows * frame->n_columns;
  double own, *one = NULL;
  for (size_t k = 0; k < model->n; k++) {
    if (model->part[k].learner->parts != NULL) continue;
    return cr_fail(err, CR_EINPUT, "no_formula", "a member of the blend has no formula");
  }
  one = cr_alloc(n, sizeof *one);
  if (one == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to explain the rows");
  }
  *base = model->intercept;
  for (size_t i = 0; i < n; i++) value[i] = 0.0;
  for (size_t k = 0; k < model->n; k++) {
    const part* p = &model->part[k];
    const double share = p->share / (double)p->of;
    CR_TRY(p->learner->parts(p->state, frame, run, &own, one, err));
    for (size_t i = 0; i < n; i++) value[i] += share * one[i];
    *base += share * own;
  }

done:
  cr_free(one);
  return status;
}

static cr_status versus_blend(const void* state, const cr_frame* frame,
                              const cr_frame* reference, const int32_t* player,
                              size_t n_players, const cr_run* run, double* value,
                              double* restored, cr_error* err) {
  cr_status status = CR_OK;
  const blend* model = state;
  const size_t n = frame->n_rows * n_players;
  double* one = cr_alloc(n, sizeof *one);
  double* fall = cr_alloc(n, sizeof *fall);
  if (one == NULL || fall == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to explain the rows");
    goto done;
  }
  for (size_t i = 0; i < n; i++) value[i] = restored[i] = 0.0;
  for (size_t k = 0; k < model->n; k++) {
    const part* p = &model->part[k];
    const double share = p->share / (double)p->of;
    CR_TRY(cr_orders_versus(p->learner, p->state, frame, reference, player, n_players,
                            run, one, fall, err));
    for (size_t i = 0; i < n; i++) {
      value[i] += share * one[i];
      restored[i] += share * fall[i];
    }
  }

done:
  cr_free(fall);
  cr_free(one);
  return status;
}

const cr_learner cr_of_blend = {.kind = "blend",
                                .open = open_blend,
                                .score = score_blend,
                                .close = close_blend,
                                .parts = parts_blend,
                                .versus = versus_blend};
