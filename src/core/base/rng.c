#include "base/rng.h"

#include <math.h>

#include "base/xmath.h"

#include "base/exact.h"

enum { ROUNDS = 10 };

static void philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]) {
  uint32_t k0 = key[0], k1 = key[1];
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53U * c0;
    const uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

cr_rng cr_rng_stream(uint64_t seed, cr_purpose purpose, uint64_t item) {
  cr_rng rng = {
      .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
      .counter = {0, (uint32_t)purpose, (uint32_t)item, (uint32_t)(item >> 32)}};
  return rng;
}

uint32_t cr_rng_u32(cr_rng* rng) {
  if (rng->left == 0) {
    philox(rng->key, rng->counter, rng->block);
    rng->counter[0]++;
    rng->left = 4;
  }
  return rng->block[4 - rng->left--];
}

uint64_t cr_rng_u64(cr_rng* rng) {
  const uint64_t low = cr_rng_u32(rng);
  return low | (uint64_t)cr_rng_u32(rng) << 32;
}

double cr_rng_unit(cr_rng* rng) {
  return (double)(cr_rng_u64(rng) >> 11) * (1.0 / 9007199254740992.0);
}

uint32_t cr_rng_below(cr_rng* rng, uint32_t n) {
  uint64_t product = (uint64_t)cr_rng_u32(rng) * n;
  if ((uint32_t)product < n) {
    const uint32_t threshold = (0U - n) % n;
    while ((uint32_t)product < threshold) product = (uint64_t)cr_rng_u32(rng) * n;
  }
  return (uint32_t)(product >> 32);
}

double cr_rng_normal(cr_rng* rng) {
  for (;;) {
    const double u = 2.0 * cr_rng_unit(rng) - 1.0;
    const double v = 2.0 * cr_rng_unit(rng) - 1.0;
    const double s = u * u + v * v;
    if (s > 0.0 && s < 1.0) return u * sqrt(-2.0 * cr_log(s) / s);
  }
}

uint64_t cr_rng_hash(uint64_t seed, cr_purpose purpose, uint64_t item) {
  cr_rng rng = cr_rng_stream(seed, purpose, item);
  return cr_rng_u64(&rng);
}

void cr_rng_shuffle(cr_rng* rng, uint32_t* order, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t j = cr_rng_below(rng, i + 1);
    order[i] = order[j];
    order[j] = i;
  }
}
