#ifndef LCRISK_TREE_SPLIT_H
#define LCRISK_TREE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/hist.h"
#include "tree/trees.h"

/// The best split of a node from its histogram: the second-order gain of Friedman
/// (2001) and Chen and Guestrin (2016), a learned direction for missing values,
/// and for levels the order by gradient ratio (Fisher 1958), which makes a prefix
/// of that order the best subset.

/// What makes a split admissible, and the units of the cells.
typedef struct {
  double gradient_unit, hessian_unit;  ///< value of one quantum
  double l1;                           ///< taken off every gradient sum's size
  double l2;                           ///< added to every hessian sum
  double min_gain;                     ///< a split must gain more than this
  int64_t min_count;                   ///< in count units, for both children
  /// Bounds of (hessian quanta / count units) over all rows. A child whose hessian
  /// is outside `min_count` times these is surely large or surely small; only in
  /// between must somebody count.
  double count_low, count_high;
} cr_split_rule;

/// Chosen split; feature -1 when there is none.
typedef struct {
  double gain;
  int32_t feature;
  int32_t bin;           ///< last code going left; -1: by subset
  int32_t missing_left;  ///< direction of code 0 (also bit 0 of a subset)
  cr_cell left;          ///< sum of the left child's cells
  uint8_t subset[CR_SUBSET_BYTES];
} cr_split;

/// A node as the scan sees it.
typedef struct {
  cr_cell total;
  int64_t count;     ///< exact, in count units
  double low, high;  ///< bounds of its value, before shrinkage; infinite: none
} cr_split_node;

/// A feature as the scan sees it.
typedef struct {
  int32_t index;
  bool by_level;
  int32_t n_bins;
  int monotone;  ///< +1: the log-odds may only rise with the value; -1: only fall; 0
} cr_split_feature;

/// Best split of one feature. `cells` are its histogram, codes 0 .. n_bins. Of a monotone
/// feature only splits in its direction; with bounds the gain is that of the bounded
/// values.
/// `count`, when not NULL, holds the exact counts of the codes, and every returned
/// split then satisfies min_count. Without it a returned split may be too small:
/// ask cr_split_in_doubt(). Ties go to the lowest bin. Sets *best (feature -1 when
/// no split gains enough).
void cr_split_scan(const cr_split_rule* rule, const cr_split_node* node,
                   const cr_split_feature* feature, const cr_cell* cells,
                   const int64_t* count, cr_simd simd, cr_split* best);

/// The value of a node with these sums: the Newton step, inside the node's bounds.
double cr_split_value(const cr_split_rule* rule, double gradient, double hessian,
                      double low, double high);

/// Bounds of both children after a split on a feature with this monotone direction: half
/// way between their values (Koklev 2025 calls it the basic method).
void cr_split_bounds(const cr_split_rule* rule, const cr_split_node* node,
                     const cr_split* split, int monotone, cr_split_node* left,
                     cr_split_node* right);

/// True when the hessians alone cannot prove that both children have min_count.
bool cr_split_in_doubt(const cr_split_rule* rule, const cr_split_node* node,
                       const cr_split* split);

/// table[code] = 1 when a row with that code goes left. All 256 entries are set.
void cr_split_table(const cr_split* split, uint8_t table[256]);

#endif
