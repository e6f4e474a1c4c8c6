#include "linear/mix.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "linear/sums.h"

#include "base/exact.h"

enum { BLOCK = 4096, MOST_STEPS = 60, MOST_HALVINGS = 30, MOST_SWEEPS = 20000 };
enum { WIDTH = CR_MIX_MOST + 1 };  // the intercept last

// Scores are taken less their means, which frees the intercept from the shares. A
// block's sums: the loss, the gradient, and the lower triangle of the curvature.
typedef struct {
  const cr_mix_problem* problem;
  size_t width;   // n_scores + 1
  size_t n_sums;  // in one block
  size_t n_blocks;
  double* mean;  // n_scores
  double at[WIDTH];
  double* block;  // n_blocks * n_sums
  double* total;  // n_sums
} mixer;

static double weight_of(const cr_mix_problem* p, size_t i) {
  return p->weight == NULL ? 1.0 : p->weight[i];
}

static void add_row(const mixer* m, size_t i, double* sums) {
  const cr_mix_problem* p = m->problem;
  double x[WIDTH];
  double eta = m->at[p->n_scores];
  for (size_t k = 0; k < p->n_scores; k++) {
    x[k] = p->score[k][i] - m->mean[k];
    eta += m->at[k] * x[k];
  }
  x[p->n_scores] = 1.0;
  const double w = weight_of(p, i);
  double mu;
  sums[0] += w * cr_sums_loss(eta, p->event[i], &mu);
  const double slope = w * (mu - (double)p->event[i]);
  const double curve = w * mu * (1.0 - mu);
  double* gradient = sums + 1;
  double* hessian = gradient + m->width;
  for (size_t a = 0; a < m->width; a++) {
    gradient[a] += slope * x[a];
    for (size_t b = 0; b <= a; b++) *hessian++ += curve * x[a] * x[b];
  }
}

static void sum_block(size_t b, int worker, void* data) {
  (void)worker;
  const mixer* m = data;
  double* sums = m->block + b * m->n_sums;
  memset(sums, 0, m->n_sums * sizeof *sums);
  const size_t end = (b + 1) * BLOCK < m->problem->n ? (b + 1) * BLOCK : m->problem->n;
  for (size_t i = b * BLOCK; i < end; i++) add_row(m, i, sums);
}

// The pull's share of the objective at `at`
static double pull(const mixer* m) {
  const size_t n = m->problem->n_scores;
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double off = m->at[k] - 1.0 / (double)n;
    sum += off * off;
  }
  return 0.5 * m->problem->shrink * sum;
}

// Sums over all rows at `at`, into `total`, the pull's derivatives included
static cr_status sum_rows(mixer* m, const cr_run* run, double* objective, cr_error* err) {
  const cr_status status = cr_team_for(run, m->n_blocks, sum_block, m, err);
  if (status != CR_OK) return status;
  memset(m->total, 0, m->n_sums * sizeof *m->total);
  for (size_t b = 0; b < m->n_blocks; b++) {
    for (size_t s = 0; s < m->n_sums; s++) m->total[s] += m->block[b * m->n_sums + s];
  }
  const size_t n = m->problem->n_scores;
  double* gradient = m->total + 1;
  double* hessian = gradient + m->width;
  for (size_t k = 0; k < n; k++) {
    gradient[k] += m->problem->shrink * (m->at[k] - 1.0 / (double)n);
    hessian[k * (k + 1) / 2 + k] += m->problem->shrink;
  }
  *objective = m->total[0] + pull(m);
  return CR_OK;
}

static double curvature(const mixer* m, size_t a, size_t b) {
  const double* hessian = m->total + 1 + m->width;
  return a >= b ? hessian[a * (a + 1) / 2 + b] : hessian[b * (b + 1) / 2 + a];
}

// The step that minimises the quadratic with no share below 0. A coordinate without
// curvature (a score that is constant) stays where it is.
static void solve_quadratic(const mixer* m, double* step) {
  double slope[WIDTH];  // of the quadratic at the step
  memcpy(slope, m->total + 1, m->width * sizeof *slope);
  memset(step, 0, m->width * sizeof *step);
  for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    double largest = 0.0;
    for (size_t a = 0; a < m->width; a++) {
      const double h = curvature(m, a, a);
      if (!(h > 0.0)) continue;
      double move = -slope[a] / h;
      const bool is_share = a < m->problem->n_scores;
      if (is_share && m->at[a] + step[a] + move < 0.0) move = -(m->at[a] + step[a]);
      if (move == 0.0) continue;
      step[a] += move;
      for (size_t b = 0; b < m->width; b++) slope[b] += move * curvature(m, a, b);
      if (fabs(move) > largest) largest = fabs(move);
    }
    if (largest < 1e-13) break;
  }
}

// Goes along `step`, halved until the objective does not rise.
static cr_status take_step(mixer* m, const double* step, const cr_run* run,
                           double* objective, bool* moved, cr_error* err) {
  double from[WIDTH];
  memcpy(from, m->at, sizeof from);
  const double limit = *objective + 1e-12 * fabs(*objective);
  double part = 1.0;
  *moved = false;
  for (int h = 0; h < MOST_HALVINGS && !*moved; h++, part *= 0.5) {
    for (size_t a = 0; a < m->width; a++) {
      m->at[a] = from[a] + part * step[a];
      if (a < m->problem->n_scores && m->at[a] < 0.0) m->at[a] = 0.0;
    }
    double next;
    const cr_status status = sum_rows(m, run, &next, err);
    if (status != CR_OK) return status;
    if (next <= limit) {
      *objective = next;
      *moved = true;
    }
  }
  return CR_OK;
}

static cr_status minimise(mixer* m, const cr_run* run, cr_mix_result* out,
                          cr_error* err) {
  double objective, step[WIDTH];
  cr_status status = sum_rows(m, run, &objective, err);
  while (status == CR_OK && !out->converged && out->iterations < MOST_STEPS) {
    solve_quadratic(m, step);
    double promise = 0.0;
    for (size_t a = 0; a < m->width; a++) promise -= step[a] * m->total[1 + a];
    out->converged = promise <= 1e-13 * fabs(objective);
    bool moved;
    status = take_step(m, step, run, &objective, &moved, err);
    if (!moved) break;
    out->iterations++;
  }
  return status;
}

// Equal shares, and the intercept that a score of the base rate would have
static void start(mixer* m) {
  const cr_mix_problem* p = m->problem;
  double mass = 0.0, events = 0.0;
  for (size_t i = 0; i < p->n; i++) {
    mass += weight_of(p, i);
    events += weight_of(p, i) * (double)p->event[i];
  }
  for (size_t k = 0; k < p->n_scores; k++) {
    m->mean[k] = cr_sum(p->score[k], p->n) / (double)p->n;
    m->at[k] = 1.0 / (double)p->n_scores;
  }
  m->at[p->n_scores] = cr_logit(events / mass);
}

cr_status cr_mix_fit(const cr_mix_problem* problem, const cr_run* run, double* share,
                     cr_mix_result* out, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = problem->n_scores, width = n + 1;
  mixer m = {.problem = problem,
             .width = width,
             .n_sums = 1 + width + width * (width + 1) / 2,
             .n_blocks = (problem->n + BLOCK - 1) / BLOCK};
  cr_mix_result found = {0};
  m.mean = cr_alloc(n, sizeof *m.mean);
  m.total = cr_alloc(m.n_sums, sizeof *m.total);
  size_t cells;
  m.block =
      cr_size_mul(m.n_blocks, m.n_sums, &cells) ? cr_alloc(cells, sizeof *m.block) : NULL;
  if (m.mean == NULL || m.total == NULL || m.block == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to combine %zu scores", n);
    goto done;
  }
  const cr_stage stage = {run, 0.0};
  CR_TRY(cr_stage_ask(&stage, err));
  start(&m);
  CR_TRY(minimise(&m, run, &found, err));
  found.loss = m.total[0];
  found.intercept = m.at[n];
  for (size_t k = 0; k < n; k++) {
    share[k] = m.at[k];
    found.intercept -= m.at[k] * m.mean[k];
  }
  *out = found;

done:
  cr_free(m.block);
  cr_free(m.total);
  cr_free(m.mean);
  return status;
}
