#include "tree/forest.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "tree/sapling.h"
#include "tree/urn.h"
#include "tree/walk.h"

#include "base/exact.h"

// Rows that walk through a tree together, out of the bag, between two questions to the
// team.
enum { WALK_ROWS = 1024 };

// What a member needs besides its sapling: how often each position was drawn; for the
// rows left out, the tree's steps, some of the rows' codes, and what their leaves hold.
typedef struct {
  cr_sapling sapling;
  uint8_t* times;
  uint32_t* left_out;
  cr_walk_step* step;
  size_t steps_room;
  uint8_t* table;
  int32_t value[WALK_ROWS];
} member;

// One finished tree, in memory of its own size.
typedef struct {
  int32_t* split;  // `split`, `follow` and `cover`, one after the other
  int32_t* subset_feature;
  uint8_t* subset_bits;
  double* gain;
  size_t n_nodes, n_subsets;
} felled;

typedef struct {
  const cr_forest_data* data;
  const cr_run* run;
  cr_sapling_rule rule;
  cr_urn urn;
  int32_t* unit;
  size_t n_members, n_trees;
  member* members;
  felled* trees;
  _Atomic int64_t* oob_sum;
  _Atomic int32_t* oob_trees;
  uint32_t* position;  // of a row of the codes in data->row
  cr_counter counter;
} planting;

void cr_forest_free(cr_forest* forest) {
  cr_grove_free(&forest->grove);
  cr_free(forest->importance);
  cr_free(forest->oob_sum);
  cr_free(forest->oob_trees);
  memset(forest, 0, sizeof *forest);
}

// ---- one tree ----

static cr_status keep(const planting* all, const cr_sapling* s, felled* tree) {
  const size_t n = s->n_nodes, p = all->rule.codes->n_features;
  tree->split = cr_alloc(n, 3 * sizeof *tree->split);
  tree->subset_feature = cr_alloc(s->n_subsets, sizeof *tree->subset_feature);
  tree->subset_bits = cr_alloc(s->n_subsets, CR_GROVE_SUBSET_BYTES);
  tree->gain = cr_alloc(p, sizeof *tree->gain);
  if (tree->split == NULL || tree->subset_feature == NULL || tree->subset_bits == NULL ||
      tree->gain == NULL) {
    return CR_ENOMEM;
  }
  tree->n_nodes = n;
  tree->n_subsets = s->n_subsets;
  memcpy(tree->split, s->split, n * sizeof *s->split);
  memcpy(tree->split + n, s->follow, n * sizeof *s->follow);
  memcpy(tree->split + 2 * n, s->cover, n * sizeof *s->cover);
  if (s->n_subsets > 0) {
    memcpy(tree->subset_feature, s->subset_feature,
           s->n_subsets * sizeof *s->subset_feature);
    memcpy(tree->subset_bits, s->subset_bits, s->n_subsets * CR_GROVE_SUBSET_BYTES);
  }
  memcpy(tree->gain, s->gain, p * sizeof *s->gain);
  return CR_OK;
}

static cr_status translate(member* mine, const cr_grove_tree* tree) {
  const size_t n = mine->sapling.n_nodes;
  if (n > mine->steps_room) {
    cr_free(mine->step);
    mine->steps_room = 0;
    mine->step = cr_alloc(2 * n, sizeof *mine->step);
    if (mine->step == NULL) return CR_ENOMEM;
    mine->steps_room = 2 * n;
  }
  cr_walk_steps(tree, n, mine->step);
  return CR_OK;
}

// The rows this tree has not seen are walked through it while it is in the cache. Sums of
// whole numbers, so the order of trees does not matter.
static cr_status walk_left_out(cr_worker* me, planting* all, member* mine, size_t n) {
  cr_status status = CR_OK;
  const cr_sapling* s = &mine->sapling;
  const cr_codes* codes = all->rule.codes;
  const cr_grove_tree tree = {s->split, s->follow, s->subset_feature, s->subset_bits};
  CR_TRY(translate(mine, &tree));
  for (size_t from = 0; from < n; from += WALK_ROWS) {
    const size_t count = n - from < WALK_ROWS ? n - from : WALK_ROWS;
    const uint32_t* row = mine->left_out + from;
    if (cr_team_must_stop(me)) return CR_ECANCELLED;
    cr_walk_gather(codes, row, count, mine->table);
    cr_walk_leaves(&tree, mine->step, mine->table, cr_walk_width(codes), count,
                   mine->value);
    for (size_t i = 0; i < count; i++) {
      const uint32_t at = all->position[row[i]];
      atomic_fetch_add_explicit(&all->oob_sum[at], mine->value[i], memory_order_relaxed);
      atomic_fetch_add_explicit(&all->oob_trees[at], 1, memory_order_relaxed);
    }
  }

done:
  return status;
}

static cr_status grow_tree(cr_worker* me, planting* all, member* mine, size_t t) {
  cr_status status = CR_OK;
  size_t n_words, n_left_out;
  cr_urn_draw(&all->urn, all->run->seed, t, mine->times, mine->sapling.word, &n_words,
              mine->left_out, &n_left_out);
  CR_TRY(cr_sapling_grow(me, &mine->sapling, all->run->seed, t, n_words));
  CR_TRY(walk_left_out(me, all, mine, n_left_out));
  CR_TRY(keep(all, &mine->sapling, &all->trees[t]));

done:
  return status;
}

static void work(cr_worker* me, void* data) {
  planting* all = data;
  member* mine = &all->members[me->id];
  size_t t;
  while (cr_team_next(me, &all->counter, all->n_trees, true, &t)) {
    const cr_status status = grow_tree(me, all, mine, t);
    if (status == CR_ECANCELLED) return;  // the team knows
    if (status != CR_OK) cr_team_abort(me, status);
  }
}

// ---- set-up ----

// Units so fine that a bag's sum still fits into half a cell, and a power of two of the
// weights, so that whole weights count exactly.
static double choose_unit(const cr_forest_data* data) {
  if (data->weight == NULL) return 1.0;
  double most = 0.0, unit = 1.0;
  for (size_t i = 0; i < data->n_rows; i++) most += data->weight[data->row[i]];
  most *= CR_WORD_TIMES;
  const double room = 2147483647.0 - (double)data->n_rows * CR_WORD_TIMES;
  while (most / unit > room) unit *= 2.0;
  while (most / unit < room / 2.0 && unit > 1.0 / 65536.0) unit *= 0.5;
  return unit;
}

static void weigh(const cr_forest_data* data, double unit_weight, int32_t* unit) {
  for (size_t i = 0; i < data->n_rows; i++) {
    const uint32_t row = data->row[i];
    const double units = data->weight[row] / unit_weight + 0.5;
    unit[row] = units < 1.0 ? 1 : (int32_t)units;
  }
}

static cr_status overall_share(const planting* all, double* share, cr_error* err) {
  int64_t n = 0, events = 0;
  for (size_t i = 0; i < all->data->n_rows; i++) {
    const uint32_t row = all->data->row[i];
    const int64_t units = all->unit == NULL ? 1 : all->unit[row];
    n += units;
    if (all->data->event[row]) events += units;
  }
  if (events == 0 || events == n) {
    return cr_fail(err, CR_EINPUT, "one_class", "the training rows have one class only");
  }
  *share = (double)events / (double)n;
  return CR_OK;
}

static cr_status make_members(planting* all, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = all->data->n_rows;
  all->members = cr_alloc_zero(all->n_members, sizeof *all->members);
  if (all->members == NULL) goto memory;
  for (size_t m = 0; m < all->n_members; m++) {
    member* mine = &all->members[m];
    CR_TRY(cr_sapling_make(&all->rule, n, &mine->sapling, err));
    mine->times = cr_alloc(n, sizeof *mine->times);
    mine->left_out = cr_alloc(n, sizeof *mine->left_out);
    mine->table = cr_alloc(WALK_ROWS, cr_walk_width(all->rule.codes));
    if (mine->times == NULL || mine->left_out == NULL || mine->table == NULL) goto memory;
  }

done:
  return status;
memory:
  return cr_fail(err, CR_ENOMEM, "memory", "no memory to grow trees of %zu rows", n);
}

static cr_status allocate(planting* all, cr_forest* forest, cr_error* err) {
  cr_status status = CR_OK;
  const size_t n = all->data->n_rows, n_codes = all->rule.codes->n_rows;
  if (n_codes > CR_WORD_ROWS || all->rule.codes->n_features > CR_GROVE_FEATURES) {
    return cr_fail(err, CR_ELIMIT, "rows",
                   "a forest takes at most %zu rows and %d features", CR_WORD_ROWS,
                   CR_GROVE_FEATURES);
  }
  if (all->data->weight != NULL) all->unit = cr_alloc(n_codes, sizeof *all->unit);
  all->trees = cr_alloc_zero(all->n_trees, sizeof *all->trees);
  all->position = cr_alloc(n_codes, sizeof *all->position);
  forest->oob_sum = cr_alloc_zero(n, sizeof *forest->oob_sum);
  forest->oob_trees = cr_alloc_zero(n, sizeof *forest->oob_trees);
  forest->importance =
      cr_alloc_zero(all->rule.codes->n_features, sizeof *forest->importance);
  all->oob_sum = cr_alloc_zero(n, sizeof *all->oob_sum);
  all->oob_trees = cr_alloc_zero(n, sizeof *all->oob_trees);
  if ((all->data->weight != NULL && all->unit == NULL) || all->trees == NULL ||
      all->position == NULL || forest->oob_sum == NULL || forest->oob_trees == NULL ||
      forest->importance == NULL || all->oob_sum == NULL || all->oob_trees == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for a forest on %zu rows", n);
  }
  for (size_t i = 0; i < n; i++) all->position[all->data->row[i]] = (uint32_t)i;
  forest->unit_weight = all->rule.unit_weight = choose_unit(all->data);
  if (all->unit != NULL) weigh(all->data, all->rule.unit_weight, all->unit);
  all->rule.unit = all->unit;
  CR_TRY(overall_share(all, &all->rule.base, err));
  CR_TRY(make_members(all, err));

done:
  return status;
}

static void release(planting* all) {
  for (size_t m = 0; all->members != NULL && m < all->n_members; m++) {
    cr_sapling_free(&all->members[m].sapling);
    cr_free(all->members[m].times);
    cr_free(all->members[m].left_out);
    cr_free(all->members[m].step);
    cr_free(all->members[m].table);
  }
  for (size_t t = 0; all->trees != NULL && t < all->n_trees; t++) {
    cr_free(all->trees[t].split);
    cr_free(all->trees[t].subset_feature);
    cr_free(all->trees[t].subset_bits);
    cr_free(all->trees[t].gain);
  }
  cr_free(all->members);
  cr_free(all->trees);
  cr_free(all->position);
  cr_free((void*)all->oob_sum);
  cr_free((void*)all->oob_trees);
  cr_free(all->unit);
}

// ---- the whole forest ----

static cr_status make_grove(const planting* all, cr_grove* grove, cr_error* err) {
  size_t nodes = 0, subsets = 0;
  for (size_t t = 0; t < all->n_trees; t++) {
    nodes += all->trees[t].n_nodes;
    subsets += all->trees[t].n_subsets;
  }
  if (nodes > INT32_MAX || subsets >= CR_GROVE_SUBSET) {
    return cr_fail(err, CR_ELIMIT, "nodes", "%zu nodes are more than a forest may have",
                   nodes);
  }
  grove->tree_start = cr_alloc_zero(all->n_trees + 1, sizeof *grove->tree_start);
  grove->split = cr_alloc(nodes, sizeof *grove->split);
  grove->follow = cr_alloc(nodes, sizeof *grove->follow);
  grove->cover = cr_alloc(nodes, sizeof *grove->cover);
  grove->subset_feature = cr_alloc(subsets, sizeof *grove->subset_feature);
  grove->subset_bits = cr_alloc(subsets, CR_GROVE_SUBSET_BYTES);
  if (grove->tree_start == NULL || grove->split == NULL || grove->follow == NULL ||
      grove->cover == NULL || grove->subset_feature == NULL ||
      grove->subset_bits == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu nodes", nodes);
  }
  return CR_OK;
}

static void append(const felled* tree, cr_grove* grove) {
  const size_t n = tree->n_nodes, at = grove->n_nodes, subsets = grove->n_subsets;
  for (size_t i = 0; i < n; i++) {
    const int32_t split = tree->split[i];
    const bool by_subset = split >= 0 && (split & CR_GROVE_SUBSET) != 0;
    grove->split[at + i] = by_subset ? split + (int32_t)subsets : split;
  }
  memcpy(grove->follow + at, tree->split + n, n * sizeof *grove->follow);
  memcpy(grove->cover + at, tree->split + 2 * n, n * sizeof *grove->cover);
  memcpy(grove->subset_feature + subsets, tree->subset_feature,
         tree->n_subsets * sizeof *grove->subset_feature);
  memcpy(grove->subset_bits + subsets * CR_GROVE_SUBSET_BYTES, tree->subset_bits,
         tree->n_subsets * CR_GROVE_SUBSET_BYTES);
  grove->n_nodes += n;
  grove->n_subsets += tree->n_subsets;
  grove->n_trees++;
  grove->tree_start[grove->n_trees] = (int32_t)grove->n_nodes;
}

// Trees in their order, whoever grew them: so are the sums of gains.
static cr_status join(const planting* all, cr_forest* forest, cr_error* err) {
  cr_status status = CR_OK;
  CR_TRY(make_grove(all, &forest->grove, err));
  double weight = 0.0;
  for (size_t t = 0; t < all->n_trees; t++) {
    append(&all->trees[t], &forest->grove);
    weight += all->trees[t].split[2 * all->trees[t].n_nodes] * all->rule.unit_weight;
    for (size_t j = 0; j < all->rule.codes->n_features; j++) {
      forest->importance[j] += all->trees[t].gain[j];
    }
  }
  // A split's gain is half of what it takes off n times the index 2 p (1 - p).
  for (size_t j = 0; j < all->rule.codes->n_features; j++) {
    forest->importance[j] *= 2.0 / weight;
  }
  for (size_t i = 0; i < all->data->n_rows; i++) {
    forest->oob_sum[i] = all->oob_sum[i];
    forest->oob_trees[i] = all->oob_trees[i];
  }

done:
  return status;
}

cr_status cr_forest_fit(const cr_codes* codes, const cr_bins* bins,
                        const cr_forest_data* data, const cr_forest_settings* settings,
                        const cr_run* run, cr_forest* forest, cr_error* err) {
  cr_status status = CR_OK;
  planting all = {.data = data,
                  .run = run,
                  .rule = {.codes = codes,
                           .bins = bins,
                           .n_try = settings->n_try,
                           .min_leaf = settings->min_leaf,
                           .min_split = settings->min_split,
                           .max_depth = settings->max_depth,
                           .random = settings->random,
                           .smooth = settings->smooth,
                           .simd = run->simd},
                  .urn = {data->row, data->event, data->n_rows, settings->row_share,
                          settings->replace},
                  .n_members = (size_t)cr_team_threads(run),
                  .n_trees = (size_t)settings->trees};
  CR_TRY(allocate(&all, forest, err));
  CR_TRY(cr_team_run(run, work, &all, err));
  CR_TRY(join(&all, forest, err));

done:
  release(&all);
  if (status != CR_OK) cr_forest_free(forest);
  return status;
}
