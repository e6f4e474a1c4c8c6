#include "tree/score.h"

#include <string.h>

#include "tree/quick.h"

#include "base/exact.h"

// Rows that walk through all trees together: their codes stay in the first-level cache,
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
  const cr_quick* quick;  // NULL: walk
  cr_simd simd;
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

static void walk(const scoring* job, size_t start, size_t end) {
  for (size_t from = start; from < end; from += ROWS_TOGETHER) {
    const size_t to = end - from < ROWS_TOGETHER ? end : from + ROWS_TOGETHER;
    for (size_t t = 0; t < job->trees->n_trees; t++) {
      const size_t first = (size_t)job->trees->tree_start[t];
      for (size_t i = from; i < to; i++) {
        job->score[i] += leaf_of(job->trees, first, job->codes, i);
      }
    }
  }
}

static void score_task(size_t task, int worker, void* data) {
  (void)worker;
  const scoring* job = data;
  const size_t n = job->codes->n_rows;
  size_t from = task * ROWS_PER_TASK;
  const size_t end = n - from < ROWS_PER_TASK ? n : from + ROWS_PER_TASK;
  for (; job->quick != NULL && from + CR_QUICK_ROWS <= end; from += CR_QUICK_ROWS) {
    cr_quick_add(job->quick, job->trees, job->codes, from, job->simd, job->score + from);
  }
  walk(job, from, end);
}

cr_status cr_score_codes(const cr_trees* trees, const cr_codes* codes, double base,
                         const cr_run* run, double* score, cr_error* err) {
  cr_status status = CR_OK;
  cr_quick quick = {0};
  scoring job = {trees, codes, NULL, run->simd, score};
  const size_t n = codes->n_rows;
  if (n >= CR_QUICK_ROWS && cr_quick_fits(trees)) {
    CR_TRY(cr_quick_make(trees, &quick, err));
    job.quick = &quick;
  }
  for (size_t i = 0; i < n; i++) score[i] = base;
  const size_t n_tasks = (n + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
  CR_TRY(cr_team_for(run, n_tasks, score_task, &job, err));

done:
  cr_quick_free(&quick);
  return status;
}
