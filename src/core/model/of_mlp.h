#ifndef LCRISK_MODEL_OF_MLP_H
#define LCRISK_MODEL_OF_MLP_H

#include "model/learner.h"

/// Neural networks: a design and the weights of several networks on its nodes.
extern const cr_learner cr_of_mlp;

#endif
