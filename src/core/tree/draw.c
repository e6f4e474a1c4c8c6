#include "tree/draw.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

#include "base/exact.h"

static void draw_features(cr_fit* fit, size_t round) {
  const size_t p = fit->grower.codes->n_features;
  if (fit->settings->column_share >= 1.0) return;
  cr_rng rng = cr_rng_stream(fit->run->seed, CR_FOR_COLUMN_SAMPLE, round);
  size_t wanted = (size_t)((double)p * fit->settings->column_share + 0.5);
  if (wanted < 1) wanted = 1;
  // Selection sampling (Knuth, algorithm S): exactly `wanted` of p.
  for (size_t j = 0; j < p; j++) {
    const bool take = cr_rng_below(&rng, (uint32_t)(p - j)) < wanted;
    fit->feature_used[j] = take;
    wanted -= take;
  }
}

void cr_draw_round(cr_fit* fit, size_t round) {
  fit->row_key = cr_rng_hash(fit->run->seed, CR_FOR_ROW_SAMPLE, round);
  atomic_store(&fit->root_gradient, 0);
  atomic_store(&fit->root_hessian, 0);
  atomic_store(&fit->root_count, 0);
  cr_counter_reset(&fit->counting);
  cr_counter_reset(&fit->packing);
  draw_features(fit, round);
}

static bool in_bag(const cr_fit* fit, uint32_t row) {
  return !fit->sampled || cr_rng_mix(fit->row_key, row) <= fit->row_limit;
}

static cr_cell pack_row(const cr_fit* fit, uint32_t row) {
  int64_t g = cr_loss_quanta(fit->row[row].pair.gradient, fit->shift.gradient);
  int64_t h = cr_loss_hessian_quanta(fit->row[row].pair.hessian, fit->shift.hessian);
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

static void count_bag(cr_worker* me, cr_fit* fit) {
  size_t chunk;
  while (cr_team_next(me, &fit->counting, n_row_chunks(fit), false, &chunk)) {
    size_t n = 0;
    for (size_t i = chunk * CR_FIT_CHUNK; i < row_chunk_end(fit, chunk); i++) {
      n += in_bag(fit, fit->data->row[i]);
    }
    fit->chunk_bag[chunk] = n;
  }
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
    size_t rider_at = from - at;
    cr_cell total_hessian = 0, total_gradient = 0;
    int64_t count = 0;
    for (size_t i = from; i < to; i++) {
      const uint32_t row = fit->data->row[i];
      if (!in_bag(fit, row)) {
        riders->row[0][rider_at++] = row;
        continue;
      }
      const cr_cell cell = pack_row(fit, row);
      bag->row[0][at] = row;
      bag->cell[0][at++] = cell;
      total_gradient += cr_cell_gradient(cell);
      total_hessian += cr_cell_hessian(cell);
      count += fit->row_count == NULL ? 1 : fit->row_count[row];
    }
    cr_fit_add(&fit->root_gradient, total_gradient);
    cr_fit_add(&fit->root_hessian, total_hessian);
    cr_fit_add(&fit->root_count, count);
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
    count_bag(me, fit);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;  // the counts may not be complete
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
