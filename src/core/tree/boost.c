#include "tree/boost.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/xmath.h"
#include "tree/grow.h"
#include "tree/loss.h"

#include "base/exact.h"

enum { CHUNK = 8192, WEIGHT_UNITS = 65536 };
enum { LEARN = 1, HELD = 2 };

// Grids of the sums kept in integers.
static const double LOSS_GRID = 4294967296.0;      // 2^32
static const double GRADIENT_GRID = 1073741824.0;  // 2^30

typedef struct {
  bool rider;
  int leaf;
  size_t from, to;
} piece;

// Shared by the team for one fit. Written by all only through atomics or at indices
// of their own; the rest by member 0 between barriers.
typedef struct {
  const cr_boost_data* data;
  const cr_boost_settings* settings;
  const cr_run* run;
  cr_boost* boost;
  cr_grower grower;

  double* score;
  int32_t *gradient, *hessian;
  uint8_t* role;       // LEARN or HELD by row
  int64_t* row_count;  // NULL when unweighted
  double weight_sum;
  uint8_t* feature_used;
  size_t* chunk_bag;  // rows of a chunk that are in the bag
  piece* pieces;
  size_t n_pieces;

  _Atomic int64_t sum_absolute, sum_hessian, lowest, highest, held_loss;
  _Atomic int64_t root_gradient_quanta, root_hessian_quanta, root_count;
  _Atomic int64_t *leaf_gradient, *leaf_hessian;
  cr_loss_shift shift;
  uint64_t row_key, row_limit;
  bool sampled;
  cr_counter counting, packing, summing, updating;

  size_t best_round;
  bool finished;
  cr_error* err;
} fit;

void cr_boost_free(cr_boost* boost) {
  cr_trees_free(&boost->trees);
  cr_free(boost->held_loss);
  memset(boost, 0, sizeof *boost);
}

static void add(_Atomic int64_t* sum, int64_t value) {
  atomic_fetch_add_explicit(sum, value, memory_order_relaxed);
}

static void lower(_Atomic int64_t* least, int64_t value) {
  int64_t seen = atomic_load(least);
  while (value < seen && !atomic_compare_exchange_weak(least, &seen, value)) {
  }
}

static void raise_to(_Atomic int64_t* most, int64_t value) {
  int64_t seen = atomic_load(most);
  while (value > seen && !atomic_compare_exchange_weak(most, &seen, value)) {
  }
}

// ---- gradients ----

static void add_sums(fit* f, const cr_loss_sums* sums) {
  add(&f->sum_absolute, sums->absolute);
  add(&f->sum_hessian, sums->hessian);
  lower(&f->lowest, sums->lowest);
  raise_to(&f->highest, sums->highest);
}

static void clear_sums(fit* f) {
  atomic_store(&f->sum_absolute, 0);
  atomic_store(&f->sum_hessian, 0);
  atomic_store(&f->lowest, INT64_MAX);
  atomic_store(&f->highest, 0);
  atomic_store(&f->held_loss, 0);
}

// New gradient of a training row, and its part of the sums.
static void refresh_row(fit* f, uint32_t row, cr_loss_sums* sums) {
  int32_t g, h;
  cr_loss_row(f->score[row], f->data->event[row], &g, &h);
  f->gradient[row] = g;
  f->hessian[row] = h;
  const int64_t size = g < 0 ? -(int64_t)g : g;
  if (f->data->weight == NULL) {
    sums->absolute += size;
    sums->hessian += h;
  } else {
    sums->absolute += cr_loss_weighted(size, f->data->weight[row]);
    sums->hessian += cr_loss_weighted(h, f->data->weight[row]);
  }
  if (h < sums->lowest) sums->lowest = h;
  if (h > sums->highest) sums->highest = h;
}

static int64_t held_row_loss(const fit* f, uint32_t row) {
  const double s = f->score[row];
  const double loss = cr_softplus(f->data->event[row] ? -s : s);
  const double weight = f->data->weight == NULL ? 1.0 : f->data->weight[row];
  return (int64_t)(loss * weight * LOSS_GRID + 0.5);
}

// ---- the bag ----

static bool in_bag(const fit* f, uint32_t row) {
  return !f->sampled || cr_rng_mix(f->row_key, row) <= f->row_limit;
}

static cr_cell pack_row(const fit* f, uint32_t row) {
  int64_t g = cr_loss_gradient_quanta(f->gradient[row], f->shift.gradient);
  int64_t h = cr_loss_hessian_quanta(f->hessian[row], f->shift.hessian);
  if (f->data->weight != NULL) {
    g = cr_loss_weighted(g, f->data->weight[row]);
    h = cr_loss_weighted(h, f->data->weight[row]);
    if (h < 1) h = 1;
  }
  return cr_cell_pack((int32_t)g, (uint32_t)h);
}

static size_t n_row_chunks(const fit* f) { return (f->data->n_rows + CHUNK - 1) / CHUNK; }

static size_t row_chunk_end(const fit* f, size_t chunk) {
  const size_t end = (chunk + 1) * CHUNK;
  return end < f->data->n_rows ? end : f->data->n_rows;
}

static void count_bag(cr_worker* me, fit* f) {
  size_t chunk;
  while (f->sampled && cr_team_next(me, &f->counting, n_row_chunks(f), false, &chunk)) {
    size_t n = 0;
    for (size_t i = chunk * CHUNK; i < row_chunk_end(f, chunk); i++) {
      n += in_bag(f, f->data->row[i]);
    }
    f->chunk_bag[chunk] = n;
  }
}

// Fills the lists of rows for one tree: the bag, and the riders behind each other:
// rows left out of the bag, then held-out rows.
static void pack_bag(cr_worker* me, fit* f) {
  cr_rows *bag = &f->grower.bag, *riders = &f->grower.riders;
  size_t chunk;
  while (cr_team_next(me, &f->packing, n_row_chunks(f), false, &chunk)) {
    const size_t from = chunk * CHUNK, to = row_chunk_end(f, chunk);
    size_t at = from;
    if (f->sampled) {
      at = 0;
      for (size_t c = 0; c < chunk; c++) at += f->chunk_bag[c];
    }
    size_t rider_at = from - at;
    cr_cell total_hessian = 0, total_gradient = 0;
    int64_t count = 0;
    for (size_t i = from; i < to; i++) {
      const uint32_t row = f->data->row[i];
      if (!in_bag(f, row)) {
        riders->row[0][rider_at++] = row;
        continue;
      }
      const cr_cell cell = pack_row(f, row);
      bag->row[0][at] = row;
      bag->cell[0][at++] = cell;
      total_gradient += cr_cell_gradient(cell);
      total_hessian += cr_cell_hessian(cell);
      count += f->row_count == NULL ? 1 : f->row_count[row];
    }
    add(&f->root_gradient_quanta, total_gradient);
    add(&f->root_hessian_quanta, total_hessian);
    add(&f->root_count, count);
  }
}

// ---- leaf values and scores ----

static void list_pieces(fit* f) {
  f->n_pieces = 0;
  for (int l = 0; l < f->grower.n_leaves; l++) {
    const cr_leaf* leaf = &f->grower.leaves[l];
    for (int rider = 0; rider <= 1; rider++) {
      const size_t start = rider ? leaf->rider_start : leaf->start;
      const size_t n = rider ? leaf->rider_n : leaf->n;
      for (size_t at = 0; at < n; at += CHUNK) {
        const size_t end = n - at < CHUNK ? n : at + CHUNK;
        f->pieces[f->n_pieces++] = (piece){rider, l, start + at, start + end};
      }
    }
    atomic_store(&f->leaf_gradient[l], 0);
    atomic_store(&f->leaf_hessian[l], 0);
  }
}

static const uint32_t* piece_rows(const fit* f, const piece* p) {
  const cr_rows* rows = p->rider ? &f->grower.riders : &f->grower.bag;
  return rows->row[f->grower.leaves[p->leaf].buffer];
}

static void sum_leaves(cr_worker* me, fit* f) {
  size_t item;
  while (cr_team_next(me, &f->summing, f->n_pieces, false, &item)) {
    const piece* p = &f->pieces[item];
    if (p->rider) continue;
    const uint32_t* row = piece_rows(f, p);
    int64_t g = 0, h = 0;
    for (size_t i = p->from; i < p->to; i++) {
      const uint32_t r = row[i];
      if (f->data->weight == NULL) {
        g += f->gradient[r];
        h += f->hessian[r];
      } else {
        g += cr_loss_weighted(f->gradient[r], f->data->weight[r]);
        h += cr_loss_weighted(f->hessian[r], f->data->weight[r]);
      }
    }
    add(&f->leaf_gradient[p->leaf], g);
    add(&f->leaf_hessian[p->leaf], h);
  }
}

// The Newton step from exact sums, not from the coarser cells of the histogram.
static double leaf_value(const fit* f, int leaf) {
  const double g = (double)atomic_load(&f->leaf_gradient[leaf]) / GRADIENT_GRID;
  const double h = (double)atomic_load(&f->leaf_hessian[leaf]) / GRADIENT_GRID;
  return -f->settings->rate * g / (h + f->settings->l2);
}

static void update_scores(cr_worker* me, fit* f) {
  size_t item;
  while (cr_team_next(me, &f->updating, f->n_pieces, false, &item)) {
    const piece* p = &f->pieces[item];
    const uint32_t* row = piece_rows(f, p);
    const double value = leaf_value(f, p->leaf);
    cr_loss_sums sums = {.lowest = INT64_MAX};
    int64_t loss = 0;
    for (size_t i = p->from; i < p->to; i++) {
      f->score[row[i]] += value;
      if (f->role[row[i]] == LEARN) {
        refresh_row(f, row[i], &sums);
      } else {
        loss += held_row_loss(f, row[i]);
      }
    }
    add_sums(f, &sums);
    add(&f->held_loss, loss);
  }
}

// ---- rounds, on member 0 between barriers ----

static void draw_features(fit* f, size_t round) {
  const size_t p = f->grower.codes->n_features;
  if (f->settings->column_share >= 1.0) return;
  cr_rng rng = cr_rng_stream(f->run->seed, CR_FOR_COLUMN_SAMPLE, round);
  size_t wanted = (size_t)((double)p * f->settings->column_share + 0.5);
  if (wanted < 1) wanted = 1;
  // Selection sampling (Knuth, algorithm S): exactly `wanted` of p.
  for (size_t j = 0; j < p; j++) {
    const bool take = cr_rng_below(&rng, (uint32_t)(p - j)) < wanted;
    f->feature_used[j] = take;
    wanted -= take;
  }
}

static void start_round(cr_worker* me, fit* f, size_t round) {
  const cr_loss_sums sums = {.absolute = atomic_load(&f->sum_absolute),
                             .hessian = atomic_load(&f->sum_hessian)};
  cr_split_rule* rule = &f->grower.rule;
  f->shift = cr_loss_choose(&sums, f->weight_sum, f->data->n_rows);
  rule->gradient_unit = (double)((int64_t)1 << f->shift.gradient) / GRADIENT_GRID;
  rule->hessian_unit = (double)((int64_t)1 << f->shift.hessian) / GRADIENT_GRID;
  rule->count_low = 0.0;
  rule->count_high = (double)UINT32_MAX + 1.0;
  if (f->data->weight == NULL) {
    rule->count_low = (double)cr_loss_hessian_quanta((int32_t)atomic_load(&f->lowest),
                                                     f->shift.hessian);
    rule->count_high = (double)cr_loss_hessian_quanta((int32_t)atomic_load(&f->highest),
                                                      f->shift.hessian);
  }
  f->row_key = cr_rng_hash(f->run->seed, CR_FOR_ROW_SAMPLE, round);
  draw_features(f, round);
  clear_sums(f);
  atomic_store(&f->root_gradient_quanta, 0);
  atomic_store(&f->root_hessian_quanta, 0);
  atomic_store(&f->root_count, 0);
  cr_counter_reset(&f->counting);
  cr_counter_reset(&f->packing);
  cr_counter_reset(&f->summing);
  cr_counter_reset(&f->updating);

  const size_t leaves = (size_t)f->settings->max_leaves;
  const cr_status status =
      cr_trees_reserve(&f->boost->trees, 2 * leaves - 1, leaves - 1, f->err);
  if (status != CR_OK) cr_team_abort(me, status);
  cr_team_progress(me, (double)round / f->settings->trees);
}

// All members get here with the bag packed; member 0 sets its size.
static cr_split_node root_of(const fit* f) {
  const cr_split_node root = {
      .total = cr_cell_pack((int32_t)atomic_load(&f->root_gradient_quanta),
                            (uint32_t)atomic_load(&f->root_hessian_quanta)),
      .count = atomic_load(&f->root_count)};
  return root;
}

static void size_lists(fit* f) {
  size_t n = f->data->n_rows;
  if (f->sampled) {
    n = 0;
    for (size_t c = 0; c < n_row_chunks(f); c++) n += f->chunk_bag[c];
  }
  f->grower.n_bag = n;
  f->grower.n_riders = f->data->n_rows - n + f->data->n_held;
  if (f->data->n_held == 0) return;
  memcpy(f->grower.riders.row[0] + (f->data->n_rows - n), f->data->held_row,
         f->data->n_held * sizeof *f->data->held_row);
}

static void write_values(fit* f) {
  cr_trees* trees = &f->boost->trees;
  const size_t first = (size_t)trees->tree_start[trees->n_trees - 1];
  for (int l = 0; l < f->grower.n_leaves; l++) {
    trees->value[first + (size_t)f->grower.leaves[l].node] = leaf_value(f, l);
  }
}

static void finish_round(fit* f, size_t round) {
  write_values(f);
  f->boost->n_rounds = round + 1;
  if (f->data->n_held > 0) {
    double* loss = f->boost->held_loss;
    loss[round] = (double)atomic_load(&f->held_loss) / LOSS_GRID;
    if (loss[round] < loss[f->best_round]) f->best_round = round;
    const bool stale = round - f->best_round >= (size_t)f->settings->patience;
    if (f->settings->patience > 0 && stale) f->finished = true;
  } else {
    f->best_round = round;
  }
  if (round + 1 == (size_t)f->settings->trees) f->finished = true;
}

static void work(cr_worker* me, void* data) {
  fit* f = data;
  for (size_t round = 0;; round++) {
    if (me->id == 0) start_round(me, f, round);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    count_bag(me, f);
    cr_team_barrier(me);
    pack_bag(me, f);
    if (me->id == 0) size_lists(f);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    const cr_split_node root = root_of(f);
    cr_grow_tree(me, &f->grower, &root, &f->boost->trees);
    if (cr_team_cancelled(me)) return;
    if (me->id == 0) list_pieces(f);
    cr_team_barrier(me);
    sum_leaves(me, f);
    cr_team_barrier(me);
    update_scores(me, f);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    if (me->id == 0) finish_round(f, round);
    cr_team_barrier(me);
    if (f->finished) return;
  }
}

// ---- set-up ----

static cr_status allocate(fit* f, const cr_codes* codes, const cr_bins* bins,
                          cr_error* err) {
  const cr_boost_data* data = f->data;
  const size_t n = codes->n_rows, leaves = (size_t)f->settings->max_leaves;
  const size_t n_riders = data->n_held + (f->sampled ? data->n_rows : 0);
  const cr_grow_limits limits = {f->settings->max_leaves, f->settings->max_depth};
  f->score = cr_alloc(n, sizeof *f->score);
  f->gradient = cr_alloc(n, sizeof *f->gradient);
  f->hessian = cr_alloc(n, sizeof *f->hessian);
  f->role = cr_alloc_zero(n, sizeof *f->role);
  if (data->weight != NULL) f->row_count = cr_alloc_zero(n, sizeof *f->row_count);
  f->feature_used = cr_alloc(codes->n_features, sizeof *f->feature_used);
  f->chunk_bag = cr_alloc(n_row_chunks(f) + 1, sizeof *f->chunk_bag);
  f->pieces =
      cr_alloc((data->n_rows + data->n_held) / CHUNK + 2 * leaves + 2, sizeof *f->pieces);
  f->leaf_gradient = cr_alloc(leaves, sizeof *f->leaf_gradient);
  f->leaf_hessian = cr_alloc(leaves, sizeof *f->leaf_hessian);
  f->boost->held_loss =
      cr_alloc_zero((size_t)f->settings->trees, sizeof *f->boost->held_loss);
  if (f->score == NULL || f->gradient == NULL || f->hessian == NULL || f->role == NULL ||
      (data->weight != NULL && f->row_count == NULL) || f->feature_used == NULL ||
      f->chunk_bag == NULL || f->pieces == NULL || f->leaf_gradient == NULL ||
      f->leaf_hessian == NULL || f->boost->held_loss == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to boost %zu rows", n);
  }
  return cr_grower_make(codes, bins, &limits, data->n_rows, n_riders,
                        cr_team_threads(f->run), &f->grower, err);
}

static void release(fit* f) {
  cr_grower_free(&f->grower);
  cr_free(f->score);
  cr_free(f->gradient);
  cr_free(f->hessian);
  cr_free(f->role);
  cr_free(f->row_count);
  cr_free(f->feature_used);
  cr_free(f->chunk_bag);
  cr_free(f->pieces);
  cr_free((void*)f->leaf_gradient);
  cr_free((void*)f->leaf_hessian);
}

// Roles, counts and the starting log-odds, from integer sums.
static cr_status start_fit(fit* f, cr_error* err) {
  const cr_boost_data* data = f->data;
  int64_t count = 0, events = 0;
  for (size_t i = 0; i < data->n_rows; i++) {
    const uint32_t row = data->row[i];
    int64_t units = 1;
    f->role[row] = LEARN;
    if (f->row_count != NULL) {
      units = cr_loss_weighted(WEIGHT_UNITS, data->weight[row]);
      f->row_count[row] = units;
    }
    count += units;
    if (data->event[row]) events += units;
  }
  if (events == 0 || events == count) {
    return cr_fail(err, CR_EINPUT, "one_class", "the training rows have one class only");
  }
  const double unit = f->row_count == NULL ? 1.0 : WEIGHT_UNITS;
  f->weight_sum = (double)count / unit;
  f->boost->base = cr_logit((double)events / (double)count);
  cr_split_rule* rule = &f->grower.rule;
  rule->l2 = f->settings->l2;
  rule->min_gain = f->settings->min_gain;
  rule->min_count = (int64_t)(f->settings->min_leaf * unit + 0.5);
  if (rule->min_count < 1) rule->min_count = 1;
  f->grower.row_count = f->row_count;
  if (f->settings->column_share < 1.0) f->grower.feature_used = f->feature_used;
  f->row_limit = (uint64_t)(f->settings->row_share * 18446744073709549568.0);

  clear_sums(f);
  cr_loss_sums sums = {.lowest = INT64_MAX};
  for (size_t i = 0; i < data->n_held; i++) {
    f->role[data->held_row[i]] = HELD;
    f->score[data->held_row[i]] = f->boost->base;
  }
  for (size_t i = 0; i < data->n_rows; i++) {
    f->score[data->row[i]] = f->boost->base;
    refresh_row(f, data->row[i], &sums);
  }
  add_sums(f, &sums);
  return CR_OK;
}

// Keeps the trees up to the best round; covers and losses in the user's units.
static void finish_fit(fit* f) {
  cr_trees* trees = &f->boost->trees;
  trees->n_trees = f->best_round + 1;
  trees->n_nodes = (size_t)trees->tree_start[trees->n_trees];
  if (f->row_count != NULL) {
    for (size_t i = 0; i < trees->n_nodes; i++) trees->cover[i] /= WEIGHT_UNITS;
  }
  double held_weight = 0.0;
  for (size_t i = 0; i < f->data->n_held; i++) {
    held_weight += f->data->weight == NULL ? 1.0 : f->data->weight[f->data->held_row[i]];
  }
  for (size_t r = 0; r < f->boost->n_rounds && f->data->n_held > 0; r++) {
    f->boost->held_loss[r] /= held_weight;
  }
}

cr_status cr_boost_fit(const cr_codes* codes, const cr_bins* bins,
                       const cr_boost_data* data, const cr_boost_settings* settings,
                       const cr_run* run, cr_boost* boost, cr_error* err) {
  cr_status status = CR_OK;
  fit f = {.data = data, .settings = settings, .run = run, .boost = boost, .err = err};
  f.sampled = settings->row_share < 1.0;
  CR_TRY(allocate(&f, codes, bins, err));
  CR_TRY(start_fit(&f, err));
  CR_TRY(cr_team_run(run, work, &f, err));
  finish_fit(&f);

done:
  release(&f);
  if (status != CR_OK) cr_boost_free(boost);
  return status;
}
