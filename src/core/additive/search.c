#include "additive/search.h"

#include <string.h>

#include "additive/pairs.h"
#include "base/mem.h"
#include "base/xmath.h"

#include "base/exact.h"

enum {
  CODES = CR_SMOOTH_CODES,
  SCREENED = 64,           // features whose pairs are tried
  SCREENED_ROWS = 200000,  // rows that say which pairs to try
};

// How strongly the quadrants of a pair are drawn to 0, as a hessian: some two hundred
// rows of a tenth of events.
static const double PAIR_RIDGE = 20.0;

// What noise gives to the best of all quadrants: four constants, and as much again for
// the search.
static const double PAIR_FREEDOM = 8.0;

// Mean over the fits of feature j's table
static void mean_table(const cr_state* f, size_t j, double* mean) {
  memset(mean, 0, CODES * sizeof *mean);
  for (size_t k = 0; k < f->n_fits; k++) {
    const double* table = cr_state_tables(f, k) + j * CODES;
    for (int c = 0; c < CODES; c++) mean[c] += table[c] / (double)f->n_fits;
  }
}

// Weighted variance of the mean table: how much the feature matters
static double group_feature(cr_state* f, size_t j) {
  double mean[CODES], mass[CODES] = {0}, sum = 0.0, square = 0.0, all = 0.0;
  const int n_codes = f->term[j].n_codes;
  memcpy(mass, f->model->mass + f->model->start[j], ((size_t)n_codes + 1) * sizeof *mass);
  mean_table(f, j, mean);
  cr_pairs_coarsen(mass, n_codes, f->term[j].kind == CR_TERM_ORDERED, mean,
                   f->group + j * CODES);
  for (int c = 0; c <= n_codes; c++) {
    all += mass[c];
    sum += mass[c] * mean[c];
    square += mass[c] * mean[c] * mean[c];
  }
  return square / all - (sum / all) * (sum / all);
}

// The features that may pair, the ones that matter most, in their order: those free of
// a direction, which a pair could bend.
static size_t choose_features(cr_state* f, size_t* chosen) {
  double effect[SCREENED];
  size_t m = 0;
  for (size_t j = 0; j < f->codes->n_features; j++) {
    const double size = group_feature(f, j);
    if (f->term[j].n_codes < 1 || f->term[j].direction != 0) continue;
    size_t at = m;
    if (m == SCREENED) {
      at = 0;
      for (size_t c = 1; c < m; c++) at = effect[c] < effect[at] ? c : at;
      if (effect[at] >= size) continue;
      memmove(effect + at, effect + at + 1, (m - at - 1) * sizeof *effect);
      memmove(chosen + at, chosen + at + 1, (m - at - 1) * sizeof *chosen);
      at = m - 1;
    } else {
      m++;
    }
    effect[at] = size;
    chosen[at] = j;
  }
  return m;
}

// Groups and gradients of every `stride`-th row
static void fill_screen(const cr_state* f, const size_t* chosen, size_t m, size_t stride,
                        size_t n, uint8_t* coarse, cr_smooth_sums* row) {
  for (size_t s = 0; s < n; s++) {
    const size_t i = s * stride, at = f->data->row[i];
    const double w = cr_state_weight(f->data, i), p = cr_logistic(f->unseen[i]);
    row[s].gradient = w * (p - (double)f->data->event[at]);
    row[s].hessian = w * p * (1.0 - p);
    for (size_t c = 0; c < m; c++) {
      const uint8_t code = f->codes->column[chosen[c] * f->codes->n_rows + at];
      coarse[c * n + s] = f->group[chosen[c] * CODES + code];
    }
  }
}

// The pairs of largest gain, largest first; the earlier pair in a tie
static void take_best(cr_state* f, const size_t* chosen, size_t m, double* gain) {
  cr_tables* model = f->model;
  while (model->n_pairs < (size_t)f->settings->n_pairs) {
    size_t best = 0, first = 0, second = 1, k = 0;
    for (size_t a = 0; a < m; a++) {
      for (size_t b = a + 1; b < m; b++, k++) {
        if (k > 0 && !(gain[k] > gain[best])) continue;
        best = k;
        first = a;
        second = b;
      }
    }
    if (!(gain[best] > 0.0)) return;
    model->first[model->n_pairs] = (int32_t)chosen[first];
    model->second[model->n_pairs] = (int32_t)chosen[second];
    model->pair_gain[model->n_pairs++] = gain[best];
    gain[best] = 0.0;
  }
}

// Weight of the rows of each cell
static void count_cells(const cr_state* f, size_t q) {
  const cr_tables* model = f->model;
  const size_t a = (size_t)model->first[q], b = (size_t)model->second[q];
  double* mass = model->pair_mass + q * CODES;
  for (size_t i = 0; i < f->data->n_rows; i++) {
    const size_t row = f->data->row[i], n = f->codes->n_rows;
    const size_t first = f->group[a * CODES + f->codes->column[a * n + row]];
    const size_t second = f->group[b * CODES + f->codes->column[b * n + row]];
    mass[first * CR_SMOOTH_GRID + second] += cr_state_weight(f->data, i);
  }
}

cr_status cr_search_pairs(cr_state* f, cr_error* err) {
  cr_status status = CR_OK;
  size_t chosen[SCREENED];
  const size_t m = choose_features(f, chosen);
  if (m < 2 || f->settings->n_pairs == 0) return CR_OK;
  const size_t stride = (f->data->n_rows + SCREENED_ROWS - 1) / SCREENED_ROWS;
  const size_t n = (f->data->n_rows + stride - 1) / stride;
  uint8_t* coarse = cr_alloc(n, m);
  cr_smooth_sums* row = cr_alloc(n, sizeof *row);
  double* gain = cr_alloc(m * (m - 1) / 2, sizeof *gain);
  if (coarse == NULL || row == NULL || gain == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to screen pairs");
    goto done;
  }
  fill_screen(f, chosen, m, stride, n, coarse, row);
  CR_TRY(cr_pairs_screen(coarse, m, n, row, PAIR_RIDGE, f->run, gain, err));
  take_best(f, chosen, m, gain);
  for (size_t q = 0; q < f->model->n_pairs; q++) {
    count_cells(f, q);
    f->pair_term[q] = (cr_term){.kind = CR_TERM_PAIR,
                                .n_codes = CODES - 1,
                                .stiffness = PAIR_RIDGE,
                                .least = f->settings->noise * PAIR_FREEDOM};
  }

done:
  cr_free(gain);
  cr_free(row);
  cr_free(coarse);
  return status;
}
