#include "tree/split.h"

#include <string.h>

#include "base/exact.h"

enum { MAX_CODES = 256, MAX_SMALL_SIDE = 32, FEW_LEVELS = 4 };

// For levels, in units of hessian: smoothing of the ratio that orders them, and
// extra shrinkage of a split chosen among many subsets. LightGBM's defaults.
static const double LEVEL_SMOOTH = 10.0;
static const double LEVEL_L2 = 10.0;

// Sums of the left child for each candidate, side by side for the vector unit.
typedef struct {
  int n;
  double gradient[MAX_CODES];
  double hessian[MAX_CODES];
  int32_t last[MAX_CODES];  // the candidate's position: a bin, or a rank of levels
  cr_cell left[MAX_CODES];
  int64_t count[MAX_CODES];
} candidates;

static double gradient_of(const cr_split_rule* rule, cr_cell cell) {
  return (double)cr_cell_gradient(cell) * rule->gradient_unit;
}

static double hessian_of(const cr_split_rule* rule, cr_cell cell) {
  return (double)cr_cell_hessian(cell) * rule->hessian_unit;
}

static void push(const cr_split_rule* rule, candidates* list, int32_t last, cr_cell left,
                 int64_t count) {
  list->gradient[list->n] = gradient_of(rule, left);
  list->hessian[list->n] = hessian_of(rule, left);
  list->last[list->n] = last;
  list->left[list->n] = left;
  list->count[list->n] = count;
  list->n++;
}

// gain[i] = GL^2 / (HL + l2) + GR^2 / (HR + l2), over one common denominator to save
// a division. Every operation is rounded alone, so any vector width gives the same.
static void gains(const candidates* list, double gradient, double hessian, double l2,
                  double* gain) {
  const double shifted = hessian + l2;
  for (int i = 0; i < list->n; i++) {
    const double gl = list->gradient[i];
    const double gr = gradient - gl;
    const double hl = list->hessian[i] + l2;
    const double hr = shifted - list->hessian[i];
    gain[i] = (gl * gl * hr + gr * gr * hl) / (hl * hr);
  }
}

static bool large_enough(const cr_split_rule* rule, const cr_split_node* node,
                         cr_cell left, int64_t left_count, bool counted) {
  const uint32_t hl = cr_cell_hessian(left);
  const uint32_t hr = cr_cell_hessian(node->total) - hl;
  if (hl == 0 || hr == 0) return false;
  if (counted) {
    return left_count >= rule->min_count && node->count - left_count >= rule->min_count;
  }
  const double surely_small = (double)rule->min_count * rule->count_low;
  return (double)hl >= surely_small && (double)hr >= surely_small;
}

bool cr_split_in_doubt(const cr_split_rule* rule, const cr_split_node* node,
                       const cr_split* split) {
  const uint32_t hl = cr_cell_hessian(split->left);
  const uint32_t hr = cr_cell_hessian(node->total) - hl;
  const double surely_large = (double)rule->min_count * rule->count_high;
  return (double)hl < surely_large || (double)hr < surely_large;
}

// The best candidate of the list, when it beats *best. First one wins ties.
static bool improve(const cr_split_rule* rule, const cr_split_node* node,
                    const candidates* list, double l2, cr_split* best, int* chosen) {
  double gain[MAX_CODES];
  const double g = gradient_of(rule, node->total);
  const double h = hessian_of(rule, node->total);
  gains(list, g, h, l2, gain);
  const double parent = g * g / (h + rule->l2);
  bool better = false;
  for (int i = 0; i < list->n; i++) {
    if (gain[i] - parent > best->gain) {
      best->gain = gain[i] - parent;
      best->left = list->left[i];
      *chosen = i;
      better = true;
    }
  }
  return better;
}

// Candidates "codes 1 .. b go left", with or without the missing rows. A bin that
// is empty here repeats the candidate before it and is passed over.
static void list_bins(const cr_split_rule* rule, const cr_split_node* node,
                      int32_t n_bins, const cr_cell* cells, const int64_t* count,
                      bool missing_left, candidates* list) {
  list->n = 0;
  cr_cell left = missing_left ? cells[0] : 0;
  int64_t left_count = missing_left && count != NULL ? count[0] : 0;
  const int32_t end = missing_left || cells[0] == 0 ? n_bins - 1 : n_bins;
  for (int32_t b = 1; b <= end; b++) {
    if (cells[b] == 0) continue;
    left += cells[b];
    if (count != NULL) left_count += count[b];
    if (large_enough(rule, node, left, left_count, count != NULL)) {
      push(rule, list, b, left, left_count);
    }
  }
}

static void scan_bins(const cr_split_rule* rule, const cr_split_node* node,
                      int32_t n_bins, const cr_cell* cells, const int64_t* count,
                      cr_split* best) {
  candidates list;
  const bool any_missing = cells[0] != 0;
  for (int missing_left = 0; missing_left <= (any_missing ? 1 : 0); missing_left++) {
    int i;
    list_bins(rule, node, n_bins, cells, count, missing_left, &list);
    if (!improve(rule, node, &list, rule->l2, best, &i)) continue;
    best->bin = list.last[i];
    best->missing_left = missing_left;
    if (!any_missing) {  // nothing learned here: missing follows the larger child
      const uint32_t hl = cr_cell_hessian(best->left);
      best->missing_left = hl >= cr_cell_hessian(node->total) - hl;
    }
  }
}

// Codes with rows, in ascending order of smoothed ratio; ties by code.
static int order_levels(const cr_split_rule* rule, int32_t n_bins, const cr_cell* cells,
                        uint8_t* order) {
  double ratio[MAX_CODES];
  int n = 0;
  for (int32_t code = 0; code <= n_bins; code++) {
    if (cells[code] == 0) continue;
    const double r =
        gradient_of(rule, cells[code]) / (hessian_of(rule, cells[code]) + LEVEL_SMOOTH);
    int at = n++;
    for (; at > 0 && ratio[at - 1] > r; at--) {
      ratio[at] = ratio[at - 1];
      order[at] = order[at - 1];
    }
    ratio[at] = r;
    order[at] = (uint8_t)code;
  }
  return n;
}

static void keep_subset(const uint8_t* order, int first, int last, cr_split* best) {
  memset(best->subset, 0, sizeof best->subset);
  for (int r = first; r <= last; r++) {
    best->subset[order[r] >> 3] |= (uint8_t)(1U << (order[r] & 7));
  }
  best->bin = -1;
  best->missing_left = best->subset[0] & 1;
}

// The left side is the small one: a prefix of the order or a suffix of it, at most
// 32 levels, so that levels unseen here go with the majority.
static void scan_levels(const cr_split_rule* rule, const cr_split_node* node,
                        int32_t n_bins, const cr_cell* cells, const int64_t* count,
                        cr_split* best) {
  uint8_t order[MAX_CODES];
  candidates list;
  const int n = order_levels(rule, n_bins, cells, order);
  const double l2 = rule->l2 + (n > FEW_LEVELS ? LEVEL_L2 : 0.0);
  const int longest = n - 1 < MAX_SMALL_SIDE ? n - 1 : MAX_SMALL_SIDE;
  for (int from_end = 0; from_end <= 1; from_end++) {
    cr_cell left = 0;
    int64_t left_count = 0;
    int i;
    list.n = 0;
    for (int r = 0; r < longest; r++) {
      const uint8_t code = order[from_end ? n - 1 - r : r];
      left += cells[code];
      if (count != NULL) left_count += count[code];
      if (large_enough(rule, node, left, left_count, count != NULL)) {
        push(rule, &list, r, left, left_count);
      }
    }
    if (!improve(rule, node, &list, l2, best, &i)) continue;
    if (from_end) {
      keep_subset(order, n - 1 - list.last[i], n - 1, best);
    } else {
      keep_subset(order, 0, list.last[i], best);
    }
  }
}

void cr_split_scan(const cr_split_rule* rule, const cr_split_node* node, int32_t feature,
                   bool by_level, int32_t n_bins, const cr_cell* cells,
                   const int64_t* count, cr_split* best) {
  memset(best, 0, sizeof *best);
  best->feature = -1;
  best->gain = rule->min_gain;
  cr_split found = *best;
  if (by_level) {
    scan_levels(rule, node, n_bins, cells, count, &found);
  } else {
    scan_bins(rule, node, n_bins, cells, count, &found);
  }
  if (found.gain > rule->min_gain) {
    *best = found;
    best->feature = feature;
  }
}

void cr_split_table(const cr_split* split, uint8_t table[256]) {
  for (int code = 0; code < 256; code++) {
    if (split->bin < 0) {
      table[code] = split->subset[code >> 3] >> (code & 7) & 1;
    } else {
      table[code] = code == 0 ? (uint8_t)split->missing_left : code <= split->bin;
    }
  }
}
