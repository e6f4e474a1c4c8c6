#ifndef LCRISK_DATA_MASK_H
#define LCRISK_DATA_MASK_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Where the bytes that matter stand among the next 64: bit i is byte i.
typedef struct {
  uint64_t delimiter;
  uint64_t quote;
  uint64_t line_end;  ///< LF or CR
} cr_masks;

enum { CR_MASK_BYTES = 64 };

/// Bytes of `word` equal to the byte repeated in `wanted`, as the low 8 bits. Portable.
static inline uint64_t cr_mask_word(uint64_t word, uint64_t wanted) {
  const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu;
  const uint64_t x = word ^ wanted;
  // exact, unlike the usual trick: the top bit of each byte says that the byte is zero
  const uint64_t zero = ~(((x & low7) + low7) | x | low7);
  return (zero >> 7) * 0x0102040810204080u >> 56;
}

static inline uint64_t cr_mask_repeat(unsigned char c) {
  return 0x0101010101010101u * (uint64_t)c;
}

/// The portable version, and the one the fast version is tested against. Needs 64
/// readable bytes.
static inline cr_masks cr_masks_portable(const unsigned char* p,
                                         unsigned char delimiter) {
  cr_masks out = {0, 0, 0};
  const uint64_t d = cr_mask_repeat(delimiter), q = cr_mask_repeat('"'),
                 lf = cr_mask_repeat('\n'), cr = cr_mask_repeat('\r');
  for (int i = 0; i < CR_MASK_BYTES; i += 8) {
    uint64_t word = 0;
    for (int k = 7; k >= 0; k--) word = word << 8 | p[i + k];  // any byte order
    out.delimiter |= cr_mask_word(word, d) << i;
    out.quote |= cr_mask_word(word, q) << i;
    out.line_end |= (cr_mask_word(word, lf) | cr_mask_word(word, cr)) << i;
  }
  return out;
}

#if defined(__SSE2__)
static inline uint64_t cr_mask_16(__m128i is) {
  return (uint64_t)(unsigned)_mm_movemask_epi8(is);
}

static inline cr_masks cr_masks_of(const unsigned char* p, unsigned char delimiter) {
  cr_masks out = {0, 0, 0};
  const __m128i d = _mm_set1_epi8((char)delimiter), q = _mm_set1_epi8('"'),
                lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  for (int i = 0; i < CR_MASK_BYTES; i += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i*)(const void*)(p + i));
    out.delimiter |= cr_mask_16(_mm_cmpeq_epi8(x, d)) << i;
    out.quote |= cr_mask_16(_mm_cmpeq_epi8(x, q)) << i;
    out.line_end |= cr_mask_16(_mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr)))
                    << i;
  }
  return out;
}
#else
static inline cr_masks cr_masks_of(const unsigned char* p, unsigned char delimiter) {
  return cr_masks_portable(p, delimiter);
}
#endif

#endif
