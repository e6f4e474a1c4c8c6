#include "tree/owen.h"

#include <string.h>

#include "base/gauss.h"
#include "base/mem.h"

#include "base/exact.h"

enum { LANES = CR_OWEN_LANES, WIDTH = 4 };

typedef double reals __attribute__((vector_size(32)));
typedef int64_t masks __attribute__((vector_size(32)));
typedef int8_t answers __attribute__((vector_size(4)));

size_t cr_owen_terms(size_t n_slots, bool pairs) {
  return pairs ? n_slots + n_slots * (n_slots - 1) / 2 : n_slots;
}

// ---- room ----

void cr_owen_free(cr_owen* owen) {
  cr_free(owen->right);
  cr_free(owen->holds);
  cr_free(owen->term);
  cr_free(owen->factor);
  cr_free(owen->point);
  memset(owen, 0, sizeof *owen);
}

cr_status cr_owen_make(const cr_paths* paths, bool pairs, cr_owen* owen, cr_error* err) {
  const size_t n_points = (paths->max_entries + 1) / 2;
  const size_t n_terms = cr_owen_terms(paths->max_slots, pairs);
  owen->pairs = pairs;
  owen->right = cr_alloc(paths->max_splits, LANES);
  owen->holds = cr_alloc(paths->max_entries, LANES * sizeof *owen->holds);
  owen->term = cr_alloc(n_terms, LANES * sizeof *owen->term);
  owen->factor = cr_alloc(4 * paths->max_entries * n_points, sizeof *owen->factor);
  owen->point = cr_alloc(n_points * (n_points + 1) + n_points, sizeof *owen->point);
  if (owen->right == NULL || owen->holds == NULL || owen->term == NULL ||
      owen->factor == NULL || owen->point == NULL) {
    cr_owen_free(owen);
    return cr_fail(err, CR_ENOMEM, "memory", "no memory to explain trees");
  }
  double* spare = owen->point + n_points * (n_points + 1);
  for (size_t n = 1; n <= n_points; n++) {
    double* at = owen->point + n * (n - 1);
    cr_gauss_points(n, at, at + n, spare);
  }
  return CR_OK;
}

// ---- one leaf ----

// At a point t an entry counts t + (1 - t) share when the row follows it, else
// (1 - t) share; its Shapley term is what the entry changes over what it counts.
static void fill_factors(const double* share, size_t n_entries, const double* point,
                         size_t n_points, double* factor) {
  for (size_t e = 0; e < n_entries; e++) {
    for (size_t q = 0; q < n_points; q++, factor += 4) {
      const double t = point[q], away = 1.0 - t;
      factor[0] = away * share[e];
      factor[1] = t + factor[0];
      factor[2] = -1.0 / away;
      factor[3] = (1.0 - share[e]) / factor[1];
    }
  }
}

#define CHOOSE(which, no, yes) \
  ((reals)(((masks)(yes) & (which)) | ((masks)(no) & ~(which))))
#define ALL(x) ((reals){(x), (x), (x), (x)})

// Adds a leaf's terms for `n` lanes, a multiple of WIDTH.
static inline __attribute__((always_inline)) void add_leaf(const cr_owen* s,
                                                           const cr_paths* paths,
                                                           size_t leaf, size_t n_slots,
                                                           size_t n) {
  const size_t first = (size_t)paths->leaf_entry[leaf];
  const size_t n_entries = (size_t)paths->leaf_entry[leaf + 1] - first;
  const size_t n_points = (n_entries + 1) / 2;
  const double* point = s->point + n_points * (n_points - 1);
  const double* weight = point + n_points;
  const int32_t* slot = paths->entry_slot + first;
  fill_factors(paths->entry_share + first, n_entries, point, n_points, s->factor);

  for (size_t r = 0; r < n; r += WIDTH) {
    for (size_t q = 0; q < n_points; q++) {
      const double* factor = s->factor + 4 * q;
      reals product = ALL(paths->leaf_value[leaf] * weight[q]);
      for (size_t e = 0; e < n_entries; e++, factor += 4 * n_points) {
        masks holds;
        memcpy(&holds, s->holds + e * LANES + r, sizeof holds);
        product *= CHOOSE(holds, ALL(factor[0]), ALL(factor[1]));
      }
      factor = s->factor + 4 * q;
      for (size_t e = 0; e < n_entries; e++, factor += 4 * n_points) {
        masks holds;
        reals sum;
        memcpy(&holds, s->holds + e * LANES + r, sizeof holds);
        const reals term = product * CHOOSE(holds, ALL(factor[2]), ALL(factor[3]));
        double* at = s->term + (size_t)slot[e] * LANES + r;
        memcpy(&sum, at, sizeof sum);
        sum += term;
        memcpy(at, &sum, sizeof sum);
        if (!s->pairs) continue;
        const double* other = factor + 4 * n_points;
        for (size_t d = e + 1; d < n_entries; d++, other += 4 * n_points) {
          const size_t low = (size_t)(slot[e] < slot[d] ? slot[e] : slot[d]);
          const size_t high = (size_t)(slot[e] < slot[d] ? slot[d] : slot[e]);
          at = s->term + (n_slots + high * (high - 1) / 2 + low) * LANES + r;
          memcpy(&holds, s->holds + d * LANES + r, sizeof holds);
          memcpy(&sum, at, sizeof sum);
          sum += ALL(0.5) * (term * CHOOSE(holds, ALL(other[2]), ALL(other[3])));
          memcpy(at, &sum, sizeof sum);
        }
      }
    }
  }
}

// holds[] of one leaf from the answers to its splits.
static inline __attribute__((always_inline)) void find_holds(const cr_owen* s,
                                                             const cr_paths* paths,
                                                             size_t leaf, size_t n) {
  const size_t first = (size_t)paths->leaf_entry[leaf];
  const size_t end = (size_t)paths->leaf_entry[leaf + 1];
  for (size_t e = first; e < end; e++) {
    int64_t* holds = s->holds + (e - first) * LANES;
    for (size_t r = 0; r < n; r++) holds[r] = -1;
    const int32_t to = paths->entry_condition[e + 1];
    for (int32_t c = paths->entry_condition[e]; c < to; c++) {
      const int32_t condition = paths->condition[c];
      const uint8_t* right = s->right + (size_t)(condition >> 1) * LANES;
      const int64_t other = condition & 1 ? 0 : -1;
      for (size_t r = 0; r < n; r += WIDTH) {
        answers went;
        masks all;
        memcpy(&went, right + r, sizeof went);
        memcpy(&all, holds + r, sizeof all);
        all &= __builtin_convertvector(went, masks) ^ other;
        memcpy(holds + r, &all, sizeof all);
      }
    }
  }
}

// term[] of a group for `n` lanes whose answers are in right[].
static inline __attribute__((always_inline)) void add_leaves(const cr_owen* s,
                                                             const cr_paths* paths,
                                                             size_t group, size_t n) {
  const size_t slots = cr_paths_slots(paths, group);
  const size_t from = (size_t)paths->group_leaf[group];
  const size_t end = (size_t)paths->group_leaf[group + 1];
  memset(s->term, 0, cr_owen_terms(slots, s->pairs) * LANES * sizeof *s->term);
  n = (n + WIDTH - 1) / WIDTH * WIDTH;
  for (size_t leaf = from; leaf < end; leaf++) {
    find_holds(s, paths, leaf, n);
    add_leaf(s, paths, leaf, slots, n);
  }
}

CR_AVX2 static void add_avx2(const cr_owen* owen, const cr_paths* paths, size_t group,
                             size_t n) {
  add_leaves(owen, paths, group, n);
}

static void add_portable(const cr_owen* owen, const cr_paths* paths, size_t group,
                         size_t n) {
  add_leaves(owen, paths, group, n);
}

void cr_owen_add(const cr_owen* owen, const cr_paths* paths, size_t group, size_t n,
                 cr_simd simd) {
  (cr_simd_avx2(simd) ? add_avx2 : add_portable)(owen, paths, group, n);
}
