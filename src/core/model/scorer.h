#ifndef LCRISK_MODEL_SCORER_H
#define LCRISK_MODEL_SCORER_H

#include "base/team.h"
#include "model/contract.h"
#include "model/file.h"
#include "model/inputs.h"
#include "model/learner.h"
#include "model/recalibrate.h"
#include "model/records.h"

/// The one scorer: a model file becomes something that scores rows, in R, in a browser,
/// behind an API, with the same bits. Everything is checked when it is opened; a hostile
/// file is refused there or scores like any other.
typedef struct {
  cr_model_file file;
  cr_contract contract;
  bool has_inputs;
  cr_inputs inputs;
  const cr_learner* learner;
  void* state;
  size_t n_recalibrations;
  cr_recalibration recalibration[CR_RECALIBRATIONS_MAX];
  double cutoff;  ///< probability from which the decision is the event
} cr_scorer;

/// Takes over `file`, which is then empty, also on failure. `scorer` must be zeroed
/// before and freed after. CR_EMODEL with the reason: `learner` for one that this code
/// cannot score, and the codes of the parts.
cr_status cr_scorer_open(cr_model_file* file, cr_scorer* scorer, cr_error* err);

void cr_scorer_free(cr_scorer* scorer);

/// The log-odds of every row; `frame` has the contract's columns in its order: numbers,
/// flags and dates as doubles or integers, levels as codes. The same bits on any number
/// of threads, for one row and for a million; calibrated, where the model is. CR_ENUMERIC
/// `not_finite` when the model has no finite answer for some row.
cr_status cr_scorer_link(const cr_scorer* scorer, const cr_frame* frame,
                         const cr_run* run, double* link, cr_error* err);

/// The probability of the event from the values of the fields, field f of row i at
/// value[f * n + i]. Needs `has_inputs`. As cr_scorer_link() otherwise; scratch space for
/// 4,096 rows.
cr_status cr_scorer_prob(const cr_scorer* scorer, const double* value, size_t n,
                         const cr_run* run, double* prob, cr_error* err);

#endif
