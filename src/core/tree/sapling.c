#include "tree/sapling.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tree/split.h"
#include "tree/urn.h"
#include "tree/walk.h"

#include "base/exact.h"

// The copied table fits into the second-level cache.
enum { LOCAL_BYTES = 1 << 18, LOCAL_MOST = 8192, ASK_AFTER = 1 << 17, FIRST_NODES = 64 };

// A gain below this is rounding.
static const double LEAST_GAIN = 1e-9;

// ---- set-up ----

// A feature with one code for all rows cannot split anything.
static int list_features(const cr_sapling_rule* rule, int32_t* feature) {
  int n = 0;
  for (size_t j = 0; j < rule->codes->n_features; j++) {
    if (rule->bins->n_bins[j] > 0) feature[n++] = (int32_t)j;
  }
  return n;
}

cr_status cr_sapling_make(const cr_sapling_rule* rule, size_t n_rows, cr_sapling* sapling,
                          cr_error* err) {
  const size_t p = rule->codes->n_features;
  sapling->rule = rule;
  sapling->width = cr_walk_width(rule->codes);
  sapling->local_rows = LOCAL_BYTES / (sapling->width + 1);
  if (sapling->local_rows < CR_TWIG_ROWS) sapling->local_rows = CR_TWIG_ROWS;
  if (sapling->local_rows > LOCAL_MOST) sapling->local_rows = LOCAL_MOST;
  sapling->word = cr_alloc(n_rows, sizeof *sapling->word);
  sapling->spare = cr_alloc(n_rows, sizeof *sapling->spare);
  sapling->code = cr_alloc_aligned(sapling->local_rows, sapling->width);
  sapling->unit = cr_alloc(sapling->local_rows, sizeof *sapling->unit);
  sapling->cells =
      cr_alloc_zero(CR_TALLY_TOGETHER * CR_TALLY_STRIDE, sizeof *sapling->cells);
  sapling->feature = cr_alloc(p, sizeof *sapling->feature);
  sapling->waiting = cr_alloc(CR_SAPLING_DEPTH + 2, sizeof *sapling->waiting);
  sapling->gain = cr_alloc(p, sizeof *sapling->gain);
  if (sapling->word == NULL || sapling->spare == NULL || sapling->code == NULL ||
      sapling->unit == NULL || sapling->cells == NULL || sapling->feature == NULL ||
      sapling->waiting == NULL || sapling->gain == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to grow a tree of %zu rows",
                   n_rows);
  }
  sapling->n_features = list_features(rule, sapling->feature);
  return CR_OK;
}

void cr_sapling_free(cr_sapling* sapling) {
  cr_free(sapling->word);
  cr_free(sapling->spare);
  cr_free_aligned(sapling->code);
  cr_free(sapling->unit);
  cr_free(sapling->cells);
  cr_free(sapling->feature);
  cr_free(sapling->waiting);
  cr_free(sapling->gain);
  cr_free(sapling->split);
  cr_free(sapling->follow);
  cr_free(sapling->cover);
  cr_free(sapling->subset_feature);
  cr_free(sapling->subset_bits);
  memset(sapling, 0, sizeof *sapling);
}

static bool grow_array(int32_t** array, size_t room, size_t size) {
  int32_t* larger = cr_resize(*array, room, size);
  if (larger == NULL) return false;
  *array = larger;
  return true;
}

static bool room_for_node(cr_sapling* s) {
  if (s->n_nodes < s->nodes_room) return true;
  const size_t room = s->nodes_room == 0 ? FIRST_NODES : 2 * s->nodes_room;
  if (!grow_array(&s->split, room, sizeof *s->split) ||
      !grow_array(&s->follow, room, sizeof *s->follow) ||
      !grow_array(&s->cover, room, sizeof *s->cover)) {
    return false;
  }
  s->nodes_room = room;
  return true;
}

static bool room_for_subset(cr_sapling* s) {
  if (s->n_subsets < s->subsets_room) return true;
  const size_t room = s->subsets_room == 0 ? FIRST_NODES : 2 * s->subsets_room;
  if (!grow_array(&s->subset_feature, room, sizeof *s->subset_feature)) return false;
  uint8_t* bits = cr_resize(s->subset_bits, room, CR_GROVE_SUBSET_BYTES);
  if (bits == NULL) return false;
  s->subset_bits = bits;
  s->subsets_room = room;
  return true;
}

// ---- the words of a node ----

static cr_tally_source source_of(const cr_sapling* s, bool local) {
  const cr_sapling_rule* rule = s->rule;
  const cr_tally_source copied = {s->code, s->width, 1,
                                  rule->unit == NULL ? NULL : s->unit};
  const cr_tally_source columns = {rule->codes->column, 1, rule->codes->n_rows,
                                   rule->unit};
  return local ? copied : columns;
}

// Copies the codes of the node's rows side by side and renames the rows. No other copied
// node is still in use: what came out of the last one has been grown to the end.
static void make_local(cr_sapling* s, cr_sapling_node* node) {
  uint32_t* word = s->word + node->start;
  for (size_t i = 0; i < node->n; i++) s->spare[i] = word[i] >> CR_WORD_ROW;
  cr_walk_gather(s->rule->codes, s->spare, node->n, s->code);
  for (size_t i = 0; i < node->n; i++) {
    if (s->rule->unit != NULL) s->unit[i] = s->rule->unit[s->spare[i]];
    word[i] = (uint32_t)i << CR_WORD_ROW | (word[i] & ((1U << CR_WORD_ROW) - 1));
  }
  node->local = true;
}

// ---- the best split of a node ----

static size_t draw_below(cr_sapling* s, size_t n) {
  return (size_t)((cr_rng_mix(s->key, s->draws++) >> 32) * n >> 32);
}

// Draws up to four of the features not drawn yet at this node, which stand from `drawn`
// on (Fisher and Yates).
static int draw_features(cr_sapling* s, int drawn, int wanted, int32_t* out) {
  int n = s->n_features - drawn;
  if (n > wanted) n = wanted;
  if (n > CR_TALLY_TOGETHER) n = CR_TALLY_TOGETHER;
  for (int k = 0; k < n; k++) {
    const int at = drawn + k;
    const size_t from = (size_t)at + draw_below(s, (size_t)(s->n_features - at));
    const int32_t feature = s->feature[from];
    s->feature[from] = s->feature[at];
    s->feature[at] = feature;
    out[k] = feature;
  }
  return n;
}

typedef struct {
  cr_split_rule rule;
  cr_split_node node;
  cr_tally_source source;
  const uint32_t* word;
  size_t n;
} search;

static cr_split_feature describe(const cr_sapling* s, int32_t j) {
  const cr_bins* bins = s->rule->bins;
  const cr_split_feature feature = {
      .index = j, .by_level = bins->n_levels[j] > 0, .n_bins = bins->n_bins[j]};
  return feature;
}

static void keep_better(const cr_split* found, cr_split* best) {
  if (found->feature >= 0 && (best->feature < 0 || found->gain > best->gain)) {
    *best = *found;
  }
}

// Features with their cells counted.
static void scan_counted(cr_sapling* s, const search* at, const int32_t* feature, int k,
                         cr_split* best) {
  cr_split found;
  cr_tally_add(&at->source, at->word, at->n, feature, k, s->cells);
  for (int f = 0; f < k; f++) {
    const cr_split_feature described = describe(s, feature[f]);
    cr_cell* cells = s->cells + f * CR_TALLY_STRIDE;
    if (s->rule->random) {
      cr_twig_random(&at->rule, &at->node, &described, cells,
                     cr_rng_mix(s->key, s->draws++), &found);
    } else {
      cr_split_scan(&at->rule, &at->node, &described, cells, NULL, s->rule->simd, &found);
    }
    memset(cells, 0, (size_t)(described.n_bins + 1) * sizeof *cells);
    keep_better(&found, best);
  }
}

// Few rows: numbers without cells to clear and bins to walk over.
static void scan_few(cr_sapling* s, const search* at, const int32_t* feature, int k,
                     cr_split* best) {
  cr_split found;
  for (int f = 0; f < k; f++) {
    const cr_split_feature described = describe(s, feature[f]);
    if (described.by_level) {
      scan_counted(s, at, feature + f, 1, best);
      continue;
    }
    cr_twig_scan(&at->rule, &at->node, &described, &s->twig, s->cells, &found);
    keep_better(&found, best);
  }
}

static void find_split(cr_sapling* s, const cr_sapling_node* node, cr_split* best) {
  const cr_sapling_rule* rule = s->rule;
  const search at = {
      .rule = {.gradient_unit = rule->unit_weight,
               .hessian_unit = rule->unit_weight,
               .min_gain = LEAST_GAIN,
               .min_count = (int64_t)(rule->min_leaf / rule->unit_weight + 0.5),
               .count_low = 1.0,
               .count_high = 1.0},
      .node = {.total = node->total, .low = -INFINITY, .high = INFINITY},
      .source = source_of(s, node->local),
      .word = s->word + node->start,
      .n = node->n};
  const bool few = node->n <= CR_TWIG_ROWS && !rule->random;
  int drawn = 0;
  if (few) cr_twig_read(&at.source, at.word, at.n, &s->twig);
  best->feature = -1;
  while (drawn < s->n_features && (drawn < rule->n_try || best->feature < 0)) {
    int32_t feature[CR_TALLY_TOGETHER];
    const int wanted = drawn < rule->n_try ? rule->n_try - drawn : 1;
    const int k = draw_features(s, drawn, wanted, feature);
    (few ? scan_few : scan_counted)(s, &at, feature, k, best);
    drawn += k;
    s->visited += node->n * (size_t)k;
  }
}

// ---- nodes ----

static bool may_split(const cr_sapling* s, const cr_sapling_node* node) {
  const uint32_t n = cr_cell_hessian(node->total);
  const int64_t events = cr_cell_gradient(node->total);
  const double weight = n * s->rule->unit_weight;
  return node->n > 1 && events > 0 && events < n && node->depth < s->rule->max_depth &&
         weight >= s->rule->min_split && weight >= 2.0 * s->rule->min_leaf;
}

static int32_t leaf_value(const cr_sapling_rule* rule, cr_cell total) {
  const double n = cr_cell_hessian(total) * rule->unit_weight;
  const double events = cr_cell_gradient(total) * rule->unit_weight;
  const double share = (events + rule->smooth * rule->base) / (n + rule->smooth);
  return (int32_t)(share * CR_GROVE_ONE + 0.5);
}

static int32_t split_word(cr_sapling* s, const cr_split* best) {
  if (best->bin >= 0) {
    return best->feature << 9 | best->missing_left << 8 | best->bin;
  }
  const size_t subset = s->n_subsets++;
  s->subset_feature[subset] = best->feature;
  memcpy(s->subset_bits + subset * CR_GROVE_SUBSET_BYTES, best->subset,
         CR_GROVE_SUBSET_BYTES);
  return CR_GROVE_SUBSET | (int32_t)subset;
}

// Puts both children on the stack, the left one on top.
static void divide(cr_sapling* s, const cr_sapling_node* node, int32_t index,
                   const cr_split* best) {
  uint8_t table[256];
  cr_split_table(best, table);
  const cr_tally_source source = source_of(s, node->local);
  const size_t n_left = cr_tally_part(&source, s->word + node->start, node->n,
                                      (size_t)best->feature, table, s->spare);
  cr_sapling_node left = *node, right = *node;
  left.n = n_left;
  left.total = best->left;
  left.parent = -1;
  right.start += n_left;
  right.n -= n_left;
  right.total -= best->left;
  right.parent = index;
  left.depth = right.depth = node->depth + 1;
  s->waiting[s->n_waiting++] = right;
  s->waiting[s->n_waiting++] = left;
  s->visited += node->n;
}

static void grow_node(cr_sapling* s, cr_sapling_node* node) {
  const int32_t index = (int32_t)s->n_nodes++;
  if (node->parent >= 0) s->follow[node->parent] = index;
  s->cover[index] = (int32_t)cr_cell_hessian(node->total);
  s->split[index] = -1;
  cr_split best = {.feature = -1};
  if (may_split(s, node)) {
    if (!node->local && node->n <= s->local_rows) make_local(s, node);
    find_split(s, node, &best);
  }
  if (best.feature < 0) {
    s->follow[index] = leaf_value(s->rule, node->total);
    return;
  }
  s->gain[best.feature] += best.gain;
  s->split[index] = split_word(s, &best);
  divide(s, node, index, &best);
}

cr_status cr_sapling_grow(cr_worker* me, cr_sapling* s, uint64_t seed, size_t tree,
                          size_t n) {
  const cr_tally_source columns = source_of(s, false);
  memset(s->gain, 0, s->rule->codes->n_features * sizeof *s->gain);
  s->n_features = list_features(s->rule, s->feature);
  s->key = cr_rng_hash(seed, CR_FOR_TREE, tree);
  s->draws = s->n_nodes = s->n_subsets = 0;
  s->waiting[0] = (cr_sapling_node){
      .n = n, .total = cr_tally_total(&columns, s->word, n), .parent = -1};
  s->n_waiting = 1;
  while (s->n_waiting > 0) {
    if (!room_for_node(s) || !room_for_subset(s)) return CR_ENOMEM;
    cr_sapling_node node = s->waiting[--s->n_waiting];
    grow_node(s, &node);
    if (s->visited < ASK_AFTER) continue;
    s->visited = 0;
    if (cr_team_must_stop(me)) return CR_ECANCELLED;
  }
  return CR_OK;
}
