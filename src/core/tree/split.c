#include "tree/split.h"

#include <math.h>
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

typedef double lanes __attribute__((vector_size(32)));

// gain[i] = GL^2 / (HL + l2) + GR^2 / (HR + l2), over one common denominator to save
// a division. Every operation is rounded alone, so any vector width gives the same.
static inline __attribute__((always_inline)) void gains_of_all(const candidates* list,
                                                               double gradient,
                                                               double shifted, double l2,
                                                               double* gain) {
  for (int i = 0; i < list->n; i += 4) {
    lanes gl, h;
    memcpy(&gl, list->gradient + i, sizeof gl);
    memcpy(&h, list->hessian + i, sizeof h);
    const lanes gr = gradient - gl;
    const lanes hl = h + l2, hr = shifted - h;
    const lanes g = (gl * gl * hr + gr * gr * hl) / (hl * hr);
    memcpy(gain + i, &g, sizeof g);
  }
}

CR_AVX2 static void gains_avx2(const candidates* list, double gradient, double shifted,
                               double l2, double* gain) {
  gains_of_all(list, gradient, shifted, l2, gain);
}

static void gains_portable(const candidates* list, double gradient, double shifted,
                           double l2, double* gain) {
  gains_of_all(list, gradient, shifted, l2, gain);
}

static double thresholded(double gradient, double l1) {
  if (gradient > l1) return gradient - l1;
  return gradient < -l1 ? gradient + l1 : 0.0;
}

double cr_split_value(const cr_split_rule* rule, double gradient, double hessian,
                      double low, double high) {
  const double value = -thresholded(gradient, rule->l1) / (hessian + rule->l2);
  return value < low ? low : value > high ? high : value;
}

// Twice the loss that a node with this value takes away.
static double reduction(double gradient, double hessian, double l1, double l2,
                        double value) {
  const double size = value < 0.0 ? -value : value;
  return -(2.0 * gradient * value + (hessian + l2) * value * value + 2.0 * l1 * size);
}

// The same gains one by one, with bounds, direction and l1; a split in the wrong
// direction gains less than nothing.
static void bounded_gains(const cr_split_rule* rule, const cr_split_node* node,
                          const candidates* list, double gradient, double hessian,
                          double l2, int monotone, double* gain) {
  cr_split_rule with = *rule;
  with.l2 = l2;
  for (int i = 0; i < list->n; i++) {
    const double gl = list->gradient[i], hl = list->hessian[i];
    const double gr = gradient - gl, hr = hessian - hl;
    const double left = cr_split_value(&with, gl, hl, node->low, node->high);
    const double right = cr_split_value(&with, gr, hr, node->low, node->high);
    gain[i] = -INFINITY;
    if (monotone * (right - left) < 0.0) continue;
    gain[i] =
        reduction(gl, hl, rule->l1, l2, left) + reduction(gr, hr, rule->l1, l2, right);
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

// What the scan of one feature carries along.
typedef struct {
  const cr_split_rule* rule;
  const cr_split_node* node;
  const cr_split_feature* feature;
  const cr_cell* cells;
  const int64_t* count;
  cr_simd simd;
} scan;

static bool is_bounded(const scan* s) {
  return s->rule->l1 > 0.0 || s->feature->monotone != 0 || isfinite(s->node->low) ||
         isfinite(s->node->high);
}

// The best candidate of the list, when it beats *best. First one wins ties.
static bool improve(const scan* s, candidates* list, double l2, cr_split* best,
                    int* chosen) {
  double gain[MAX_CODES];
  const double g = gradient_of(s->rule, s->node->total);
  const double h = hessian_of(s->rule, s->node->total);
  double parent = g * g / (h + s->rule->l2);
  if (is_bounded(s)) {
    const double value = cr_split_value(s->rule, g, h, s->node->low, s->node->high);
    parent = reduction(g, h, s->rule->l1, s->rule->l2, value);
    bounded_gains(s->rule, s->node, list, g, h, l2, s->feature->monotone, gain);
  } else {
    for (int i = list->n; i % 4 != 0; i++) list->gradient[i] = list->hessian[i] = 1.0;
    (cr_simd_avx2(s->simd) ? gains_avx2 : gains_portable)(list, g, h + l2, l2, gain);
  }
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
static void list_bins(const scan* s, bool missing_left, candidates* list) {
  const cr_cell* cells = s->cells;
  const int64_t* count = s->count;
  const int32_t n_bins = s->feature->n_bins;
  list->n = 0;
  cr_cell left = missing_left ? cells[0] : 0;
  int64_t left_count = missing_left && count != NULL ? count[0] : 0;
  const int32_t end = missing_left || cells[0] == 0 ? n_bins - 1 : n_bins;
  for (int32_t b = 1; b <= end; b++) {
    if (cells[b] == 0) continue;
    left += cells[b];
    if (count != NULL) left_count += count[b];
    if (large_enough(s->rule, s->node, left, left_count, count != NULL)) {
      push(s->rule, list, b, left, left_count);
    }
  }
}

static void scan_bins(const scan* s, cr_split* best) {
  candidates list;
  const bool any_missing = s->cells[0] != 0;
  for (int missing_left = 0; missing_left <= (any_missing ? 1 : 0); missing_left++) {
    int i;
    list_bins(s, missing_left, &list);
    if (!improve(s, &list, s->rule->l2, best, &i)) continue;
    best->bin = list.last[i];
    best->missing_left = missing_left;
    if (!any_missing) {  // nothing learned here: missing follows the larger child
      const uint32_t hl = cr_cell_hessian(best->left);
      best->missing_left = hl >= cr_cell_hessian(s->node->total) - hl;
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
static void scan_levels(const scan* s, cr_split* best) {
  const cr_split_rule* rule = s->rule;
  const cr_cell* cells = s->cells;
  const int64_t* count = s->count;
  uint8_t order[MAX_CODES];
  candidates list;
  const int n = order_levels(rule, s->feature->n_bins, cells, order);
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
      if (large_enough(s->rule, s->node, left, left_count, count != NULL)) {
        push(s->rule, &list, r, left, left_count);
      }
    }
    if (!improve(s, &list, l2, best, &i)) continue;
    if (from_end) {
      keep_subset(order, n - 1 - list.last[i], n - 1, best);
    } else {
      keep_subset(order, 0, list.last[i], best);
    }
  }
}

void cr_split_scan(const cr_split_rule* rule, const cr_split_node* node,
                   const cr_split_feature* feature, const cr_cell* cells,
                   const int64_t* count, cr_simd simd, cr_split* best) {
  const scan s = {rule, node, feature, cells, count, simd};
  memset(best, 0, sizeof *best);
  best->feature = -1;
  best->gain = rule->min_gain;
  cr_split found = *best;
  if (feature->by_level) {
    scan_levels(&s, &found);
  } else {
    scan_bins(&s, &found);
  }
  if (found.gain > rule->min_gain) {
    *best = found;
    best->feature = feature->index;
  }
}

void cr_split_bounds(const cr_split_rule* rule, const cr_split_node* node,
                     const cr_split* split, int monotone, cr_split_node* left,
                     cr_split_node* right) {
  left->low = right->low = node->low;
  left->high = right->high = node->high;
  if (monotone == 0) return;
  const cr_cell other = node->total - split->left;
  const double l = cr_split_value(rule, gradient_of(rule, split->left),
                                  hessian_of(rule, split->left), node->low, node->high);
  const double r = cr_split_value(rule, gradient_of(rule, other), hessian_of(rule, other),
                                  node->low, node->high);
  const double middle = 0.5 * (l + r);
  if (monotone > 0) {
    left->high = right->low = middle;
  } else {
    left->low = right->high = middle;
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
