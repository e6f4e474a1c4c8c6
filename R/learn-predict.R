#' Predict with a model
#'
#' @param object An `lcrisk_model` from [lcrisk_train()].
#' @param newdata Rows to predict: a frame, any data frame, or a matrix. Columns are
#'   found by name, in any order; columns the model does not know are ignored. Loans
#'   from [lcrisk_read()] go through [lcrisk_features()] first, as in training, when the
#'   model was trained on a frame.
#' @param type `"prob"`: probability of the event; `"class"`: the event where the
#'   probability is at least the cut-off; `"link"`: log-odds; `"contrib"`: what each
#'   feature adds to the log-odds, see [lcrisk_shap()]. All of them calibrated, where
#'   [lcrisk_calibrate()] has calibrated the model. `"score"`: the sum of a scorecard's
#'   points, see [lcrisk_scorecard()]; of no other learner.
#' @param ... Nothing else: an unknown argument is an error.
#' @param cutoff For `type = "class"`: a number from 0 to 1. NULL is the model's own.
#' @param reference For `type = "contrib"` of a learner whose contributions are sampled:
#'   rows to compare with, see [lcrisk_shap()]. The seed of the sample is 0.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return One value per row of `newdata`, in its order: numbers for `"prob"` and
#'   `"link"`, whole numbers for `"score"`, a factor with the outcome's two levels for
#'   `"class"`. Never missing; each row's value depends on that row only, to the last bit.
#'   For `"contrib"` a matrix with a column per feature and the last column `(base)`; its
#'   rows add up to `"link"`, or to `"prob"` for learners that average probabilities.
#' @details Missing values follow the learner's rule. A level that training had not is
#'   treated as missing, with one warning. Numbers given as text are converted where the
#'   text is a number and nothing else; levels are matched by label, never by code.
#' @section Errors: `lcrisk_error_schema` when columns are missing (all are named) or are
#'   of another type than in training (column and row are named); `lcrisk_error_input`
#'   for infinite values, unless trained with `infinite = "missing"`;
#'   `lcrisk_error_model` for a damaged model.
#' @section Warnings: `lcrisk_warning_schema` with `code` `unseen_levels`.
#' @family learning
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' predict(model, data[1:5, ])
#' predict(model, data[1:5, ], type = "class", cutoff = 0.5)
#' @export
predict.lcrisk_model <- function(object, newdata,
                                 type = c("prob", "class", "link", "contrib", "score"),
                                 ...,
                                 cutoff = NULL, reference = NULL,
                                 threads = lcrisk_threads()) {
  check_call(...)
  check_model(object, "object")
  type <- if (missing(type)) "prob" else {
    check_choice(type, c("prob", "class", "link", "contrib", "score"))
  }
  if (!is.null(cutoff)) cutoff <- check_number(cutoff, 0, 1)
  if (type == "contrib") {
    shap <- lcrisk_shap(object, newdata, reference = reference, seed = 0,
                        threads = threads)
    return(cbind(shap$contributions, "(base)" = rep(shap$base, length(shap$output))))
  }
  if (type == "score") {
    check_scorecard(object, "object")
    return(score_rows(object$core, model_columns(object, newdata), new_run(0, threads)))
  }
  link <- predict_link(object, newdata, threads)
  if (type == "link") return(link)
  prob <- .Call(ffi_base_logistic, link)
  if (type == "prob") return(prob)
  is_event <- prob >= (cutoff %||% object$cutoff)
  other <- setdiff(object$levels, object$event)
  factor(ifelse(is_event, object$event, other), levels = object$levels)
}

# The columns of new data as the model's learner takes them
model_columns <- function(model, newdata, arg = "newdata", call = caller_env()) {
  if (inherits(newdata, "lcrisk_loans") && !is.null(model$pricing)) {
    computed <- names(feature_table(model$pricing))
    newdata <- lcrisk_features(newdata, pricing = model$pricing,
                               add = setdiff(model$blueprint$features, computed))
  }
  apply_blueprint(model$blueprint, newdata, arg, call)
}

predict_link <- function(model, newdata, threads, call = caller_env()) {
  x <- model_columns(model, newdata, call = call)
  n <- length(x[[1L]])
  if (n == 0L) return(numeric())
  run <- new_run(0, threads, call = call)
  link <- predict_core(model$learner, model$core, x, run)
  if (!is.double(link) || length(link) != n || anyNA(link)) {
    lcrisk_abort(
      "internal", "bad_prediction",
      sprintf("The learner `%s` gave no log-odds for some rows.", model$learner$kind),
      call = call
    )
  }
  calibrate_link(model$calibration, link)
}
