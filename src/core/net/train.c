#include "net/train.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/xmath.h"
#include "net/adam.h"
#include "net/start.h"

#include "base/exact.h"

enum { ROWS_A_TASK = 4096 };

// A slice's multiplications: some ten milliseconds, after which members meet
static const double SLICE = 1e8;

// One network on its way
typedef struct {
  size_t id;
  float *now, *best, *mean, *square;
  cr_dealt rows;
  uint32_t* order;  // of this epoch: rows to learn from
  cr_adam adam;
  int32_t epoch;  // passes made
  size_t at;      // rows of this pass done: first those to learn from, then held ones
  double loss;    // of the held-out rows so far
  double best_loss;
  int32_t best_epoch;
  bool ended;
  cr_status made;
} net;

typedef struct {
  const cr_nodes* nodes;
  const cr_frame* frame;
  const cr_mlp_data* data;
  const int32_t* event;
  double mean_weight;
  const cr_mlp_settings* settings;
  const cr_run* run;
  cr_shape shape;
  size_t n;
  uint32_t* cell;
  net* nets;
  cr_layers* layers;  // by member
  float* table;       // by member
  float* gradient;    // by member
  size_t slice;       // steps
  cr_counter counter;
} training;

static double row_weight(const training* t, uint32_t i) {
  return t->data->weight == NULL ? 1.0 : t->data->weight[i] / t->mean_weight;
}

// What a held-out row counts: rows of the data have fewer events than balanced ones.
static double held_weight(const training* t, uint32_t i) {
  const double times = t->event[i] && t->data->held_event > 0 ? t->data->held_event : 1.0;
  return times * row_weight(t, i);
}

// ---- rows ------------------------------------------------------------------------

static void shuffle(const training* t, net* k) {
  const uint64_t item = (uint64_t)k->id << 32 | (uint32_t)k->epoch;
  cr_rng rng = cr_rng_stream(t->run->seed, CR_FOR_BATCHES, item);
  cr_rng_shuffle(&rng, k->order, (uint32_t)k->rows.n_learn);
  for (size_t i = 0; i < k->rows.n_learn; i++) k->order[i] = k->rows.learn[k->order[i]];
}

// ---- start -----------------------------------------------------------------------

// The log-odds of the base rate of the rows to learn from
static double base_odds(const training* t, const net* k) {
  double mass[2] = {0.5, 0.5};
  for (size_t i = 0; i < k->rows.n_learn; i++) {
    mass[t->event[k->rows.learn[i]]] += row_weight(t, k->rows.learn[i]);
  }
  return cr_log(mass[1] / mass[0]);
}

static void free_net(net* k) {
  cr_free(k->now);
  cr_free(k->best);
  cr_free(k->mean);
  cr_free(k->square);
  cr_deal_free(&k->rows);
  cr_free(k->order);
}

static cr_status make_net(const training* t, net* k) {
  const size_t n_weights = t->shape.n_weights;
  k->now = cr_alloc(n_weights, sizeof *k->now);
  k->best = cr_alloc(n_weights, sizeof *k->best);
  k->mean = cr_alloc_zero(n_weights, sizeof *k->mean);
  k->square = cr_alloc_zero(n_weights, sizeof *k->square);
  k->order = cr_alloc(t->n, sizeof *k->order);
  if (k->now == NULL || k->best == NULL || k->mean == NULL || k->square == NULL ||
      k->order == NULL) {
    return CR_ENOMEM;
  }
  const double share = t->settings->held_out;
  const cr_status status =
      cr_deal_rows(t->data, t->n, share, t->run->seed, k->id, &k->rows, NULL);
  if (status != CR_OK) return status;
  cr_start_weights(t->nodes, &t->shape, t->run->seed, k->id, base_odds(t, k), k->now);
  memcpy(k->best, k->now, n_weights * sizeof *k->best);
  k->best_loss = INFINITY;
  k->adam = cr_adam_start();
  shuffle(t, k);
  return CR_OK;
}

static void make_one(size_t id, int worker, void* data) {
  (void)worker;
  const training* t = data;
  t->nets[id].id = id;
  t->nets[id].made = make_net(t, &t->nets[id]);
}

static void encode_some(size_t item, int worker, void* data) {
  (void)worker;
  const training* t = data;
  const size_t first = item * ROWS_A_TASK, left = t->n - first;
  cr_nodes_encode(t->nodes, t->frame, first, left < ROWS_A_TASK ? left : ROWS_A_TASK,
                  t->cell + first * t->nodes->n_used);
}

// Cells of all rows, and networks at their start
static cr_status prepare(training* t, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n_nets = (size_t)t->settings->restarts;
  const size_t n_tasks = (t->n + ROWS_A_TASK - 1) / ROWS_A_TASK;
  CR_TRY(cr_team_for(t->run, n_tasks, encode_some, t, err));
  CR_TRY(cr_team_for(t->run, n_nets, make_one, t, err));
  for (size_t k = 0; k < n_nets; k++) {
    if (t->nets[k].made == CR_OK) continue;
    status = cr_fail(err, t->nets[k].made, "memory", "no memory for network %zu", k + 1);
    goto done;
  }

done:
  return status;
}

// ---- steps -----------------------------------------------------------------------

static void tabulate(const training* t, const net* k, float* gradient, float* table) {
  const size_t width = t->shape.width[0];
  cr_nodes_expand(t->nodes, &t->settings->scales, k->now, width, t->run->simd, gradient);
  cr_nodes_table(t->nodes, gradient, width, t->run->simd, table);
}

static void adapt(const training* t, net* k, const float* gradient) {
  const cr_shape* s = &t->shape;
  const float rate = cr_adam_rate(&k->adam, t->settings->rate);
  const float decay = (float)(t->settings->rate * t->settings->decay);
  for (size_t l = 0; l <= s->n_hidden; l++) {
    const size_t parts[] = {s->weight[l], s->bias[l], s->bias[l] + s->width[l]};
    for (size_t p = 0; p < 2; p++) {
      const size_t from = parts[p];
      cr_adam_step(gradient + from, parts[p + 1] - from, rate, p == 0 ? decay : 0.0F,
                   t->run->simd, k->mean + from, k->square + from, k->now + from);
    }
  }
}

static void learn_batch(const training* t, net* k, size_t member) {
  cr_layers* layers = &t->layers[member];
  float* gradient = t->gradient + member * t->shape.n_weights;
  float* table = t->table + member * 2 * t->shape.n_nodes * t->shape.width[0];
  const uint32_t* row = k->order + k->at;
  const size_t left = k->rows.n_learn - k->at;
  const size_t n = left < layers->batch ? left : layers->batch;
  const cr_dropout dropout = {.key = cr_rng_hash(t->run->seed, CR_FOR_DROPOUT, k->id),
                              .row = (uint64_t)k->epoch * k->rows.n_learn + k->at,
                              .share = t->settings->dropout};
  float slope[CR_BATCH_MAX];
  tabulate(t, k, gradient, table);
  cr_layers_forward(layers, t->nodes, k->now, table, t->cell, row, n, &dropout,
                    t->run->simd, slope);
  for (size_t i = 0; i < n; i++) {
    const double missed = cr_logistic((double)slope[i]) - (double)t->event[row[i]];
    slope[i] = (float)(row_weight(t, row[i]) * missed / (double)n);
  }
  cr_layers_backward(layers, t->nodes, &t->settings->scales, k->now, t->cell, row, n,
                     slope, t->run->simd, gradient);
  adapt(t, k, gradient);
  k->at += n;
}

static void judge_batch(const training* t, net* k, size_t member) {
  cr_layers* layers = &t->layers[member];
  float* table = t->table + member * 2 * t->shape.n_nodes * t->shape.width[0];
  const size_t done = k->at - k->rows.n_learn;
  const uint32_t* row = k->rows.held + done;
  const size_t n =
      k->rows.n_held - done < layers->batch ? k->rows.n_held - done : layers->batch;
  float log_odds[CR_BATCH_MAX];
  tabulate(t, k, t->gradient + member * t->shape.n_weights, table);
  cr_layers_forward(layers, t->nodes, k->now, table, t->cell, row, n, NULL, t->run->simd,
                    log_odds);
  for (size_t i = 0; i < n; i++) {
    const double eta = (double)log_odds[i];
    k->loss += held_weight(t, row[i]) * cr_softplus(t->event[row[i]] ? -eta : eta);
  }
  k->at += n;
}

static void end_epoch(const training* t, net* k) {
  k->epoch++;
  if (k->loss < k->best_loss) {
    k->best_loss = k->loss;
    k->best_epoch = k->epoch;
    memcpy(k->best, k->now, t->shape.n_weights * sizeof *k->best);
  }
  k->ended = k->epoch >= t->settings->epochs ||
             k->epoch - k->best_epoch >= t->settings->patience;
  k->loss = 0.0;
  k->at = 0;
  if (!k->ended) shuffle(t, k);
}

static void advance(const training* t, net* k, cr_worker* me) {
  const size_t member = (size_t)me->id;
  for (size_t s = 0; s < t->slice && !k->ended && !cr_team_must_stop(me); s++) {
    if (k->at < k->rows.n_learn) {
      learn_batch(t, k, member);
    } else {
      judge_batch(t, k, member);
    }
    if (k->at >= k->rows.n_learn + k->rows.n_held) end_epoch(t, k);
  }
}

// ---- fit -------------------------------------------------------------------------

static double share_done(const training* t) {
  double done = 0.0;
  for (int32_t k = 0; k < t->settings->restarts; k++) {
    const net* it = &t->nets[k];
    done += it->ended ? 1.0 : (double)it->epoch / (double)t->settings->epochs;
  }
  return done / (double)t->settings->restarts;
}

// Every network that has not ended gets a slice, from whoever is free; then all meet.
static void work(cr_worker* me, void* data) {
  training* t = data;
  const size_t n_nets = (size_t)t->settings->restarts;
  double done = 0.0;
  while (done < 1.0 && !cr_team_cancelled(me)) {
    size_t k;
    while (cr_team_next(me, &t->counter, n_nets, false, &k)) advance(t, &t->nets[k], me);
    cr_team_barrier(me);
    done = share_done(t);
    if (me->id == 0) {
      cr_counter_reset(&t->counter);
      cr_team_progress(me, done);
    }
    cr_team_barrier(me);
  }
}

static cr_status publish(const training* t, cr_mlp* mlp, cr_error* err) {
  const size_t n_nets = (size_t)t->settings->restarts, n_weights = t->shape.n_weights;
  mlp->weight = cr_alloc(n_nets * n_weights, sizeof *mlp->weight);
  mlp->epochs = cr_alloc(n_nets, sizeof *mlp->epochs);
  mlp->loss = cr_alloc(n_nets, sizeof *mlp->loss);
  if (mlp->weight == NULL || mlp->epochs == NULL || mlp->loss == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu networks", n_nets);
  }
  mlp->n_nets = n_nets;
  mlp->n_weights = n_weights;
  mlp->n_hidden = t->settings->n_hidden;
  memcpy(mlp->units, t->settings->units, sizeof mlp->units);
  for (size_t k = 0; k < n_nets; k++) {
    const net* from = &t->nets[k];
    float* to = mlp->weight + k * n_weights;
    double mass = 0.0;
    for (size_t i = 0; i < from->rows.n_held; i++)
      mass += held_weight(t, from->rows.held[i]);
    memcpy(to, from->best, n_weights * sizeof *to);
    cr_nodes_expand(t->nodes, &t->settings->scales, from->best, t->shape.width[0],
                    t->run->simd, to);
    mlp->epochs[k] = from->best_epoch;
    mlp->loss[k] = from->best_loss / mass;
  }
  return CR_OK;
}

static cr_status make_scratch(training* t, size_t n_members, cr_error* err) {
  const cr_shape* s = &t->shape;
  const size_t table = 2 * s->n_nodes * s->width[0];
  t->nets = cr_alloc_zero((size_t)t->settings->restarts, sizeof *t->nets);
  t->layers = cr_alloc_zero(n_members, sizeof *t->layers);
  t->table = cr_alloc_zero(n_members * table, sizeof *t->table);
  t->gradient = cr_alloc_zero(n_members * s->n_weights, sizeof *t->gradient);
  size_t n_cells = 0;
  if (cr_size_mul(t->n, t->nodes->n_used, &n_cells)) {
    t->cell = cr_alloc(n_cells, sizeof *t->cell);
  }
  if (t->nets == NULL || t->layers == NULL || t->table == NULL || t->gradient == NULL ||
      t->cell == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to train on %zu rows", t->n);
  }
  cr_status status = CR_OK;
  for (size_t m = 0; m < n_members && status == CR_OK; m++) {
    const size_t batch = (size_t)t->settings->batch;
    status = cr_layers_make(s, batch, 1, &t->layers[m], err);
  }
  return status;
}

// Steps of a slice, from a step's multiplications
static size_t slice_steps(const training* t) {
  const cr_shape* s = &t->shape;
  double row = 4.0 * (double)(t->nodes->n_used * s->width[0]);
  for (size_t l = 1; l <= s->n_hidden; l++) {
    row += 3.0 * (double)(s->width[l - 1] * s->width[l]);
  }
  const double step = row * (double)t->settings->batch + 8.0 * (double)s->n_weights;
  return step > SLICE ? 1 : (size_t)(SLICE / step);
}

cr_status cr_mlp_fit(const cr_nodes* nodes, const cr_frame* frame,
                     const cr_mlp_data* data, const cr_mlp_settings* settings,
                     const cr_run* run, cr_mlp* mlp, cr_error* err) {
  if (frame->n_rows > UINT32_MAX) {
    return cr_fail(err, CR_ELIMIT, "too_many_rows", "%zu rows; at most %u can be dealt",
                   frame->n_rows, UINT32_MAX);
  }
  cr_status status = CR_OK;
  const size_t n_nets = (size_t)settings->restarts;
  training t = {
      .nodes = nodes,
      .frame = frame,
      .data = data,
      .event = data->event,
      .mean_weight = 1.0,
      .settings = settings,
      .run = run,
      .shape = cr_layers_shape(nodes->n_nodes, settings->units, settings->n_hidden),
      .n = frame->n_rows};
  cr_run bounded = *run;
  if (n_nets < (size_t)cr_team_threads(run)) bounded.threads = settings->restarts;
  const size_t n_members = (size_t)cr_team_threads(&bounded);
  if (data->weight != NULL) t.mean_weight = cr_sum(data->weight, t.n) / (double)t.n;
  CR_TRY(make_scratch(&t, n_members, err));
  CR_TRY(prepare(&t, err));
  t.slice = slice_steps(&t);
  CR_TRY(cr_team_run(&bounded, work, &t, err));
  status = publish(&t, mlp, err);

done:
  for (size_t k = 0; t.nets != NULL && k < n_nets; k++) free_net(&t.nets[k]);
  for (size_t m = 0; t.layers != NULL && m < n_members; m++) cr_layers_free(&t.layers[m]);
  cr_free(t.nets);
  cr_free(t.layers);
  cr_free(t.table);
  cr_free(t.gradient);
  cr_free(t.cell);
  return status;
}
