#ifndef LCRISK_TREE_HIST_H
#define LCRISK_TREE_HIST_H

#include <stddef.h>
#include <stdint.h>

#include "data/bins.h"

/// Gradient histograms in integers, so that sums do not depend on their order.
///
/// A cell is one int64: the sum of quantised gradients in the high 32 bits (signed),
/// of hessians in the low 32 (unsigned). One addition updates both; the caller's
/// scale keeps either sum inside its half (tree/boost.c). Children are parent minus
/// sibling, exactly. Cells of a block of 16 features stay in the first-level cache.

typedef int64_t cr_cell;

/// Where the cells of a lane (data/lanes) are. The stride is never a power of two: skewed
/// features then would fight for the same cache set (a factor of six, measured).
typedef struct {
  size_t n_lanes, n_blocks;
  size_t stride;   ///< cells a lane
  size_t n_cells;  ///< of the whole histogram
} cr_hist_layout;

/// Layout for lanes with codes 0 .. max_code.
cr_hist_layout cr_hist_layout_for(size_t n_lanes, int max_code);

static inline cr_cell* cr_hist_lane(const cr_hist_layout* layout, cr_cell* cells,
                                    size_t lane) {
  return cells + lane * layout->stride;
}

static inline cr_cell cr_cell_pack(int32_t gradient, uint32_t hessian) {
  return (cr_cell)((uint64_t)(uint32_t)gradient << 32) + (cr_cell)hessian;
}
static inline uint32_t cr_cell_hessian(cr_cell cell) { return (uint32_t)cell; }
// The low half is never negative, so the high half is the floor of cell / 2^32.
static inline int32_t cr_cell_gradient(cr_cell cell) { return (int32_t)(cell >> 32); }

/// Adds rows to the cells of one block. `codes` is the block's row-major bytes,
/// row[i] a row number (NULL: rows 0 .. n-1), gradient[i] its packed cell.
/// About 0.2 ns per row and lane.
void cr_hist_add(const cr_hist_layout* layout, size_t block, const uint8_t* codes,
                 const uint32_t* row, const cr_cell* gradient, size_t n, cr_cell* cells);

/// Cells of one block: zero; to += from; larger = parent - smaller, in place of parent.
void cr_hist_zero(const cr_hist_layout* layout, size_t block, cr_cell* cells);
void cr_hist_merge(const cr_hist_layout* layout, size_t block, const cr_cell* from,
                   cr_cell* to);
void cr_hist_subtract(const cr_hist_layout* layout, size_t block, const cr_cell* smaller,
                      cr_cell* parent);

/// The histograms of the features that share a lane, from its cells: size[k] cells for
/// feature k, behind those of the features before it. `out` has CR_HIST_SHARED cells.
/// About two additions a cell.
enum { CR_HIST_SHARED = CR_LANE_CELLS + CR_LANE_FEATURES };
void cr_hist_marginals(const cr_cell* cells, const int32_t* size, size_t n_features,
                       cr_cell* out);

#endif
