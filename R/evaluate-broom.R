# The verbs of broom and the column names of tidymodels, for those who have them: the
# generics are those of the package generics, which is only suggested.

#' Models and metrics for broom, yardstick and tidymodels
#'
#' `glance()`, `augment()` and `tidy()` of the package generics (broom re-exports them),
#' with the names that tidymodels uses, so that results go straight into
#' yardstick, dplyr and ggplot2. None of these packages needs to be installed.
#'
#' @param x An `lcrisk_model` made by [lcrisk_train()], or what [lcrisk_metrics()] or
#'   [lcrisk_evaluate()] returned.
#' @param data,newdata For `augment()`, the rows to score; either name will do.
#' @param ... Nothing else: an unknown argument is an error.
#' @return `glance()` of a model: a data frame of one row with `learner`, `nobs`,
#'   `n_event`, `n_features`, `base_rate`, `cutoff`, `seed`, `fingerprint` (of a logistic
#'   regression see [`glance()`][lcrisk_logit_model]).
#'
#'   `augment()`: the rows as a data.table with `.pred_class`, a factor with the levels of
#'   the outcome at the model's cut-off, and a probability for each level, such as
#'   `.pred_0` and `.pred_1`.
#'
#'   `tidy()` of metrics: a data frame with `.metric`, `.estimator` (`"binary"`),
#'   `.estimate`, `std.error`, `conf.low`, `conf.high`. Metrics that yardstick has under
#'   another name get that: `roc_auc` for `auc`, `brier_class`, `mn_log_loss`, `f_meas`,
#'   `bal_accuracy`.
#' @details In yardstick the event is the first level; it is the second here, as in
#'   [glm()], so pass `event_level = "second"`:
#'
#'   `yardstick::roc_auc(augment(model, test), default, .pred_1, event_level = "second")`
#'   (with `default` as a factor).
#'
#'   DALEX: `DALEX::explain(model, data = test, y = test$default, predict_function =
#'   predict)`, since `predict()` gives the probabilities of the event. shapviz, with
#'   `shap <- lcrisk_shap(model, test)`: `shapviz::shapviz(shap$contributions, X =
#'   as.data.frame(shap$values), baseline = shap$base)`.
#'
#'   In a tune-and-fit loop of one's own, [lcrisk_train()] takes the place of parsnip's
#'   `fit()` and `augment()` that of its `augment()`: the columns are the same.
#' @section Errors: `lcrisk_error_input` (`missing_argument`) when `augment()` gets no
#'   rows; errors of `predict()`.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- as.integer(runif(300) < plogis(2 - 0.06 * data$income))
#' model <- lcrisk_train(default ~ income, data, learner = "boost", seed = 1)
#' if (requireNamespace("generics", quietly = TRUE)) {
#'   print(generics::glance(model))
#'   print(head(generics::augment(model, data), 3))
#'   print(head(generics::tidy(lcrisk_evaluate(model, data)), 3))
#' }
#' @name lcrisk_broom
NULL

#' @rdname lcrisk_broom
#' @exportS3Method generics::glance
glance.lcrisk_model <- function(x, ...) {
  check_dots_empty(...)
  check_model(x, "x")
  data.frame(
    learner = x$learner$kind, nobs = x$n, n_event = x$n_event,
    n_features = length(x$blueprint$features), base_rate = x$base_rate,
    cutoff = x$cutoff, seed = x$seed, fingerprint = x$fingerprint
  )
}

#' @rdname lcrisk_broom
#' @exportS3Method generics::augment
augment.lcrisk_model <- function(x, data = newdata, newdata = NULL, ...) {
  check_dots_empty(...)
  check_model(x, "x")
  if (is.null(data)) {
    lcrisk_abort("input", "missing_argument", "There are no rows to score.",
                 cure = "Call `augment(model, data)`: a model keeps no training rows.",
                 arg = "data")
  }
  data <- check_data(data, min_rows = 0L)
  prob <- stats::predict(x, data)
  is_event <- x$levels == x$event
  added <- list(factor(x$levels[fifelse(prob >= x$cutoff, which(is_event),
                                        which(!is_event))], levels = x$levels))
  probs <- lapply(is_event, function(event) if (event) prob else 1 - prob)
  names(added) <- ".pred_class"
  names(probs) <- paste0(".pred_", x$levels)
  plain <- as.list(data)
  setDT(c(plain[setdiff(names(plain), c(".pred_class", names(probs)))], added, probs))[]
}

#' @rdname lcrisk_broom
#' @exportS3Method generics::tidy
tidy.lcrisk_metrics <- function(x, ...) {
  check_dots_empty(...)
  name <- x[["metric"]]
  theirs <- yardstick_names[name]
  data.frame(
    .metric = unname(fifelse(is.na(theirs), name, theirs)), .estimator = "binary",
    .estimate = x[["estimate"]], std.error = x[["se"]], conf.low = x[["lower"]],
    conf.high = x[["upper"]]
  )
}

# Where yardstick measures the same under another name. Its `pr_auc` interpolates; the
# average precision there is `average_precision`.
yardstick_names <- c(
  auc = "roc_auc", gini = "gain_capture", pr_auc = "average_precision",
  brier = "brier_class", log_loss = "mn_log_loss", f1 = "f_meas",
  balanced_accuracy = "bal_accuracy"
)
