#' Go on training a boosted model
#'
#' Adds trees to a boosted model, on the same rows or on new ones of the same columns.
#' On the same rows, 300 trees and then 200 more are the model of 500 trees, bit for bit.
#'
#' @param model A model of `lcrisk_boost(folds = 0)`. An average of fold models cannot
#'   be gone on with: every row would be held out from some of its trees only.
#' @param x Data with the model's features and outcome, as in [lcrisk_train()]: a frame, a
#'   formula with `data`, or features with `y`.
#' @param trees Trees to add (count).
#' @param ... `data` or `y`, as in [lcrisk_train()]. Nothing else.
#' @param weights NULL or a number of at least 0 per row.
#' @param threads,progress As in [lcrisk_train()].
#' @return A model like `model`, with more trees. Bins, levels, settings and seed stay
#'   those of `model`; `n`, `n_event` and `trained_on` are those of the rows given now;
#'   the cut-off stays.
#' @section Errors: `lcrisk_error_input` for a model that is not of the kind above, was
#'   calibrated, or has another event than the data; those of [lcrisk_train()] and
#'   [predict()][predict.lcrisk_model] for the data.
#' @references Friedman, J. H. (2001). Greedy function approximation: a gradient
#'   boosting machine. *Annals of Statistics* 29, 1189-1232.
#' @family learning
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(500, 20, 90))
#' data$default <- runif(500) < plogis(2 - 0.06 * data$income)
#' learner <- lcrisk_boost(trees = 20, folds = 0)
#' model <- lcrisk_train(default ~ income, data, learner = learner, seed = 1)
#' lcrisk_continue(model, default ~ income, trees = 10, data = data)
#' @export
lcrisk_continue <- function(model, x, trees = 100, ..., weights = NULL,
                            threads = lcrisk_threads(), progress = interactive()) {
  check_call()
  check_model(model)
  check_can_continue(model)
  trees <- check_count(trees)
  task <- as_task(x, ..., event = model$event, weights = weights, audit = FALSE,
                  infinite = model$blueprint$infinite)
  columns <- apply_blueprint(model$blueprint, task$columns, "x")
  run <- new_run(model$seed, threads, progress, "Going on with boost")
  learner <- model$learner
  learner$params$trees <- trees
  core <- continue_core(learner, model$core, columns, task$y, task$weights, run)
  model$learner$params$trees <- length(core$trees$tree_start) - 1L
  model$core <- core
  model$n <- length(task$y)
  model$n_event <- sum(task$y)
  model$weighted <- !is.null(task$weights)
  model$trained_on <- data_hash(columns, task$y)
  model$call <- call_text(sys.call(), "lcrisk_continue")
  add_reference(model, columns, run)
}

check_can_continue <- function(model, call = caller_env()) {
  fail <- function(code, problem, cure) {
    lcrisk_abort("input", code, problem, cure = cure, arg = "model", call = call)
  }
  if (model$learner$kind != "boost") {
    fail("not_boost",
         sprintf("`model` is of the learner %s, which cannot go on.", model$learner$kind),
         "Only models of lcrisk_boost() can.")
  }
  if (model$learner$params$folds > 0L) {
    fail("averaged", "`model` is an average of fold models, which cannot go on.",
         "Train with lcrisk_boost(folds = 0), or give more `trees` and train again.")
  }
  if (!is.null(model$balance)) {
    fail("balanced", "`model` was trained on balanced rows, and cannot go on.",
         "Give more `trees` and train again.")
  }
  if (length(model$calibration)) {
    fail("calibrated", "`model` was calibrated, and more trees would undo that.",
         "Go on with the model before lcrisk_calibrate(), and calibrate the result.")
  }
}
