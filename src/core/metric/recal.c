#include "metric/recal.h"

#include <math.h>

#include "base/mem.h"
#include "base/sort.h"
#include "base/xmath.h"
#include "metric/pool.h"

#include "base/exact.h"

// ---- beta ----

// log p and -log(1 - p) out of log-odds, without cancellation
static double log_prob(double x) {
  return x < 0.0 ? x - cr_log1p(cr_exp(x)) : -cr_log1p(cr_exp(-x));
}

// The columns in use, of `both`; their coefficients go to places 1 and 2.
static cr_status fit_columns(cr_curve_data data, const double* const both[2],
                             const bool in_use[2], const cr_run* run, cr_curve* out,
                             cr_error* err) {
  size_t place[2] = {0, 0};
  data.n_columns = 1;
  for (size_t k = 0; k < 2; k++) {
    if (!in_use[k]) continue;
    place[k] = data.n_columns;
    data.column[data.n_columns++] = both[k];
  }
  cr_curve fit;
  const cr_status status =
      cr_curve_fit(&data, (const double[]){0.0, 0.0, 0.0}, run, &fit, err);
  if (status != CR_OK) return status;
  *out = fit;
  for (size_t k = 0; k < 2; k++) {
    out->coefficient[k + 1] = in_use[k] ? fit.coefficient[place[k]] : 0.0;
    out->se[k + 1] = in_use[k] ? fit.se[place[k]] : 0.0;
  }
  return CR_OK;
}

cr_status cr_recal_beta(const double* log_odds, const int32_t* event,
                        const double* weight, size_t n, const cr_run* run, cr_curve* out,
                        cr_error* err) {
  cr_status status = CR_OK;
  double* yes = cr_alloc(n, sizeof *yes);
  double* no = cr_alloc(n, sizeof *no);
  if (yes == NULL || no == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to calibrate %zu rows", n);
    goto done;
  }
  for (size_t i = 0; i < n; i++) {
    yes[i] = log_prob(log_odds[i]);
    no[i] = -log_prob(-log_odds[i]);
  }
  const cr_curve_data data = {.n = n, .event = event, .weight = weight};
  const double* const both[2] = {yes, no};
  bool in_use[2] = {true, true};
  CR_TRY(fit_columns(data, both, in_use, run, out, err));
  for (size_t k = 0; k < 2 && out->converged; k++) {
    if (out->coefficient[k + 1] >= 0.0) continue;
    in_use[k] = false;
    CR_TRY(fit_columns(data, both, in_use, run, out, err));
  }
  const bool rises = out->coefficient[1] >= 0.0 && out->coefficient[2] >= 0.0 &&
                     out->coefficient[1] + out->coefficient[2] > 0.0;
  out->converged = out->converged && rises;

done:
  cr_free(no);
  cr_free(yes);
  return status;
}

void cr_recal_beta_apply(const double coefficient[3], const double* log_odds, size_t n,
                         double* out) {
  for (size_t i = 0; i < n; i++) {
    const double x = log_odds[i];
    out[i] =
        coefficient[0] + coefficient[1] * log_prob(x) - coefficient[2] * log_prob(-x);
  }
}

// ---- isotonic ----

void cr_recal_steps_free(cr_recal_steps* steps) {
  cr_free(steps->lowest);
  cr_free(steps->highest);
  cr_free(steps->rate);
  cr_free(steps->weight);
  *steps = (cr_recal_steps){0};
}

// Blocks of rising event rate over rows in rising order; returns how many.
static size_t pool_rows(const double* x, const int32_t* event, const double* weight,
                        const uint32_t* order, size_t n, cr_pool* block) {
  size_t n_blocks = 0;
  for (size_t start = 0, end; start < n; start = end) {
    cr_pool group = {.first = start};
    for (end = start; end < n && x[order[end]] == x[order[start]]; end++) {
      const double w = weight == NULL ? 1.0 : weight[order[end]];
      if (event[order[end]])
        group.sum += w;
      else
        group.rest += w;
    }
    group.last = end - 1;
    n_blocks = cr_pool_push(block, n_blocks, group);
  }
  return n_blocks;
}

static cr_status make_steps(size_t n, cr_recal_steps* steps, cr_error* err) {
  steps->n = n;
  steps->lowest = cr_alloc(n, sizeof *steps->lowest);
  steps->highest = cr_alloc(n, sizeof *steps->highest);
  steps->rate = cr_alloc(n, sizeof *steps->rate);
  steps->weight = cr_alloc(n, sizeof *steps->weight);
  if (steps->lowest != NULL && steps->highest != NULL && steps->rate != NULL &&
      steps->weight != NULL) {
    return CR_OK;
  }
  cr_recal_steps_free(steps);
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu steps", n);
}

// The share of half an event in one row more, nearer to certainty where that would pass
// the neighbour's share.
static double uncertain(const cr_pool* block, double neighbour) {
  const double rows = (double)(block->last - block->first + 1);
  const double share = 0.5 / (rows + 1.0);
  return neighbour > 0.0 && share > 0.5 * neighbour ? 0.5 * neighbour : share;
}

static void soften_ends(cr_recal_steps* steps, const cr_pool* block) {
  const size_t last = steps->n - 1;
  if (steps->rate[0] == 0.0) {
    steps->rate[0] = uncertain(&block[0], last > 0 ? steps->rate[1] : 0.0);
  }
  if (steps->rate[last] == 1.0) {
    const double below = last > 0 ? 1.0 - steps->rate[last - 1] : 0.0;
    steps->rate[last] = 1.0 - uncertain(&block[last], below);
  }
}

cr_status cr_recal_steps_fit(const double* log_odds, const int32_t* event,
                             const double* weight, size_t n, cr_recal_steps* out,
                             cr_error* err) {
  *out = (cr_recal_steps){0};
  if (!cr_sort_fits(n, err)) return CR_ELIMIT;
  cr_status status = CR_OK;
  uint32_t* order = cr_alloc(n, sizeof *order);
  cr_pool* block = cr_alloc(n, sizeof *block);
  if (order == NULL || block == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to order %zu rows", n);
    goto done;
  }
  CR_TRY(cr_sort_order(log_odds, n, order, err));
  const size_t n_blocks = pool_rows(log_odds, event, weight, order, n, block);
  CR_TRY(make_steps(n_blocks, out, err));
  for (size_t b = 0; b < n_blocks; b++) {
    out->lowest[b] = log_odds[order[block[b].first]];
    out->highest[b] = log_odds[order[block[b].last]];
    out->weight[b] = block[b].sum + block[b].rest;
    out->rate[b] = block[b].sum / out->weight[b];
  }
  if (n_blocks > 0) soften_ends(out, block);

done:
  cr_free(block);
  cr_free(order);
  return status;
}

// The first block that ends at or above x; n when none does.
static size_t find_step(const cr_recal_steps* steps, double x) {
  size_t low = 0, high = steps->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (steps->highest[middle] >= x)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static double step_rate(const cr_recal_steps* steps, double x) {
  const size_t b = find_step(steps, x);
  if (b == steps->n) return steps->rate[b - 1];
  if (b == 0 || x >= steps->lowest[b]) return steps->rate[b];
  const double from = steps->highest[b - 1];
  const double share = (x - from) / (steps->lowest[b] - from);
  return steps->rate[b - 1] + share * (steps->rate[b] - steps->rate[b - 1]);
}

void cr_recal_steps_apply(const cr_recal_steps* steps, const double* log_odds, size_t n,
                          double* out) {
  for (size_t i = 0; i < n; i++) out[i] = cr_logit(step_rate(steps, log_odds[i]));
}
