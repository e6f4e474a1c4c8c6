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
#' @return A list of class `lcrisk_resample`:
#'   * `metrics`: data.table with `fold` (a number, or `"pooled"`) and the columns of
#'     [lcrisk_metrics()];
#'   * `predictions`: data.table with `row` (of the data given), `fold`, `truth` (0/1),
#'     `prob` and `cutoff`, for every row in a test fold;
#'   * `folds`: data.table, one row per fold: `fold`, `n_train`, `n_test`,
#'     `fingerprint` of its model, `seconds`, `error` (NA when it worked);
#'   * `learner`, `balance`, `event`, `seed`, `level`.
#'
#'   `as.data.table()` gives `metrics`.
#' @details Pooled metrics take all out-of-fold predictions as one set, each row once;
#'   in repeated folds a row's predictions are averaged first. Cut-offs are each fold's
#'   own, from its training rows. A pooled area ranks the scores of different models
#'   against each other and is a little lower than the areas within folds, which `metrics`
#'   has too. Fold seeds derive from `seed`; the result is the same on any number of
#'   threads.
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
#'   final model 80 %; with k = 10 from 80 %. Five folds cost about 1.5 fits instead of
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
#'   fit the data. `lcrisk_error_cancelled` when interrupted, with the finished
#'   predictions in its field `finished`.
#' @section Warnings: those of training, once each, naming the folds when not all.
#' @references Kohavi (1995), A study of cross-validation and bootstrap for accuracy
#'   estimation and model selection, *IJCAI*.
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
                      balance = NULL, calibrate = "auto", share = TRUE) {
  check_call()
  check_data_named(x, learner, "learner")
  learner <- resolve_learner(learner)
  balance <- resolve_balance(balance)
  calibrate <- check_calibrate(calibrate)
  level <- check_level(level)
  if (!is.null(cutoff)) cutoff <- check_number(cutoff, 0, 1)
  check_flag(share)
  task <- as_task(x, ..., event = event, weights = weights, audit = audit,
                  infinite = infinite)
  run <- new_run(seed, threads, progress, paste("Cross-validating", learner$kind))
  folds <- resolve_folds(folds, task, run)
  how <- list(learner = learner, cutoff = cutoff, balance = balance,
              calibrate = calibrate, share = share)
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
# FALSE trains every fold for itself.
cv_task <- function(task, how, folds, run, level, call = caller_env()) {
  tried <- share_fits(task, how, folds, run, call)
  if (is.null(tried)) tried <- try_folds(task, how, folds, run, call)
  done <- tried$done
  failed <- Filter(function(fold) !is.null(fold$error), done)
  if (length(failed) == length(done)) stop_all_failed(failed, "folds", call)
  repeat_warnings(tried$warnings, sprintf("Fold %d", seq_along(folds)))
  if (length(failed)) warn_failed_folds(failed, length(folds))
  new_resample(task, how, done, run$seed, level)
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

train_how <- function(task, how, run) {
  train_task(task, how$learner, run, how$cutoff, how$balance, how$calibrate %||% "auto")
}

# Seeds of the folds: far apart, from the one seed, whatever the order of work
fold_run <- function(run, i) {
  list(threads = run$threads, seed = (run$seed + i * 2654435761) %% 2^53, progress = NULL)
}

# ---- folds ---------------------------------------------------------------------

# A list of list(train =, test =) of row numbers of the task
resolve_folds <- function(folds, task, run, call = caller_env()) {
  if (is.list(folds)) return(check_folds(folds, task, call))
  folds <- check_count(folds, 2L, length(task$y), "folds", call)
  stratified_folds(task$y, folds, run, call = call)
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
  if (identical(task$row, seq_len(n))) return(lapply(folds, `[`, c("train", "test")))
  # rows of weight 0 are not there
  place <- match(seq_len(n), task$row)
  known <- function(rows) {
    at <- place[rows]
    at[!is.na(at)]
  }
  lapply(folds, function(fold) lapply(fold[c("train", "test")], known))
}

is_fold <- function(fold, n) {
  is_rows <- function(rows) {
    is.numeric(rows) && length(rows) > 0L && !anyNA(rows) && all(rows >= 1 & rows <= n) &&
      !anyDuplicated(rows)
  }
  is.list(fold) && is_rows(fold$train) && is_rows(fold$test) &&
    !any(fold$test %in% fold$train)
}

# ---- results -------------------------------------------------------------------

new_resample <- function(task, how, done, seed, level) {
  ok <- Filter(function(fold) is.null(fold$error), done)
  for (fold in ok) set(fold$predictions, j = "fold", value = fold$fold)
  predictions <- rbindlist(lapply(ok, `[[`, "predictions"))
  # what is odd in a fold is odd in all rows together, which say it once
  per_fold <- lapply(ok, function(fold) {
    gather_warnings(judge(fold$predictions, level))$value
  })
  names(per_fold) <- vapply(ok, function(fold) as.character(fold$fold), "")
  metrics <- c(per_fold, list(pooled = judge(one_per_row(predictions), level)))
  about <- lapply(done, function(fold) {
    list(fold = fold$fold, n_train = fold$n_train, n_test = fold$n_test,
         fingerprint = fold$fingerprint %||% NA_character_, seconds = fold$seconds,
         error = if (is.null(fold$error)) NA_character_ else first_line(fold$error))
  })
  structure(
    list(
      metrics = rbindlist(Filter(length, metrics), idcol = "fold"),
      predictions = predictions, folds = rbindlist(about), learner = how$learner,
      balance = how$balance,
      event = task$event, outcome = task$outcome, seed = seed, level = level
    ),
    class = "lcrisk_resample"
  )
}

# Metrics of predictions with a cut-off per row, NULL where the rows have one class
judge <- function(predictions, level) {
  truth <- predictions[["truth"]]
  prob <- predictions[["prob"]]
  cutoff <- predictions[["cutoff"]]
  if (length(unique(truth)) < 2L) return(NULL)
  metrics <- as.data.table(lcrisk_metrics(truth, prob, cutoff[1L], level = level))
  if (all(cutoff == cutoff[1L])) return(metrics)
  said <- metric_input(truth, as.double(prob >= cutoff), NULL)
  at_cutoff <- cutoff_metrics(said, 0.5, level, beta = 2)
  set(metrics, match(names(at_cutoff), metrics[["metric"]]), names(at_cutoff[[1L]]),
      rbindlist(at_cutoff))
}

# Repeated folds predict a row several times: the mean counts
one_per_row <- function(predictions) {
  if (!anyDuplicated(predictions[["row"]])) return(predictions)
  row <- factor(predictions[["row"]])
  mean_of <- function(name) as.vector(tapply(predictions[[name]], row, mean))
  data.table(
    row = as.integer(levels(row)), truth = as.integer(mean_of("truth")),
    prob = mean_of("prob"), cutoff = mean_of("cutoff")
  )
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

# ---- methods -------------------------------------------------------------------

#' Print a cross-validation
#'
#' @param x What [lcrisk_cv()] returned.
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: `x`, invisibly.
#'   `as.data.table()`: the metrics, one row per fold and metric.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' lcrisk_cv(default ~ income, "logit", folds = 2, data = data, seed = 1)
#' @name lcrisk_resample
#' @keywords internal
NULL

#' @rdname lcrisk_resample
#' @export
format.lcrisk_resample <- function(x, ...) {
  metrics <- x$metrics
  shown <- c("auc", "ks", "brier", "recall", "precision", "f1")
  pooled <- metrics[metrics[["fold"]] == "pooled"]
  folds <- metrics[metrics[["fold"]] != "pooled"]
  line <- function(name) {
    row <- pooled[pooled[["metric"]] == name]
    each <- folds[["estimate"]][folds[["metric"]] == name]
    spread <- if (length(each)) sprintf("%.3f to %.3f", min(each), max(each)) else ""
    sprintf("  %-10s %.4f (%.4f, %.4f)   %s", name, row[["estimate"]], row[["lower"]],
            row[["upper"]], spread)
  }
  n_failed <- sum(!is.na(x$folds[["error"]]))
  c(
    sprintf("<lcrisk_resample> %s: %d folds, %s predictions, %s%s",
            paste(c(x$learner$kind, x$balance$kind), collapse = " + "), nrow(x$folds),
            count_text(nrow(x$predictions)),
            event_text(x$outcome, x$event),
            if (n_failed) sprintf(", %s failed", count_of(n_failed, "fold")) else ""),
    sprintf("  %-10s pooled (%g %% interval)     folds", "", 100 * x$level),
    vapply(shown, line, "", USE.NAMES = FALSE),
    "Next: as.data.table() for all metrics, $predictions, lcrisk_compare()."
  )
}

#' @rdname lcrisk_resample
#' @export
print.lcrisk_resample <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_resample
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_resample <- function(x, keep.rownames = FALSE, ...) {
  copy(x$metrics)
}
