#ifndef LCRISK_NET_NODES_H
#define LCRISK_NET_NODES_H

#include <stddef.h>
#include <stdint.h>

#include "base/simd.h"
#include "base/status.h"
#include "base/team.h"
#include "data/design.h"

/// The first layer of a network on the columns of a table, as linear interpolation.
///
/// A number's effect on every hidden unit is piecewise linear between its knots, a
/// level's is a number of its own: so a feature is a table of nodes, one vector a node,
/// and a cell is a node and the way to the next. The layer's sums then cost two vectors a
/// cell instead of a product with all knots and indicators (the piecewise-linear
/// encoding of Gorishniy, Rubachev and Babenko 2022, at the price of plain numbers).
///
/// What is learned are not the nodes' vectors but coefficients of a basis: for a number
/// the slope of a line and a step for each piece, added up from the node nearest to the
/// mean. Adam moves each coefficient by about as much, so a basis says what is easy to
/// learn: lines first.

/// Cells pack a node in 14 bits and a fraction in 18.
enum { CR_NODE_BITS = 18, CR_NODES_MAX = 1 << 14 };

/// What follows from a design: nodes of the columns that have terms, in their order. A
/// number has the ends of its range and its knots, and missing where training had any;
/// levels have their terms, missing, and one for the levels without a term, always 0.
typedef struct {
  const cr_design* design;  ///< borrowed
  size_t n_used;            ///< columns with terms
  size_t n_nodes;
  uint32_t* column;   ///< n_used: which column of the frame
  uint32_t* first;    ///< n_used + 1 offsets into the nodes
  uint32_t* on_line;  ///< n_used: nodes of a number's range; 0: levels
  uint32_t* anchor;   ///< n_used: the node nearest to the mean, from `first`
  uint32_t* absent;   ///< n_used: the cell of what is missing
  double* z;          ///< n_nodes: standardised value; 0 off the line
} cr_nodes;

/// How easily a coefficient moves, against a number's line. A scale of 0 switches off.
typedef struct {
  float bend;   ///< steps of a number's pieces
  float level;  ///< levels
  float missing;
} cr_nodes_scales;

/// `nodes` must be zeroed before and freed after, also on failure. CR_ELIMIT above
/// CR_NODES_MAX nodes, which CR_TERMS_MAX terms never need.
cr_status cr_nodes_make(const cr_design* design, cr_nodes* nodes, cr_error* err);
void cr_nodes_free(cr_nodes* nodes);

/// The cells of rows first .. first + n - 1 of a frame with the design's columns:
/// `cell[i * n_used + f]`. Each depends on its row alone.
void cr_nodes_encode(const cr_nodes* nodes, const cr_frame* frame, size_t first, size_t n,
                     uint32_t* cell);

/// A node's row of `table` has 2 `width` floats: its vector and the way to the next
/// node's. From the nodes' vectors, `width` floats each.
void cr_nodes_table(const cr_nodes* nodes, const float* vector, size_t width,
                    cr_simd simd, float* table);

/// The nodes' vectors out of the coefficients; both have n_nodes rows of `width`. A
/// number's first row is the slope, its others the steps.
void cr_nodes_expand(const cr_nodes* nodes, const cr_nodes_scales* scales,
                     const float* coefficient, size_t width, cr_simd simd, float* vector);

/// The transpose of expanding and tabulating: gradients of the coefficients from those
/// of the table, whose first halves are changed on the way.
void cr_nodes_collapse(const cr_nodes* nodes, const cr_nodes_scales* scales, float* table,
                       size_t width, cr_simd simd, float* gradient);

/// out[i] += the interpolated vectors of all cells of row i, in the order of features;
/// `row` picks n rows of `cell`, NULL the first n.
void cr_nodes_add(const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row,
                  size_t n, const float* table, size_t width, cr_simd simd, float* out);

/// The transpose: adds row i's `delta` to the table's rows of its cells, row by row.
void cr_nodes_spread(const cr_nodes* nodes, const uint32_t* cell, const uint32_t* row,
                     size_t n, const float* delta, size_t width, cr_simd simd,
                     float* table);

#endif
