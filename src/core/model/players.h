#ifndef LCRISK_MODEL_PLAYERS_H
#define LCRISK_MODEL_PLAYERS_H

#include <stddef.h>
#include <stdint.h>

/// What sets rows apart from a reference row when the log-odds are a sum over columns: no
/// interactions, so a player's Shapley value is the difference of its columns' parts, and
/// so much is restored. `own` has the part of column j in row i at own[j * n + i],
/// `other` the reference's parts; `value` and `restored` are filled as
/// cr_learner's versus() has them. Sums run over the columns in order.
void cr_players_sum(const double* own, const double* other, size_t n, size_t n_columns,
                    const int32_t* player, size_t n_players, double* value,
                    double* restored);

#endif
