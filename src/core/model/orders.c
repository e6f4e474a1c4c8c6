#include "model/orders.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#include "base/exact.h"

// Mixtures of a row and the reference, in this order: for each walk, after its first 1,
// 2, ... n_players - 1 players; then, for each player, all but that one.
typedef struct {
  size_t n_players, n_columns, n_steps, n_mixed;
  const int32_t* player;  // by column
  int32_t* rank;          // by walk and player: when it is taken, from 0
  cr_column* column;
  double* number;
  int32_t* code;
  double* link;
} walking;

static void free_walking(walking* w) {
  cr_free(w->rank);
  cr_free(w->column);
  cr_free(w->number);
  cr_free(w->code);
  cr_free(w->link);
}

static cr_status make_walking(const cr_frame* frame, const int32_t* player,
                              size_t n_players, walking* w, cr_error* err) {
  w->n_players = n_players;
  w->n_columns = frame->n_columns;
  w->n_steps = n_players - 1;
  w->n_mixed = 2 * CR_ORDERS * w->n_steps + n_players;
  w->player = player;
  w->rank = cr_alloc(2 * CR_ORDERS * n_players, sizeof *w->rank);
  w->column = cr_alloc_zero(w->n_columns, sizeof *w->column);
  w->number = cr_alloc(w->n_mixed, w->n_columns * sizeof *w->number);
  w->code = cr_alloc(w->n_mixed, w->n_columns * sizeof *w->code);
  w->link = cr_alloc(w->n_mixed, sizeof *w->link);
  if (w->rank != NULL && w->column != NULL && w->number != NULL && w->code != NULL &&
      w->link != NULL) {
    return CR_OK;
  }
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for mixtures of two rows");
}

// Players in the order of random numbers, equal ones in their own; then the reverse.
static void draw_orders(walking* w, double* unit) {
  const size_t n = w->n_players;
  for (size_t k = 0; k < CR_ORDERS; k++) {
    int32_t *forward = w->rank + 2 * k * n, *back = forward + n;
    cr_rng rng = cr_rng_stream(0, CR_FOR_SIMULATION, k + 1);
    for (size_t j = 0; j < n; j++) unit[j] = cr_rng_unit(&rng);
    for (size_t j = 0; j < n; j++) {
      int32_t before = 0;
      for (size_t i = 0; i < n; i++) {
        before += unit[i] < unit[j] || (unit[i] == unit[j] && i < j);
      }
      forward[j] = before;
      back[j] = (int32_t)n - 1 - before;
    }
  }
}

// Is the player of mixture `m` the row's own, not the reference's?
static bool is_own(const walking* w, size_t m, size_t player) {
  const size_t n_walked = 2 * CR_ORDERS * w->n_steps;
  if (m >= n_walked) return m - n_walked != player;
  const size_t walk = m / w->n_steps, step = m % w->n_steps;
  return (size_t)w->rank[walk * w->n_players + player] <= step;
}

static void mix(walking* w, const cr_frame* frame, const cr_frame* reference,
                size_t row) {
  for (size_t j = 0; j < w->n_columns; j++) {
    const cr_column *own = &frame->column[j], *other = &reference->column[j];
    const size_t player = (size_t)w->player[j];
    w->column[j] = *own;
    if (own->type == CR_COLUMN_DOUBLE) {
      double* to = w->number + j * w->n_mixed;
      for (size_t m = 0; m < w->n_mixed; m++) {
        to[m] = is_own(w, m, player) ? own->number[row] : other->number[0];
      }
      w->column[j].number = to;
    } else {
      int32_t* to = w->code + j * w->n_mixed;
      for (size_t m = 0; m < w->n_mixed; m++) {
        to[m] = is_own(w, m, player) ? own->integer[row] : other->integer[0];
      }
      w->column[j].integer = to;
    }
  }
}

// How far the log-odds move when a player's turn comes in a walk.
static double change(const walking* w, size_t walk, size_t player, double from,
                     double to) {
  const double* step = w->link + walk * w->n_steps;
  const size_t at = (size_t)w->rank[walk * w->n_players + player];
  const double before = at == 0 ? from : step[at - 1];
  return (at == w->n_steps ? to : step[at]) - before;
}

static void sum_walks(const walking* w, double from, double to, size_t row, size_t n,
                      double* value, double* restored) {
  const double* without = w->link + 2 * CR_ORDERS * w->n_steps;
  for (size_t k = 0; k < w->n_players; k++) {
    double sum = 0.0;
    for (size_t walk = 0; walk < 2 * CR_ORDERS; walk += 2) {
      double both = change(w, walk, k, from, to) / 2;
      both += change(w, walk + 1, k, from, to) / 2;
      sum += both;
    }
    value[k * n + row] = sum / CR_ORDERS;
    restored[k * n + row] = to - without[k];
  }
}

cr_status cr_orders_versus(const cr_learner* learner, const void* state,
                           const cr_frame* frame, const cr_frame* reference,
                           const int32_t* player, size_t n_players, const cr_run* run,
                           double* value, double* restored, cr_error* err) {
  if (learner->versus != NULL) {
    return learner->versus(state, frame, reference, player, n_players, run, value,
                           restored, err);
  }
  cr_status status = CR_OK;
  const size_t n = frame->n_rows;
  walking w = {0};
  double from, *own = cr_alloc(n, sizeof *own);
  double* unit = cr_alloc(n_players, sizeof *unit);
  if (own == NULL || unit == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to compare %zu rows", n);
    goto done;
  }
  CR_TRY(make_walking(frame, player, n_players, &w, err));
  draw_orders(&w, unit);
  CR_TRY(learner->score(state, reference, run, &from, err));
  CR_TRY(learner->score(state, frame, run, own, err));
  const cr_frame mixed = {w.n_mixed, w.n_columns, w.column};
  for (size_t i = 0; i < n; i++) {
    mix(&w, frame, reference, i);
    CR_TRY(learner->score(state, &mixed, run, w.link, err));
    sum_walks(&w, from, own[i], i, n, value, restored);
  }

done:
  free_walking(&w);
  cr_free(unit);
  cr_free(own);
  return status;
}
