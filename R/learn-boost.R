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
#' @param min_leaf Least training weight in a leaf; NULL: 40, or a 2000th of the training
#'   rows when that is more, or a 50th of them when that is less than 40.
#' @param l1,l2 Penalties of a leaf: `l1` is taken off the size of its gradient sum, `l2`
#'   added to its hessian sum (numbers, at least 0).
#' @param min_gain Least gain of a split, in units of twice the log loss (number, at
#'   least 0).
#' @param rows Share of the rows drawn for each tree, in (0, 1].
#' @param columns Share of the features drawn for each tree, in (0, 1].
#' @param bins Most bins of a feature, 2 to 254.
#' @param folds Number of inner folds, 2 to 50, or 0. Each fold's model leaves the fold
#'   out, stops when its log loss has not improved for `patience` trees, and the
#'   models are averaged. 0: one fit of exactly `trees` trees on all rows.
#' @param patience Trees to wait for a better held-out loss (count).
#' @param monotone Directions that the log-odds must follow: a vector named by numeric
#'   features, 1 (may only rise with the feature), -1 (may only fall) or 0. Holds exactly,
#'   for every pair of borrowers that differ in that feature alone.
#' @param interactions A list of character vectors: features of one group (at most 64
#'   groups) may meet on the way to a leaf; a feature in no group meets only itself.
#'   NULL: all may meet.
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
                         min_leaf = NULL, l1 = 0, l2 = 1, min_gain = 0, rows = 0.5,
                         columns = 0.7, bins = 127L, folds = 5L, patience = 80L,
                         monotone = NULL, interactions = NULL) {
  trees <- check_count(trees)
  rate <- check_share(rate)
  leaves <- check_count(leaves, 2L, 4096L)
  depth <- check_count(depth, 1L, 64L)
  if (!is.null(min_leaf)) min_leaf <- check_number(min_leaf, 0)
  l1 <- check_number(l1, 0)
  l2 <- check_number(l2, 0)
  min_gain <- check_number(min_gain, 0)
  rows <- check_share(rows)
  columns <- check_share(columns)
  bins <- check_count(bins, 2L, 254L)
  folds <- check_count(folds, 0L, 50L)
  if (folds == 1L) {
    abort_argument("folds", "0 or a whole number from 2 to 50", 1L, environment())
  }
  patience <- check_count(patience)
  new_learner("boost", list(
    trees = trees, rate = rate, leaves = leaves, depth = depth, min_leaf = min_leaf,
    l1 = l1, l2 = l2, min_gain = min_gain, rows = rows, columns = columns, bins = bins,
    folds = folds, patience = patience, monotone = check_monotone(monotone),
    interactions = check_interactions(interactions)
  ))
}

check_monotone <- function(monotone, arg = "monotone", call = caller_env()) {
  if (is.null(monotone)) return(NULL)
  names <- names(monotone)
  ok <- is.numeric(monotone) && !is.null(names) && all(nzchar(names)) &&
    !anyDuplicated(names) && all(monotone %in% c(-1, 0, 1))
  if (!ok) {
    abort_argument(arg,
                   "NULL or a vector of -1, 0 and 1 named by distinct features",
                   monotone, call)
  }
  monotone
}

check_interactions <- function(interactions, call = caller_env()) {
  if (is.null(interactions)) return(NULL)
  is_group <- function(g) is.character(g) && length(g) > 0L && !anyNA(g)
  ok <- is.list(interactions) && length(interactions) %in% 1:64 &&
    all(vapply(interactions, is_group, NA))
  if (!ok) {
    abort_argument("interactions", "NULL or a list of 1 to 64 vectors of feature names",
                   interactions, call)
  }
  interactions
}

#' @exportS3Method
learner_features.lcrisk_boost <- function(learner) {
  unique(c(names(learner$params$monotone), unlist(learner$params$interactions)))
}

#' @exportS3Method
fit_core.lcrisk_boost <- function(learner, x, y, weights, run) {
  settings <- learner$params
  used <- if (is.null(weights)) seq_along(y) else which(weights > 0)
  if (is.null(settings$min_leaf)) {
    settings$min_leaf <- max(1, min(40, length(used) / 50), length(used) / 2000)
  }
  settings$monotone <- directions(settings$monotone, x)
  settings$interactions <- lapply(settings$interactions, function(group) {
    which(names(x) %in% group)
  })
  .Call(ffi_boost_fit, x, y, weights, used, settings, run)
}

# One direction for each column, NULL when all are free
directions <- function(monotone, x, arg = "monotone") {
  levels <- intersect(names(monotone)[monotone != 0], names(x)[vapply(x, is.factor, NA)])
  if (length(levels)) {
    lcrisk_abort(
      "input", "monotone_level",
      sprintf("`monotone` names %s, which has levels and so no direction.",
              quoted(levels)),
      cure = "Name numeric features only.", arg = "monotone", columns = levels,
      call = NULL
    )
  }
  if (!any(monotone != 0)) return(NULL)
  out <- integer(length(x))
  out[match(names(monotone), names(x), nomatch = 0L)] <-
    as.integer(monotone[names(monotone) %in% names(x)])
  out
}

#' @exportS3Method
predict_core.lcrisk_boost <- function(learner, core, x, run) {
  .Call(ffi_boost_score, x, core$bins, core$trees, core$base, run)
}
