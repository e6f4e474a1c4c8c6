#include "data/design.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"

#include "base/exact.h"

void cr_design_free(cr_design* d) {
  cr_free(d->first_term);
  cr_free(d->missing);
  cr_free(d->low);
  cr_free(d->high);
  cr_free(d->factor);
  cr_free(d->logged);
  cr_free(d->mean);
  cr_free(d->gain);
  cr_free(d->knot_start);
  cr_free(d->knot);
  cr_free(d->slope);
  cr_free(d->level_start);
  cr_free(d->level_term);
  *d = (cr_design){0};
}

size_t cr_design_panels(const cr_design* design) {
  return (design->n_terms + 1 + CR_LANES - 1) / CR_LANES;
}

// ---- checks --------------------------------------------------------------------

static bool offsets_ascend(const int32_t* start, size_t n, size_t end) {
  if (start[0] != 0) return false;
  for (size_t j = 0; j < n; j++) {
    if (start[j + 1] < start[j]) return false;
  }
  return (size_t)start[n] == end;
}

static bool number_holds(const cr_design* d, size_t j, int32_t n_terms) {
  const int32_t knots = d->knot_start[j + 1] - d->knot_start[j];
  if (n_terms != 1 + knots + d->missing[j]) return false;
  const bool scaled = isfinite(d->low[j]) && isfinite(d->high[j]) &&
                      d->low[j] <= d->high[j] && isfinite(d->factor[j]) &&
                      isfinite(d->mean[j]) && isfinite(d->gain[j]);
  if (!scaled || (d->logged[j] != 0 && d->logged[j] != 1)) return false;
  for (int32_t k = d->knot_start[j]; k < d->knot_start[j + 1]; k++) {
    if (!isfinite(d->knot[k]) || !isfinite(d->slope[k])) return false;
  }
  return true;
}

static bool level_holds(const cr_design* d, size_t j, int32_t n_terms) {
  if (d->knot_start[j + 1] != d->knot_start[j]) return false;
  for (int32_t l = d->level_start[j]; l < d->level_start[j + 1]; l++) {
    if (d->level_term[l] < -1 || d->level_term[l] >= n_terms - d->missing[j])
      return false;
  }
  return true;
}

cr_status cr_design_validate(const cr_design* design, size_t n_knots, size_t n_levels,
                             cr_error* err) {
  const size_t p = design->n_features;
  bool holds = design->n_terms <= CR_TERMS_MAX &&
               offsets_ascend(design->first_term, p, design->n_terms) &&
               offsets_ascend(design->knot_start, p, n_knots) &&
               offsets_ascend(design->level_start, p, n_levels);
  for (size_t j = 0; holds && j < p; j++) {
    const int32_t n_terms = design->first_term[j + 1] - design->first_term[j];
    holds = design->missing[j] == 0 || design->missing[j] == 1;
    if (!holds || n_terms == 0) continue;
    holds = design->level_start[j + 1] > design->level_start[j]
                ? level_holds(design, j, n_terms)
                : number_holds(design, j, n_terms);
  }
  if (holds) return CR_OK;
  return cr_fail(err, CR_EMODEL, "design", "the model's terms are damaged");
}

cr_status cr_design_match(const cr_design* design, const cr_frame* frame, cr_error* err) {
  if (frame->n_columns != design->n_features) {
    return cr_fail(err, CR_EINPUT, "columns", "%zu columns given, the model has %zu",
                   frame->n_columns, design->n_features);
  }
  for (size_t j = 0; j < design->n_features; j++) {
    const bool is_level = frame->column[j].type == CR_COLUMN_LEVEL;
    const bool was_level = design->level_start[j + 1] > design->level_start[j];
    const bool used = design->first_term[j + 1] > design->first_term[j];
    if (used && is_level != was_level) {
      return cr_fail(err, CR_EINPUT, "columns",
                     "column %zu is %s and was %s when the model was trained", j + 1,
                     is_level ? "a factor" : "a number",
                     was_level ? "a factor" : "a number");
    }
  }
  return CR_OK;
}

// ---- strips --------------------------------------------------------------------

// An indicator's "yes": 1 divided by the half that Gelman (2008) scales by
#define YES 2.0

typedef struct {
  const uint32_t* row;
  size_t first;
  size_t n;
  double* strip;
} target;

static size_t row_of(const target* to, size_t i) {
  return to->row == NULL ? to->first + i : to->row[i];
}

static double* lane(const target* to, size_t term) {
  const size_t column = term + 1;
  return to->strip + column / CR_LANES * CR_STRIP * CR_LANES + column % CR_LANES;
}

// A column's values of the strip, zeros after them. A strip is too short for the
// processor to see the stream, so the next one's lines are asked for by hand.
static void load(const cr_column* column, const target* to, double* x) {
  enum { LINE = 64 };
  memset(x + to->n, 0, (CR_STRIP - to->n) * sizeof *x);
  if (column->type == CR_COLUMN_DOUBLE && to->row == NULL) {
    const double* from = column->number + to->first;
    const uintptr_t next = (uintptr_t)from + CR_STRIP * sizeof *from;  // may not exist
    for (size_t b = 0; b < to->n * sizeof *from; b += LINE) {
      __builtin_prefetch((const void*)(next + b));
    }
    memcpy(x, from, to->n * sizeof *x);
    return;
  }
  for (size_t i = 0; i < to->n; i++) x[i] = cr_column_value(column, row_of(to, i));
}

// Two doubles: what every processor has. Ends of strips need no care: buffers are whole.
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t mask __attribute__((vector_size(16), aligned(8), may_alias));
enum { PAIR = 2 };

// z of the known rows, 0 of the missing ones
static void standardise(const cr_design* d, size_t j, const double* x, size_t n,
                        double* z) {
  const pair low = {d->low[j], d->low[j]}, high = {d->high[j], d->high[j]};
  const double factor = d->factor[j], mean = d->mean[j], gain = d->gain[j];
  for (size_t i = 0; i < CR_STRIP; i += PAIR) {
    const pair v = *(const pair*)(x + i);
    const mask below = v < low;
    const pair up = (pair)((below & (mask)low) | (~below & (mask)v));
    const mask above = up > high;
    *(pair*)(z + i) = (pair)((above & (mask)high) | (~above & (mask)up)) * factor;
  }
  if (d->logged[j]) {
    for (size_t i = 0; i < n; i++) z[i] = cr_log1p(z[i]);
  }
  for (size_t i = 0; i < CR_STRIP; i += PAIR) {
    const pair v = *(const pair*)(x + i);
    const pair value = (*(const pair*)(z + i) - mean) * gain;
    *(pair*)(z + i) = (pair)((mask)value & (v == v));
  }
}

double cr_design_scale(const cr_design* d, size_t j, double x) {
  const double from_low = x < d->low[j] ? d->low[j] : x;
  const double u = (from_low > d->high[j] ? d->high[j] : from_low) * d->factor[j];
  return ((d->logged[j] ? cr_log1p(u) : u) - d->mean[j]) * d->gain[j];
}

static void fill_number(const cr_design* d, size_t j, const cr_column* column,
                        const target* to) {
  const size_t first = (size_t)d->first_term[j], end = (size_t)d->first_term[j + 1];
  double x[CR_STRIP], z[CR_STRIP];
  load(column, to, x);
  standardise(d, j, x, to->n, z);
  double* out = lane(to, first);
  for (size_t i = 0; i < to->n; i++) out[i * CR_LANES] = z[i];
  if (d->missing[j]) {
    out = lane(to, end - 1);
    for (size_t i = 0; i < to->n; i++) out[i * CR_LANES] = x[i] == x[i] ? 0.0 : YES;
  }
  size_t term = first + 1;
  for (int32_t k = d->knot_start[j]; k < d->knot_start[j + 1]; k++, term++) {
    const double knot = d->knot[k], slope = d->slope[k];
    out = lane(to, term);
    for (size_t i = 0; i < to->n; i++) {
      const double above = z[i] - knot;
      out[i * CR_LANES] = above > 0.0 ? above * slope : 0.0;
    }
  }
}

static void fill_level(const cr_design* d, size_t j, const cr_column* column,
                       const target* to) {
  const size_t first = (size_t)d->first_term[j], end = (size_t)d->first_term[j + 1];
  const int32_t* term = d->level_term + d->level_start[j];
  const int32_t n_levels = d->level_start[j + 1] - d->level_start[j];
  for (size_t i = 0; i < to->n; i++) {
    const int32_t level = column->integer[row_of(to, i)];
    if (level >= 1 && level <= n_levels) {
      if (term[level - 1] >= 0)
        lane(to, first + (size_t)term[level - 1])[i * CR_LANES] = YES;
    } else if (d->missing[j]) {
      lane(to, end - 1)[i * CR_LANES] = YES;
    }
  }
}

// Rows that follow one another are read as such.
static target aim(const uint32_t* row, size_t first, size_t n, double* strip) {
  const target listed = {row, first, n, strip};
  if (row == NULL || n == 0) return listed;
  for (size_t i = 1; i < n; i++) {
    if (row[i] != row[0] + i) return listed;
  }
  return (target){NULL, row[0], n, strip};
}

void cr_design_fill(const cr_design* design, const cr_frame* frame, const uint32_t* row,
                    size_t first, size_t n, double* strip) {
  const target to = aim(row, first, n, strip);
  for (size_t p = 0; p < cr_design_panels(design); p++) {
    memset(strip + p * CR_STRIP * CR_LANES, 0, n * CR_LANES * sizeof *strip);
  }
  for (size_t i = 0; i < n; i++) strip[i * CR_LANES] = 1.0;
  for (size_t j = 0; j < design->n_features; j++) {
    if (design->first_term[j + 1] == design->first_term[j]) continue;
    const cr_column* column = &frame->column[j];
    if (column->type == CR_COLUMN_LEVEL) {
      fill_level(design, j, column, &to);
    } else {
      fill_number(design, j, column, &to);
    }
  }
}
