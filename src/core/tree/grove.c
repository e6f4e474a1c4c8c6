#include "tree/grove.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"

#include "base/exact.h"

// A task's rows walk through all trees, one tree after the other, which then stays in
// the cache as the rows' codes do.
enum { ROWS_PER_TASK = 2048, FEW_ROWS = 32, LANES = 8 };

static const double EDGE = 1e-6;

void cr_grove_free(cr_grove* grove) {
  cr_free(grove->tree_start);
  cr_free(grove->split);
  cr_free(grove->follow);
  cr_free(grove->cover);
  cr_free(grove->subset_feature);
  cr_free(grove->subset_bits);
  memset(grove, 0, sizeof *grove);
}

cr_grove_tree cr_grove_at(const cr_grove* grove, size_t t) {
  const cr_grove_tree tree = {grove->split + grove->tree_start[t],
                              grove->follow + grove->tree_start[t], grove->subset_feature,
                              grove->subset_bits};
  return tree;
}

void cr_grove_features(const cr_grove* grove, size_t n_features, uint8_t* used) {
  memset(used, 0, n_features);
  for (size_t i = 0; i < grove->n_nodes; i++) {
    const int32_t split = grove->split[i];
    if (split < 0 || split & CR_GROVE_SUBSET) continue;
    const size_t feature = (size_t)split >> 9;
    if (feature < n_features) used[feature] = 1;
  }
  for (size_t s = 0; s < grove->n_subsets; s++) {
    const int32_t feature = grove->subset_feature[s];
    if (feature >= 0 && (size_t)feature < n_features) used[feature] = 1;
  }
}

// ---- validation ----

static bool split_is_valid(const cr_grove* grove, int32_t split, size_t n_features) {
  if (split < 0) return false;
  size_t feature = (size_t)split >> 9;
  if (split & CR_GROVE_SUBSET) {
    const size_t subset = (size_t)(split ^ CR_GROVE_SUBSET);
    if (subset >= grove->n_subsets || grove->subset_feature[subset] < 0) return false;
    feature = (size_t)grove->subset_feature[subset];
  } else if ((split & 255) == 0) {
    return false;
  }
  return feature < n_features;
}

// From the last node to the first: `size` holds the nodes of each subtree, and the right
// child must stand where the left one's subtree ends.
static bool tree_is_valid(const cr_grove* grove, size_t first, int32_t n,
                          size_t n_features, int32_t* size) {
  const int32_t *split = grove->split + first, *follow = grove->follow + first;
  const int32_t* cover = grove->cover + first;
  for (int32_t i = n - 1; i >= 0; i--) {
    if (cover[i] < 1) return false;
    size[i] = 1;
    if (split[i] == -1) {
      if (follow[i] < 0 || follow[i] > CR_GROVE_ONE) return false;
      continue;
    }
    if (!split_is_valid(grove, split[i], n_features)) return false;
    const int32_t left = i + 1, right = follow[i];
    if (left >= n || right != left + size[left] || right >= n) return false;
    if ((int64_t)cover[i] != (int64_t)cover[left] + cover[right]) return false;
    size[i] = 1 + size[left] + size[right];
  }
  return size[0] == n;
}

cr_status cr_grove_validate(const cr_grove* grove, size_t n_features, cr_error* err) {
  cr_status status = CR_OK;
  int32_t* size = cr_alloc(grove->n_nodes, sizeof *size);
  if (size == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to check %zu nodes",
                   grove->n_nodes);
  }
  if (grove->n_trees == 0 || grove->tree_start[0] != 0 ||
      (size_t)grove->tree_start[grove->n_trees] != grove->n_nodes) {
    status =
        cr_fail(err, CR_EMODEL, "tree", "the forest's offsets do not cover the nodes");
    goto done;
  }
  for (size_t t = 0; t < grove->n_trees; t++) {
    const int32_t first = grove->tree_start[t], end = grove->tree_start[t + 1];
    if (first < 0 || end <= first || (size_t)end > grove->n_nodes ||
        !tree_is_valid(grove, (size_t)first, end - first, n_features, size)) {
      status = cr_fail(err, CR_EMODEL, "tree", "tree %zu is not a valid tree", t + 1);
      goto done;
    }
  }

done:
  cr_free(size);
  return status;
}

// ---- walking ----

static inline uint8_t code_of(const cr_codes* codes, size_t row, size_t feature) {
  return codes->block[((feature / CR_BLOCK) * codes->n_rows + row) * CR_BLOCK +
                      feature % CR_BLOCK];
}

static int32_t leaf_of(const cr_grove_tree* tree, const cr_codes* codes, size_t row) {
  int32_t node = 0, split;
  while ((split = tree->split[node]) >= 0) {
    const uint8_t code = code_of(codes, row, cr_grove_feature(tree, split));
    node = cr_grove_right(tree, split, code) ? tree->follow[node] : node + 1;
  }
  return tree->follow[node];
}

// A lane at its leaf stays there, without a branch, until all have arrived.
static void walk_lanes(const cr_grove_tree* tree, const cr_codes* codes,
                       const uint32_t* row, int32_t* value) {
  int32_t node[LANES] = {0};
  bool moving;
  do {
    moving = false;
    for (int k = 0; k < LANES; k++) {
      const int32_t split = tree->split[node[k]];
      const int32_t stays = -(int32_t)(split < 0);  // all ones in a leaf
      const int32_t safe = split & ~stays;
      const uint8_t code = code_of(codes, row[k], cr_grove_feature(tree, safe));
      const int32_t right = -cr_grove_right(tree, safe, code);
      const int32_t to = (tree->follow[node[k]] & right) | ((node[k] + 1) & ~right);
      node[k] = (node[k] & stays) | (to & ~stays);
      moving |= stays == 0;
    }
  } while (moving);
  for (int k = 0; k < LANES; k++) value[k] = tree->follow[node[k]];
}

void cr_grove_leaves(const cr_grove_tree* tree, const cr_codes* codes,
                     const uint32_t* row, size_t n, int32_t* value) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) walk_lanes(tree, codes, row + i, value + i);
  for (; i < n; i++) value[i] = leaf_of(tree, codes, row[i]);
}

// The same walk over a tree nobody has looked at: false when it leaves the arrays.
static bool checked_leaf(const cr_grove* grove, size_t t, const cr_codes* codes,
                         size_t row, int32_t* value) {
  const int32_t first = grove->tree_start[t], end = grove->tree_start[t + 1];
  if (first < 0 || end <= first || (size_t)end > grove->n_nodes) return false;
  const cr_grove_tree tree = cr_grove_at(grove, t);
  const int32_t n = end - first;
  int32_t node = 0;
  while (tree.split[node] != -1) {
    const int32_t split = tree.split[node], right = tree.follow[node];
    if (!split_is_valid(grove, split, codes->n_features)) return false;
    if (right <= node || right >= n) return false;  // left is before right, so inside too
    const uint8_t code = code_of(codes, row, cr_grove_feature(&tree, split));
    node = cr_grove_right(&tree, split, code) ? right : node + 1;
  }
  *value = tree.follow[node];
  return *value >= 0 && *value <= CR_GROVE_ONE;
}

double cr_grove_log_odds(int64_t sum, size_t n_trees) {
  const double p = (double)sum / ((double)n_trees * CR_GROVE_ONE);
  return cr_logit(p < EDGE ? EDGE : p > 1.0 - EDGE ? 1.0 - EDGE : p);
}

static cr_status score_few(const cr_grove* grove, const cr_codes* codes, double* score,
                           cr_error* err) {
  for (size_t i = 0; i < codes->n_rows; i++) {
    int64_t sum = 0;
    for (size_t t = 0; t < grove->n_trees; t++) {
      int32_t value;
      if (!checked_leaf(grove, t, codes, i, &value)) {
        return cr_fail(err, CR_EMODEL, "tree", "tree %zu is not a valid tree", t + 1);
      }
      sum += value;
    }
    score[i] = cr_grove_log_odds(sum, grove->n_trees);
  }
  return CR_OK;
}

typedef struct {
  const cr_grove* grove;
  const cr_codes* codes;
  double* score;
} scoring;

static void score_task(size_t task, int worker, void* data) {
  (void)worker;
  const scoring* job = data;
  const size_t from = task * ROWS_PER_TASK;
  const size_t left = job->codes->n_rows - from;
  const size_t n = left < ROWS_PER_TASK ? left : ROWS_PER_TASK;
  uint32_t row[ROWS_PER_TASK];
  int32_t value[ROWS_PER_TASK];
  int64_t sum[ROWS_PER_TASK];
  for (size_t i = 0; i < n; i++) {
    row[i] = (uint32_t)(from + i);
    sum[i] = 0;
  }
  for (size_t t = 0; t < job->grove->n_trees; t++) {
    const cr_grove_tree tree = cr_grove_at(job->grove, t);
    cr_grove_leaves(&tree, job->codes, row, n, value);
    for (size_t i = 0; i < n; i++) sum[i] += value[i];
  }
  for (size_t i = 0; i < n; i++) {
    job->score[from + i] = cr_grove_log_odds(sum[i], job->grove->n_trees);
  }
}

cr_status cr_grove_score(const cr_grove* grove, const cr_codes* codes, const cr_run* run,
                         double* score, cr_error* err) {
  cr_status status = CR_OK;
  if (grove->n_trees == 0) {
    return cr_fail(err, CR_EMODEL, "tree", "the forest has no trees");
  }
  if (codes->n_rows <= FEW_ROWS) return score_few(grove, codes, score, err);
  CR_TRY(cr_grove_validate(grove, codes->n_features, err));
  scoring job = {grove, codes, score};
  const size_t n_tasks = (codes->n_rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
  CR_TRY(cr_team_for(run, n_tasks, score_task, &job, err));

done:
  return status;
}
