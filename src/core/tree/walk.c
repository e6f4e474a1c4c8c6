#include "tree/walk.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

// A task's rows walk through all trees, one tree after the other, which then stays in the
// cache as the rows' codes do.
enum { ROWS_PER_TASK = 2048, FEW_ROWS = 32, LANES = 8 };
enum { BY_SUBSET = 2, UNASKED = 4 };

void cr_walk_steps(const cr_grove_tree* tree, size_t n_nodes, cr_walk_step* step) {
  for (size_t i = 0; i < n_nodes; i++) {
    const int32_t split = tree->split[i];
    if (split < 0) {
      step[i] = (cr_walk_step){.right = (int32_t)i};
      continue;
    }
    const uint8_t shift = (uint8_t)(~split >> 8 & 1);
    const bool by_subset = (split & CR_GROVE_SUBSET) != 0;
    step[i] = (cr_walk_step){.right = tree->follow[i],
                             .feature = (uint16_t)cr_grove_feature(tree, split),
                             .shift = by_subset ? BY_SUBSET : shift,
                             .first = (uint8_t)((split & 255) + 1 - shift)};
  }
}

void cr_walk_gather(const cr_codes* codes, const uint32_t* row, size_t n,
                    uint8_t* table) {
  const size_t width = cr_walk_width(codes);
  for (size_t i = 0; i < n; i++) {
    for (size_t b = 0; b < width / CR_BLOCK; b++) {
      // cppcheck-suppress uninitvar ; every caller fills all n rows
      const uint8_t* from = codes->block + (b * codes->n_rows + row[i]) * CR_BLOCK;
      memcpy(table + i * width + b * CR_BLOCK, from, CR_BLOCK);
    }
  }
}

// The node after `node`. Levels, rare, are worth a branch; which way a row goes is not.
static inline int32_t after(const cr_grove_tree* tree, const cr_walk_step* step,
                            const uint8_t* row, int32_t node) {
  const cr_walk_step* here = step + node;
  const uint8_t code = row[here->feature];
  const int32_t left = node + 1;
  int32_t right = (uint8_t)(code - here->shift) >= here->first;
  if (here->shift == BY_SUBSET) right = cr_grove_right(tree, tree->split[node], code);
  return left + ((here->right - left) & -right);
}

static int32_t leaf_of(const cr_grove_tree* tree, const cr_walk_step* step,
                       const uint8_t* row) {
  int32_t node = 0, to = 0;
  do {
    node = to;
    to = after(tree, step, row, node);
  } while (to != node);
  return tree->follow[node];
}

#define ADVANCE(k) node##k = after(tree, step, table + k * width, node##k)
#define ADVANCE_ALL \
  ADVANCE(0);       \
  ADVANCE(1);       \
  ADVANCE(2);       \
  ADVANCE(3);       \
  ADVANCE(4);       \
  ADVANCE(5);       \
  ADVANCE(6);       \
  ADVANCE(7)

#define MOVES(k) (step[node##k].right ^ node##k)  // 0 in a leaf, which leads to itself

// Eight rows, written out so that nothing but the walk is left to do. A row at its leaf
// stays there until all have arrived, which is asked every few steps.
static void walk_lanes(const cr_grove_tree* tree, const cr_walk_step* step,
                       const uint8_t* table, size_t width, int32_t* value) {
  int32_t node0 = 0, node1 = 0, node2 = 0, node3 = 0;
  int32_t node4 = 0, node5 = 0, node6 = 0, node7 = 0;
  int32_t moving;
  do {
    for (int i = 0; i < UNASKED; i++) {
      ADVANCE_ALL;
    }
    moving = MOVES(0) | MOVES(1) | MOVES(2) | MOVES(3) | MOVES(4) | MOVES(5) | MOVES(6) |
             MOVES(7);
  } while (moving != 0);
  const int32_t node[LANES] = {node0, node1, node2, node3, node4, node5, node6, node7};
  for (int k = 0; k < LANES; k++) value[k] = tree->follow[node[k]];
}

void cr_walk_leaves(const cr_grove_tree* tree, const cr_walk_step* step,
                    const uint8_t* table, size_t width, size_t n, int32_t* value) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    walk_lanes(tree, step, table + i * width, width, value + i);
  }
  for (; i < n; i++) value[i] = leaf_of(tree, step, table + i * width);
}

// ---- scoring ----

typedef struct {
  const cr_grove* grove;
  const cr_codes* codes;
  cr_walk_step* step;  // of all trees
  uint8_t* table;      // ROWS_PER_TASK rows a member
  double* score;
} scoring;

static void score_task(size_t task, int worker, void* data) {
  const scoring* job = data;
  const size_t from = task * ROWS_PER_TASK, width = cr_walk_width(job->codes);
  const size_t left = job->codes->n_rows - from;
  const size_t n = left < ROWS_PER_TASK ? left : ROWS_PER_TASK;
  uint8_t* table = job->table + (size_t)worker * ROWS_PER_TASK * width;
  uint32_t row[ROWS_PER_TASK];
  int32_t value[ROWS_PER_TASK];
  int64_t sum[ROWS_PER_TASK];
  for (size_t i = 0; i < n; i++) {
    row[i] = (uint32_t)(from + i);
    sum[i] = 0;
  }
  cr_walk_gather(job->codes, row, n, table);
  for (size_t t = 0; t < job->grove->n_trees; t++) {
    const cr_grove_tree tree = cr_grove_at(job->grove, t);
    cr_walk_leaves(&tree, job->step + job->grove->tree_start[t], table, width, n, value);
    for (size_t i = 0; i < n; i++) sum[i] += value[i];
  }
  for (size_t i = 0; i < n; i++) {
    job->score[from + i] = cr_grove_log_odds(sum[i], job->grove->n_trees);
  }
}

static void translate_all(const cr_grove* grove, cr_walk_step* step) {
  for (size_t t = 0; t < grove->n_trees; t++) {
    const cr_grove_tree tree = cr_grove_at(grove, t);
    const int32_t first = grove->tree_start[t];
    cr_walk_steps(&tree, (size_t)(grove->tree_start[t + 1] - first), step + first);
  }
}

static cr_status score_many(const cr_grove* grove, const cr_codes* codes,
                            const cr_run* run, double* score, cr_error* err) {
  cr_status status = CR_OK;
  scoring job = {grove, codes, NULL, NULL, score};
  CR_TRY(cr_grove_validate(grove, codes->n_features, err));
  job.step = cr_alloc(grove->n_nodes, sizeof *job.step);
  job.table =
      cr_alloc((size_t)cr_team_threads(run) * ROWS_PER_TASK, cr_walk_width(codes));
  if (job.step == NULL || job.table == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory to score with %zu nodes",
                     grove->n_nodes);
    goto done;
  }
  translate_all(grove, job.step);
  const size_t n_tasks = (codes->n_rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
  CR_TRY(cr_team_for(run, n_tasks, score_task, &job, err));

done:
  cr_free(job.step);
  cr_free(job.table);
  return status;
}

cr_status cr_walk_score(const cr_grove* grove, const cr_codes* codes, const cr_run* run,
                        double* score, cr_error* err) {
  if (grove->n_trees == 0) {
    return cr_fail(err, CR_EMODEL, "tree", "the forest has no trees");
  }
  if (codes->n_rows > FEW_ROWS) return score_many(grove, codes, run, score, err);
  for (size_t i = 0; i < codes->n_rows; i++) {
    int64_t sum;
    const cr_status status = cr_grove_sum(grove, codes, i, &sum, err);
    if (status != CR_OK) return status;
    score[i] = cr_grove_log_odds(sum, grove->n_trees);
  }
  return CR_OK;
}
