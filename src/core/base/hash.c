#include "base/hash.h"

#include <string.h>

#include "base/exact.h"

static const uint64_t C1 = UINT64_C(0x87c37b91114253d5);
static const uint64_t C2 = UINT64_C(0x4cf5ad432745937f);
static const uint64_t ONE_NAN = UINT64_C(0x7ff8000000000000);

static inline uint64_t turn(uint64_t x, int left) { return x << left | x >> (64 - left); }

static inline uint64_t mix_first(uint64_t word) { return turn(word * C1, 31) * C2; }

static inline uint64_t mix_second(uint64_t word) { return turn(word * C2, 33) * C1; }

static uint64_t finish(uint64_t h) {
  h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
  h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
  return h ^ h >> 33;
}

void cr_hash_word(cr_hash* hash, uint64_t word) {
  if (hash->n_words++ % 2 == 0) {
    hash->held = word;
    return;
  }
  hash->h1 = turn(hash->h1 ^ mix_first(hash->held), 27) + hash->h2;
  hash->h1 = hash->h1 * 5 + 0x52dce729;
  hash->h2 = turn(hash->h2 ^ mix_second(word), 31) + hash->h1;
  hash->h2 = hash->h2 * 5 + 0x38495ab5;
}

void cr_hash_doubles(cr_hash* hash, const double* x, size_t n) {
  cr_hash_word(hash, n);
  for (size_t i = 0; i < n; i++) {
    uint64_t word = ONE_NAN;
    if (x[i] == x[i]) memcpy(&word, &x[i], sizeof word);
    cr_hash_word(hash, word);
  }
}

void cr_hash_integers(cr_hash* hash, const int32_t* x, size_t n) {
  cr_hash_word(hash, n);
  for (size_t i = 0; i < n; i += 2) {
    const uint64_t low = (uint32_t)x[i];
    const uint64_t high = i + 1 < n ? (uint32_t)x[i + 1] : 0;
    cr_hash_word(hash, low | high << 32);
  }
}

void cr_hash_bytes(cr_hash* hash, const void* bytes, size_t n) {
  const unsigned char* byte = bytes;
  cr_hash_word(hash, n);
  for (size_t i = 0; i < n; i += 8) {
    uint64_t word = 0;
    for (size_t j = 0; j < 8 && i + j < n; j++) word |= (uint64_t)byte[i + j] << 8 * j;
    cr_hash_word(hash, word);
  }
}

void cr_hash_result(const cr_hash* hash, uint64_t result[2]) {
  uint64_t h1 = hash->h1, h2 = hash->h2;
  if (hash->n_words % 2 == 1) h1 ^= mix_first(hash->held);
  h1 ^= hash->n_words * 8;
  h2 ^= hash->n_words * 8;
  h1 += h2;
  h2 += h1;
  h1 = finish(h1);
  h2 = finish(h2);
  h1 += h2;
  result[0] = h1;
  result[1] = h2 + h1;
}
