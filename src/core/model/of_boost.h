#ifndef LCRISK_MODEL_OF_BOOST_H
#define LCRISK_MODEL_OF_BOOST_H

#include "model/learner.h"

/// Boosted trees: bins, trees and the log-odds they start from.
extern const cr_learner cr_of_boost;

#endif
