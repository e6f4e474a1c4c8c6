#include "net/adam.h"

#include <math.h>
#include <stdint.h>

#include "base/exact.h"

typedef float octet __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANES = 8 };

#define BETA1 0.9
#define BETA2 0.99
static const float EPSILON = 1e-8F, TINY_MEAN = 1e-25F, TINY_SQUARE = 1e-35F;

cr_adam cr_adam_start(void) { return (cr_adam){1.0, 1.0}; }

float cr_adam_rate(cr_adam* adam, double rate) {
  adam->power1 *= BETA1;
  adam->power2 *= BETA2;
  return (float)(rate * sqrt(1.0 - adam->power2) / (1.0 - adam->power1));
}

static inline __attribute__((always_inline)) void step(const float* gradient, size_t n,
                                                       float rate, float decay,
                                                       float* mean, float* square,
                                                       float* weight) {
  for (size_t i = 0; i < n; i += LANES) {
    const octet g = *(const octet*)(gradient + i);
    const octet m = (float)BETA1 * *(const octet*)(mean + i) + (float)(1.0 - BETA1) * g;
    const octet v =
        (float)BETA2 * *(const octet*)(square + i) + (float)(1.0 - BETA2) * g * g;
    const mask counts = (m > TINY_MEAN) | (m < -TINY_MEAN);
    *(octet*)(mean + i) = (octet)((mask)m & counts);
    *(octet*)(square + i) = (octet)((mask)v & (v > TINY_SQUARE));
    octet root;
    // cppcheck-suppress uninitvar ; lane by lane all are set
    for (size_t l = 0; l < LANES; l++) root[l] = sqrtf(square[i + l]);
    const octet w = *(const octet*)(weight + i);
    *(octet*)(weight + i) =
        w - (decay * w + rate * *(const octet*)(mean + i) / (root + EPSILON));
  }
}

static void step_plain(const float* gradient, size_t n, float rate, float decay,
                       float* mean, float* square, float* weight) {
  step(gradient, n, rate, decay, mean, square, weight);
}

CR_AVX2 static void step_wide(const float* gradient, size_t n, float rate, float decay,
                              float* mean, float* square, float* weight) {
  step(gradient, n, rate, decay, mean, square, weight);
}

void cr_adam_step(const float* gradient, size_t n, float rate, float decay, cr_simd simd,
                  float* mean, float* square, float* weight) {
  (cr_simd_avx2(simd) ? step_wide : step_plain)(gradient, n, rate, decay, mean, square,
                                                weight);
}
