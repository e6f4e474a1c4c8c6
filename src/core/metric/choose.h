#ifndef LCRISK_METRIC_CHOOSE_H
#define LCRISK_METRIC_CHOOSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "metric/layout.h"
#include "metric/replica.h"

/// The choice of a cut-off: rows at or above it are called events and declined, the
/// rest are approved. Candidates are the distinct scores, and above all of them.

typedef enum {
  CR_CHOOSE_F = 0,         ///< highest F measure with `beta`
  CR_CHOOSE_YOUDEN = 1,    ///< highest recall less false alarm rate
  CR_CHOOSE_VALUE = 2,     ///< highest mean of `approved` below and `declined` above
  CR_CHOOSE_RECALL = 3,    ///< highest cut-off whose recall reaches `target`
  CR_CHOOSE_APPROVAL = 4,  ///< lowest cut-off that approves a share of `target`
  CR_CHOOSE_BAD_RATE = 5   ///< highest whose approved have a share of events <= `target`
} cr_choose_rule;

/// Where several cut-offs are best the highest is taken, which declines the fewest.
typedef struct {
  cr_choose_rule rule;
  double beta;
  double target;
  const double* approved;  ///< of rows given, for CR_CHOOSE_VALUE
  const double* declined;
} cr_choose_spec;

enum {
  CR_CHOOSE_CUTOFF,     ///< +Inf: above all scores; NaN: none reaches the target
  CR_CHOOSE_OBJECTIVE,  ///< what the rule looks at, there
  CR_CHOICES
};

/// A cr_replica_statistic of CR_CHOICES numbers; `spec` is a cr_choose_spec. O(n) time.
cr_status cr_choose_rows(const cr_layout* layout, const double* mass,
                         const cr_replica_scratch* scratch, const void* spec,
                         double* out);

/// A cr_replica_statistic of spec->n numbers: the share of all events among the riskiest
/// share spec->depth[k] of the mass, tied rows taken in equal parts. Depths rise, in
/// (0, 1]. O(n) time.
typedef struct {
  size_t n;
  const double* depth;
} cr_capture_spec;

cr_status cr_capture_rows(const cr_layout* layout, const double* mass,
                          const cr_replica_scratch* scratch, const void* spec,
                          double* out);

#endif
