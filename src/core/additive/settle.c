#include "additive/settle.h"

#include <math.h>

#include "additive/pairs.h"

#include "base/exact.h"

enum { CODES = CR_SMOOTH_CODES };

// Takes the mean over the rows off codes 0 .. n - 1 and returns it
static double take_mean(const double* mass, size_t n, double* value) {
  double sum = 0.0, all = 0.0;
  for (size_t c = 0; c < n; c++) {
    sum += mass[c] * value[c];
    all += mass[c];
  }
  const double mean = all > 0.0 ? sum / all : 0.0;
  for (size_t c = 0; c < n; c++) value[c] = mass[c] > 0.0 ? value[c] - mean : 0.0;
  return mean;
}

// One fit's tables made pure; returns its intercept
static double purify(const cr_tables* model, double base, double* table,
                     double* pair_table) {
  for (size_t q = 0; q < model->n_pairs; q++) {
    const size_t a = (size_t)model->first[q], b = (size_t)model->second[q];
    uint8_t groups[2][CODES] = {{0}};
    for (int32_t c = model->start[a]; c < model->start[a + 1]; c++) {
      groups[0][c - model->start[a]] = model->group[c];
    }
    for (int32_t c = model->start[b]; c < model->start[b + 1]; c++) {
      groups[1][c - model->start[b]] = model->group[c];
    }
    cr_pairs_purify(model->pair_mass + q * CODES, groups[0], groups[1],
                    pair_table + q * CODES, table + a * CODES, table + b * CODES);
  }
  double intercept = base;
  for (size_t j = 0; j < model->n_features; j++) {
    const size_t n = (size_t)(model->start[j + 1] - model->start[j]);
    intercept += take_mean(model->mass + model->start[j], n, table + j * CODES);
  }
  return intercept;
}

// Mean and jackknife error of one cell: value[k * stride] for fit k
static double mean_of(const double* value, size_t stride, size_t m, double* error) {
  double sum = 0.0, square = 0.0;
  for (size_t k = 0; k < m; k++) sum += value[k * stride];
  const double mean = sum / (double)m;
  for (size_t k = 0; k < m; k++) {
    square += (value[k * stride] - mean) * (value[k * stride] - mean);
  }
  *error = m > 1 ? sqrt(square * (double)(m - 1) / (double)m) : NAN;
  return mean;
}

void cr_settle_tables(const cr_settle_fits* fits, cr_tables* model) {
  const size_t m = fits->n_fits, p = model->n_features;
  const size_t stride = p * CODES, pair_stride = model->n_pairs * CODES;
  double intercept = 0.0;
  for (size_t k = 0; k < m; k++) {
    intercept += purify(model, fits->base[k], fits->table + k * stride,
                        fits->pair_table + k * pair_stride);
  }
  model->intercept = intercept / (double)m;
  for (size_t j = 0; j < p; j++) {
    for (int32_t c = model->start[j]; c < model->start[j + 1]; c++) {
      const double* cell = fits->table + j * CODES + (c - model->start[j]);
      model->value[c] = mean_of(cell, stride, m, &model->error[c]);
    }
  }
  for (size_t c = 0; c < pair_stride; c++) {
    model->pair_value[c] =
        mean_of(fits->pair_table + c, pair_stride, m, &model->pair_error[c]);
  }
}
