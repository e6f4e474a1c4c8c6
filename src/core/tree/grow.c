#include "tree/grow.h"

#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

// Rows a chunk: small enough to share a node, large enough to pay for taking it.
enum { CHUNK_MIN = 1024, CHUNK_MAX = 8192, TOUCH_STRIDE = 64 };

// Below this many rows in the smaller child members take whole feature blocks
// instead of chunks of rows: no private histograms to clear and merge.
enum { SMALL_NODE = 8192 };

cr_status cr_grower_make(const cr_codes* codes, const cr_bins* bins,
                         const cr_grow_limits* limits, size_t n_rows, size_t n_riders,
                         int n_members, cr_grower* grower, cr_error* err) {
  cr_status status = CR_OK;
  int max_code = 0;
  for (size_t j = 0; j < bins->n_features; j++) {
    if (bins->n_bins[j] > max_code) max_code = bins->n_bins[j];
  }
  grower->codes = codes;
  grower->bins = bins;
  grower->limits = *limits;
  grower->layout = cr_hist_layout_for(bins->n_features, max_code);
  grower->n_members = n_members;
  const size_t leaves = (size_t)limits->max_leaves;
  const size_t members = (size_t)n_members;
  const size_t most = n_rows > n_riders ? n_rows : n_riders;
  grower->max_chunks = most / CHUNK_MIN + 2;
  CR_TRY(cr_rows_make(n_rows, 1, &grower->bag, err));
  CR_TRY(cr_rows_make(n_riders, 0, &grower->riders, err));
  grower->slots = cr_alloc_aligned(leaves, grower->layout.n_cells * sizeof(cr_cell));
  grower->privates = cr_alloc_aligned(members, grower->layout.n_cells * sizeof(cr_cell));
  grower->touched = cr_alloc_zero(members, TOUCH_STRIDE);
  grower->chunk_left = cr_alloc(grower->max_chunks, sizeof(size_t));
  grower->chunk_rider_left = cr_alloc(grower->max_chunks, sizeof(size_t));
  grower->found = cr_alloc(2 * grower->layout.n_blocks, sizeof(cr_split));
  grower->plans = cr_alloc(members * leaves, sizeof(cr_leaf));
  if (grower->slots == NULL || grower->privates == NULL || grower->touched == NULL ||
      grower->chunk_left == NULL || grower->chunk_rider_left == NULL ||
      grower->found == NULL || grower->plans == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu histograms", leaves);
  }

done:
  if (status != CR_OK) cr_grower_free(grower);
  return status;
}

void cr_grower_free(cr_grower* grower) {
  cr_rows_free(&grower->bag);
  cr_rows_free(&grower->riders);
  cr_free_aligned(grower->slots);
  cr_free_aligned(grower->privates);
  cr_free(grower->touched);
  cr_free(grower->chunk_left);
  cr_free(grower->chunk_rider_left);
  cr_free(grower->found);
  cr_free(grower->plans);
  memset(grower, 0, sizeof *grower);
}

static cr_cell* slot_cells(const cr_grower* grower, int slot) {
  return grower->slots + (size_t)slot * grower->layout.n_cells;
}

static cr_cell* private_cells(const cr_grower* grower, int member) {
  return grower->privates + (size_t)member * grower->layout.n_cells;
}

// Bytes of block b of the codes.
static const uint8_t* block_codes(const cr_grower* grower, size_t b) {
  return grower->codes->block + b * grower->codes->n_rows * CR_BLOCK;
}

static size_t chunk_size(size_t n, int n_members) {
  const size_t share = n / (4 * (size_t)n_members);
  return share < CHUNK_MIN ? CHUNK_MIN : share > CHUNK_MAX ? CHUNK_MAX : share;
}

static size_t n_chunks(size_t n, size_t size) { return (n + size - 1) / size; }

static size_t chunk_end(size_t n, size_t size, size_t chunk) {
  const size_t end = (chunk + 1) * size;
  return end < n ? end : n;
}

// ---- scanning ----

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

static void scan_feature(const cr_grower* grower, const cr_leaf* leaf, size_t feature,
                         const int64_t* count, cr_split* split) {
  cr_cell* cells = slot_cells(grower, leaf->slot);
  cr_split_scan(&grower->rule, &leaf->sums, (int32_t)feature,
                grower->bins->n_levels[feature] > 0, grower->bins->n_bins[feature],
                cr_hist_feature(&grower->layout, cells, feature), count, split);
}

// The best admissible split of a leaf within a block of features. Hessians bound the
// counts; only when the winner's are in doubt are its feature's codes counted, and
// the feature scanned again with exact counts.
static void scan_block(const cr_grower* grower, const cr_leaf* leaf, size_t b,
                       cr_split* best) {
  cr_split split[CR_BLOCK];
  bool exact[CR_BLOCK] = {false};
  int64_t count[256];
  const size_t first = b * CR_BLOCK;
  const size_t left = grower->layout.n_features - first;
  const size_t width = left < CR_BLOCK ? left : CR_BLOCK;
  for (size_t k = 0; k < width; k++) {
    split[k].feature = -1;
    const bool used = grower->feature_used == NULL || grower->feature_used[first + k];
    if (used) scan_feature(grower, leaf, first + k, NULL, &split[k]);
  }
  for (;;) {
    size_t winner = CR_BLOCK;
    for (size_t k = 0; k < width; k++) {
      if (split[k].feature < 0) continue;
      if (winner == CR_BLOCK || split[k].gain > split[winner].gain) winner = k;
    }
    if (winner == CR_BLOCK) {
      memset(best, 0, sizeof *best);
      best->feature = -1;
      return;
    }
    if (exact[winner] || !cr_split_in_doubt(&grower->rule, &leaf->sums, &split[winner])) {
      *best = split[winner];
      return;
    }
    count_codes(grower, leaf, first + winner, count);
    scan_feature(grower, leaf, first + winner, count, &split[winner]);
    exact[winner] = true;
  }
}

static bool may_split(const cr_grower* grower, const cr_leaf* leaf) {
  return leaf->depth < grower->limits.max_depth &&
         leaf->sums.count >= 2 * grower->rule.min_count && leaf->n >= 2;
}

// Best over blocks of what scan_block() found for one child. First block wins ties.
static void take_best(const cr_grower* grower, size_t child, cr_leaf* leaf) {
  const cr_split* found = grower->found + child * grower->layout.n_blocks;
  leaf->best.feature = -1;
  leaf->best.gain = 0.0;
  for (size_t b = 0; b < grower->layout.n_blocks; b++) {
    if (found[b].feature < 0) continue;
    if (leaf->best.feature < 0 || found[b].gain > leaf->best.gain) leaf->best = found[b];
  }
}

// ---- histograms ----

// Adds a stretch of the bag to this member's private histogram.
static void add_private(const cr_grower* grower, int member, int buffer, size_t start,
                        size_t n) {
  cr_cell* cells = private_cells(grower, member);
  uint8_t* touched = &grower->touched[(size_t)member * TOUCH_STRIDE];
  for (size_t b = 0; b < grower->layout.n_blocks; b++) {
    if (!*touched) cr_hist_zero(&grower->layout, b, cells);
    cr_hist_add(&grower->layout, b, block_codes(grower, b),
                grower->bag.row[buffer] + start, grower->bag.cell[buffer] + start, n,
                cells);
  }
  *touched = 1;
}

// Block b of a leaf's histogram: merged from the private ones, or built here.
static void make_block(const cr_grower* grower, const cr_leaf* leaf, size_t b,
                       bool from_privates) {
  cr_cell* cells = slot_cells(grower, leaf->slot);
  cr_hist_zero(&grower->layout, b, cells);
  if (!from_privates) {
    cr_hist_add(&grower->layout, b, block_codes(grower, b),
                grower->bag.row[leaf->buffer] + leaf->start,
                grower->bag.cell[leaf->buffer] + leaf->start, leaf->n, cells);
    return;
  }
  for (int m = 0; m < grower->n_members; m++) {
    if (!grower->touched[(size_t)m * TOUCH_STRIDE]) continue;
    cr_hist_merge(&grower->layout, b, private_cells(grower, m), cells);
  }
}

// ---- one split ----

// What all members agree on before they start moving rows.
typedef struct {
  int leaf;  // index in the plan; becomes the left child
  size_t bag_chunk, rider_chunk;
  size_t n_bag_chunks, n_rider_chunks;
  uint8_t table[256];
} task;

static task plan_task(const cr_worker* me, const cr_leaf* leaf, int index) {
  task todo = {.leaf = index};
  todo.bag_chunk = chunk_size(leaf->n, me->size);
  todo.rider_chunk = chunk_size(leaf->rider_n, me->size);
  todo.n_bag_chunks = n_chunks(leaf->n, todo.bag_chunk);
  todo.n_rider_chunks = n_chunks(leaf->rider_n, todo.rider_chunk);
  cr_split_table(&leaf->best, todo.table);
  return todo;
}

static void flag_rows(cr_worker* me, cr_grower* grower, const cr_leaf* leaf,
                      const task* todo) {
  const uint8_t* column =
      grower->codes->column + (size_t)leaf->best.feature * grower->codes->n_rows;
  size_t item;
  while (cr_team_next(me, &grower->flagging, todo->n_bag_chunks + todo->n_rider_chunks,
                      false, &item)) {
    const bool in_bag = item < todo->n_bag_chunks;
    const size_t chunk = in_bag ? item : item - todo->n_bag_chunks;
    const size_t size = in_bag ? todo->bag_chunk : todo->rider_chunk;
    const size_t n = in_bag ? leaf->n : leaf->rider_n;
    const size_t start = in_bag ? leaf->start : leaf->rider_start;
    size_t* n_left = in_bag ? grower->chunk_left : grower->chunk_rider_left;
    n_left[chunk] = cr_rows_flag(in_bag ? &grower->bag : &grower->riders, leaf->buffer,
                                 start + chunk * size, start + chunk_end(n, size, chunk),
                                 column, todo->table);
  }
}

// Where a chunk's left and right rows start, given the left counts of all chunks.
static void chunk_places(const size_t* n_left, size_t chunk, size_t size, size_t start,
                         size_t all_left, size_t* left, size_t* right) {
  size_t before = 0;
  for (size_t c = 0; c < chunk; c++) before += n_left[c];
  *left = start + before;
  *right = start + all_left + (chunk * size - before);
}

static size_t sum(const size_t* x, size_t n) {
  size_t total = 0;
  for (size_t i = 0; i < n; i++) total += x[i];
  return total;
}

// Moves the rows; with `build`, the smaller child's part of each chunk goes into the
// private histogram at once, while it is in the cache.
static void move_rows(cr_worker* me, cr_grower* grower, const cr_leaf* leaf,
                      const task* todo, bool build, bool left_is_smaller) {
  const size_t bag_left = sum(grower->chunk_left, todo->n_bag_chunks);
  const size_t rider_left = sum(grower->chunk_rider_left, todo->n_rider_chunks);
  size_t item, left, right;
  while (cr_team_next(me, &grower->moving, todo->n_bag_chunks + todo->n_rider_chunks,
                      false, &item)) {
    if (item >= todo->n_bag_chunks) {
      const size_t chunk = item - todo->n_bag_chunks;
      chunk_places(grower->chunk_rider_left, chunk, todo->rider_chunk, leaf->rider_start,
                   rider_left, &left, &right);
      cr_rows_move(&grower->riders, leaf->buffer,
                   leaf->rider_start + chunk * todo->rider_chunk,
                   leaf->rider_start + chunk_end(leaf->rider_n, todo->rider_chunk, chunk),
                   left, right);
      continue;
    }
    const size_t from = item * todo->bag_chunk;
    const size_t to = chunk_end(leaf->n, todo->bag_chunk, item);
    chunk_places(grower->chunk_left, item, todo->bag_chunk, leaf->start, bag_left, &left,
                 &right);
    cr_rows_move(&grower->bag, leaf->buffer, leaf->start + from, leaf->start + to, left,
                 right);
    if (!build) continue;
    const size_t here = grower->chunk_left[item];
    add_private(grower, me->id, 1 - leaf->buffer, left_is_smaller ? left : right,
                left_is_smaller ? here : to - from - here);
  }
}

static int64_t count_rows(const cr_grower* grower, const cr_leaf* leaf) {
  if (grower->row_count == NULL) return (int64_t)leaf->n;
  const uint32_t* row = grower->bag.row[leaf->buffer] + leaf->start;
  int64_t count = 0;
  for (size_t i = 0; i < leaf->n; i++) count += grower->row_count[row[i]];
  return count;
}

// Turns the split leaf into its children, the same on every member.
static void make_children(const cr_grower* grower, const task* todo,
                          const cr_leaf* parent, int32_t first_node, cr_leaf* left,
                          cr_leaf* right) {
  const size_t bag_left = sum(grower->chunk_left, todo->n_bag_chunks);
  const size_t rider_left = sum(grower->chunk_rider_left, todo->n_rider_chunks);
  const cr_leaf from = *parent;
  *left = from;
  left->n = bag_left;
  left->rider_n = rider_left;
  left->buffer = 1 - from.buffer;
  left->depth = from.depth + 1;
  left->node = first_node;
  left->sums.total = from.best.left;
  left->best.feature = -1;
  *right = *left;
  right->start = from.start + bag_left;
  right->n = from.n - bag_left;
  right->rider_start = from.rider_start + rider_left;
  right->rider_n = from.rider_n - rider_left;
  right->node = first_node + 1;
  right->sums.total = from.sums.total - from.best.left;
}

static void scan_children(cr_worker* me, cr_grower* grower, cr_leaf* small,
                          cr_leaf* large, bool from_privates) {
  const bool scan_small = may_split(grower, small), scan_large = may_split(grower, large);
  size_t b;
  while (cr_team_next(me, &grower->scanning, grower->layout.n_blocks, false, &b)) {
    cr_split* found = grower->found;
    make_block(grower, small, b, from_privates);
    cr_hist_subtract(&grower->layout, b, slot_cells(grower, small->slot),
                     slot_cells(grower, large->slot));
    found[b].feature = found[grower->layout.n_blocks + b].feature = -1;
    if (scan_small) scan_block(grower, small, b, &found[b]);
    if (scan_large) scan_block(grower, large, b, &found[grower->layout.n_blocks + b]);
  }
}

// Splits one leaf of the plan; `last` when no leaf will be split after it, so that
// nobody needs the children's histograms.
static void split_leaf(cr_worker* me, cr_grower* grower, cr_leaf* plan, int index,
                       int n_leaves, bool last) {
  cr_leaf* leaf = &plan[index];
  const task todo = plan_task(me, leaf, index);
  flag_rows(me, grower, leaf, &todo);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) cr_counter_reset(&grower->scanning);

  const size_t bag_left = sum(grower->chunk_left, todo.n_bag_chunks);
  const bool left_is_smaller = 2 * bag_left <= leaf->n;
  const size_t n_small = left_is_smaller ? bag_left : leaf->n - bag_left;
  const bool shared = n_small >= SMALL_NODE && me->size > 1;
  const bool scan = !last && leaf->depth + 1 < grower->limits.max_depth &&
                    leaf->sums.count >= 3 * grower->rule.min_count;
  grower->touched[(size_t)me->id * TOUCH_STRIDE] = 0;
  move_rows(me, grower, leaf, &todo, scan && shared, left_is_smaller);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) cr_counter_reset(&grower->flagging);

  cr_leaf* other = &plan[n_leaves];
  make_children(grower, &todo, leaf, 2 * n_leaves - 1, leaf, other);
  leaf->sums.count = count_rows(grower, leaf);
  other->sums.count -= leaf->sums.count;
  // The parent's histogram becomes the larger child's; the smaller gets a new slot.
  (left_is_smaller ? leaf : other)->slot = n_leaves;
  cr_leaf* small = left_is_smaller ? leaf : other;
  cr_leaf* large = left_is_smaller ? other : leaf;
  if (scan) scan_children(me, grower, small, large, shared);
  cr_team_barrier(me);
  if (cr_team_cancelled(me)) return;
  if (me->id == 0) cr_counter_reset(&grower->moving);
  if (scan && may_split(grower, small)) take_best(grower, 0, small);
  if (scan && may_split(grower, large)) take_best(grower, 1, large);
}

// ---- the root ----

static void scan_root(cr_worker* me, cr_grower* grower, cr_leaf* root) {
  const size_t size = chunk_size(root->n, me->size);
  const bool shared = me->size > 1 && root->n >= SMALL_NODE;
  size_t item;
  grower->touched[(size_t)me->id * TOUCH_STRIDE] = 0;
  while (shared &&
         cr_team_next(me, &grower->rooting, n_chunks(root->n, size), false, &item)) {
    add_private(grower, me->id, 0, item * size,
                chunk_end(root->n, size, item) - item * size);
  }
  cr_team_barrier(me);
  while (cr_team_next(me, &grower->scanning, grower->layout.n_blocks, false, &item)) {
    make_block(grower, root, item, shared);
    grower->found[item].feature = -1;
    if (may_split(grower, root)) scan_block(grower, root, item, &grower->found[item]);
  }
  cr_team_barrier(me);
  if (!cr_team_cancelled(me)) take_best(grower, 0, root);
}

// ---- the tree ----

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
  scan_root(me, grower, plan);
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
