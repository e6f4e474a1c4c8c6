#include "metric/auc.h"

#include <math.h>

#include "base/mem.h"
#include "base/sort.h"

#include "base/exact.h"

// A placement is twice the number of rows of the other class on the right side of a
// row, plus the number tied with it: an integer of at most 2^33. Sums of placements
// and of products of two fit 128 bits for every n < 2^32, so nothing is rounded
// before the last division. Index 1 is the event, index 0 the rest.
__extension__ typedef __int128 wide;

// ---- from sums to area and variance ----

static uint64_t floor_mean(wide sum, uint64_t n) { return (uint64_t)(sum / (wide)n); }

// sum of (a - mean a)(b - mean b) over n >= 1 values, from sums that are exact:
// moved by the whole part of the means first, so that no digits cancel.
static double centred(wide product, wide sum_a, wide sum_b, uint64_t n) {
  const wide whole_a = (wide)floor_mean(sum_a, n), whole_b = (wide)floor_mean(sum_b, n);
  const wide rest_a = sum_a - (wide)n * whole_a, rest_b = sum_b - (wide)n * whole_b;
  const wide moved =
      product - whole_a * sum_b - whole_b * sum_a + (wide)n * whole_a * whole_b;
  const wide limit = (wide)1 << 90;
  if (moved < limit && moved > -limit) {
    return (double)((wide)n * moved - rest_a * rest_b) / (double)n;
  }
  return (double)moved - (double)(rest_a * rest_b) / (double)n;
}

// DeLong's covariance of two areas (or variance of one) from both classes' centred
// sums of products.
static double delong(const double spread[2], const uint64_t n[2]) {
  if (n[0] < 2 || n[1] < 2) return NAN;
  const double n0 = (double)n[0], n1 = (double)n[1];
  return spread[1] / (4.0 * n0 * n0 * n1 * (n1 - 1.0)) +
         spread[0] / (4.0 * n1 * n1 * n0 * (n0 - 1.0));
}

typedef struct {
  wide sum;         // of placements; the same for both classes
  wide product[2];  // of placements with themselves, by class
} moments;

static double area_of(const moments* m, const uint64_t n[2]) {
  return (double)m->sum / (2.0 * (double)n[0] * (double)n[1]);
}

static double variance_of(const moments* m, const uint64_t n[2]) {
  double spread[2];
  for (int k = 0; k < 2; k++) spread[k] = centred(m->product[k], m->sum, m->sum, n[k]);
  return delong(spread, n);
}

static void count_classes(const int32_t* event, size_t n, uint64_t count[2]) {
  count[1] = 0;
  for (size_t i = 0; i < n; i++) count[1] += (uint64_t)event[i];
  count[0] = n - count[1];
}

// ---- one score: sort keys alone, merge by bulk ----

// Both classes' keys, unsorted, in key[0 .. count[0]) and the rest. False when a
// score is missing.
static bool split_keys(const double* score, const int32_t* event, size_t n,
                       uint64_t count_other, uint64_t* key) {
  uint64_t* next[2] = {key, key + count_other};
  bool missing = false;
  for (size_t i = 0; i < n; i++) {
    const uint64_t k = cr_sort_key(score[i]);
    missing |= k == UINT64_MAX;
    *next[event[i]]++ = k;
  }
  return !missing;
}

// The widest gap so far, times both class sizes.
typedef struct {
  int64_t gap;
  uint64_t key;
} widest;

// Walks the distinct event scores upwards; the others between two of them share one
// placement and are added at once. The gap can only be widest at an event's score.
static moments merge(const uint64_t* other, const uint64_t* event, const uint64_t n[2],
                     widest* ks) {
  moments m = {0};
  uint64_t below = 0;  // others below the current event score
  for (uint64_t i = 0; i < n[1];) {
    const uint64_t score = event[i];
    const uint64_t from = below;
    while (below < n[0] && other[below] < score) below++;
    uint64_t tied_other = 0, tied_event = 1;
    while (below + tied_other < n[0] && other[below + tied_other] == score) tied_other++;
    while (i + tied_event < n[1] && event[i + tied_event] == score) tied_event++;

    const int64_t gap = (int64_t)(below * n[1]) - (int64_t)(i * n[0]);
    if (gap > 0 && gap >= ks->gap) *ks = (widest){gap, score};
    const wide place = (wide)(2 * below + tied_other);
    const wide above_between = (wide)(2 * (n[1] - i));
    const wide above_tied = (wide)(2 * (n[1] - i) - tied_event);
    m.sum += (wide)tied_event * place;
    m.product[1] += (wide)tied_event * place * place;
    m.product[0] += (wide)(below - from) * above_between * above_between +
                    (wide)tied_other * above_tied * above_tied;
    below += tied_other;
    i += tied_event;
  }
  return m;
}

static cr_auc measure(const uint64_t* key, const uint64_t n[2]) {
  cr_auc out = {NAN, NAN, NAN, NAN};
  if (n[0] == 0 || n[1] == 0) return out;
  widest ks = {0, 0};
  const moments m = merge(key, key + n[0], n, &ks);
  out.area = area_of(&m, n);
  out.variance = variance_of(&m, n);
  out.ks = (double)ks.gap / ((double)n[0] * (double)n[1]);
  out.ks_threshold = ks.gap > 0 ? cr_sort_unkey(ks.key) : INFINITY;
  return out;
}

cr_status cr_auc_area(const double* score, const int32_t* event, size_t n, cr_auc* out,
                      cr_error* err) {
  if (!cr_sort_fits(n, err)) return CR_ELIMIT;
  cr_status status = CR_OK;
  uint64_t* key = cr_alloc(n, sizeof *key);
  uint64_t* scratch = cr_alloc(n, sizeof *scratch);
  if (key == NULL || scratch == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to rank %zu scores", n);
    goto done;
  }
  uint64_t count[2];
  count_classes(event, n, count);
  if (!split_keys(score, event, n, count[0], key)) {
    status = cr_fail(err, CR_EINPUT, "missing_score", "a score is missing");
    goto done;
  }
  cr_sort_keys(key, scratch, count[0]);
  cr_sort_keys(key + count[0], scratch, count[1]);
  *out = measure(key, count);

done:
  cr_free(scratch);
  cr_free(key);
  return status;
}

// ---- two scores: placements by row ----

typedef struct {
  uint64_t* key;
  uint64_t* key_scratch;
  uint32_t* row;
  uint32_t* row_scratch;
  uint64_t* place[2];  // by row, for the first and the second score
} workspace;

static void free_workspace(workspace* w) {
  cr_free(w->place[1]);
  cr_free(w->place[0]);
  cr_free(w->row_scratch);
  cr_free(w->row);
  cr_free(w->key_scratch);
  cr_free(w->key);
}

static cr_status make_workspace(workspace* w, size_t n, cr_error* err) {
  w->key = cr_alloc(n, sizeof *w->key);
  w->key_scratch = cr_alloc(n, sizeof *w->key_scratch);
  w->row = cr_alloc(n, sizeof *w->row);
  w->row_scratch = cr_alloc(n, sizeof *w->row_scratch);
  w->place[0] = cr_alloc(n, sizeof *w->place[0]);
  w->place[1] = cr_alloc(n, sizeof *w->place[1]);
  const bool enough = w->key != NULL && w->key_scratch != NULL && w->row != NULL &&
                      w->row_scratch != NULL && w->place[0] != NULL &&
                      w->place[1] != NULL;
  if (enough) return CR_OK;
  return cr_fail(err, CR_ENOMEM, "memory", "no memory to compare scores of %zu rows", n);
}

// Fills `place` for every row; false when a score is missing.
static bool place_rows(const double* score, const int32_t* event, size_t n,
                       const uint64_t count[2], workspace* w, uint64_t* place) {
  for (size_t i = 0; i < n; i++) {
    w->key[i] = cr_sort_key(score[i]);
    if (w->key[i] == UINT64_MAX) return false;
    w->row[i] = (uint32_t)i;
  }
  cr_sort_pairs(w->key, w->row, w->key_scratch, w->row_scratch, n);

  uint64_t below[2] = {0, 0};
  for (size_t start = 0, end; start < n; start = end) {
    uint64_t tied[2] = {0, 0};
    for (end = start; end < n && w->key[end] == w->key[start]; end++) {
      tied[event[w->row[end]]]++;
    }
    const uint64_t of[2] = {2 * (count[1] - below[1] - tied[1]) + tied[1],
                            2 * below[0] + tied[0]};
    for (size_t i = start; i < end; i++) place[w->row[i]] = of[event[w->row[i]]];
    below[0] += tied[0];
    below[1] += tied[1];
  }
  return true;
}

static moments sum_places(const uint64_t* place, const int32_t* event, size_t n) {
  moments m = {0};
  for (size_t i = 0; i < n; i++) {
    const wide p = (wide)place[i];
    m.sum += event[i] ? p : 0;
    m.product[event[i]] += p * p;
  }
  return m;
}

static cr_auc_pair contrast(const uint64_t* first, const uint64_t* second,
                            const int32_t* event, size_t n, const uint64_t count[2]) {
  cr_auc_pair out = {{NAN, NAN}, {NAN, NAN}, NAN};
  if (count[0] == 0 || count[1] == 0) return out;
  const moments m[2] = {sum_places(first, event, n), sum_places(second, event, n)};
  for (int s = 0; s < 2; s++) {
    out.area[s] = area_of(&m[s], count);
    out.variance[s] = variance_of(&m[s], count);
  }
  wide cross[2] = {0, 0};
  for (size_t i = 0; i < n; i++) cross[event[i]] += (wide)first[i] * (wide)second[i];
  double spread[2];
  for (int k = 0; k < 2; k++) {
    spread[k] = centred(cross[k], m[0].sum, m[1].sum, count[k]);
  }
  out.covariance = delong(spread, count);
  return out;
}

cr_status cr_auc_compare(const double* first, const double* second, const int32_t* event,
                         size_t n, cr_auc_pair* out, cr_error* err) {
  if (!cr_sort_fits(n, err)) return CR_ELIMIT;
  cr_status status = CR_OK;
  workspace w = {0};
  CR_TRY(make_workspace(&w, n, err));
  uint64_t count[2];
  count_classes(event, n, count);
  if (!place_rows(first, event, n, count, &w, w.place[0]) ||
      !place_rows(second, event, n, count, &w, w.place[1])) {
    status = cr_fail(err, CR_EINPUT, "missing_score", "a score is missing");
    goto done;
  }
  *out = contrast(w.place[0], w.place[1], event, n, count);

done:
  free_workspace(&w);
  return status;
}
