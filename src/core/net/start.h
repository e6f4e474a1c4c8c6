#ifndef LCRISK_NET_START_H
#define LCRISK_NET_START_H

#include "net/layers.h"

/// The weights a network starts from, drawn for (seed, net). Slopes and levels are such
/// that the first layer's sums have variance 1 if columns are independent, dense layers
/// as He et al. (2015); all else is 0, and the output the log-odds given.
void cr_start_weights(const cr_nodes* nodes, const cr_shape* shape, uint64_t seed,
                      size_t net, double log_odds, float* weight);

#endif
