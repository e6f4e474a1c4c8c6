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
#' @param sampling How those rows are drawn: `"uniform"`, or `"mvs"`, minimal variance
#'   sampling: by the size of their gradients, each counting the inverse of its chance.
#'   The values of leaves then come from all rows.
#' @param columns Share of the features drawn for each tree, in (0, 1].
#' @param bins Most bins of a feature, 2 to 254.
#' @param folds Number of inner folds, 2 to 50, or 0. Each fold's model leaves the fold
#'   out, stops when its log loss has not improved for `patience` trees, and the
#'   models are averaged. 0: one fit of exactly `trees` trees on all rows.
#' @param patience Trees to wait for a better held-out loss (count).
#' @param effort How much work to spend, relative to the default (number, 0.05 to 20):
#'   the one knob to turn. The shrinkage is divided by it, the most trees and the patience
#'   are multiplied by it, so the time of a fit is about proportional to it. What more
#'   effort buys: `bench/results/boost-effort.md` in the sources.
#' @param stop_on What early stopping watches: `"log_loss"` of the held-out rows, or
#'   `"auc"`, their area under the ROC curve, asked every 5 trees, each row counted once.
#' @param seconds Time for the fit (number above 0); when it is over, the trees grown so
#'   far are the model. Such a model depends on the speed of the machine; without a
#'   limit (`Inf`) it never does.
#' @param on_interrupt What Ctrl-C does: `"stop"` raises `lcrisk_error_cancelled`,
#'   `"keep"` returns the model of the trees grown so far with a warning (of the folds
#'   begun; a second Ctrl-C stops).
#' @param monotone Directions that the log-odds must follow: a vector named by numeric
#'   features, 1 (may only rise with the feature), -1 (may only fall) or 0. Holds exactly,
#'   for every pair of borrowers that differ in that feature alone.
#' @param interactions A list of character vectors: features of one group (at most 64
#'   groups) may meet on the way to a leaf; a feature in no group meets only itself.
#'   NULL: all may meet.
#' @param ... Nothing else: an unknown argument is an error.
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
#'
#'   Ibragimov, B. and Gusev, G. (2019). Minimal variance sampling in stochastic
#'   gradient boosting. *NeurIPS*.
#' @family learners
#' @examples
#' lcrisk_boost(trees = 200, rate = 0.1)
#' @export
lcrisk_boost <- function(trees = ceiling(2000 * effort), rate = min(1, 0.03 / effort),
                         leaves = 6L, depth = 4L, min_leaf = NULL, l1 = 0, l2 = 1,
                         min_gain = 0, rows = 0.5, sampling = "uniform", columns = 0.7,
                         bins = 127L, folds = 5L, patience = ceiling(80 * effort),
                         monotone = NULL, interactions = NULL, effort = 1,
                         stop_on = "log_loss", seconds = Inf, on_interrupt = "stop",
                         ...) {
  check_call(...)
  effort <- check_number(effort, 0.05, 20)
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
  if (!identical(seconds, Inf)) seconds <- check_number(seconds, 1e-3)
  new_learner("boost", list(
    trees = trees, rate = rate, leaves = leaves, depth = depth, min_leaf = min_leaf,
    l1 = l1, l2 = l2, min_gain = min_gain, rows = rows, columns = columns, bins = bins,
    folds = folds, patience = patience, monotone = check_monotone(monotone),
    interactions = check_interactions(interactions),
    sampling = check_choice(sampling, c("uniform", "mvs")),
    stop_on = check_choice(stop_on, c("log_loss", "auc")), seconds = seconds,
    on_interrupt = check_choice(on_interrupt, c("stop", "keep"))
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
  used <- used_rows(y, weights, learner)
  core <- .Call(ffi_boost_fit, x, y, weights, used, core_settings(learner, x, used),
                boost_run(learner, run))
  warn_partial(core)
  core
}

# More trees for a model, see R/learn-continue.R
continue_core <- function(learner, core, x, y, weights, run) {
  used <- used_rows(y, weights, learner)
  core <- .Call(ffi_boost_continue, core, x, y, weights, used,
                core_settings(learner, x, used), boost_run(learner, run))
  warn_partial(core)
  core
}

used_rows <- function(y, weights, learner) {
  used <- if (is.null(weights)) seq_along(y) else which(weights > 0)
  check_fold_events(y[used], learner$params$folds)
  check_weight_scale(weights[used])
  used
}

# What view_settings() in src/glue/r_boost.c reads
core_settings <- function(learner, x, used) {
  settings <- learner$params
  if (is.null(settings$min_leaf)) {
    settings$min_leaf <- max(1, min(40, length(used) / 50), length(used) / 2000)
  }
  settings$monotone <- directions(settings$monotone, x)
  settings$interactions <- lapply(settings$interactions, function(group) {
    which(names(x) %in% group)
  })
  settings$by_size <- as.integer(settings$sampling == "mvs")
  settings$by_area <- as.integer(settings$stop_on == "auc" && settings$folds > 0L)
  if (settings$seconds == Inf) settings$seconds <- 0
  settings
}

boost_run <- function(learner, run) {
  if (learner$params$on_interrupt == "keep") run$keep <- TRUE
  run
}

warn_partial <- function(core) {
  if (core$end != "interrupt") return(invisible())
  lcrisk_warn(
    "partial", "interrupted",
    sprintf("Interrupted: the model is the average of %d fits begun, %d trees in all.",
            max(1L, sum(core$fold_trees > 0L)), length(core$trees$tree_start) - 1L),
    cure = "Train again for the whole model, or go on with lcrisk_continue()."
  )
}

check_fold_events <- function(y, folds) {
  smaller <- min(sum(y), length(y) - sum(y))
  if (smaller >= folds) return(invisible())
  lcrisk_abort(
    "input", "too_few_events",
    sprintf("%d inner folds need %d rows of each outcome; one has %d.", folds, folds,
            smaller),
    cure = sprintf("Use `lcrisk_boost(folds = %d)`%s.", if (smaller > 1L) smaller else 0L,
                   if (smaller > 1L) "" else ", one fit of exactly `trees` trees"),
    arg = "folds", n = smaller, call = NULL
  )
}

# Sums of weights are kept in integers: in 65,536ths of a row, so that weights far below
# 1 would all be 0, and up to a total that leaves room for the losses.
check_weight_scale <- function(weights) {
  if (is.null(weights)) return(invisible())
  total <- sum(weights)
  if (total >= 0.01 * length(weights) && total <= 1e8) return(invisible())
  lcrisk_abort(
    "input", "weight_scale",
    sprintf("`weights` have the mean %s and the sum %s; boosting needs %s.",
            format_number(mean(weights)), format_number(total),
            "a mean of at least 0.01 and a sum of at most 1e8"),
    cure = "Divide them by their mean: a weight of 1 is one row.", arg = "weights",
    call = NULL
  )
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
