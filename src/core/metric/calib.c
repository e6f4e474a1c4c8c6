#include "metric/calib.h"

#include <math.h>

#include "base/mem.h"
#include "base/sort.h"
#include "base/xmath.h"
#include "metric/curve.h"
#include "metric/rates.h"

#include "base/exact.h"

// ---- the line ----

double cr_calib_logit(double p) {
  if (p < CR_RATES_CLIP) p = CR_RATES_CLIP;
  if (p > 1.0 - CR_RATES_CLIP) p = 1.0 - CR_RATES_CLIP;
  return cr_logit(p);
}

cr_status cr_calib_fit(const double* prob, const int32_t* event, const double* weight,
                       size_t n, bool slope_is_one, const cr_run* run, cr_calib_line* out,
                       cr_error* err) {
  double* x = cr_alloc(n, sizeof *x);
  if (x == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to calibrate %zu rows", n);
  }
  for (size_t i = 0; i < n; i++) x[i] = cr_calib_logit(prob[i]);
  cr_curve line;
  const cr_status status =
      cr_curve_line(x, event, weight, n, slope_is_one, run, &line, err);
  cr_free(x);
  if (status != CR_OK) return status;
  *out = (cr_calib_line){line.coefficient[0], line.se[0],     line.coefficient[1],
                         line.se[1],          line.converged, line.iterations};
  return CR_OK;
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
  if (!cr_sort_fits(n, err)) return CR_ELIMIT;
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
