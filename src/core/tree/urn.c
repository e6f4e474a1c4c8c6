#include "tree/urn.h"

#include <string.h>

#include "base/rng.h"

#include "base/exact.h"

// 0 .. n-1 from the high bits of a draw (Lemire 2019, without his correction: n is at
// most 2^26 against 2^38, so no row's chance is off by more than a 4096th).
static size_t below(uint64_t draw, size_t n) { return (size_t)((draw >> 26) * n >> 38); }

static void draw_again(uint64_t key, size_t n, size_t draws, uint8_t* times) {
  memset(times, 0, n);
  for (size_t d = 0; d < draws; d++) {
    uint8_t* count = times + below(cr_rng_mix(key, d), n);
    *count = (uint8_t)(*count + (*count < CR_WORD_TIMES));
  }
}

// Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S):
// exactly `draws` of n, in order.
static void draw_once(uint64_t key, size_t n, size_t draws, uint8_t* times) {
  for (size_t i = 0; i < n; i++) {
    times[i] = below(cr_rng_mix(key, i), n - i) < draws;
    draws -= times[i];
  }
}

void cr_urn_draw(const cr_urn* urn, uint64_t seed, size_t tree, uint8_t* times,
                 uint32_t* word, size_t* n_words, uint32_t* left_out,
                 size_t* n_left_out) {
  const uint64_t key = cr_rng_hash(seed, CR_FOR_BOOTSTRAP, tree);
  size_t draws = (size_t)(urn->share * (double)urn->n + 0.5);
  if (draws < 1) draws = 1;
  if (draws > urn->n) draws = urn->n;
  (urn->replace ? draw_again : draw_once)(key, urn->n, draws, times);

  size_t in = 0, out = 0;
  for (size_t i = 0; i < urn->n; i++) {
    const uint32_t row = urn->row[i];
    word[in] = row << CR_WORD_ROW | (uint32_t)times[i] << 1 | (uint32_t)urn->event[row];
    left_out[out] = row;
    in += times[i] > 0;
    out += times[i] == 0;
  }
  *n_words = in;
  *n_left_out = out;
}
