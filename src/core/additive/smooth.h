#ifndef LCRISK_ADDITIVE_SMOOTH_H
#define LCRISK_ADDITIVE_SMOOTH_H

#include <stddef.h>

/// Newton steps on the codes of one term: what one small step of an additive model
/// changes in the term's table.
///
/// A step minimises gradient' d + d' diag(hessian) d / 2 plus a roughness penalty on d.
/// Code 0 is missing and stands by itself everywhere.

enum { CR_SMOOTH_CODES = 256, CR_SMOOTH_GRID = 16 };

/// Sums over the rows of one code.
typedef struct {
  double gradient, hessian;
} cr_smooth_sums;

/// Added to every hessian, so that a code without rows stays put.
#define CR_SMOOTH_RIDGE 1.0

/// Bands of a symmetric matrix, row i of n at [i]: the diagonal, the elements (i, i + 1)
/// and the elements (i, i + 2).
typedef struct {
  double diagonal[CR_SMOOTH_CODES], next[CR_SMOOTH_CODES], second[CR_SMOOTH_CODES];
} cr_smooth_bands;

/// What roughness costs on n points at ascending positions place[1 .. n]: the sum of
/// squared second divided differences, each times its stretch, for a function's
/// integrated squared curvature. Straight lines cost nothing. Places are scaled to a mean
/// distance of 1; points nearer than 1/1000 of that count as so far apart.
void cr_smooth_roughness(const double* place, int n, cr_smooth_bands* rough);

/// Ordered codes 1 .. n: stiffness / 2 times the roughness of d, the P-spline penalty of
/// Eilers and Marx (1996) on uneven points. O(n).
void cr_smooth_ordered(const cr_smooth_sums* sums, int n, const cr_smooth_bands* rough,
                       double stiffness, double* step);

/// Levels 1 .. n: stiffness / 2 times the sum of squares of d. O(n).
void cr_smooth_levels(const cr_smooth_sums* sums, int n, double stiffness, double* step);

/// The stiffness with which fitted values of the codes 1 .. n have `freedom` degrees of
/// freedom: the trace of (diag(hessian) + penalty)^-1 diag(hessian), by bisection and
/// the central bands of the inverse (Hutchinson and de Hoog 1985). 0 when n <= freedom.
/// `rough` NULL: levels.
double cr_smooth_stiffness(const cr_smooth_sums* sums, int n,
                           const cr_smooth_bands* rough, double freedom);

/// A grid of CR_SMOOTH_GRID x CR_SMOOTH_GRID codes (row * CR_SMOOTH_GRID + column; code 0
/// is a code like the others): one constant for each quadrant about the cut with the
/// largest gain, by the cumulative sums of FAST (Lou, Caruana, Gehrke and Hooker 2013).
/// Returns that gain: half the sum of gradient^2 / (hessian + ridge) of four quadrants
/// less that of the better pair of halves; 0, and no step, where no cut has any.
double cr_smooth_quadrants(const cr_smooth_sums* sums, double ridge, double* step);

/// value[1 .. n] becomes the nearest sequence in weighted squares that rises (direction
/// 1) or falls (-1): pool adjacent violators (Barlow and others 1972). O(n).
void cr_smooth_monotone(const cr_smooth_sums* sums, int n, int direction, double* value);

#endif
