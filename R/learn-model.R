# The trained model: a list of plain vectors and nothing else, so that saveRDS(),
# databases and other processes can keep it.
#
#   learner      the specification it was trained with
#   core         what fit_core() learned
#   blueprint    what it knows of its columns, see R/learn-blueprint.R
#   event, levels, outcome   the label of the event, both labels, the outcome's name
#   cutoff       probability from which predict(type = "class") says the event
#   base_rate    (weighted) share of the event in training
#   n, n_event   training rows; weighted is TRUE if they had weights
#   pricing      the setting of lcrisk_features(), NULL if the data were no frame
#   balance      how training rows were balanced, NULL if not; learned_rate is then the
#                share of the event that probabilities left as they are stand for
#   seed         the seed in use
#   versions     of lcrisk and R
#   call         the call, as text
#   trained_on   fingerprint of the training rows as the model saw them
#   calibration  calibrators applied in turn, or NULL: the shift back from balanced rows,
#                then what lcrisk_calibrate() added
#   lineage      counts of where the training rows came from, see R/learn-lineage.R
#   fingerprint  model_hash() when made, of all but versions, call and lineage: a model
#                edited by hand is noticed

# `learned` is what learn_blueprint() gave
new_model <- function(learner, core, learned, task, cutoff, seed, call, balance = NULL,
                      calibration = NULL, learned_rate = NULL) {
  base_rate <- event_share(task$y, task$weights)
  model <- list(
    learner = learner,
    core = core,
    blueprint = learned$blueprint,
    event = task$event,
    levels = task$levels,
    outcome = task$outcome,
    cutoff = cutoff %||% base_rate,
    base_rate = base_rate,
    n = length(task$y),
    n_event = sum(task$y),
    weighted = !is.null(task$weights),
    pricing = task$pricing,
    balance = balance,
    learned_rate = learned_rate,
    calibration = calibration,
    seed = seed,
    versions = c(lcrisk = package_version_text(), R = as.character(getRversion())),
    call = call,
    trained_on = data_hash(learned$x, task$y),
    lineage = lineage_of(task)
  )
  model$fingerprint <- model_hash(model)
  structure(model, class = c(sprintf("lcrisk_%s_model", learner$kind), "lcrisk_model"))
}

# The (weighted) share of the event
event_share <- function(y, weights) {
  if (is.null(weights)) mean(y) else sum(weights * y) / sum(weights)
}

package_version_text <- function() as.character(utils::packageVersion("lcrisk"))

# Everything a model says of itself and a prediction depends on, as 32 hexadecimal
# digits: values, names, classes and levels, and nothing of how R happens to keep them.
model_hash <- function(model) .Call(ffi_hash_vectors, sealed_parts(model))

# All but where it was made, how it was asked for and where its rows came from
sealed_parts <- function(model) {
  unclass(model)[setdiff(names(model), c("versions", "call", "lineage", "fingerprint"))]
}

# Refuses what is not a model, or not one that lcrisk_train() made, before any of it
# is used.
check_model <- function(model, arg = "model", call = caller_env()) {
  fail <- function(what) {
    lcrisk_abort(
      "model", "bad_model", sprintf("`%s` %s.", arg, what),
      cure = "Train it again with lcrisk_train(), or load an undamaged copy.",
      arg = arg, call = call
    )
  }
  if (!inherits(model, "lcrisk_model") || !is.list(model)) {
    fail(sprintf("must be a model made by lcrisk_train(), not %s", found(unclass(model))))
  }
  if (is_known_good(model)) return(invisible(model))
  damaged <- names(which(!vapply(model_fields, function(ok) isTRUE(ok(model)), NA)))
  if (length(damaged)) fail(paste("is damaged in", quoted(damaged)))
  if (!is_sealed(model)) {
    fail("was changed after training: its contents do not match its fingerprint")
  }
  invisible(model)
}

# Do the contents match the fingerprint?
is_sealed <- function(model) {
  good <- identical(model$fingerprint, model_hash(model))
  if (good) state$sealed <- c(sealed_parts(model), list(fingerprint = model$fingerprint))
  good
}

# Checking and hashing a large model takes longer than predicting a row with it, so the
# parts found good last are kept: R copies what it changes, so parts that are still the
# same objects are still good.
is_known_good <- function(model) {
  last <- state$sealed
  parts <- unclass(model)[names(last)]
  length(parts) == length(last) &&
    all(names(model) %in% c(names(last), "versions", "call")) &&
    all(mapply(rlang::is_reference, parts, last))
}

# What each field must be. Core and blueprint are covered by the fingerprint.
model_fields <- list(
  learner = function(m) inherits(m$learner, "lcrisk_learner"),
  core = function(m) is.list(m$core),
  blueprint = function(m) is.list(m$blueprint) && is.character(m$blueprint$features),
  event = function(m) is_text(m$event, 1L) && m$event %in% m$levels,
  levels = function(m) is_text(m$levels, 2L),
  outcome = function(m) is.null(m$outcome) || is_text(m$outcome, 1L),
  cutoff = function(m) is_share(m$cutoff),
  base_rate = function(m) is_share(m$base_rate),
  n = function(m) is.numeric(m$n) && length(m$n) == 1L,
  n_event = function(m) is.numeric(m$n_event) && length(m$n_event) == 1L,
  pricing = function(m) is.null(m$pricing) || is_text(m$pricing, 1L),
  seed = function(m) is.numeric(m$seed) && length(m$seed) == 1L,
  fingerprint = function(m) is_text(m$fingerprint, 1L),
  calibration = function(m) all(vapply(m$calibration, inherits, NA, "lcrisk_calibrator"))
)

is_text <- function(x, n) is.character(x) && length(x) == n && !anyNA(x)

is_share <- function(x) {
  is.numeric(x) && length(x) == 1L && is.finite(x) && x >= 0 && x <= 1
}

#' Print and summarise a model
#'
#' `print()` says in a few lines what the model is, which value of the outcome is the
#' event, and what to call next. `summary()` adds what it knows of each feature.
#'
#' @param x,object An `lcrisk_model` made by [lcrisk_train()].
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: its argument,
#'   invisibly. `summary()`: a list of class `lcrisk_model_summary` with `model` (the
#'   lines of `format()`) and `features`, a data.table: `feature`, `kind`, `missing`
#'   (share of training rows), `min`, `max`, `n_levels`.
#' @section Errors: `lcrisk_error_model` when the object is damaged.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ income, data, learner = "logit", seed = 1)
#' model
#' summary(model)
#' @name lcrisk_model
NULL

#' @rdname lcrisk_model
#' @export
format.lcrisk_model <- function(x, ...) {
  check_model(x, "x")
  blueprint <- x$blueprint
  event <- event_text(x$outcome, x$event)
  weighted <- sprintf(", weighted %s", percent_text(x$base_rate))[isTRUE(x$weighted)]
  n_dropped <- length(blueprint$dropped)
  c(
    sprintf("<lcrisk_model> %s", x$learner$kind),
    paste0(
      sprintf("  event        %s: %s of %s rows (%s)", event, count_text(x$n_event),
              count_text(x$n), percent_text(x$n_event / x$n)),
      weighted
    ),
    sprintf("  features     %d%s", length(blueprint$features),
            if (n_dropped) sprintf(" (%d left out: see summary())", n_dropped) else ""),
    core_text(x$learner, x$core),
    if (!is.null(x$balance)) sprintf("  balanced     %s", x$balance$kind),
    sprintf("  cut-off      %.4f", x$cutoff),
    if (length(x$calibration)) {
      sprintf("  calibration  %s", vapply(x$calibration, calibrator_text, ""))
    },
    sprintf("  fingerprint  %s (seed %s)", substr(x$fingerprint, 1L, 12L),
            number_text(x$seed)),
    "Next: predict(model, newdata), lcrisk_evaluate(model, test)."
  )
}

#' @rdname lcrisk_model
#' @export
print.lcrisk_model <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_model
#' @export
summary.lcrisk_model <- function(object, ...) {
  check_model(object, "object")
  blueprint <- object$blueprint
  n_levels <- lengths(blueprint$levels)[blueprint$features]
  features <- data.table(
    feature = blueprint$features,
    kind = unname(blueprint$kind),
    missing = unname(blueprint$range$missing),
    min = unname(blueprint$range$min),
    max = unname(blueprint$range$max),
    n_levels = unname(n_levels)
  )
  structure(
    list(model = format(object), settings = settings_text(object$learner),
         features = features, dropped = blueprint$dropped, call = object$call),
    class = "lcrisk_model_summary"
  )
}

#' @export
print.lcrisk_model_summary <- function(x, ...) {
  cat(utils::head(x$model, -1L), x$settings, x$call, "", sep = "\n")
  shown <- copy(x$features)
  for (name in c("missing", "min", "max")) {
    set(shown, j = name, value = format_number(shown[[name]], 4L))
  }
  print(shown, nrows = 200L)
  if (length(x$dropped)) cat("Left out:", dropped_text(x$dropped), "\n")
  invisible(x)
}

# ---- text ----------------------------------------------------------------------

# 18065 as 18,065, whatever the options
count_text <- function(x) {
  formatC(as.double(x), format = "d", big.mark = ",", decimal.mark = ".")
}

# default = 1, or only 1 when the outcome has no name
event_text <- function(outcome, event) paste(c(outcome, event), collapse = " = ")

percent_text <- function(x) sprintf("%.1f %%", 100 * x)

# A call as one line without the data that do.call() puts into it
call_text <- function(call, name) {
  call[[1L]] <- as.name(name)
  inline <- !vapply(as.list(call), function(a) {
    is.language(a) || is.null(a) || (is.atomic(a) && length(a) <= 10L)
  }, NA)
  for (i in which(inline)) call[[i]] <- as.name("...")
  text <- paste(trimws(deparse(call, 500L)), collapse = " ")
  if (nchar(text) > 300L) paste0(substr(text, 1L, 297L), "...") else text
}
