#include "tree/split.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"

enum { MAX_CODES = 256, MAX_SMALL_SIDE = 32, FEW_LEVELS = 4 };

// For levels, in units of hessian: smoothing of the ratio that orders them, and
// extra shrinkage of a split chosen among many subsets. LightGBM's defaults.
static const double LEVEL_SMOOTH = 10.0;
static const double LEVEL_L2 = 10.0;

// Candidates of one feature in the order of their sums: what goes left with the first
// bin or level, with the first two, ... `last` is the bin, or the rank of the level.
typedef struct {
  int n;
  cr_cell left[MAX_CODES + 4];  // read in fours, see end_list
  int32_t last[MAX_CODES];
  int64_t count[MAX_CODES];
} candidates;

// The gains of the last few are worked out in fours: what they read past the end is zero.
static void end_list(candidates* list, int n) {
  list->n = n;
  memset(list->left + n, 0, 3 * sizeof list->left[0]);
}

static double gradient_of(const cr_split_rule* rule, cr_cell cell) {
  return (double)cr_cell_gradient(cell) * rule->gradient_unit;
}

static double hessian_of(const cr_split_rule* rule, cr_cell cell) {
  return (double)cr_cell_hessian(cell) * rule->hessian_unit;
}

typedef double lanes __attribute__((vector_size(32)));
typedef int64_t lane_bits __attribute__((vector_size(32)));
typedef uint64_t lane_words __attribute__((vector_size(32)));

// What the gain of every candidate of a list needs.
typedef struct {
  double gradient, hessian;  // of the node
  double gradient_unit, hessian_unit, l2;
  cr_cell offset;  // goes left besides: the missing rows, or nothing
} gain_terms;

// gain[i] = GL^2 / (HL + l2) + GR^2 / (HR + l2), over one common denominator to save
// a division. Every operation is rounded alone, so any vector width gives the same.
// Halves of a cell become doubles by writing them into the mantissa of 2^52; the sign
// of the gradient is moved out of the way by adding 2^31.
static inline __attribute__((always_inline)) void gains_of_all(const cr_cell* left, int n,
                                                               const gain_terms* terms,
                                                               double* gain) {
  const uint64_t two52 = 0x4330000000000000U;
  const double unsign = 4503599627370496.0 + 2147483648.0;
  const double shifted = terms->hessian + terms->l2;
  for (int i = 0; i < n; i += 4) {
    lane_bits cell;
    memcpy(&cell, left + i, sizeof cell);
    const lane_words words = (lane_words)(cell + terms->offset);
    const lane_words high = ((words ^ (uint64_t)1 << 63) >> 32) | two52;
    const lane_words low = (words & 0xFFFFFFFFU) | two52;
    const lanes gl = ((lanes)high - unsign) * terms->gradient_unit;
    const lanes h = ((lanes)low - 4503599627370496.0) * terms->hessian_unit;
    const lanes gr = terms->gradient - gl;
    const lanes hl = h + terms->l2, hr = shifted - h;
    const lanes g = (gl * gl * hr + gr * gr * hl) / (hl * hr);
    memcpy(gain + i, &g, sizeof g);
  }
}

CR_AVX2 static void gains_avx2(const cr_cell* left, int n, const gain_terms* terms,
                               double* gain) {
  gains_of_all(left, n, terms, gain);
}

static void gains_portable(const cr_cell* left, int n, const gain_terms* terms,
                           double* gain) {
  gains_of_all(left, n, terms, gain);
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
                          const cr_cell* left, int n, const gain_terms* terms,
                          int monotone, double* gain) {
  cr_split_rule with = *rule;
  with.l2 = terms->l2;
  for (int i = 0; i < n; i++) {
    const double gl = gradient_of(rule, left[i] + terms->offset);
    const double hl = hessian_of(rule, left[i] + terms->offset);
    const double gr = terms->gradient - gl, hr = terms->hessian - hl;
    const double l = cr_split_value(&with, gl, hl, node->low, node->high);
    const double r = cr_split_value(&with, gr, hr, node->low, node->high);
    gain[i] = -INFINITY;
    if (monotone * (r - l) < 0.0) continue;
    gain[i] =
        reduction(gl, hl, rule->l1, with.l2, l) + reduction(gr, hr, rule->l1, with.l2, r);
  }
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
  bool avx2;
} scan;

static bool is_bounded(const scan* s) {
  return s->rule->l1 > 0.0 || s->feature->monotone != 0 || isfinite(s->node->low) ||
         isfinite(s->node->high);
}

static bool large_enough(const scan* s, cr_cell left, int64_t left_count) {
  const uint32_t hl = cr_cell_hessian(left);
  const uint32_t hr = cr_cell_hessian(s->node->total) - hl;
  if (hl == 0 || hr == 0) return false;
  if (s->count != NULL) {
    return left_count >= s->rule->min_count &&
           s->node->count - left_count >= s->rule->min_count;
  }
  const double surely_small = (double)s->rule->min_count * s->rule->count_low;
  return (double)hl >= surely_small && (double)hr >= surely_small;
}

// The best of the first `n` candidates, when it beats *best; what goes left grows along
// the list, so those that leave both children large enough stand together. First one
// wins ties.
static bool improve(const scan* s, const candidates* list, int n, cr_cell offset,
                    int64_t offset_count, double l2, cr_split* best, int* chosen) {
  int first = 0;
  while (first < n && !large_enough(s, list->left[first] + offset,
                                    list->count[first] + offset_count)) {
    first++;
  }
  while (n > first && !large_enough(s, list->left[n - 1] + offset,
                                    list->count[n - 1] + offset_count)) {
    n--;
  }
  if (first >= n) return false;

  double gain[MAX_CODES + 4];
  const gain_terms terms = {.gradient = gradient_of(s->rule, s->node->total),
                            .hessian = hessian_of(s->rule, s->node->total),
                            .gradient_unit = s->rule->gradient_unit,
                            .hessian_unit = s->rule->hessian_unit,
                            .l2 = l2,
                            .offset = offset};
  double parent = terms.gradient * terms.gradient / (terms.hessian + s->rule->l2);
  if (is_bounded(s)) {
    const double value = cr_split_value(s->rule, terms.gradient, terms.hessian,
                                        s->node->low, s->node->high);
    parent = reduction(terms.gradient, terms.hessian, s->rule->l1, s->rule->l2, value);
    bounded_gains(s->rule, s->node, list->left + first, n - first, &terms,
                  s->feature->monotone, gain);
  } else {
    (s->avx2 ? gains_avx2 : gains_portable)(list->left + first, n - first, &terms, gain);
  }
  bool better = false;
  for (int i = 0; i < n - first; i++) {
    if (gain[i] - parent > best->gain) {
      best->gain = gain[i] - parent;
      *chosen = first + i;
      better = true;
    }
  }
  if (better) best->left = list->left[*chosen] + offset;
  return better;
}

// Candidates "codes 1 .. b go left". A bin that is empty here repeats the candidate
// before it; the place of the next one then is not moved on, which costs no branch.
static void list_bins(const scan* s, candidates* list) {
  cr_cell left = 0;
  int64_t left_count = 0;
  int n = 0;
  for (int32_t b = 1; b <= s->feature->n_bins; b++) {
    left += s->cells[b];
    list->left[n] = left;
    list->last[n] = b;
    list->count[n] = 0;
    if (s->count != NULL) list->count[n] = left_count += s->count[b];
    n += s->cells[b] != 0;
  }
  end_list(list, n);
}

static void scan_bins(const scan* s, cr_split* best) {
  candidates list;
  const bool any_missing = s->cells[0] != 0;
  list_bins(s, &list);
  int i;
  // Missing rows go right; with some, "all known values left" is a split too.
  const int n = any_missing ? list.n : list.n - 1;
  if (improve(s, &list, n, 0, 0, s->rule->l2, best, &i)) {
    best->bin = list.last[i];
    const uint32_t hl = cr_cell_hessian(best->left);
    // Nothing learned without missing rows: they follow the larger child.
    best->missing_left =
        !any_missing && hl >= cr_cell_hessian(s->node->total) - hl ? 1 : 0;
  }
  if (!any_missing) return;
  const int64_t missing_count = s->count == NULL ? 0 : s->count[0];
  if (improve(s, &list, list.n - 1, s->cells[0], missing_count, s->rule->l2, best, &i)) {
    best->bin = list.last[i];
    best->missing_left = 1;
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
  uint8_t order[MAX_CODES];
  candidates list;
  const int n = order_levels(s->rule, s->feature->n_bins, s->cells, order);
  const double l2 = s->rule->l2 + (n > FEW_LEVELS ? LEVEL_L2 : 0.0);
  const int most = n > 0 ? n - 1 : 0;
  const int longest = most < MAX_SMALL_SIDE ? most : MAX_SMALL_SIDE;
  for (int from_end = 0; from_end <= 1; from_end++) {
    cr_cell left = 0;
    int64_t left_count = 0;
    int i;
    for (int k = 0; k < longest; k++) {
      const uint8_t code = order[from_end ? n - 1 - k : k];
      left += s->cells[code];
      if (s->count != NULL) left_count += s->count[code];
      list.left[k] = left;
      list.count[k] = left_count;
    }
    end_list(&list, longest);
    if (!improve(s, &list, list.n, 0, 0, l2, best, &i)) continue;
    if (from_end) {
      keep_subset(order, n - 1 - i, n - 1, best);
    } else {
      keep_subset(order, 0, i, best);
    }
  }
}

void cr_split_scan(const cr_split_rule* rule, const cr_split_node* node,
                   const cr_split_feature* feature, const cr_cell* cells,
                   const int64_t* count, cr_simd simd, cr_split* best) {
  const scan s = {rule, node, feature, cells, count, cr_simd_avx2(simd)};
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
  if (split->bin >= 0) {
    memset(table, 0, 256);
    memset(table, 1, (size_t)split->bin + 1);
    table[0] = (uint8_t)split->missing_left;
    return;
  }
  for (int code = 0; code < 256; code++) {
    table[code] = split->subset[code >> 3] >> (code & 7) & 1;
  }
}
