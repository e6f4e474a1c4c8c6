#' Compare learners on rows nothing was fitted on
#'
#' Trains several learners on the same rows and judges them on the same other rows: a
#' test set, or the folds left out in cross-validation. Lending Club's own grade, where
#' the data have it, is judged beside them, and each learner's area under the ROC curve is
#' tested against a reference by DeLong's paired test.
#'
#' @inheritParams lcrisk_cv
#' @param learners Names of learners (`c("logit", "boost")`), or a list of learners and
#'   names, whose names, if any, name the rows. Other packages' learners may stand among
#'   them, see [lcrisk_peer()]: `c("boost", "ranger")`.
#' @param test Rows to judge on, with the outcome; no row of `x`. NULL cross-validates.
#' @param folds Used when `test` is NULL, see [lcrisk_cv()].
#' @param reference What the tests compare with: the name of one of the learners, or a
#'   column of the data that ranks the loans (a factor in its order, text in the order
#'   of its bytes, or numbers). `sub_grade` is used when the data have it; otherwise the
#'   first learner is the default.
#' @param ... `data` when `x` is a formula, `y` when `x` holds features. Nothing else.
#' @param test_y The outcomes of `test`, when `x` came with `y`.
#' @param balance NULL, a specification such as [lcrisk_smote()], or a list of several:
#'   each learner is judged as it is and, on rows of its own, trained on rows balanced so.
#' @return A data.table of class `lcrisk_comparison`, one row per learner and one for the
#'   column in `reference`: `learner`, `balance` (`"none"` or the way), `auc` with
#'   `auc_lower` and `auc_upper`, `ks`, `brier`, `recall`, `precision`, `f1` (at the
#'   cut-off from the training rows), `calibration_slope`, `mean_prob` (mean
#'   probability, to hold against the share of events), `difference` (of the area, to the
#'   reference's) with `difference_lower` and `difference_upper`, `p_value` (two-sided,
#'   Holm-adjusted over the learners), `seconds` (training and predicting) and `memory`
#'   (megabytes that the process grew by at its peak meanwhile; NA where the system does
#'   not tell). [summary()][lcrisk_comparison] gives every metric with its interval.
#'   Attributes: `predictions` (a data.table: `row`, `truth`, one column per learner),
#'   `metrics` (all metrics of all rows, with intervals), `models` (with `test`), and what
#'   the header of `print()` says.
#' @details The column in `reference` becomes a probability by a logistic regression on
#'   its rank, fitted on the training rows; its area on a test set is therefore that of
#'   the ranks themselves. All learners get the same folds and the same seed, so a row
#'   does not depend on which others are compared. Holm's adjustment bounds the chance of
#'   any false difference. In cross-validation the test takes the out-of-fold
#'   predictions of each learner as one score.
#' @section Errors: as in [lcrisk_train()] and [lcrisk_cv()]; `lcrisk_error_input`
#'   (`test_in_training`) when rows of `test` are also in `x`: loans of the same number in
#'   frames, elsewhere rows of which every feature and the outcome are the same, when
#'   there are more of those than equal rows within `x` let expect. A learner that fails
#'   is reported with a warning and has a row without figures; it is an error when all
#'   fail.
#' @section Warnings: those of training; `lcrisk_warning_data` (`failed_learner`;
#'   `test_in_training` when a few rows of `test` equal rows of `x`).
#' @references Holm (1979), A simple sequentially rejective multiple test procedure,
#'   *Scandinavian Journal of Statistics* 6.
#' @inherit lcrisk_roc_test references
#' @family evaluating
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' learners <- list(bent = lcrisk_logit(), straight = lcrisk_logit(knots = 0))
#' lcrisk_compare(default ~ ., learners, data = data[1:200, ], test = data[201:300, ],
#'                seed = 1)
#' @export
lcrisk_compare <- function(x, learners = c("logit", "boost"), test = NULL, folds = 5,
                           reference = "sub_grade", ..., test_y = NULL, event = NULL,
                           weights = NULL, seed = NULL, threads = lcrisk_threads(),
                           progress = interactive(), cutoff = NULL, audit = TRUE,
                           infinite = "error", level = 0.95, balance = NULL,
                           calibrate = "auto") {
  check_call()
  check_data_named(x, learners, "learners")
  learners <- resolve_learners(learners)
  balances <- resolve_balances(balance)
  calibrate <- check_calibrate(calibrate)
  level <- check_level(level)
  task <- as_task(x, ..., event = event, weights = weights, audit = audit,
                  infinite = infinite)
  run <- new_run(seed, threads, progress, "Comparing")
  judged <- resolve_judged(test, test_y, folds, task, run)
  reference <- resolve_reference(reference, learners, task, test, missing(reference))
  contenders <- lapply(with_balances(learners, balances), function(one) {
    c(one, list(cutoff = cutoff, calibrate = calibrate, task = task, test = test))
  })
  if (!reference %in% names(learners)) {
    judged$benchmark <- reference
    contenders[[reference]] <- c(benchmark(reference, task, test), list(cutoff = cutoff))
  }
  done <- contend_all(contenders, judged, run, level)
  new_comparison(done, task, judged, reference, level)
}

# ---- who and on what -------------------------------------------------------------

# A named list of learners out of names, a list, or one learner
resolve_learners <- function(learners, call = caller_env()) {
  if (inherits(learners, "lcrisk_learner")) learners <- list(learners)
  if (!length(learners) || !(is.character(learners) || is.list(learners))) {
    abort_argument("learners", "names of learners or a list of learners", learners, call)
  }
  given <- names(learners) %||% rep("", length(learners))
  learners <- lapply(learners, resolve_learner, arg = "learners", call = call)
  kinds <- vapply(learners, `[[`, "", "kind")
  names(learners) <- make.unique(ifelse(nzchar(given), given, kinds), sep = " ")
  learners
}

# A named list of specifications out of one, its name, or a list of alternatives
resolve_balances <- function(balance, call = caller_env()) {
  if (is.null(balance)) return(list())
  one <- inherits(balance, "lcrisk_balance") || !is.list(balance)
  if (one) balance <- list(balance)
  given <- names(balance) %||% rep("", length(balance))
  balance <- lapply(balance, resolve_balance, call = call)
  balance <- Filter(length, balance)
  kinds <- vapply(balance, `[[`, "", "kind")
  names(balance) <- make.unique(ifelse(nzchar(given), given, kinds), sep = " ")
  balance
}

# Each learner as it is, then with each way to balance
with_balances <- function(learners, balances) {
  out <- list()
  for (name in names(learners)) {
    learner <- learners[[name]]
    out[[name]] <- list(learner = learner, way = "none")
    for (way in names(balances)) {
      out[[paste(name, "+", way)]] <- list(learner = learner, balance = balances[[way]],
                                           way = way)
    }
  }
  out
}

# A list with `folds`, or with the outcomes `y` of the test rows
resolve_judged <- function(test, test_y, folds, task, run, call = caller_env()) {
  if (is.null(test)) return(list(folds = resolve_folds(folds, task, run, call)))
  y <- outcome_of(test, task$outcome, task$event, test_y, call)
  check_apart(task, test, y, call)
  list(y = y)
}

# The name of a learner or of a column of the data
resolve_reference <- function(reference, learners, task, test, by_default,
                              call = caller_env()) {
  check_string(reference, "reference", call)
  if (reference %in% names(learners)) return(reference)
  in_test <- is.null(test) || reference %in% names(test)
  if (in_test && reference %in% names(task$frame)) return(reference)
  if (by_default) return(names(learners)[1L])
  lcrisk_abort(
    "schema", "missing_column",
    sprintf("`reference` is neither a learner (%s) nor a column of all the data: `%s`.",
            quoted(names(learners)), reference),
    arg = "reference", columns = reference, call = call
  )
}

# ---- contest ---------------------------------------------------------------------

contend_all <- function(contenders, judged, run, level, call = caller_env()) {
  done <- list()
  warnings <- list()
  for (name in names(contenders)) {
    if (!is.null(run$progress)) run$progress(length(done) / length(contenders))
    one <- gather_warnings(try_contend(contenders[[name]], judged, run, level))
    done[[name]] <- one$value
    warnings[[name]] <- one$warnings
  }
  failed <- Filter(function(one) !is.null(one$error), done)
  if (length(failed) == length(done)) stop_all_failed(failed, "learners", call)
  repeat_warnings(warnings, sprintf("`%s`", names(contenders)),
                  everyone = length(setdiff(names(contenders), judged$benchmark)))
  for (name in names(failed)) {
    lcrisk_warn("data", "failed_learner",
                sprintf("`%s` failed: %s", name, first_line(failed[[name]]$error)))
  }
  done
}

try_contend <- function(contender, judged, run, level) {
  start <- proc.time()[["elapsed"]]
  before <- reset_peak()
  run$progress <- NULL
  found <- tryCatch(
    if (is.null(judged$folds)) contend_test(contender, judged$y, run)
    else contend_cv(contender, judged$folds, run, level),
    lcrisk_error_cancelled = function(error) stop(error),
    error = function(error) list(error = error)
  )
  found$seconds <- proc.time()[["elapsed"]] - start
  found$memory <- peak_above(before)
  found$way <- contender$way %||% NA_character_
  if (is.null(found$error)) {
    found$metrics <- judge(found$predictions, level, attr(judged$folds, "scheme")$group)
  }
  found
}

contend_test <- function(contender, y, run) {
  model <- train_how(contender$task, contender, run)
  prob <- stats::predict(model, contender$test, threads = run$threads)
  list(
    model = model,
    predictions = data.table(row = seq_along(y), truth = y, prob = prob,
                             cutoff = model$cutoff)
  )
}

contend_cv <- function(contender, folds, run, level) {
  done <- cv_task(contender$task, contender, folds, run, level)
  list(predictions = one_per_row(done$predictions))
}

# ---- result ----------------------------------------------------------------------

new_comparison <- function(done, task, judged, reference, level) {
  rows <- lapply(done, comparison_row)
  out <- rbindlist(rows, idcol = "learner", fill = TRUE)
  tests <- rbindlist(lapply(names(done), function(name) {
    compare_with(done[[name]], done[[reference]], name == reference, level)
  }))
  tests[["p_value"]] <- stats::p.adjust(tests[["p_value"]], "holm")
  for (name in names(tests)) set(out, j = name, value = tests[[name]])
  set(out, j = "seconds", value = vapply(done, `[[`, 0, "seconds"))
  set(out, j = "memory", value = vapply(done, `[[`, 0, "memory"))

  ok <- Filter(function(one) is.null(one$error), done)
  truth <- ok[[1L]]$predictions[["truth"]]
  facts <- list(
    reference = reference, level = level, outcome = task$outcome, event = task$event,
    n_train = length(task$y), n_judged = length(truth), n_event = sum(truth),
    n_folds = length(judged$folds), predictions = wide_predictions(ok),
    metrics = rbindlist(lapply(ok, `[[`, "metrics"), idcol = "learner"),
    models = Filter(length, lapply(ok, `[[`, "model"))
  )
  for (name in names(facts)) setattr(out, name, facts[[name]])
  setattr(out, "class", c("lcrisk_comparison", class(out)))
  out[]
}

compared_metrics <- c(
  "auc", "ks", "brier", "recall", "precision", "f1", "calibration_slope"
)

comparison_row <- function(one) {
  at <- match(compared_metrics, one$metrics[["metric"]])
  value <- function(column) {
    if (is.null(one$metrics)) rep(NA_real_, length(at)) else one$metrics[[column]][at]
  }
  row <- stats::setNames(as.list(value("estimate")), compared_metrics)
  row <- append(row, list(auc_lower = value("lower")[1L], auc_upper = value("upper")[1L]),
                1L)
  prob <- one$predictions[["prob"]] %||% NA_real_
  c(list(balance = one$way), row, mean_prob = mean(prob))
}

# The paired test on the rows that both have
compare_with <- function(one, reference, same, level) {
  none <- list(difference = NA_real_, difference_lower = NA_real_,
               difference_upper = NA_real_, p_value = NA_real_)
  if (same || !is.null(one$error) || !is.null(reference$error)) return(none)
  mine <- one$predictions
  at <- match(mine[["row"]], reference$predictions[["row"]])
  mine <- mine[!is.na(at)]
  other <- reference$predictions[["prob"]][at[!is.na(at)]]
  if (length(unique(mine[["truth"]])) < 2L) return(none)
  test <- lcrisk_roc_test(mine[["truth"]], mine[["prob"]], other, level = level)
  list(difference = test[["difference"]], difference_lower = test[["lower"]],
       difference_upper = test[["upper"]], p_value = test[["p_value"]])
}

wide_predictions <- function(ok) {
  all <- rbindlist(lapply(ok, `[[`, "predictions"))
  first <- !duplicated(all[["row"]])
  out <- all[first, c("row", "truth")]
  setorderv(out, "row")
  for (name in names(ok)) {
    mine <- ok[[name]]$predictions
    set(out, j = name, value = mine[["prob"]][match(out[["row"]], mine[["row"]])])
  }
  out
}
