#include "linear/sums.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "linear/gram.h"

#include "base/exact.h"

enum { PIECES_MAX = 64, PIECES_MIN = 4, ROWS_MIN = 512 };

// Memory for the pieces' sums that is worth more threads
static const double MEMORY_FOR_PIECES = 256e6;

// ---- ticks ---------------------------------------------------------------------

static bool tick_stage(void* data, double share) {
  (void)share;
  const cr_stage* stage = data;
  return stage->run->tick(stage->run->tick_data, stage->done);
}

cr_run cr_stage_run(const cr_stage* stage) {
  cr_run out = *stage->run;
  if (out.tick != NULL) {
    out.tick = tick_stage;
    out.tick_data = (void*)(uintptr_t)stage;
  }
  return out;
}

cr_status cr_stage_ask(const cr_stage* stage, cr_error* err) {
  const cr_run* run = stage->run;
  if (run->tick == NULL || run->tick(run->tick_data, stage->done)) return CR_OK;
  return cr_fail(err, CR_ECANCELLED, "cancelled", "stopped after %.0f%% of the work",
                 100.0 * stage->done);
}

// ---- sums ----------------------------------------------------------------------

void cr_sums_free(cr_sums* sums) {
  cr_free(sums->gradient);
  cr_free(sums->tiles);
  *sums = (cr_sums){0};
}

static cr_status make_sums(size_t panels, bool tiles, cr_sums* sums, cr_error* err) {
  *sums = (cr_sums){.panels = panels};
  sums->gradient = cr_alloc_zero(panels * CR_LANES, sizeof *sums->gradient);
  if (tiles) sums->tiles = cr_alloc_zero(cr_gram_size(panels), sizeof *sums->tiles);
  if (sums->gradient != NULL && (!tiles || sums->tiles != NULL)) return CR_OK;
  cr_sums_free(sums);
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for the products of %zu terms",
                 panels * CR_LANES);
}

cr_status cr_sums_make(size_t panels, cr_sums* sums, cr_error* err) {
  return make_sums(panels, true, sums, err);
}

cr_status cr_sums_make_slopes(size_t panels, cr_sums* sums, cr_error* err) {
  return make_sums(panels, false, sums, err);
}

size_t cr_sums_piece(size_t n, size_t panels) {
  const double bytes = (double)cr_gram_size(panels) * sizeof(double);
  double pieces = floor(MEMORY_FOR_PIECES / bytes);
  pieces = pieces > PIECES_MAX ? PIECES_MAX : pieces < PIECES_MIN ? PIECES_MIN : pieces;
  const size_t rows = (n + (size_t)pieces - 1) / (size_t)pieces;
  const size_t strips = (rows + CR_STRIP - 1) / CR_STRIP;
  return strips * CR_STRIP < ROWS_MIN ? ROWS_MIN : strips * CR_STRIP;
}

double cr_sums_loss(double eta, int32_t event, double* mu) {
  const double e = cr_exp(-fabs(eta));
  *mu = eta >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
  const double wrong = event ? -eta : eta;
  return (wrong > 0.0 ? wrong : 0.0) + cr_log1p(e);
}

typedef struct {
  const cr_problem* problem;
  const uint32_t* row;
  size_t n;
  size_t panels;
  size_t piece;
  const double* coefficient;
  cr_simd simd;
  cr_sums* part;   // by piece
  double** strip;  // by worker
} pass;

// Residuals and roots of the weights of one strip; adds its loss and mass.
static void weigh_strip(const pass* p, size_t first, size_t n, const double* eta,
                        double* residual, double* root, cr_sums* sums) {
  for (size_t i = 0; i < n; i++) {
    const size_t row = p->row == NULL ? first + i : p->row[first + i];
    const int32_t event = p->problem->event[row];
    const double w = p->problem->weight == NULL ? 1.0 : p->problem->weight[row];
    double mu;
    sums->loss += w * cr_sums_loss(eta[i], event, &mu);
    sums->mass += w;
    residual[i] = w * (mu - (double)event);
    root[i] = sqrt(w * mu * (1.0 - mu));
  }
}

static void sum_piece(size_t k, int worker, void* data) {
  const pass* p = data;
  cr_sums* sums = &p->part[k];
  double* strip = p->strip[worker];
  const size_t end = p->n - k * p->piece < p->piece ? p->n : (k + 1) * p->piece;
  double eta[CR_STRIP], residual[CR_STRIP], root[CR_STRIP];
  for (size_t first = k * p->piece; first < end; first += CR_STRIP) {
    const size_t n = end - first < CR_STRIP ? end - first : CR_STRIP;
    const uint32_t* row = p->row == NULL ? NULL : p->row + first;
    cr_design_fill(p->problem->design, p->problem->frame, row, first, n, strip);
    cr_gram_predict(strip, n, p->panels, p->coefficient, eta);
    weigh_strip(p, first, n, eta, residual, root, sums);
    cr_gram_gradient(strip, n, p->panels, residual, sums->gradient);
    if (sums->tiles == NULL) continue;
    cr_gram_scale(strip, n, p->panels, root);
    cr_gram_add(strip, n, p->panels, p->simd, sums->tiles);
  }
}

static void add_part(cr_sums* to, const cr_sums* part) {
  const size_t size = cr_gram_size(to->panels);
  to->mass += part->mass;
  to->loss += part->loss;
  for (size_t c = 0; c < to->panels * CR_LANES; c++) to->gradient[c] += part->gradient[c];
  for (size_t t = 0; to->tiles != NULL && t < size; t++) to->tiles[t] += part->tiles[t];
}

static void zero(cr_sums* sums) {
  sums->mass = sums->loss = 0.0;
  memset(sums->gradient, 0, sums->panels * CR_LANES * sizeof *sums->gradient);
  if (sums->tiles == NULL) return;
  memset(sums->tiles, 0, cr_gram_size(sums->panels) * sizeof *sums->tiles);
}

cr_status cr_sums_compute(const cr_problem* problem, const uint32_t* row, size_t n,
                          const double* coefficient, const cr_run* run, double done,
                          cr_sums* sums, cr_error* err) {
  cr_status status = CR_OK;
  const cr_stage stage = {run, done};
  const cr_run staged = cr_stage_run(&stage);
  const size_t panels = sums->panels, piece = cr_sums_piece(n, panels);
  const size_t n_pieces = (n + piece - 1) / piece;
  const size_t wanted = (size_t)cr_team_threads(run);
  const size_t n_workers = wanted < n_pieces ? wanted : n_pieces;
  pass p = {.problem = problem,
            .row = row,
            .n = n,
            .panels = panels,
            .piece = piece,
            .coefficient = coefficient,
            .simd = run->simd};
  p.part = cr_alloc_zero(n_pieces, sizeof *p.part);
  p.strip = cr_alloc_zero(n_workers, sizeof *p.strip);
  if (p.part == NULL || p.strip == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for the sums of %zu rows", n);
    goto done;
  }
  for (size_t k = 0; k < n_pieces; k++) {
    CR_TRY(make_sums(panels, sums->tiles != NULL, &p.part[k], err));
  }
  for (size_t t = 0; t < n_workers; t++) {
    p.strip[t] = cr_alloc_aligned(panels * CR_STRIP * CR_LANES, sizeof **p.strip);
    if (p.strip[t] != NULL) continue;
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for a strip of rows");
    goto done;
  }
  CR_TRY(cr_stage_ask(&stage, err));
  CR_TRY(cr_team_for(&staged, n_pieces, sum_piece, &p, err));
  zero(sums);
  for (size_t k = 0; k < n_pieces; k++) add_part(sums, &p.part[k]);

done:
  for (size_t k = 0; p.part != NULL && k < n_pieces; k++) cr_sums_free(&p.part[k]);
  for (size_t t = 0; p.strip != NULL && t < n_workers; t++) cr_free_aligned(p.strip[t]);
  cr_free(p.strip);
  cr_free(p.part);
  return status;
}
