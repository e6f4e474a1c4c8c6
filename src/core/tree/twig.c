#include "tree/twig.h"

#include <string.h>

#include "base/rng.h"
#include "tree/urn.h"

#include "base/exact.h"

// Codes that occur, in ascending order, with what is at or below each; missing rows
// apart.
typedef struct {
  int n;
  uint8_t last[CR_TWIG_ROWS];
  cr_cell left[CR_TWIG_ROWS];
  cr_cell missing;
} cuts;

static int lowest_bit(uint64_t word) {
#if defined(__GNUC__)
  return __builtin_ctzll(word);
#else
  int place = 0;
  while ((word >> place & 1) == 0) place++;
  return place;
#endif
}

void cr_twig_read(const cr_tally_source* source, const uint32_t* word, size_t n,
                  cr_twig* twig) {
  twig->n = n;
  twig->code = source->code;
  twig->feature_step = source->feature_step;
  for (size_t i = 0; i < n; i++) {
    twig->at[i] = (word[i] >> CR_WORD_ROW) * source->row_step;
    twig->cell[i] = cr_tally_cell(source->unit, word[i]);
  }
}

// Counts the words by code and empties the cells again.
static void collect(const cr_twig* twig, int32_t feature, cr_cell* cells, cuts* found) {
  uint64_t seen[4] = {0};
  const uint8_t* code = twig->code + (size_t)feature * twig->feature_step;
  for (size_t i = 0; i < twig->n; i++) {
    const uint8_t c = code[twig->at[i]];
    seen[c >> 6] |= (uint64_t)1 << (c & 63);
    cells[c] += twig->cell[i];
  }
  found->missing = cells[0];
  cells[0] = 0;
  seen[0] &= ~(uint64_t)1;
  cr_cell left = 0;
  int count = 0;
  for (int quarter = 0; quarter < 4; quarter++) {
    for (uint64_t bits = seen[quarter]; bits != 0; bits &= bits - 1) {
      const int c = quarter * 64 + lowest_bit(bits);
      left += cells[c];
      cells[c] = 0;
      found->last[count] = (uint8_t)c;
      found->left[count++] = left;
    }
  }
  found->n = count;
}

// tree/split's gain, operation by operation.
typedef struct {
  double g, h, parent;
} whole;

static whole whole_of(const cr_split_rule* rule, cr_cell total) {
  const double g = cr_cell_gradient(total) * rule->gradient_unit;
  const double h = cr_cell_hessian(total) * rule->hessian_unit;
  return (whole){g, h, g * g / h};
}

static double gain_of(const cr_split_rule* rule, whole all, cr_cell left) {
  const double gl = cr_cell_gradient(left) * rule->gradient_unit;
  const double hl = cr_cell_hessian(left) * rule->hessian_unit;
  const double gr = all.g - gl, hr = all.h - hl;
  return (gl * gl * hr + gr * gr * hl) / (hl * hr) - all.parent;
}

static bool admissible(const cr_split_rule* rule, cr_cell total, cr_cell left) {
  const int64_t hl = cr_cell_hessian(left);
  const int64_t hr = cr_cell_hessian(total) - hl;
  return hl > 0 && hr > 0 && hl >= rule->min_count && hr >= rule->min_count;
}

// The best of the first `n` cuts with `besides` on the left too; -1: none beats *best.
static int improve(const cr_split_rule* rule, cr_cell total, const cuts* found, int n,
                   cr_cell besides, cr_split* best) {
  const whole all = whole_of(rule, total);
  int chosen = -1;
  for (int i = 0; i < n; i++) {
    const cr_cell left = found->left[i] + besides;
    if (!admissible(rule, total, left)) continue;
    const double gain = gain_of(rule, all, left);
    if (gain > best->gain) {
      best->gain = gain;
      best->left = left;
      chosen = i;
    }
  }
  return chosen;
}

static void start(const cr_split_rule* rule, cr_split* best) {
  memset(best, 0, sizeof *best);
  best->feature = -1;
  best->gain = rule->min_gain;
}

// Nothing learned without missing rows: they follow the larger child.
static int32_t larger_is_left(cr_cell total, cr_cell left) {
  return cr_cell_hessian(left) >= cr_cell_hessian(total) - cr_cell_hessian(left);
}

void cr_twig_scan(const cr_split_rule* rule, const cr_split_node* node,
                  const cr_split_feature* feature, const cr_twig* twig, cr_cell* cells,
                  cr_split* best) {
  cuts found;
  start(rule, best);
  collect(twig, feature->index, cells, &found);
  const bool any_missing = found.missing != 0;
  const int n_right = any_missing ? found.n : found.n - 1;
  int i = improve(rule, node->total, &found, n_right, 0, best);
  if (i >= 0) {
    best->feature = feature->index;
    best->bin = found.last[i];
    best->missing_left = !any_missing && larger_is_left(node->total, best->left);
  }
  if (!any_missing) return;
  i = improve(rule, node->total, &found, found.n - 1, found.missing, best);
  if (i >= 0) {
    best->feature = feature->index;
    best->bin = found.last[i];
    best->missing_left = 1;
  }
}

// ---- at random ----

static void random_bin(const cr_split_rule* rule, cr_cell total, int32_t n_bins,
                       const cr_cell* cells, uint64_t draw, cr_split* best) {
  uint64_t n_seen = 0;
  for (int32_t b = 1; b <= n_bins; b++) n_seen += cells[b] != 0;
  const bool any_missing = cells[0] != 0;
  // Without missing rows all known values on the left would be no split.
  const uint64_t n_cuts = any_missing || n_seen == 0 ? n_seen : n_seen - 1;
  if (n_cuts == 0) return;
  uint64_t skip = (cr_rng_mix(draw, 0) >> 32) * n_cuts >> 32;
  cr_cell left = 0;
  int32_t bin = 0;
  do {
    bin++;
    left += cells[bin];
    if (cells[bin] != 0 && skip-- == 0) break;
  } while (bin < n_bins);
  for (int missing_left = 0; missing_left <= (any_missing ? 1 : 0); missing_left++) {
    const cr_cell all = left + (missing_left ? cells[0] : 0);
    if (!admissible(rule, total, all)) continue;
    const double gain = gain_of(rule, whole_of(rule, total), all);
    if (gain <= best->gain) continue;
    best->gain = gain;
    best->left = all;
    best->bin = bin;
    best->missing_left = any_missing ? missing_left : larger_is_left(total, all);
  }
}

static void random_subset(const cr_split_rule* rule, cr_cell total, int32_t n_bins,
                          const cr_cell* cells, uint64_t draw, cr_split* best) {
  uint8_t subset[CR_SUBSET_BYTES] = {0};
  cr_cell left = 0;
  for (int32_t c = 0; c <= n_bins; c++) {
    if ((cr_rng_mix(draw, (uint64_t)c) >> 63) == 0) continue;
    subset[c >> 3] |= (uint8_t)(1U << (c & 7));  // levels without rows here too
    left += cells[c];
  }
  if (!admissible(rule, total, left)) return;
  const double gain = gain_of(rule, whole_of(rule, total), left);
  if (gain <= best->gain) return;
  best->gain = gain;
  best->left = left;
  best->bin = -1;
  memcpy(best->subset, subset, sizeof subset);
  best->missing_left = subset[0] & 1;
}

void cr_twig_random(const cr_split_rule* rule, const cr_split_node* node,
                    const cr_split_feature* feature, const cr_cell* cells, uint64_t draw,
                    cr_split* best) {
  start(rule, best);
  (feature->by_level ? random_subset : random_bin)(rule, node->total, feature->n_bins,
                                                   cells, draw, best);
  if (best->gain > rule->min_gain) best->feature = feature->index;
}
