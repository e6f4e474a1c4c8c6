#include "tree/scan.h"

#include <string.h>

#include "base/exact.h"

static cr_cell* private_cells(const cr_grower* grower, int member) {
  return grower->privates + (size_t)member * grower->layout.n_cells;
}

// Exact counts of one feature's codes among a leaf's rows.
static void count_codes(const cr_grower* grower, const cr_leaf* leaf, size_t feature,
                        int64_t* count) {
  memset(count, 0, 256 * sizeof *count);
  const uint8_t* column = grower->codes->column + feature * grower->codes->n_rows;
  const uint32_t* row = grower->bag.row[leaf->buffer] + leaf->start;
  if (grower->row_count == NULL) {
    for (size_t i = 0; i < leaf->n; i++) count[column[row[i]]]++;
  } else {
    for (size_t i = 0; i < leaf->n; i++) {
      count[column[row[i]]] += grower->row_count[row[i]];
    }
  }
}

static void scan_feature(const cr_grower* grower, const cr_leaf* leaf, size_t j,
                         const cr_cell* cells, const int64_t* count, cr_split* split) {
  const cr_split_feature feature = {
      .index = (int32_t)j,
      .by_level = grower->bins->n_levels[j] > 0,
      .n_bins = grower->bins->n_bins[j],
      .monotone = grower->monotone == NULL ? 0 : grower->monotone[j]};
  cr_split_scan(&grower->rule, &leaf->sums, &feature, cells, count, grower->simd, split);
}

// A leaf may use a feature when the tree drew it and when one interaction group holds
// it and all features above; a feature of no group goes with itself only.
static bool may_use(const cr_grower* grower, const cr_leaf* leaf, size_t j) {
  if (grower->feature_used != NULL && !grower->feature_used[j]) return false;
  if (grower->groups == NULL || leaf->depth == 0) return true;
  if (leaf->alone >= 0) return (size_t)leaf->alone == j;
  return (grower->groups[j] & leaf->groups) != 0;
}

// The cells of the `f`-th feature of a lane: its own, or recovered into `shared`.
static const cr_cell* feature_cells(const cr_grower* grower, const cr_leaf* leaf,
                                    size_t lane, int32_t f, bool recover,
                                    cr_cell* shared) {
  const cr_lanes* lanes = &grower->codes->lanes;
  const int32_t first = lanes->start[lane], n = lanes->start[lane + 1] - first;
  const cr_cell* cells =
      cr_hist_lane(&grower->layout, cr_grower_slot(grower, leaf->slot), lane);
  if (n == 1) return cells;
  if (recover) cr_hist_marginals(cells, lanes->size + first, (size_t)n, shared);
  for (int32_t k = 0; k < f; k++) shared += lanes->size[first + k];
  return shared;
}

// Best split of one feature of a block, while the block's best is looked for.
typedef struct {
  cr_split split;
  size_t lane;
  int32_t f;  // which feature of the lane
  bool exact;
} contender;

// Contenders for the best split of one lane, by hessians alone.
static size_t scan_lane(const cr_grower* grower, const cr_leaf* leaf, size_t lane,
                        contender* found) {
  const cr_lanes* lanes = &grower->codes->lanes;
  cr_cell shared[CR_HIST_SHARED];
  bool recover = true;
  size_t n = 0;
  for (int32_t f = lanes->start[lane]; f < lanes->start[lane + 1]; f++) {
    const size_t j = (size_t)lanes->feature[f];
    if (!may_use(grower, leaf, j)) continue;
    contender* c = &found[n];
    c->lane = lane;
    c->f = f - lanes->start[lane];
    c->exact = false;
    const cr_cell* cells = feature_cells(grower, leaf, lane, c->f, recover, shared);
    scan_feature(grower, leaf, j, cells, NULL, &c->split);
    n += c->split.feature >= 0;
    recover = false;
  }
  return n;
}

// The larger gain; of equal ones the lower feature.
static bool is_better(const cr_split* a, const cr_split* b) {
  return a->gain > b->gain || (a->gain == b->gain && a->feature < b->feature);
}

// The best admissible split of a leaf within a block of lanes. Hessians bound the
// counts; only when the winner's are in doubt are its feature's codes counted, and the
// feature scanned again with exact counts.
static void scan_block(const cr_grower* grower, const cr_leaf* leaf, size_t b,
                       cr_split* best) {
  contender found[CR_BLOCK * CR_LANE_FEATURES];
  int64_t count[256];
  cr_cell shared[CR_HIST_SHARED];
  size_t n = 0;
  for (size_t l = b * CR_BLOCK; l < grower->layout.n_lanes && l < (b + 1) * CR_BLOCK;
       l++) {
    n += scan_lane(grower, leaf, l, found + n);
  }
  for (;;) {
    contender* winner = NULL;
    for (size_t k = 0; k < n; k++) {
      if (found[k].split.feature < 0) continue;
      if (winner == NULL || is_better(&found[k].split, &winner->split))
        winner = &found[k];
    }
    if (winner == NULL) {
      memset(best, 0, sizeof *best);
      best->feature = -1;
      return;
    }
    if (winner->exact || !cr_split_in_doubt(&grower->rule, &leaf->sums, &winner->split)) {
      *best = winner->split;
      return;
    }
    const size_t j = (size_t)winner->split.feature;
    count_codes(grower, leaf, j, count);
    scan_feature(grower, leaf, j,
                 feature_cells(grower, leaf, winner->lane, winner->f, true, shared),
                 count, &winner->split);
    winner->exact = true;
  }
}

bool cr_scan_may_split(const cr_grower* grower, const cr_leaf* leaf) {
  return leaf->depth < grower->limits.max_depth &&
         leaf->sums.count >= 2 * grower->rule.min_count && leaf->n >= 2;
}

// Best over blocks of what scan_block() found for one child.
void cr_scan_take(const cr_grower* grower, int child, cr_leaf* leaf) {
  const cr_split* found = grower->found + (size_t)child * grower->layout.n_blocks;
  leaf->best.feature = -1;
  leaf->best.gain = 0.0;
  for (size_t b = 0; b < grower->layout.n_blocks; b++) {
    if (found[b].feature < 0) continue;
    if (leaf->best.feature < 0 || is_better(&found[b], &leaf->best))
      leaf->best = found[b];
  }
}

// Adds a stretch of the bag to this member's private histogram.
void cr_scan_add(const cr_grower* grower, int member, int buffer, size_t start,
                 size_t n) {
  cr_cell* cells = private_cells(grower, member);
  uint8_t* touched = &grower->touched[(size_t)member * CR_TOUCH_STRIDE];
  for (size_t b = 0; b < grower->layout.n_blocks; b++) {
    if (!*touched) cr_hist_zero(&grower->layout, b, cells);
    cr_hist_add(&grower->layout, b, cr_grower_block(grower, b),
                grower->bag.row[buffer] + start, grower->bag.cell[buffer] + start, n,
                cells);
  }
  *touched = 1;
}

// Block b of a leaf's histogram: merged from the private ones, or built here.
static void make_block(const cr_grower* grower, const cr_leaf* leaf, size_t b,
                       bool from_privates) {
  cr_cell* cells = cr_grower_slot(grower, leaf->slot);
  cr_hist_zero(&grower->layout, b, cells);
  if (!from_privates) {
    cr_hist_add(&grower->layout, b, cr_grower_block(grower, b),
                grower->bag.row[leaf->buffer] + leaf->start,
                grower->bag.cell[leaf->buffer] + leaf->start, leaf->n, cells);
    return;
  }
  for (int m = 0; m < grower->n_members; m++) {
    if (!grower->touched[(size_t)m * CR_TOUCH_STRIDE]) continue;
    cr_hist_merge(&grower->layout, b, private_cells(grower, m), cells);
  }
}

void cr_scan_children(cr_worker* me, cr_grower* grower, const cr_leaf* small,
                      const cr_leaf* large, bool shared) {
  const bool scan_small = cr_scan_may_split(grower, small),
             scan_large = cr_scan_may_split(grower, large);
  size_t b;
  while (cr_team_next(me, &grower->scanning, grower->layout.n_blocks, false, &b)) {
    cr_split* found = grower->found;
    make_block(grower, small, b, shared);
    cr_hist_subtract(&grower->layout, b, cr_grower_slot(grower, small->slot),
                     cr_grower_slot(grower, large->slot));
    found[b].feature = found[grower->layout.n_blocks + b].feature = -1;
    if (scan_small) scan_block(grower, small, b, &found[b]);
    if (scan_large) scan_block(grower, large, b, &found[grower->layout.n_blocks + b]);
  }
}

void cr_scan_root(cr_worker* me, cr_grower* grower, cr_leaf* root) {
  const size_t size = cr_grower_piece(root->n, me->size);
  const bool shared = me->size > 1 && root->n >= CR_SCAN_SHARED;
  size_t item;
  grower->touched[(size_t)me->id * CR_TOUCH_STRIDE] = 0;
  while (shared && cr_team_next(me, &grower->rooting, cr_piece_count(root->n, size),
                                false, &item)) {
    cr_scan_add(grower, me->id, 0, item * size,
                cr_piece_end(root->n, size, item) - item * size);
  }
  cr_team_barrier(me);
  while (cr_team_next(me, &grower->scanning, grower->layout.n_blocks, false, &item)) {
    make_block(grower, root, item, shared);
    grower->found[item].feature = -1;
    if (cr_scan_may_split(grower, root))
      scan_block(grower, root, item, &grower->found[item]);
  }
  cr_team_barrier(me);
  if (!cr_team_cancelled(me)) cr_scan_take(grower, 0, root);
}
