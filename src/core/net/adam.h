#ifndef LCRISK_NET_ADAM_H
#define LCRISK_NET_ADAM_H

#include <stddef.h>

#include "base/simd.h"

/// Steps of Adam (Kingma and Ba 2015) with the decay of weights apart from the gradient
/// (Loshchilov and Hutter 2019). Moments too small to matter become 0: numbers below
/// the smallest normal float are slow.

typedef struct {
  double power1, power2;  ///< the decay rates to the power of the steps so far
} cr_adam;

cr_adam cr_adam_start(void);

/// Counts a step; returns `rate` corrected for the moments' start at 0.
float cr_adam_rate(cr_adam* adam, double rate);

/// weight -= decay * weight + rate * mean / (root of square + 1e-8), with the moments
/// `mean` and `square` moved towards the gradient first. `n` is a multiple of 8.
void cr_adam_step(const float* gradient, size_t n, float rate, float decay, cr_simd simd,
                  float* mean, float* square, float* weight);

#endif
