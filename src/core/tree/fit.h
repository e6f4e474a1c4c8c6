#ifndef LCRISK_TREE_FIT_H
#define LCRISK_TREE_FIT_H

#include <stdatomic.h>

#include "tree/grower.h"
#include "tree/loss.h"
#include "tree/spec.h"

/// The state of one boosting fit, private to tree/boost, tree/draw and tree/step.
/// Shared by the team: written by all only through atomic additions or at places of
/// their own, the rest by member 0 between barriers.

/// What a row carries from tree to tree, side by side for one memory access.
typedef struct {
  double score;
  cr_loss_pair pair;
} cr_fit_row;

/// Bits of a row's role.
enum { CR_FIT_EVENT = 1, CR_FIT_HELD = 2, CR_FIT_SECOND = 4 };

/// Rows of one leaf that are updated together.
typedef struct {
  bool rider;
  int leaf;
  size_t from, to;
} cr_fit_piece;

/// A set of held-out rows, `from` .. `to` - 1 of data->held_row, and how it goes.
typedef struct {
  size_t from, to;
  size_t best_round;
  bool stale;  ///< has stopped; the fit may go on for the other set
  _Atomic int64_t loss;
} cr_fit_held;

/// Rows taken at a time in the loops over all rows.
enum { CR_FIT_CHUNK = 8192 };

typedef struct {
  const cr_boost_data* data;
  const cr_boost_settings* settings;
  const cr_run* run;
  cr_boost* boost;
  cr_grower grower;

  cr_fit_row* row;  ///< by row of the codes
  uint8_t* role;
  int64_t* row_count;  ///< weight in units; NULL when unweighted
  double weight_sum;
  uint8_t* feature_used;
  size_t* chunk_bag;  ///< rows of a chunk that are in the bag
  cr_fit_piece* pieces;
  size_t n_pieces;

  _Atomic int64_t sum_absolute, sum_hessian, lowest, highest;
  _Atomic int64_t root_gradient, root_hessian, root_count;
  _Atomic int64_t *leaf_gradient, *leaf_hessian;
  cr_loss_shift shift;
  uint64_t row_key, row_limit;
  bool sampled, by_size;
  double threshold;    ///< size from which a row is surely drawn
  int64_t* size_sums;  ///< scratch of tree/weigh
  cr_counter weighing, counting, packing, summing, updating;

  cr_fit_held held[2];
  int n_held_sets;
  double* held_score;  ///< scratch of stop_by_area
  int32_t* held_event;
  double started;  ///< on cr_team_clock()
  bool finished;
  cr_error* err;
} cr_fit;

/// Adds to the sums over rows; sets them back to none, and the held-out losses to 0.
void cr_fit_add_sums(cr_fit* fit, const cr_loss_sums* sums);
void cr_fit_clear_sums(cr_fit* fit);

/// What a held-out row counts.
static inline double cr_fit_held_weight(const cr_fit* fit, uint32_t row) {
  const double weight = fit->data->weight == NULL ? 1.0 : fit->data->weight[row];
  const bool as_it_is = fit->data->held_event == 0.0 || !(fit->role[row] & CR_FIT_EVENT);
  return as_it_is ? weight : weight * fit->data->held_event;
}

static inline void cr_fit_add(_Atomic int64_t* sum, int64_t value) {
  atomic_fetch_add_explicit(sum, value, memory_order_relaxed);
}

#endif
