#ifndef LCRISK_WOE_PARTITION_H
#define LCRISK_WOE_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/// Optimal binning of one variable.
///
/// Given are candidates in order (values, or levels by rate), each with the mass of its
/// events e and of its other rows g. A bin is a run of candidates. With E and G the
/// masses of all rows, its weight of evidence and its part of the information value are
///
///   woe = log((e / E) / (g / G))          iv = (e / E - g / G) woe
///
/// (Siddiqi 2006, Thomas, Edelman and Crook 2002; Kullback's J divergence), here with
/// the event's sign: a positive weight is more risk. Wanted is the partition into bins,
/// each large enough, whose event rates keep a shape, with the greatest sum of iv less
/// `noise` / E + `noise` / G for every bin. When a variable says nothing, the sum over m
/// bins has the expectation (m - 1) (1 / E + 1 / G): E G / (E + G) times it is
/// chi-squared with m - 1 degrees of freedom. So a bin more has to be worth `noise` times
/// what chance would give.
///
/// Solved exactly, where Navas-Palencia (2020) states it as an integer programme. All
/// feasible runs are sorted by event rate. Passed in that order, the best chain of k bins
/// that ends with a run is the best chain of k - 1 bins, among the runs passed, that ends
/// where it starts: a sweep has solved the rising shape for every k. A falling shape is
/// the sweep from the other end, and one that turns is one sweep continued by the other.

typedef enum {
  CR_SHAPE_FREE = 0,
  CR_SHAPE_UP,        ///< event rates never fall
  CR_SHAPE_DOWN,      ///< they never rise
  CR_SHAPE_MONOTONE,  ///< the better of up and down
  CR_SHAPE_PEAK,      ///< they rise, then fall; either part may be empty
  CR_SHAPE_VALLEY     ///< they fall, then rise
} cr_shape;

enum { CR_PARTITION_BINS = 50, CR_PARTITION_CANDIDATES = 1024 };

typedef struct {
  cr_shape shape;
  int32_t max_bins;  ///< 1 .. CR_PARTITION_BINS
  double min_mass;   ///< least mass of a bin
  double min_class;  ///< least mass of its events, and of its others; above 0
  double noise;      ///< at least 0
} cr_partition_rules;

typedef struct {
  int32_t n_bins;                  ///< 0 when no partition keeps the rules
  int32_t end[CR_PARTITION_BINS];  ///< bin b has the candidates end[b - 1] .. end[b] - 1
  double iv;                       ///< the bins' sum, without the price of bins
  cr_shape shape;                  ///< what CR_SHAPE_MONOTONE found: up or down
} cr_partition;

/// `event` and `other` have one mass for each of `n` <= CR_PARTITION_CANDIDATES
/// candidates, at least 0; `total_event` and `total_other` are E and G, above 0, which
/// may be more than the candidates' sums (missing rows have bins of their own). Of
/// partitions of the same worth the one of fewer bins is taken. O(n^2 (max_bins + log n))
/// time, O(n^2 max_bins) memory.
cr_status cr_partition_find(const double* event, const double* other, size_t n,
                            double total_event, double total_other,
                            const cr_partition_rules* rules, cr_partition* found,
                            cr_error* err);

#endif
