#ifndef LCRISK_NET_DEAL_H
#define LCRISK_NET_DEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Which rows a network learns from, and which decide when it stops.

/// What the rows of a table are to a fit.
typedef struct {
  const int32_t* event;  ///< 1 or 0
  const double* weight;  ///< NULL or one number above zero per row
  /// Where made rows come from: the two rows that a row lies between, both that of the
  /// original for a copy, -1 for a row that is not there. A row of the data has its own
  /// number twice. NULL: all are rows of the data.
  const int32_t* origin[2];
  double held_event;  ///< times its weight, what a held-out event counts; 0 means 1
} cr_mlp_data;

typedef struct {
  uint32_t *learn, *held;  ///< row numbers
  size_t n_learn, n_held;
} cr_dealt;

/// Deals `n` rows at random for (seed, net): of the rows of either outcome the same share
/// is held out, at least one of an outcome that has two. Only rows of the data are held
/// out, and a row made from a held-out one is in neither part: nothing is judged on rows
/// that it has relatives of.
///
/// `dealt` must be zeroed before and freed after, also on failure.
cr_status cr_deal_rows(const cr_mlp_data* data, size_t n, double share, uint64_t seed,
                       size_t net, cr_dealt* dealt, cr_error* err);
void cr_deal_free(cr_dealt* dealt);

#endif
