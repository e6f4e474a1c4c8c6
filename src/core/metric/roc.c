#include "metric/roc.h"

#include <math.h>

#include "base/mem.h"
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
  if (!cr_sort_fits(n, err)) return CR_ELIMIT;
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

// ---- two scores under weights ----

// Each row's placement: the share of the other class it is on the right side of.
static void place_rows(walk* w, const group* total, double* place) {
  const size_t n = w->left;
  double above[2] = {0.0, 0.0};
  group g;
  for (size_t end = n; walk_next(w, &g); end = w->left) {
    const double below = total->weight[0] - above[0] - 0.5 * g.weight[0];
    const double of[2] = {(above[1] + 0.5 * g.weight[1]) / total->weight[1],
                          below / total->weight[0]};
    for (size_t i = w->left; i < end; i++) place[w->order[i]] = of[w->event[w->order[i]]];
    for (int k = 0; k < 2; k++) above[k] += g.weight[k];
  }
  w->left = n;
}

// Areas of one score; `place` by row.
static cr_status place_score(const double* score, const int32_t* event,
                             const double* weight, size_t n, cr_auc* auc, group* total,
                             double* place, cr_error* err) {
  walk w;
  const cr_status status = walk_start(&w, score, event, weight, n, err);
  if (status != CR_OK) return status;
  *total = walk_totals(&w);
  *auc = (cr_auc){NAN, NAN, NAN, NAN};
  if (total->rows[0] > 0 && total->rows[1] > 0) {
    *auc = summary(&w, total);
    place_rows(&w, total, place);
  }
  walk_end(&w);
  return CR_OK;
}

static double covariance(const int32_t* event, const double* weight, size_t n,
                         const group* total, const cr_auc auc[2],
                         double* const place[2]) {
  if (total->rows[0] < 2 || total->rows[1] < 2) return NAN;
  double by_class[2] = {0.0, 0.0}, sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    const double w = weight == NULL ? 1.0 : weight[i];
    by_class[event[i]] +=
        w * w * (place[0][i] - auc[0].area) * (place[1][i] - auc[1].area);
  }
  for (int k = 0; k < 2; k++) {
    const double rows = (double)total->rows[k], mass = total->weight[k];
    sum += rows / (rows - 1.0) * by_class[k] / (mass * mass);
  }
  return sum;
}

cr_status cr_roc_compare(const double* first, const double* second, const int32_t* event,
                         const double* weight, size_t n, cr_auc_pair* out,
                         cr_error* err) {
  cr_status status = CR_OK;
  double* place[2] = {cr_alloc(n, sizeof(double)), cr_alloc(n, sizeof(double))};
  cr_auc auc[2];
  group total;
  if (place[0] == NULL || place[1] == NULL) {
    status =
        cr_fail(err, CR_ENOMEM, "memory", "no memory to compare scores of %zu rows", n);
    goto done;
  }
  CR_TRY(place_score(first, event, weight, n, &auc[0], &total, place[0], err));
  CR_TRY(place_score(second, event, weight, n, &auc[1], &total, place[1], err));
  *out = (cr_auc_pair){{auc[0].area, auc[1].area},
                       {auc[0].variance, auc[1].variance},
                       covariance(event, weight, n, &total, auc, place)};

done:
  cr_free(place[1]);
  cr_free(place[0]);
  return status;
}
