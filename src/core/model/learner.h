#ifndef LCRISK_MODEL_LEARNER_H
#define LCRISK_MODEL_LEARNER_H

#include "base/team.h"
#include "data/frame.h"
#include "model/value.h"

/// What a learner gives so that its models can be saved and scored without R: how its
/// section is checked, and how rows become log-odds. One such struct per learner, in a
/// module model/of_<kind>, listed in model/scorer.c.
typedef struct {
  const char* kind;

  /// Checks the learned part and keeps what scoring needs in `*state`, which borrows from
  /// `core`; `specification` is the learner with its settings. `shape` has the model's
  /// columns and no rows. After CR_OK scoring any frame of that shape can neither read
  /// nor write out of bounds. CR_EMODEL otherwise.
  cr_status (*open)(const cr_value* specification, const cr_value* core,
                    const cr_frame* shape, void** state, cr_error* err);

  /// The log-odds of every row: the bits that R's predict(type = "link") gives.
  cr_status (*score)(const void* state, const cr_frame* frame, const cr_run* run,
                     double* link, cr_error* err);

  void (*close)(void* state);  ///< NULL is allowed

  /// Where the log-odds come from by the learner's own formula: value[j * n_rows + i] is
  /// what column j adds in row i, `*base` what all are added to. The bits of R's
  /// lcrisk_shap(). NULL when the learner has no formula; CR_EINPUT `no_formula` when
  /// this model has none.
  cr_status (*parts)(const void* state, const cr_frame* frame, const cr_run* run,
                     double* base, double* value, cr_error* err);

  /// What sets each row apart from the one row of `reference`, by players (groups of
  /// columns; player[j] < n_players): exact Shapley values of the difference in
  /// value[k * n_rows + i], and in restored[...] by how much the log-odds fall when
  /// player k alone is the reference's. The bits of R's lcrisk_reasons(). NULL when it
  /// takes sampled orders: see model/orders.h.
  cr_status (*versus)(const void* state, const cr_frame* frame, const cr_frame* reference,
                      const int32_t* player, size_t n_players, const cr_run* run,
                      double* value, double* restored, cr_error* err);
} cr_learner;

#endif
