#include "tree/draw.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tree/weigh.h"

#include "base/exact.h"

static const double GRADIENT_GRID = 1073741824.0;  // 2^30

static void draw_features(cr_fit* fit, size_t round) {
  const size_t p = fit->grower.codes->n_features;
  if (fit->settings->column_share >= 1.0) return;
  cr_rng rng = cr_rng_stream(fit->run->seed, CR_FOR_COLUMN_SAMPLE, round);
  const uint8_t* usable = fit->data->usable;
  size_t left = p;
  for (size_t j = 0; usable != NULL && j < p; j++) left -= !usable[j];
  size_t wanted = (size_t)((double)left * fit->settings->column_share + 0.5);
  if (wanted < 1) wanted = 1;
  // Selection sampling (Knuth, algorithm S): exactly `wanted` of those left.
  for (size_t j = 0; j < p; j++) {
    fit->feature_used[j] = 0;
    if (usable != NULL && !usable[j]) continue;
    const bool take = cr_rng_below(&rng, (uint32_t)left--) < wanted;
    fit->feature_used[j] = take;
    wanted -= take;
  }
}

void cr_draw_round(cr_fit* fit, size_t round) {
  fit->row_key = cr_rng_hash(fit->run->seed, CR_FOR_ROW_SAMPLE, round);
  atomic_store(&fit->root_gradient, 0);
  atomic_store(&fit->root_hessian, 0);
  atomic_store(&fit->root_count, 0);
  cr_counter_reset(&fit->weighing);
  cr_counter_reset(&fit->counting);
  cr_counter_reset(&fit->packing);
  draw_features(fit, round);
}

void cr_draw_units(cr_fit* fit) {
  const cr_loss_sums sums = {.absolute = atomic_load(&fit->sum_absolute),
                             .hessian = atomic_load(&fit->sum_hessian)};
  cr_split_rule* rule = &fit->grower.rule;
  fit->shift = cr_loss_choose(&sums, fit->weight_sum, fit->data->n_rows);
  rule->gradient_unit = (double)((int64_t)1 << fit->shift.gradient) / GRADIENT_GRID;
  rule->hessian_unit = (double)((int64_t)1 << fit->shift.hessian) / GRADIENT_GRID;
  rule->count_low = 0.0;
  rule->count_high = (double)UINT32_MAX + 1.0;
  if (fit->data->weight != NULL) return;
  rule->count_low =
      (double)cr_loss_hessian_quanta(atomic_load(&fit->lowest), fit->shift.hessian);
  rule->count_high =
      (double)cr_loss_hessian_quanta(atomic_load(&fit->highest), fit->shift.hessian);
}

uint64_t cr_draw_limit(double chance) {
  return (uint64_t)(chance * 18446744073709549568.0);
}

static bool is_drawn_by_size(const cr_fit* fit, uint32_t row, uint64_t number) {
  return number <= cr_draw_limit(cr_weigh_chance(fit, row));
}

// Gradient and hessian of a drawn row on the 2^-30 grid, as they count.
typedef struct {
  int64_t gradient, hessian;
} drawn_pair;

static drawn_pair weigh_pair(const cr_fit* fit, uint32_t row) {
  const double factor = 1.0 / cr_weigh_chance(fit, row);
  const drawn_pair pair = {cr_loss_weighted(fit->row[row].pair.gradient, factor),
                           cr_loss_weighted(fit->row[row].pair.hessian, factor)};
  return pair;
}

static cr_cell pack_row(const cr_fit* fit, uint32_t row) {
  drawn_pair pair = {fit->row[row].pair.gradient, fit->row[row].pair.hessian};
  if (fit->by_size) pair = weigh_pair(fit, row);
  int64_t g = cr_loss_quanta(pair.gradient, fit->shift.gradient);
  int64_t h = cr_loss_hessian_quanta(pair.hessian, fit->shift.hessian);
  if (fit->data->weight != NULL) {
    g = cr_loss_weighted(g, fit->data->weight[row]);
    h = cr_loss_weighted(h, fit->data->weight[row]);
    if (h < 1) h = 1;
  }
  return cr_cell_pack((int32_t)g, (uint32_t)h);
}

static size_t n_row_chunks(const cr_fit* fit) {
  return (fit->data->n_rows + CR_FIT_CHUNK - 1) / CR_FIT_CHUNK;
}

static size_t row_chunk_end(const cr_fit* fit, size_t chunk) {
  const size_t end = (chunk + 1) * CR_FIT_CHUNK;
  return end < fit->data->n_rows ? end : fit->data->n_rows;
}

// Adds what a drawn row will count to the sums that choose the units.
static void add_drawn(const cr_fit* fit, uint32_t row, cr_loss_sums* sums) {
  const drawn_pair pair = weigh_pair(fit, row);
  int64_t g = pair.gradient, h = pair.hessian;
  if (h < sums->lowest) sums->lowest = h;
  if (h > sums->highest) sums->highest = h;
  if (fit->data->weight != NULL) {
    g = cr_loss_weighted(g, fit->data->weight[row]);
    h = cr_loss_weighted(h, fit->data->weight[row]);
  }
  sums->absolute += g < 0 ? -g : g;
  sums->hessian += h;
}

// Which rows of a chunk are drawn: flags at their positions, and how many. A loop without
// branches, since a draw is close to a coin toss.
static size_t draw_uniform(const cr_fit* fit, size_t from, size_t to, uint8_t* flag) {
  const uint32_t* row = fit->data->row;
  const uint64_t key = fit->row_key, limit = fit->row_limit;
  size_t n = 0;
  for (size_t i = from; i < to; i++) {
    flag[i] = cr_rng_mix(key, row[i]) <= limit;
    n += flag[i];
  }
  return n;
}

static size_t draw_by_size(cr_fit* fit, size_t from, size_t to, uint8_t* flag) {
  cr_loss_sums sums = cr_loss_none();
  size_t n = 0;
  for (size_t i = from; i < to; i++) {
    const uint32_t row = fit->data->row[i];
    flag[i] = is_drawn_by_size(fit, row, cr_rng_mix(fit->row_key, row));
    n += flag[i];
    if (flag[i]) add_drawn(fit, row, &sums);
  }
  cr_fit_add_sums(fit, &sums);
  return n;
}

static void count_bag(cr_worker* me, cr_fit* fit) {
  uint8_t* flag = fit->grower.bag.flag;  // free until the first split
  size_t chunk;
  while (cr_team_next(me, &fit->counting, n_row_chunks(fit), false, &chunk)) {
    const size_t from = chunk * CR_FIT_CHUNK, to = row_chunk_end(fit, chunk);
    fit->chunk_bag[chunk] = fit->by_size ? draw_by_size(fit, from, to, flag)
                                         : draw_uniform(fit, from, to, flag);
  }
}

// Rows drawn by size count more than they are: the units follow what was drawn.
static void fit_units(cr_worker* me, cr_fit* fit) {
  if (!fit->by_size) return;
  if (me->id == 0) {
    cr_draw_units(fit);
    cr_fit_clear_sums(fit);
  }
  cr_team_barrier(me);
}

// Rows from .. to-1 of data->row go to the bag or to the riders. Both sides are written
// for every row, to buffers so that no other chunk's rows are touched: no branch.
static void list_rows(const cr_fit* fit, size_t from, size_t to, uint32_t* bag,
                      uint32_t* riders) {
  enum { BATCH = 1024 };
  uint32_t in[BATCH], out[BATCH];
  const uint8_t* flag = fit->grower.bag.flag;
  while (from < to) {
    const size_t n = to - from < BATCH ? to - from : BATCH;
    size_t n_in = 0, n_out = 0;
    for (size_t i = from; i < from + n; i++) {
      in[n_in] = out[n_out] = fit->data->row[i];
      n_in += flag[i];
      n_out += 1 - (size_t)flag[i];
    }
    memcpy(bag, in, n_in * sizeof *bag);
    memcpy(riders, out, n_out * sizeof *riders);
    bag += n_in;
    riders += n_out;
    from += n;
  }
}

// The usual case of pack_row(), without its branches.
static void pack_plain(const cr_fit* fit, const uint32_t* row, size_t n, cr_cell* cell) {
  const cr_fit_row* rows = fit->row;
  const cr_loss_shift shift = fit->shift;
  for (size_t i = 0; i < n; i++) {
    const cr_loss_pair pair = rows[row[i]].pair;
    const int64_t g = cr_loss_quanta(pair.gradient, shift.gradient);
    const int64_t h = cr_loss_hessian_quanta(pair.hessian, shift.hessian);
    cell[i] = cr_cell_pack((int32_t)g, (uint32_t)h);
  }
}

static void pack_rows(cr_fit* fit, const uint32_t* row, size_t n, cr_cell* cell) {
  int64_t total_hessian = 0, total_gradient = 0, count = (int64_t)n;
  if (fit->by_size || fit->data->weight != NULL) {
    for (size_t i = 0; i < n; i++) cell[i] = pack_row(fit, row[i]);
  } else {
    pack_plain(fit, row, n, cell);
  }
  for (size_t i = 0; i < n; i++) {
    total_gradient += cr_cell_gradient(cell[i]);
    total_hessian += cr_cell_hessian(cell[i]);
  }
  if (fit->row_count != NULL) {
    count = 0;
    for (size_t i = 0; i < n; i++) count += fit->row_count[row[i]];
  }
  cr_fit_add(&fit->root_gradient, total_gradient);
  cr_fit_add(&fit->root_hessian, total_hessian);
  cr_fit_add(&fit->root_count, count);
}

// Fills the lists of rows for one tree: the bag, and the riders behind each other:
// rows left out of the bag, then held-out rows.
static void pack_bag(cr_worker* me, cr_fit* fit) {
  cr_rows *bag = &fit->grower.bag, *riders = &fit->grower.riders;
  size_t chunk;
  while (cr_team_next(me, &fit->packing, n_row_chunks(fit), false, &chunk)) {
    const size_t from = chunk * CR_FIT_CHUNK, to = row_chunk_end(fit, chunk);
    size_t at = from;
    if (fit->sampled) {
      at = 0;
      for (size_t c = 0; c < chunk; c++) at += fit->chunk_bag[c];
    }
    uint32_t* rows = bag->row[0] + at;
    size_t n = to - from;
    if (fit->sampled) {
      n = fit->chunk_bag[chunk];
      list_rows(fit, from, to, rows, riders->row[0] + (from - at));
    } else {
      memcpy(rows, fit->data->row + from, n * sizeof *rows);
    }
    pack_rows(fit, rows, n, bag->cell[0] + at);
  }
}

static void size_lists(cr_fit* fit) {
  size_t n = fit->data->n_rows;
  if (fit->sampled) {
    n = 0;
    for (size_t c = 0; c < n_row_chunks(fit); c++) n += fit->chunk_bag[c];
  }
  fit->grower.n_bag = n;
  fit->grower.n_riders = fit->data->n_rows - n + fit->data->n_held;
  if (fit->data->n_held == 0) return;
  memcpy(fit->grower.riders.row[0] + (fit->data->n_rows - n), fit->data->held_row,
         fit->data->n_held * sizeof *fit->data->held_row);
}

void cr_draw_rows(cr_worker* me, cr_fit* fit) {
  if (fit->sampled) {
    cr_weigh_rows(me, fit);
    if (cr_team_cancelled(me)) return;
    count_bag(me, fit);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;  // the counts may not be complete
    fit_units(me, fit);
  }
  pack_bag(me, fit);
  if (me->id == 0) size_lists(fit);
}

cr_split_node cr_draw_root(const cr_fit* fit) {
  const cr_split_node root = {
      .total = cr_cell_pack((int32_t)atomic_load(&fit->root_gradient),
                            (uint32_t)atomic_load(&fit->root_hessian)),
      .count = atomic_load(&fit->root_count),
      .low = -INFINITY,
      .high = INFINITY};
  return root;
}
