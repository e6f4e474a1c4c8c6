#' Additive model: a glass box
#'
#' A learner specification: log-odds as the sum of one curve or table for each feature
#' and of a few tables for pairs, fitted by small cyclic steps with cross-validated
#' stopping. Everything the model knows can be read off, plotted and turned into points
#' with [lcrisk_terms()].
#'
#' @param rounds Most rounds of one fit (count). With `folds`, early stopping chooses how
#'   many are used.
#' @param rate Share of each step that is taken, in (0, 1].
#' @param freedom Degrees of freedom of one step of a feature, above 1 and at most 50.
#'   Near 2 a curve starts as a straight line and bends only as rounds go by.
#' @param noise A step is taken when it is worth at least this many times what noise
#'   alone would give (number, at least 0); 0 takes every step.
#' @param pairs Most pairwise terms, 0 to 100.
#' @param bins Most bins of a feature, 2 to 254.
#' @param folds Number of inner folds, 2 to 50, or 0. Each fold's fit leaves the fold
#'   out and stops on it; the fits are averaged, and their spread gives the intervals.
#'   0: one fit of exactly `rounds` rounds on all rows, without intervals.
#' @param patience Rounds to wait for a better held-out loss (count).
#' @param monotone Directions that the log-odds must follow: a vector named by numeric
#'   features, 1 (may only rise), -1 (may only fall) or 0. Holds exactly; such features
#'   take no part in pairs.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A learner for [lcrisk_train()], class `lcrisk_additive`.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range; from
#'   training, when a class has fewer rows than `folds`.
#' @details In each round every feature in turn gets a penalised Newton step on its
#'   binned values: of numbers, with a penalty on curvature, on the scale that
#'   [lcrisk_logit()] gives them (clamped tails, logs when skewed); of levels, drawn to
#'   0. `freedom` sets the penalties. Missing has a value of its own. A step whose
#'   quadratic promises less log loss than `noise` times half its degrees of freedom is
#'   left out, which keeps features that say nothing at 0.
#'
#'   Pairs are screened by the loss that four quadrants save over two halves, at the best
#'   of all cuts of a grid of at most 16 x 16 groups, on gradients of rows that the fit
#'   had not seen (FAST, Lou et al. 2013). The best get steps of the same kind, with the
#'   features' curves fixed. Then each pair hands its line means to the features, so
#'   that it holds interaction only (Lengerich et al. 2020).
#'
#'   Standard errors are those of the grouped jackknife over the folds: the square root of
#'   \eqn{(m - 1) / m} times the sum of squares about the mean of the \eqn{m} fits. They
#'   count what the rows leave open, and not the bias that smoothing brings.
#'
#'   `model$core$rounds` has the rounds of each fold, `pair_rounds` those of the pairs.
#' @references Lou, Y., Caruana, R., Gehrke, J. and Hooker, G. (2013). Accurate
#'   intelligible models with pairwise interactions. *KDD*.
#'
#'   Nori, H., Jenkins, S., Koch, P. and Caruana, R. (2019). InterpretML: a unified
#'   framework for machine learning interpretability. arXiv:1909.09223.
#'
#'   Buehlmann, P. and Yu, B. (2003). Boosting with the L2 loss. *Journal of the American
#'   Statistical Association* 98, 324-339.
#'
#'   Eilers, P. H. C. and Marx, B. D. (1996). Flexible smoothing with B-splines and
#'   penalties. *Statistical Science* 11, 89-121.
#'
#'   Lengerich, B., Tan, S., Chang, C.-H., Hooker, G. and Caruana, R. (2020). Purifying
#'   interaction effects with the functional ANOVA. *AISTATS*.
#' @family learners
#' @examples
#' lcrisk_additive(pairs = 0, monotone = c(fico_mid = -1))
#' @export
lcrisk_additive <- function(rounds = 500L, rate = 0.1, freedom = 2.2, noise = 1,
                            pairs = 10L, bins = 127L, folds = 8L, patience = 10L,
                            monotone = NULL, ...) {
  check_call(...)
  rounds <- check_count(rounds)
  rate <- check_share(rate)
  freedom <- check_number(freedom, 1, 50)
  if (freedom == 1) abort_argument("freedom", "above 1", freedom, rlang::current_env())
  noise <- check_number(noise, 0)
  pairs <- check_count(pairs, 0L, 100L)
  bins <- check_count(bins, 2L, 254L)
  folds <- check_count(folds, 0L, 50L)
  if (folds == 1L) {
    abort_argument("folds", "0 or a whole number from 2 to 50", 1L, rlang::current_env())
  }
  patience <- check_count(patience)
  new_learner("additive", list(
    rounds = rounds, rate = rate, freedom = freedom, noise = noise, pairs = pairs,
    bins = bins, folds = folds, patience = patience, monotone = check_monotone(monotone)
  ))
}

#' @exportS3Method
learner_features.lcrisk_additive <- function(learner) names(learner$params$monotone)

#' @exportS3Method
fit_core.lcrisk_additive <- function(learner, x, y, weights, run) {
  settings <- learner$params
  settings$monotone <- directions(settings$monotone, x)
  .Call(ffi_additive_fit, x, y, weights, settings, run)
}

#' @exportS3Method
predict_core.lcrisk_additive <- function(learner, core, x, run) {
  .Call(ffi_additive_score, x, core$bins, core$tables, FALSE, run)
}

# What each term adds to each row: a matrix, features in order, then pairs
additive_terms <- function(core, x, run) {
  .Call(ffi_additive_score, x, core$bins, core$tables, TRUE, run)
}

# Terms have mean 0 over the training rows, so they are the contributions; what a pair
# does is half the one feature's and half the other's.
#' @exportS3Method
explain_core.lcrisk_additive <- function(learner, core, x, how, run) {
  refuse_reference(how, learner)
  parts <- additive_terms(core, x, run)
  p <- length(x)
  value <- parts[, seq_len(p), drop = FALSE]
  if (how$interactions) value <- alone(value)
  for (q in seq_along(core$tables$first)) {
    half <- parts[, p + q] / 2
    a <- core$tables$first[q] + 1L
    b <- core$tables$second[q] + 1L
    if (how$interactions) {
      value[, a, b] <- value[, a, b] + half
      value[, b, a] <- value[, b, a] + half
    } else {
      value[, a] <- value[, a] + half
      value[, b] <- value[, b] + half
    }
  }
  list(value = value, base = core$tables$intercept, scale = "log-odds",
       method = "exact, additive")
}

#' @exportS3Method
has_formula.lcrisk_additive <- function(learner) TRUE
