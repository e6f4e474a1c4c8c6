#include "linear/logit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "linear/chol.h"
#include "linear/gram.h"
#include "linear/strips.h"

#include "base/exact.h"

enum { HALVINGS = 30, THINNING = 8, ROWS_A_TERM = 100 };

// Shares of the objective that a step promises. NOTHING: it is the last. LITTLE, and by
// how steps have shrunk the next one would be NOTHING: so too; outcomes that are
// separated shrink steps by e at most and do not end here. SHORT: the curvature will do
// for the next step, unless that shrinks to no less than SLOW of this. ROUGH: enough for
// a start. NOISE: of the objective itself.
static const double NOTHING = 1e-17, LITTLE = 1e-7, SHORT = 1e-3, SLOW = 0.05,
                    ROUGH = 1e-4, NOISE = 1e-13;

typedef struct {
  const cr_problem* problem;
  const uint32_t* row;  // NULL: the first n
  size_t n;
  size_t p;  // columns, with the intercept
  const cr_penalty* penalty;
  const cr_run* run;
  double done;
  cr_sums now;  // at the current coefficients
  cr_sums next;
  double* matrix;  // curvature with the ridge, factored; with corners, as it is
  bool* skipped;
  size_t n_aliased;
  double promise;
  double* gradient;
  double* step;
  double* trial;
  cr_descent room;  // when the penalty has corners
} newton;

static void free_newton(newton* w) {
  cr_sums_free(&w->now);
  cr_sums_free(&w->next);
  cr_free(w->matrix);
  cr_free(w->skipped);
  cr_free(w->gradient);
  cr_free(w->step);
  cr_free(w->trial);
  cr_descent_free(&w->room);
}

static cr_status make_newton(newton* w, size_t panels, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(cr_sums_make(panels, &w->now, err));
  CR_TRY(cr_sums_make(panels, &w->next, err));
  w->matrix = cr_alloc(w->p * w->p, sizeof *w->matrix);
  w->skipped = cr_alloc_zero(w->p, sizeof *w->skipped);
  w->gradient = cr_alloc(w->p, sizeof *w->gradient);
  w->step = cr_alloc(w->p, sizeof *w->step);
  w->trial = cr_alloc_zero(panels * CR_LANES, sizeof *w->trial);
  if (w->matrix == NULL || w->skipped == NULL || w->gradient == NULL || w->step == NULL ||
      w->trial == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu terms", w->p);
    goto done;
  }
  if (cr_penalty_bends(w->penalty)) status = cr_descent_make(w->p, &w->room, err);

done:
  return status;
}

static double objective(const newton* w, const cr_sums* sums, const double* coefficient) {
  return sums->loss / sums->mass + cr_penalty_at(w->penalty, coefficient, w->p);
}

// Sums at `at`, which become w->next; without curvature its tiles are what they were.
static cr_status sum_at(newton* w, const double* at, bool curvature, cr_error* err) {
  cr_sums sums = w->next;
  if (!curvature) sums.tiles = NULL;
  const cr_status status =
      cr_sums_compute(w->problem, w->row, w->n, at, w->run, w->done, &sums, err);
  w->next.loss = sums.loss;
  w->next.mass = sums.mass;
  return status;
}

// What was summed last is now where we are.
static void arrive(newton* w, bool curvature) {
  const cr_sums swap = w->now;
  w->now = w->next;
  w->next = swap;
  if (!curvature) return;
  cr_sums_matrix(&w->now, w->p, w->matrix);
  if (cr_penalty_bends(w->penalty)) return;
  for (size_t j = 1; j < w->p; j++) w->matrix[j * w->p + j] += w->penalty->size;
  w->n_aliased = cr_chol_factor(w->matrix, w->p, w->skipped);
}

// A linear system's step; returns by how much the objective would fall twice over, were
// it a quadratic.
static double solve_step(newton* w, const double* coefficient) {
  for (size_t j = 0; j < w->p; j++) {
    w->gradient[j] += j > 0 ? w->penalty->size * coefficient[j] : 0.0;
    w->step[j] = -w->gradient[j];
  }
  cr_chol_solve(w->matrix, w->p, w->skipped, w->step);
  double promise = 0.0;
  for (size_t j = 0; j < w->p; j++) promise -= w->gradient[j] * w->step[j];
  return promise;
}

// The step to the least of the quadratic and a penalty with corners; returns what the
// quadratic falls by at least. A difference of penalties would drown in rounding.
static double descend_step(newton* w, const double* coefficient) {
  const size_t p = w->p;
  double* target = w->trial;
  for (size_t j = 0; j < p; j++) {
    double pull = -w->gradient[j];
    for (size_t k = 0; k < p; k++) pull += w->matrix[j * p + k] * coefficient[k];
    w->step[j] = pull;
    target[j] = coefficient[j];
  }
  cr_descent_solve(w->matrix, w->step, w->penalty, &w->room, target);
  for (size_t j = 0; j < p; j++) w->step[j] = target[j] - coefficient[j];
  double promise = 0.0;
  for (size_t j = 0; j < p; j++) {
    for (size_t k = 0; k < p; k++) {
      promise += w->step[j] * w->matrix[j * p + k] * w->step[k];
    }
  }
  return promise;
}

// The step by the curvature in hand; returns its promise as a share of the objective.
static double find_step(newton* w, const double* coefficient) {
  for (size_t j = 0; j < w->p; j++) w->gradient[j] = w->now.gradient[j] / w->now.mass;
  w->promise = cr_penalty_bends(w->penalty) ? descend_step(w, coefficient)
                                            : solve_step(w, coefficient);
  return w->promise / objective(w, &w->now, coefficient);
}

// Halves the step until the objective falls by a part of the promise; false when it
// does not.
static cr_status take_step(newton* w, bool curvature, double* coefficient, bool* moved,
                           cr_error* err) {
  const double start = objective(w, &w->now, coefficient);
  double share = 1.0;
  *moved = false;
  for (int h = 0; h < HALVINGS && !*moved; h++, share *= 0.5) {
    for (size_t j = 0; j < w->p; j++) {
      w->trial[j] = coefficient[j] + share * w->step[j];
    }
    const cr_status status = sum_at(w, w->trial, curvature, err);
    if (status != CR_OK) return status;
    *moved = objective(w, &w->next, w->trial) <=
             start * (1.0 + NOISE) - 1e-4 * share * w->promise;
  }
  if (!*moved) return CR_OK;
  memcpy(coefficient, w->trial, w->p * sizeof *coefficient);
  arrive(w, curvature);
  return CR_OK;
}

// Newton's method, the curvature kept once steps are short: as long as they shrink fast
// a pass for the slopes alone is the cheaper step. Ends when a step promises less than
// `enough` of the objective, or nothing after the next one.
static cr_status iterate(newton* w, double enough, double* coefficient,
                         cr_logit_result* found, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(sum_at(w, coefficient, true, err));
  arrive(w, true);
  bool moved = true, fresh = true;
  double last = 0.0;
  while (moved && !found->converged && found->iterations < CR_LOGIT_STEPS) {
    double share = find_step(w, coefficient);
    if (!fresh && share > SLOW * last && share > LITTLE) {
      CR_TRY(sum_at(w, coefficient, true, err));
      arrive(w, true);
      share = find_step(w, coefficient);
      fresh = true;
    }
    found->iterations++;
    // Newton's steps shrink by the square of the last time, those of old curvature again
    const double shrinks = last > 0.0 ? share / last : 1.0;
    const double rest = share * shrinks * (fresh ? shrinks : 1.0);
    found->converged = share <= enough || (share <= LITTLE && rest <= NOTHING);
    last = share;
    if (found->converged) {
      for (size_t j = 0; j < w->p; j++) coefficient[j] += w->step[j];
    } else {
      fresh = share > SHORT;
      CR_TRY(take_step(w, fresh, coefficient, &moved, err));
    }
  }
  found->loss = w->now.loss / w->now.mass;
  found->mass = w->now.mass;
  found->n_aliased = w->n_aliased;

done:
  return status;
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

static cr_status fit_rows(const cr_problem* problem, const uint32_t* row, size_t n,
                          const cr_penalty* penalty, double enough, const cr_run* run,
                          double done, double* coefficient, cr_logit_result* out,
                          cr_error* err) {
  cr_status status = CR_OK;
  newton w = {.problem = problem,
              .row = row,
              .n = n,
              .p = problem->design->n_terms + 1,
              .penalty = penalty,
              .run = run,
              .done = done};
  cr_logit_result found = {0};
  CR_TRY(make_newton(&w, cr_design_panels(problem->design), err));
  CR_TRY(iterate(&w, enough, coefficient, &found, err));
  *out = found;

done:
  free_newton(&w);
  return status;
}

cr_status cr_logit_fit(const cr_problem* problem, size_t n, const cr_penalty* penalty,
                       const cr_run* run, double done, double* coefficient,
                       cr_logit_result* out, cr_error* err) {
  return fit_rows(problem, NULL, n, penalty, NOTHING, run, done, coefficient, out, err);
}

// ---- start -----------------------------------------------------------------------

// Every eighth strip of n rows; returns how many rows.
static size_t thin(const uint32_t* row, size_t n, uint32_t* out) {
  size_t m = 0;
  for (size_t first = 0; first < n; first += THINNING * CR_STRIP) {
    const size_t end = n - first < CR_STRIP ? n : first + CR_STRIP;
    for (size_t i = first; i < end; i++) out[m++] = row == NULL ? (uint32_t)i : row[i];
  }
  return m;
}

cr_status cr_logit_approach(const cr_problem* problem, size_t n,
                            const cr_penalty* penalty, const cr_run* run,
                            double* coefficient, cr_error* err) {
  enum { LEVELS = 4 };
  cr_status status = CR_OK;
  uint32_t* row[LEVELS] = {NULL};
  size_t count[LEVELS], n_levels = 0;
  const size_t least = ROWS_A_TERM * (problem->design->n_terms + 1);
  for (size_t m = n; n <= UINT32_MAX && n_levels < LEVELS && m / THINNING >= least;) {
    uint32_t* before = n_levels > 0 ? row[n_levels - 1] : NULL;
    row[n_levels] = cr_alloc(m / THINNING + CR_STRIP, sizeof **row);
    if (row[n_levels] == NULL) {
      status = cr_fail(err, CR_ENOMEM, "memory", "no memory to thin %zu rows", n);
      goto done;
    }
    count[n_levels] = m = thin(before, m, row[n_levels]);
    n_levels++;
  }
  cr_logit_start(problem, n, coefficient);
  for (size_t l = n_levels; l-- > 0;) {
    cr_logit_result fit;
    CR_TRY(fit_rows(problem, row[l], count[l], penalty, ROUGH, run, 0.0, coefficient,
                    &fit, err));
    if (fit.converged) continue;
    cr_logit_start(problem, n, coefficient);
    break;
  }

done:
  for (size_t l = 0; l < LEVELS; l++) cr_free(row[l]);
  return status;
}

// ---- signs -----------------------------------------------------------------------

void cr_logit_signs(const cr_design* design, const int8_t* of_feature, int8_t* sign) {
  memset(sign, 0, (design->n_terms + 1) * sizeof *sign);
  for (size_t j = 0; j < design->n_features; j++) {
    const bool number = design->level_start[j + 1] == design->level_start[j];
    const bool used = design->first_term[j + 1] > design->first_term[j];
    if (number && used) sign[design->first_term[j] + 1] = of_feature[j];
  }
}

// ---- score ---------------------------------------------------------------------

typedef struct {
  size_t panels;
  const double* coefficient;
  double* eta;
} scoring;

static void score_strip(const double* strip, size_t first, size_t n, void* data) {
  const scoring* s = data;
  cr_gram_predict(strip, n, s->panels, s->coefficient, s->eta + first);
}

cr_status cr_logit_score(const cr_design* design, const cr_frame* frame,
                         const double* coefficient, const cr_run* run, double* eta,
                         cr_error* err) {
  scoring s = {
      .panels = cr_design_panels(design), .coefficient = coefficient, .eta = eta};
  return cr_strips_walk(design, frame, run, score_strip, &s, err);
}
