#include "metric/curve.h"

#include <math.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "linear/chol.h"

#include "base/exact.h"

enum { P = CR_CURVE_MAX, BLOCK = 4096, MAX_ITERATIONS = 60, MAX_HALVINGS = 30 };

// Sums over rows with z the row's columns and mu the fitted probability; of the
// matrices the lower triangle
typedef struct {
  double likelihood;   // log
  double gradient[P];  // of w (y - mu) z
  double info[P][P];   // of w mu (1 - mu) zz'
  double meat[P][P];   // of w^2 (y - mu)^2 zz'
} sums;

typedef struct {
  const cr_curve_data* data;
  size_t n_blocks;
  double at[P];  // coefficients
  sums* block;
} problem;

static void add_row(sums* s, const cr_curve_data* d, const double* at, size_t i) {
  double z[P] = {0.0}, eta = d->offset == NULL ? 0.0 : d->offset[i];
  for (size_t k = 0; k < d->n_columns; k++) {
    z[k] = d->column[k] == NULL ? 1.0 : d->column[k][i];
    eta += at[k] * z[k];
  }
  const double w = d->weight == NULL ? 1.0 : d->weight[i];
  const double e = cr_exp(-fabs(eta));  // never above 1
  const double mu = eta >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
  const double residual = w * ((double)d->event[i] - mu);
  const double curve = w * e / ((1.0 + e) * (1.0 + e));
  const double wrong = d->event[i] ? -eta : eta;
  s->likelihood -= w * ((wrong > 0.0 ? wrong : 0.0) + cr_log1p(e));
  for (size_t j = 0; j < d->n_columns; j++) {
    s->gradient[j] += residual * z[j];
    for (size_t k = 0; k <= j; k++) {
      s->info[j][k] += curve * z[j] * z[k];
      s->meat[j][k] += residual * residual * z[j] * z[k];
    }
  }
}

static void sum_block(size_t b, int worker, void* data) {
  (void)worker;
  const problem* p = data;
  const size_t start = b * BLOCK;
  const size_t end = p->data->n - start < BLOCK ? p->data->n : start + BLOCK;
  sums s = {0};
  for (size_t i = start; i < end; i++) add_row(&s, p->data, p->at, i);
  p->block[b] = s;
}

static void add_sums(sums* to, const sums* from) {
  to->likelihood += from->likelihood;
  for (int j = 0; j < P; j++) {
    to->gradient[j] += from->gradient[j];
    for (int k = 0; k <= j; k++) {
      to->info[j][k] += from->info[j][k];
      to->meat[j][k] += from->meat[j][k];
    }
  }
}

static cr_status sum_rows(problem* p, const cr_run* run, sums* out, cr_error* err) {
  const cr_status status = cr_team_for(run, p->n_blocks, sum_block, p, err);
  if (status != CR_OK) return status;
  *out = (sums){0};
  for (size_t b = 0; b < p->n_blocks; b++) add_sums(out, &p->block[b]);
  return CR_OK;
}

// The information as its Cholesky factor; `determinant` is 0 when a column repeats
// others.
typedef struct {
  double factor[P * P];
  bool skipped[P];
  double determinant;
} inverse;

static inverse factorise(const sums* s, size_t n_columns) {
  inverse v = {.determinant = 1.0};
  for (size_t j = 0; j < n_columns; j++) {
    for (size_t k = 0; k <= j; k++) v.factor[j * n_columns + k] = s->info[j][k];
  }
  cr_chol_factor(v.factor, n_columns, v.skipped);
  for (size_t j = 0; j < n_columns; j++) {
    const double pivot = v.factor[j * n_columns + j];
    v.determinant *= pivot * pivot;
  }
  return v;
}

// Goes along `step`, halved until the likelihood does not fall, and updates `s`.
static cr_status take_step(problem* p, const double step[P], const cr_run* run, sums* s,
                           bool* moved, cr_error* err) {
  double from[P];
  for (int k = 0; k < P; k++) from[k] = p->at[k];
  const double slack = 1e-12 * fabs(s->likelihood);
  double share = 1.0;
  *moved = false;
  for (int h = 0; h < MAX_HALVINGS && !*moved; h++, share *= 0.5) {
    for (int k = 0; k < P; k++) p->at[k] = from[k] + share * step[k];
    sums next;
    const cr_status status = sum_rows(p, run, &next, err);
    if (status != CR_OK) return status;
    if (next.likelihood >= s->likelihood - slack) {
      *s = next;
      *moved = true;
    }
  }
  return CR_OK;
}

// row' meat row
static double sandwich(const double* row, const sums* s, size_t n_columns) {
  double sum = 0.0;
  for (size_t j = 0; j < n_columns; j++) {
    for (size_t k = 0; k < n_columns; k++) {
      sum += row[j] * row[k] * (j >= k ? s->meat[j][k] : s->meat[k][j]);
    }
  }
  return sum;
}

static void add_errors(const sums* s, const inverse* v, bool weighted, size_t n_columns,
                       cr_curve* out) {
  for (size_t k = 0; k < n_columns; k++) {
    double row[P] = {0.0};  // of the inverse
    row[k] = 1.0;
    cr_chol_solve(v->factor, n_columns, v->skipped, row);
    out->se[k] = sqrt(weighted ? sandwich(row, s, n_columns) : row[k]);
  }
}

static cr_status climb(problem* p, const cr_run* run, cr_curve* out, cr_error* err) {
  const size_t n_columns = p->data->n_columns;
  sums s;
  cr_status status = sum_rows(p, run, &s, err);
  if (status != CR_OK) return status;
  inverse v = factorise(&s, n_columns);
  const double determinant = v.determinant;
  bool small = false;
  while (!small && out->iterations < MAX_ITERATIONS) {
    if (!(v.determinant > 0.0)) return CR_OK;
    double step[P] = {0.0}, gain = 0.0;
    for (size_t k = 0; k < n_columns; k++) step[k] = s.gradient[k];
    cr_chol_solve(v.factor, n_columns, v.skipped, step);
    for (size_t k = 0; k < n_columns; k++) gain += step[k] * s.gradient[k];
    small = gain <= 1e-13 * fabs(s.likelihood);
    bool moved;
    status = take_step(p, step, run, &s, &moved, err);
    if (status != CR_OK) return status;
    if (!moved) return CR_OK;
    v = factorise(&s, n_columns);
    out->iterations++;
  }
  // a maximum at infinity shows as information that has all but vanished on the way
  out->converged = small && v.determinant >= 1e-9 * determinant && v.determinant > 0.0;
  if (!out->converged) return CR_OK;
  for (size_t k = 0; k < n_columns; k++) out->coefficient[k] = p->at[k];
  add_errors(&s, &v, p->data->weight != NULL, n_columns, out);
  return CR_OK;
}

cr_status cr_curve_fit(const cr_curve_data* data, const double* start, const cr_run* run,
                       cr_curve* out, cr_error* err) {
  *out = (cr_curve){0};
  problem p = {.data = data, .n_blocks = (data->n + BLOCK - 1) / BLOCK};
  for (size_t k = 0; k < data->n_columns; k++) {
    out->coefficient[k] = out->se[k] = NAN;
    p.at[k] = start[k];
  }
  p.block = cr_alloc(p.n_blocks, sizeof *p.block);
  if (p.block == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to calibrate %zu rows", data->n);
  }
  const cr_status status = climb(&p, run, out, err);
  cr_free(p.block);
  return status;
}

cr_status cr_curve_line(const double* x, const int32_t* event, const double* weight,
                        size_t n, bool slope_is_one, const cr_run* run, cr_curve* out,
                        cr_error* err) {
  cr_curve_data data = {.n = n, .event = event, .weight = weight, .n_columns = 1};
  if (slope_is_one) {
    data.offset = x;
  } else {
    data.column[data.n_columns++] = x;
  }
  const cr_status status = cr_curve_fit(&data, (const double[]){0.0, 1.0}, run, out, err);
  if (status == CR_OK && slope_is_one) out->coefficient[1] = out->converged ? 1.0 : NAN;
  return status;
}
