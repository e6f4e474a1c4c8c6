#include "tree/expand.h"

#include <stdbool.h>
#include <string.h>

#include "base/exact.h"

static void expand_node(const cr_grove* grove, const cr_grove_tree* from, size_t i,
                        size_t at, cr_trees* to) {
  const int32_t split = from->split[i];
  const bool subset = split >= 0 && (split & CR_GROVE_SUBSET) != 0;
  to->feature[at] = split < 0 ? -1 : (int32_t)cr_grove_feature(from, split);
  to->left[at] = split < 0 ? -1 : (int32_t)i + 1;
  to->right[at] = split < 0 ? -1 : from->follow[i];
  to->subset[at] = subset ? split ^ CR_GROVE_SUBSET : -1;
  to->bin[at] = split < 0 || subset ? -1 : split & 255;
  to->missing_left[at] = split < 0 || subset ? 0 : split >> 8 & 1;
  to->gain[at] = 0.0;
  to->value[at] = 0.0;
  if (split < 0) {
    to->value[at] = (double)from->follow[i] / CR_GROVE_ONE / (double)grove->n_trees;
  }
}

cr_status cr_expand_grove(const cr_grove* grove, cr_trees* trees, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(cr_trees_reserve(trees, grove->n_nodes, grove->n_subsets, err));
  for (size_t t = 0; t < grove->n_trees; t++) {
    const cr_grove_tree from = cr_grove_at(grove, t);
    const size_t first = (size_t)grove->tree_start[t];
    const size_t n = (size_t)grove->tree_start[t + 1] - first;
    CR_TRY(cr_trees_reserve(trees, n, 0, err));
    for (size_t i = 0; i < n; i++) {
      expand_node(grove, &from, i, first + i, trees);
      trees->cover[first + i] = (double)grove->cover[first + i];
    }
    trees->n_nodes += n;
    trees->tree_start[++trees->n_trees] = (int32_t)trees->n_nodes;
  }
  if (grove->n_subsets > 0) {
    memcpy(trees->subset_bits, grove->subset_bits, grove->n_subsets * CR_SUBSET_BYTES);
  }
  trees->n_subsets = grove->n_subsets;

done:
  if (status != CR_OK) cr_trees_free(trees);
  return status;
}
