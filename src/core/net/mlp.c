#include "net/mlp.h"

#include <math.h>

#include "base/mem.h"

#include "base/exact.h"

enum { ROWS = 128 };  // of a task

void cr_mlp_free(cr_mlp* mlp) {
  cr_free(mlp->weight);
  cr_free(mlp->epochs);
  cr_free(mlp->loss);
  *mlp = (cr_mlp){0};
}

cr_status cr_mlp_settle(cr_mlp* mlp, const cr_nodes* nodes, size_t n_given,
                        cr_error* err) {
  bool holds = mlp->n_hidden >= 1 && mlp->n_hidden <= CR_HIDDEN_MAX;
  for (size_t l = 0; holds && l < mlp->n_hidden; l++) {
    holds = mlp->units[l] >= 1 && mlp->units[l] <= CR_UNITS_MAX;
  }
  if (holds) {
    mlp->n_weights = cr_layers_shape(nodes->n_nodes, mlp->units, mlp->n_hidden).n_weights;
    mlp->n_nets = n_given / mlp->n_weights;
    holds = mlp->n_nets >= 1 && n_given % mlp->n_weights == 0;
  }
  for (size_t i = 0; holds && i < n_given; i++) holds = isfinite(mlp->weight[i]);
  if (holds) return CR_OK;
  return cr_fail(err, CR_EMODEL, "network", "the model's network is damaged");
}

typedef struct {
  const cr_mlp* mlp;
  const cr_nodes* nodes;
  const cr_frame* frame;
  cr_shape shape;
  cr_simd simd;
  float* table;       // by network
  cr_layers* layers;  // by worker
  uint32_t* cell;     // by worker
  double* log_odds;
} scoring;

static size_t table_size(const scoring* s) {
  return 2 * s->shape.n_nodes * s->shape.width[0];
}

static void score_rows(size_t task, int worker, void* data) {
  const scoring* s = data;
  const size_t first = task * ROWS, left = s->frame->n_rows - first;
  const size_t n = left < ROWS ? left : ROWS;
  uint32_t* cell = s->cell + (size_t)worker * ROWS * s->nodes->n_used;
  double* sum = s->log_odds + first;
  float out[ROWS];
  cr_nodes_encode(s->nodes, s->frame, first, n, cell);
  for (size_t i = 0; i < n; i++) sum[i] = 0.0;
  for (size_t k = 0; k < s->mlp->n_nets; k++) {
    cr_layers_forward(&s->layers[worker], s->nodes,
                      s->mlp->weight + k * s->mlp->n_weights,
                      s->table + k * table_size(s), cell, NULL, n, NULL, s->simd, out);
    for (size_t i = 0; i < n; i++) sum[i] += (double)out[i];
  }
  for (size_t i = 0; i < n; i++) sum[i] /= (double)s->mlp->n_nets;
}

cr_status cr_mlp_score(const cr_mlp* mlp, const cr_nodes* nodes, const cr_frame* frame,
                       const cr_run* run, double* log_odds, cr_error* err) {
  cr_status status = CR_OK;
  scoring s = {.mlp = mlp,
               .nodes = nodes,
               .frame = frame,
               .shape = cr_layers_shape(nodes->n_nodes, mlp->units, mlp->n_hidden),
               .simd = run->simd,
               .log_odds = log_odds};
  const size_t n_tasks = (frame->n_rows + ROWS - 1) / ROWS;
  const size_t wanted = (size_t)cr_team_threads(run);
  const size_t n_workers = wanted < n_tasks ? wanted : n_tasks;
  CR_TRY(cr_design_match(nodes->design, frame, err));
  s.table = cr_alloc(mlp->n_nets * table_size(&s), sizeof *s.table);
  s.layers = cr_alloc_zero(n_workers, sizeof *s.layers);
  s.cell = cr_alloc(n_workers * ROWS * nodes->n_used, sizeof *s.cell);
  if (s.table == NULL || s.layers == NULL || s.cell == NULL) {
    status =
        cr_fail(err, CR_ENOMEM, "memory", "no memory to score %zu networks", mlp->n_nets);
    goto done;
  }
  for (size_t t = 0; t < n_workers; t++) {
    CR_TRY(cr_layers_make(&s.shape, ROWS, 0, &s.layers[t], err));
  }
  for (size_t k = 0; k < mlp->n_nets; k++) {
    cr_nodes_table(nodes, mlp->weight + k * mlp->n_weights, s.shape.width[0], run->simd,
                   s.table + k * table_size(&s));
  }
  status = cr_team_for(run, n_tasks, score_rows, &s, err);

done:
  for (size_t t = 0; s.layers != NULL && t < n_workers; t++) cr_layers_free(&s.layers[t]);
  cr_free(s.layers);
  cr_free(s.cell);
  cr_free(s.table);
  return status;
}
