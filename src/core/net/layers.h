#ifndef LCRISK_NET_LAYERS_H
#define LCRISK_NET_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "net/gemm.h"
#include "net/nodes.h"

/// A network: interpolated nodes into a first layer of units, dense layers after it, and
/// one log-odds out. One more column of the nodes goes straight to the log-odds: the
/// additive part, which the hidden units need not imitate (Cheng et al. 2016). Units are
/// rectified: max(0, .).

enum { CR_HIDDEN_MAX = 4, CR_UNITS_MAX = 1024, CR_BATCH_MAX = 1024 };

/// Where everything stands in one array of floats. Widths are padded with zeros that
/// stay zeros.
typedef struct {
  size_t n_nodes;
  size_t n_hidden;                   ///< layers, 1 .. CR_HIDDEN_MAX
  size_t units[CR_HIDDEN_MAX];       ///< as asked for
  size_t width[CR_HIDDEN_MAX + 1];   ///< padded; the first has the straight column too;
                                     ///< the last is the output's
  size_t weight[CR_HIDDEN_MAX + 1];  ///< offset; the first is n_nodes x width[0]
  size_t bias[CR_HIDDEN_MAX + 1];    ///< offset
  size_t n_weights;
} cr_shape;

cr_shape cr_layers_shape(size_t n_nodes, const int32_t* units, size_t n_hidden);

/// Which activations are left out, the others scaled up. A unit of a row is a function of
/// the key and of how many rows went before, so no order of work changes it.
typedef struct {
  uint64_t key;
  uint64_t row;  ///< rows before the batch
  double share;  ///< left out, 0 .. 0.9; 0 is none
} cr_dropout;

/// One worker's scratch for up to `batch` rows.
typedef struct {
  cr_shape shape;
  size_t batch;
  float* out[CR_HIDDEN_MAX + 1];  ///< activations, batch x width
  float* delta[CR_HIDDEN_MAX + 1];
  float* straight;
  float* turned;
  float* table;  ///< gradient of the nodes' table; NULL without backward
  float scale;   ///< of the activations that dropout kept
} cr_layers;

/// `layers` must be zeroed before and freed after, also on failure.
cr_status cr_layers_make(const cr_shape* shape, size_t batch, int backward,
                         cr_layers* layers, cr_error* err);
void cr_layers_free(cr_layers* layers);

/// The log-odds of n <= batch rows, each depending on its row alone (and on its place
/// when there is dropout, which may be NULL). `table` is cr_nodes_table()'s for the first
/// layer of `weights`.
void cr_layers_forward(cr_layers* layers, const cr_nodes* nodes, const float* weights,
                       const float* table, const uint32_t* cell, const uint32_t* row,
                       size_t n, const cr_dropout* dropout, cr_simd simd,
                       float* log_odds);

/// The gradient of the sum of slope[i] * log_odds[i] at what cr_layers_forward() just
/// computed, in the layout of the weights; of the nodes' coefficients, not their vectors.
void cr_layers_backward(cr_layers* layers, const cr_nodes* nodes,
                        const cr_nodes_scales* scales, const float* weights,
                        const uint32_t* cell, const uint32_t* row, size_t n,
                        const float* slope, cr_simd simd, float* gradient);

#endif
