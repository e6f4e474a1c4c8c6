#include "tree/trees.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

static size_t enough(size_t room, size_t needed) {
  if (room >= needed) return room;
  return needed > 2 * room ? needed : 2 * room;
}

cr_status cr_trees_reserve(cr_trees* trees, size_t n_nodes, size_t n_subsets,
                           cr_error* err) {
  const size_t t = enough(trees->trees_room, trees->n_trees + 1);
  const size_t n = enough(trees->nodes_room, trees->n_nodes + n_nodes);
  const size_t s = enough(trees->subsets_room, trees->n_subsets + n_subsets);
  const bool first = trees->tree_start == NULL;
  bool ok = true;
  if (t > trees->trees_room) ok = ok && cr_grow(&trees->tree_start, t + 1, sizeof(int32_t));
  if (n > trees->nodes_room) {
    int32_t** const integers[] = {&trees->feature,      &trees->bin,  &trees->subset,
                                  &trees->missing_left, &trees->left, &trees->right};
    for (size_t a = 0; a < sizeof integers / sizeof *integers; a++) {
      ok = ok && cr_grow(integers[a], n, sizeof(int32_t));
    }
    ok = ok && cr_grow(&trees->value, n, sizeof(double)) &&
         cr_grow(&trees->gain, n, sizeof(double)) && cr_grow(&trees->cover, n, sizeof(double));
  }
  if (s > trees->subsets_room) ok = ok && cr_grow(&trees->subset_bits, s, CR_SUBSET_BYTES);
  if (!ok || n > INT32_MAX || s > INT32_MAX) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for tree %zu",
                   trees->n_trees + 1);
  }
  if (first) trees->tree_start[0] = 0;
  trees->trees_room = t;
  trees->nodes_room = n;
  trees->subsets_room = s;
  return CR_OK;
}

// The subsets of one tree stand together, in the order in which its nodes were split.
static bool append_subsets(cr_trees* to, const cr_trees* from, size_t at, size_t first,
                           size_t n) {
  int32_t lowest = INT32_MAX, highest = -1;
  for (size_t i = 0; i < n; i++) {
    const int32_t subset = from->subset[first + i];
    if (subset > highest) highest = subset;
    if (subset >= 0 && subset < lowest) lowest = subset;
  }
  const int32_t start = (int32_t)to->n_subsets;
  for (size_t i = 0; i < n; i++) {
    const int32_t subset = from->subset[first + i];
    to->subset[at + i] = subset < 0 ? -1 : start + subset - lowest;
  }
  if (highest < 0) return true;
  const size_t count = (size_t)(highest - lowest) + 1;
  if (count > n) return false;
  memcpy(to->subset_bits + to->n_subsets * CR_SUBSET_BYTES,
         from->subset_bits + (size_t)lowest * CR_SUBSET_BYTES, count * CR_SUBSET_BYTES);
  to->n_subsets += count;
  return true;
}

cr_status cr_trees_append(cr_trees* to, const cr_trees* from, double divisor,
                          cr_error* err) {
  cr_status status = CR_OK;
  for (size_t t = 0; t < from->n_trees; t++) {
    const size_t first = (size_t)from->tree_start[t];
    const size_t n = (size_t)from->tree_start[t + 1] - first;
    CR_TRY(cr_trees_reserve(to, n, n, err));
    const size_t at = to->n_nodes;
    memcpy(to->feature + at, from->feature + first, n * sizeof *to->feature);
    memcpy(to->bin + at, from->bin + first, n * sizeof *to->bin);
    memcpy(to->missing_left + at, from->missing_left + first,
           n * sizeof *to->missing_left);
    memcpy(to->left + at, from->left + first, n * sizeof *to->left);
    memcpy(to->right + at, from->right + first, n * sizeof *to->right);
    memcpy(to->gain + at, from->gain + first, n * sizeof *to->gain);
    memcpy(to->cover + at, from->cover + first, n * sizeof *to->cover);
    for (size_t i = 0; i < n; i++) to->value[at + i] = from->value[first + i] / divisor;
    if (!append_subsets(to, from, at, first, n)) {
      status =
          cr_fail(err, CR_EMODEL, "tree", "the subsets of tree %zu are apart", t + 1);
      goto done;
    }
    to->n_nodes += n;
    to->n_trees++;
    to->tree_start[to->n_trees] = (int32_t)to->n_nodes;
  }

done:
  return status;
}

void cr_trees_free(cr_trees* trees) {
  cr_free(trees->tree_start);
  cr_free(trees->feature);
  cr_free(trees->bin);
  cr_free(trees->subset);
  cr_free(trees->missing_left);
  cr_free(trees->left);
  cr_free(trees->right);
  cr_free(trees->value);
  cr_free(trees->gain);
  cr_free(trees->cover);
  cr_free(trees->subset_bits);
  memset(trees, 0, sizeof *trees);
}

// `parents` counts how often each node of the tree was named as a child.
static bool tree_is_valid(const cr_trees* trees, size_t first, int32_t n,
                          size_t n_features, uint8_t* parents) {
  if (n < 1) return false;
  memset(parents, 0, (size_t)n);
  for (int32_t i = 0; i < n; i++) {
    const size_t node = first + (size_t)i;
    if (!isfinite(trees->value[node]) || (i > 0 && parents[i] != 1)) return false;
    if (trees->feature[node] == -1) continue;
    const int32_t left = trees->left[node], right = trees->right[node];
    if (trees->feature[node] < 0 || (size_t)trees->feature[node] >= n_features)
      return false;
    if (left <= i || right <= i || left >= n || right >= n || left == right) return false;
    if (parents[left] != 0 || parents[right] != 0) return false;
    parents[left] = parents[right] = 1;
    const int32_t subset = trees->subset[node];
    if (subset < -1 || (subset >= 0 && (size_t)subset >= trees->n_subsets)) return false;
    if (subset == -1 && (trees->bin[node] < 1 || trees->bin[node] > 255)) return false;
    if (trees->missing_left[node] != 0 && trees->missing_left[node] != 1) return false;
  }
  return true;
}

cr_status cr_trees_validate(const cr_trees* trees, size_t n_features, cr_error* err) {
  cr_status status = CR_OK;
  uint8_t* parents = cr_alloc(trees->n_nodes, 1);
  if (parents == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to check %zu nodes",
                   trees->n_nodes);
  }
  if (trees->tree_start[0] != 0 ||
      (size_t)trees->tree_start[trees->n_trees] != trees->n_nodes) {
    status = cr_fail(err, CR_EMODEL, "tree", "the trees' offsets do not cover the nodes");
    goto done;
  }
  for (size_t t = 0; t < trees->n_trees; t++) {
    const int32_t first = trees->tree_start[t], end = trees->tree_start[t + 1];
    if (first < 0 || end <= first || (size_t)end > trees->n_nodes ||
        !tree_is_valid(trees, (size_t)first, end - first, n_features, parents)) {
      status = cr_fail(err, CR_EMODEL, "tree", "tree %zu is not a valid tree", t + 1);
      goto done;
    }
  }

done:
  cr_free(parents);
  return status;
}
