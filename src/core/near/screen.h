#ifndef LCRISK_NEAR_SCREEN_H
#define LCRISK_NEAR_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/simd.h"
#include "base/status.h"
#include "base/team.h"
#include "near/space.h"

/// Which of many points cannot be near: a cheap lower bound of cr_space_distance() by
/// products of 16-bit integers, so that only a handful of pairs need the real thing.
///
/// Each point becomes a short vector of integers: a number is standardised, clamped to
/// CR_SCREEN_CLAMP standard deviations and rounded to a multiple of 1 / scale; where
/// base points miss it, a further entry says so; a level has one entry each. Clamping
/// never moves two points apart and rounding moves them by half a step per entry, so
///
///     |code a - code b| <= scale * distance + slack.
///
/// Integer sums: all instruction sets and orders of work give the same bits.

enum {
  CR_SCREEN_LANES = 16,   ///< base points side by side
  CR_SCREEN_QUERIES = 6,  ///< queries that share a pass over them
  CR_SCREEN_CLAMP = 8,
  CR_SCREEN_LEVELS = 32  ///< levels of a column with an entry: the most frequent
};

typedef struct {
  const cr_space* space;
  size_t n;              ///< base points
  size_t n_panels;       ///< of CR_SCREEN_LANES points, the last padded
  size_t n_entries;      ///< of a code, even
  int32_t scale;         ///< a power of two
  int32_t mismatch;      ///< the entry of a level
  double slack;          ///< of two codes
  int32_t* missing;      ///< each number's entry that says it is missing, -1: none
  int32_t* level_start;  ///< each level column's offset into `level_entry`
  int32_t* level_entry;  ///< entry of each level, 0 being missing; -1: none
  int16_t* panel;  ///< entry pairs: [(panel * n_entries/2 + pair) * 32 + lane * 2 + 0..1]
  int32_t* norm;   ///< sum of squares, INT32_MAX for padding
} cr_screen;

/// Codes all of `base`, whose points come from `frame`'s level counts. `screen` must be
/// zeroed before and freed after, also on failure; it borrows `space`. CR_ELIMIT when
/// there are too many columns to count in 32 bits (some millions).
cr_status cr_screen_build(const cr_space* space, const cr_frame* frame,
                          const cr_points* base, const cr_run* run, cr_screen* screen,
                          cr_error* err);

void cr_screen_free(cr_screen* screen);

/// The code of point i of any points of that space: n_entries integers. Returns its norm.
int32_t cr_screen_code(const cr_screen* screen, const cr_points* points, size_t i,
                       int16_t* code);

/// The limit for cr_screen_pass() that no point nearer than the root of `square`, or as
/// near, can miss. Infinity: all pass.
int32_t cr_screen_limit(const cr_screen* screen, double square, int32_t norm);

/// For each of `n` <= CR_SCREEN_QUERIES codes (one after the other), the points of a
/// panel that pass: bit l of mask[q] is set when norm(l) - 2 <l, q> < limit[q].
void cr_screen_pass(const cr_screen* screen, size_t panel, const int16_t* code, size_t n,
                    const int32_t* limit, cr_simd simd, uint32_t* mask);

#endif
