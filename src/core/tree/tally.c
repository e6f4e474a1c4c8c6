#include "tree/tally.h"

#include <string.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

// `k` and whether `unit` is NULL are constants where this is inlined. Several features in
// one pass: additions to one cell wait for each other, those to different tables do not.
static ALWAYS_INLINE void add(const cr_tally_source* source, const int32_t* unit,
                              const uint32_t* word, size_t n, const int32_t* feature,
                              int k, cr_cell* cells) {
  const uint8_t* code[CR_TALLY_TOGETHER];
  for (int f = 0; f < k; f++) {
    code[f] = source->code + (size_t)feature[f] * source->feature_step;
  }
  const size_t row_step = source->row_step;
  for (size_t i = 0; i < n; i++) {
    const cr_cell cell = cr_tally_cell(unit, word[i]);
    const size_t at = (word[i] >> CR_WORD_ROW) * row_step;
    for (int f = 0; f < k; f++) cells[f * CR_TALLY_STRIDE + code[f][at]] += cell;
  }
}

#define ADD(k) add(source, NULL, word, n, feature, k, cells)
#define ADD_WEIGHTED(k) add(source, source->unit, word, n, feature, k, cells)

void cr_tally_add(const cr_tally_source* source, const uint32_t* word, size_t n,
                  const int32_t* feature, int n_features, cr_cell* cells) {
  if (source->unit == NULL) {
    switch (n_features) {
      case 1: ADD(1); break;
      case 2: ADD(2); break;
      case 3: ADD(3); break;
      default: ADD(4); break;
    }
    return;
  }
  switch (n_features) {
    case 1: ADD_WEIGHTED(1); break;
    case 2: ADD_WEIGHTED(2); break;
    case 3: ADD_WEIGHTED(3); break;
    default: ADD_WEIGHTED(4); break;
  }
}

cr_cell cr_tally_total(const cr_tally_source* source, const uint32_t* word, size_t n) {
  cr_cell total = 0;
  for (size_t i = 0; i < n; i++) total += cr_tally_cell(source->unit, word[i]);
  return total;
}

size_t cr_tally_part(const cr_tally_source* source, uint32_t* word, size_t n,
                     size_t feature, const uint8_t table[256], uint32_t* spare) {
  const uint8_t* code = source->code + feature * source->feature_step;
  const size_t row_step = source->row_step;
  size_t left = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t w = word[i];
    const size_t goes_left = table[code[(w >> CR_WORD_ROW) * row_step]];
    // Both writes happen and one is overwritten: cheaper than a branch nobody can guess.
    word[left] = w;
    spare[i - left] = w;
    left += goes_left;
  }
  memcpy(word + left, spare, (n - left) * sizeof *word);
  return left;
}
