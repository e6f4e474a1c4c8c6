#include "metric/calib.h"

#include <math.h>

#include "base/mem.h"
#include "base/sort.h"
#include "base/xmath.h"
#include "metric/rates.h"

#include "base/exact.h"

enum { BLOCK = 4096, MAX_ITERATIONS = 60, MAX_HALVINGS = 30 };

// ---- the line ----

// Sums over rows with z = (1, logit prob), mu the fitted probability
typedef struct {
  double likelihood;   // log
  double gradient[2];  // of w (y - mu) z
  double info[3];      // of w mu (1 - mu) zz': 00, 01, 11
  double meat[3];      // of w^2 (y - mu)^2 zz'
} sums;

typedef struct {
  const double* x;
  const int32_t* event;
  const double* weight;
  size_t n;
  size_t n_blocks;
  double intercept, slope;
  sums* block;
} problem;

static void add_sums(sums* to, const sums* from) {
  to->likelihood += from->likelihood;
  for (int k = 0; k < 2; k++) to->gradient[k] += from->gradient[k];
  for (int k = 0; k < 3; k++) to->info[k] += from->info[k];
  for (int k = 0; k < 3; k++) to->meat[k] += from->meat[k];
}

static void sum_block(size_t b, int worker, void* data) {
  (void)worker;
  const problem* p = data;
  const size_t start = b * BLOCK;
  const size_t end = p->n - start < BLOCK ? p->n : start + BLOCK;
  sums s = {0};
  for (size_t i = start; i < end; i++) {
    const double x = p->x[i], w = p->weight == NULL ? 1.0 : p->weight[i];
    const double eta = p->intercept + p->slope * x;
    const double e = cr_exp(-fabs(eta));  // never above 1
    const double mu = eta >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    const double residual = w * ((double)p->event[i] - mu);
    const double curve = w * e / ((1.0 + e) * (1.0 + e));
    const double square = residual * residual;
    const double wrong = p->event[i] ? -eta : eta;
    s.likelihood -= w * ((wrong > 0.0 ? wrong : 0.0) + cr_log1p(e));
    s.gradient[0] += residual;
    s.gradient[1] += residual * x;
    s.info[0] += curve;
    s.info[1] += curve * x;
    s.info[2] += curve * x * x;
    s.meat[0] += square;
    s.meat[1] += square * x;
    s.meat[2] += square * x * x;
  }
  p->block[b] = s;
}

static cr_status sum_rows(problem* p, const cr_run* run, sums* out, cr_error* err) {
  const cr_status status = cr_team_for(run, p->n_blocks, sum_block, p, err);
  if (status != CR_OK) return status;
  *out = (sums){0};
  for (size_t b = 0; b < p->n_blocks; b++) add_sums(out, &p->block[b]);
  return CR_OK;
}

static double determinant(const sums* s) {
  return s->info[0] * s->info[2] - s->info[1] * s->info[1];
}

// Newton's step; false when the information has no inverse.
static bool newton_step(const sums* s, bool slope_is_one, double step[2]) {
  if (slope_is_one) {
    step[0] = s->gradient[0] / s->info[0];
    step[1] = 0.0;
    return s->info[0] > 0.0;
  }
  const double det = determinant(s);
  step[0] = (s->info[2] * s->gradient[0] - s->info[1] * s->gradient[1]) / det;
  step[1] = (s->info[0] * s->gradient[1] - s->info[1] * s->gradient[0]) / det;
  return det > 1e-12 * s->info[0] * s->info[2];
}

// Goes along `step`, halved until the likelihood does not fall, and updates `s`.
static cr_status take_step(problem* p, const double step[2], const cr_run* run, sums* s,
                           bool* moved, cr_error* err) {
  const double intercept = p->intercept, slope = p->slope;
  const double slack = 1e-12 * fabs(s->likelihood);
  double share = 1.0;
  *moved = false;
  for (int h = 0; h < MAX_HALVINGS && !*moved; h++, share *= 0.5) {
    p->intercept = intercept + share * step[0];
    p->slope = slope + share * step[1];
    sums next;
    const cr_status status = sum_rows(p, run, &next, err);
    if (status != CR_OK) return status;
    if (next.likelihood >= s->likelihood - slack) {
      *s = next;
      *moved = true;
    }
  }
  return CR_OK;
}

static double sandwich(const double row[2], const double meat[3]) {
  return row[0] * row[0] * meat[0] + 2.0 * row[0] * row[1] * meat[1] +
         row[1] * row[1] * meat[2];
}

static void add_errors(const sums* s, bool slope_is_one, bool weighted,
                       cr_calib_line* out) {
  const double det = determinant(s);
  const double first[2] = {slope_is_one ? 1.0 / s->info[0] : s->info[2] / det,
                           slope_is_one ? 0.0 : -s->info[1] / det};
  const double second[2] = {slope_is_one ? 0.0 : -s->info[1] / det,
                            slope_is_one ? 0.0 : s->info[0] / det};
  out->intercept_se = sqrt(weighted ? sandwich(first, s->meat) : first[0]);
  out->slope_se = sqrt(weighted ? sandwich(second, s->meat) : second[1]);
}

// A maximum at infinity shows as information that has all but vanished on the way.
static bool has_vanished(const sums* start, const sums* end, bool slope_is_one) {
  if (slope_is_one) return end->info[0] < 1e-9 * start->info[0];
  return determinant(end) < 1e-9 * determinant(start);
}

static cr_status fit_line(problem* p, bool slope_is_one, const cr_run* run,
                          cr_calib_line* out, cr_error* err) {
  *out = (cr_calib_line){NAN, NAN, NAN, NAN, false, 0};
  sums s;
  cr_status status = sum_rows(p, run, &s, err);
  if (status != CR_OK) return status;
  const sums start = s;
  double step[2];
  bool small = false;
  while (!small && out->iterations < MAX_ITERATIONS) {
    if (!newton_step(&s, slope_is_one, step)) return CR_OK;
    const double gain = step[0] * s.gradient[0] + step[1] * s.gradient[1];
    small = gain <= 1e-13 * fabs(s.likelihood);
    bool moved;
    status = take_step(p, step, run, &s, &moved, err);
    if (status != CR_OK) return status;
    if (!moved) return CR_OK;
    out->iterations++;
  }
  if (!small || has_vanished(&start, &s, slope_is_one)) return CR_OK;
  out->converged = true;
  out->intercept = p->intercept;
  out->slope = p->slope;
  add_errors(&s, slope_is_one, p->weight != NULL, out);
  return CR_OK;
}

static double clipped_logit(double p) {
  if (p < CR_RATES_CLIP) p = CR_RATES_CLIP;
  if (p > 1.0 - CR_RATES_CLIP) p = 1.0 - CR_RATES_CLIP;
  return cr_logit(p);
}

cr_status cr_calib_fit(const double* prob, const int32_t* event, const double* weight,
                       size_t n, bool slope_is_one, const cr_run* run, cr_calib_line* out,
                       cr_error* err) {
  cr_status status = CR_OK;
  problem p = {.event = event, .weight = weight, .n = n, .slope = 1.0};
  p.n_blocks = (n + BLOCK - 1) / BLOCK;
  double* x = cr_alloc(n, sizeof *x);
  p.block = cr_alloc(p.n_blocks, sizeof *p.block);
  if (x == NULL || p.block == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to calibrate %zu rows", n);
    goto done;
  }
  for (size_t i = 0; i < n; i++) x[i] = clipped_logit(prob[i]);
  p.x = x;
  status = fit_line(&p, slope_is_one, run, out, err);

done:
  cr_free(p.block);
  cr_free(x);
  return status;
}

// ---- bins ----

static void add_row(cr_calib_bin* bin, double prob, int32_t event, double weight) {
  if (bin->rows == 0) bin->lowest = prob;
  bin->highest = prob;
  bin->rows++;
  bin->weight += weight;
  bin->square += weight * weight;
  bin->prob += weight * prob;
  bin->event += weight * (double)event;
}

cr_status cr_calib_bins(const double* prob, const int32_t* event, const double* weight,
                        size_t n, size_t n_bins, cr_calib_bin* bin, size_t* n_found,
                        cr_error* err) {
  if (n > UINT32_MAX) {
    return cr_fail(err, CR_ELIMIT, "too_many_rows", "%zu rows; at most %u can be ranked",
                   n, UINT32_MAX);
  }
  cr_status status = CR_OK;
  uint32_t* order = cr_alloc(n, sizeof *order);
  if (order == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to order %zu rows", n);
  }
  CR_TRY(cr_sort_order(prob, n, order, err));
  double total = 0.0;
  for (size_t i = 0; i < n; i++) total += weight == NULL ? 1.0 : weight[order[i]];

  size_t found = 0, edges = 0;  // edges: share of `total` passed, in n_bins-ths
  double passed = 0.0;
  cr_calib_bin now = {0};
  for (size_t i = 0; i < n; i++) {
    const uint32_t row = order[i];
    const double w = weight == NULL ? 1.0 : weight[row];
    add_row(&now, prob[row], event[row], w);
    passed += w;
    const bool tied = i + 1 < n && prob[order[i + 1]] == prob[row];
    const double edge = (double)(edges + 1) * total / (double)n_bins;
    if (i + 1 < n && (tied || passed < edge)) continue;
    now.prob /= now.weight;
    now.event /= now.weight;
    bin[found++] = now;
    now = (cr_calib_bin){0};
    while (edges < n_bins && passed >= (double)(edges + 1) * total / (double)n_bins) {
      edges++;
    }
  }
  *n_found = found;

done:
  cr_free(order);
  return status;
}
