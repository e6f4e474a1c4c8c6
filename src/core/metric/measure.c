#include "metric/measure.h"

#include <math.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "metric/calib.h"
#include "metric/curve.h"
#include "metric/rates.h"

#include "base/exact.h"

// By class: index 1 is the event.
typedef struct {
  double sum[2];
} masses;

static masses add_up(const cr_layout* l, const double* mass) {
  masses total = {{0.0, 0.0}};
  for (size_t i = 0; i < l->n; i++) total.sum[l->code[i] & CR_IS_EVENT] += mass[i];
  return total;
}

// ---- by group of tied rows -------------------------------------------------------

typedef struct {
  masses total;
  const double* partial;
  masses above;         // of the groups passed
  double right, wrong;  // pairs
  double ks;
  double precision;  // sum of event mass times precision
  double partial_area;
  cr_pool* pool;  // hull of the curve: `sum` is of others, `rest` of events
  size_t n_pool;
} ranking;

// The part of a straight piece of the ROC curve between two false alarm rates.
static double area_between(const double x[2], const double y[2], const double range[2]) {
  const double from = x[0] > range[0] ? x[0] : range[0];
  const double to = x[1] < range[1] ? x[1] : range[1];
  if (to <= from) return 0.0;
  const double rise = (y[1] - y[0]) / (x[1] - x[0]);
  return (to - from) * (y[0] + rise * (0.5 * (from + to) - x[0]));
}

static void add_group(ranking* r, const masses* g) {
  const double event = g->sum[1], other = g->sum[0];
  if (event + other == 0.0) return;
  const masses before = r->above;
  const double tied = 0.5 * event * other;
  r->right += other * before.sum[1] + tied;
  r->wrong += event * before.sum[0] + tied;
  for (int k = 0; k < 2; k++) r->above.sum[k] += g->sum[k];
  const masses* a = &r->above;
  const masses* t = &r->total;
  const double x[2] = {before.sum[0] / t->sum[0], a->sum[0] / t->sum[0]};
  const double y[2] = {before.sum[1] / t->sum[1], a->sum[1] / t->sum[1]};
  if (y[1] - x[1] > r->ks) r->ks = y[1] - x[1];
  r->precision += event * a->sum[1] / (a->sum[0] + a->sum[1]);
  r->partial_area += area_between(x, y, r->partial);
  r->n_pool = cr_pool_push(r->pool, r->n_pool, (cr_pool){other, event, 0, 0});
}

static void walk_groups(const cr_layout* l, const double* mass, ranking* r) {
  masses group = {{0.0, 0.0}};
  for (size_t i = 0; i < l->n; i++) {
    group.sum[l->code[i] & CR_IS_EVENT] += mass[i];
    if (!(l->code[i] & CR_ENDS_TIE)) continue;
    add_group(r, &group);
    group = (masses){{0.0, 0.0}};
  }
}

// ---- the hull --------------------------------------------------------------------

// Integrals from 0 to c of t w(t) and of (1 - t) w(t), w the density of Beta(2, b):
// incomplete beta functions with a whole first parameter, in closed form.
typedef struct {
  double cost, rest;
} cost_mass;

static cost_mass costs_below(double c, double b) {
  if (c >= 1.0) return (cost_mass){2.0 / (2.0 + b), b / (2.0 + b)};
  const double log_tail = cr_log1p(-c);
  const double tail = cr_exp(b * log_tail);  // (1 - c)^b
  const double third = 1.0 - tail * (1.0 + b * c * (1.0 + 0.5 * (b + 1.0) * c));
  const double second = 1.0 - tail * (1.0 - c) * (1.0 + (b + 1.0) * c);
  return (cost_mass){third * 2.0 / (2.0 + b), second * b / (2.0 + b)};
}

// Hand's H: 1 less the least expected cost over that of the better constant decision.
// On the hull the best cut-off at cost c separates segments with more from those with
// less than a share c of events.
static double h_measure(const ranking* r, double severity) {
  const double b = 1.0 + 1.0 / severity;
  const double event = r->total.sum[1], other = r->total.sum[0];
  double alarms = 0.0, misses = event, loss = 0.0;
  cost_mass high = costs_below(1.0, b);
  for (size_t s = 0; s <= r->n_pool; s++) {
    cost_mass low = {0.0, 0.0};
    if (s < r->n_pool) {
      low = costs_below(r->pool[s].rest / (r->pool[s].rest + r->pool[s].sum), b);
    }
    loss += alarms * (high.cost - low.cost) + misses * (high.rest - low.rest);
    if (s == r->n_pool) break;
    alarms += r->pool[s].sum;
    misses -= r->pool[s].rest;
    high = low;
  }
  const cost_mass all = costs_below(1.0, b), at = costs_below(event / (event + other), b);
  return 1.0 - loss / (other * at.cost + event * (all.rest - at.rest));
}

// Mean of p (1 - p) over the hull's segments: the Brier score after isotonic
// recalibration.
static double calibrated_brier(const ranking* r) {
  double sum = 0.0;
  for (size_t s = 0; s < r->n_pool; s++) {
    const double event = r->pool[s].rest, other = r->pool[s].sum;
    sum += event * other / (event + other);
  }
  return sum / (r->total.sum[0] + r->total.sum[1]);
}

static void rank(const cr_layout* l, const double* mass, const cr_measure* spec,
                 const masses* total, cr_pool* pool, double* out) {
  ranking r = {.total = *total, .partial = spec->partial, .pool = pool};
  walk_groups(l, mass, &r);
  out[CR_MEASURE_AUC] = r.right / (r.right + r.wrong);
  out[CR_MEASURE_KS] = r.ks;
  out[CR_MEASURE_PR_AUC] = r.precision / total->sum[1];
  out[CR_MEASURE_PARTIAL_AUC] = r.partial_area;
  out[CR_MEASURE_H] = h_measure(&r, spec->severity);
  const double n = total->sum[0] + total->sum[1];
  const double least = calibrated_brier(&r);
  out[CR_MEASURE_UNCERTAINTY] = total->sum[0] / n * (total->sum[1] / n);
  out[CR_MEASURE_RESOLUTION] = out[CR_MEASURE_UNCERTAINTY] - least;
  out[CR_MEASURE_RELIABILITY] = out[CR_MEASURE_BRIER] - least;
}

// ---- by row ----------------------------------------------------------------------

static void sum_rows(const cr_layout* l, const double* mass, const cr_measure* spec,
                     double n, double* out) {
  double brier = 0.0, loss = 0.0, value = 0.0, gap = 0.0, ece = 0.0;
  double count[2][2] = {{0.0, 0.0}, {0.0, 0.0}};
  for (size_t i = 0; i < l->n; i++) {
    const int is_event = l->code[i] & CR_IS_EVENT, above = (l->code[i] & CR_ABOVE) != 0;
    const double miss = l->score[i] - (double)is_event;
    brier += mass[i] * miss * miss;
    count[is_event][above] += mass[i];
    gap += mass[i] * miss;
    if (l->code[i] & CR_ENDS_BIN) {
      ece += fabs(gap);
      gap = 0.0;
    }
    if (spec->loss != NULL) loss += mass[i] * spec->loss[i];
    if (spec->value != NULL && !above) value += mass[i] * spec->value[i];
  }
  out[CR_MEASURE_BRIER] = brier / n;
  out[CR_MEASURE_TN] = count[0][0];
  out[CR_MEASURE_FP] = count[0][1];
  out[CR_MEASURE_FN] = count[1][0];
  out[CR_MEASURE_TP] = count[1][1];
  out[CR_MEASURE_ECE] = ece / n;
  out[CR_MEASURE_LOG_LOSS] = spec->loss == NULL ? NAN : loss / n;
  out[CR_MEASURE_PROFIT] = spec->value == NULL ? NAN : value / n;
}

static cr_status fit_lines(const cr_layout* l, const double* mass, const cr_measure* spec,
                           double* out) {
  out[CR_MEASURE_LARGE] = out[CR_MEASURE_INTERCEPT] = out[CR_MEASURE_SLOPE] = NAN;
  if (spec->log_odds == NULL) return CR_OK;
  const cr_run alone = {0};
  cr_curve_data data = {.n = l->n,
                        .event = spec->event,
                        .weight = mass,
                        .offset = spec->log_odds,
                        .n_columns = 1};
  cr_curve fit;
  cr_status status = cr_curve_fit(&data, spec->start, &alone, &fit, NULL);
  if (status != CR_OK) return status;
  out[CR_MEASURE_LARGE] = fit.coefficient[0];
  data.offset = NULL;
  data.n_columns = 2;
  data.column[1] = spec->log_odds;
  status = cr_curve_fit(&data, spec->start + 1, &alone, &fit, NULL);
  if (status != CR_OK) return status;
  out[CR_MEASURE_INTERCEPT] = fit.coefficient[0];
  out[CR_MEASURE_SLOPE] = fit.coefficient[1];
  return CR_OK;
}

cr_status cr_measure_rows(const cr_layout* layout, const double* mass,
                          const cr_replica_scratch* scratch, const void* spec,
                          double* out) {
  const cr_measure* s = spec;
  const masses total = add_up(layout, mass);
  sum_rows(layout, mass, s, total.sum[0] + total.sum[1], out);
  rank(layout, mass, s, &total, scratch->pool, out);
  return fit_lines(layout, mass, s, out);
}

// ---- laying out ------------------------------------------------------------------

void cr_measure_free(cr_measure* measure) {
  cr_layout_free(&measure->layout);
  cr_free(measure->loss);
  cr_free(measure->value);
  cr_free(measure->log_odds);
  cr_free(measure->event);
  *measure = (cr_measure){0};
}

static void fill_columns(const cr_measure_input* input, cr_measure* out) {
  for (size_t i = 0; i < out->layout.n; i++) {
    const uint32_t row = out->layout.row[i];
    const double p = input->prob[row];
    const int32_t is_event = input->event[row];
    if (out->loss != NULL) out->loss[i] = cr_rates_log_loss(p, is_event);
    if (out->value != NULL) out->value[i] = input->value[row];
    if (out->log_odds == NULL) continue;
    out->log_odds[i] = cr_calib_logit(p);
    out->event[i] = is_event;
  }
}

cr_status cr_measure_make(const cr_measure_input* input, cr_measure* out, cr_error* err) {
  *out = (cr_measure){.severity = input->severity};
  for (int k = 0; k < 2; k++) out->partial[k] = input->partial[k];
  for (int k = 0; k < 3; k++) out->start[k] = input->start[k];
  cr_status status = cr_layout_make(input->prob, input->event, input->weight, input->n,
                                    &input->layout, &out->layout, err);
  if (status != CR_OK) goto done;
  const size_t n = out->layout.n;
  if (input->with_loss) out->loss = cr_alloc(n, sizeof *out->loss);
  if (input->value != NULL) out->value = cr_alloc(n, sizeof *out->value);
  if (input->with_line) {
    out->log_odds = cr_alloc(n, sizeof *out->log_odds);
    out->event = cr_alloc(n, sizeof *out->event);
  }
  const bool short_of =
      (input->with_loss && out->loss == NULL) ||
      (input->value != NULL && out->value == NULL) ||
      (input->with_line && (out->log_odds == NULL || out->event == NULL));
  if (short_of) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to measure %zu rows", n);
    goto done;
  }
  fill_columns(input, out);
  return CR_OK;

done:
  cr_measure_free(out);
  return status;
}
