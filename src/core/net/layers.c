#include "net/layers.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#include "base/exact.h"

static size_t padded(size_t n) {
  return (n + CR_GEMM_LANES - 1) / CR_GEMM_LANES * CR_GEMM_LANES;
}

cr_shape cr_layers_shape(size_t n_nodes, const int32_t* units, size_t n_hidden) {
  cr_shape s = {.n_nodes = n_nodes, .n_hidden = n_hidden};
  for (size_t l = 0; l < n_hidden; l++) {
    s.units[l] = (size_t)units[l];
    s.width[l] = padded(s.units[l] + (l == 0));
  }
  s.width[n_hidden] = CR_GEMM_LANES;
  for (size_t l = 0; l <= n_hidden; l++) {
    s.weight[l] = s.n_weights;
    s.n_weights += (l == 0 ? n_nodes : s.width[l - 1]) * s.width[l];
    s.bias[l] = s.n_weights;
    s.n_weights += s.width[l];
  }
  return s;
}

// ---- scratch ---------------------------------------------------------------------

void cr_layers_free(cr_layers* layers) {
  for (size_t l = 0; l <= CR_HIDDEN_MAX; l++) {
    cr_free_aligned(layers->out[l]);
    cr_free_aligned(layers->delta[l]);
  }
  cr_free_aligned(layers->turned);
  cr_free_aligned(layers->table);
  cr_free(layers->straight);
  *layers = (cr_layers){0};
}

cr_status cr_layers_make(const cr_shape* shape, size_t batch, int backward,
                         cr_layers* layers, cr_error* err) {
  *layers = (cr_layers){.shape = *shape, .batch = batch, .scale = 1.0F};
  bool made = true;
  size_t widest = 0;
  for (size_t l = 0; l <= shape->n_hidden; l++) {
    const size_t width = shape->width[l];
    widest = width > widest ? width : widest;
    layers->out[l] = cr_alloc_aligned(batch * width, sizeof(float));
    if (backward) layers->delta[l] = cr_alloc_aligned(batch * width, sizeof(float));
    made = made && layers->out[l] != NULL && (!backward || layers->delta[l] != NULL);
  }
  layers->straight = cr_alloc(batch, sizeof(float));
  made = made && layers->straight != NULL;
  if (backward) {
    const size_t most = batch > widest ? batch : widest;
    layers->turned = cr_alloc_aligned(most * widest, sizeof(float));
    layers->table = cr_alloc_aligned(2 * shape->n_nodes * shape->width[0], sizeof(float));
    made = made && layers->turned != NULL && layers->table != NULL;
  }
  if (made) return CR_OK;
  return cr_fail(err, CR_ENOMEM, "memory", "no memory for layers of %zu units", widest);
}

// ---- forward ---------------------------------------------------------------------

static void repeat(const float* bias, size_t n, size_t width, float* out) {
  for (size_t i = 0; i < n; i++) memcpy(out + i * width, bias, width * sizeof *out);
}

// Eight floats in two SSE2 or NEON registers
typedef float octet __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(32), aligned(4), may_alias));

static void rectify(float* out, size_t n) {
  for (size_t i = 0; i < n; i += CR_GEMM_LANES) {
    const octet x = *(const octet*)(out + i);
    *(octet*)(out + i) = (octet)((mask)x & (x > 0.0F));
  }
}

// Leaves out units of layer l: 16 bits of a hash decide about each.
static void drop(const cr_layers* layers, const cr_dropout* dropout, size_t l, size_t n) {
  const int32_t limit = (int32_t)(dropout->share * 65536.0);
  const size_t width = layers->shape.width[l];
  const uint64_t words = width / 4;
  for (size_t i = 0; i < n; i++) {
    float* out = layers->out[l] + i * width;
    const uint64_t first = ((dropout->row + i) * CR_HIDDEN_MAX + l) * words;
    for (size_t k = 0; k < width; k += CR_GEMM_LANES) {
      const uint64_t a = cr_rng_mix(dropout->key, first + k / 4);
      const uint64_t b = cr_rng_mix(dropout->key, first + k / 4 + 1);
      const mask drawn = {(int32_t)(a & 0xffff),       (int32_t)(a >> 16 & 0xffff),
                          (int32_t)(a >> 32 & 0xffff), (int32_t)(a >> 48),
                          (int32_t)(b & 0xffff),       (int32_t)(b >> 16 & 0xffff),
                          (int32_t)(b >> 32 & 0xffff), (int32_t)(b >> 48)};
      const octet x = *(const octet*)(out + k) * layers->scale;
      *(octet*)(out + k) = (octet)((mask)x & (drawn >= limit));
    }
  }
}

// The straight column leaves the first layer before its units are rectified.
static void take_straight(cr_layers* layers, size_t n) {
  const size_t width = layers->shape.width[0], at = layers->shape.units[0];
  for (size_t i = 0; i < n; i++) {
    layers->straight[i] = layers->out[0][i * width + at];
    layers->out[0][i * width + at] = 0.0F;
  }
}

void cr_layers_forward(cr_layers* layers, const cr_nodes* nodes, const float* weights,
                       const float* table, const uint32_t* cell, const uint32_t* row,
                       size_t n, const cr_dropout* dropout, cr_simd simd,
                       float* log_odds) {
  const cr_shape* s = &layers->shape;
  const bool drops = dropout != NULL && dropout->share > 0.0;
  layers->scale = drops ? (float)(1.0 / (1.0 - dropout->share)) : 1.0F;
  for (size_t l = 0; l <= s->n_hidden; l++) {
    float* out = layers->out[l];
    repeat(weights + s->bias[l], n, s->width[l], out);
    if (l == 0) {
      cr_nodes_add(nodes, cell, row, n, table, s->width[0], simd, out);
      take_straight(layers, n);
    } else {
      cr_gemm_add(layers->out[l - 1], weights + s->weight[l], n, s->width[l - 1],
                  s->width[l], simd, out);
    }
    if (l == s->n_hidden) break;
    rectify(out, n * s->width[l]);
    if (drops) drop(layers, dropout, l, n);
  }
  const float* out = layers->out[s->n_hidden];
  for (size_t i = 0; i < n; i++) {
    log_odds[i] = out[i * CR_GEMM_LANES] + layers->straight[i];
  }
}

// ---- backward --------------------------------------------------------------------

static void add_rows(const float* delta, size_t n, size_t width, float* sum) {
  memset(sum, 0, width * sizeof *sum);
  for (size_t i = 0; i < n; i++) {
    for (size_t c = 0; c < width; c += CR_GEMM_LANES) {
      *(octet*)(sum + c) += *(const octet*)(delta + i * width + c);
    }
  }
}

// Through the rectifier and dropout: what was not above 0 passes nothing on.
static void gate(const float* out, float scale, size_t n, float* delta) {
  for (size_t i = 0; i < n; i += CR_GEMM_LANES) {
    const octet passed = *(const octet*)(delta + i) * scale;
    *(octet*)(delta + i) = (octet)((mask)passed & (*(const octet*)(out + i) > 0.0F));
  }
}

// Gradient of the dense layer l and, from its delta, the delta of the layer below
static void pass_dense(cr_layers* layers, const float* weights, size_t l, size_t n,
                       cr_simd simd, float* gradient) {
  const cr_shape* s = &layers->shape;
  const size_t below = s->width[l - 1], width = s->width[l];
  const float* delta = layers->delta[l];
  add_rows(delta, n, width, gradient + s->bias[l]);
  float* product = gradient + s->weight[l];
  memset(product, 0, below * width * sizeof *product);
  cr_gemm_transpose(layers->out[l - 1], n, below, layers->turned);
  cr_gemm_add(layers->turned, delta, below, n, width, simd, product);
  cr_gemm_transpose(weights + s->weight[l], below, width, layers->turned);
  float* to = layers->delta[l - 1];
  memset(to, 0, n * below * sizeof *to);
  cr_gemm_add(delta, layers->turned, n, width, below, simd, to);
  gate(layers->out[l - 1], layers->scale, n * below, to);
}

void cr_layers_backward(cr_layers* layers, const cr_nodes* nodes,
                        const cr_nodes_scales* scales, const float* weights,
                        const uint32_t* cell, const uint32_t* row, size_t n,
                        const float* slope, cr_simd simd, float* gradient) {
  const cr_shape* s = &layers->shape;
  float* delta = layers->delta[s->n_hidden];
  memset(delta, 0, n * CR_GEMM_LANES * sizeof *delta);
  for (size_t i = 0; i < n; i++) delta[i * CR_GEMM_LANES] = slope[i];
  for (size_t l = s->n_hidden; l > 0; l--) {
    pass_dense(layers, weights, l, n, simd, gradient);
  }
  const size_t width = s->width[0];
  delta = layers->delta[0];
  for (size_t i = 0; i < n; i++) delta[i * width + s->units[0]] = slope[i];
  add_rows(delta, n, width, gradient + s->bias[0]);
  gradient[s->bias[0] + s->units[0]] = 0.0F;  // the output has a bias already
  memset(layers->table, 0, 2 * s->n_nodes * width * sizeof *layers->table);
  cr_nodes_spread(nodes, cell, row, n, delta, width, simd, layers->table);
  cr_nodes_collapse(nodes, scales, layers->table, width, simd, gradient + s->weight[0]);
}
