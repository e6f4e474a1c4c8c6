#include "linear/logit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "linear/chol.h"
#include "linear/gram.h"

#include "base/exact.h"

enum { HALVINGS = 30 };

// Shares of the objective that a step promises: below the first, it is the last. Below
// the second too, when steps shrink as fast as Newton's do near a minimum: after it the
// rest is the square of that. Outcomes that are separated shrink steps by e at most.
static const double NOTHING = 1e-12, LITTLE = 1e-9, FAST = 1e-3;

typedef struct {
  const cr_problem* problem;
  size_t n;  // rows
  size_t p;  // columns, with the intercept
  const cr_penalty* penalty;
  const cr_run* run;
  double done;
  cr_sums now;  // at the current coefficients
  cr_sums next;
  double* matrix;
  bool* skipped;
  double* gradient;
  double* step;
  double* slope;
  double* trial;
} newton;

static void free_newton(newton* w) {
  cr_sums_free(&w->now);
  cr_sums_free(&w->next);
  cr_free(w->matrix);
  cr_free(w->skipped);
  cr_free(w->gradient);
  cr_free(w->step);
  cr_free(w->slope);
  cr_free(w->trial);
}

static cr_status make_newton(newton* w, size_t panels, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(cr_sums_make(panels, &w->now, err));
  CR_TRY(cr_sums_make(panels, &w->next, err));
  w->matrix = cr_alloc(w->p * w->p, sizeof *w->matrix);
  w->skipped = cr_alloc_zero(w->p, sizeof *w->skipped);
  w->gradient = cr_alloc(w->p, sizeof *w->gradient);
  w->step = cr_alloc(w->p, sizeof *w->step);
  w->slope = cr_alloc(w->p, sizeof *w->slope);
  w->trial = cr_alloc_zero(panels * CR_LANES, sizeof *w->trial);
  if (w->matrix == NULL || w->skipped == NULL || w->gradient == NULL || w->step == NULL ||
      w->slope == NULL || w->trial == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu terms", w->p);
  }

done:
  return status;
}

static double objective(const newton* w, const cr_sums* sums, const double* coefficient) {
  return sums->loss / sums->mass + cr_penalty_at(w->penalty, coefficient, w->p);
}

// The mean curvature, symmetric
static void fill_matrix(const cr_sums* sums, size_t p, double* matrix) {
  for (size_t j = 0; j < p; j++) {
    for (size_t k = 0; k <= j; k++) {
      const double value = cr_gram_at(sums->tiles, j, k) / sums->mass;
      matrix[j * p + k] = matrix[k * p + j] = value;
    }
  }
}

// A linear system's step; returns by how much the objective would fall twice over, were
// it a quadratic.
static double solve_step(newton* w, const double* coefficient, size_t* n_aliased) {
  const double ridge = w->penalty->size;
  for (size_t j = 0; j < w->p; j++) {
    if (j > 0) w->matrix[j * w->p + j] += ridge;
    w->gradient[j] += j > 0 ? ridge * coefficient[j] : 0.0;
    w->step[j] = -w->gradient[j];
  }
  *n_aliased = cr_chol_factor(w->matrix, w->p, w->skipped);
  cr_chol_solve(w->matrix, w->p, w->skipped, w->step);
  double promise = 0.0;
  for (size_t j = 0; j < w->p; j++) promise -= w->gradient[j] * w->step[j];
  return promise;
}

// The step to the least of the quadratic and a penalty with corners; returns its fall.
static double descend_step(newton* w, const double* coefficient) {
  const size_t p = w->p;
  double* target = w->trial;
  for (size_t j = 0; j < p; j++) {
    double pull = -w->gradient[j];
    for (size_t k = 0; k < p; k++) pull += w->matrix[j * p + k] * coefficient[k];
    w->step[j] = pull;
    target[j] = coefficient[j];
  }
  cr_descent_solve(w->matrix, w->step, p, w->penalty, w->slope, target);
  double promise =
      cr_penalty_at(w->penalty, coefficient, p) - cr_penalty_at(w->penalty, target, p);
  for (size_t j = 0; j < p; j++) {
    w->step[j] = target[j] - coefficient[j];
    promise -= w->gradient[j] * w->step[j];
  }
  return promise;
}

static double find_step(newton* w, const double* coefficient, size_t* n_aliased) {
  fill_matrix(&w->now, w->p, w->matrix);
  for (size_t j = 0; j < w->p; j++) w->gradient[j] = w->now.gradient[j] / w->now.mass;
  *n_aliased = 0;
  return cr_penalty_bends(w->penalty) ? descend_step(w, coefficient)
                                      : solve_step(w, coefficient, n_aliased);
}

// Halves the step until the objective falls by a part of the promise; false when it
// does not.
static cr_status take_step(newton* w, double promise, double* coefficient, bool* moved,
                           cr_error* err) {
  const double start = objective(w, &w->now, coefficient);
  double share = 1.0;
  *moved = false;
  for (int h = 0; h < HALVINGS && !*moved; h++, share *= 0.5) {
    for (size_t j = 0; j < w->p; j++) {
      w->trial[j] = coefficient[j] + share * w->step[j];
    }
    const cr_status status =
        cr_sums_compute(w->problem, NULL, w->n, w->trial, w->run, w->done, &w->next, err);
    if (status != CR_OK) return status;
    *moved = objective(w, &w->next, w->trial) <= start - 1e-4 * share * promise;
  }
  if (!*moved) return CR_OK;
  memcpy(coefficient, w->trial, w->p * sizeof *coefficient);
  const cr_sums swap = w->now;
  w->now = w->next;
  w->next = swap;
  return CR_OK;
}

void cr_logit_start(const cr_problem* problem, size_t n, double* coefficient) {
  double mass[2] = {0.5, 0.5};
  for (size_t i = 0; i < n; i++) {
    mass[problem->event[i]] += problem->weight == NULL ? 1.0 : problem->weight[i];
  }
  memset(coefficient, 0,
         cr_design_panels(problem->design) * CR_LANES * sizeof *coefficient);
  coefficient[0] = cr_log(mass[1] / mass[0]);
}

cr_status cr_logit_fit(const cr_problem* problem, size_t n, const cr_penalty* penalty,
                       const cr_run* run, double done, double* coefficient,
                       cr_logit_result* out, cr_error* err) {
  cr_status status = CR_OK;
  newton w = {.problem = problem,
              .n = n,
              .p = problem->design->n_terms + 1,
              .penalty = penalty,
              .run = run,
              .done = done};
  cr_logit_result found = {0};
  CR_TRY(make_newton(&w, cr_design_panels(problem->design), err));
  CR_TRY(cr_sums_compute(problem, NULL, n, coefficient, run, done, &w.now, err));
  bool moved = true;
  double last = 1.0;
  while (moved && !found.converged && found.iterations < CR_LOGIT_STEPS) {
    const double promise = find_step(&w, coefficient, &found.n_aliased);
    found.iterations++;
    const double share = promise / objective(&w, &w.now, coefficient);
    found.converged = share <= NOTHING || (share <= LITTLE && share <= FAST * last);
    last = share;
    if (found.converged) {
      for (size_t j = 0; j < w.p; j++) coefficient[j] += w.step[j];
    } else {
      CR_TRY(take_step(&w, promise, coefficient, &moved, err));
    }
  }
  found.loss = w.now.loss / w.now.mass;
  found.mass = w.now.mass;
  *out = found;

done:
  free_newton(&w);
  return status;
}

// ---- signs and covariance --------------------------------------------------------

void cr_logit_signs(const cr_design* design, const int8_t* of_feature, int8_t* sign) {
  memset(sign, 0, (design->n_terms + 1) * sizeof *sign);
  for (size_t j = 0; j < design->n_features; j++) {
    const bool number = design->level_start[j + 1] == design->level_start[j];
    const bool used = design->first_term[j + 1] > design->first_term[j];
    if (number && used) sign[design->first_term[j] + 1] = of_feature[j];
  }
}

// Column by column; what was left out has no variance that is known.
static void invert(const double* factor, size_t p, const bool* skipped, double mass,
                   double* inverse) {
  for (size_t j = 0; j < p; j++) {
    double* row = inverse + j * p;
    memset(row, 0, p * sizeof *row);
    row[j] = 1.0;
    cr_chol_solve(factor, p, skipped, row);
    for (size_t k = 0; k < p; k++) {
      row[k] = skipped[j] || skipped[k] ? NAN : row[k] / mass;
    }
  }
}

cr_status cr_logit_covariance(const cr_problem* problem, size_t n,
                              const double* coefficient, const cr_run* run,
                              double* covariance, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = problem->design->n_terms + 1;
  cr_sums sums = {0};
  double* matrix = cr_alloc(p * p, sizeof *matrix);
  bool* skipped = cr_alloc_zero(p, sizeof *skipped);
  if (matrix == NULL || skipped == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu terms", p);
    goto done;
  }
  CR_TRY(cr_sums_make(cr_design_panels(problem->design), &sums, err));
  CR_TRY(cr_sums_compute(problem, NULL, n, coefficient, run, 1.0, &sums, err));
  fill_matrix(&sums, p, matrix);
  cr_chol_factor(matrix, p, skipped);
  invert(matrix, p, skipped, sums.mass, covariance);

done:
  cr_sums_free(&sums);
  cr_free(skipped);
  cr_free(matrix);
  return status;
}

// ---- score ---------------------------------------------------------------------

enum { ROWS_A_TASK = 32 * CR_STRIP };

typedef struct {
  const cr_design* design;
  const cr_frame* frame;
  size_t panels;
  const double* coefficient;
  double* eta;
  double** strip;  // by worker
} scoring;

static void score_rows(size_t task, int worker, void* data) {
  const scoring* s = data;
  const size_t n_rows = s->frame->n_rows, from = task * ROWS_A_TASK;
  const size_t end = n_rows - from < ROWS_A_TASK ? n_rows : from + ROWS_A_TASK;
  double* strip = s->strip[worker];
  for (size_t first = from; first < end; first += CR_STRIP) {
    const size_t n = end - first < CR_STRIP ? end - first : CR_STRIP;
    cr_design_fill(s->design, s->frame, NULL, first, n, strip);
    cr_gram_predict(strip, n, s->panels, s->coefficient, s->eta + first);
  }
}

cr_status cr_logit_score(const cr_design* design, const cr_frame* frame,
                         const double* coefficient, const cr_run* run, double* eta,
                         cr_error* err) {
  cr_status status = CR_OK;
  scoring s = {.design = design,
               .frame = frame,
               .panels = cr_design_panels(design),
               .coefficient = coefficient,
               .eta = eta};
  const size_t n_tasks = (frame->n_rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
  const size_t wanted = (size_t)cr_team_threads(run);
  const size_t n_workers = wanted < n_tasks ? wanted : n_tasks;
  CR_TRY(cr_design_match(design, frame, err));
  s.strip = cr_alloc_zero(n_workers, sizeof *s.strip);
  for (size_t t = 0; s.strip != NULL && t < n_workers; t++) {
    s.strip[t] = cr_alloc_aligned(s.panels * CR_STRIP * CR_LANES, sizeof **s.strip);
  }
  for (size_t t = 0; t < n_workers; t++) {
    if (s.strip != NULL && s.strip[t] != NULL) continue;
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for a strip of rows");
    goto done;
  }
  status = cr_team_for(run, n_tasks, score_rows, &s, err);

done:
  for (size_t t = 0; s.strip != NULL && t < n_workers; t++) cr_free_aligned(s.strip[t]);
  cr_free(s.strip);
  return status;
}
