#include "tree/quick.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

enum { PLANE = 8, MAX_NODES = 2 * CR_QUICK_LEAVES - 1 };

static size_t tree_leaves(const cr_trees* trees, size_t t) {
  return ((size_t)(trees->tree_start[t + 1] - trees->tree_start[t]) + 1) / 2;
}

int cr_quick_fits(const cr_trees* trees) {
  for (size_t t = 0; t < trees->n_trees; t++) {
    if (tree_leaves(trees, t) > CR_QUICK_LEAVES) return 0;
  }
  return 1;
}

void cr_quick_free(cr_quick* quick) {
  cr_free(quick->plane_start);
  cr_free(quick->step_start);
  cr_free(quick->step);
  cr_free(quick->value);
  memset(quick, 0, sizeof *quick);
}

// ---- translation ----

// First leaf of each node's subtree and the one after its last.
typedef struct {
  int first[MAX_NODES], end[MAX_NODES];
} spans;

// Children come after parents, so sizes add up from the back and places from the front.
static void find_spans(const cr_trees* trees, size_t start, int n, spans* s) {
  int leaves[MAX_NODES] = {0};
  for (int i = n - 1; i >= 0; i--) {
    const size_t node = start + (size_t)i;
    leaves[i] = trees->feature[node] < 0
                    ? 1
                    : leaves[trees->left[node]] + leaves[trees->right[node]];
  }
  s->first[0] = 0;
  for (int i = 0; i < n; i++) {
    const size_t node = start + (size_t)i;
    s->end[i] = s->first[i] + leaves[i];
    if (trees->feature[node] < 0) continue;
    s->first[trees->left[node]] = s->first[i];
    s->first[trees->right[node]] = s->first[i] + leaves[trees->left[node]];
  }
}

static cr_quick_step step_of(const cr_trees* trees, size_t node, uint8_t drop) {
  const uint8_t shift = trees->missing_left[node] ? 0 : 1;
  cr_quick_step step = {.feature = trees->feature[node],
                        .subset = trees->subset[node],
                        .shift = shift,
                        .drop = drop};
  if (step.subset < 0) step.last = (uint8_t)(trees->bin[node] - shift);
  return step;
}

// Leaves of the left subtree that lie in this plane.
static uint8_t struck(const spans* s, int left, int plane) {
  uint8_t bits = 0;
  for (int leaf = s->first[left]; leaf < s->end[left]; leaf++) {
    if (leaf / PLANE == plane) bits |= (uint8_t)(1U << (leaf % PLANE));
  }
  return bits;
}

static void translate(const cr_trees* trees, size_t t, cr_quick* quick, size_t* n_planes,
                      size_t* n_steps) {
  spans s;
  const size_t start = (size_t)trees->tree_start[t];
  const int n = trees->tree_start[t + 1] - trees->tree_start[t];
  const int planes = (int)((tree_leaves(trees, t) + PLANE - 1) / PLANE);
  find_spans(trees, start, n, &s);
  double* value = quick->value + t * CR_QUICK_LEAVES;
  for (int i = 0; i < n; i++) {
    if (trees->feature[start + (size_t)i] < 0) {
      value[s.first[i]] = trees->value[start + (size_t)i];
    }
  }
  for (int plane = 0; plane < planes; plane++) {
    for (int i = 0; i < n; i++) {
      const size_t node = start + (size_t)i;
      if (trees->feature[node] < 0) continue;
      const uint8_t drop = struck(&s, trees->left[node], plane);
      if (drop != 0) quick->step[(*n_steps)++] = step_of(trees, node, drop);
    }
    quick->step_start[++*n_planes] = (int32_t)*n_steps;
  }
  quick->plane_start[t + 1] = (int32_t)*n_planes;
}

cr_status cr_quick_make(const cr_trees* trees, cr_quick* quick, cr_error* err) {
  size_t planes = 0, steps = 0;
  for (size_t t = 0; t < trees->n_trees; t++) {
    const size_t here = (tree_leaves(trees, t) + PLANE - 1) / PLANE;
    planes += here;
    steps += (tree_leaves(trees, t) - 1) * here;  // at most: every node in every plane
  }
  quick->n_trees = trees->n_trees;
  quick->plane_start = cr_alloc_zero(trees->n_trees + 1, sizeof *quick->plane_start);
  quick->step_start = cr_alloc_zero(planes + 1, sizeof *quick->step_start);
  quick->step = cr_alloc(steps, sizeof *quick->step);
  quick->value = cr_alloc_zero(trees->n_trees, CR_QUICK_LEAVES * sizeof *quick->value);
  if (quick->plane_start == NULL || quick->step_start == NULL || quick->step == NULL ||
      quick->value == NULL) {
    cr_quick_free(quick);
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to score with %zu trees",
                   trees->n_trees);
  }
  planes = steps = 0;
  for (size_t t = 0; t < trees->n_trees; t++) translate(trees, t, quick, &planes, &steps);
  return CR_OK;
}

// ---- scoring ----

typedef uint8_t bytes __attribute__((vector_size(32)));

// Which of 64 rows go right at a subset node: 255, else 0.
static void right_by_subset(const uint8_t* bits, const uint8_t* code, uint8_t* right) {
  for (int r = 0; r < CR_QUICK_ROWS; r++) {
    right[r] = bits[code[r] >> 3] >> (code[r] & 7) & 1 ? 0 : 255;
  }
}

// Place of the lowest set bit of each byte, 0 .. 7. The byte is not 0.
#define LOWEST_BIT(v, place)                                                          \
  do {                                                                                \
    const bytes bit_ = (v) & (0 - (v));                                               \
    (place) = ((bytes)((bit_ & 0xAA) != 0) & 1) | ((bytes)((bit_ & 0xCC) != 0) & 2) | \
              ((bytes)((bit_ & 0xF0) != 0) & 4);                                      \
  } while (0)

// The leaf of 64 rows in one tree, a byte each.
static inline __attribute__((always_inline)) void leaves_of(const cr_quick* quick,
                                                            const uint8_t* subset_bits,
                                                            const uint8_t* codes,
                                                            size_t n_rows, size_t t,
                                                            uint8_t* leaf) {
  bytes leaf_a = {0}, leaf_b = {0};
  const int32_t first = quick->plane_start[t], end = quick->plane_start[t + 1];
  // From the last plane to the first, so that the lowest standing leaf has the last word.
  for (int32_t plane = end - 1; plane >= first; plane--) {
    bytes a = {0}, b = {0};
    a = ~a;
    b = ~b;
    for (int32_t k = quick->step_start[plane]; k < quick->step_start[plane + 1]; k++) {
      const cr_quick_step step = quick->step[k];
      const uint8_t* code = codes + (size_t)step.feature * n_rows;
      bytes right_a, right_b;
      if (step.subset < 0) {
        memcpy(&right_a, code, sizeof right_a);
        memcpy(&right_b, code + sizeof right_a, sizeof right_b);
        right_a = (bytes)((bytes)(right_a - step.shift) > step.last);
        right_b = (bytes)((bytes)(right_b - step.shift) > step.last);
      } else {
        uint8_t right[CR_QUICK_ROWS];
        right_by_subset(subset_bits + (size_t)step.subset * CR_SUBSET_BYTES, code, right);
        memcpy(&right_a, right, sizeof right_a);
        memcpy(&right_b, right + sizeof right_a, sizeof right_b);
      }
      a &= ~(right_a & step.drop);
      b &= ~(right_b & step.drop);
    }
    const uint8_t base = (uint8_t)((plane - first) * PLANE);
    bytes place_a, place_b;
    LOWEST_BIT(a, place_a);
    LOWEST_BIT(b, place_b);
    const bytes any_a = (bytes)(a != 0), any_b = (bytes)(b != 0);
    leaf_a = ((place_a + base) & any_a) | (leaf_a & ~any_a);
    leaf_b = ((place_b + base) & any_b) | (leaf_b & ~any_b);
  }
  memcpy(leaf, &leaf_a, sizeof leaf_a);
  memcpy(leaf + sizeof leaf_a, &leaf_b, sizeof leaf_b);
}

static inline __attribute__((always_inline)) void add_all(const cr_quick* quick,
                                                          const uint8_t* subset_bits,
                                                          const uint8_t* codes,
                                                          size_t n_rows, double* score) {
  for (size_t t = 0; t < quick->n_trees; t++) {
    uint8_t leaf[CR_QUICK_ROWS];
    const double* value = quick->value + t * CR_QUICK_LEAVES;
    leaves_of(quick, subset_bits, codes, n_rows, t, leaf);
    for (int r = 0; r < CR_QUICK_ROWS; r++) score[r] += value[leaf[r]];
  }
}

CR_AVX2 static void add_avx2(const cr_quick* quick, const uint8_t* subset_bits,
                             const uint8_t* codes, size_t n_rows, double* score) {
  add_all(quick, subset_bits, codes, n_rows, score);
}

static void add_portable(const cr_quick* quick, const uint8_t* subset_bits,
                         const uint8_t* codes, size_t n_rows, double* score) {
  add_all(quick, subset_bits, codes, n_rows, score);
}

void cr_quick_add(const cr_quick* quick, const cr_trees* trees, const cr_codes* codes,
                  size_t start, cr_simd simd, double* score) {
  const bool avx2 = cr_simd_avx2(simd);
  (avx2 ? add_avx2 : add_portable)(quick, trees->subset_bits, codes->column + start,
                                   codes->n_rows, score);
}
