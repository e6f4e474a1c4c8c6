#include "tree/paths.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

// ---- memory ----

// Room for `n` more elements and a final offset in each of the arrays.
typedef struct {
  void* array_address;
  size_t size;
} sized;

static bool make_room(size_t have, size_t n, size_t* room, const sized* array,
                      size_t n_arrays) {
  size_t wanted = have + n + 1;
  if (wanted <= *room) return true;
  if (wanted < 2 * *room) wanted = 2 * *room;
  if (wanted > INT32_MAX) return false;
  for (size_t a = 0; a < n_arrays; a++) {
    if (!cr_grow(array[a].array_address, wanted, array[a].size)) return false;
  }
  *room = wanted;
  return true;
}

static bool group_room(cr_paths* p, size_t splits) {
  const sized groups[] = {{&p->group_split, sizeof(int32_t)},
                          {&p->group_leaf, sizeof(int32_t)},
                          {&p->group_slot, sizeof(int32_t)}};
  const sized split[] = {{&p->split, sizeof(cr_paths_split)}};
  const sized slot[] = {{&p->slot_feature, sizeof(int32_t)}};
  return make_room(p->n_groups, 1, &p->groups_room, groups, 3) &&
         make_room(p->n_splits, splits, &p->splits_room, split, 1) &&
         make_room(p->n_slots, splits, &p->slots_room, slot, 1);
}

static bool leaf_room(cr_paths* p, size_t depth) {
  const sized leaves[] = {{&p->leaf_entry, sizeof(int32_t)},
                          {&p->leaf_value, sizeof(double)}};
  const sized entries[] = {{&p->entry_slot, sizeof(int32_t)},
                           {&p->entry_share, sizeof(double)},
                           {&p->entry_condition, sizeof(int32_t)}};
  const sized condition[] = {{&p->condition, sizeof(int32_t)}};
  return make_room(p->n_leaves, 1, &p->leaves_room, leaves, 2) &&
         make_room(p->n_entries, depth, &p->entries_room, entries, 3) &&
         make_room(p->n_conditions, depth, &p->conditions_room, condition, 1);
}

void cr_paths_clear(cr_paths* p) {
  p->n_groups = p->n_leaves = p->n_entries = p->n_conditions = 0;
  p->n_splits = p->n_slots = 0;
  p->max_splits = p->max_slots = p->max_entries = 0;
}

void cr_paths_free(cr_paths* p) {
  cr_free(p->group_split);
  cr_free(p->group_leaf);
  cr_free(p->group_slot);
  cr_free(p->split);
  cr_free(p->slot_feature);
  cr_free(p->leaf_entry);
  cr_free(p->leaf_value);
  cr_free(p->entry_slot);
  cr_free(p->entry_share);
  cr_free(p->entry_condition);
  cr_free(p->condition);
  memset(p, 0, sizeof *p);
}

// ---- one tree ----

// What is known of each node of the tree, by its number within it.
typedef struct {
  const cr_trees* trees;
  size_t first;
  int32_t n;
  int32_t* parent;  // -1: the root
  int32_t* above;   // splits on the way to the node
  int32_t* within;  // splits of its subtree
  int32_t* place;   // of a split in the group being made
  int32_t* stack;
  double* share;  // of the parent's rows
} tree_view;

static double share_of(const cr_trees* trees, size_t first, size_t node, bool right) {
  const double left_cover = trees->cover[first + (size_t)trees->left[node]];
  const double right_cover = trees->cover[first + (size_t)trees->right[node]];
  const double sum = left_cover + right_cover;
  if (!(sum > 0.0)) return 0.5;
  return (right ? right_cover : left_cover) / sum;
}

static bool covers_are_valid(const tree_view* tree) {
  for (int32_t i = 0; i < tree->n; i++) {
    const double cover = tree->trees->cover[tree->first + (size_t)i];
    if (!isfinite(cover) || cover < 0.0) return false;
  }
  return true;
}

static void survey(tree_view* tree) {
  const cr_trees* trees = tree->trees;
  tree->parent[0] = -1;
  tree->above[0] = 0;
  tree->share[0] = 1.0;
  for (int32_t i = 0; i < tree->n; i++) {
    const size_t node = tree->first + (size_t)i;
    tree->within[i] = 0;
    if (trees->feature[node] < 0) continue;
    for (int side = 0; side < 2; side++) {
      const int32_t child = side ? trees->right[node] : trees->left[node];
      tree->parent[child] = i;
      tree->above[child] = tree->above[i] + 1;
      tree->share[child] = share_of(trees, tree->first, node, side);
    }
  }
  for (int32_t i = tree->n - 1; i >= 0; i--) {
    if (trees->feature[tree->first + (size_t)i] >= 0) tree->within[i]++;
    if (i > 0) tree->within[tree->parent[i]] += tree->within[i];
  }
}

static bool is_leaf(const tree_view* tree, int32_t i) {
  return tree->trees->feature[tree->first + (size_t)i] < 0;
}

// May the node's whole subtree be one group?
static bool fits(const tree_view* tree, int32_t i) {
  return is_leaf(tree, i) || tree->above[i] + tree->within[i] <= CR_PATHS_BITS;
}

static void add_split(const tree_view* tree, int32_t i, cr_paths* p) {
  const cr_trees* trees = tree->trees;
  const size_t node = tree->first + (size_t)i;
  const uint8_t shift = trees->missing_left[node] ? 0 : 1;
  cr_paths_split split = {
      .feature = trees->feature[node], .subset = trees->subset[node], .shift = shift};
  if (split.subset < 0) split.last = (uint8_t)(trees->bin[node] - shift);
  tree->place[i] = (int32_t)p->n_splits - p->group_split[p->n_groups];
  p->split[p->n_splits++] = split;
}

// Keeps the group's features ascending, each once.
static void add_slot(cr_paths* p, int32_t feature) {
  const size_t from = (size_t)p->group_slot[p->n_groups];
  size_t at = p->n_slots;
  for (size_t s = from; s < p->n_slots; s++) {
    if (p->slot_feature[s] == feature) return;
  }
  for (; at > from && p->slot_feature[at - 1] > feature; at--) {
    p->slot_feature[at] = p->slot_feature[at - 1];
  }
  p->slot_feature[at] = feature;
  p->n_slots++;
}

static int32_t slot_of(const cr_paths* p, int32_t feature) {
  const int32_t from = p->group_slot[p->n_groups];
  int32_t slot = 0;
  while (p->slot_feature[from + slot] != feature) slot++;
  return slot;
}

// From the leaf upwards; the splits of one feature become one entry.
static bool add_leaf(const tree_view* tree, int32_t leaf, cr_paths* p) {
  const cr_trees* trees = tree->trees;
  if (!leaf_room(p, (size_t)tree->above[leaf])) return false;
  const size_t first_entry = p->n_entries;
  for (int32_t i = leaf; tree->parent[i] >= 0; i = tree->parent[i]) {
    const int32_t feature = trees->feature[tree->first + (size_t)tree->parent[i]];
    const int32_t slot = slot_of(p, feature);
    bool known = false;
    for (size_t e = first_entry; e < p->n_entries; e++) {
      known = known || p->entry_slot[e] == slot;
    }
    if (known) continue;
    double share = 1.0;
    p->entry_condition[p->n_entries] = (int32_t)p->n_conditions;
    for (int32_t k = i; tree->parent[k] >= 0; k = tree->parent[k]) {
      const size_t node = tree->first + (size_t)tree->parent[k];
      if (trees->feature[node] != feature) continue;
      const int32_t right = trees->right[node] == k;
      p->condition[p->n_conditions++] = 2 * tree->place[tree->parent[k]] + right;
      share *= tree->share[k];
    }
    p->entry_slot[p->n_entries] = slot;
    p->entry_share[p->n_entries++] = share;
  }
  p->entry_condition[p->n_entries] = (int32_t)p->n_conditions;
  p->leaf_entry[p->n_leaves] = (int32_t)first_entry;
  p->leaf_value[p->n_leaves++] = trees->value[tree->first + (size_t)leaf];
  p->leaf_entry[p->n_leaves] = (int32_t)p->n_entries;
  const size_t entries = p->n_entries - first_entry;
  if (entries > p->max_entries) p->max_entries = entries;
  return true;
}

static bool add_group(const tree_view* tree, int32_t top, cr_paths* p) {
  const size_t splits = (size_t)(tree->above[top] + tree->within[top]);
  if (!group_room(p, splits)) return false;
  p->group_split[p->n_groups] = (int32_t)p->n_splits;
  p->group_leaf[p->n_groups] = (int32_t)p->n_leaves;
  p->group_slot[p->n_groups] = (int32_t)p->n_slots;
  for (int32_t i = tree->parent[top]; i >= 0; i = tree->parent[i]) add_split(tree, i, p);
  // The subtree twice over, left before right: first its splits, then its leaves.
  for (int pass = 0; pass < 2; pass++) {
    int32_t depth = 0;
    tree->stack[depth++] = top;
    while (depth > 0) {
      const int32_t i = tree->stack[--depth];
      if (is_leaf(tree, i)) {
        if (pass == 1 && !add_leaf(tree, i, p)) return false;
        continue;
      }
      if (pass == 0) add_split(tree, i, p);
      tree->stack[depth++] = tree->trees->right[tree->first + (size_t)i];
      tree->stack[depth++] = tree->trees->left[tree->first + (size_t)i];
    }
    if (pass == 1) continue;
    for (size_t s = (size_t)p->group_split[p->n_groups]; s < p->n_splits; s++) {
      add_slot(p, p->split[s].feature);
    }
  }
  const size_t slots = p->n_slots - (size_t)p->group_slot[p->n_groups];
  if (splits > p->max_splits) p->max_splits = splits;
  if (slots > p->max_slots) p->max_slots = slots;
  p->n_groups++;
  p->group_split[p->n_groups] = (int32_t)p->n_splits;
  p->group_leaf[p->n_groups] = (int32_t)p->n_leaves;
  p->group_slot[p->n_groups] = (int32_t)p->n_slots;
  return true;
}

cr_status cr_paths_add(const cr_trees* trees, size_t t, cr_paths* paths, cr_error* err) {
  cr_status status = CR_OK;
  const int32_t n = trees->tree_start[t + 1] - trees->tree_start[t];
  int32_t* const block = cr_alloc((size_t)n, 5 * sizeof *block);
  double* const share = cr_alloc((size_t)n, sizeof *share);
  bool ok = block != NULL && share != NULL;
  if (ok) {
    tree_view tree = {.trees = trees,
                      .first = (size_t)trees->tree_start[t],
                      .n = n,
                      .parent = block,
                      .above = block + n,
                      .within = block + 2 * (size_t)n,
                      .place = block + 3 * (size_t)n,
                      .stack = block + 4 * (size_t)n,
                      .share = share};
    if (!covers_are_valid(&tree)) {
      status =
          cr_fail(err, CR_EMODEL, "cover", "tree %zu has no valid row counts", t + 1);
      goto done;
    }
    survey(&tree);
    for (int32_t i = 0; i < n && ok; i++) {
      const bool starts = fits(&tree, i) && (i == 0 || !fits(&tree, tree.parent[i]));
      if (starts) ok = add_group(&tree, i, paths);
    }
  }
  if (!ok) {
    status =
        cr_fail(err, CR_ENOMEM, "memory", "no memory for the paths of tree %zu", t + 1);
  }

done:
  cr_free(share);
  cr_free(block);
  return status;
}

double cr_paths_mean(const cr_trees* trees, size_t t, double* scratch) {
  const size_t first = (size_t)trees->tree_start[t];
  const size_t n = (size_t)trees->tree_start[t + 1] - first;
  double mean = 0.0;
  scratch[0] = 1.0;
  for (size_t i = 0; i < n; i++) {
    const size_t node = first + i;
    if (trees->feature[node] < 0) {
      mean += scratch[i] * trees->value[node];
      continue;
    }
    for (int side = 0; side < 2; side++) {
      const int32_t child = side ? trees->right[node] : trees->left[node];
      scratch[child] = scratch[i] * share_of(trees, first, node, side);
    }
  }
  return mean;
}
