// Learns a cr_design: what each column's terms are.

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"
#include "base/xmath.h"
#include "data/design.h"

#include "base/exact.h"

enum { SAMPLE = 32768 };

// The known values of one column in rising order, with their weights.
typedef struct {
  double* x;
  double* w;
  size_t n;
  double mass;
} sample;

typedef struct {
  cr_status status;
  bool used;
  int32_t missing;
  double least, most;  // of all rows
  double low, high, factor, mean, gain;
  int32_t logged;
  int32_t n_knots;
  double knot[CR_KNOTS_MAX], slope[CR_KNOTS_MAX];
  int32_t n_level_terms;
} finding;

typedef struct {
  const cr_frame* frame;
  const double* weight;
  const cr_design_settings* settings;
  finding* found;       // by feature
  int32_t* level_term;  // the design's
  const int32_t* level_start;
} search;

static double row_weight(const search* s, size_t i) {
  return s->weight == NULL ? 1.0 : s->weight[i];
}

// ---- numbers -------------------------------------------------------------------

static void free_sample(sample* s) {
  cr_free(s->w);
  cr_free(s->x);
  *s = (sample){0};
}

// Below the smallest normal double reciprocals overflow: such numbers count as 0, and
// both zeros as one.
static double flushed(double x) { return fabs(x) < DBL_MIN ? 0.0 : x; }

// At most `most` rows of the column, evenly spaced, without the missing ones.
static cr_status draw_sample(const search* s, const cr_column* column, size_t most,
                             sample* out) {
  const size_t n = s->frame->n_rows, m = n < most ? n : most;
  cr_status status = CR_OK;
  *out = (sample){0};
  double* x = cr_alloc(m, sizeof *x);
  double* w = cr_alloc(m, sizeof *w);
  uint32_t* order = cr_alloc(m, sizeof *order);
  out->x = cr_alloc(m, sizeof *out->x);
  out->w = cr_alloc(m, sizeof *out->w);
  if (x == NULL || w == NULL || order == NULL || out->x == NULL || out->w == NULL) {
    status = CR_ENOMEM;
    goto done;
  }
  for (size_t k = 0; k < m; k++) {
    const size_t i = n == m ? k : (size_t)((double)k / (double)m * (double)n);
    const double value = cr_column_value(column, i);
    if (value != value) continue;
    x[out->n] = flushed(value);
    w[out->n++] = row_weight(s, i);
  }
  CR_TRY(cr_sort_order(x, out->n, order, NULL));
  for (size_t k = 0; k < out->n; k++) {
    out->x[k] = x[order[k]];
    out->w[k] = w[order[k]];
    out->mass += out->w[k];
  }

done:
  cr_free(order);
  cr_free(w);
  cr_free(x);
  if (status != CR_OK) free_sample(out);
  return status;
}

// The smallest value that at least a share q of the weight does not exceed
static double quantile(const sample* s, double q) {
  const double wanted = q * s->mass;
  double passed = 0.0;
  for (size_t k = 0; k < s->n; k++) {
    passed += s->w[k];
    if (passed >= wanted) return s->x[k];
  }
  return s->x[s->n - 1];
}

static double clamped(const finding* f, double x) {
  return x < f->low ? f->low : x > f->high ? f->high : x;
}

static double scaled(const finding* f, double x) {
  const double u = clamped(f, x) * f->factor;
  return f->logged ? cr_log1p(u) : u;
}

static double standardised(const finding* f, double x) {
  return (scaled(f, x) - f->mean) * f->gain;
}

// Mean and gain of the scaled values (a gain of 0 when their spread is lost to
// rounding); returns their skewness.
static double find_moments(const sample* s, finding* f) {
  double sum = 0.0, square = 0.0, cube = 0.0;
  for (size_t k = 0; k < s->n; k++) sum += s->w[k] * scaled(f, s->x[k]);
  f->mean = sum / s->mass;
  for (size_t k = 0; k < s->n; k++) {
    const double d = scaled(f, s->x[k]) - f->mean;
    square += s->w[k] * d * d;
    cube += s->w[k] * d * d * d;
  }
  const double deviation = sqrt(square / s->mass);
  f->gain = deviation > 0.0 ? 1.0 / deviation : 0.0;
  return cube / s->mass * f->gain * f->gain * f->gain;
}

static size_t count_distinct(const sample* s, size_t enough) {
  size_t n = s->n > 0;
  for (size_t k = 1; k < s->n && n < enough; k++) n += s->x[k] != s->x[k - 1];
  return n;
}

// log(1 + x / median of the values above zero), where that median is not so small
// that the ratio means nothing.
static void take_logs(const sample* s, finding* f) {
  sample positive = *s;
  while (positive.n > 0 && !(positive.x[0] > 0.0)) {
    positive.mass -= positive.w[0];
    positive.x++;
    positive.w++;
    positive.n--;
  }
  if (positive.n == 0) return;
  const double median = quantile(&positive, 0.5);
  if (!(f->high / median < 1e15)) return;
  const finding before = *f;
  f->factor = 1.0 / median;
  f->logged = 1;
  find_moments(s, f);
  if (f->gain == 0.0) *f = before;
}

static void find_knots(const sample* s, int32_t wanted, finding* f) {
  const double last = standardised(f, f->high);
  double previous = standardised(f, f->low);
  for (int32_t q = 1; q <= wanted; q++) {
    const double knot = standardised(f, quantile(s, (double)q / (double)(wanted + 1)));
    if (!(knot > previous && knot < last)) continue;
    double sum = 0.0, square = 0.0;
    for (size_t k = 0; k < s->n; k++) {
      const double above = standardised(f, s->x[k]) - knot;
      if (above <= 0.0) continue;
      sum += s->w[k] * above;
      square += s->w[k] * above * above;
    }
    const double mean = sum / s->mass;
    const double deviation = sqrt(square / s->mass - mean * mean);
    if (!(deviation > 0.0)) continue;
    f->knot[f->n_knots] = knot;
    f->slope[f->n_knots++] = CR_HINGE_SCALE / deviation;
    previous = knot;
  }
}

static void describe_number(const sample* s, const cr_design_settings* settings, size_t j,
                            finding* f) {
  const size_t distinct = count_distinct(s, 3);
  f->low = quantile(s, settings->tail);
  f->high = quantile(s, 1.0 - settings->tail);
  if (settings->tail == 0.0 || !(f->low < f->high)) {
    f->low = f->least;
    f->high = f->most;
  }
  const double reach = fmax(fabs(f->low), fabs(f->high));
  f->factor = reach > 0.0 ? 1.0 / reach : 1.0;
  const double skewness = find_moments(s, f);
  f->used = distinct > 1 || f->missing;
  const double apart = f->high * f->factor - f->low * f->factor;
  if (distinct == 2 && apart > 0.0) f->gain = 2.0 / apart;
  if (distinct < 3 || f->gain == 0.0) return;
  if (f->low >= 0.0 && skewness > settings->skewness) take_logs(s, f);
  const bool straight = settings->straight != NULL && settings->straight[j];
  if (!straight) find_knots(s, settings->n_knots, f);
}

static void learn_number(const search* s, size_t j) {
  finding* f = &s->found[j];
  const cr_column* column = &s->frame->column[j];
  const size_t n = s->frame->n_rows;
  size_t n_known = 0;
  f->least = INFINITY;
  f->most = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    const double x = flushed(cr_column_value(column, i));
    n_known += x == x;
    if (x < f->least) f->least = x;
    if (x > f->most) f->most = x;
  }
  f->missing = n_known < n;
  if (n_known == 0) return;
  sample drawn;
  f->status = draw_sample(s, column, SAMPLE, &drawn);
  if (f->status == CR_OK && n > SAMPLE && count_distinct(&drawn, 2) < 2) {
    free_sample(&drawn);  // what is rare may have been missed
    f->status = draw_sample(s, column, n, &drawn);
  }
  if (f->status != CR_OK) return;
  describe_number(&drawn, s->settings, j, f);
  free_sample(&drawn);
}

// ---- levels --------------------------------------------------------------------

// Gives terms to the levels that occur, in their order; only to the heaviest when
// there are too many, and not to the heaviest of all when it is the reference.
static void give_terms(const search* s, size_t j, const double* mass,
                       const uint32_t* heaviest_first, int32_t n_levels) {
  finding* f = &s->found[j];
  int32_t* term = s->level_term + s->level_start[j];
  int32_t n_used = 0;
  for (int32_t l = 0; l < n_levels; l++) {
    n_used += mass[l] > 0.0;
    term[l] = -1;
  }
  f->used = n_used > 1 || (n_used == 1 && f->missing);
  if (!f->used) return;
  const int32_t end = n_used < CR_LEVELS_MAX ? n_used : CR_LEVELS_MAX;
  for (int32_t k = s->settings->reference ? 1 : 0; k < end; k++) {
    term[heaviest_first[k]] = 0;
  }
  for (int32_t l = 0; l < n_levels; l++) {
    if (term[l] == 0) term[l] = f->n_level_terms++;
  }
}

static void learn_levels(const search* s, size_t j) {
  finding* f = &s->found[j];
  const cr_column* column = &s->frame->column[j];
  const size_t n_levels = (size_t)column->n_levels;
  double* mass = cr_alloc_zero(n_levels, sizeof *mass);
  double* lightness = cr_alloc(n_levels, sizeof *lightness);
  uint32_t* order = cr_alloc(n_levels, sizeof *order);
  if (mass == NULL || lightness == NULL || order == NULL) {
    f->status = CR_ENOMEM;
    goto done;
  }
  for (size_t i = 0; i < s->frame->n_rows; i++) {
    const int32_t level = column->integer[i];
    if (level == CR_MISSING_INT) {
      f->missing = 1;
    } else {
      mass[level - 1] += row_weight(s, i);
    }
  }
  for (size_t l = 0; l < n_levels; l++) lightness[l] = -mass[l];
  f->status = cr_sort_order(lightness, n_levels, order, NULL);
  if (f->status == CR_OK) give_terms(s, j, mass, order, column->n_levels);

done:
  cr_free(order);
  cr_free(lightness);
  cr_free(mass);
}

static void learn_column(size_t j, int worker, void* data) {
  (void)worker;
  const search* s = data;
  if (s->frame->column[j].type == CR_COLUMN_LEVEL) {
    learn_levels(s, j);
  } else {
    learn_number(s, j);
  }
}

// ---- assembly ------------------------------------------------------------------

static bool allocate(cr_design* d, size_t p, size_t n_levels) {
  d->first_term = cr_alloc_zero(p + 1, sizeof *d->first_term);
  d->missing = cr_alloc_zero(p, sizeof *d->missing);
  d->low = cr_alloc_zero(p, sizeof *d->low);
  d->high = cr_alloc_zero(p, sizeof *d->high);
  d->factor = cr_alloc_zero(p, sizeof *d->factor);
  d->logged = cr_alloc_zero(p, sizeof *d->logged);
  d->mean = cr_alloc_zero(p, sizeof *d->mean);
  d->gain = cr_alloc_zero(p, sizeof *d->gain);
  d->knot_start = cr_alloc_zero(p + 1, sizeof *d->knot_start);
  d->knot = cr_alloc_zero(p * CR_KNOTS_MAX, sizeof *d->knot);
  d->slope = cr_alloc_zero(p * CR_KNOTS_MAX, sizeof *d->slope);
  d->level_start = cr_alloc_zero(p + 1, sizeof *d->level_start);
  d->level_term = cr_alloc_zero(n_levels, sizeof *d->level_term);
  return d->first_term != NULL && d->missing != NULL && d->low != NULL &&
         d->high != NULL && d->factor != NULL && d->logged != NULL && d->mean != NULL &&
         d->gain != NULL && d->knot_start != NULL && d->knot != NULL &&
         d->slope != NULL && d->level_start != NULL && d->level_term != NULL;
}

static bool is_level(const cr_frame* frame, size_t j) {
  return frame->column[j].type == CR_COLUMN_LEVEL;
}

// Moves what was found about a feature to its place.
static void put_in_place(const finding* f, bool level, size_t j, cr_design* d) {
  const int32_t n_knots = f->used && !level ? f->n_knots : 0;
  const int32_t from = d->knot_start[j];
  d->knot_start[j + 1] = from + n_knots;
  d->first_term[j + 1] = d->first_term[j];
  if (!f->used) return;
  d->missing[j] = f->missing;
  d->first_term[j + 1] += f->missing + (level ? f->n_level_terms : 1 + n_knots);
  if (level) return;
  d->low[j] = f->low;
  d->high[j] = f->high;
  d->factor[j] = f->factor;
  d->logged[j] = f->logged;
  d->mean[j] = f->mean;
  d->gain[j] = f->gain;
  memcpy(d->knot + from, f->knot, (size_t)n_knots * sizeof *f->knot);
  memcpy(d->slope + from, f->slope, (size_t)n_knots * sizeof *f->slope);
}

static cr_status assemble(const cr_frame* frame, const finding* found, cr_design* d,
                          cr_error* err) {
  size_t n_terms = 0;
  for (size_t j = 0; j < frame->n_columns; j++) {
    if (found[j].status != CR_OK) {
      return cr_fail(err, found[j].status, "memory", "no memory to learn column %zu",
                     j + 1);
    }
    put_in_place(&found[j], is_level(frame, j), j, d);
    n_terms = (size_t)d->first_term[j + 1];
    if (n_terms > CR_TERMS_MAX) {
      return cr_fail(err, CR_ELIMIT, "too_many_terms",
                     "the first %zu columns make %zu terms; at most %d are possible",
                     j + 1, n_terms, CR_TERMS_MAX);
    }
  }
  d->n_terms = n_terms;
  return CR_OK;
}

cr_status cr_design_learn(const cr_frame* frame, const double* weight,
                          const cr_design_settings* settings, const cr_run* run,
                          cr_design* design, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = frame->n_columns;
  size_t n_levels = 0;
  for (size_t j = 0; j < p; j++) {
    if (is_level(frame, j)) n_levels += (size_t)frame->column[j].n_levels;
  }
  finding* found = cr_alloc_zero(p, sizeof *found);
  if (found == NULL || n_levels > INT32_MAX || !allocate(design, p, n_levels)) {
    status =
        cr_fail(err, CR_ENOMEM, "memory", "no memory for the terms of %zu columns", p);
    goto done;
  }
  design->n_features = p;
  for (size_t j = 0; j < p; j++) {
    const int32_t levels = is_level(frame, j) ? frame->column[j].n_levels : 0;
    design->level_start[j + 1] = design->level_start[j] + levels;
  }
  search s = {.frame = frame,
              .weight = weight,
              .settings = settings,
              .found = found,
              .level_term = design->level_term,
              .level_start = design->level_start};
  CR_TRY(cr_team_for(run, p, learn_column, &s, err));
  status = assemble(frame, found, design, err);

done:
  cr_free(found);
  return status;
}
