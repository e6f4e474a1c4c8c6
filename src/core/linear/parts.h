#ifndef LCRISK_LINEAR_PARTS_H
#define LCRISK_LINEAR_PARTS_H

#include "base/team.h"
#include "data/design.h"

/// The parts of a linear predictor: part[j * n_rows + i] is the sum of coefficient *
/// term over the terms of feature j in row i. With the intercept they add up to the
/// log-odds. `coefficient` as for cr_logit_score(). CR_EINPUT when the frame does not
/// have the design's columns.
cr_status cr_parts_compute(const cr_design* design, const cr_frame* frame,
                           const double* coefficient, const cr_run* run, double* part,
                           cr_error* err);

#endif
