#include "tree/score.h"

#include <string.h>

#include "base/exact.h"

// Rows that go through all trees together: their codes stay in the first-level cache,
// and so does one tree.
enum { ROWS_TOGETHER = 256, ROWS_PER_TASK = 4096 };

void cr_score_features(const cr_trees* trees, size_t n_features, uint8_t* used) {
  memset(used, 0, n_features);
  for (size_t i = 0; i < trees->n_nodes; i++) {
    if (trees->feature[i] >= 0) used[trees->feature[i]] = 1;
  }
}

typedef struct {
  const cr_trees* trees;
  const cr_codes* codes;
  double base;
  double* score;
} scoring;

static double leaf_of(const cr_trees* trees, size_t first, const cr_codes* codes,
                      size_t row) {
  size_t node = first;
  while (trees->feature[node] >= 0) {
    const size_t feature = (size_t)trees->feature[node];
    const uint8_t code = codes->column[feature * codes->n_rows + row];
    const int left = cr_trees_goes_left(trees, node, code);
    node = first + (size_t)(left ? trees->left[node] : trees->right[node]);
  }
  return trees->value[node];
}

static void score_task(size_t task, int worker, void* data) {
  (void)worker;
  const scoring* job = data;
  const size_t n = job->codes->n_rows, start = task * ROWS_PER_TASK;
  const size_t end = n - start < ROWS_PER_TASK ? n : start + ROWS_PER_TASK;
  for (size_t from = start; from < end; from += ROWS_TOGETHER) {
    const size_t to = end - from < ROWS_TOGETHER ? end : from + ROWS_TOGETHER;
    for (size_t i = from; i < to; i++) job->score[i] = job->base;
    for (size_t t = 0; t < job->trees->n_trees; t++) {
      const size_t first = (size_t)job->trees->tree_start[t];
      for (size_t i = from; i < to; i++) {
        job->score[i] += leaf_of(job->trees, first, job->codes, i);
      }
    }
  }
}

cr_status cr_score_codes(const cr_trees* trees, const cr_codes* codes, double base,
                         const cr_run* run, double* score, cr_error* err) {
  scoring job = {trees, codes, base, score};
  const size_t n_tasks = (codes->n_rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
  return cr_team_for(run, n_tasks, score_task, &job, err);
}
