# Cross-validation in which folds share fits. A learner that stops early on inner folds
# fits once for every pair of an outer and an inner fold. A fit that leaves out two outer
# folds can serve both: for either of them it is an inner fit that stopped on the other,
# and no row of the fold that is judged took part (src/core/tree/cross.h).
#
# A learner that can do so has a method of cross_core(), which gives
#
#   link         out-of-fold log-odds of each row
#   fingerprint  of what predicted each fold
#
# or NULL when its settings do not go with these folds. `fold` is the fold of each row, 1
# to their number; `x`, `y`, `weights` and `run` are as for fit_core(), of all rows.
cross_core <- function(learner, x, y, weights, fold, run) UseMethod("cross_core")

#' @exportS3Method
cross_core.default <- function(learner, x, y, weights, fold, run) NULL

# Ensembles of fewer fits, or of much smaller ones than lcrisk_train() makes, would judge
# another learner. Each fold has to stop fits, so both outcomes must be in it.
LEAST_SHARING <- 5L

#' @exportS3Method
cross_core.lcrisk_boost <- function(learner, x, y, weights, fold, run) {
  params <- learner$params
  n_folds <- max(fold)
  enough <- params$folds >= 2L && params$folds <= n_folds && n_folds >= LEAST_SHARING
  timed <- params$seconds < Inf || params$on_interrupt == "keep"
  counts <- table(factor(fold, seq_len(n_folds)), factor(y, 0:1))
  if (!enough || timed || any(counts == 0L)) return(NULL)
  check_weight_scale(weights)
  learned <- seq_len(round(length(y) * (1 - 1 / n_folds)))
  .Call(ffi_boost_cross, x, y, weights, seq_along(y), fold,
        core_settings(learner, x, learned), run)
}

# What try_fold() gives, for all folds, and the warnings of each; NULL when they cannot
# share fits. An error in the data is left to the folds, each of which has its own.
share_fits <- function(task, how, folds, run, call) {
  rounds <- if (isFALSE(how$share) || length(how$balance)) NULL else
    fold_rounds(folds, length(task$y))
  if (is.null(rounds)) return(NULL)
  tryCatch(
    share_rounds(task, how, folds, rounds, run),
    lcrisk_error_cancelled = function(error) stop_none_finished(length(folds), call),
    interrupt = function(cnd) stop_none_finished(length(folds), call),
    lcrisk_error_input = function(error) NULL,
    lcrisk_error_schema = function(error) NULL
  )
}

# The folds in rounds: of one round each row is judged once, by what learned from all
# others. A list of vectors of fold numbers, NULL for other folds.
fold_rounds <- function(folds, n) {
  n_test <- lengths(lapply(folds, `[[`, "test"))
  n_train <- lengths(lapply(folds, `[[`, "train"))
  if (any(n_train + n_test != n)) return(NULL)
  rounds <- unname(split(seq_along(folds), ceiling(cumsum(n_test) / n)))
  whole <- vapply(rounds, function(at) {
    judged <- unlist(lapply(folds[at], `[[`, "test"))
    length(judged) == n && !anyDuplicated(judged)
  }, NA)
  if (all(whole)) rounds
}

share_rounds <- function(task, how, folds, rounds, run) {
  check_learner_features(how$learner, names(task$columns))
  start <- proc.time()[["elapsed"]]
  common <- gather_warnings({
    learned <- learn_blueprint(task$columns, task$infinite, task$arg)
    warn_perfect(learned$x, task$y)
  })$warnings
  done <- warnings <- vector("list", length(folds))
  for (r in seq_along(rounds)) {
    at <- rounds[[r]]
    fold <- integer(length(task$y))
    for (k in seq_along(at)) fold[folds[[at[k]]]$test] <- k
    found <- cross_core(how$learner, learned$x, task$y, task$weights, fold,
                        round_run(run, at[1L], r, length(rounds)))
    if (is.null(found)) return(NULL)
    for (k in seq_along(at)) {
      one <- gather_warnings(shared_fold(task, how, folds[[at[k]]], at[k], found, k))
      done[[at[k]]] <- one$value
      own <- gather_warnings(warn_fold(task, learned$x, folds[[at[k]]]))$warnings
      warnings[[at[k]]] <- c(common, one$warnings, own)
    }
  }
  seconds <- (proc.time()[["elapsed"]] - start) / length(folds)
  list(done = lapply(done, c, list(seconds = seconds)), warnings = warnings)
}

# Progress of a round is its part of all
round_run <- function(run, first, round, n_rounds) {
  out <- fold_run(run, first)
  if (!is.null(run$progress)) {
    out$progress <- function(done) run$progress((round - 1 + done) / n_rounds)
  }
  out
}

shared_fold <- function(task, how, fold, number, found, k) {
  cutoff <- how$cutoff %||% event_share(task$y[fold$train], task$weights[fold$train])
  list(
    fold = number, n_train = length(fold$train), n_test = length(fold$test),
    fingerprint = found$fingerprint[k],
    predictions = data.table(
      row = task$row[fold$test], fold = NA_integer_, truth = task$y[fold$test],
      prob = .Call(ffi_base_logistic, found$link[fold$test]), cutoff = cutoff
    )
  )
}

# What training on a fold's rows and predicting the others would warn of
warn_fold <- function(task, x, fold) {
  warn_rare_class(list(y = task$y[fold$train]))
  unseen <- lapply(Filter(is.factor, x), function(column) {
    known <- tabulate(column[fold$train], nlevels(column)) > 0L
    asked <- tabulate(column[fold$test], nlevels(column)) > 0L
    structure(0L, unseen = levels(column)[asked & !known])
  })
  warn_unseen(unseen, "newdata")
}

stop_none_finished <- function(n_folds, call) {
  lcrisk_abort(
    "cancelled", "interrupted",
    sprintf("Interrupted before any of %d folds was finished.", n_folds),
    finished = data.table(row = integer(), fold = integer(), truth = integer(),
                          prob = double(), cutoff = double()),
    call = call
  )
}
