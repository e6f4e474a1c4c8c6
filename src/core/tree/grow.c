#include "tree/grow.h"

#include <string.h>

#include "tree/part.h"
#include "tree/scan.h"

#include "base/exact.h"

// Turns the split leaf into its children, the same on every member.
static void make_children(const cr_grower* grower, const cr_part* part,
                          const cr_leaf* parent, int32_t first_node, cr_leaf* left,
                          cr_leaf* right) {
  const size_t bag_left = cr_part_bag_left(grower, part);
  const size_t rider_left = cr_part_rider_left(grower, part);
  const cr_leaf from = *parent;
  *left = from;
  left->n = bag_left;
  left->rider_n = rider_left;
  left->buffer = 1 - from.buffer;
  left->depth = from.depth + 1;
  left->node = first_node;
  left->sums.total = from.best.left;
  left->sums.count = cr_part_count_left(grower, part);
  left->best.feature = -1;
  *right = *left;
  right->start = from.start + bag_left;
  right->n = from.n - bag_left;
  right->rider_start = from.rider_start + rider_left;
  right->rider_n = from.rider_n - rider_left;
  right->node = first_node + 1;
  right->sums.total = from.sums.total - from.best.left;
  right->sums.count = from.sums.count - left->sums.count;
  const int32_t feature = from.best.feature;
  cr_split_bounds(&grower->rule, &from.sums, &from.best,
                  grower->monotone == NULL ? 0 : grower->monotone[feature], &left->sums,
                  &right->sums);
  if (grower->groups == NULL) return;
  left->groups = right->groups = from.groups & grower->groups[feature];
  if (grower->groups[feature] == 0) left->alone = right->alone = feature;
}

// Splits one leaf of the plan; `last` when no leaf will be split after it, so that
// nobody needs the children's histograms.
static void split_leaf(cr_worker* me, cr_grower* grower, cr_leaf* plan, int index,
                       int n_leaves, bool last) {
  cr_leaf* leaf = &plan[index];
  const cr_part part = cr_part_plan(me, leaf);
  cr_part_flag(me, grower, leaf, &part);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) cr_counter_reset(&grower->scanning);

  const size_t bag_left = cr_part_bag_left(grower, &part);
  const bool left_is_smaller = 2 * bag_left <= leaf->n;
  const size_t n_small = left_is_smaller ? bag_left : leaf->n - bag_left;
  const bool shared = n_small >= CR_SCAN_SHARED && me->size > 1;
  const bool scan = !last && leaf->depth + 1 < grower->limits.max_depth &&
                    leaf->sums.count >= 3 * grower->rule.min_count;
  grower->touched[(size_t)me->id * CR_TOUCH_STRIDE] = 0;
  cr_part_move(me, grower, leaf, &part, scan && shared, left_is_smaller);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) cr_counter_reset(&grower->flagging);

  cr_leaf* other = &plan[n_leaves];
  make_children(grower, &part, leaf, 2 * n_leaves - 1, leaf, other);
  // The parent's histogram becomes the larger child's; the smaller gets a new slot.
  (left_is_smaller ? leaf : other)->slot = n_leaves;
  cr_leaf* small = left_is_smaller ? leaf : other;
  cr_leaf* large = left_is_smaller ? other : leaf;
  if (scan) cr_scan_children(me, grower, small, large, shared);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) cr_counter_reset(&grower->moving);
  if (scan && cr_scan_may_split(grower, small)) cr_scan_take(grower, 0, small);
  if (scan && cr_scan_may_split(grower, large)) cr_scan_take(grower, 1, large);
}

static void write_leaf(cr_trees* trees, size_t node, const cr_leaf* leaf) {
  trees->feature[node] = -1;
  trees->bin[node] = -1;
  trees->subset[node] = -1;
  trees->missing_left[node] = 0;
  trees->left[node] = trees->right[node] = -1;
  trees->value[node] = 0.0;
  trees->gain[node] = 0.0;
  trees->cover[node] = (double)leaf->sums.count;
}

static void write_split(cr_trees* trees, size_t first, const cr_leaf* leaf,
                        int32_t first_child) {
  const size_t node = first + (size_t)leaf->node;
  trees->feature[node] = leaf->best.feature;
  trees->bin[node] = leaf->best.bin;
  trees->missing_left[node] = leaf->best.missing_left;
  trees->left[node] = first_child;
  trees->right[node] = first_child + 1;
  trees->gain[node] = leaf->best.gain;
  if (leaf->best.bin >= 0) return;
  trees->subset[node] = (int32_t)trees->n_subsets;
  memcpy(trees->subset_bits + trees->n_subsets * CR_SUBSET_BYTES, leaf->best.subset,
         CR_SUBSET_BYTES);
  trees->n_subsets++;
}

// The leaf with the largest gain; -1 when none can be split. First one wins ties.
static int best_leaf(const cr_leaf* plan, int n_leaves) {
  int best = -1;
  for (int l = 0; l < n_leaves; l++) {
    if (plan[l].best.feature < 0) continue;
    if (best < 0 || plan[l].best.gain > plan[best].best.gain) best = l;
  }
  return best;
}

void cr_grow_tree(cr_worker* me, cr_grower* grower, const cr_split_node* root,
                  cr_trees* trees) {
  cr_leaf* plan = grower->plans + (size_t)me->id * (size_t)grower->limits.max_leaves;
  const size_t first = trees->n_nodes;
  int n_leaves = 1;
  memset(plan, 0, sizeof *plan);
  plan->n = grower->n_bag;
  plan->rider_n = grower->n_riders;
  plan->sums = *root;
  plan->groups = UINT64_MAX;
  plan->alone = -1;
  cr_scan_root(me, grower, plan);
  if (me->id == 0) write_leaf(trees, first, plan);

  while (n_leaves < grower->limits.max_leaves) {
    const int index = best_leaf(plan, n_leaves);
    if (index < 0) break;
    if (me->id == 0) write_split(trees, first, &plan[index], 2 * n_leaves - 1);
    split_leaf(me, grower, plan, index, n_leaves,
               n_leaves + 1 == grower->limits.max_leaves);
    if (cr_team_cancelled(me)) return;
    if (me->id == 0) {
      write_leaf(trees, first + 2 * (size_t)n_leaves - 1, &plan[index]);
      write_leaf(trees, first + 2 * (size_t)n_leaves, &plan[n_leaves]);
    }
    n_leaves++;
  }
  if (me->id == 0) {
    trees->n_nodes = first + 2 * (size_t)n_leaves - 1;
    trees->n_trees++;
    trees->tree_start[trees->n_trees] = (int32_t)trees->n_nodes;
    grower->n_leaves = n_leaves;
    grower->leaves = plan;
    cr_counter_reset(&grower->rooting);
    cr_counter_reset(&grower->scanning);
  }
  cr_team_barrier(me);
}
