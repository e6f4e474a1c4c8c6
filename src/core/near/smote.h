#ifndef LCRISK_NEAR_SMOTE_H
#define LCRISK_NEAR_SMOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/team.h"
#include "data/frame.h"
#include "near/space.h"

/// Synthetic minority rows between a minority row and one of its `k` nearest minority
/// rows: Chawla, Bowyer, Hall and Kegelmeyer (2002), "SMOTE".
///
/// CR_SMOTE_PLAIN starts at every minority row; CR_SMOTE_BORDERLINE only where at least
/// half but not all of the `around` nearest rows are of the other class (Han, Wang and
/// Mao 2005, borderline-SMOTE1); CR_SMOTE_SAFE stays nearer to the end around which more
/// rows are of the minority, and starts and ends at no row that has none (Bunkhumpornpat,
/// Sinapiromsaran and Lursinsap 2009).
///
/// Each row is started at equally often, give or take one. Draws are keyed by (seed,
/// new row), so the result is the same on any number of threads.
typedef enum { CR_SMOTE_PLAIN, CR_SMOTE_BORDERLINE, CR_SMOTE_SAFE } cr_smote_kind;

typedef struct {
  cr_smote_kind kind;
  int k;         ///< 1 .. n_minority - 1
  int around;    ///< 1 .. n_rows - 1; not used by CR_SMOTE_PLAIN
  size_t n_new;  ///< rows wanted, below 2^32
} cr_smote_settings;

/// Where each new row lies: a share `gap` of the way from row `from` to row `to`.
typedef struct {
  size_t n_new;
  size_t n_seeds;  ///< rows that were started at
  size_t k;
  uint32_t* from;  ///< rows of the frame, ascending
  uint32_t* to;
  double* gap;          ///< 0 <= gap < 1
  uint32_t* seed;       ///< which minority row `from` is
  uint32_t* neighbour;  ///< k for each minority row, nearest first
} cr_smote;

/// Plans the new rows. `minority[0..n_minority)` are ascending rows of `frame`. `smote`
/// must be zeroed before and freed after, also on failure. CR_EINPUT `few_rows` when the
/// minority has no more than k rows, `no_seeds` when no row qualifies for a start.
cr_status cr_smote_plan(const cr_space* space, const cr_frame* frame,
                        const uint32_t* minority, size_t n_minority,
                        const cr_smote_settings* settings, const cr_run* run,
                        cr_smote* smote, cr_error* err);

void cr_smote_free(cr_smote* smote);

/// The new rows' values: out[j] has n_new doubles for a column of doubles and n_new
/// int32_t for others.
///
/// A number lies between its parents' values. In a column of whole numbers it is
/// rounded, in a column of at most two values it is the nearer parent's; so is it where
/// one parent misses it, and missing where both do. A level is the most frequent among
/// all k neighbours of `from`, missing counting as one; of several, that of `from` or
/// else of the nearest.
cr_status cr_smote_fill(const cr_smote* smote, const cr_frame* frame, void* const* out,
                        const cr_run* run, cr_error* err);

#endif
