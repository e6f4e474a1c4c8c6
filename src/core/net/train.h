#ifndef LCRISK_NET_TRAIN_H
#define LCRISK_NET_TRAIN_H

#include "net/deal.h"
#include "net/mlp.h"

typedef struct {
  size_t n_hidden;
  int32_t units[CR_HIDDEN_MAX];  ///< 1 .. CR_UNITS_MAX each
  int32_t restarts;              ///< networks to average
  int32_t epochs;                ///< most passes over the rows
  int32_t patience;              ///< passes without a better held-out loss
  int32_t batch;                 ///< rows of a step, 1 .. CR_BATCH_MAX
  double rate;                   ///< of Adam
  double decay;                  ///< of the weights, a step, times the rate
  double dropout;                ///< share of units left out, 0 .. 0.9
  double held_out;               ///< share of rows that decide when to stop, above 0
  cr_nodes_scales scales;
} cr_mlp_settings;

/// Trains `restarts` networks on the rows of `frame` (at most UINT32_MAX). Each holds out
/// rows of its own (net/deal.h), starts from random weights of its own, and ends with the
/// weights that had the smallest held-out log loss.
///
/// Networks are trained side by side, a slice of steps at a time, each by one member:
/// sums stand in the order of rows, so any number of threads gives the same bits. `mlp`
/// must be zeroed before and freed after, also on failure.
///
/// Mini-batches and Adam, see net/adam.h; the mean of the log loss over a batch. Of
/// `restarts` networks 24 bytes a weight are held, and 4 bytes a cell of the data.
cr_status cr_mlp_fit(const cr_nodes* nodes, const cr_frame* frame,
                     const cr_mlp_data* data, const cr_mlp_settings* settings,
                     const cr_run* run, cr_mlp* mlp, cr_error* err);

#endif
