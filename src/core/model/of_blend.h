#ifndef LCRISK_MODEL_OF_BLEND_H
#define LCRISK_MODEL_OF_BLEND_H

#include "model/learner.h"

/// The learner of that name among those that stand alone, NULL when there is none.
const cr_learner* cr_learner_find(const cr_texts* kind);

/// A blend: shares of the mean log-odds of its members' models.
extern const cr_learner cr_of_blend;

#endif
