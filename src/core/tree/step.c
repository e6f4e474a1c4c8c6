#include "tree/step.h"

#include <string.h>

#include "base/xmath.h"
#include "metric/auc.h"

#include "base/exact.h"

// Grids of the sums kept in integers.
static const double LOSS_GRID = 4294967296.0;      // 2^32
static const double GRADIENT_GRID = 1073741824.0;  // 2^30

void cr_step_list(cr_fit* fit) {
  fit->n_pieces = 0;
  for (int l = 0; l < fit->grower.n_leaves; l++) {
    const cr_leaf* leaf = &fit->grower.leaves[l];
    for (int rider = 0; rider <= 1; rider++) {
      const size_t start = rider ? leaf->rider_start : leaf->start;
      const size_t n = rider ? leaf->rider_n : leaf->n;
      for (size_t at = 0; at < n; at += CR_FIT_CHUNK) {
        const size_t end = n - at < CR_FIT_CHUNK ? n : at + CR_FIT_CHUNK;
        fit->pieces[fit->n_pieces++] = (cr_fit_piece){rider, l, start + at, start + end};
      }
    }
    atomic_store(&fit->leaf_gradient[l], 0);
    atomic_store(&fit->leaf_hessian[l], 0);
  }
}

static const uint32_t* piece_rows(const cr_fit* fit, const cr_fit_piece* p) {
  const cr_rows* rows = p->rider ? &fit->grower.riders : &fit->grower.bag;
  return rows->row[fit->grower.leaves[p->leaf].buffer];
}

// Over the rows in the bag; when they were drawn by size, which suits the search for
// splits and not the value of a leaf, over all training rows.
static void sum_leaves(cr_worker* me, cr_fit* fit) {
  size_t item;
  while (cr_team_next(me, &fit->summing, fit->n_pieces, false, &item)) {
    const cr_fit_piece* p = &fit->pieces[item];
    if (p->rider && !fit->by_size) continue;
    const uint32_t* row = piece_rows(fit, p);
    int64_t g = 0, h = 0;
    for (size_t i = p->from; i < p->to; i++) {
      const uint32_t r = row[i];
      if (p->rider && fit->role[r] & CR_FIT_HELD) continue;
      if (fit->data->weight == NULL) {
        g += fit->row[r].pair.gradient;
        h += fit->row[r].pair.hessian;
      } else {
        g += cr_loss_weighted(fit->row[r].pair.gradient, fit->data->weight[r]);
        h += cr_loss_weighted(fit->row[r].pair.hessian, fit->data->weight[r]);
      }
    }
    cr_fit_add(&fit->leaf_gradient[p->leaf], g);
    cr_fit_add(&fit->leaf_hessian[p->leaf], h);
  }
}

// The Newton step from exact sums, not from the coarser cells of the histogram.
double cr_step_value(const cr_fit* fit, int leaf) {
  const cr_split_node* node = &fit->grower.leaves[leaf].sums;
  const double g = (double)atomic_load(&fit->leaf_gradient[leaf]) / GRADIENT_GRID;
  const double h = (double)atomic_load(&fit->leaf_hessian[leaf]) / GRADIENT_GRID;
  return fit->settings->rate *
         cr_split_value(&fit->grower.rule, g, h, node->low, node->high);
}

// Up to CR_LOSS_ROWS training rows: `value` more log-odds, new gradients.
static void update_rows(cr_fit* fit, const uint32_t* row, size_t n, double value,
                        cr_loss_sums* sums) {
  double score[CR_LOSS_ROWS], event[CR_LOSS_ROWS];
  cr_loss_pair pair[CR_LOSS_ROWS];
  cr_loss_sums plain = cr_loss_none();
  for (size_t i = 0; i < n; i++) {
    score[i] = fit->row[row[i]].score + value;
    event[i] = fit->role[row[i]] & CR_FIT_EVENT;
  }
  cr_loss_rows(score, event, n, fit->run->simd, pair, &plain);
  for (size_t i = 0; i < n; i++) {
    fit->row[row[i]].score = score[i];
    fit->row[row[i]].pair = pair[i];
  }
  if (fit->data->weight != NULL) {
    plain.absolute = plain.hessian = 0;
    for (size_t i = 0; i < n; i++) {
      const double weight = fit->data->weight[row[i]];
      const int64_t g = pair[i].gradient;
      plain.absolute += cr_loss_weighted(g < 0 ? -g : g, weight);
      plain.hessian += cr_loss_weighted(pair[i].hessian, weight);
    }
  }
  sums->absolute += plain.absolute;
  sums->hessian += plain.hessian;
  if (plain.lowest < sums->lowest) sums->lowest = plain.lowest;
  if (plain.highest > sums->highest) sums->highest = plain.highest;
}

// Up to CR_LOSS_ROWS held-out rows, of one set or both: `value` more log-odds. Their
// losses are added up by set.
static void update_held(cr_fit* fit, const uint32_t* row, size_t n, double value) {
  double margin[CR_LOSS_ROWS];
  int64_t sum[2] = {0, 0};
  for (size_t i = 0; i < n; i++) {
    const double score = fit->row[row[i]].score + value;
    fit->row[row[i]].score = score;
    margin[i] = fit->role[row[i]] & CR_FIT_EVENT ? -score : score;
  }
  if (fit->settings->stop_by_area) return;
  cr_softplus_n(margin, margin, n, fit->run->simd);
  for (size_t i = 0; i < n; i++) {
    const double loss = margin[i] * cr_fit_held_weight(fit, row[i]);
    sum[(fit->role[row[i]] & CR_FIT_SECOND) != 0] += (int64_t)(loss * LOSS_GRID + 0.5);
  }
  for (int s = 0; s < fit->n_held_sets; s++) cr_fit_add(&fit->held[s].loss, sum[s]);
}

// Riders: training rows left out of the bag and held-out rows, which only add up loss.
static void update_riders(cr_fit* fit, const uint32_t* row, size_t n, double value,
                          cr_loss_sums* sums) {
  uint32_t learn[CR_LOSS_ROWS], held[CR_LOSS_ROWS];
  size_t n_learn = 0, n_held = 0;
  for (size_t i = 0; i < n; i++) {
    if (fit->role[row[i]] & CR_FIT_HELD) {
      held[n_held++] = row[i];
    } else {
      learn[n_learn++] = row[i];
    }
  }
  if (n_learn > 0) update_rows(fit, learn, n_learn, value, sums);
  if (n_held > 0) update_held(fit, held, n_held, value);
}

static void update_scores(cr_worker* me, cr_fit* fit) {
  size_t item;
  while (cr_team_next(me, &fit->updating, fit->n_pieces, false, &item)) {
    const cr_fit_piece* p = &fit->pieces[item];
    const uint32_t* row = piece_rows(fit, p);
    const double value = cr_step_value(fit, p->leaf);
    cr_loss_sums sums = cr_loss_none();
    for (size_t from = p->from; from < p->to; from += CR_LOSS_ROWS) {
      const size_t n = p->to - from < CR_LOSS_ROWS ? p->to - from : CR_LOSS_ROWS;
      (p->rider ? update_riders : update_rows)(fit, row + from, n, value, &sums);
    }
    cr_fit_add_sums(fit, &sums);
  }
}

void cr_step_update(cr_worker* me, cr_fit* fit) {
  sum_leaves(me, fit);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  update_scores(me, fit);
}

void cr_step_start(cr_fit* fit, double base) {
  const cr_boost_data* data = fit->data;
  cr_loss_sums sums = cr_loss_none();
  const double* offset = data->offset;
  for (size_t i = 0; i < data->n_held; i++) {
    const uint32_t row = data->held_row[i];
    fit->row[row].score = offset == NULL ? base : offset[row];
  }
  for (size_t i = 0; i < data->n_rows; i++) {
    const uint32_t row = data->row[i];
    fit->row[row].score = offset == NULL ? base : offset[row];
  }
  cr_fit_clear_sums(fit);
  for (size_t from = 0; from < data->n_rows; from += CR_LOSS_ROWS) {
    const size_t left = data->n_rows - from;
    update_rows(fit, data->row + from, left < CR_LOSS_ROWS ? left : CR_LOSS_ROWS, 0.0,
                &sums);
  }
  cr_fit_add_sums(fit, &sums);
}

double cr_step_held_loss(const cr_fit* fit, int set) {
  return (double)atomic_load(&fit->held[set].loss) / LOSS_GRID;
}

void cr_step_held_scores(const cr_fit* fit, int set, double* score) {
  for (size_t i = fit->held[set].from; i < fit->held[set].to; i++) {
    score[i] = fit->row[fit->data->held_row[i]].score;
  }
}

cr_status cr_step_held_area(cr_fit* fit, int set, double* area) {
  const cr_boost_data* data = fit->data;
  const size_t from = fit->held[set].from, to = fit->held[set].to;
  cr_step_held_scores(fit, set, fit->held_score);
  for (size_t i = from; i < to; i++) {
    fit->held_event[i] = fit->role[data->held_row[i]] & CR_FIT_EVENT;
  }
  cr_auc auc;
  const cr_status status = cr_auc_area(fit->held_score + from, fit->held_event + from,
                                       to - from, &auc, fit->err);
  *area = auc.area;
  return status;
}
