#' Calibrate probabilities on rows nothing was fitted on
#'
#' Learns a rising map from predicted to observed probabilities, and puts it on a model,
#' whose `predict()` then gives calibrated probabilities, or returns it for plain numbers.
#' A calibrated model must be judged on yet other rows: [lcrisk_evaluate()] refuses those
#' it was calibrated on.
#'
#' @param x An `lcrisk_model` from [lcrisk_train()], or a numeric vector of
#'   probabilities.
#' @param data For a model: rows with the outcome that the model was not trained on, such
#'   as the months between training and test; or what [lcrisk_cv()] returned for the same
#'   learner, whose out-of-fold predictions are used. May be left out for
#'   `method = "prior"` with `to`.
#' @param truth The outcomes that go with the probabilities, as in [lcrisk_auc()]; for a
#'   model only when `data` has no column for them.
#' @param method `"platt"`, `"beta"`, `"isotonic"`, `"intercept"` or `"prior"`, see
#'   details.
#' @param ... Nothing else: an unknown argument is an error.
#' @param weights NULL, or one number of at least 0 per row. Not for `method = "prior"`.
#' @param from,to For `method = "prior"`: the event rate the probabilities were learned
#'   under, and the rate to move them to. NULL: the model's training rate, and the rate
#'   observed in `data` or `truth`.
#' @param event NULL, or the value of `truth` that is the event.
#' @return For a model: the model, calibrated; its cut-off moves along, so classes stay as
#'   they were (but for probabilities that an isotonic step makes equal to it). For
#'   numbers: a list of class `lcrisk_calibrator` with `method`, `coefficient`
#'   and `se` (named), `steps` (isotonic: a list `lowest`, `highest` (in log-odds),
#'   `rate`, `weight`), `n`, `n_event`, `before` and `after` (mean probability)
#'   and `rate` (share of events); `predict(calibrator, prob)` applies it.
#' @details With x = logit(prob) and q the calibrated probability:
#' * `"platt"`: logit(q) = a + b x, maximum likelihood (Platt 1999 on log-odds, which is
#'   Cox's calibration line). Two numbers; some hundred events are enough.
#' * `"beta"`: logit(q) = a + b log(prob) - c log(1 - prob), b and c at least 0 (Kull,
#'   Silva Filho and Flach 2017). Bends where a line cannot; Platt's is b = c.
#' * `"isotonic"`: the best rising step function (pooled adjacent violators; Zadrozny and
#'   Elkan 2002), straight between its steps. Needs a thousand rows or more. A first step
#'   without events gets half an event in one more row instead of 0, a last one of events
#'   only likewise, so that no probability is 0 or 1.
#' * `"intercept"`: logit(q) = a + x. The level of a later slice, the ranking and spread
#'   of the model: a level drifts faster than a slope.
#' * `"prior"`: logit(q) = x + logit(to) - logit(from) (Saerens, Latinne and Decaestecker
#'   2002): what changes when only the event rate does, as after balancing. No fit.
#'
#'   Calibrations add up: a new one is fitted on what the model predicts by now. Standard
#'   errors are those of the likelihood, of the sandwich when weighted.
#' @section Errors: `lcrisk_error_input`: `test_part` when `data` is the test part of
#'   [lcrisk_split()]; `training_rows` when it is what the model was trained on;
#'   `other_learner` when the cross-validation was of another learner; `one_class`.
#'   `lcrisk_error_numeric`: `separated` when no finite map exists, `reversed` when events
#'   have the lower probabilities. `lcrisk_warning_numeric` (`few_rows`): isotonic on
#'   fewer than 1,000 rows.
#' @references Platt (1999), Probabilistic outputs for support vector machines, *Advances
#'   in Large Margin Classifiers*. Kull, Silva Filho and Flach (2017), Beta calibration,
#'   *AISTATS*. Zadrozny and Elkan (2002), Transforming classifier scores into accurate
#'   multiclass probability estimates, *KDD*. Saerens, Latinne and Decaestecker (2002),
#'   Adjusting the outputs of a classifier to new a priori probabilities, *Neural
#'   Computation* 14.
#' @family calibration
#' @examples
#' set.seed(1)
#' prob <- runif(2000)
#' truth <- runif(2000) < plogis(-0.5 + 0.6 * qlogis(prob))
#' calibrator <- lcrisk_calibrate(prob, truth, method = "platt")
#' calibrator
#' predict(calibrator, c(0.1, 0.5, 0.9))
#'
#' data <- data.frame(income = runif(900, 20, 90))
#' data$default <- runif(900) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data[1:300, ], learner = "logit", seed = 1)
#' model <- lcrisk_calibrate(model, data[301:600, ], method = "intercept")
#' lcrisk_evaluate(model, data[601:900, ])
#' @export
lcrisk_calibrate <- function(x, ...) UseMethod("lcrisk_calibrate")

#' @rdname lcrisk_calibrate
#' @export
lcrisk_calibrate.lcrisk_model <- function(x, data = NULL, method = "platt", ...,
                                          truth = NULL, weights = NULL, from = NULL,
                                          to = NULL) {
  check_call(...)
  check_model(x, "x")
  method <- check_choice(method, calibration_methods)
  rows <- calibration_rows(x, data, truth, weights, method, to)
  from <- if (method == "prior") from %||% prior_rate(x)
  calibrator <- learn_calibrator(rows, method, from, to)
  calibrator$rows <- rows$seen
  put_calibrator(x, calibrator)
}

#' @rdname lcrisk_calibrate
#' @export
lcrisk_calibrate.numeric <- function(x, truth = NULL, method = "platt", ...,
                                     event = NULL, weights = NULL, from = NULL,
                                     to = NULL) {
  check_call(...)
  method <- check_choice(method, calibration_methods)
  rows <- if (is.null(truth) && method == "prior" && !is.null(to)) {
    list(log_odds = numeric(), y = integer(), event = event %||% "1")
  } else {
    input <- metric_input(truth, x, event, weights, arg = "x")
    list(log_odds = .Call(ffi_recal_logit, input$prob), y = input$y,
         weights = input$weights, event = input$event)
  }
  learn_calibrator(rows, method, from, to)
}

#' @rdname lcrisk_calibrate
#' @export
lcrisk_calibrate.default <- function(x, ...) {
  abort_argument("x", "a model or probabilities", if (missing(x)) NULL else x,
                 rlang::current_env(), cure = "`lcrisk_train()` makes models.")
}

calibration_methods <- c("platt", "beta", "isotonic", "intercept", "prior")

# ---- rows to learn from ----------------------------------------------------------

# A list: `log_odds`, `y`, `weights`, `event`, and `seen`, by which lcrisk_evaluate()
# will know the rows again
calibration_rows <- function(model, data, truth, weights, method, to,
                             call = caller_env()) {
  if (inherits(data, "lcrisk_resample")) return(resample_rows(model, data, call))
  if (is.null(data) && method == "prior" && !is.null(to)) {
    return(list(log_odds = numeric(), y = integer(), event = model$event))
  }
  refuse_test_part(data, "data", call)
  y <- outcome_of(data, model$outcome, model$event, truth, call)
  weights <- check_weights(weights, length(y), call)
  x <- apply_blueprint(model$blueprint, data, "data", call)
  refuse_training_rows(model, x, y, call)
  check_both_classes(y, model$event, model$outcome %||% "truth", call)
  link <- predict_link(model, data, 1L, call)
  keep <- if (is.null(weights)) TRUE else weights > 0
  list(log_odds = link[keep], y = y[keep], weights = weights[keep], event = model$event,
       seen = rows_seen(data, x, y))
}

# Out-of-fold predictions: each row by a model that had not seen it
resample_rows <- function(model, cv, call) {
  if (!identical(cv$learner, model$learner) || !identical(cv$balance, model$balance)) {
    lcrisk_abort(
      "input", "other_learner",
      sprintf("`data` cross-validates another learner (%s) than that of `x` (%s).",
              cv$learner$kind, model$learner$kind),
      cure = "Cross-validate the learner that the model was trained with.", arg = "data",
      call = call
    )
  }
  rows <- one_per_row(cv$predictions)
  # the folds' own models had their shift back from balanced rows
  later <- Filter(function(c) !isTRUE(c$in_training), model$calibration)
  log_odds <- calibrate_link(later, .Call(ffi_recal_logit, rows[["prob"]]))
  list(log_odds = log_odds, y = rows[["truth"]], event = model$event)
}

refuse_test_part <- function(data, arg, call) {
  if (!identical(attr(data, "part", exact = TRUE), "test")) return(invisible())
  lcrisk_abort(
    "input", "test_part", sprintf("`%s` is the test part of a split.", arg),
    cure = paste("What is chosen on test rows cannot be judged on them: use a later",
                 "slice of the training part, or lcrisk_cv()."),
    arg = arg, call = call
  )
}

refuse_training_rows <- function(model, x, y, call) {
  if (!identical(model$trained_on, data_hash(x, y))) return(invisible())
  lcrisk_abort(
    "input", "training_rows", "`data` is what the model was trained on.",
    cure = paste("A model looks better there than it is: give rows it has not seen, or",
                 "out-of-fold predictions of lcrisk_cv()."),
    arg = "data", call = call
  )
}

# What a model sees of rows, and their outcomes, as one fingerprint
data_hash <- function(x, y) .Call(ffi_hash_vectors, list(unname(as.list(x)), y))

# By what rows are known again: all of them as one fingerprint, loans by their number
rows_seen <- function(data, x, y) {
  id <- if (is_frame(data)) column_of(data, "id")
  list(hash = data_hash(x, y), loans = sort(loan_hashes(id)))
}

loan_hashes <- function(id) {
  if (is.factor(id)) id <- as.character(id)
  if (is.numeric(id)) id <- as.double(id)
  id <- id[!is.na(id)]
  if (is.double(id) || is.character(id)) .Call(ffi_hash_each, id) else numeric()
}

# Refuses to judge a model on rows it was calibrated on
refuse_calibration_rows <- function(model, data, y, call = caller_env()) {
  seen <- Filter(length, lapply(model$calibration, `[[`, "rows"))
  if (!length(seen)) return(invisible())
  mine <- rows_seen(data, apply_blueprint(model$blueprint, data, "data", call), y)
  shared <- vapply(seen, function(rows) sum(mine$loans %in% rows$loans), 0L)
  same <- vapply(seen, function(rows) identical(rows$hash, mine$hash), NA)
  n <- if (any(same)) length(y) else max(shared)
  if (n == 0L) return(invisible())
  lcrisk_abort(
    "input", "calibration_rows",
    sprintf("The model was calibrated on %d rows of `data`.", n),
    cure = "Judge it on rows that nothing was fitted on.", arg = "data", n = n,
    call = call
  )
}

# ---- the map ---------------------------------------------------------------------

# The rate under which a model's probabilities hold as they are
prior_rate <- function(model, call = caller_env()) {
  if (!length(model$calibration)) return(model$learned_rate %||% model$base_rate)
  lcrisk_abort("input", "bad_argument",
               "A model that is calibrated already needs `from`.",
               cure = "Give the event rate that its probabilities stand for now.",
               arg = "from", call = call)
}

learn_calibrator <- function(rows, method, from, to, call = caller_env()) {
  if (method != "prior") {
    for (name in c("from", "to")) {
      if (is.null(get(name, inherits = FALSE))) next
      lcrisk_abort("input", "bad_argument",
                   sprintf("`%s` is for `method = \"prior\"` only.", name), arg = name,
                   call = call)
    }
  }
  learned <- switch(
    method,
    prior = learn_prior(rows, from, to, call), isotonic = learn_steps(rows),
    learn_curve(rows, method, call)
  )
  calibrator <- structure(
    c(list(method = method, event = rows$event), learned,
      list(n = length(rows$y), n_event = sum(rows$y))),
    class = "lcrisk_calibrator"
  )
  add_means(calibrator, rows)
}

# Mean probability before and after, and the share of events
add_means <- function(calibrator, rows) {
  weights <- rows$weights %||% rep(1, length(rows$y))
  mean_of <- function(x) if (length(x)) sum(weights * x) / sum(weights) else NA_real_
  after <- recalibrate(calibrator, rows$log_odds)
  calibrator$before <- mean_of(.Call(ffi_base_logistic, rows$log_odds))
  calibrator$after <- mean_of(.Call(ffi_base_logistic, after))
  calibrator$rate <- mean_of(rows$y)
  calibrator
}

learn_prior <- function(rows, from, to, call) {
  if (is.null(from)) {
    lcrisk_abort("input", "bad_argument", "`method = \"prior\"` needs `from`.",
                 cure = "Give the event rate of the rows the scores were learned from.",
                 arg = "from", call = call)
  }
  from <- check_rate(from, "from", call)
  to <- if (is.null(to)) observed_rate(rows) else check_rate(to, "to", call)
  odds <- .Call(ffi_recal_logit, c(from, to))
  list(coefficient = c(intercept = odds[2L] - odds[1L], slope = 1),
       se = c(intercept = NA_real_, slope = NA_real_))
}

check_rate <- function(x, arg, call) {
  x <- check_number(x, 0, 1, arg, call)
  if (x == 0 || x == 1) abort_argument(arg, "strictly between 0 and 1", x, call)
  x
}

observed_rate <- function(rows) {
  if (is.null(rows$weights)) mean(rows$y) else stats::weighted.mean(rows$y, rows$weights)
}

learn_curve <- function(rows, method, call) {
  kind <- match(method, c("intercept", "platt", "beta")) - 1L
  fit <- .Call(ffi_recal_fit, rows$log_odds, rows$y, rows$weights, kind, metric_run())
  if (fit[["converged"]] == 0) stop_no_map(rows, call)
  names <- switch(method, beta = c("intercept", "log_prob", "log_other"),
                  c("intercept", "slope"))
  at <- seq_along(names)
  if (method == "platt" && fit[["b1"]] <= 0) stop_reversed(call)
  list(coefficient = stats::setNames(fit[at], names),
       se = stats::setNames(fit[3L + at], names))
}

stop_no_map <- function(rows, call) {
  gap <- mean(rows$log_odds[rows$y == 1L]) - mean(rows$log_odds[rows$y == 0L])
  if (gap < 0) stop_reversed(call)
  lcrisk_abort(
    "numeric", "separated", "The probabilities separate the outcomes, or are all alike.",
    cure = "No finite calibration exists; more rows, or `method = \"isotonic\"`.",
    call = call
  )
}

stop_reversed <- function(call) {
  lcrisk_abort(
    "numeric", "reversed", "Events have lower probabilities than the rest.",
    cure = "Check which value of the outcome is the event (`event`).", call = call
  )
}

ISOTONIC_ROWS <- 1000L

learn_steps <- function(rows) {
  if (length(rows$y) < ISOTONIC_ROWS) {
    lcrisk_warn(
      "numeric", "few_rows",
      sprintf("An isotonic calibration on %d rows follows their chance.",
              length(rows$y)),
      cure = "Take \"platt\" or \"beta\", or 1,000 rows and more.", n = length(rows$y)
    )
  }
  list(steps = .Call(ffi_recal_steps, rows$log_odds, rows$y, rows$weights))
}

# ---- applying it -----------------------------------------------------------------

# Log-odds to log-odds
recalibrate <- function(calibrator, log_odds) {
  if (!length(log_odds)) return(numeric())
  b <- calibrator$coefficient
  steps <- calibrator$steps
  switch(
    calibrator$method,
    isotonic = .Call(ffi_recal_climb, log_odds, steps$lowest, steps$highest, steps$rate),
    beta = .Call(ffi_recal_beta, log_odds, unname(b)),
    b[["intercept"]] + b[["slope"]] * log_odds
  )
}

# All of a model's calibrations, in the order they were made
calibrate_link <- function(calibrators, log_odds) {
  for (calibrator in calibrators) log_odds <- recalibrate(calibrator, log_odds)
  log_odds
}

# A model with one more calibration, sealed again
put_calibrator <- function(model, calibrator) {
  cutoff <- recalibrate(calibrator, .Call(ffi_recal_logit, model$cutoff))
  if (model$cutoff > 0 && model$cutoff < 1) {
    model$cutoff <- .Call(ffi_base_logistic, cutoff)
  }
  model$calibration <- c(model$calibration, list(calibrator))
  model$fingerprint <- model_hash(model)
  model
}
