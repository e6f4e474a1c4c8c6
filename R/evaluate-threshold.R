#' Choose a cut-off on rows that do not judge it
#'
#' The probability from which an application counts as an event, and is declined: the
#' best by F1, Youden's index, cost or profit, or the one that reaches a wanted recall,
#' approval rate or bad rate. With an interval of the choice, and the band of cut-offs
#' that do about as well. Choose it on out-of-fold predictions of the training rows or on
#' a later slice, never on test rows: those would then no longer say how well it does.
#'
#' @param x What [lcrisk_cv()] returned: its out-of-fold predictions are used, each row
#'   by a model that had not seen it. Or an `lcrisk_model`, or a numeric vector of
#'   probabilities.
#' @param ... Nothing else: an unknown argument is an error.
#' @param data For a model: rows with the outcome that it was not trained on, or what
#'   [lcrisk_cv()] returned for the same learner.
#' @param truth The outcomes that go with the probabilities, as in [lcrisk_auc()]; for a
#'   model only when `data` has no column for them.
#' @param by The rule:
#'   * `"f1"`, `"f_beta"`: highest F measure, `f_beta` with `beta`;
#'   * `"youden"`: highest recall less false alarm rate;
#'   * `"recall"`: the highest cut-off whose recall is at least `target`;
#'   * `"approval"`: the lowest cut-off that approves at least the share `target`;
#'   * `"bad_rate"`: the highest cut-off whose approved rows have a share of events of at
#'     most `target`;
#'   * `"cost"`: lowest mean cost by `cost`;
#'   * `"profit"`: highest mean profit by `profit`.
#' @param target A share from 0 to 1, for `"recall"`, `"approval"` and `"bad_rate"`.
#' @param cost For `"cost"`: `c(miss = , alarm = )`, what an event approved and another
#'   row declined cost; also `hit` and `pass` (an event declined, another row approved),
#'   which are 0 unless given.
#' @param profit For `"profit"`: what approving each row earned (a number per row of the
#'   data, losses negative), or `c(good = , bad = )`: what a row earns without and with
#'   the event. Declined rows earn 0.
#' @param beta For `"f_beta"`: how much more recall counts than precision.
#' @param weights NULL, or one number of at least 0 per row.
#' @param event NULL, or the value of `truth` that is the event.
#' @param level Coverage of the intervals.
#' @param blocks NULL, or one value per row: the bootstrap then draws whole blocks, as in
#'   [lcrisk_metrics()].
#' @param resamples Bootstrap samples, 20 or more.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A number of class `lcrisk_threshold`, which every `cutoff =` argument takes.
#'   Attributes: `interval` (of the cut-off: quantiles of the cut-offs chosen in bootstrap
#'   samples), `band` (lowest and highest cut-off around it whose objective is within one
#'   standard error of the one chosen), `objective` (named: estimate, se, lower, upper;
#'   of the rows it was chosen on, therefore a little too good), `rates` (named: recall,
#'   precision, specificity, approval, bad_rate), `folds` (the choice in each fold of a
#'   cross-validation: data.table `fold`, `cutoff`; else NULL), `curve` (data.table
#'   `cutoff`, `objective`), `by`, `target`, `n`, `n_event`, `event` and `level`.
#'   `as.numeric()` drops them; `plot()` draws the curve with interval and band.
#' @details Candidates are the probabilities seen, and 1 for declining none; the event is
#'   predicted where `prob >= cutoff`. Between equally good cut-offs the highest is taken,
#'   which declines the fewest. A wide interval with a wide band is a flat objective: the
#'   cut-off is uncertain and it hardly matters. A wide interval with a narrow band says
#'   that the choice is not stable; choose by a smoother rule or on more rows.
#' @section Errors: `lcrisk_error_input`: `test_part`, `training_rows` and `other_learner`
#'   as in [lcrisk_calibrate()]; `no_cutoff` when none reaches the target; otherwise as in
#'   [lcrisk_metrics()].
#' @references Youden (1950), Index for rating diagnostic tests, *Cancer* 3. Elkan (2001),
#'   The foundations of cost-sensitive learning, *IJCAI*. Breiman, Friedman, Olshen and
#'   Stone (1984), *Classification and Regression Trees*, for the rule of one standard
#'   error.
#' @family metrics
#' @examples
#' set.seed(1)
#' prob <- plogis(rnorm(2000, -1.5))
#' truth <- runif(2000) < prob
#' lcrisk_threshold(prob, truth, by = "profit", profit = c(good = 0.2, bad = -0.5))
#' threshold <- lcrisk_threshold(prob, truth, by = "recall", target = 0.8)
#' lcrisk_metrics(truth, prob, cutoff = threshold)
#' plot(threshold)
#' @export
lcrisk_threshold <- function(x, ...) UseMethod("lcrisk_threshold")

#' @rdname lcrisk_threshold
#' @export
lcrisk_threshold.numeric <- function(x, truth, by = "f1", ..., target = NULL, cost = NULL,
                                     profit = NULL, beta = 1, weights = NULL,
                                     event = NULL, level = 0.95, blocks = NULL,
                                     resamples = 200L, threads = lcrisk_threads()) {
  check_call(...)
  level <- check_level(level)
  input <- metric_input(truth, x, event, weights, arg = "x")
  rule <- threshold_rule(by, target, cost, profit, beta, input, length(truth))
  draw <- check_blocks(blocks, input, length(truth)) %||% draw_plan("rows")
  choose_cutoff(input, rule, draw, check_count(resamples, 20L, 1e6), level,
                new_run(0, threads))
}

#' @rdname lcrisk_threshold
#' @export
lcrisk_threshold.lcrisk_resample <- function(x, by = "f1", ..., target = NULL,
                                             cost = NULL, profit = NULL, beta = 1,
                                             weights = NULL, level = 0.95, blocks = NULL,
                                             resamples = 200L,
                                             threads = lcrisk_threads()) {
  check_call(...)
  level <- check_level(level)
  run <- new_run(0, threads)
  resamples <- check_count(resamples, 20L, 1e6)
  of <- function(rows) {
    take <- function(values, arg) values_at(values, rows[["row"]], arg)
    weights <- take(weights, "weights")
    n <- nrow(rows)
    input <- metric_input(rows[["truth"]], rows[["prob"]], NULL, weights)
    list(
      input = input,
      rule = threshold_rule(by, target, cost, take(profit, "profit"), beta, input, n),
      draw = check_blocks(take(blocks, "blocks"), input, n) %||% draw_plan("rows")
    )
  }
  all <- of(one_per_row(x$predictions))
  found <- choose_cutoff(all$input, all$rule, all$draw, resamples, level, run)
  attr(found, "event") <- x$event
  attr(found, "folds") <- fold_cutoffs(x$predictions, of, run)
  found
}

#' @rdname lcrisk_threshold
#' @export
lcrisk_threshold.lcrisk_model <- function(x, data, by = "f1", ..., truth = NULL,
                                          target = NULL, cost = NULL, profit = NULL,
                                          beta = 1, weights = NULL, level = 0.95,
                                          blocks = NULL, resamples = 200L,
                                          threads = lcrisk_threads()) {
  check_call(...)
  check_model(x, "x")
  if (inherits(data, "lcrisk_resample")) {
    rows <- resample_rows(x, data, rlang::current_env())
    data$predictions <- data.table(
      row = one_per_row(data$predictions)[["row"]], fold = 1L, truth = rows$y,
      prob = .Call(ffi_base_logistic, rows$log_odds), cutoff = NA_real_
    )
    return(lcrisk_threshold(
      data, by, target = target, cost = cost, profit = profit, beta = beta,
      weights = weights, level = level, blocks = blocks, resamples = resamples,
      threads = threads
    ))
  }
  refuse_test_part(data, "data", rlang::current_env())
  y <- outcome_of(data, x$outcome, x$event, truth)
  refuse_training_rows(x, apply_blueprint(x$blueprint, data, "data"), y,
                       rlang::current_env())
  found <- lcrisk_threshold(
    stats::predict(x, data, threads = threads), y, by, target = target, cost = cost,
    profit = column_or_values(profit, data), beta = beta,
    weights = column_or_values(weights, data), level = level,
    blocks = column_or_values(blocks, data), resamples = resamples, threads = threads
  )
  attr(found, "event") <- x$event
  found
}

#' @rdname lcrisk_threshold
#' @export
lcrisk_threshold.default <- function(x, ...) {
  abort_argument("x", "a cross-validation, a model or probabilities",
                 if (missing(x)) NULL else x, rlang::current_env(),
                 cure = "`lcrisk_cv()` gives out-of-fold predictions to choose on.")
}

# Of values per row of the data given, those of some rows; constants and NULL as they are
values_at <- function(values, rows, arg, call = caller_env()) {
  if (is.null(values) || !is.null(names(values))) return(values)
  if (length(values) < max(rows)) {
    abort_argument(arg, "one value per row of the data", values, call)
  }
  values[rows]
}

fold_cutoffs <- function(predictions, of, run) {
  one <- function(rows) {
    if (length(unique(rows[["truth"]])) < 2L) return(NA_real_)
    part <- of(rows)
    at <- .Call(ffi_choose_cutoff, part$input, part$rule, draw_plan("rows"), 0L, run)
    whole_cutoff(at[1L])
  }
  fold <- unique(predictions[["fold"]])
  if (length(fold) < 2L) return(NULL)
  parts <- lapply(fold, function(i) predictions[predictions[["fold"]] == i])
  # blocks may be too few inside a fold; only the choice is wanted there
  data.table(fold = fold, cutoff = vapply(parts, one, 0))
}
