#ifndef LCRISK_BASE_HASH_H
#define LCRISK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/// Fingerprints of data, the same on every machine: Murmur3_x64_128 of Appleby (2011)
/// over 64-bit words taken as little-endian bytes. They find accidents and edits by
/// hand; they are no protection against somebody who wants two data to agree.
///
/// A zeroed struct is a start. Everything that adds data to it costs about half a
/// nanosecond a byte.
typedef struct {
  uint64_t h1, h2;   ///< the two lanes
  uint64_t held;     ///< the first word of an unfinished pair
  uint64_t n_words;  ///< so far
} cr_hash;

void cr_hash_word(cr_hash* hash, uint64_t word);

/// `n` and then the values. A NaN of any payload is the same NaN; -0 is not 0.
void cr_hash_doubles(cr_hash* hash, const double* x, size_t n);

/// `n` and then the values, two to a word.
void cr_hash_integers(cr_hash* hash, const int32_t* x, size_t n);

/// `n` and then the bytes, eight to a word.
void cr_hash_bytes(cr_hash* hash, const void* bytes, size_t n);

/// The fingerprint so far; `hash` may go on.
void cr_hash_result(const cr_hash* hash, uint64_t result[2]);

#endif
