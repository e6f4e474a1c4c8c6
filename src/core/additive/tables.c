#include "additive/tables.h"

#include <math.h>
#include <string.h>

#include "additive/smooth.h"
#include "base/mem.h"

#include "base/exact.h"

enum { CODES = CR_SMOOTH_CODES, ROWS_PER_TASK = 2048 };

void cr_tables_free(cr_tables* model) {
  cr_free(model->start);
  cr_free(model->value);
  cr_free(model->error);
  cr_free(model->mass);
  cr_free(model->group);
  cr_free(model->first);
  cr_free(model->second);
  cr_free(model->pair_gain);
  cr_free(model->pair_value);
  cr_free(model->pair_error);
  cr_free(model->pair_mass);
  memset(model, 0, sizeof *model);
}

cr_status cr_tables_make(const cr_bins* bins, size_t n_pairs, cr_tables* model,
                         cr_error* err) {
  const size_t p = bins->n_features;
  size_t n = 0;
  for (size_t j = 0; j < p; j++) n += (size_t)bins->n_bins[j] + 1;
  model->n_features = p;
  model->start = cr_alloc(p + 1, sizeof *model->start);
  model->value = cr_alloc_zero(n, sizeof *model->value);
  model->error = cr_alloc_zero(n, sizeof *model->error);
  model->mass = cr_alloc_zero(n, sizeof *model->mass);
  model->group = cr_alloc_zero(n, sizeof *model->group);
  model->first = cr_alloc_zero(n_pairs, sizeof *model->first);
  model->second = cr_alloc_zero(n_pairs, sizeof *model->second);
  model->pair_gain = cr_alloc_zero(n_pairs, sizeof *model->pair_gain);
  model->pair_value = cr_alloc_zero(n_pairs * CODES, sizeof *model->pair_value);
  model->pair_error = cr_alloc_zero(n_pairs * CODES, sizeof *model->pair_error);
  model->pair_mass = cr_alloc_zero(n_pairs * CODES, sizeof *model->pair_mass);
  if (model->start == NULL || model->value == NULL || model->error == NULL ||
      model->mass == NULL || model->group == NULL || model->first == NULL ||
      model->second == NULL || model->pair_gain == NULL || model->pair_value == NULL ||
      model->pair_error == NULL || model->pair_mass == NULL) {
    cr_tables_free(model);
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu tables", p);
  }
  model->start[0] = 0;
  for (size_t j = 0; j < p; j++) {
    model->start[j + 1] = model->start[j] + bins->n_bins[j] + 1;
  }
  return CR_OK;
}

// ---- validation ----------------------------------------------------------------

static bool all_finite(const double* x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i])) return false;
  }
  return true;
}

static bool is_feature(const cr_tables* model, int32_t j) {
  return j >= 0 && (size_t)j < model->n_features;
}

cr_status cr_tables_validate(const cr_tables* model, const cr_bins* bins, size_t n_values,
                             cr_error* err) {
  bool good = model->n_features == bins->n_features && model->start[0] == 0;
  for (size_t j = 0; good && j < bins->n_features; j++) {
    good = model->start[j + 1] == (int64_t)model->start[j] + bins->n_bins[j] + 1;
  }
  good = good && (size_t)model->start[bins->n_features] == n_values;
  for (size_t i = 0; good && i < n_values; i++) good = model->group[i] < CR_SMOOTH_GRID;
  for (size_t q = 0; good && q < model->n_pairs; q++) {
    good = is_feature(model, model->first[q]) && is_feature(model, model->second[q]);
  }
  good = good && isfinite(model->intercept) && all_finite(model->value, n_values) &&
         all_finite(model->pair_value, model->n_pairs * CODES);
  if (good) return CR_OK;
  return cr_fail(err, CR_EMODEL, "tables",
                 "the tables of the additive model are damaged");
}

// ---- scoring -------------------------------------------------------------------

typedef struct {
  const cr_tables* model;
  const cr_codes* codes;
  double* out;
} scoring;

static double feature_value(const cr_tables* model, const cr_codes* codes, size_t j,
                            size_t i) {
  return model->value[model->start[j] + codes->column[j * codes->n_rows + i]];
}

static uint8_t group_of(const cr_tables* model, const cr_codes* codes, int32_t j,
                        size_t i) {
  return model->group[model->start[j] + codes->column[(size_t)j * codes->n_rows + i]];
}

static double pair_value(const cr_tables* model, const cr_codes* codes, size_t q,
                         size_t i) {
  const size_t a = group_of(model, codes, model->first[q], i);
  const size_t b = group_of(model, codes, model->second[q], i);
  return model->pair_value[q * CODES + a * CR_SMOOTH_GRID + b];
}

// Rows of one task; its end
static size_t task_end(const cr_codes* codes, size_t task) {
  const size_t end = (task + 1) * ROWS_PER_TASK;
  return end < codes->n_rows ? end : codes->n_rows;
}

static void score_task(size_t task, int worker, void* data) {
  (void)worker;
  const scoring* s = data;
  const size_t from = task * ROWS_PER_TASK, to = task_end(s->codes, task);
  for (size_t i = from; i < to; i++) s->out[i] = s->model->intercept;
  for (size_t j = 0; j < s->model->n_features; j++) {
    for (size_t i = from; i < to; i++) {
      s->out[i] += feature_value(s->model, s->codes, j, i);
    }
  }
  for (size_t q = 0; q < s->model->n_pairs; q++) {
    for (size_t i = from; i < to; i++) {
      s->out[i] += pair_value(s->model, s->codes, q, i);
    }
  }
}

static void term_task(size_t task, int worker, void* data) {
  (void)worker;
  const scoring* s = data;
  const size_t n = s->codes->n_rows, p = s->model->n_features;
  const size_t from = task * ROWS_PER_TASK, to = task_end(s->codes, task);
  for (size_t j = 0; j < p; j++) {
    for (size_t i = from; i < to; i++) {
      s->out[j * n + i] = feature_value(s->model, s->codes, j, i);
    }
  }
  for (size_t q = 0; q < s->model->n_pairs; q++) {
    for (size_t i = from; i < to; i++) {
      s->out[(p + q) * n + i] = pair_value(s->model, s->codes, q, i);
    }
  }
}

static size_t n_tasks(const cr_codes* codes) {
  return (codes->n_rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
}

cr_status cr_tables_score(const cr_tables* model, const cr_codes* codes,
                          const cr_run* run, double* eta, cr_error* err) {
  scoring s = {model, codes, eta};
  return cr_team_for(run, n_tasks(codes), score_task, &s, err);
}

cr_status cr_tables_terms(const cr_tables* model, const cr_codes* codes,
                          const cr_run* run, double* out, cr_error* err) {
  scoring s = {model, codes, out};
  return cr_team_for(run, n_tasks(codes), term_task, &s, err);
}
