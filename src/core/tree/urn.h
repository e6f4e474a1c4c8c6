#ifndef LCRISK_TREE_URN_H
#define LCRISK_TREE_URN_H

#include <stddef.h>
#include <stdint.h>

/// The rows that one tree of a forest learns from, drawn from an urn, and those left
/// out. Depends on (seed, tree, position) alone.

/// A row in the bag, in one word: row << 6 | times << 1 | event. Nothing else need be
/// looked up to count it.
enum { CR_WORD_ROW = 6, CR_WORD_TIMES = 31 };
static const size_t CR_WORD_ROWS = (size_t)1 << (32 - CR_WORD_ROW);  ///< rows at most

typedef struct {
  const uint32_t* row;   ///< ascending
  const int32_t* event;  ///< by row
  size_t n;
  double share;  ///< draws for each row of the urn, (0, 1]
  int replace;   ///< drawn rows go back; a row then counts at most CR_WORD_TIMES times
} cr_urn;

/// Draws round(share * n) rows, at least one. `times` is scratch of n; `word` receives
/// the rows drawn, `left_out` the others, both ascending, with room for n each.
void cr_urn_draw(const cr_urn* urn, uint64_t seed, size_t tree, uint8_t* times,
                 uint32_t* word, size_t* n_words, uint32_t* left_out, size_t* n_left_out);

#endif
