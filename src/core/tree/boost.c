#include "tree/boost.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"
#include "tree/draw.h"
#include "tree/fit.h"
#include "tree/grow.h"
#include "tree/step.h"
#include "tree/weigh.h"

#include "base/exact.h"

enum { WEIGHT_UNITS = 65536, ROUNDS_PER_AREA = 5 };

void cr_boost_free(cr_boost* boost) {
  cr_trees_free(&boost->trees);
  cr_free(boost->held_loss);
  cr_free(boost->crossed);
  memset(boost, 0, sizeof *boost);
}

// ---- rounds: member 0 between barriers ----

static void start_round(cr_worker* me, cr_fit* fit, size_t round) {
  if (!fit->by_size) cr_draw_units(fit);  // else once the rows are drawn
  cr_draw_round(fit, fit->data->first_round + round);
  cr_fit_clear_sums(fit);
  cr_counter_reset(&fit->summing);
  cr_counter_reset(&fit->updating);
  const size_t leaves = (size_t)fit->settings->max_leaves;
  const cr_status status =
      cr_trees_reserve(&fit->boost->trees, 2 * leaves - 1, leaves - 1, fit->err);
  if (status != CR_OK) cr_team_abort(me, status);
  cr_team_progress(me, (double)round / fit->settings->trees);
}

static void write_values(cr_fit* fit) {
  cr_trees* trees = &fit->boost->trees;
  const size_t first = (size_t)trees->tree_start[trees->n_trees - 1];
  for (int l = 0; l < fit->grower.n_leaves; l++) {
    trees->value[first + (size_t)fit->grower.leaves[l].node] = cr_step_value(fit, l);
  }
}

static void end(cr_fit* fit, cr_boost_end why) {
  if (!fit->finished) fit->boost->end = why;
  fit->finished = true;
}

// The area costs a sort, so it is asked now and then only.
static bool is_asked(const cr_fit* fit, int set, size_t round) {
  const bool due = !fit->settings->stop_by_area || round % ROUNDS_PER_AREA == 0;
  return due && !fit->held[set].stale;
}

static double held_loss(cr_worker* me, cr_fit* fit, int set) {
  if (!fit->settings->stop_by_area) return cr_step_held_loss(fit, set);
  double area = 0.0;
  const cr_status status = cr_step_held_area(fit, set, &area);
  if (status != CR_OK) cr_team_abort(me, status);
  return 1.0 - area;
}

static void judge_set(cr_worker* me, cr_fit* fit, int set, size_t round) {
  cr_fit_held* held = &fit->held[set];
  double* loss = fit->boost->held_loss + (size_t)set * (size_t)fit->settings->trees;
  loss[round] = NAN;
  if (!is_asked(fit, set, round)) return;
  loss[round] = held_loss(me, fit, set);
  if (round == 0 || loss[round] < loss[held->best_round]) {
    held->best_round = round;
    if (fit->n_held_sets == 2) cr_step_held_scores(fit, 1 - set, fit->boost->crossed);
  }
  const size_t age = round - held->best_round;
  held->stale = fit->settings->patience > 0 && age >= (size_t)fit->settings->patience;
}

static void judge_round(cr_worker* me, cr_fit* fit, size_t round) {
  bool all_stale = true;
  for (int s = 0; s < fit->n_held_sets; s++) {
    judge_set(me, fit, s, round);
    all_stale = all_stale && fit->held[s].stale;
  }
  if (all_stale) end(fit, CR_BOOST_STALE);
}

static void finish_round(cr_worker* me, cr_fit* fit, size_t round) {
  const cr_boost_settings* settings = fit->settings;
  write_values(fit);
  fit->boost->n_rounds = round + 1;
  if (fit->n_held_sets == 0) {
    fit->held[0].best_round = round;
  } else {
    judge_round(me, fit, round);
  }
  if (round + 1 == (size_t)settings->trees) end(fit, CR_BOOST_TREES);
  if (cr_run_enough(fit->run)) end(fit, CR_BOOST_ENOUGH);
  if (settings->seconds > 0.0 && cr_team_clock() - fit->started >= settings->seconds) {
    end(fit, CR_BOOST_SECONDS);
  }
}

static void work(cr_worker* me, void* data) {
  cr_fit* fit = data;
  for (size_t round = 0; !fit->finished; round++) {
    if (me->id == 0) start_round(me, fit, round);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    cr_draw_rows(me, fit);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    const cr_split_node root = cr_draw_root(fit);
    cr_grow_tree(me, &fit->grower, &root, &fit->boost->trees);
    if (cr_team_cancelled(me)) return;
    if (me->id == 0) cr_step_list(fit);
    cr_team_barrier(me);
    cr_step_update(me, fit);
    cr_team_barrier(me);
    if (cr_team_cancelled(me)) return;
    if (me->id == 0) finish_round(me, fit, round);
    cr_team_barrier(me);
  }
}

// ---- set-up ----

static cr_status allocate(cr_fit* fit, const cr_codes* codes, const cr_bins* bins,
                          cr_error* err) {
  const cr_boost_data* data = fit->data;
  const size_t n = codes->n_rows, leaves = (size_t)fit->settings->max_leaves;
  const size_t n_riders = data->n_held + (fit->sampled ? data->n_rows : 0);
  const size_t chunks = (data->n_rows + data->n_held) / CR_FIT_CHUNK + 2;
  const cr_grow_limits limits = {fit->settings->max_leaves, fit->settings->max_depth};
  fit->row = cr_alloc(n, sizeof *fit->row);
  fit->role = cr_alloc_zero(n, sizeof *fit->role);
  if (data->weight != NULL) fit->row_count = cr_alloc_zero(n, sizeof *fit->row_count);
  fit->feature_used = cr_alloc(codes->n_features, sizeof *fit->feature_used);
  fit->chunk_bag = cr_alloc(chunks, sizeof *fit->chunk_bag);
  fit->pieces = cr_alloc(chunks + 2 * leaves, sizeof *fit->pieces);
  fit->leaf_gradient = cr_alloc(leaves, sizeof *fit->leaf_gradient);
  fit->leaf_hessian = cr_alloc(leaves, sizeof *fit->leaf_hessian);
  fit->boost->held_loss =
      cr_alloc_zero((size_t)fit->settings->trees, 2 * sizeof *fit->boost->held_loss);
  if (fit->n_held_sets == 2) {
    fit->boost->crossed = cr_alloc(data->n_held, sizeof *fit->boost->crossed);
  }
  if (fit->by_size) {
    fit->size_sums = cr_alloc((size_t)cr_team_threads(fit->run) * 2 * CR_WEIGH_BUCKETS,
                              sizeof *fit->size_sums);
    if (fit->size_sums == NULL) {
      return cr_fail(err, CR_ENOMEM, "memory", "no memory to weigh %zu rows", n);
    }
  }
  if (fit->settings->stop_by_area) {
    fit->held_score = cr_alloc(data->n_held, sizeof *fit->held_score);
    fit->held_event = cr_alloc(data->n_held, sizeof *fit->held_event);
  }
  const bool no_area = fit->held_score == NULL || fit->held_event == NULL;
  if ((fit->settings->stop_by_area && no_area) || fit->row == NULL || fit->role == NULL ||
      (data->weight != NULL && fit->row_count == NULL) || fit->feature_used == NULL ||
      fit->chunk_bag == NULL || fit->pieces == NULL || fit->leaf_gradient == NULL ||
      fit->leaf_hessian == NULL || fit->boost->held_loss == NULL ||
      (fit->n_held_sets == 2 && fit->boost->crossed == NULL)) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to boost %zu rows", n);
  }
  return cr_grower_make(codes, bins, &limits, data->n_rows, n_riders,
                        cr_team_threads(fit->run), &fit->grower, err);
}

static void release(cr_fit* fit) {
  cr_grower_free(&fit->grower);
  cr_free(fit->row);
  cr_free(fit->role);
  cr_free(fit->row_count);
  cr_free(fit->feature_used);
  cr_free(fit->chunk_bag);
  cr_free(fit->pieces);
  cr_free(fit->held_score);
  cr_free(fit->held_event);
  cr_free(fit->size_sums);
  cr_free((void*)fit->leaf_gradient);
  cr_free((void*)fit->leaf_hessian);
}

// Roles and counts; the starting log-odds come from integer sums.
static cr_status assign_rows(cr_fit* fit, cr_error* err) {
  const cr_boost_data* data = fit->data;
  int64_t count = 0, events = 0;
  for (size_t i = 0; i < data->n_held; i++) {
    const uint32_t row = data->held_row[i];
    const int set = i < fit->held[0].to ? 0 : CR_FIT_SECOND;
    fit->role[row] = (uint8_t)(CR_FIT_HELD | set | (data->event[row] ? CR_FIT_EVENT : 0));
  }
  for (size_t i = 0; i < data->n_rows; i++) {
    const uint32_t row = data->row[i];
    int64_t units = 1;
    fit->role[row] = data->event[row] ? CR_FIT_EVENT : 0;
    if (fit->row_count != NULL) {
      units = cr_loss_weighted(WEIGHT_UNITS, data->weight[row]);
      fit->row_count[row] = units;
    }
    count += units;
    if (data->event[row]) events += units;
  }
  if (events == 0 || events == count) {
    return cr_fail(err, CR_EINPUT, "one_class", "the training rows have one class only");
  }
  fit->weight_sum = (double)count / (fit->row_count == NULL ? 1.0 : WEIGHT_UNITS);
  fit->boost->base =
      data->offset == NULL ? cr_logit((double)events / (double)count) : data->base;
  return CR_OK;
}

static void set_held(cr_fit* fit) {
  const cr_boost_data* data = fit->data;
  const bool two = data->n_held_first > 0 && data->n_held_first < data->n_held;
  fit->n_held_sets = data->n_held == 0 ? 0 : two ? 2 : 1;
  fit->held[0].to = two ? data->n_held_first : data->n_held;
  fit->held[1].from = fit->held[0].to;
  fit->held[1].to = data->n_held;
}

static void set_rule(cr_fit* fit) {
  const double unit = fit->row_count == NULL ? 1.0 : WEIGHT_UNITS;
  cr_split_rule* rule = &fit->grower.rule;
  rule->l1 = fit->settings->l1;
  rule->l2 = fit->settings->l2;
  rule->min_gain = fit->settings->min_gain;
  rule->min_count = (int64_t)(fit->settings->min_leaf * unit + 0.5);
  if (rule->min_count < 1) rule->min_count = 1;
  fit->grower.row_count = fit->row_count;
  fit->grower.monotone = fit->settings->monotone;
  fit->grower.groups = fit->settings->groups;
  fit->grower.simd = fit->run->simd;
  if (fit->settings->column_share < 1.0) fit->grower.feature_used = fit->feature_used;
  fit->row_limit = cr_draw_limit(fit->settings->row_share);
}

// From sums over a set's rows to means.
static void finish_losses(const cr_fit* fit, int set) {
  double* loss = fit->boost->held_loss + (size_t)set * (size_t)fit->settings->trees;
  double held_weight = 0.0;
  for (size_t i = fit->held[set].from; i < fit->held[set].to; i++) {
    held_weight += cr_fit_held_weight(fit, fit->data->held_row[i]);
  }
  for (size_t r = 0; r < fit->boost->n_rounds; r++) loss[r] /= held_weight;
}

// Keeps the trees up to the best round; covers and losses in the user's units.
static void finish_fit(cr_fit* fit) {
  cr_trees* trees = &fit->boost->trees;
  size_t* n_best = fit->boost->n_best;
  for (int s = 0; s < 2; s++) n_best[s] = fit->held[s].best_round + 1;
  if (fit->n_held_sets < 2) n_best[1] = n_best[0];
  trees->n_trees = n_best[0] > n_best[1] ? n_best[0] : n_best[1];
  trees->n_nodes = (size_t)trees->tree_start[trees->n_trees];
  if (fit->row_count != NULL) {
    for (size_t i = 0; i < trees->n_nodes; i++) trees->cover[i] /= WEIGHT_UNITS;
  }
  if (fit->settings->stop_by_area) return;
  for (int s = 0; s < fit->n_held_sets; s++) finish_losses(fit, s);
}

cr_status cr_boost_fit(const cr_codes* codes, const cr_bins* bins,
                       const cr_boost_data* data, const cr_boost_settings* settings,
                       const cr_run* run, cr_boost* boost, cr_error* err) {
  cr_status status = CR_OK;
  cr_fit fit = {
      .data = data, .settings = settings, .run = run, .boost = boost, .err = err};
  fit.sampled = settings->row_share < 1.0;
  fit.by_size = fit.sampled && settings->by_size;
  fit.started = cr_team_clock();
  set_held(&fit);
  CR_TRY(allocate(&fit, codes, bins, err));
  CR_TRY(assign_rows(&fit, err));
  set_rule(&fit);
  cr_step_start(&fit, boost->base);
  CR_TRY(cr_team_run(run, work, &fit, err));
  finish_fit(&fit);

done:
  release(&fit);
  if (status != CR_OK) cr_boost_free(boost);
  return status;
}
