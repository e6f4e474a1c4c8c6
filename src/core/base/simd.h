#ifndef LCRISK_BASE_SIMD_H
#define LCRISK_BASE_SIMD_H

#include <stdbool.h>

/// Which instructions a kernel may use. Every variant of a kernel gives the same bits;
/// the choice is only about speed, and tests force it both ways.
typedef enum {
  CR_SIMD_BEST = 0,     ///< what the processor offers
  CR_SIMD_PORTABLE = 1  ///< only what the compiler may assume
} cr_simd;

/// CR_AVX2 marks a function compiled for AVX2, without FMA: a fused multiply-add would
/// round once instead of twice and change bits. Call it only when cr_simd_avx2() says so.
#if defined(__x86_64__) && defined(__GNUC__)
#define CR_AVX2 __attribute__((target("avx2")))
#else
#define CR_AVX2
#endif

/// True when the processor has AVX2 and `simd` allows it. A few nanoseconds.
bool cr_simd_avx2(cr_simd simd);

#endif
