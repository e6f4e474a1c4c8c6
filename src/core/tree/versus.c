#include "tree/versus.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { DEPTH = CR_VERSUS_DEPTH, ROWS_PER_TASK = 64 };

// Whose values lead on: both rows', the row's alone, the reference's alone.
typedef enum { BOTH, OWN, OTHER } side;

typedef struct {
  int32_t player;
  side side;
} step;

// A node to visit, and the last step of the way there; the steps before it are those of
// the node it hangs from.
typedef struct {
  int32_t node;
  int n_steps;
  step last;
} visit;

typedef struct {
  const cr_trees* trees;
  const cr_codes* codes;
  const cr_codes* reference;
  const int32_t* player;
  size_t n_players;
  const double* share;  // (a - 1)! b! / (a + b)! at a * (DEPTH + 1) + b
  double *value, *restored;
  uint8_t** moved;  // by worker: players seen to part ways in this tree
} comparing;

static uint8_t code_of(const cr_codes* codes, size_t feature, size_t row) {
  return codes->column[feature * codes->n_rows + row];
}

static bool own_left(const comparing* job, size_t node, size_t row) {
  const size_t feature = (size_t)job->trees->feature[node];
  return cr_trees_goes_left(job->trees, node, code_of(job->codes, feature, row));
}

static bool other_left(const comparing* job, size_t node) {
  const size_t feature = (size_t)job->trees->feature[node];
  return cr_trees_goes_left(job->trees, node, code_of(job->reference, feature, 0));
}

static void share_leaf(const comparing* job, double leaf, const step* path, int n_steps,
                       size_t row) {
  int own = 0;
  for (int s = 0; s < n_steps; s++) own += path[s].side == OWN;
  const int other = n_steps - own;
  const double plus = own > 0 ? job->share[own * (DEPTH + 1) + other] * leaf : 0.0;
  const double minus = other > 0 ? job->share[other * (DEPTH + 1) + own] * leaf : 0.0;
  for (int s = 0; s < n_steps; s++) {
    double* value = job->value + (size_t)path[s].player * job->codes->n_rows + row;
    *value += path[s].side == OWN ? plus : -minus;
  }
}

// Visits the leaves that mixtures of the two rows reach.
static void walk_both(const comparing* job, size_t first, size_t row) {
  const cr_trees* trees = job->trees;
  step path[DEPTH];
  visit stack[DEPTH + 1];
  int depth = 0;
  stack[depth++] = (visit){.node = 0, .n_steps = 0, .last = {-1, BOTH}};
  while (depth > 0) {
    const visit here = stack[--depth];
    const int n_steps = here.n_steps;
    if (n_steps > 0) path[n_steps - 1] = here.last;
    size_t node = first + (size_t)here.node;
    bool parted = false;
    while (trees->feature[node] >= 0 && !parted) {
      const int32_t player = job->player[trees->feature[node]];
      side known = BOTH;
      for (int s = 0; s < n_steps; s++) {
        if (path[s].player == player) known = path[s].side;
      }
      const bool own = own_left(job, node, row), other = other_left(job, node);
      parted = known == BOTH && own != other;
      if (parted) break;
      const bool left = known == OTHER ? other : own;
      node = first + (size_t)(left ? trees->left[node] : trees->right[node]);
    }
    if (!parted) {
      if (n_steps > 0) share_leaf(job, trees->value[node], path, n_steps, row);
      continue;
    }
    const int32_t player = job->player[trees->feature[node]];
    const bool own = own_left(job, node, row);
    const int32_t left = trees->left[node], right = trees->right[node];
    stack[depth++] = (visit){own ? right : left, n_steps + 1, {player, OTHER}};
    stack[depth++] = (visit){own ? left : right, n_steps + 1, {player, OWN}};
  }
}

// The row's leaf from a node on; with `player` not -1, that player's features are the
// reference's.
static double leaf_from(const comparing* job, size_t first, size_t node, size_t row,
                        int32_t player) {
  const cr_trees* trees = job->trees;
  while (trees->feature[node] >= 0) {
    const bool swap = job->player[trees->feature[node]] == player;
    const bool left = swap ? other_left(job, node) : own_left(job, node, row);
    node = first + (size_t)(left ? trees->left[node] : trees->right[node]);
  }
  return trees->value[node];
}

// Until a player's first parting the restored row goes the row's own way.
static void restore_each(const comparing* job, size_t first, size_t row, uint8_t* moved) {
  const cr_trees* trees = job->trees;
  const double own_value = leaf_from(job, first, first, row, -1);
  int32_t seen[DEPTH];
  int n_seen = 0;
  for (size_t node = first; trees->feature[node] >= 0;) {
    const int32_t player = job->player[trees->feature[node]];
    const bool own = own_left(job, node, row);
    if (own != other_left(job, node) && !moved[player]) {
      moved[player] = 1;
      seen[n_seen++] = player;
      job->restored[(size_t)player * job->codes->n_rows + row] +=
          own_value - leaf_from(job, first, node, row, player);
    }
    node = first + (size_t)(own ? trees->left[node] : trees->right[node]);
  }
  while (n_seen > 0) moved[seen[--n_seen]] = 0;
}

static void compare_rows(size_t task, int worker, void* data) {
  const comparing* job = data;
  const size_t n = job->codes->n_rows, from = task * ROWS_PER_TASK;
  const size_t end = n - from < ROWS_PER_TASK ? n : from + ROWS_PER_TASK;
  for (size_t t = 0; t < job->trees->n_trees; t++) {
    const size_t first = (size_t)job->trees->tree_start[t];
    for (size_t row = from; row < end; row++) {
      walk_both(job, first, row);
      restore_each(job, first, row, job->moved[worker]);
    }
  }
}

static void fill_shares(double* share) {
  for (int a = 1; a <= DEPTH; a++) {
    double* at = share + a * (DEPTH + 1);
    at[0] = 1.0 / a;
    for (int b = 0; b < DEPTH; b++) at[b + 1] = at[b] * (b + 1) / (a + b + 1);
  }
}

static bool is_shallow(const cr_trees* trees, int32_t* depth) {
  for (size_t t = 0; t < trees->n_trees; t++) {
    const size_t first = (size_t)trees->tree_start[t];
    const int32_t n = trees->tree_start[t + 1] - trees->tree_start[t];
    depth[0] = 0;
    for (int32_t i = 0; i < n; i++) {
      const size_t node = first + (size_t)i;
      if (depth[i] > DEPTH) return false;
      if (trees->feature[node] < 0) continue;
      depth[trees->left[node]] = depth[trees->right[node]] = depth[i] + 1;
    }
  }
  return true;
}

cr_status cr_versus_codes(const cr_trees* trees, const cr_codes* codes,
                          const cr_codes* reference, const int32_t* player,
                          size_t n_players, const cr_run* run, double* value,
                          double* restored, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = codes->n_rows, n_workers = (size_t)cr_team_threads(run);
  double* share = cr_alloc_zero((DEPTH + 1) * (DEPTH + 1), sizeof *share);
  int32_t* depth = cr_alloc(trees->n_nodes, sizeof *depth);
  comparing job = {trees, codes, reference, player, n_players,
                   share, value, restored,  NULL};
  job.moved = cr_alloc_zero(n_workers, sizeof *job.moved);
  bool ok = share != NULL && depth != NULL && job.moved != NULL;
  for (size_t w = 0; ok && w < n_workers; w++) {
    job.moved[w] = cr_alloc_zero(n_players, 1);
    ok = job.moved[w] != NULL;
  }
  if (!ok) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to compare %zu rows", n);
    goto done;
  }
  if (!is_shallow(trees, depth)) {
    status = cr_fail(err, CR_ELIMIT, "depth", "trees are deeper than %d splits", DEPTH);
    goto done;
  }
  fill_shares(share);
  if (n > 0) {
    memset(value, 0, n * n_players * sizeof *value);
    memset(restored, 0, n * n_players * sizeof *restored);
  }
  status =
      cr_team_for(run, (n + ROWS_PER_TASK - 1) / ROWS_PER_TASK, compare_rows, &job, err);

done:
  for (size_t w = 0; job.moved != NULL && w < n_workers; w++) cr_free(job.moved[w]);
  cr_free(job.moved);
  cr_free(depth);
  cr_free(share);
  return status;
}
