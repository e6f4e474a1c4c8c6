#' Evaluate a model on new data
#'
#' Predicts rows whose outcome is known and gives each metric with an interval. The rows
#' must not be those the model was trained on.
#'
#' @param model An `lcrisk_model` from [lcrisk_train()].
#' @param data Rows to predict, as in [predict.lcrisk_model()], with the outcome's column.
#' @param level Coverage of the intervals, between 0 and 1.
#' @param ... Nothing else: an unknown argument is an error.
#' @param truth The outcomes, when `data` has no column for them: logical, 0/1, a factor
#'   or text. NULL: the column of `data` that was the outcome in training.
#' @param cutoff Probability from which the event is said, 0 to 1. NULL: the model's own,
#'   which comes from its training rows.
#' @param weights,profit,blocks As in [lcrisk_metrics()], or the name of a column of
#'   `data` that has them, such as `blocks = "issue_d"` for intervals that resample
#'   vintages.
#' @param interval As in [lcrisk_metrics()].
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return An `lcrisk_metrics` table as from [lcrisk_metrics()], with the further
#'   attributes `learner`, `fingerprint` and `outcome`.
#' @section Errors: as in [predict.lcrisk_model()] and [lcrisk_metrics()];
#'   `lcrisk_error_schema` when the outcome's column is missing; `lcrisk_error_input`
#'   (`other_outcome`) when the outcomes are not written as in training, or
#'   (`calibration_rows`) when the model was calibrated on rows of `data`.
#' @family evaluating
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data[1:100, ], learner = "logit", seed = 1)
#' lcrisk_evaluate(model, data[101:300, ])
#' @export
lcrisk_evaluate <- function(model, data, level = 0.95, ..., truth = NULL, cutoff = NULL,
                            weights = NULL, profit = NULL, blocks = NULL,
                            interval = "auto", threads = lcrisk_threads()) {
  check_call(...)
  check_model(model)
  if (!is.null(cutoff)) cutoff <- check_number(cutoff, 0, 1)
  y <- outcome_of(data, model$outcome, model$event, truth)
  refuse_calibration_rows(model, data, y)
  prob <- stats::predict(model, data, threads = threads)
  metrics <- lcrisk_metrics(
    y, prob, cutoff %||% model$cutoff, level = level,
    weights = column_or_values(weights, data), profit = column_or_values(profit, data),
    blocks = column_or_values(blocks, data), interval = interval, threads = threads
  )
  facts <- list(event = model$event, learner = model$learner$kind,
                fingerprint = model$fingerprint, outcome = model$outcome)
  for (name in names(facts)) setattr(metrics, name, facts[[name]])
  metrics[]
}

# A column by its name, or what was given
column_or_values <- function(x, data, arg = rlang::caller_arg(x), call = caller_env()) {
  if (!is.character(x) || length(x) != 1L || is.null(dim(data))) return(x)
  check_columns(data, x, "data", call)
  data[[x]]
}

# The outcomes that go with rows to be judged, 0/1
outcome_of <- function(data, outcome, event, truth, call = caller_env()) {
  if (is.null(truth)) {
    if (is.null(outcome)) {
      lcrisk_abort(
        "input", "no_truth", "The model came from `x` and `y`: its outcome has no name.",
        cure = "Give the outcomes as `truth`.", arg = "truth", call = call
      )
    }
    data <- as_columns(data, "data", call = call)
    check_columns(data, outcome, "data", call)
    truth <- data[[outcome]]
  } else if (length(truth) != NROW(data)) {
    lcrisk_abort(
      "input", "bad_length",
      sprintf("`truth` has %s, `data` has %s.", count_of(length(truth), "value"),
              count_of(NROW(data), "row")),
      cure = "Give one outcome per row.", arg = "truth", call = call
    )
  }
  arg <- outcome %||% "truth"
  tryCatch(
    resolve_event(truth, event, arg = arg, call = call)$y,
    lcrisk_error_input = function(error) {
      if (!error$code %in% c("bad_event", "not_binary")) stop(error)
      abort_other_outcome(truth, event, arg, call)
    }
  )
}

# Outcomes written in another way than those of training are not translated: which of two
# other words is the event would be a guess.
abort_other_outcome <- function(truth, event, arg, call) {
  lcrisk_abort(
    "input", "other_outcome",
    sprintf("`%s` has the values %s; the event of the model is \"%s\".", arg,
            quoted(utils::head(unique(as.character(truth)), 4L)), event),
    cure = if (is.logical(truth) && event %in% c("0", "1")) {
      "Give the outcomes as in training: `as.integer()` makes 0 and 1 of them."
    } else {
      "Give the outcomes as in training."
    },
    arg = arg, call = call
  )
}
