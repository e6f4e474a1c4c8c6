#ifndef LCRISK_GLUE_REPLICA_H
#define LCRISK_GLUE_REPLICA_H

#include "r_api.h"

#include "metric/replica.h"

/// The plan that `draw`, an R list made by draw_plan() in R/evaluate-draw.R, describes
/// for n rows given; in r_measure.c.
cr_replica_plan r_replica_plan(const cr_layout* layout, SEXP draw, size_t n,
                               int32_t n_resamples);

#endif
