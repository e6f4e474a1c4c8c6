#ifndef LCRISK_MODEL_EXPLAIN_H
#define LCRISK_MODEL_EXPLAIN_H

#include "model/scorer.h"

/// Why a model file scores as it does, without R and with R's bits: what lcrisk_shap()
/// and lcrisk_reasons() are made of.

/// The log-odds before calibration, which explanations divide up.
cr_status cr_explain_link(const cr_scorer* scorer, const cr_frame* frame,
                          const cr_run* run, double* link, cr_error* err);

/// What such log-odds are worth: calibrated probabilities, in place.
void cr_explain_prob(const cr_scorer* scorer, double* link, size_t n);

/// value[j * n_rows + i] is what column j adds to the log-odds of row i, `*base` what all
/// are added to. Calibrated where calibration is a straight line, else `*calibrated` is
/// false. CR_EINPUT `no_formula` for learners whose contributions are not exact.
cr_status cr_explain_parts(const cr_scorer* scorer, const cr_frame* frame,
                           const cr_run* run, bool* calibrated, double* base,
                           double* value, cr_error* err);

/// What sets each row apart from the one row of `reference`, by players: see `versus` in
/// model/learner.h. Exact, or from the sampled orders of model/orders.h.
cr_status cr_explain_versus(const cr_scorer* scorer, const cr_frame* frame,
                            const cr_frame* reference, const int32_t* player,
                            size_t n_players, const cr_run* run, double* value,
                            double* restored, cr_error* err);

/// The typical approved applicant that the model remembers from training, as one row.
/// `rows` has room for it. CR_EMODEL `typical` when there is none.
cr_status cr_explain_typical(cr_scorer* scorer, cr_records* rows, cr_error* err);

#endif
