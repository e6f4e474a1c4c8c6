#ifndef LCRISK_LINEAR_RIDGE_H
#define LCRISK_LINEAR_RIDGE_H

#include "linear/logit.h"

/// The penalty of a logistic regression, chosen by cross-validation.

enum { CR_RIDGES = 25, CR_RIDGE_FOLDS = 5 };

typedef struct {
  double ridge[CR_RIDGES];  ///< 10 down to 1e-5, four a decade; with a lasso from the
                            ///< least that leaves no term down, eight a decade
  double loss[CR_RIDGES];   ///< mean held-out log loss; NaN when rows are all alike
  int chosen;               ///< index of the smallest loss; the larger ridge in a tie
  int rounds;
} cr_ridge_path;

/// Fits the logistic regression with the size of `penalty` (whose own is not looked at)
/// that has the smallest held-out log loss over five folds.
///
/// The folds' own fits are one Newton step from the fit on all rows: the quadratic of
/// the other folds' rows at that fit is solved for every ridge. That costs two passes
/// over the rows in place of hundreds. The fit moves to the chosen ridge and the folds
/// are done again until the choice stays, four times at most, so that the step is short
/// where it counts (Beirami et al. 2017; Rad and Maleki 2020). When rows are so alike
/// that only one fold has any, the ridge is 0.01.
///
/// Folds are those of cr_ridge_fold(): no random number is drawn. n < 2^32.
/// `coefficient` as in
/// cr_logit_fit(), but what it holds before does not matter.
cr_status cr_ridge_fit(const cr_problem* problem, size_t n, const cr_penalty* penalty,
                       const cr_run* run, double* coefficient, cr_ridge_path* path,
                       cr_logit_result* out, cr_error* err);

/// The fold of row i, 0 .. CR_RIDGE_FOLDS - 1: a hash of its values and outcome. Equal
/// rows share a fold and the order of rows does not matter.
int cr_ridge_fold(const cr_problem* problem, size_t i);

#endif
