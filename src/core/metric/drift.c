#include "metric/drift.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"

#include "base/exact.h"

// ---- counting ----------------------------------------------------------------

size_t cr_drift_n_bins(const cr_column* column, const cr_drift_bins* bins) {
  if (column->type == CR_COLUMN_LEVEL) return (size_t)column->n_levels + 1;
  return bins->n_cuts + 2;
}

// 1 + the number of cuts below x
static size_t bin_of(const cr_drift_bins* bins, double x) {
  size_t low = 0, high = bins->n_cuts;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (bins->cut[middle] < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low + 1;
}

typedef struct {
  const cr_frame* frame;
  const cr_drift_bins* bins;
  const int32_t* period;
  size_t n_periods;
  int32_t* const* count;
} counting;

static void count_column(size_t j, int worker, void* data) {
  (void)worker;
  const counting* c = data;
  const cr_column* column = &c->frame->column[j];
  const cr_drift_bins* bins = &c->bins[j];
  const size_t n_bins = cr_drift_n_bins(column, bins);
  int32_t* count = c->count[j];
  memset(count, 0, c->n_periods * n_bins * sizeof *count);
  for (size_t i = 0; i < c->frame->n_rows; i++) {
    size_t bin = 0;
    if (column->type == CR_COLUMN_LEVEL) {
      if (column->integer[i] != CR_MISSING_INT) bin = (size_t)column->integer[i];
    } else {
      const double x = cr_column_value(column, i);
      if (!isnan(x)) bin = bin_of(bins, x);
    }
    count[(size_t)c->period[i] * n_bins + bin]++;
  }
}

cr_status cr_drift_count(const cr_frame* frame, const cr_drift_bins* bins,
                         const int32_t* period, size_t n_periods, const cr_run* run,
                         int32_t* const* count, cr_error* err) {
  counting c = {frame, bins, period, n_periods, count};
  return cr_team_for(run, frame->n_columns, count_column, &c, err);
}

// ---- expecting ---------------------------------------------------------------

// Rows in rising order of probability; `ends` marks the last row of equal ones.
typedef struct {
  size_t n;
  double* prob;
  bool* ends;
  uint64_t seed;
  double* out;
} expecting;

// Pairs ranked right, with what each row weighs as an event and as another; a row is no
// pair with itself: `own` is what such pairs weigh, of which half was counted.
static double area(double right, double event, double other, double own) {
  const double pairs = event * other - own;
  return pairs > 0.0 ? (right - own / 2.0) / pairs : NAN;
}

static void expect(const expecting* e) {
  double event = 0.0, other = 0.0, own = 0.0, right = 0.0;
  double tied_event = 0.0, tied_other = 0.0;
  for (size_t i = 0; i < e->n; i++) {
    const double p = e->prob[i];
    tied_event += p;
    tied_other += 1.0 - p;
    own += p * (1.0 - p);
    if (!e->ends[i]) continue;
    right += tied_event * (other + tied_other / 2.0);
    event += tied_event;
    other += tied_other;
    tied_event = tied_other = 0.0;
  }
  e->out[CR_DRIFT_RATE] = event / (double)e->n;
  e->out[CR_DRIFT_AUC] = area(right, event, other, own);
}

static void draw_outcomes(size_t b, int worker, void* data) {
  (void)worker;
  const expecting* e = data;
  const uint64_t key = cr_rng_hash(e->seed, CR_FOR_BOOTSTRAP, b);
  double event = 0.0, other = 0.0, right = 0.0, tied_event = 0.0, tied_other = 0.0;
  for (size_t i = 0; i < e->n; i++) {
    const double u = (double)(cr_rng_mix(key, i) >> 11) * 0x1p-53;
    if (u < e->prob[i]) {
      tied_event += 1.0;
    } else {
      tied_other += 1.0;
    }
    if (!e->ends[i]) continue;
    right += tied_event * (other + tied_other / 2.0);
    event += tied_event;
    other += tied_other;
    tied_event = tied_other = 0.0;
  }
  double* out = e->out + (b + 1) * CR_DRIFT_EXPECTS;
  out[CR_DRIFT_RATE] = event / (double)e->n;
  out[CR_DRIFT_AUC] = area(right, event, other, 0.0);
}

static cr_status sort_rows(const double* prob, size_t n, expecting* e, cr_error* err) {
  uint32_t* order = cr_alloc(n, sizeof *order);
  if (order == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to sort %zu rows", n);
  }
  const cr_status status = cr_sort_order(prob, n, order, err);
  if (status == CR_OK) {
    for (size_t i = 0; i < n; i++) e->prob[i] = prob[order[i]];
    for (size_t i = 0; i < n; i++) {
      e->ends[i] = i + 1 == n || e->prob[i + 1] != e->prob[i];
    }
  }
  cr_free(order);
  return status;
}

cr_status cr_drift_expect(const double* prob, size_t n, size_t n_draws, const cr_run* run,
                          double* out, cr_error* err) {
  cr_status status = CR_OK;
  expecting e = {.n = n,
                 .prob = cr_alloc(n, sizeof(double)),
                 .ends = cr_alloc(n, sizeof(bool)),
                 .seed = run->seed,
                 .out = out};
  if (e.prob == NULL || e.ends == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to judge %zu rows", n);
    goto done;
  }
  CR_TRY(sort_rows(prob, n, &e, err));
  expect(&e);
  CR_TRY(cr_team_for(run, n_draws, draw_outcomes, &e, err));

done:
  cr_free(e.ends);
  cr_free(e.prob);
  return status;
}
