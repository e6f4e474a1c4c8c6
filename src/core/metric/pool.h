#ifndef LCRISK_METRIC_POOL_H
#define LCRISK_METRIC_POOL_H

#include <stddef.h>

/// Pooling of adjacent violators (Ayer, Brunk, Ewing, Reid and Silverman 1955): groups
/// arrive in order, and neighbours merge until means rise. What is left is at once the
/// isotonic regression of the outcomes and the convex hull of the ROC curve (Fawcett and
/// Niculescu-Mizil 2007): a block is a segment of the hull.

typedef struct {
  double sum;    ///< of what shall rise
  double rest;   ///< weight less `sum`; sum + rest > 0
  size_t first;  ///< of the groups in the block
  size_t last;
} cr_pool;

/// Puts `group` on the stack of `n` blocks (room for n + 1) and merges it down while the
/// block below has no smaller mean. Returns the new number of blocks. Groups pushed one
/// after the other cost O(1) each on average.
static inline size_t cr_pool_push(cr_pool* block, size_t n, cr_pool group) {
  // a mean is sum / (sum + rest); compared without division
  while (n > 0 && block[n - 1].sum * group.rest >= group.sum * block[n - 1].rest) {
    n--;
    group.sum += block[n].sum;
    group.rest += block[n].rest;
    group.first = block[n].first;
  }
  block[n] = group;
  return n + 1;
}

#endif
