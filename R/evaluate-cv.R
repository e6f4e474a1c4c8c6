#' Cross-validate a learner
#'
#' Trains the learner once per fold on the other folds and judges it on the fold left
#' out. Everything that is learned from data (levels, ranges, cut-off, balancing, the
#' learner's own settings) is learned anew inside each fold, from its training rows only.
#'
#' @inheritParams lcrisk_train
#' @param folds A number of folds (stratified by outcome, drawn from `seed`), or what
#'   [lcrisk_folds()] returned: grouped, rolling or repeated folds.
#' @param ... `data` when `x` is a formula, `y` when `x` holds features; as in
#'   [lcrisk_train()]. Nothing else.
#' @param weights NULL or a number of at least 0 per row, used in training. Metrics count
#'   each row once.
#' @param level Coverage of the intervals, between 0 and 1.
#' @param share Let folds share fits where learner and folds allow it, see Details?
#'   `FALSE` trains each fold for itself, exactly as [lcrisk_train()] would.
#' @param metrics NULL, or a named list of your own metrics: functions of the outcomes
#'   (0/1) and the probabilities that give one number.
#' @return A list of class `lcrisk_resample`:
#'   * `metrics`: data.table with `fold` (a number, `"mean"` or `"pooled"`) and the
#'     columns of [lcrisk_metrics()];
#'   * `predictions`: data.table with `row` (of the data given), `fold`, `truth` (0/1),
#'     `prob` and `cutoff`, for every row in a test fold;
#'   * `folds`: data.table, one row per fold: `fold`, `n_train`, `n_test`,
#'     `fingerprint` of its model, `seconds`, `error` (NA when it worked);
#'   * `learner`, `balance`, `event`, `seed`, `level`.
#'
#'   `as.data.table()` gives `metrics`.
#' @details `"pooled"` takes all out-of-fold predictions as one set, each row once; in
#'   repeated folds a row's predictions are averaged first. Cut-offs are each fold's own,
#'   from its training rows. A pooled area ranks the scores of different models against
#'   each other and is a little lower than the areas within folds. `"mean"` is the mean of
#'   the folds' own metrics. Fold seeds derive from `seed`; the result is the same on any
#'   number of threads.
#'
#'   **Intervals.** Those of a fold and of `"pooled"` are those of [lcrisk_metrics()]; in
#'   grouped folds whole groups are resampled, when there are at least 5, because rows of
#'   a group share their luck. Those of `"mean"` depend on the folds:
#'   * *each row tested once*: the folds' errors within them add up,
#'     \eqn{se^2 = \sum_v se_v^2 / V^2}. For the area with DeLong's errors that is the
#'     influence-curve interval of LeDell et al. (2015), for means over rows such as the
#'     Brier score that of Bayle et al. (2020); the other metrics are smooth functions of
#'     such means. It speaks of the average of these models, not of what other training
#'     rows would have given;
#'   * *repeated*: folds share test rows as well as training rows. The corrected resampled
#'     t of Nadeau and Bengio (2003): \eqn{se^2 = (1/J + n_{test}/n_{train}) s^2} for J
#'     folds with standard deviation s, Student's t on J - 1 degrees of freedom;
#'   * *rolling*: vintages differ by more than chance. Student's t on the periods'
#'     metrics, \eqn{se^2 = s^2 / V}.
#'
#'   **Shared fits.** [lcrisk_boost()] leaves inner folds out, one for each of the fits
#'   that it averages, so five folds of it would be 25 fits. A fit that leaves out two of
#'   the outer folds can serve both: the ensemble that judges fold i has as members fits
#'   without fold i and fold j, stopped on fold j, and the same fit, cut where fold i
#'   stops it, is a member of the ensemble that judges fold j. No row of a fold has a
#'   part in what judges it: neither in trees nor in their number, nor in the cuts of the
#'   bins, which each fit learns from its own rows. Each ensemble has `min(folds of the
#'   learner, k - 1)` members (one more where `k` and that number are odd), for k folds;
#'   with k - 1 inner folds it is the learner as it stands, but for the fits' seeds and
#'   that the outer folds deal the inner ones. Its fits learn from k - 2 of k folds: with
#'   k = 5 from 60 % of the rows, where folds trained for themselves have 64 % and the
#'   final model 80 %; with k = 10 from 80 %. Five folds cost about two fits instead of
#'   4, and the areas under the ROC curve agree (`bench/results/cv.md` in the sources).
#'   Folds are shared when there are five or more that each judge rows of both outcomes
#'   and learn from all others, when the learner's `folds` are from 2 to their number,
#'   nothing is balanced and no time limit is set. Which text columns are identifiers is
#'   then decided once, from all rows without their outcomes; `seconds` is an equal part
#'   for each fold.
#'
#'   A fold that fails is reported with a warning and in `folds`, the others are kept; it
#'   is an error when all fail. A fold whose test rows have one class has no metrics of
#'   its own.
#' @section Errors: as in [lcrisk_train()]; `lcrisk_error_input` for folds that do not
#'   fit the data, and (`bad_metric`) when one of `metrics` fails or gives anything but
#'   one finite number: it names the metric and the fold, and its field `finished` has the
#'   result without that metric. `lcrisk_error_cancelled` when interrupted, with the
#'   finished predictions in its field `finished`.
#' @section Warnings: those of training, once each, naming the folds when not all.
#' @references Bayle, Bayle, Janson and Mackey (2020), Cross-validation confidence
#'   intervals for test error, *NeurIPS*. Kohavi (1995), A study of cross-validation and
#'   bootstrap for accuracy estimation and model selection, *IJCAI*. LeDell, Petersen and
#'   van der Laan (2015), Computationally efficient confidence intervals for
#'   cross-validated area under the ROC curve estimates, *Electronic Journal of
#'   Statistics* 9. Nadeau and Bengio (2003), Inference for the generalization error,
#'   *Machine Learning* 52.
#' @family learning
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' cv <- lcrisk_cv(default ~ income, "logit", folds = 3, data = data, seed = 1)
#' cv
#' data.table::as.data.table(cv)[metric == "auc"]
#' @export
lcrisk_cv <- function(x, learner = "boost", folds = 5, ..., event = NULL, weights = NULL,
                      seed = NULL, threads = lcrisk_threads(), progress = interactive(),
                      cutoff = NULL, audit = TRUE, infinite = "error", level = 0.95,
                      balance = NULL, calibrate = "auto", share = TRUE,
                      metrics = NULL) {
  check_call()
  check_data_named(x, learner, "learner")
  learner <- resolve_learner(learner)
  balance <- resolve_balance(balance)
  calibrate <- check_calibrate(calibrate)
  level <- check_level(level)
  if (!is.null(cutoff)) cutoff <- check_number(cutoff, 0, 1)
  check_flag(share)
  metrics <- check_own_metrics(metrics)
  task <- as_task(x, ..., event = event, weights = weights, audit = audit,
                  infinite = infinite)
  run <- new_run(seed, threads, progress, paste("Cross-validating", learner$kind))
  folds <- resolve_folds(folds, task, run)
  how <- list(learner = learner, cutoff = cutoff, balance = balance,
              calibrate = calibrate, share = share, metrics = metrics)
  cv_task(task, how, folds, run, level)
}

# After a formula the next argument is the learner here, not the data as in lcrisk_train()
check_data_named <- function(x, second, arg, call = caller_env()) {
  if (!inherits(x, "formula") || !is.data.frame(second)) return(invisible())
  abort_argument(arg, "a learner or the name of one", second, call,
                 cure = "Name the data: `data =`.")
}

# Cross-validation of a task on given folds; lcrisk_compare() calls it per learner. `how`
# is what train_task() needs beside the rows: learner, cutoff, balance, calibrate; share
# FALSE trains every fold for itself; `metrics` of the user's own, if any.
cv_task <- function(task, how, folds, run, level, call = caller_env()) {
  tried <- share_fits(task, how, folds, run, call)
  if (is.null(tried)) tried <- try_folds(task, how, folds, run, call)
  done <- tried$done
  failed <- Filter(function(fold) !is.null(fold$error), done)
  if (length(failed) == length(done)) stop_all_failed(failed, "folds", call)
  repeat_warnings(tried$warnings, sprintf("Fold %d", seq_along(folds)))
  if (length(failed)) warn_failed_folds(failed, length(folds))
  new_resample(task, how, done, attr(folds, "scheme"), run$seed, level, call)
}

# What came of each fold, and the warnings of each
try_folds <- function(task, how, folds, run, call) {
  done <- vector("list", length(folds))
  warnings <- vector("list", length(folds))
  for (i in seq_along(folds)) {
    if (!is.null(run$progress)) run$progress((i - 1) / length(folds))
    one <- gather_warnings(try_fold(task, how, folds[[i]], i, run))
    done[[i]] <- one$value
    warnings[[i]] <- one$warnings
    if (inherits(done[[i]]$error, "lcrisk_error_cancelled")) stop_cancelled(done, i, call)
  }
  list(done = done, warnings = warnings)
}

# One fold: what came of it, or the error instead
try_fold <- function(task, how, fold, i, run) {
  about <- list(fold = i, n_train = length(fold$train), n_test = length(fold$test))
  start <- proc.time()[["elapsed"]]
  found <- tryCatch(
    fit_fold(task, how, fold, fold_run(run, i)),
    error = function(error) list(error = error),
    interrupt = function(cnd) list(error = cancelled_condition())
  )
  about$seconds <- proc.time()[["elapsed"]] - start
  c(about, found)
}

fit_fold <- function(task, how, fold, run) {
  model <- train_how(subset_task(task, fold$train), how, run)
  prob <- stats::predict(model, task$columns[fold$test], threads = run$threads)
  list(
    fingerprint = model$fingerprint,
    predictions = data.table(
      row = task$row[fold$test], fold = NA_integer_, truth = task$y[fold$test],
      prob = prob, cutoff = model$cutoff
    )
  )
}

# `how$choose`, where it is given, chooses the learner from these rows: a nested search
train_how <- function(task, how, run) {
  if (!is.null(how$choose)) how$learner <- how$choose(task, run)
  train_task(task, how$learner, run, how$cutoff, how$balance, how$calibrate %||% "auto")
}

# Seeds of the folds: far apart, from the one seed, whatever the order of work
fold_run <- function(run, i) {
  list(threads = run$threads, seed = (run$seed + i * 2654435761) %% 2^53, progress = NULL)
}

# ---- folds ---------------------------------------------------------------------

# A list of list(train =, test =) of row numbers of the task. The attribute `scheme` says
# how rows were dealt: `type`, `repeats`, and `group`, by row of the data given.
resolve_folds <- function(folds, task, run, call = caller_env()) {
  if (is.list(folds)) return(check_folds(folds, task, call))
  folds <- check_count(folds, 2L, length(task$y), "folds", call)
  pairs <- stratified_folds(task$y, folds, run, call = call)
  with_scheme(lapply(pairs, identity), list(type = "stratified"))
}

with_scheme <- function(pairs, about) {
  tested <- unlist(lapply(pairs, `[[`, "test"), use.names = FALSE)
  repeated <- anyDuplicated(tested) > 0L
  attr(pairs, "scheme") <- list(
    type = if (repeated) "repeated" else about[["type"]] %||% "given",
    group = about[["group"]]
  )
  pairs
}

check_folds <- function(folds, task, call) {
  n <- task$n_given
  ok <- length(folds) >= 1L && identical(attr(folds, "n", exact = TRUE) %||% n, n) &&
    all(vapply(folds, is_fold, NA, n = n))
  if (!ok) {
    lcrisk_abort(
      "input", "bad_folds", sprintf("`folds` do not fit data of %d rows.", n),
      cure = "Make them with lcrisk_folds() from the same data.", arg = "folds",
      call = call
    )
  }
  about <- attributes(folds)
  if (identical(task$row, seq_len(n))) {
    return(with_scheme(lapply(folds, `[`, c("train", "test")), about))
  }
  # rows of weight 0 are not there
  place <- match(seq_len(n), task$row)
  known <- function(rows) {
    at <- place[rows]
    at[!is.na(at)]
  }
  with_scheme(lapply(folds, function(fold) lapply(fold[c("train", "test")], known)),
              about)
}

is_fold <- function(fold, n) {
  is_rows <- function(rows) {
    is.numeric(rows) && length(rows) > 0L && !anyNA(rows) && all(rows >= 1 & rows <= n) &&
      !anyDuplicated(rows)
  }
  is.list(fold) && is_rows(fold$train) && is_rows(fold$test) &&
    !any(fold$test %in% fold$train)
}

# ---- conditions ------------------------------------------------------------------

# The value of `expression` and the warnings of ours that it raised
gather_warnings <- function(expression) {
  warnings <- list()
  value <- withCallingHandlers(expression, lcrisk_warning = function(w) {
    warnings[[length(warnings) + 1L]] <<- w
    invokeRestart("muffleWarning")
  })
  list(value = value, warnings = warnings)
}

# Raises each warning once, saying which of the `parts` it came from when not from
# everyone; `warnings` has a list of them per part
repeat_warnings <- function(warnings, parts, everyone = length(parts)) {
  part <- rep(parts, lengths(warnings))
  warnings <- unlist(warnings, recursive = FALSE)
  text <- vapply(warnings, first_line, "")
  for (one in unique(text)) {
    warning <- warnings[[match(one, text)]]
    from <- unique(part[text == one])
    all <- length(from) >= everyone
    kind <- sub("lcrisk_warning_", "", class(warning)[1L], fixed = TRUE)
    lcrisk_warn(kind, warning$code,
                if (all) one else sprintf("%s: %s", paste(from, collapse = ", "), one),
                cure = warning$cure, columns = warning$columns)
  }
}

first_line <- function(condition) sub("\n.*", "", conditionMessage(condition))

warn_failed_folds <- function(failed, n_folds) {
  lcrisk_warn(
    "data", "failed_fold",
    sprintf("%d of %d folds failed; the first: %s", length(failed), n_folds,
            first_line(failed[[1L]]$error)),
    cure = "The metrics are of the other folds.",
    folds = vapply(failed, `[[`, 0L, "fold")
  )
}

stop_all_failed <- function(failed, what, call) {
  error <- failed[[1L]]$error
  ours <- grep("^lcrisk_error_", class(error), value = TRUE)
  lcrisk_abort(
    if (length(ours)) sub("lcrisk_error_", "", ours[1L], fixed = TRUE) else "input",
    "all_failed",
    sprintf("All %d %s failed; the first: %s", length(failed), what, first_line(error)),
    parent = error, call = call
  )
}

cancelled_condition <- function() {
  structure(
    class = c("lcrisk_error_cancelled", "lcrisk_error", "error", "condition"),
    list(message = "interrupted", call = NULL)
  )
}

stop_cancelled <- function(done, at, call) {
  finished <- lapply(done[seq_len(at - 1L)], `[[`, "predictions")
  lcrisk_abort(
    "cancelled", "interrupted",
    sprintf("Interrupted in fold %d of %d.", at, length(done)),
    finished = rbindlist(finished), call = call
  )
}
