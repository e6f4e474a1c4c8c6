#include "model/players.h"

#include <string.h>

#include "base/exact.h"

void cr_players_sum(const double* own, const double* other, size_t n, size_t n_columns,
                    const int32_t* player, size_t n_players, double* value,
                    double* restored) {
  for (size_t i = 0; i < n * n_players; i++) value[i] = 0.0;
  for (size_t j = 0; j < n_columns; j++) {
    double* to = value + (size_t)player[j] * n;
    for (size_t i = 0; i < n; i++) to[i] += own[j * n + i] - other[j];
  }
  memcpy(restored, value, n * n_players * sizeof *value);
}
