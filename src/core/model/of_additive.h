#ifndef LCRISK_MODEL_OF_ADDITIVE_H
#define LCRISK_MODEL_OF_ADDITIVE_H

#include "model/learner.h"

/// The glass box: bins and tables of effects.
extern const cr_learner cr_of_additive;

#endif
