#include "woe/binning.h"

#include <string.h>

#include "base/mem.h"
#include "base/sort.h"

#include "base/exact.h"

enum { CODES = CR_BINS_MAX + 1 };

// Where the codes of each feature start: n_features + 1 offsets.
static cr_status make_starts(const cr_bins* bins, size_t** start, cr_error* err) {
  size_t* at = cr_alloc(bins->n_features + 1, sizeof *at);
  if (at == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to bin %zu columns",
                   bins->n_features);
  }
  at[0] = 0;
  for (size_t j = 0; j < bins->n_features; j++) {
    at[j + 1] = at[j] + (size_t)bins->n_bins[j] + 1;
  }
  *start = at;
  return CR_OK;
}

// ---- tally ---------------------------------------------------------------------

typedef struct {
  const cr_bins* bins;
  const cr_codes* codes;
  const cr_binning_rows* rows;
  const size_t* start;
  double* event;
  double* other;
} tallying;

static void tally_one(size_t j, int worker, void* data) {
  (void)worker;
  const tallying* t = data;
  const uint8_t* code = t->codes->column + j * t->codes->n_rows;
  double mass[2][CODES] = {{0.0}};
  for (size_t i = 0; i < t->codes->n_rows; i++) {
    const double w = t->rows->weight == NULL ? 1.0 : t->rows->weight[i];
    mass[t->rows->event[i] != 0][code[i]] += w;
  }
  const size_t n = (size_t)t->bins->n_bins[j] + 1;
  memcpy(t->other + t->start[j], mass[0], n * sizeof(double));
  memcpy(t->event + t->start[j], mass[1], n * sizeof(double));
}

cr_status cr_binning_tally(const cr_bins* bins, const cr_codes* codes,
                           const cr_binning_rows* rows, const cr_run* run, double* event,
                           double* other, cr_error* err) {
  cr_status status = CR_OK;
  size_t* start = NULL;
  CR_TRY(make_starts(bins, &start, err));
  tallying t = {bins, codes, rows, start, event, other};
  status = cr_team_for(run, bins->n_features, tally_one, &t, err);

done:
  cr_free(start);
  return status;
}

// ---- groups --------------------------------------------------------------------

typedef struct {
  const cr_bins* bins;
  const double* event;
  const double* other;
  const cr_binning_settings* settings;
  const size_t* start;
  int32_t* group;
  int32_t* n_groups;
  cr_shape* shape;
  cr_status* status;
} grouping;

// What is put in order and cut into runs, and the candidate of each code.
typedef struct {
  size_t n;
  double event[CODES];
  double other[CODES];
  int32_t of_code[CODES];
} candidates;

static void add_code(candidates* c, size_t at, size_t code, double event, double other) {
  c->event[at] += event;
  c->other[at] += other;
  c->of_code[code] = (int32_t)at;
}

// Codes in order, those without rows with the candidate before them.
static void list_ordered(const double* event, const double* other, size_t n_codes,
                         candidates* c) {
  for (size_t k = 1; k <= n_codes; k++) {
    if (c->n == 0 || event[k] + other[k] > 0.0) c->n++;
    add_code(c, c->n - 1, k, event[k], other[k]);
  }
}

// The candidates of `c` by event rate; equal rates stay as they stand.
static void sort_by_rate(candidates* c, size_t n_codes) {
  uint64_t key[CODES], key_scratch[CODES];
  uint32_t item[CODES], item_scratch[CODES];
  int32_t place[CODES];
  candidates sorted = {.n = c->n};
  for (size_t k = 0; k < c->n; k++) {
    const double mass = c->event[k] + c->other[k];
    key[k] = cr_sort_key(mass > 0.0 ? c->event[k] / mass : 0.0);
    item[k] = (uint32_t)k;
  }
  cr_sort_pairs(key, item, key_scratch, item_scratch, c->n);
  for (size_t k = 0; k < c->n; k++) {
    sorted.event[k] = c->event[item[k]];
    sorted.other[k] = c->other[item[k]];
    place[item[k]] = (int32_t)k;
  }
  for (size_t k = 1; k <= n_codes; k++) sorted.of_code[k] = place[c->of_code[k]];
  *c = sorted;
}

static void list_nominal(const double* event, const double* other, size_t n_codes,
                         double rare, candidates* c) {
  size_t shared = CODES;
  for (size_t k = 1; k <= n_codes; k++) {
    const bool is_rare = event[k] + other[k] < rare;
    if (!is_rare || shared == CODES) {
      if (is_rare) shared = c->n;
      add_code(c, c->n++, k, event[k], other[k]);
    } else {
      add_code(c, shared, k, event[k], other[k]);
    }
  }
  sort_by_rate(c, n_codes);
}

static void group_one(size_t j, int worker, void* data) {
  (void)worker;
  const grouping* g = data;
  const size_t n_codes = (size_t)g->bins->n_bins[j];
  const double* event = g->event + g->start[j];
  const double* other = g->other + g->start[j];
  const bool nominal = g->settings->nominal[j] != 0;
  cr_partition_rules rules = g->settings->rules;
  rules.shape = nominal ? CR_SHAPE_FREE : g->settings->shape[j];
  candidates c = {0};
  if (nominal) {
    list_nominal(event, other, n_codes, g->settings->rare, &c);
  } else {
    list_ordered(event, other, n_codes, &c);
  }
  double total_event = 0.0, total_other = 0.0;
  for (size_t k = 0; k <= n_codes; k++) {
    total_event += event[k];
    total_other += other[k];
  }
  cr_partition found = {0};
  g->status[j] = cr_partition_find(c.event, c.other, c.n, total_event, total_other,
                                   &rules, &found, NULL);
  if (g->status[j] != CR_OK) return;
  g->n_groups[j] = found.n_bins;
  g->shape[j] = found.shape;
  int32_t* group = g->group + g->start[j];
  group[0] = 0;
  for (size_t k = 1; k <= n_codes; k++) {
    int32_t b = 0;
    while (b < found.n_bins && found.end[b] <= c.of_code[k]) b++;
    group[k] = found.n_bins == 0 ? 0 : b + 1;
  }
}

cr_status cr_binning_group(const cr_bins* bins, const double* event, const double* other,
                           const cr_binning_settings* settings, const cr_run* run,
                           int32_t* group, int32_t* n_groups, cr_shape* shape,
                           cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = bins->n_features;
  size_t* start = NULL;
  cr_status* each = cr_alloc_zero(p, sizeof *each);
  if (each == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to bin %zu columns", p);
    goto done;
  }
  CR_TRY(make_starts(bins, &start, err));
  grouping g = {bins, event, other, settings, start, group, n_groups, shape, each};
  CR_TRY(cr_team_for(run, p, group_one, &g, err));
  for (size_t j = 0; j < p; j++) {
    if (each[j] == CR_OK) continue;
    status = cr_fail(err, each[j], "memory", "no memory to bin column %zu", j + 1);
    goto done;
  }

done:
  cr_free(start);
  cr_free(each);
  return status;
}
