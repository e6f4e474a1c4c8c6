#include "additive/pairs.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { G = CR_SMOOTH_GRID, CODES = CR_SMOOTH_CODES, WAYS = 2 };

// Codes 1 .. n in ascending order of effect; insertion sort, stable
static void order_codes(int n, const double* effect, int* order) {
  for (int k = 0; k < n; k++) {
    int at = k;
    while (at > 0 && effect[order[at - 1]] > effect[k + 1]) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = k + 1;
  }
}

void cr_pairs_coarsen(const double* mass, int n_codes, int ordered, const double* effect,
                      uint8_t* coarse) {
  int order[CODES];
  double left = 0.0;
  memset(coarse, 0, CODES);
  for (int k = 1; k <= n_codes; k++) {
    order[k - 1] = k;
    left += mass[k];
  }
  if (!ordered) order_codes(n_codes, effect, order);
  int group = mass[0] > 0.0 ? 1 : 0;
  int groups_left = G - group;
  double in_group = 0.0, share = left / groups_left;
  for (int k = 0; k < n_codes; k++) {
    const int codes_left = n_codes - k;
    // a group is full, or the codes left are only enough for the groups left
    const int full = in_group >= share || (k > 0 && codes_left < groups_left);
    if (full && groups_left > 1 && in_group > 0.0) {
      group++;
      groups_left--;
      share = left / groups_left;
      in_group = 0.0;
    }
    coarse[order[k]] = (uint8_t)group;
    in_group += mass[order[k]];
    left -= mass[order[k]];
  }
}

// ---- screening ----

typedef struct {
  const uint8_t* coarse;
  size_t m, n;
  const cr_smooth_sums* row;
  double ridge;
  double* gain;
} screening;

// The k-th pair (a, b), a < b
static void pair_at(size_t k, size_t m, size_t* a, size_t* b) {
  size_t first = 0, in_line = m - 1;
  while (k >= in_line) {
    k -= in_line;
    in_line--;
    first++;
  }
  *a = first;
  *b = first + 1 + k;
}

static void screen_pair(size_t k, int worker, void* data) {
  (void)worker;
  const screening* job = data;
  cr_smooth_sums sums[WAYS][CODES];
  double step[CODES];
  size_t a, b;
  pair_at(k, job->m, &a, &b);
  const uint8_t* first = job->coarse + a * job->n;
  const uint8_t* second = job->coarse + b * job->n;
  memset(sums, 0, sizeof sums);
  for (size_t i = 0; i < job->n; i++) {
    cr_smooth_sums* cell = &sums[i % WAYS][first[i] * G + second[i]];
    cell->gradient += job->row[i].gradient;
    cell->hessian += job->row[i].hessian;
  }
  for (int c = 0; c < CODES; c++) {
    sums[0][c].gradient += sums[1][c].gradient;
    sums[0][c].hessian += sums[1][c].hessian;
  }
  job->gain[k] = cr_smooth_quadrants(sums[0], job->ridge, step);
}

cr_status cr_pairs_screen(const uint8_t* coarse, size_t m, size_t n,
                          const cr_smooth_sums* row, double ridge, const cr_run* run,
                          double* gain, cr_error* err) {
  screening job = {coarse, m, n, row, ridge, gain};
  return cr_team_for(run, m * (m - 1) / 2, screen_pair, &job, err);
}

// ---- purity ----

// Moves the line means one way: `stride` from cell to cell within a line, `next` from
// line to line. Returns the largest mean moved.
static double move_means(const double* mass, int stride, int next, const uint8_t* group,
                         double* pair, double* main) {
  double mean[G], largest = 0.0;
  for (int a = 0; a < G; a++) {
    double sum = 0.0, total = 0.0;
    for (int b = 0; b < G; b++) {
      const int cell = a * next + b * stride;
      sum += mass[cell] * pair[cell];
      total += mass[cell];
    }
    mean[a] = total > 0.0 ? sum / total : 0.0;
    for (int b = 0; b < G; b++) pair[a * next + b * stride] -= mean[a];
    if (fabs(mean[a]) > largest) largest = fabs(mean[a]);
  }
  for (int c = 0; c < CODES; c++) main[c] += mean[group[c]];
  return largest;
}

void cr_pairs_purify(const double* mass, const uint8_t* first_group,
                     const uint8_t* second_group, double* pair, double* first,
                     double* second) {
  enum { MOST_SWEEPS = 10000 };
  for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    const double by_row = move_means(mass, 1, G, first_group, pair, first);
    const double by_column = move_means(mass, G, 1, second_group, pair, second);
    if (by_row < 1e-13 && by_column < 1e-13) return;
  }
}
