#include "tree/grove.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/xmath.h"

#include "base/exact.h"

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
  } else if ((split & 255) == 0 || (split & 255) > CR_BINS_MAX) {
    return false;
  }
  return feature < n_features && feature < CR_GROVE_FEATURES;
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

// A walk through a tree nobody has looked at: false when it leaves the arrays.
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

cr_status cr_grove_sum(const cr_grove* grove, const cr_codes* codes, size_t row,
                       int64_t* sum, cr_error* err) {
  *sum = 0;
  for (size_t t = 0; t < grove->n_trees; t++) {
    int32_t value;
    if (!checked_leaf(grove, t, codes, row, &value)) {
      return cr_fail(err, CR_EMODEL, "tree", "tree %zu is not a valid tree", t + 1);
    }
    *sum += value;
  }
  return CR_OK;
}
