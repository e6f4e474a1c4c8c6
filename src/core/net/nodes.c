#include "net/nodes.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#include "base/exact.h"

// Eight floats: an AVX register, or two of SSE2 or NEON. Everything here reads memory,
// computes and writes memory, which one source does well at either width.
typedef float octet __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANES = 8, ROWS = 32 };  // rows whose sums stay in the first-level cache

#define INLINE static inline __attribute__((always_inline))

static const uint32_t FRACTION = ((uint32_t)1 << CR_NODE_BITS) - 1;
static const float UNIT = 1.0F / (float)((uint32_t)1 << CR_NODE_BITS);

// ---- layout ----------------------------------------------------------------------

void cr_nodes_free(cr_nodes* nodes) {
  cr_free(nodes->column);
  cr_free(nodes->first);
  cr_free(nodes->on_line);
  cr_free(nodes->anchor);
  cr_free(nodes->absent);
  cr_free(nodes->z);
  *nodes = (cr_nodes){0};
}

static bool is_level(const cr_design* d, size_t j) {
  return d->level_start[j + 1] > d->level_start[j];
}

static bool has_terms(const cr_design* d, size_t j) {
  return d->first_term[j + 1] > d->first_term[j];
}

static size_t count_terms(const cr_design* d, size_t j) {
  return (size_t)(d->first_term[j + 1] - d->first_term[j] - d->missing[j]);
}

// A node and the way to the next, on the line of the f-th feature
static uint32_t cell_on_line(const cr_nodes* nodes, size_t f, double z) {
  const uint32_t first = nodes->first[f], n = nodes->on_line[f];
  const double* at = nodes->z + first;
  uint32_t k = 0;
  while (k + 1 < n && z >= at[k + 1]) k++;
  uint32_t way = 0;
  if (k + 1 < n && z > at[k]) {
    const double share = (z - at[k]) / (at[k + 1] - at[k]);
    way = (uint32_t)(share * (double)(FRACTION + 1));
    if (way > FRACTION) way = FRACTION;
  }
  return (first + k) << CR_NODE_BITS | way;
}

// The nodes of a number's range, and missing after them.
static size_t place_number(cr_nodes* nodes, size_t f, size_t j) {
  const cr_design* d = nodes->design;
  double* z = nodes->z + nodes->first[f];
  const double high = cr_design_scale(d, j, d->high[j]);
  size_t n = 0;
  z[n++] = cr_design_scale(d, j, d->low[j]);
  for (int32_t k = d->knot_start[j]; k < d->knot_start[j + 1]; k++) {
    if (d->knot[k] > z[n - 1]) z[n++] = d->knot[k];
  }
  if (high > z[n - 1]) z[n++] = high;
  nodes->on_line[f] = (uint32_t)n;
  for (uint32_t k = 1; k < n; k++) {
    if (fabs(z[k]) < fabs(z[nodes->anchor[f]])) nodes->anchor[f] = k;
  }
  return n;
}

static void place_feature(cr_nodes* nodes, size_t f, size_t j) {
  const cr_design* d = nodes->design;
  const bool level = is_level(d, j);
  size_t n = level ? count_terms(d, j) : place_number(nodes, f, j);
  const size_t missing = nodes->first[f] + n;
  n += (d->missing[j] ? 1U : 0U) + (level ? 1U : 0U);
  nodes->column[f] = (uint32_t)j;
  nodes->first[f + 1] = nodes->first[f] + (uint32_t)n;
  nodes->absent[f] = level || d->missing[j] ? (uint32_t)missing << CR_NODE_BITS
                                            : cell_on_line(nodes, f, 0.0);
}

cr_status cr_nodes_make(const cr_design* design, cr_nodes* nodes, cr_error* err) {
  nodes->design = design;
  size_t most = 0;
  for (size_t j = 0; j < design->n_features; j++) {
    if (!has_terms(design, j)) continue;
    nodes->n_used++;
    most += count_terms(design, j) + 3;
  }
  if (most > CR_NODES_MAX) {
    return cr_fail(err, CR_ELIMIT, "too_many_terms", "%zu nodes; at most %d are possible",
                   most, CR_NODES_MAX);
  }
  nodes->column = cr_alloc_zero(nodes->n_used, sizeof *nodes->column);
  nodes->first = cr_alloc_zero(nodes->n_used + 1, sizeof *nodes->first);
  nodes->on_line = cr_alloc_zero(nodes->n_used, sizeof *nodes->on_line);
  nodes->anchor = cr_alloc_zero(nodes->n_used, sizeof *nodes->anchor);
  nodes->absent = cr_alloc_zero(nodes->n_used, sizeof *nodes->absent);
  nodes->z = cr_alloc_zero(most, sizeof *nodes->z);
  if (nodes->column == NULL || nodes->first == NULL || nodes->on_line == NULL ||
      nodes->anchor == NULL || nodes->absent == NULL || nodes->z == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu nodes", most);
  }
  size_t f = 0;
  for (size_t j = 0; j < design->n_features; j++) {
    if (has_terms(design, j)) place_feature(nodes, f++, j);
  }
  nodes->n_nodes = nodes->first[nodes->n_used];
  return CR_OK;
}

// ---- cells -----------------------------------------------------------------------

static uint32_t cell_of_level(const cr_nodes* nodes, size_t f, int32_t level) {
  const cr_design* d = nodes->design;
  const size_t j = nodes->column[f];
  const int32_t n_levels = d->level_start[j + 1] - d->level_start[j];
  if (level < 1 || level > n_levels) return nodes->absent[f];
  const int32_t term = d->level_term[d->level_start[j] + level - 1];
  const uint32_t node =
      term < 0 ? nodes->first[f + 1] - 1 : nodes->first[f] + (uint32_t)term;
  return node << CR_NODE_BITS;
}

void cr_nodes_encode(const cr_nodes* nodes, const cr_frame* frame, size_t first, size_t n,
                     uint32_t* cell) {
  for (size_t f = 0; f < nodes->n_used; f++) {
    const size_t j = nodes->column[f];
    const cr_column* column = &frame->column[j];
    uint32_t* out = cell + f;
    for (size_t i = 0; i < n; i++, out += nodes->n_used) {
      if (nodes->on_line[f] == 0) {
        *out = cell_of_level(nodes, f, column->integer[first + i]);
        continue;
      }
      const double x = cr_column_value(column, first + i);
      *out = x == x ? cell_on_line(nodes, f, cr_design_scale(nodes->design, j, x))
                    : nodes->absent[f];
    }
  }
}

// ---- rows of the tables ----------------------------------------------------------

// to += factor * from
INLINE void add_scaled(const float* from, float factor, size_t width, float* to) {
  for (size_t l = 0; l < width; l += LANES) {
    *(octet*)(to + l) += factor * *(const octet*)(from + l);
  }
}

// to = factor * from
INLINE void set_scaled(const float* from, float factor, size_t width, float* to) {
  for (size_t l = 0; l < width; l += LANES) {
    *(octet*)(to + l) = factor * *(const octet*)(from + l);
  }
}

static float scale_off_line(const cr_nodes* nodes, const cr_nodes_scales* scales,
                            size_t f, uint32_t node) {
  const cr_design* d = nodes->design;
  const size_t j = nodes->column[f];
  if (nodes->on_line[f] > 0) return scales->missing;
  if (node + 1 == nodes->first[f + 1]) return 0.0F;  // levels without a term
  return d->missing[j] && node + 2 == nodes->first[f + 1] ? scales->missing
                                                          : scales->level;
}

INLINE void expand(const cr_nodes* nodes, const cr_nodes_scales* scales,
                   const float* coefficient, size_t width, float* vector) {
  for (size_t f = 0; f < nodes->n_used; f++) {
    const uint32_t first = nodes->first[f], end = first + nodes->on_line[f];
    const uint32_t anchor = first + nodes->anchor[f];
    const float* slope = coefficient + first * width;
    if (end > first) {
      set_scaled(slope, (float)nodes->z[anchor], width, vector + anchor * width);
    }
    for (uint32_t k = anchor + 1; k < end; k++) {
      float* to = vector + k * width;
      set_scaled(slope, (float)(nodes->z[k] - nodes->z[k - 1]), width, to);
      add_scaled(coefficient + k * width, scales->bend, width, to);
      add_scaled(to - width, 1.0F, width, to);
    }
    for (uint32_t k = anchor; k-- > first;) {
      float* to = vector + k * width;
      set_scaled(slope, (float)(nodes->z[k] - nodes->z[k + 1]), width, to);
      add_scaled(coefficient + (k + 1) * width, -scales->bend, width, to);
      add_scaled(to + width, 1.0F, width, to);
    }
    for (uint32_t k = end; k < nodes->first[f + 1]; k++) {
      set_scaled(coefficient + k * width, scale_off_line(nodes, scales, f, k), width,
                 vector + k * width);
    }
  }
}

INLINE void tabulate(const cr_nodes* nodes, const float* vector, size_t width,
                     float* table) {
  for (size_t f = 0; f < nodes->n_used; f++) {
    const uint32_t first = nodes->first[f], end = nodes->first[f + 1];
    const uint32_t last = first + nodes->on_line[f];
    for (uint32_t k = first; k < end; k++) {
      float* row = table + 2 * k * width;
      set_scaled(vector + k * width, 1.0F, width, row);
      memset(row + width, 0, width * sizeof *row);
      if (k + 1 >= last) continue;
      add_scaled(vector + (k + 1) * width, 1.0F, width, row + width);
      add_scaled(vector + k * width, -1.0F, width, row + width);
    }
  }
}

INLINE void collapse(const cr_nodes* nodes, const cr_nodes_scales* scales, float* table,
                     size_t width, float* gradient) {
  memset(gradient, 0, nodes->n_nodes * width * sizeof *gradient);
  for (size_t f = 0; f < nodes->n_used; f++) {
    const uint32_t first = nodes->first[f], end = first + nodes->on_line[f];
    const uint32_t anchor = first + nodes->anchor[f];
    for (uint32_t k = first; k + 1 < end; k++) {  // a way is a node less the one before
      float *here = table + 2 * k * width, *next = here + 2 * width;
      add_scaled(here + width, -1.0F, width, here);
      add_scaled(here + width, 1.0F, width, next);
    }
    for (uint32_t k = first; k < end; k++) {
      add_scaled(table + 2 * k * width, (float)nodes->z[k], width,
                 gradient + first * width);
    }
    for (uint32_t k = end; k-- > anchor + 1;) {  // a step moves all nodes beyond it
      const float* node = table + 2 * k * width;
      set_scaled(node, scales->bend, width, gradient + k * width);
      add_scaled(node, 1.0F, width, table + 2 * (k - 1) * width);
    }
    for (uint32_t k = first; k < anchor; k++) {
      const float* node = table + 2 * k * width;
      set_scaled(node, -scales->bend, width, gradient + (k + 1) * width);
      add_scaled(node, 1.0F, width, table + 2 * (k + 1) * width);
    }
    for (uint32_t k = end; k < nodes->first[f + 1]; k++) {
      set_scaled(table + 2 * k * width, scale_off_line(nodes, scales, f, k), width,
                 gradient + k * width);
    }
  }
}

// ---- rows of the data ------------------------------------------------------------

INLINE void add_cells(const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row,
                      size_t n, const float* table, size_t width, float* out) {
  const size_t p = nodes->n_used;
  for (size_t from = 0; from < n; from += ROWS) {
    const size_t end = n - from < ROWS ? n : from + ROWS;
    for (size_t f = 0; f < p; f++) {
      for (size_t i = from; i < end; i++) {
        const uint32_t at = cell[(row == NULL ? i : row[i]) * p + f];
        const float way = (float)(at & FRACTION) * UNIT;
        const float* node = table + 2 * (size_t)(at >> CR_NODE_BITS) * width;
        float* to = out + i * width;
        for (size_t l = 0; l < width; l += LANES) {
          *(octet*)(to + l) +=
              *(const octet*)(node + l) + way * *(const octet*)(node + width + l);
        }
      }
    }
  }
}

INLINE void spread_cells(const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row,
                         size_t n, const float* delta, size_t width, float* table) {
  const size_t p = nodes->n_used;
  for (size_t from = 0; from < n; from += ROWS) {
    const size_t end = n - from < ROWS ? n : from + ROWS;
    for (size_t f = 0; f < p; f++) {
      for (size_t i = from; i < end; i++) {
        const uint32_t at = cell[(row == NULL ? i : row[i]) * p + f];
        const float way = (float)(at & FRACTION) * UNIT;
        float* node = table + 2 * (size_t)(at >> CR_NODE_BITS) * width;
        const float* x = delta + i * width;
        for (size_t l = 0; l < width; l += LANES) {
          const octet d = *(const octet*)(x + l);
          *(octet*)(node + l) += d;
          *(octet*)(node + width + l) += way * d;
        }
      }
    }
  }
}

// ---- variants --------------------------------------------------------------------

// Each kernel compiled for what every processor has and for AVX2: `name(...)` runs
// `body`, an INLINE function above.
#define VARIANTS(name, body, parameters, arguments)       \
  static void body##_plain parameters { body arguments; } \
  CR_AVX2 static void body##_wide parameters { body arguments; }

VARIANTS(cr_nodes_expand, expand,
         (const cr_nodes* nodes, const cr_nodes_scales* scales, const float* coefficient,
          size_t width, float* vector),
         (nodes, scales, coefficient, width, vector))
VARIANTS(cr_nodes_table, tabulate,
         (const cr_nodes* nodes, const float* vector, size_t width, float* table),
         (nodes, vector, width, table))
VARIANTS(cr_nodes_collapse, collapse,
         (const cr_nodes* nodes, const cr_nodes_scales* scales, float* table,
          size_t width, float* gradient),
         (nodes, scales, table, width, gradient))
VARIANTS(cr_nodes_add, add_cells,
         (const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row, size_t n,
          const float* table, size_t width, float* out),
         (nodes, cell, row, n, table, width, out))
VARIANTS(cr_nodes_spread, spread_cells,
         (const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row, size_t n,
          const float* delta, size_t width, float* table),
         (nodes, cell, row, n, delta, width, table))

void cr_nodes_expand(const cr_nodes* nodes, const cr_nodes_scales* scales,
                     const float* coefficient, size_t width, cr_simd simd,
                     float* vector) {
  (cr_simd_avx2(simd) ? expand_wide : expand_plain)(nodes, scales, coefficient, width,
                                                    vector);
}

void cr_nodes_table(const cr_nodes* nodes, const float* vector, size_t width,
                    cr_simd simd, float* table) {
  (cr_simd_avx2(simd) ? tabulate_wide : tabulate_plain)(nodes, vector, width, table);
}

void cr_nodes_collapse(const cr_nodes* nodes, const cr_nodes_scales* scales, float* table,
                       size_t width, cr_simd simd, float* gradient) {
  (cr_simd_avx2(simd) ? collapse_wide : collapse_plain)(nodes, scales, table, width,
                                                        gradient);
}

void cr_nodes_add(const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row,
                  size_t n, const float* table, size_t width, cr_simd simd, float* out) {
  (cr_simd_avx2(simd) ? add_cells_wide : add_cells_plain)(nodes, cell, row, n, table,
                                                          width, out);
}

void cr_nodes_spread(const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row,
                     size_t n, const float* delta, size_t width, cr_simd simd,
                     float* table) {
  (cr_simd_avx2(simd) ? spread_cells_wide : spread_cells_plain)(nodes, cell, row, n,
                                                                delta, width, table);
}
