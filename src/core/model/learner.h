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
} cr_learner;

#endif
