#include "additive/additive.h"

#include <math.h>
#include <string.h>

#include "additive/search.h"
#include "additive/settle.h"
#include "additive/state.h"
#include "base/mem.h"
#include "base/xmath.h"
#include "linear/sums.h"
#include "tree/bag.h"

#include "base/exact.h"

enum { CODES = CR_SMOOTH_CODES };

static const double FIRST_STAGE = 0.6;  // of the work, about

static double* pair_tables_of(const cr_state* f, size_t k) {
  return f->pair_table + k * f->model->n_pairs * CODES;
}

// ---- one fit -------------------------------------------------------------------

static bool is_held(const cr_state* f, size_t i, size_t k) {
  return f->fold != NULL && f->fold[i] == (int32_t)k;
}

// The codes of row `row`, of all terms of the stage, into place `at`
static void fill_codes(const cr_state* f, size_t row, size_t at, cr_cycle_rows* rows) {
  const cr_codes* codes = f->codes;
  const cr_tables* model = f->model;
  if (!f->with_pairs) {
    for (size_t j = 0; j < codes->n_features; j++) {
      rows->code[j * rows->n + at] = codes->column[j * codes->n_rows + row];
    }
    return;
  }
  for (size_t q = 0; q < model->n_pairs; q++) {
    const size_t a = (size_t)model->first[q], b = (size_t)model->second[q];
    const uint8_t first = f->group[a * CODES + codes->column[a * codes->n_rows + row]];
    const uint8_t second = f->group[b * CODES + codes->column[b * codes->n_rows + row]];
    rows->code[q * rows->n + at] = (uint8_t)(first * CR_SMOOTH_GRID + second);
  }
}

// Log-odds before the stage: the base rate, then with the features' tables
static double start_score(const cr_state* f, size_t row, size_t k) {
  const cr_codes* codes = f->codes;
  double eta = f->base[k];
  if (!f->with_pairs) return eta;
  const double* table = cr_state_tables(f, k);
  for (size_t j = 0; j < codes->n_features; j++) {
    eta += table[j * CODES + codes->column[j * codes->n_rows + row]];
  }
  return eta;
}

static void fill_rows(const cr_state* f, size_t k, bool held, cr_cycle_rows* rows) {
  const cr_additive_data* data = f->data;
  size_t at = 0;
  for (size_t i = 0; i < data->n_rows; i++) {
    if (is_held(f, i, k) != held) continue;
    const size_t row = data->row[i];
    fill_codes(f, row, at, rows);
    rows->event[at] = (double)data->event[row];
    if (rows->weight != NULL) rows->weight[at] = data->weight[row];
    rows->score[at++] = start_score(f, row, k);
  }
}

static void set_base(cr_state* f, size_t k) {
  const cr_additive_data* data = f->data;
  double events = 0.0, mass = 0.0;
  for (size_t i = 0; i < data->n_rows; i++) {
    if (is_held(f, i, k)) continue;
    const double w = cr_state_weight(data, i);
    mass += w;
    events += w * (double)data->event[data->row[i]];
  }
  f->base[k] = cr_logit(events / mass);
}

// Where the rows of a fit's held-out part are told their log-odds
static void keep_unseen(cr_state* f, size_t k, const cr_cycle_rows* rows) {
  const bool held = f->fold != NULL;
  size_t at = 0;
  for (size_t i = 0; i < f->data->n_rows; i++) {
    if (is_held(f, i, k) == held) f->unseen[i] = rows->score[at++];
  }
}

static cr_status fit_one(cr_state* f, size_t k, const cr_run* run, cr_error* err) {
  cr_status status = CR_OK;
  const cr_additive_settings* settings = f->settings;
  const size_t n_terms = f->with_pairs ? f->model->n_pairs : f->codes->n_features;
  const cr_cycle_settings how = {settings->rounds, settings->rate, settings->patience};
  cr_cycle_rows train = {0}, held = {0};
  cr_cycle_result result;
  size_t n_held = 0;
  for (size_t i = 0; i < f->data->n_rows; i++) n_held += is_held(f, i, k);
  const int weighted = f->data->weight != NULL;
  CR_TRY(cr_cycle_make(f->data->n_rows - n_held, n_terms, weighted, &train, err));
  CR_TRY(cr_cycle_make(n_held, n_terms, weighted, &held, err));
  if (!f->with_pairs) set_base(f, k);
  fill_rows(f, k, false, &train);
  fill_rows(f, k, true, &held);
  CR_TRY(cr_cycle_run(
      f->with_pairs ? f->pair_term : f->term, n_terms, &how, &train, &held, run,
      f->with_pairs ? pair_tables_of(f, k) : cr_state_tables(f, k), &result, err));
  (f->with_pairs ? f->pair_rounds : f->rounds)[k] = result.best;
  if (!f->with_pairs) keep_unseen(f, k, n_held > 0 ? &held : &train);

done:
  cr_cycle_free(&held);
  cr_cycle_free(&train);
  return status;
}

static bool outer_goes_on(void* data, double done) {
  (void)done;
  return !cr_team_must_stop(data);
}

// A member takes whole folds. The inner fit's tick asks the outer team, which asks the
// user on the calling thread only.
static void fit_folds(cr_worker* me, void* data) {
  cr_state* f = data;
  size_t k;
  while (cr_team_next(me, &f->counter, f->n_fits, false, &k)) {
    const cr_run inner = {.threads = 1, .tick = outer_goes_on, .tick_data = me};
    const double before = f->with_pairs ? FIRST_STAGE : 0.0;
    const double part = f->with_pairs ? 1.0 - FIRST_STAGE : FIRST_STAGE;
    if (me->id == 0) cr_team_progress(me, before + part * (double)k / (double)f->n_fits);
    const cr_status status = fit_one(f, k, &inner, &f->errors[k]);
    if (status != CR_OK) cr_team_abort(me, status);
  }
}

static cr_status fit_stage(cr_state* f, bool with_pairs, cr_error* err) {
  const cr_stage stage = {f->run, with_pairs ? FIRST_STAGE : 0.0};
  const cr_status status = cr_stage_ask(&stage, err);
  if (status != CR_OK) return status;
  f->with_pairs = with_pairs;
  cr_counter_reset(&f->counter);
  return cr_team_run(f->run, fit_folds, f, err);
}

// ---- before the fits -----------------------------------------------------------

// Weight of the rows of each code
static void count_codes(const cr_state* f, size_t j, double* mass) {
  const uint8_t* code = f->codes->column + j * f->codes->n_rows;
  memset(mass, 0, CODES * sizeof *mass);
  for (size_t i = 0; i < f->data->n_rows; i++) {
    mass[code[f->data->row[i]]] += cr_state_weight(f->data, i);
  }
}

// The mean of each code's values on the scale that lcrisk_logit() gives the number
static void place_codes(const cr_state* f, size_t j, double* place) {
  const cr_design* d = &f->design;
  const uint8_t* code = f->codes->column + j * f->codes->n_rows;
  double mass[CODES] = {0.0};
  memset(place, 0, CODES * sizeof *place);
  for (size_t i = 0; i < f->data->n_rows; i++) {
    const size_t row = f->data->row[i];
    if (code[row] == 0) continue;
    double x = cr_column_value(&f->data->frame->column[j], row);
    x = fmin(fmax(x, d->low[j]), d->high[j]) * d->factor[j];
    place[code[row]] += cr_state_weight(f->data, i) * (d->logged[j] ? cr_log1p(x) : x);
    mass[code[row]] += cr_state_weight(f->data, i);
  }
  for (int c = 1; c < CODES; c++) {
    if (mass[c] > 0.0) place[c] /= mass[c];
  }
}

// How smooth a feature's steps are: at the base rate, of the rows of all folds
static void describe_feature(size_t j, int worker, void* data) {
  (void)worker;
  cr_state* f = data;
  const cr_additive_settings* settings = f->settings;
  const int n_codes = f->bins->n_bins[j], ordered = f->bins->n_levels[j] == 0;
  double mass[CODES], events = 0.0, all = 0.0;
  count_codes(f, j, mass);
  for (size_t i = 0; i < f->data->n_rows; i++) {
    all += cr_state_weight(f->data, i);
    events += cr_state_weight(f->data, i) * (double)f->data->event[f->data->row[i]];
  }
  const double rate = events / all;
  cr_smooth_sums sums[CODES];
  for (int c = 0; c < CODES; c++) {
    sums[c] = (cr_smooth_sums){0.0, mass[c] * rate * (1.0 - rate)};
  }
  double place[CODES];
  place_codes(f, j, place);
  cr_smooth_bands* rough = ordered ? &f->rough[j] : NULL;
  if (ordered) cr_smooth_roughness(place, n_codes, rough);
  f->term[j] =
      (cr_term){.kind = ordered ? CR_TERM_ORDERED : CR_TERM_LEVELS,
                .n_codes = n_codes,
                .rough = rough,
                .stiffness = cr_smooth_stiffness(sums, n_codes, rough, settings->freedom),
                .least = settings->noise * settings->freedom,
                .direction = settings->direction == NULL ? 0 : settings->direction[j]};
  memcpy(f->model->mass + f->model->start[j], mass, ((size_t)n_codes + 1) * sizeof *mass);
}

// ---- the whole -----------------------------------------------------------------

static cr_status make_folds(cr_state* f, cr_error* err) {
  const int n_folds = f->settings->n_folds;
  if (n_folds == 0) return CR_OK;
  const cr_additive_data* data = f->data;
  const cr_boost_data rows = {
      .event = data->event, .row = data->row, .n_rows = data->n_rows};
  f->fold = cr_alloc(data->n_rows, sizeof *f->fold);
  if (f->fold == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for folds");
  return cr_bag_folds(&rows, n_folds, f->run->seed, f->fold, err);
}

static cr_status make_room(cr_state* f, cr_error* err) {
  const size_t p = f->bins->n_features, pairs = (size_t)f->settings->n_pairs;
  f->unseen = cr_alloc(f->data->n_rows, sizeof *f->unseen);
  f->rough = cr_alloc(p, sizeof *f->rough);
  f->term = cr_alloc(p, sizeof *f->term);
  f->pair_term = cr_alloc(pairs, sizeof *f->pair_term);
  f->base = cr_alloc(f->n_fits, sizeof *f->base);
  f->table = cr_alloc_zero(f->n_fits * p, CODES * sizeof *f->table);
  f->pair_table = cr_alloc_zero(f->n_fits * pairs, CODES * sizeof *f->pair_table);
  f->group = cr_alloc_zero(p, CODES);
  f->errors = cr_alloc_zero(f->n_fits, sizeof *f->errors);
  if (f->unseen != NULL && f->rough != NULL && f->term != NULL && f->pair_term != NULL &&
      f->base != NULL && f->table != NULL && f->pair_table != NULL && f->group != NULL &&
      f->errors != NULL) {
    return CR_OK;
  }
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu features", p);
}

static void free_room(cr_state* f) {
  cr_free(f->errors);
  cr_free(f->group);
  cr_free(f->pair_table);
  cr_free(f->table);
  cr_free(f->base);
  cr_free(f->pair_term);
  cr_free(f->term);
  cr_free(f->rough);
  cr_design_free(&f->design);
  cr_free(f->unseen);
  cr_free(f->fold);
}

static void keep_groups(const cr_state* f) {
  for (size_t j = 0; j < f->bins->n_features; j++) {
    const size_t n = (size_t)f->bins->n_bins[j] + 1;
    memcpy(f->model->group + f->model->start[j], f->group + j * CODES, n);
  }
}

cr_status cr_additive_fit(const cr_codes* codes, const cr_bins* bins,
                          const cr_additive_data* data,
                          const cr_additive_settings* settings, const cr_run* run,
                          cr_tables* model, int32_t* rounds, int32_t* pair_rounds,
                          cr_error* err) {
  cr_status status = CR_OK;
  cr_state f = {.codes = codes,
                .bins = bins,
                .data = data,
                .settings = settings,
                .run = run,
                .model = model,
                .rounds = rounds,
                .pair_rounds = pair_rounds,
                .n_fits = settings->n_folds > 0 ? (size_t)settings->n_folds : 1};
  CR_TRY(cr_tables_make(bins, (size_t)settings->n_pairs, model, err));
  CR_TRY(make_room(&f, err));
  CR_TRY(make_folds(&f, err));
  const cr_design_settings scale = {.tail = 0.005, .skewness = 1.5};
  CR_TRY(cr_design_learn(data->frame, data->weight, &scale, run, &f.design, err));
  CR_TRY(cr_team_for(run, bins->n_features, describe_feature, &f, err));
  CR_TRY(fit_stage(&f, false, err));
  CR_TRY(cr_search_pairs(&f, err));
  memset(pair_rounds, 0, f.n_fits * sizeof *pair_rounds);
  if (model->n_pairs > 0) CR_TRY(fit_stage(&f, true, err));
  keep_groups(&f);
  const cr_settle_fits fits = {f.n_fits, f.base, f.table, f.pair_table};
  cr_settle_tables(&fits, model);

done:
  free_room(&f);
  if (status != CR_OK) cr_tables_free(model);
  return status;
}
