#ifndef LCRISK_NEAR_SPACE_H
#define LCRISK_NEAR_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/frame.h"

/// How far two rows of mixed columns are apart. The squared distance is a sum:
///
/// * a number adds ((a - b) * gain)^2, gain being one over its standard deviation. A
///   column that does not vary adds nothing;
/// * where one of two numbers is missing, it counts as the mean, and 1 is added: on
///   average that makes a missing and a known value as far apart as two known ones
///   drawn at random, whose expected square is 2. Two missing ones are equal;
/// * a level adds `mismatch` where the two differ, and "missing" is a level. That is
///   the square of the median standard deviation (Chawla, Bowyer, Hall and Kegelmeyer
///   2002, section 6.1).
///
/// So the distance is Euclidean in a larger space, and always a number.
typedef struct {
  size_t n_numbers;
  size_t n_levels;
  size_t* column;  ///< of the frame: the numbers', then the levels'
  double* centre;  ///< of each number: the mean of known values
  double* gain;
  double mismatch;
} cr_space;

/// Learns centres and gains from all rows of `frame`, whose numbers are finite or
/// missing, and `mismatch` from the rows `row[0..n)`: the median, over the numbers, of
/// their standard deviation there, squared; 1 where that is 0 or there are no numbers.
/// `space` must be zeroed before and freed after, also on failure. O(rows) a column.
cr_status cr_space_learn(const cr_frame* frame, const uint32_t* row, size_t n,
                         const cr_run* run, cr_space* space, cr_error* err);

void cr_space_free(cr_space* space);

/// Some rows of a frame, laid out row by row: what the distance reads.
typedef struct {
  size_t n;
  size_t n_numbers;
  size_t n_levels;
  double* number;  ///< n rows of n_numbers, NaN where missing
  int32_t* level;  ///< n rows of n_levels, 0 where missing
} cr_points;

/// Point i is row row[i] of the frame, or row i when `row` is NULL (then n is that of the
/// frame). `points` must be zeroed before and freed after, also on failure.
cr_status cr_points_take(const cr_space* space, const cr_frame* frame,
                         const uint32_t* row, size_t n, const cr_run* run,
                         cr_points* points, cr_error* err);

void cr_points_free(cr_points* points);

/// The squared distance of point i of `a` and point j of `b`. The same bits either way
/// round, and differences that are equal as numbers give equal squares: ties are ties.
double cr_space_distance(const cr_space* space, const cr_points* a, size_t i,
                         const cr_points* b, size_t j);

#endif
