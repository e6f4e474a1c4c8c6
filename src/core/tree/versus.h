#ifndef LCRISK_TREE_VERSUS_H
#define LCRISK_TREE_VERSUS_H

#include "base/team.h"
#include "data/bins.h"
#include "tree/trees.h"

/// What sets a row apart from one reference row: exact Shapley values of a sum of trees
/// when a feature that is not the row's own is the reference's ("baseline" Shapley:
/// Sundararajan and Najmi 2020). Features may act together, as one player.
///
/// A leaf is reached by a set of players when all that only the row's values lead to it
/// are in the set, and none that only the reference's do. With a of the first and b of
/// the second its value goes to them in shares of (a - 1)! b! / (a + b)! and minus a! (b
/// - 1)! / (a + b)!. Leaves that no mixture of the two rows reaches are not visited.
///
/// When the trees rise (or fall) with each feature of a player, a player that is no worse
/// than the reference never gets a share above 0.

/// For row i of `codes` and player k < n_players: value[k * n_rows + i] is k's Shapley
/// value; they add up to the output of row i less that of the reference.
/// restored[k * n_rows + i] is by how much the output falls when k's features, and no
/// others, are put to the reference's values. `reference` has one row; `player[j]` is the
/// player of feature j. `trees` passed cr_trees_validate(). CR_ELIMIT when trees are
/// deeper than CR_VERSUS_DEPTH. The same bits for one row and for many, on any number of
/// threads.
enum { CR_VERSUS_DEPTH = 64 };

cr_status cr_versus_codes(const cr_trees* trees, const cr_codes* codes,
                          const cr_codes* reference, const int32_t* player,
                          size_t n_players, const cr_run* run, double* value,
                          double* restored, cr_error* err);

#endif
