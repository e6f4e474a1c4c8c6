#ifndef LCRISK_MODEL_OF_FOREST_H
#define LCRISK_MODEL_OF_FOREST_H

#include "model/learner.h"

/// A random forest: bins and deep trees of probabilities.
extern const cr_learner cr_of_forest;

#endif
