#ifndef LCRISK_METRIC_REPLICA_H
#define LCRISK_METRIC_REPLICA_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "metric/layout.h"
#include "metric/pool.h"

/// The bootstrap (Efron 1979) of whatever can be computed from rows in falling order of
/// score and a mass for each: a resample is the same rows with other masses, so nothing
/// is sorted twice.

/// What is drawn with replacement. The share of events is part of chance when rows are,
/// and fixed, as in a sample taken by outcome, when rows are drawn within each class.
typedef enum {
  CR_DRAW_ROWS = 0,
  CR_DRAW_WITHIN_CLASSES = 1,
  CR_DRAW_BLOCKS = 2
} cr_replica_draw;

typedef struct {
  const cr_layout* layout;
  cr_replica_draw draw;
  const int32_t* block;  ///< for CR_DRAW_BLOCKS, by row given: 0 .. n_blocks-1
  size_t n_blocks;
  size_t n_resamples;
} cr_replica_plan;

/// What a thread lends to a statistic: room for layout->n blocks.
typedef struct {
  cr_pool* pool;
} cr_replica_scratch;

/// Writes its numbers for the rows of `layout` with masses `mass` (0 is absence).
typedef cr_status (*cr_replica_statistic)(const cr_layout* layout, const double* mass,
                                          const cr_replica_scratch* scratch,
                                          const void* spec, double* out);

/// Row b of `out` (n_resamples rows of n_out numbers, one after the other) depends on
/// run->seed and b only. A resample without one of the classes leaves NaN. O(n) time a
/// resample; 44 n bytes a thread.
cr_status cr_replica_run(const cr_replica_plan* plan, cr_replica_statistic statistic,
                         const void* spec, size_t n_out, const cr_run* run, double* out,
                         cr_error* err);

/// The statistic once, on the rows as they are.
cr_status cr_replica_once(const cr_layout* layout, cr_replica_statistic statistic,
                          const void* spec, size_t n_out, double* out, cr_error* err);

#endif
