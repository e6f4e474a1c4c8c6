#include "woe/partition.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"
#include "base/xmath.h"

#include "base/exact.h"

#define NOBODY UINT32_MAX

// Runs of candidates that may be a bin, and the best chains of bins that end with each.
// A node is a run in the first sweep, or n_runs + the run in the second. Chains of k + 1
// bins stand at [node * most + k], those that end before candidate c at [c * most + k].
typedef struct {
  size_t n, most;
  size_t n_runs, n_nodes;
  uint16_t* from;  // the run has the candidates from .. to - 1
  uint16_t* to;
  double* iv;
  uint32_t* order;  // ascending by event rate, or as the runs stand
  uint64_t* key;    // n_runs, and as many again for the sort
  uint32_t* spare;
  double* value;     // by node
  uint32_t* before;  // by node: the node that the chain had before
  double* best;      // by end
  uint32_t* holder;  // by end: the node that has it
} search;

static void search_free(search* s) {
  cr_free(s->from);
  cr_free(s->to);
  cr_free(s->iv);
  cr_free(s->order);
  cr_free(s->key);
  cr_free(s->spare);
  cr_free(s->value);
  cr_free(s->before);
  cr_free(s->best);
  cr_free(s->holder);
}

static cr_status search_make(size_t n, size_t most, bool turns, search* s,
                             cr_error* err) {
  const size_t runs = n * (n + 1) / 2;
  s->n = n;
  s->most = most;
  s->n_nodes = turns ? 2 * runs : runs;
  s->from = cr_alloc(runs, sizeof *s->from);
  s->to = cr_alloc(runs, sizeof *s->to);
  s->iv = cr_alloc(runs, sizeof *s->iv);
  s->order = cr_alloc(runs, sizeof *s->order);
  s->key = cr_alloc(2 * runs, sizeof *s->key);
  s->spare = cr_alloc(runs, sizeof *s->spare);
  s->value = cr_alloc(s->n_nodes * most, sizeof *s->value);
  s->before = cr_alloc(s->n_nodes * most, sizeof *s->before);
  s->best = cr_alloc((n + 1) * most, sizeof *s->best);
  s->holder = cr_alloc((n + 1) * most, sizeof *s->holder);
  if (s->from == NULL || s->to == NULL || s->iv == NULL || s->order == NULL ||
      s->key == NULL || s->spare == NULL || s->value == NULL || s->before == NULL ||
      s->best == NULL || s->holder == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to bin %zu candidates", n);
  }
  return CR_OK;
}

// All runs that are large enough, by start and then by end, with the sort key of their
// event rate.
static void list_runs(search* s, const double* event, const double* other,
                      double total_event, double total_other,
                      const cr_partition_rules* rules) {
  size_t m = 0;
  for (size_t i = 0; i < s->n; i++) {
    double e = 0.0, g = 0.0;
    for (size_t j = i; j < s->n; j++) {
      e += event[j];
      g += other[j];
      if (e + g < rules->min_mass || e < rules->min_class || g < rules->min_class) {
        continue;
      }
      const double p = e / total_event, q = g / total_other;
      s->from[m] = (uint16_t)i;
      s->to[m] = (uint16_t)(j + 1);
      s->iv[m] = (p - q) * cr_log(p / q);
      s->key[m] = cr_sort_key(e / (e + g));
      s->order[m] = (uint32_t)m;
      m++;
    }
  }
  s->n_runs = m;
}

static void start_chains(search* s) {
  for (size_t c = 0; c < (s->n + 1) * s->most; c++) {
    s->best[c] = -INFINITY;
    s->holder[c] = NOBODY;
  }
}

// The chain of k + 1 bins that ends with a node may be gone on from.
static void offer(search* s, uint32_t node, size_t run, size_t k) {
  const size_t at = s->to[run] * s->most + k;
  const double value = s->value[node * s->most + k];
  if (!(value > s->best[at])) return;
  s->best[at] = value;
  s->holder[at] = node;
}

// One pass over the runs, rates rising or falling. In the second of two, chains of the
// first may be gone on with.
static void sweep(search* s, bool rising, bool second) {
  start_chains(s);
  for (size_t r = 0; r < s->n_runs; r++) {
    const uint32_t run = s->order[rising ? r : s->n_runs - 1 - r];
    const uint32_t node = second ? (uint32_t)s->n_runs + run : run;
    double* value = s->value + node * s->most;
    uint32_t* before = s->before + node * s->most;
    const size_t start = s->from[run] * s->most;
    value[0] = s->from[run] == 0 && !second ? s->iv[run] : -INFINITY;
    before[0] = NOBODY;
    for (size_t k = 1; k < s->most; k++) {
      value[k] = s->best[start + k - 1] + s->iv[run];
      before[k] = s->holder[start + k - 1];
    }
    for (size_t k = 0; k < s->most; k++) {
      if (second) offer(s, run, run, k);
      offer(s, node, run, k);
    }
  }
}

// The number of bins that is worth most, and its chain.
static void read_answer(const search* s, double price, cr_shape shape,
                        cr_partition* found) {
  size_t most = 0;
  double worth = -INFINITY;
  for (size_t k = 0; k < s->most; k++) {
    const double value = s->best[s->n * s->most + k];
    if (value == -INFINITY) continue;
    const double now = value - price * (double)k;
    if (!(now > worth + 1e-12)) continue;
    worth = now;
    most = k + 1;
  }
  found->n_bins = (int32_t)most;
  found->shape = shape;
  found->iv = 0.0;
  if (most == 0) return;
  uint32_t node = s->holder[s->n * s->most + most - 1];
  found->iv = s->best[s->n * s->most + most - 1];
  for (size_t k = most; k-- > 0;) {
    found->end[k] = s->to[node % s->n_runs];
    node = s->before[node * s->most + k];
  }
}

static void solve(search* s, cr_shape shape, double price, cr_partition* found) {
  const bool rising = shape != CR_SHAPE_DOWN && shape != CR_SHAPE_VALLEY;
  sweep(s, rising, false);
  if (shape == CR_SHAPE_PEAK || shape == CR_SHAPE_VALLEY) sweep(s, !rising, true);
  read_answer(s, price, shape, found);
}

static void solve_monotone(search* s, double price, cr_partition* found) {
  cr_partition down = {0};
  solve(s, CR_SHAPE_DOWN, price, &down);
  solve(s, CR_SHAPE_UP, price, found);
  if (down.iv - price * down.n_bins > found->iv - price * found->n_bins) *found = down;
}

cr_status cr_partition_find(const double* event, const double* other, size_t n,
                            double total_event, double total_other,
                            const cr_partition_rules* rules, cr_partition* found,
                            cr_error* err) {
  cr_status status = CR_OK;
  const bool turns = rules->shape == CR_SHAPE_PEAK || rules->shape == CR_SHAPE_VALLEY;
  const size_t most =
      (size_t)rules->max_bins < n ? (size_t)rules->max_bins : (n > 0 ? n : 1);
  search s = {0};
  cr_partition answer = {.shape = rules->shape};
  if (n > CR_PARTITION_CANDIDATES) {
    return cr_fail(err, CR_EINPUT, "too_many", "%zu candidates are too many to bin", n);
  }
  CR_TRY(search_make(n, most, turns, &s, err));
  list_runs(&s, event, other, total_event, total_other, rules);
  if (s.n_runs > 0) {
    if (rules->shape != CR_SHAPE_FREE) {
      cr_sort_pairs(s.key, s.order, s.key + s.n_runs, s.spare, s.n_runs);
    }
    const double price = rules->noise * (1.0 / total_event + 1.0 / total_other);
    if (rules->shape == CR_SHAPE_MONOTONE) {
      solve_monotone(&s, price, &answer);
    } else {
      solve(&s, rules->shape, price, &answer);
    }
  }
  *found = answer;

done:
  search_free(&s);
  return status;
}
