#' Random forest
#'
#' A learner specification: a forest of probability trees on binned features. Each tree
#' learns from rows drawn anew and finds, at every node, the best split among a few
#' features drawn anew; the predicted probability is the mean share of events in the
#' leaves a row falls into. Rows that a tree did not draw judge it, which gives an honest
#' error without a test set. The result is the same for any number of threads.
#'
#' @param trees Number of trees (count).
#' @param mtry Features drawn at each node (count); NULL: a third of them, at least one.
#'   More are drawn while none of them can split the node.
#' @param min_leaf Least training weight in a leaf (number, at least 0). NULL: half the
#'   square root of the number of training rows, at least 5, times their mean weight:
#'   where signals are weak, leaves must grow with the data.
#' @param min_split Least training weight in a node that is split. NULL: no limit but
#'   `min_leaf` on both sides.
#' @param depth Most splits on the way to a leaf, 1 to 512.
#' @param rows Rows drawn for each tree as a share of all, in (0, 1].
#' @param replace Draw with replacement? A row may then count several times (at most 31).
#' @param extra Extremely randomised trees: for each feature drawn one split at random
#'   instead of the best one.
#' @param class_weights NULL, or two positive numbers: weights of the rows without and
#'   with the event, on top of `weights`. Scaled so that the mean weight stays what it
#'   was. Predicted probabilities are then those of the weighted population.
#' @param smooth Weight of the overall share of events in the share of every leaf (number,
#'   at least 0); it keeps small leaves from being certain.
#' @param bins Most bins of a feature, 2 to 254.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A learner for [lcrisk_train()], class `lcrisk_forest`. In the trained model,
#'   `model$core$oob` is a list: `prob`, the out-of-bag probability of each training row
#'   (NA where the row's weight is 0 or every tree drew it), `rows` that have one, and
#'   `auc`, `brier` and `log_loss` of these; `model$core$importance` is what splits on
#'   each feature took off the Gini index, mean over rows and trees.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range;
#'   `lcrisk_error_resource` beyond 67,108,864 rows or 65,536 features.
#' @details The split chosen maximises \eqn{e_L^2/n_L + e_R^2/n_R}, with \eqn{n} the
#'   weight of a child's rows and \eqn{e} that of its events: the Gini index. Missing
#'   values go to the side where they are better off; where a node saw none they follow
#'   the larger child. Levels are ordered by their share of events and split as a prefix
#'   or a suffix of that order, with a small penalty beyond four levels; levels unseen in
#'   training are missing values. A leaf says \eqn{(e + smooth \cdot p)/(n + smooth)}
#'   with \eqn{p} the overall share. Means over trees are kept inside \eqn{[10^{-6}, 1 -
#'   10^{-6}]}. Whole weights equal repeated rows, bit for bit, when `rows` is 1 and
#'   `replace` is FALSE; otherwise only on average, since rows are drawn.
#'
#'   Gini importance favours features with many values and says nothing about
#'   direction; read it as a first look.
#' @references Breiman, L. (2001). Random forests. *Machine Learning* 45, 5-32.
#'
#'   Malley, J. D., Kruppa, J., Dasgupta, A., Malley, K. G. and Ziegler, A. (2012).
#'   Probability machines. *Methods of Information in Medicine* 51, 74-81.
#'
#'   Geurts, P., Ernst, D. and Wehenkel, L. (2006). Extremely randomized trees. *Machine
#'   Learning* 63, 3-42.
#' @family learners
#' @examples
#' lcrisk_forest(trees = 200)
#'
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = lcrisk_forest(50), seed = 1)
#' model
#' @export
lcrisk_forest <- function(trees = 500L, mtry = NULL, min_leaf = NULL, min_split = NULL,
                          depth = 512L, rows = 1, replace = TRUE, extra = FALSE,
                          class_weights = NULL, smooth = 1, bins = 63L, ...) {
  check_call(...)
  trees <- check_count(trees)
  if (!is.null(mtry)) mtry <- check_count(mtry)
  if (!is.null(min_leaf)) min_leaf <- check_number(min_leaf, 0)
  if (!is.null(min_split)) min_split <- check_number(min_split, 0)
  depth <- check_count(depth, 1L, 512L)
  rows <- check_share(rows)
  replace <- check_flag(replace)
  extra <- check_flag(extra)
  class_weights <- check_class_weights(class_weights)
  smooth <- check_number(smooth, 0)
  bins <- check_count(bins, 2L, 254L)
  new_learner("forest", list(
    trees = trees, mtry = mtry, min_leaf = min_leaf, min_split = min_split, depth = depth,
    rows = rows, replace = replace, extra = extra, class_weights = class_weights,
    smooth = smooth, bins = bins
  ))
}

check_class_weights <- function(x, call = caller_env()) {
  if (is.null(x)) return(NULL)
  if (!is.numeric(x) || length(x) != 2L || !all(is.finite(x)) || any(x <= 0)) {
    abort_argument("class_weights", "NULL or two positive numbers", x, call)
  }
  as.double(x)
}

#' @exportS3Method
fit_core.lcrisk_forest <- function(learner, x, y, weights, run) {
  settings <- learner$params
  used <- if (is.null(weights)) seq_along(y) else which(weights > 0)
  weights <- with_class_weights(weights, settings$class_weights, y)
  mean_weight <- if (is.null(weights)) 1 else mean(weights[used])
  settings$mtry <- settings$mtry %||% max(1L, length(x) %/% 3L)
  settings$min_leaf <- settings$min_leaf %||% (least_leaf(length(used)) * mean_weight)
  settings$min_split <- settings$min_split %||% 0
  core <- .Call(ffi_forest_fit, x, y, weights, used, settings, run)
  names(core$importance) <- names(x)
  core$oob <- judge_oob(core$oob, used, y, weights)
  core
}

least_leaf <- function(n_rows) max(5, sqrt(n_rows) / 2)

# Weights times those of the classes, of the same mean
with_class_weights <- function(weights, class_weights, y) {
  if (is.null(class_weights)) return(weights)
  before <- weights %||% rep(1, length(y))
  after <- before * class_weights[y + 1L]
  after * (sum(before) / sum(after))
}

# What the model keeps of the out-of-bag log-odds of the rows used, NA where a row was in
# every bag
judge_oob <- function(link, used, y, weights) {
  known <- used[!is.na(link)]
  prob <- rep(NA_real_, length(y))
  prob[known] <- .Call(ffi_base_logistic, link[!is.na(link)])
  out <- list(prob = prob, rows = length(known), auc = NA_real_, brier = NA_real_,
              log_loss = NA_real_)
  if (!length(known)) return(out)
  judged <- list(prob = prob[known], y = y[known], weights = weights[known])
  losses <- .Call(ffi_rates_losses, judged$prob, judged$y, judged$weights)
  out$brier <- losses[["brier"]]
  out$log_loss <- losses[["log_loss"]]
  if (length(unique(judged$y)) == 2L) out$auc <- auc_estimate(judged, 0.95)$estimate
  out
}

#' @exportS3Method
predict_core.lcrisk_forest <- function(learner, core, x, run) {
  .Call(ffi_forest_score, x, core$bins, core$trees, run)
}

#' @exportS3Method
core_text.lcrisk_forest <- function(learner, core) {
  oob <- core$oob
  if (!oob$rows) return("  out of bag   no row: every tree drew all")
  sprintf("  out of bag   AUC %s, Brier %s (%s rows)", format_number(oob$auc, 4L),
          format_number(oob$brier, 4L), count_text(oob$rows))
}
