#include "metric/rates.h"

#include <math.h>

#include "base/mem.h"
#include "base/xmath.h"

#include "base/exact.h"

enum { BLOCK = 4096 };

static size_t block_end(size_t start, size_t n) {
  return n - start < BLOCK ? n : start + BLOCK;
}

static double row_weight(const double* weight, size_t i) {
  return weight == NULL ? 1.0 : weight[i];
}

cr_confusion cr_rates_confusion(const double* prob, const int32_t* event,
                                const double* weight, size_t n, double cutoff) {
  cr_confusion out = {0};
  for (size_t start = 0; start < n; start += BLOCK) {
    cr_confusion block = {0};
    for (size_t i = start; i < block_end(start, n); i++) {
      const double w = row_weight(weight, i);
      const int actual = event[i], predicted = prob[i] >= cutoff;
      block.weight[actual][predicted] += w;
      block.square[actual][predicted] += w * w;
    }
    for (int k = 0; k < 4; k++) {
      out.weight[k / 2][k % 2] += block.weight[k / 2][k % 2];
      out.square[k / 2][k % 2] += block.square[k / 2][k % 2];
    }
  }
  return out;
}

static cr_estimate estimate(const double* x, const double* weight, size_t n) {
  double mass = 0.0, total = 0.0, spread = 0.0;
  for (size_t start = 0; start < n; start += BLOCK) {
    double block_mass = 0.0, block_total = 0.0;
    for (size_t i = start; i < block_end(start, n); i++) {
      const double w = row_weight(weight, i);
      block_mass += w;
      block_total += w * x[i];
    }
    mass += block_mass;
    total += block_total;
  }
  const double mean = total / mass;
  for (size_t start = 0; start < n; start += BLOCK) {
    double block = 0.0;
    for (size_t i = start; i < block_end(start, n); i++) {
      const double d = row_weight(weight, i) * (x[i] - mean);
      block += d * d;
    }
    spread += block;
  }
  cr_estimate out = {.mean = mean, .se = NAN};
  if (n > 1) out.se = sqrt((double)n / (double)(n - 1) * spread) / mass;
  return out;
}

static double clipped(double p) {
  return p < CR_RATES_CLIP         ? CR_RATES_CLIP
         : p > 1.0 - CR_RATES_CLIP ? 1.0 - CR_RATES_CLIP
                                   : p;
}

double cr_rates_log_loss(double p, int32_t is_event) {
  return is_event ? -cr_log(clipped(p)) : -cr_log1p(-clipped(p));
}

cr_status cr_rates_losses(const double* prob, const int32_t* event, const double* weight,
                          size_t n, cr_losses* out, cr_error* err) {
  double* loss = cr_alloc(n, sizeof *loss);
  if (loss == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the losses of %zu rows", n);
  }
  cr_losses found = {0};
  for (size_t i = 0; i < n; i++) {
    const double miss = prob[i] - (double)event[i];
    loss[i] = miss * miss;
  }
  found.brier = estimate(loss, weight, n);

  for (size_t i = 0; i < n; i++) {
    found.n_clipped += clipped(prob[i]) != prob[i];
    loss[i] = cr_rates_log_loss(prob[i], event[i]);
  }
  found.log_loss = estimate(loss, weight, n);
  *out = found;
  cr_free(loss);
  return CR_OK;
}
