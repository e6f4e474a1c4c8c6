#ifndef LCRISK_MODEL_ORDERS_H
#define LCRISK_MODEL_ORDERS_H

#include "model/learner.h"

/// What sets rows apart from a reference row, for any learner: by its own formula where
/// it has one, else from CR_ORDERS random orders of the players, each taken both ways
/// (Strumbelj and Kononenko 2014), the same orders for all rows and for R.
enum { CR_ORDERS = 32 };

/// As the `versus` of model/learner.h. `frame` and `reference` have doubles and levels
/// only. Sampling scores 2 * CR_ORDERS * (n_players - 1) mixtures for each row, one row
/// at a time.
cr_status cr_orders_versus(const cr_learner* learner, const void* state,
                           const cr_frame* frame, const cr_frame* reference,
                           const int32_t* player, size_t n_players, const cr_run* run,
                           double* value, double* restored, cr_error* err);

#endif
