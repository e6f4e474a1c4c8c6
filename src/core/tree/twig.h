#ifndef LCRISK_TREE_TWIG_H
#define LCRISK_TREE_TWIG_H

#include "tree/split.h"
#include "tree/tally.h"

/// Splits that a forest needs and tree/split has not: of nodes with few rows, of which a
/// deep tree has thousands, and at random (Geurts, Ernst and Wehenkel 2006).

enum { CR_TWIG_ROWS = 64 };

/// The words of such a node, taken apart once for all features: where each row's codes
/// are, and what the word adds to a cell.
typedef struct {
  size_t n;
  const uint8_t* code;
  size_t feature_step;
  size_t at[CR_TWIG_ROWS];
  cr_cell cell[CR_TWIG_ROWS];
} cr_twig;

/// `n` words, 1 to CR_TWIG_ROWS.
void cr_twig_read(const cr_tally_source* source, const uint32_t* word, size_t n,
                  cr_twig* twig);

/// The best split of the words on a number: bit for bit what cr_split_scan() finds, in
/// time that depends on the words and not on the bins. `cells` are zero before and after.
/// `rule` without l1, l2 and counts. Sets *best, feature -1 when no split gains enough.
///
/// The codes that occur are marked in 256 bits and so come in order without a sort.
void cr_twig_scan(const cr_split_rule* rule, const cr_split_node* node,
                  const cr_split_feature* feature, const cr_twig* twig, cr_cell* cells,
                  cr_split* best);

/// A split at random: of a number, after one of the bins that have rows here, each as
/// likely as the others, missing rows on the better side; of levels, each level to
/// either side with a chance of one half. `draw`, a key of cr_rng_mix(), decides. *best
/// as above: also feature -1 when the split drawn is not admissible.
void cr_twig_random(const cr_split_rule* rule, const cr_split_node* node,
                    const cr_split_feature* feature, const cr_cell* cells, uint64_t draw,
                    cr_split* best);

#endif
