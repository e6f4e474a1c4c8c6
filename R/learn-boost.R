#' Boosted trees
#'
#' A learner specification: gradient boosting of the logistic loss with Newton leaves
#' on binned features. Categorical features are split natively, missing values get a
#' learned direction at every split, and the result is the same for any number of
#' threads.
#'
#' @param trees Most trees of one fit (count). With `folds`, early stopping chooses
#'   how many are used.
#' @param rate Shrinkage of each tree, in (0, 1].
#' @param leaves Most leaves of a tree, 2 to 4096; trees grow best leaf first.
#' @param depth Most splits on the way to a leaf, 1 to 64.
#' @param min_leaf Least training weight in a leaf; NULL: the larger of 40 and a
#'   2000th of the training rows.
#' @param l2 Added to a leaf's sum of hessians (number, at least 0).
#' @param min_gain Least gain of a split, in units of twice the log loss (number, at
#'   least 0).
#' @param rows Share of the rows drawn for each tree, in (0, 1].
#' @param columns Share of the features drawn for each tree, in (0, 1].
#' @param bins Most bins of a feature, 2 to 254.
#' @param folds Number of inner folds, 2 to 50, or 0. Each fold's model leaves the fold
#'   out, stops when its log loss has not improved for `patience` trees, and the
#'   models are averaged. 0: one fit of exactly `trees` trees on all rows.
#' @param patience Trees to wait for a better held-out loss (count).
#' @return A learner for [lcrisk_train()], class `lcrisk_boost`.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range; from
#'   training, when a class has fewer rows than `folds`.
#' @details The gain of a split is
#'   \eqn{G_L^2/(H_L + l2) + G_R^2/(H_R + l2) - G^2/(H + l2)} with the sums of the
#'   loss's first and second derivatives; a leaf adds \eqn{-rate \cdot G/(H + l2)} to
#'   the log-odds. All sums over rows are kept in integers, which is what makes the
#'   order of work irrelevant. Levels are ordered by their gradient ratio and split as
#'   a prefix of that order; levels unseen in training are missing values. Whole
#'   weights equal repeated rows, bit for bit, when `rows` is 1 and `folds` is 0.
#' @references Friedman, J. H. (2001). Greedy function approximation: a gradient
#'   boosting machine. *Annals of Statistics* 29, 1189-1232.
#'
#'   Chen, T. and Guestrin, C. (2016). XGBoost: a scalable tree boosting system. *KDD*.
#'
#'   Fisher, W. D. (1958). On grouping for maximum homogeneity. *Journal of the
#'   American Statistical Association* 53, 789-798.
#' @family learners
#' @examples
#' lcrisk_boost(trees = 200, rate = 0.1)
#' @export
lcrisk_boost <- function(trees = 2000L, rate = 0.03, leaves = 6L, depth = 4L,
                         min_leaf = NULL, l2 = 1, min_gain = 0, rows = 0.5,
                         columns = 0.7, bins = 127L, folds = 5L, patience = 80L) {
  trees <- check_count(trees)
  rate <- check_share(rate)
  leaves <- check_count(leaves, 2L, 4096L)
  depth <- check_count(depth, 1L, 64L)
  if (!is.null(min_leaf)) min_leaf <- check_number(min_leaf, 0)
  l2 <- check_number(l2, 0)
  min_gain <- check_number(min_gain, 0)
  rows <- check_share(rows)
  columns <- check_share(columns)
  bins <- check_count(bins, 2L, 254L)
  folds <- check_count(folds, 0L, 50L)
  if (folds == 1L) abort_argument("folds", "0 or a whole number from 2 to 50", 1L, caller_env())
  patience <- check_count(patience)
  new_learner("boost", list(
    trees = trees, rate = rate, leaves = leaves, depth = depth, min_leaf = min_leaf,
    l2 = l2, min_gain = min_gain, rows = rows, columns = columns, bins = bins,
    folds = folds, patience = patience
  ))
}

#' @exportS3Method
fit_core.lcrisk_boost <- function(learner, x, y, weights, run) {
  settings <- learner$params
  used <- if (is.null(weights)) seq_along(y) else which(weights > 0)
  if (is.null(settings$min_leaf)) {
    settings$min_leaf <- max(40, length(used) / 2000)
  }
  .Call(ffi_boost_fit, x, y, weights, used, settings, run)
}

#' @exportS3Method
predict_core.lcrisk_boost <- function(learner, core, x, run) {
  .Call(ffi_boost_score, x, core$bins, core$trees, core$base, run)
}
