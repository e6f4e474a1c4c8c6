#ifndef LCRISK_BASE_RNG_H
#define LCRISK_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/// Counter-based random numbers: Philox-4x32-10 of Salmon, Moraes, Dror and Shaw
/// (2011), "Parallel random numbers: as easy as 1, 2, 3".
///
/// A draw is a function of (seed, purpose, item, position); there is no state to
/// share between threads, so who computes an item never changes its numbers.

/// What a stream is for. Two purposes never share numbers. The values are part
/// of the promise that a seed means the same for ever: append, never renumber.
typedef enum {
  CR_FOR_FOLDS = 1,
  CR_FOR_CUT_SAMPLE = 2,
  CR_FOR_ROW_SAMPLE = 3,
  CR_FOR_COLUMN_SAMPLE = 4,
  CR_FOR_TREE = 5,
  CR_FOR_BOOTSTRAP = 6,
  CR_FOR_SMOTE = 7,
  CR_FOR_WEIGHTS = 8,
  CR_FOR_BATCHES = 9,
  CR_FOR_HOLDOUT = 10,
  CR_FOR_SIMULATION = 11,
  CR_FOR_PERMUTATION = 12,
  CR_FOR_DROPOUT = 13
} cr_purpose;

typedef struct {
  uint32_t key[2];
  uint32_t counter[4];
  uint32_t block[4];
  int left;  ///< words of `block` not yet handed out
} cr_rng;

/// The stream of one item (a tree, a row, a fold) for one purpose.
cr_rng cr_rng_stream(uint64_t seed, cr_purpose purpose, uint64_t item);

/// Uniform 32 and 64 bits.
uint32_t cr_rng_u32(cr_rng* rng);
uint64_t cr_rng_u64(cr_rng* rng);

/// Uniform on [0, 1), 53 bits.
double cr_rng_unit(cr_rng* rng);

/// Uniform on 0 .. n-1 without modulo bias (Lemire 2019); n >= 1.
uint32_t cr_rng_below(cr_rng* rng, uint32_t n);

/// Standard normal by the polar method (Marsaglia and Bray 1964).
double cr_rng_normal(cr_rng* rng);

/// One 64-bit draw for an item: the first value of its stream.
uint64_t cr_rng_hash(uint64_t seed, cr_purpose purpose, uint64_t item);

/// A cheaper draw for loops over rows: SplitMix64's finaliser (Steele, Lea and Flood
/// 2014) of `key` (from cr_rng_hash()) and the item.
static inline uint64_t cr_rng_mix(uint64_t key, uint64_t item) {
  uint64_t z = key + (item + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Fills `order` with a uniformly random permutation of 0 .. n-1 (Fisher-Yates).
void cr_rng_shuffle(cr_rng* rng, uint32_t* order, uint32_t n);

#endif
