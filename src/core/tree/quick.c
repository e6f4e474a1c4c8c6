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
  cr_free(quick->question_start);
  cr_free(quick->step);
  cr_free(quick->question);
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

static cr_quick_step step_of(const cr_trees* trees, size_t node, int32_t slot,
                             uint8_t drop) {
  cr_quick_step step = {.feature = trees->feature[node],
                        .slot = slot,
                        .shift = 128,  // an answer of 255 becomes 127, above `last`
                        .drop = drop};
  if (slot >= 0) return step;
  const int shift = trees->missing_left[node] ? 0 : 1;
  step.shift = (uint8_t)(shift + 128);
  step.last = (int8_t)(trees->bin[node] - shift - 128);
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

// The questions of one tree; slot[i] is that of node i, -1 for none.
static void list_questions(const cr_trees* trees, size_t t, cr_quick* quick,
                           int32_t* slot) {
  const size_t start = (size_t)trees->tree_start[t];
  const int n = trees->tree_start[t + 1] - trees->tree_start[t];
  const int32_t first = quick->question_start[t];
  int32_t at = first;
  for (int i = 0; i < n; i++) {
    const size_t node = start + (size_t)i;
    slot[i] = -1;
    if (trees->feature[node] < 0 || trees->subset[node] < 0) continue;
    slot[i] = at - first;
    quick->question[at++] =
        (cr_quick_question){trees->feature[node], trees->subset[node]};
  }
  quick->question_start[t + 1] = at;
}

static void translate(const cr_trees* trees, size_t t, cr_quick* quick, size_t* n_planes,
                      size_t* n_steps) {
  spans s;
  int32_t slot[MAX_NODES];
  list_questions(trees, t, quick, slot);
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
      if (drop != 0) quick->step[(*n_steps)++] = step_of(trees, node, slot[i], drop);
    }
    quick->step_start[++*n_planes] = (int32_t)*n_steps;
  }
  quick->plane_start[t + 1] = (int32_t)*n_planes;
}

cr_status cr_quick_make(const cr_trees* trees, cr_quick* quick, cr_error* err) {
  size_t planes = 0, steps = 0, questions = 0;
  for (size_t i = 0; i < trees->n_nodes; i++) questions += trees->subset[i] >= 0;
  for (size_t t = 0; t < trees->n_trees; t++) {
    const size_t here = (tree_leaves(trees, t) + PLANE - 1) / PLANE;
    planes += here;
    steps += (tree_leaves(trees, t) - 1) * here;  // at most: every node in every plane
  }
  quick->n_trees = trees->n_trees;
  quick->plane_start = cr_alloc_zero(trees->n_trees + 1, sizeof *quick->plane_start);
  quick->step_start = cr_alloc_zero(planes + 1, sizeof *quick->step_start);
  quick->question_start =
      cr_alloc_zero(trees->n_trees + 1, sizeof *quick->question_start);
  quick->step = cr_alloc(steps, sizeof *quick->step);
  quick->question = cr_alloc(questions, sizeof *quick->question);
  quick->value = cr_alloc_zero(trees->n_trees, CR_QUICK_LEAVES * sizeof *quick->value);
  if (quick->plane_start == NULL || quick->step_start == NULL || quick->step == NULL ||
      quick->question_start == NULL || quick->question == NULL || quick->value == NULL) {
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

// Which of 64 rows go right where a subset goes left: 255, else 0.
static void answer_portable(const uint8_t* bits, const uint8_t* code, uint8_t* right) {
  for (int r = 0; r < CR_QUICK_ROWS; r++) {
    right[r] = bits[code[r] >> 3] >> (code[r] & 7) & 1 ? 0 : 255;
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
// The same for 32 rows at a time: the byte of the subset and the bit within it come from
// tables of 16 bytes in registers.
CR_AVX2 static inline void answer_avx2(const uint8_t* bits, const uint8_t* code,
                                       uint8_t* right) {
  typedef char chars __attribute__((vector_size(32)));
  static const uint8_t powers[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                     1, 2, 4, 8, 16, 32, 64, 128};
  vector32 low, high, power;
  for (size_t half = 0; half < 2; half++) {
    memcpy((uint8_t*)&low + 16 * half, bits, 16);
    memcpy((uint8_t*)&high + 16 * half, bits + 16, 16);
    memcpy((uint8_t*)&power + 16 * half, powers, 16);
  }
  for (size_t r = 0; r < CR_QUICK_ROWS; r += sizeof low) {
    vector32 c;
    memcpy(&c, code + r, sizeof c);
    const chars place = (chars)(c >> 3 & 15);
    const vector32 in_low = (vector32)__builtin_ia32_pshufb256((chars)low, place);
    const vector32 in_high = (vector32)__builtin_ia32_pshufb256((chars)high, place);
    const vector32 bit = (vector32)__builtin_ia32_pshufb256((chars)power, (chars)(c & 7));
    const vector32 is_high = (vector32)((signed_vector32)c < 0);
    const vector32 byte = (in_high & is_high) | (in_low & ~is_high);
    const vector32 out = (vector32)((byte & bit) == 0);
    memcpy(right + r, &out, sizeof out);
  }
}
#else
#define answer_avx2 answer_portable
#endif

#define EACH_PART(vector) \
  _Pragma("GCC unroll 4") for (size_t v = 0; v < CR_QUICK_ROWS / sizeof(vector); v++)

// Place of the lowest set bit of each byte, 0 .. 7. The byte is not 0.
#define LOWEST_BIT(vector, x, place)                                                    \
  do {                                                                                  \
    const vector bit_ = (x) & (0 - (x));                                                \
    (place) = ((vector)((bit_ & 0xAA) != 0) & 1) | ((vector)((bit_ & 0xCC) != 0) & 2) | \
              ((vector)((bit_ & 0xF0) != 0) & 4);                                       \
  } while (0)

// Defines scoring for vectors of one width, since compilers take comparisons of vectors
// wider than the processor's apart into bytes.
//
// narrow: strikes the leaves of one plane out that 64 rows cannot reach.
// leaves: the leaf of each of 64 rows, a byte each; from the last plane to the first, so
// that the lowest standing leaf has the last word.
#define DEFINE_LEAVES(vector, answer)                                                 \
  static inline __attribute__((always_inline)) void narrow_##vector(                  \
      const cr_quick_step* step, const uint8_t* code, vector* standing) {             \
    EACH_PART(vector) {                                                               \
      vector x;                                                                       \
      memcpy(&x, code + v * sizeof x, sizeof x);                                      \
      x = (vector)((signed_##vector)(x - step->shift) > step->last);                  \
      standing[v] &= ~(x & step->drop);                                               \
    }                                                                                 \
  }                                                                                   \
  static inline __attribute__((always_inline)) void leaves_##vector(                  \
      const cr_quick* quick, const uint8_t* subset_bits, const uint8_t* codes,        \
      size_t n_rows, size_t t, uint8_t* leaf) {                                       \
    uint8_t answers[CR_QUICK_LEAVES][CR_QUICK_ROWS];                                  \
    vector chosen[CR_QUICK_ROWS / sizeof(vector)];                                    \
    memset(chosen, 0, sizeof chosen);                                                 \
    const cr_quick_question* question = quick->question + quick->question_start[t];   \
    const int32_t n = quick->question_start[t + 1] - quick->question_start[t];        \
    for (int32_t q = 0; q < n; q++) {                                                 \
      answer(subset_bits + (size_t)question[q].subset * CR_SUBSET_BYTES,              \
             codes + (size_t)question[q].feature * n_rows, answers[q]);               \
    }                                                                                 \
    const int32_t first = quick->plane_start[t], end = quick->plane_start[t + 1];     \
    for (int32_t plane = end - 1; plane >= first; plane--) {                          \
      vector standing[CR_QUICK_ROWS / sizeof(vector)];                                \
      EACH_PART(vector) standing[v] = ~(vector){0};                                   \
      for (int32_t k = quick->step_start[plane]; k < quick->step_start[plane + 1];    \
           k++) {                                                                     \
        const cr_quick_step* step = &quick->step[k];                                  \
        const uint8_t* code = codes + (size_t)step->feature * n_rows;                 \
        narrow_##vector(step, step->slot < 0 ? code : answers[step->slot], standing); \
      }                                                                               \
      EACH_PART(vector) {                                                             \
        vector place;                                                                 \
        LOWEST_BIT(vector, standing[v], place);                                       \
        const vector any = (vector)(standing[v] != 0);                                \
        place += (uint8_t)((plane - first) * PLANE);                                  \
        chosen[v] = (place & any) | (chosen[v] & ~any);                               \
      }                                                                               \
    }                                                                                 \
    memcpy(leaf, chosen, sizeof chosen);                                              \
  }

DEFINE_LEAVES(vector16, answer_portable)
DEFINE_LEAVES(vector32, answer_avx2)

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
