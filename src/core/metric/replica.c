#include "metric/replica.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#include "base/exact.h"

typedef struct {
  uint32_t* times;  // how often each row of a class, or each block, was drawn
  double* mass;
  cr_replica_scratch lent;
} workspace;

static void free_workspace(workspace* w) {
  cr_free(w->lent.pool);
  cr_free(w->mass);
  cr_free(w->times);
}

static bool make_workspace(workspace* w, size_t n, size_t n_blocks) {
  *w = (workspace){0};
  w->times = cr_alloc(n > n_blocks ? n : n_blocks, sizeof *w->times);
  w->mass = cr_alloc(n, sizeof *w->mass);
  w->lent.pool = cr_alloc(n + 1, sizeof *w->lent.pool);
  if (w->times != NULL && w->mass != NULL && w->lent.pool != NULL) return true;
  free_workspace(w);
  return false;
}

static double row_weight(const cr_layout* l, size_t i) {
  return l->weight == NULL ? 1.0 : l->weight[i];
}

static void count_draws(cr_rng* rng, uint32_t n, uint32_t* times) {
  memset(times, 0, n * sizeof *times);
  for (uint32_t d = 0; d < n; d++) times[cr_rng_below(rng, n)]++;
}

static void draw_rows(const cr_layout* l, cr_rng* rng, workspace* w) {
  count_draws(rng, (uint32_t)l->n, w->times);
  for (size_t i = 0; i < l->n; i++) w->mass[i] = (double)w->times[i] * row_weight(l, i);
}

// Each class's rows, counted in falling order of score: first the others, then events.
static void draw_within(const cr_layout* l, cr_rng* rng, workspace* w) {
  uint32_t* next[2] = {w->times, w->times + l->n_class[0]};
  for (int k = 0; k < 2; k++) count_draws(rng, (uint32_t)l->n_class[k], next[k]);
  for (size_t i = 0; i < l->n; i++) {
    const int class = l->code[i] & CR_IS_EVENT;
    w->mass[i] = (double)*next[class]++ * row_weight(l, i);
  }
}

static void draw_blocks(const cr_replica_plan* plan, cr_rng* rng, workspace* w) {
  const cr_layout* l = plan->layout;
  count_draws(rng, (uint32_t)plan->n_blocks, w->times);
  for (size_t i = 0; i < l->n; i++) {
    w->mass[i] = (double)w->times[plan->block[l->row[i]]] * row_weight(l, i);
  }
}

static bool has_both(const cr_layout* l, const double* mass) {
  bool seen[2] = {false, false};
  for (size_t i = 0; i < l->n && !(seen[0] && seen[1]); i++) {
    if (mass[i] > 0.0) seen[l->code[i] & CR_IS_EVENT] = true;
  }
  return seen[0] && seen[1];
}

typedef struct {
  const cr_replica_plan* plan;
  cr_replica_statistic statistic;
  const void* spec;
  size_t n_out;
  uint64_t seed;
  cr_counter next;
  double* out;
} job;

static cr_status replicate(const job* j, size_t b, workspace* w) {
  cr_rng rng = cr_rng_stream(j->seed, CR_FOR_BOOTSTRAP, b);
  double* out = j->out + b * j->n_out;
  switch (j->plan->draw) {
    case CR_DRAW_ROWS: draw_rows(j->plan->layout, &rng, w); break;
    case CR_DRAW_WITHIN_CLASSES: draw_within(j->plan->layout, &rng, w); break;
    case CR_DRAW_BLOCKS: draw_blocks(j->plan, &rng, w); break;
  }
  if (has_both(j->plan->layout, w->mass)) {
    return j->statistic(j->plan->layout, w->mass, &w->lent, j->spec, out);
  }
  for (size_t k = 0; k < j->n_out; k++) out[k] = NAN;
  return CR_OK;
}

static void work(cr_worker* me, void* data) {
  job* j = data;
  workspace w;
  if (!make_workspace(&w, j->plan->layout->n, j->plan->n_blocks)) {
    cr_team_abort(me, CR_ENOMEM);
    return;
  }
  size_t b;
  while (cr_team_next(me, &j->next, j->plan->n_resamples, true, &b)) {
    const cr_status status = replicate(j, b, &w);
    if (status != CR_OK) cr_team_abort(me, status);
  }
  free_workspace(&w);
}

cr_status cr_replica_run(const cr_replica_plan* plan, cr_replica_statistic statistic,
                         const void* spec, size_t n_out, const cr_run* run, double* out,
                         cr_error* err) {
  job j = {.plan = plan,
           .statistic = statistic,
           .spec = spec,
           .n_out = n_out,
           .seed = run->seed,
           .out = out};
  return cr_team_run(run, work, &j, err);
}

cr_status cr_replica_once(const cr_layout* layout, cr_replica_statistic statistic,
                          const void* spec, size_t n_out, double* out, cr_error* err) {
  workspace w;
  if (!make_workspace(&w, layout->n, 0)) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to measure %zu rows", layout->n);
  }
  cr_status status = CR_OK;
  for (size_t i = 0; i < layout->n; i++) w.mass[i] = row_weight(layout, i);
  if (has_both(layout, w.mass)) {
    status = statistic(layout, w.mass, &w.lent, spec, out);
    if (status != CR_OK) cr_fail(err, status, "memory", "no memory to measure rows");
  } else {
    for (size_t k = 0; k < n_out; k++) out[k] = NAN;
  }
  free_workspace(&w);
  return status;
}
