#ifndef LCRISK_MODEL_OF_LOGIT_H
#define LCRISK_MODEL_OF_LOGIT_H

#include "model/learner.h"

/// Logistic regression: the design and its coefficients.
extern const cr_learner cr_of_logit;

#endif
