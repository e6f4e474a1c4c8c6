#include "linear/ridge.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"
#include "linear/chol.h"
#include "linear/gram.h"

#include "base/exact.h"

enum { FOLDS = CR_RIDGE_FOLDS, ROUNDS = 4, FIRST_CHOICE = 12 };  // 12 is a ridge of 0.01

typedef struct {
  const cr_problem* problem;
  size_t n;
  size_t p;  // columns, with the intercept
  size_t panels;
  const cr_run* run;
  uint32_t* row;  // by fold
  size_t fold_start[FOLDS + 1];
  cr_sums fold[FOLDS];
  cr_sums all;
  double* centre;   // coefficients of the fit that the folds start from
  double* fitted;   // by fold and ridge
  double* matrix;   // by worker
  double* scratch;  // by worker
  bool* skipped;
  const cr_penalty* penalty;
  const double* ridge;
} validation;

// ---- folds ---------------------------------------------------------------------

// The finaliser of Steele, Lea and Flood's SplitMix64 (2014)
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

int cr_ridge_fold(const cr_problem* problem, size_t i) {
  uint64_t hash = mix((uint64_t)problem->event[i]);
  for (size_t j = 0; j < problem->frame->n_columns; j++) {
    const cr_column* column = &problem->frame->column[j];
    const uint64_t value = column->type == CR_COLUMN_LEVEL
                               ? (uint64_t)column->integer[i]
                               : cr_sort_key(cr_column_value(column, i));
    hash = mix(hash ^ value);
  }
  return (int)(hash % FOLDS);
}

static cr_status make_folds(validation* v, cr_error* err) {
  uint8_t* of = cr_alloc(v->n, sizeof *of);
  if (of == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the folds of %zu rows", v->n);
  }
  size_t count[FOLDS] = {0};
  for (size_t i = 0; i < v->n; i++) {
    of[i] = (uint8_t)cr_ridge_fold(v->problem, i);
    count[of[i]]++;
  }
  size_t next[FOLDS];
  for (size_t k = 0; k < FOLDS; k++) {
    next[k] = v->fold_start[k];
    v->fold_start[k + 1] = v->fold_start[k] + count[k];
  }
  for (size_t i = 0; i < v->n; i++) v->row[next[of[i]]++] = (uint32_t)i;
  cr_free(of);
  return CR_OK;
}

// ---- fits without a fold -------------------------------------------------------

// Sums of all folds and of each at the centre.
static cr_status sum_folds(validation* v, double done, cr_error* err) {
  cr_status status = CR_OK;
  const size_t size = cr_gram_size(v->panels);
  v->all.mass = v->all.loss = 0.0;
  memset(v->all.gradient, 0, v->panels * CR_LANES * sizeof *v->all.gradient);
  memset(v->all.tiles, 0, size * sizeof *v->all.tiles);
  for (size_t k = 0; k < FOLDS; k++) {
    const size_t from = v->fold_start[k], n = v->fold_start[k + 1] - from;
    CR_TRY(cr_sums_compute(v->problem, v->row + from, n, v->centre, v->run, done,
                           &v->fold[k], err));
    v->all.mass += v->fold[k].mass;
    for (size_t c = 0; c < v->p; c++) v->all.gradient[c] += v->fold[k].gradient[c];
    for (size_t t = 0; t < size; t++) v->all.tiles[t] += v->fold[k].tiles[t];
  }

done:
  return status;
}

static double* fitted_at(const validation* v, size_t k, size_t r) {
  return v->fitted + (k * CR_RIDGES + r) * v->panels * CR_LANES;
}

// The quadratic of the rows outside fold k: their mean curvature A, symmetric, and
// c = A centre - gradient, so that its minimum solves A b = c.
static void quadratic_without(const validation* v, size_t k, double* matrix, double* c) {
  const cr_sums* left = &v->fold[k];
  const size_t p = v->p;
  const double mass = v->all.mass - left->mass;
  for (size_t i = 0; i < p; i++) {
    c[i] = (left->gradient[i] - v->all.gradient[i]) / mass;
  }
  for (size_t i = 0; i < p; i++) {
    for (size_t j = 0; j <= i; j++) {
      const double a =
          (cr_gram_at(v->all.tiles, i, j) - cr_gram_at(left->tiles, i, j)) / mass;
      matrix[i * p + j] = matrix[j * p + i] = a;
      c[i] += a * v->centre[j];
      if (j < i) c[j] += a * v->centre[i];
    }
  }
}

// Minimises it with one ridge added.
static void fit_without(size_t item, int worker, void* data) {
  const validation* v = data;
  const size_t k = item / CR_RIDGES, r = item % CR_RIDGES, p = v->p;
  double* matrix = v->matrix + (size_t)worker * p * p;
  bool* skipped = v->skipped + (size_t)worker * p;
  double* b = fitted_at(v, k, r);
  quadratic_without(v, k, matrix, b);
  for (size_t i = 1; i < p; i++) matrix[i * p + i] += v->ridge[r];
  cr_chol_factor(matrix, p, skipped);
  cr_chol_solve(matrix, p, skipped, b);
}

// The same for a penalty with corners: all its sizes in turn, each from the one before.
static void descend_without(size_t k, int worker, void* data) {
  const validation* v = data;
  const size_t p = v->p;
  double* matrix = v->matrix + (size_t)worker * p * p;
  double* c = v->scratch + (size_t)worker * 2 * p;
  quadratic_without(v, k, matrix, c);
  cr_penalty penalty = *v->penalty;
  for (size_t r = 0; r < CR_RIDGES; r++) {
    double* b = fitted_at(v, k, r);
    if (r == 0) {
      memset(b, 0, p * sizeof *b);
    } else {
      memcpy(b, fitted_at(v, k, r - 1), p * sizeof *b);
    }
    penalty.size = v->ridge[r];
    cr_descent_solve(matrix, c, p, &penalty, c + p, b);
  }
}

// ---- held-out loss ---------------------------------------------------------------

typedef struct {
  const validation* v;
  size_t fold;
  size_t piece;
  double (*loss)[CR_RIDGES];  // by piece
  double** strip;             // by worker
} held_out;

static void score_piece(size_t item, int worker, void* data) {
  const held_out* h = data;
  const validation* v = h->v;
  const cr_problem* problem = v->problem;
  const size_t from = v->fold_start[h->fold] + item * h->piece;
  const size_t last = v->fold_start[h->fold + 1];
  const size_t end = last - from < h->piece ? last : from + h->piece;
  double* strip = h->strip[worker];
  double eta[CR_STRIP];
  for (size_t first = from; first < end; first += CR_STRIP) {
    const size_t n = end - first < CR_STRIP ? end - first : CR_STRIP;
    const uint32_t* row = v->row + first;
    cr_design_fill(problem->design, problem->frame, row, 0, n, strip);
    for (size_t r = 0; r < CR_RIDGES; r++) {
      cr_gram_predict(strip, n, v->panels, fitted_at(v, h->fold, r), eta);
      for (size_t i = 0; i < n; i++) {
        const double w = problem->weight == NULL ? 1.0 : problem->weight[row[i]];
        double mu;
        h->loss[item][r] += w * cr_sums_loss(eta[i], problem->event[row[i]], &mu);
      }
    }
  }
}

// Adds the losses of one fold's rows under the fits without it.
static cr_status score_fold(const validation* v, size_t fold, double done, double* loss,
                            cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = v->fold_start[fold + 1] - v->fold_start[fold];
  const cr_stage stage = {v->run, done};
  const cr_run staged = cr_stage_run(&stage);
  held_out h = {.v = v, .fold = fold, .piece = cr_sums_piece(n, v->panels)};
  const size_t n_pieces = (n + h.piece - 1) / h.piece;
  const size_t n_workers = (size_t)cr_team_threads(v->run);
  h.loss = cr_alloc_zero(n_pieces, sizeof *h.loss);
  h.strip = cr_alloc_zero(n_workers, sizeof *h.strip);
  for (size_t t = 0; h.strip != NULL && t < n_workers; t++) {
    h.strip[t] = cr_alloc_aligned(v->panels * CR_STRIP * CR_LANES, sizeof **h.strip);
  }
  for (size_t t = 0; t < n_workers; t++) {
    if (h.loss != NULL && h.strip != NULL && h.strip[t] != NULL) continue;
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to score a fold");
    goto done;
  }
  CR_TRY(cr_team_for(&staged, n_pieces, score_piece, &h, err));
  for (size_t k = 0; k < n_pieces; k++) {
    for (size_t r = 0; r < CR_RIDGES; r++) loss[r] += h.loss[k][r];
  }

done:
  for (size_t t = 0; h.strip != NULL && t < n_workers; t++) cr_free_aligned(h.strip[t]);
  cr_free(h.strip);
  cr_free(h.loss);
  return status;
}

static cr_status validate(validation* v, double done, cr_ridge_path* path,
                          cr_error* err) {
  cr_status status = CR_OK;
  const cr_stage stage = {v->run, done};
  const cr_run staged = cr_stage_run(&stage);
  CR_TRY(sum_folds(v, done, err));
  if (cr_penalty_bends(v->penalty)) {
    CR_TRY(cr_team_for(&staged, FOLDS, descend_without, v, err));
  } else {
    CR_TRY(cr_team_for(&staged, FOLDS * CR_RIDGES, fit_without, v, err));
  }
  for (size_t r = 0; r < CR_RIDGES; r++) path->loss[r] = 0.0;
  for (size_t k = 0; k < FOLDS; k++) CR_TRY(score_fold(v, k, done, path->loss, err));
  path->chosen = 0;
  for (int r = 0; r < CR_RIDGES; r++) {
    path->loss[r] /= v->all.mass;
    if (path->loss[r] < path->loss[path->chosen]) path->chosen = r;
  }

done:
  return status;
}

// ---- fit -----------------------------------------------------------------------

static void free_validation(validation* v) {
  for (size_t k = 0; k < FOLDS; k++) cr_sums_free(&v->fold[k]);
  cr_sums_free(&v->all);
  cr_free(v->row);
  cr_free(v->fitted);
  cr_free(v->matrix);
  cr_free(v->scratch);
  cr_free(v->skipped);
}

static cr_status make_validation(validation* v, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n_workers = (size_t)cr_team_threads(v->run);
  for (size_t k = 0; k < FOLDS; k++) CR_TRY(cr_sums_make(v->panels, &v->fold[k], err));
  CR_TRY(cr_sums_make(v->panels, &v->all, err));
  v->row = cr_alloc(v->n, sizeof *v->row);
  v->fitted = cr_alloc_zero(FOLDS * CR_RIDGES * v->panels * CR_LANES, sizeof *v->fitted);
  v->matrix = cr_alloc(n_workers * v->p * v->p, sizeof *v->matrix);
  v->scratch = cr_alloc(n_workers * 2 * v->p, sizeof *v->scratch);
  v->skipped = cr_alloc_zero(n_workers * v->p, sizeof *v->skipped);
  if (v->scratch == NULL || v->row == NULL || v->fitted == NULL || v->matrix == NULL ||
      v->skipped == NULL) {
    status =
        cr_fail(err, CR_ENOMEM, "memory", "no memory for the folds of %zu rows", v->n);
  }

done:
  return status;
}

static bool folds_can_validate(const validation* v) {
  size_t filled = 0;
  for (size_t k = 0; k < FOLDS; k++) filled += v->fold_start[k + 1] > v->fold_start[k];
  return filled > 1;
}

// 10 down to 1e-5: 10^(1 - r/4) by repeated division, so that no power function of the
// platform decides the last bit
static void fill_ridges(double* ridge) {
  static const double quarter[] = {10.0, 5.623413251903491, 3.1622776601683795,
                                   1.7782794100389228};
  double decade = 1.0;
  for (int r = 0; r < CR_RIDGES; r++) {
    ridge[r] = quarter[r % 4] / decade;
    if (r % 4 == 3) decade *= 10.0;
  }
}

// Three decades down from the size that leaves no term: where no slope of the fit
// without terms outweighs the lasso
static cr_status fill_sizes(const validation* v, double* size, cr_error* err) {
  static const double EIGHTH = 0.7498942093324559;  // 10^(-1/8)
  cr_status status = CR_OK;
  cr_sums sums;
  CR_TRY(cr_sums_make_slopes(v->panels, &sums, err));
  cr_logit_start(v->problem, v->n, v->centre);
  status = cr_sums_compute(v->problem, NULL, v->n, v->centre, v->run, 0.0, &sums, err);
  double top = 0.0;
  for (size_t c = 1; status == CR_OK && c < v->p; c++) {
    top = fmax(top, fabs(sums.gradient[c]));
  }
  top = top / sums.mass / v->penalty->lasso;
  for (int r = 0; status == CR_OK && r < CR_RIDGES; r++) {
    size[r] = r == 0 ? (top > 0.0 ? top : 1.0) : size[r - 1] * EIGHTH;
  }
  cr_sums_free(&sums);

done:
  return status;
}

// The fit at the chosen size, from where the coefficients are
static cr_status fit_chosen(const validation* v, const cr_ridge_path* path, double done,
                            cr_logit_result* out, cr_error* err) {
  cr_penalty penalty = *v->penalty;
  penalty.size = path->ridge[path->chosen];
  return cr_logit_fit(v->problem, v->n, &penalty, v->run, done, v->centre, out, err);
}

cr_status cr_ridge_fit(const cr_problem* problem, size_t n, const cr_penalty* penalty,
                       const cr_run* run, double* coefficient, cr_ridge_path* path,
                       cr_logit_result* out, cr_error* err) {
  if (n > UINT32_MAX) {
    return cr_fail(err, CR_ELIMIT, "too_many_rows", "%zu rows; at most %u fit in folds",
                   n, UINT32_MAX);
  }
  cr_status status = CR_OK;
  cr_ridge_path found = {.chosen = FIRST_CHOICE};
  const cr_penalty kind = {.size = 1.0, .lasso = penalty->lasso, .sign = penalty->sign};
  validation v = {.problem = problem,
                  .n = n,
                  .p = problem->design->n_terms + 1,
                  .panels = cr_design_panels(problem->design),
                  .run = run,
                  .centre = coefficient,
                  .penalty = &kind,
                  .ridge = found.ridge};
  CR_TRY(make_validation(&v, err));
  CR_TRY(make_folds(&v, err));
  if (penalty->lasso > 0.0) {
    CR_TRY(fill_sizes(&v, found.ridge, err));
  } else {
    fill_ridges(found.ridge);
  }
  cr_logit_start(problem, n, coefficient);
  CR_TRY(fit_chosen(&v, &found, 0.0, out, err));
  bool moved = folds_can_validate(&v);
  for (int r = 0; r < CR_RIDGES && !moved; r++) found.loss[r] = NAN;
  while (moved && found.rounds < ROUNDS) {
    const int before = found.chosen;
    const double done = (double)(found.rounds + 1) / (ROUNDS + 1);
    CR_TRY(validate(&v, done, &found, err));
    found.rounds++;
    moved = found.chosen != before;
    if (moved) CR_TRY(fit_chosen(&v, &found, done, out, err));
  }
  *path = found;

done:
  free_validation(&v);
  return status;
}
