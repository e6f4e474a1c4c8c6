#ifndef LCRISK_ADDITIVE_PAIRS_H
#define LCRISK_ADDITIVE_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "additive/smooth.h"
#include "base/team.h"

/// Which two features do something together that they do not do alone, and tables of
/// pairs that say only that.

/// Puts codes 0 .. n_codes of a feature into at most CR_SMOOTH_GRID groups of about equal
/// `mass`, numbered from 0 in the order of the codes; of levels in the order of `effect`.
/// Missing (code 0) is the first group, alone, when it has any mass. Codes beyond n_codes
/// get 0.
void cr_pairs_coarsen(const double* mass, int n_codes, int ordered, const double* effect,
                      uint8_t* coarse);

/// gain[k], k counting (0, 1), (0, 2), ..., (m - 2, m - 1): what cr_smooth_quadrants()
/// gains from the gradients over the grid of two of `m` columns of groups. Column c is
/// at coarse + c * n. One pass over the rows a pair; pairs go to whoever is free.
cr_status cr_pairs_screen(const uint8_t* coarse, size_t m, size_t n,
                          const cr_smooth_sums* row, double ridge, const cr_run* run,
                          double* gain, cr_error* err);

/// Moves the means over the rows (`mass` of each cell) of every line of the grid `pair`
/// into the tables of the two features, whose groups are given, until the pair is
/// nothing but interaction. The sum of the three changes for no code. Lengerich, Tan,
/// Chang, Hooker and Caruana (2020), "Purifying interaction effects".
void cr_pairs_purify(const double* mass, const uint8_t* first_group,
                     const uint8_t* second_group, double* pair, double* first,
                     double* second);

#endif
