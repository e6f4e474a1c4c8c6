#' Train a model
#'
#' Learns the probability of an event, such as default, from rows whose outcome is
#' known. Everything that is learned (levels, ranges, coefficients, trees) is learned
#' here, from these rows only.
#'
#' @param x What to learn from, in one of three ways:
#'   * an `lcrisk_frame` from [lcrisk_features()]: its columns of role `feature`
#'     explain its outcome;
#'   * a formula `outcome ~ .`, `outcome ~ a + b` or `outcome ~ . - a` about the
#'     columns of `data`. Only names, `+` and `-`: nothing is computed;
#'   * a data frame or matrix of features, with the outcome in `y`.
#' @param data Data frame in which the formula's names are columns. In a frame, `.`
#'   stands for its features, elsewhere for all columns but the outcome.
#' @param y The outcome of each row of `x`: logical, 0/1, a factor with two levels, or
#'   text (then give `event`). Never missing.
#' @param ... Nothing else: an unknown argument is an error.
#' @param learner A learner such as [lcrisk_logit()] or [lcrisk_boost()], or the name
#'   of one (`"boost"`) for its defaults.
#' @param event The value of the outcome that is the event. NULL: `TRUE`, `1` or the
#'   second level. Printed with the model; never guessed from the data.
#' @param weights NULL or a number of at least 0 per row. A row of weight 0 is a row
#'   that is not there.
#' @param seed NULL or a whole number. The same seed gives the same model, bit for bit,
#'   on any number of threads. NULL draws one number from R's generator, so that
#'   `set.seed()` is enough.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @param progress Show progress? A bar on the terminal; never in knitr.
#' @param cutoff Probability from which `predict(type = "class")` says the event, 0 to
#'   1. NULL: the (weighted) event rate of the training rows, which calls the riskier
#'   part of the rows, a third or so, events. Not 0.5, which few loans ever reach.
#' @param audit Refuse features that leak the outcome: of Lending Club's known columns
#'   those that came later, and in a frame, or a data frame with ten or more of those
#'   columns, also what is proven to leak as in [lcrisk_audit()]. `FALSE` trains on them
#'   as told.
#' @param balance How to balance the classes of the training rows: NULL, or a
#'   specification such as [lcrisk_smote()] or its name. Rows that are judged or
#'   predicted are never touched.
#' @param calibrate What becomes of probabilities learned from balanced rows: `"auto"`
#'   moves them back to the event rate of the rows given, `"none"` leaves them.
#' @param infinite What an infinite value is, now and at prediction: an `"error"`, or
#'   `"missing"`.
#'
#' @return An `lcrisk_model`: a list of plain vectors that survives `saveRDS()`. It
#'   prints itself; use it with `predict()`, [lcrisk_evaluate()].
#'
#' @details
#' **Columns.** Numbers, integers, `integer64`, logicals, text, factors, ordered factors
#' and dates (as days). Missing values stay missing: each learner has its rule. Columns
#' that are constant or all missing are left out, and so is text that differs in nearly
#' every row (more distinct values than half the rows); a warning names them and the
#' model keeps the list. Levels of a factor keep their order, text is sorted by bytes.
#' Features are kept in the order of their names, so neither the order of columns nor
#' the locale can change a model.
#'
#' **Balancing.** A model learned from balanced rows speaks of a world with more events.
#' `calibrate = "auto"` multiplies its odds by the odds of the event in the rows given
#' over those in the balanced rows (`method = "prior"` of [lcrisk_calibrate()]; Saerens et
#' al. 2002). It leaves the ranking as it is. It is exact where balancing
#' only changed how often each class occurs; synthetic rows also change what a class
#' looks like, so look at the calibration of the result ([lcrisk_evaluate()]).
#'
#' @references Saerens, Latinne and Decaestecker (2002), Adjusting the outputs of a
#'   classifier to new a priori probabilities, *Neural Computation* 14.
#' @section Errors:
#' `lcrisk_error_input`: an argument, an outcome that is missing, constant or not binary,
#' infinite values, no feature that varies. `lcrisk_error_schema`: missing, duplicated
#' or unnamed columns, columns of a class without a rule. `lcrisk_error_leak`: a leak
#' among the features. `lcrisk_error_cancelled`: interrupted.
#' @section Warnings:
#' `lcrisk_warning_data` with `code` `dropped_features`, `high_cardinality`, `rare_class`
#' (fewer than 10 rows of one class) or `perfect_feature` (one feature alone separates
#' the classes).
#'
#' @family learning
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' model
#' predict(model, data.frame(income = c(25, 80, NA)))
#' @export
lcrisk_train <- function(x, ...) UseMethod("lcrisk_train")

#' @rdname lcrisk_train
#' @export
lcrisk_train.lcrisk_frame <- function(x, ..., learner = "boost", event = NULL,
                                      weights = NULL, seed = NULL,
                                      threads = lcrisk_threads(),
                                      progress = interactive(), cutoff = NULL,
                                      audit = TRUE, infinite = "error",
                                      balance = NULL, calibrate = "auto") {
  check_call(..., .optional = c("data", "y"))
  learner <- resolve_learner(learner)
  balance <- resolve_balance(balance)
  calibrate <- check_calibrate(calibrate)
  task <- as_task(x, event = event, weights = weights, audit = audit, infinite = infinite)
  run <- new_run(seed, threads, progress, paste("Training", learner$kind))
  train_task(task, learner, run, cutoff, balance, calibrate,
             text = call_text(sys.call(), "lcrisk_train"))
}

#' @rdname lcrisk_train
#' @export
lcrisk_train.formula <- function(x, data, ..., learner = "boost", event = NULL,
                                 weights = NULL, seed = NULL, threads = lcrisk_threads(),
                                 progress = interactive(), cutoff = NULL, audit = TRUE,
                                 infinite = "error", balance = NULL,
                                 calibrate = "auto") {
  check_call(..., .optional = c("data", "y"))
  learner <- resolve_learner(learner)
  balance <- resolve_balance(balance)
  calibrate <- check_calibrate(calibrate)
  task <- as_task(x, data, event = event, weights = weights, audit = audit,
                  infinite = infinite)
  run <- new_run(seed, threads, progress, paste("Training", learner$kind))
  train_task(task, learner, run, cutoff, balance, calibrate,
             text = call_text(sys.call(), "lcrisk_train"))
}

#' @rdname lcrisk_train
#' @export
lcrisk_train.data.frame <- function(x, y, ..., learner = "boost", event = NULL,
                                    weights = NULL, seed = NULL,
                                    threads = lcrisk_threads(),
                                    progress = interactive(), cutoff = NULL,
                                    audit = TRUE, infinite = "error", balance = NULL,
                                    calibrate = "auto") {
  check_call(..., .optional = c("data", "y"))
  learner <- resolve_learner(learner)
  balance <- resolve_balance(balance)
  calibrate <- check_calibrate(calibrate)
  task <- as_task(x, y, event = event, weights = weights, audit = audit,
                  infinite = infinite)
  run <- new_run(seed, threads, progress, paste("Training", learner$kind))
  train_task(task, learner, run, cutoff, balance, calibrate,
             text = call_text(sys.call(), "lcrisk_train"))
}

#' @export
lcrisk_train.matrix <- lcrisk_train.data.frame

#' @export
lcrisk_train.Matrix <- lcrisk_train.data.frame

#' @export
lcrisk_train.lcrisk_loans <- function(x, ...) as_task(x)

#' @export
lcrisk_train.default <- function(x, ...) as_task(if (missing(x)) NULL else x)

# Learns a model from a task; what lcrisk_train() and every fold of lcrisk_cv() do
train_task <- function(task, learner, run, cutoff = NULL, balance = NULL,
                       calibrate = "auto", text = "", call = caller_env()) {
  if (!is.null(cutoff)) cutoff <- check_number(cutoff, 0, 1, "cutoff", call)
  check_learner_features(learner, names(task$columns), call)
  learned <- learn_blueprint(task$columns, task$infinite, task$arg, call)
  warn_rare_class(task)
  warn_perfect(learned$x, task$y)
  set <- new_set(learned$x, task$y, task$weights, formulas_of(task$frame))
  set <- rebalance_set(balance, set, run, call)
  run$origin <- origin_of(set)
  core <- fit_core(learner, set$x, set$y, set$weights, run)
  calibration <- prior_shift(calibrate, task, set)
  learned_rate <- event_share(set$y, set$weights)
  if (calibrate == "none") cutoff <- cutoff %||% learned_rate
  model <- new_model(learner, core, learned, task, cutoff, run$seed, text, balance,
                     calibration, if (calibrate == "none") learned_rate)
  add_reference(model, learned$x, run)
}

MIN_QUIET_CLASS <- 10L

warn_rare_class <- function(task) {
  n_event <- sum(task$y)
  n <- min(n_event, length(task$y) - n_event)
  if (n >= MIN_QUIET_CLASS) return(invisible())
  lcrisk_warn(
    "data", "rare_class",
    sprintf("Only %d of %d rows %s the event.", n, length(task$y),
            if (n == n_event) "are" else "are not"),
    cure = "Estimates from so few are fragile.", n = n
  )
}

# A feature that alone tells the classes apart is rarely luck
warn_perfect <- function(x, y) {
  perfect <- names(x)[vapply(x, separates, NA, y = y)]
  if (!length(perfect)) return(invisible())
  lcrisk_warn(
    "data", "perfect_feature",
    sprintf("%s alone separate%s the classes without an error (AUC 1).", quoted(perfect),
            if (length(perfect) > 1L) "" else "s"),
    cure = "Make sure it was known before the outcome.", columns = perfect
  )
}

# Do the known values of the classes not overlap? Most columns overlap in their first
# few rows already, which saves looking at the rest.
separates <- function(x, y) {
  if (is.factor(x) && !is.ordered(x)) return(levels_separate(x, y))
  x <- as.double(x)
  for (rows in list(seq_len(min(1000L, length(x))), seq_along(x))) {
    event <- x[rows][y[rows] == 1L]
    other <- x[rows][y[rows] == 0L]
    event <- event[!is.na(event)]
    other <- other[!is.na(other)]
    if (!length(event) || !length(other)) next
    if (max(event) >= min(other) && max(other) >= min(event)) return(FALSE)
  }
  length(event) > 0L && length(other) > 0L
}

levels_separate <- function(x, y) {
  in_event <- tabulate(x[y == 1L], nlevels(x)) > 0L
  in_other <- tabulate(x[y == 0L], nlevels(x)) > 0L
  any(in_event) && any(in_other) && !any(in_event & in_other)
}
