#ifndef LCRISK_TESTS_NET_SCENE_H
#define LCRISK_TESTS_NET_SCENE_H

#include "logit_scene.h"
#include "net/nodes.h"

static const cr_nodes_scales SCALES = {0.3F, 0.7F, 0.5F};

// The rows of logit_scene.h as cells of a network's first layer.
typedef struct {
  scene s;
  cr_nodes nodes;
  uint32_t* cell;
} net_scene;

static inline void net_up(net_scene* it, uint64_t item) {
  simulate(&it->s, item, 1.0);
  set_up(&it->s, NULL, NULL, false);
  it->nodes = (cr_nodes){0};
  CHECK(cr_nodes_make(&it->s.design, &it->nodes, NULL) == CR_OK);
  it->cell = cr_alloc(it->s.n * it->nodes.n_used, sizeof *it->cell);
  cr_nodes_encode(&it->nodes, &it->s.frame, 0, it->s.n, it->cell);
}

static inline void net_down(net_scene* it) {
  cr_free(it->cell);
  cr_nodes_free(&it->nodes);
  cr_design_free(&it->s.design);
}

static inline float* random_floats(size_t n, uint64_t item) {
  cr_rng rng = cr_rng_stream(9, CR_FOR_SIMULATION, item);
  float* out = cr_alloc(n, sizeof *out);
  for (size_t i = 0; i < n; i++) out[i] = (float)cr_rng_normal(&rng);
  return out;
}

static inline double inner(const float* x, const float* y, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
  return sum;
}

// Element c of a node's vector out of the coefficients, by the definition.
static inline double node_value(const cr_nodes* nodes, size_t f, uint32_t node,
                                const float* coefficient, size_t width, size_t c) {
  const uint32_t first = nodes->first[f];
  const double own = (double)coefficient[node * width + c];
  if (nodes->on_line[f] > 0 && node >= first + nodes->on_line[f]) {
    return (double)SCALES.missing * own;
  }
  if (nodes->on_line[f] == 0) {
    if (node + 1 == nodes->first[f + 1]) return 0.0;
    const bool missing =
        nodes->design->missing[nodes->column[f]] && node + 2 == nodes->first[f + 1];
    return (double)(missing ? SCALES.missing : SCALES.level) * own;
  }
  double value = (double)coefficient[first * width + c] * nodes->z[node];
  const uint32_t anchor = first + nodes->anchor[f];
  for (uint32_t s = first + 1; s < first + nodes->on_line[f]; s++) {
    const double step = (double)SCALES.bend * (double)coefficient[s * width + c];
    if (s > anchor && s <= node) value += step;
    if (s <= anchor && s > node) value -= step;
  }
  return value;
}

// What column c of the first layer is at row i, from the values of the row.
static inline double layer_value(const net_scene* it, size_t i, const float* coefficient,
                                 size_t width, size_t c) {
  const cr_nodes* nodes = &it->nodes;
  const cr_design* d = nodes->design;
  double sum = 0.0;
  for (size_t f = 0; f < nodes->n_used; f++) {
    const size_t j = nodes->column[f];
    const cr_column* column = &it->s.frame.column[j];
    const uint32_t first = nodes->first[f], end = nodes->first[f + 1];
    if (column->type == CR_COLUMN_LEVEL) {
      const int32_t level = column->integer[i];
      const bool known = level != CR_MISSING_INT;
      const uint32_t term =
          known ? (uint32_t)d->level_term[d->level_start[j] + level - 1] : 0;
      sum += node_value(nodes, f, known ? first + term : end - 2, coefficient, width, c);
      continue;
    }
    const double x = cr_column_value(column, i);
    if (x != x) {
      sum += node_value(nodes, f, end - 1, coefficient, width, c);
      continue;
    }
    const double z = cr_design_scale(d, j, x);
    for (uint32_t k = first; k + 1 < first + nodes->on_line[f]; k++) {
      const double a = nodes->z[k], b = nodes->z[k + 1];
      const bool last = k + 2 == first + nodes->on_line[f];
      if (z < a || (z >= b && !last)) continue;
      const double way = (z - a) / (b - a);
      sum += (1.0 - way) * node_value(nodes, f, k, coefficient, width, c) +
             way * node_value(nodes, f, k + 1, coefficient, width, c);
    }
  }
  return sum;
}

#endif
