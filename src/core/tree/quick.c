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
  const int shift = trees->missing_left[node] ? 0 : 1;
  cr_quick_step step = {.feature = trees->feature[node],
                        .subset = trees->subset[node],
                        .shift = (uint8_t)(shift + 128),
                        .drop = drop};
  if (step.subset < 0) step.last = (int8_t)(trees->bin[node] - shift - 128);
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

typedef uint8_t vector16 __attribute__((vector_size(16)));
typedef uint8_t vector32 __attribute__((vector_size(32)));
typedef int8_t signed_vector16 __attribute__((vector_size(16)));
typedef int8_t signed_vector32 __attribute__((vector_size(32)));

// Which of 64 rows go right at a subset node: 255, else 0.
static void right_by_subset(const uint8_t* bits, const uint8_t* code, uint8_t* right) {
  for (int r = 0; r < CR_QUICK_ROWS; r++) {
    right[r] = bits[code[r] >> 3] >> (code[r] & 7) & 1 ? 0 : 255;
  }
}

#define EACH_PART(vector) \
  _Pragma("GCC unroll 4") for (size_t v = 0; v < CR_QUICK_ROWS / sizeof(vector); v++)

// Place of the lowest set bit of each byte, 0 .. 7. The byte is not 0.
#define LOWEST_BIT(vector, x, place)                                                    \
  do {                                                                                  \
    const vector bit_ = (x) & (0 - (x));                                                \
    (place) = ((vector)((bit_ & 0xAA) != 0) & 1) | ((vector)((bit_ & 0xCC) != 0) & 2) | \
              ((vector)((bit_ & 0xF0) != 0) & 4);                                       \
  } while (0)

// Defines the two steps of scoring for vectors of one width, since compilers take
// comparisons of vectors wider than the processor's apart into bytes.
//
// narrow: strikes the leaves of one plane out that 64 rows cannot reach.
// leaves: the leaf of each of 64 rows, a byte each; from the last plane to the first, so
// that the lowest standing leaf has the last word.
#define DEFINE_LEAVES(vector)                                                      \
  static inline __attribute__((always_inline)) void narrow_##vector(               \
      const cr_quick_step* step, const uint8_t* subset_bits, const uint8_t* code,  \
      vector* standing) {                                                          \
    uint8_t right[CR_QUICK_ROWS];                                                  \
    if (step->subset >= 0) {                                                       \
      right_by_subset(subset_bits + (size_t)step->subset * CR_SUBSET_BYTES, code,  \
                      right);                                                      \
    }                                                                              \
    EACH_PART(vector) {                                                            \
      vector x;                                                                    \
      memcpy(&x, (step->subset >= 0 ? right : code) + v * sizeof x, sizeof x);     \
      if (step->subset < 0)                                                        \
        x = (vector)((signed_##vector)(x - step->shift) > step->last);             \
      standing[v] &= ~(x & step->drop);                                            \
    }                                                                              \
  }                                                                                \
  static inline __attribute__((always_inline)) void leaves_##vector(               \
      const cr_quick* quick, const uint8_t* subset_bits, const uint8_t* codes,     \
      size_t n_rows, size_t t, uint8_t* leaf) {                                    \
    vector chosen[CR_QUICK_ROWS / sizeof(vector)];                                 \
    memset(chosen, 0, sizeof chosen);                                              \
    const int32_t first = quick->plane_start[t], end = quick->plane_start[t + 1];  \
    for (int32_t plane = end - 1; plane >= first; plane--) {                       \
      vector standing[CR_QUICK_ROWS / sizeof(vector)];                             \
      EACH_PART(vector) standing[v] = ~(vector){0};                                \
      for (int32_t k = quick->step_start[plane]; k < quick->step_start[plane + 1]; \
           k++) {                                                                  \
        const cr_quick_step* step = &quick->step[k];                               \
        narrow_##vector(step, subset_bits, codes + (size_t)step->feature * n_rows, \
                        standing);                                                 \
      }                                                                            \
      EACH_PART(vector) {                                                          \
        vector place;                                                              \
        LOWEST_BIT(vector, standing[v], place);                                    \
        const vector any = (vector)(standing[v] != 0);                             \
        place += (uint8_t)((plane - first) * PLANE);                               \
        chosen[v] = (place & any) | (chosen[v] & ~any);                            \
      }                                                                            \
    }                                                                              \
    memcpy(leaf, chosen, sizeof chosen);                                           \
  }

DEFINE_LEAVES(vector16)
DEFINE_LEAVES(vector32)

static inline __attribute__((always_inline)) void add_tree(const cr_quick* quick,
                                                           size_t t, const uint8_t* leaf,
                                                           double* score) {
  const double* value = quick->value + t * CR_QUICK_LEAVES;
  for (int r = 0; r < CR_QUICK_ROWS; r++) score[r] += value[leaf[r]];
}

CR_AVX2 static void add_avx2(const cr_quick* quick, const uint8_t* subset_bits,
                             const uint8_t* codes, size_t n_rows, double* score) {
  uint8_t leaf[CR_QUICK_ROWS];
  for (size_t t = 0; t < quick->n_trees; t++) {
    leaves_vector32(quick, subset_bits, codes, n_rows, t, leaf);
    add_tree(quick, t, leaf, score);
  }
}

static void add_portable(const cr_quick* quick, const uint8_t* subset_bits,
                         const uint8_t* codes, size_t n_rows, double* score) {
  uint8_t leaf[CR_QUICK_ROWS];
  for (size_t t = 0; t < quick->n_trees; t++) {
    leaves_vector16(quick, subset_bits, codes, n_rows, t, leaf);
    add_tree(quick, t, leaf, score);
  }
}

void cr_quick_add(const cr_quick* quick, const cr_trees* trees, const cr_codes* codes,
                  size_t start, cr_simd simd, double* score) {
  const bool avx2 = cr_simd_avx2(simd);
  (avx2 ? add_avx2 : add_portable)(quick, trees->subset_bits, codes->column + start,
                                   codes->n_rows, score);
}
