#ifndef LCRISK_TREE_BOOST_H
#define LCRISK_TREE_BOOST_H

#include "base/team.h"
#include "data/bins.h"
#include "tree/spec.h"

/// Gradient boosting of the logistic loss with Newton leaves (Friedman 2001; Chen and
/// Guestrin 2016), on codes. Same inputs and seed, same bits: for any number of
/// threads, any compiler, any processor.

/// Fits; `data->offset` goes on with a model, and going on after n trees gives the bits
/// of a fit that did not stop there. Both classes must be among the rows (CR_EINPUT).
/// CR_ECANCELLED or CR_ENOMEM leave *boost freed. Memory: about 50 bytes a row beside the
/// codes.
cr_status cr_boost_fit(const cr_codes* codes, const cr_bins* bins,
                       const cr_boost_data* data, const cr_boost_settings* settings,
                       const cr_run* run, cr_boost* boost, cr_error* err);

void cr_boost_free(cr_boost* boost);

#endif
