#ifndef LCRISK_NET_MLP_H
#define LCRISK_NET_MLP_H

#include "net/layers.h"

/// Several networks of one shape, whose log-odds are averaged.
typedef struct {
  size_t n_nets;
  size_t n_hidden;
  int32_t units[CR_HIDDEN_MAX];
  size_t n_weights;  ///< of one network
  float* weight;     ///< n_nets x n_weights, laid out by cr_layers_shape(); the nodes'
                     ///< vectors, not their coefficients, come first
  int32_t* epochs;   ///< after which each was best on its held-out rows
  double* loss;      ///< mean log loss there
} cr_mlp;

/// Idempotent; accepts a zeroed struct.
void cr_mlp_free(cr_mlp* mlp);

/// Settles `n_nets` and `n_weights` of networks whose units and weights were given:
/// CR_EMODEL unless units are in range and the `n_given` weights, all finite, are those
/// of whole networks on these nodes.
cr_status cr_mlp_settle(cr_mlp* mlp, const cr_nodes* nodes, size_t n_given,
                        cr_error* err);

/// The log-odds of every row of `frame`; each depends on its row alone.
cr_status cr_mlp_score(const cr_mlp* mlp, const cr_nodes* nodes, const cr_frame* frame,
                       const cr_run* run, double* log_odds, cr_error* err);

#endif
