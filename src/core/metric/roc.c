#include "metric/roc.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"

#include "base/exact.h"

// ---- a walk over groups of tied rows, highest score first ----

typedef struct {
  const double* score;
  const int32_t* event;
  const double* weight;
  uint32_t* order;  // ascending
  size_t left;      // rows not yet visited
} walk;

typedef struct {
  double score;
  double weight[2];  // of the group's rows, by class: 1 is the event
  double square[2];  // of weights, by class
  size_t rows[2];    // by class
} group;

static cr_status walk_start(walk* w, const double* score, const int32_t* event,
                            const double* weight, size_t n, cr_error* err) {
  *w = (walk){.score = score, .event = event, .weight = weight, .left = n};
  if (n > UINT32_MAX) {
    return cr_fail(err, CR_ELIMIT, "too_many_rows", "%zu rows; at most %u can be ranked",
                   n, UINT32_MAX);
  }
  w->order = cr_alloc(n, sizeof *w->order);
  if (w->order == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to rank %zu scores", n);
  }
  cr_status status = cr_sort_order(score, n, w->order, err);
  if (status == CR_OK && n > 0 && isnan(score[w->order[n - 1]])) {
    status = cr_fail(err, CR_EINPUT, "missing_score", "a score is missing");
  }
  if (status == CR_OK) return CR_OK;
  cr_free(w->order);
  w->order = NULL;
  return status;
}

static void walk_end(walk* w) { cr_free(w->order); }

static bool walk_next(walk* w, group* g) {
  if (w->left == 0) return false;
  *g = (group){.score = w->score[w->order[w->left - 1]]};
  while (w->left > 0) {
    const uint32_t row = w->order[w->left - 1];
    if (w->score[row] != g->score) break;
    const double weight = w->weight == NULL ? 1.0 : w->weight[row];
    const int class = w->event[row];
    g->weight[class] += weight;
    g->square[class] += weight * weight;
    g->rows[class]++;
    w->left--;
  }
  return true;
}

// Weight and rows of both classes; the walk starts again afterwards.
static group walk_totals(walk* w) {
  const size_t n = w->left;
  group total = {0}, g;
  while (walk_next(w, &g)) {
    for (int k = 0; k < 2; k++) {
      total.weight[k] += g.weight[k];
      total.rows[k] += g.rows[k];
    }
  }
  w->left = n;
  return total;
}

// ---- curve ----

void cr_roc_free(cr_roc* roc) {
  cr_free(roc->threshold);
  cr_free(roc->event);
  cr_free(roc->other);
  *roc = (cr_roc){0};
}

cr_status cr_roc_points(const double* score, const int32_t* event, const double* weight,
                        size_t n, cr_roc* out, cr_error* err) {
  *out = (cr_roc){0};
  walk w;
  cr_status status = walk_start(&w, score, event, weight, n, err);
  if (status != CR_OK) return status;
  group g;
  size_t n_points = 0;
  while (walk_next(&w, &g)) n_points++;
  w.left = n;

  out->threshold = cr_alloc(n_points, sizeof *out->threshold);
  out->event = cr_alloc(n_points, sizeof *out->event);
  out->other = cr_alloc(n_points, sizeof *out->other);
  if (out->threshold == NULL || out->event == NULL || out->other == NULL) {
    cr_roc_free(out);
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu points", n_points);
    goto done;
  }
  double above[2] = {0.0, 0.0};
  while (walk_next(&w, &g)) {
    for (int k = 0; k < 2; k++) above[k] += g.weight[k];
    out->threshold[out->n] = g.score;
    out->event[out->n] = above[1];
    out->other[out->n] = above[0];
    out->n++;
  }

done:
  walk_end(&w);
  return status;
}

// ---- summary under weights ----

// Sum over rows of w^2 (placement - area)^2, by class.
static void spread(walk* w, const group* total, double area, double out[2]) {
  const size_t n = w->left;
  double above[2] = {0.0, 0.0};
  group g;
  out[0] = out[1] = 0.0;
  while (walk_next(w, &g)) {
    const double below = total->weight[0] - above[0] - 0.5 * g.weight[0];
    const double of_event = below / total->weight[0] - area;
    const double of_other = (above[1] + 0.5 * g.weight[1]) / total->weight[1] - area;
    out[1] += g.square[1] * of_event * of_event;
    out[0] += g.square[0] * of_other * of_other;
    for (int k = 0; k < 2; k++) above[k] += g.weight[k];
  }
  w->left = n;
}

static double variance(walk* w, const group* total, double area) {
  if (total->rows[0] < 2 || total->rows[1] < 2) return NAN;
  double by_class[2], sum = 0.0;
  spread(w, total, area, by_class);
  for (int k = 0; k < 2; k++) {
    const double rows = (double)total->rows[k], mass = total->weight[k];
    sum += rows / (rows - 1.0) * by_class[k] / (mass * mass);
  }
  return sum;
}

// Right and wrong pairs are summed apart, so that areas of 0 and 1 come out exactly.
static cr_auc summary(walk* w, const group* total) {
  const size_t n = w->left;
  cr_auc out = {.ks = 0.0, .ks_threshold = INFINITY};
  double right = 0.0, wrong = 0.0, above[2] = {0.0, 0.0};
  group g;
  while (walk_next(w, &g)) {
    const double tied = 0.5 * g.weight[0] * g.weight[1];
    right += g.weight[0] * above[1] + tied;
    wrong += g.weight[1] * above[0] + tied;
    for (int k = 0; k < 2; k++) above[k] += g.weight[k];
    const double gap = above[1] / total->weight[1] - above[0] / total->weight[0];
    if (gap > out.ks) {
      out.ks = gap;
      out.ks_threshold = g.score;
    }
  }
  w->left = n;
  out.area = right / (right + wrong);
  out.variance = variance(w, total, out.area);
  return out;
}

cr_status cr_roc_weighted(const double* score, const int32_t* event, const double* weight,
                          size_t n, cr_auc* out, cr_error* err) {
  walk w;
  const cr_status status = walk_start(&w, score, event, weight, n, err);
  if (status != CR_OK) return status;
  const group total = walk_totals(&w);
  *out = (cr_auc){NAN, NAN, NAN, NAN};
  if (total.rows[0] > 0 && total.rows[1] > 0) *out = summary(&w, &total);
  walk_end(&w);
  return CR_OK;
}

// ---- bootstrap of the Kolmogorov-Smirnov distance ----

// One byte a row in falling order of score says all that a resample needs.
enum { IS_EVENT = 1, ENDS_TIE = 2 };

typedef struct {
  size_t n;
  size_t n_class[2];
  const uint8_t* code;
  const double* weight;  // in falling order of score, or NULL
  size_t n_resamples;
  uint64_t seed;
  cr_counter next;
  double* distance;
} resampling;

// Draws each class's rows; `times` has first the others, then the events, both in
// falling order of score.
static void draw_rows(const resampling* r, size_t b, uint32_t* times) {
  cr_rng rng = cr_rng_stream(r->seed, CR_FOR_BOOTSTRAP, b);
  memset(times, 0, r->n * sizeof *times);
  uint32_t* part = times;
  for (int k = 0; k < 2; k++) {
    const uint32_t n = (uint32_t)r->n_class[k];
    for (uint32_t d = 0; d < n; d++) part[cr_rng_below(&rng, n)]++;
    part += n;
  }
}

static double row_weight(const resampling* r, size_t i) {
  return r->weight == NULL ? 1.0 : r->weight[i];
}

static double resampled_distance(const resampling* r, const uint32_t* times) {
  double total[2] = {(double)r->n_class[0], (double)r->n_class[1]};
  if (r->weight != NULL) {
    const uint32_t* next[2] = {times, times + r->n_class[0]};
    total[0] = total[1] = 0.0;
    for (size_t i = 0; i < r->n; i++) {
      const int class = r->code[i] & IS_EVENT;
      total[class] += (double)*next[class]++ * row_weight(r, i);
    }
  }
  const uint32_t* next[2] = {times, times + r->n_class[0]};
  const double share[2] = {-1.0 / total[0], 1.0 / total[1]};
  double above[2] = {0.0, 0.0}, widest = 0.0;
  for (size_t i = 0; i < r->n; i++) {
    const int class = r->code[i] & IS_EVENT;
    above[class] += (double)*next[class]++ * row_weight(r, i);
    if (r->code[i] & ENDS_TIE) {
      const double gap = above[1] * share[1] + above[0] * share[0];
      widest = gap > widest ? gap : widest;
    }
  }
  return widest;
}

static void resample(cr_worker* me, void* data) {
  resampling* r = data;
  uint32_t* times = cr_alloc(r->n, sizeof *times);
  if (times == NULL) {
    cr_team_abort(me, CR_ENOMEM);
    return;
  }
  size_t b;
  while (cr_team_next(me, &r->next, r->n_resamples, true, &b)) {
    draw_rows(r, b, times);
    r->distance[b] = resampled_distance(r, times);
  }
  cr_free(times);
}

// Row codes (and weights) in falling order of score.
static void lay_out(const walk* w, size_t n, uint8_t* code, double* weight) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t row = w->order[n - 1 - i];
    const bool last = i + 1 == n || w->score[w->order[n - 2 - i]] != w->score[row];
    code[i] = (uint8_t)((w->event[row] ? IS_EVENT : 0) | (last ? ENDS_TIE : 0));
    if (weight != NULL) weight[i] = w->weight[row];
  }
}

cr_status cr_ks_bootstrap(const double* score, const int32_t* event, const double* weight,
                          size_t n, size_t n_resamples, const cr_run* run,
                          double* distance, cr_error* err) {
  walk w;
  cr_status status = walk_start(&w, score, event, weight, n, err);
  if (status != CR_OK) return status;
  uint8_t* code = cr_alloc(n, sizeof *code);
  double* sorted_weight = weight == NULL ? NULL : cr_alloc(n, sizeof *sorted_weight);
  if (code == NULL || (weight != NULL && sorted_weight == NULL)) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to resample %zu rows", n);
    goto done;
  }
  lay_out(&w, n, code, sorted_weight);
  resampling r = {.n = n,
                  .code = code,
                  .weight = sorted_weight,
                  .n_resamples = n_resamples,
                  .seed = run->seed,
                  .distance = distance};
  for (size_t i = 0; i < n; i++) r.n_class[event[i]]++;
  if (r.n_class[0] == 0 || r.n_class[1] == 0) {
    for (size_t b = 0; b < n_resamples; b++) distance[b] = NAN;
    goto done;
  }
  status = cr_team_run(run, resample, &r, err);

done:
  cr_free(sorted_weight);
  cr_free(code);
  walk_end(&w);
  return status;
}
