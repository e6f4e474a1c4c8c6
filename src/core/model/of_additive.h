#ifndef LCRISK_MODEL_OF_ADDITIVE_H
#define LCRISK_MODEL_OF_ADDITIVE_H

#include "model/learner.h"

/// The glass box: bins and tables of effects. A scorecard is one whose tables are steps
/// and without pairs.
extern const cr_learner cr_of_additive;
extern const cr_learner cr_of_scorecard;

#endif
