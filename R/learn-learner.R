# A learner is a choice of method and settings, never data: a constructor
# `lcrisk_<kind>()` that checks its arguments and ends in new_learner(), and methods
# of the two generics below. Nothing else is needed to add one.

# Made by the constructors; `params` is a named list of checked settings.
new_learner <- function(kind, params) {
  stopifnot(is.character(kind), length(kind) == 1L, is.list(params))
  structure(
    list(kind = kind, params = params),
    class = c(paste0("lcrisk_", kind), "lcrisk_learner")
  )
}

# Learns from numbers: `x` a named list of columns as the blueprint makes them, `y`
# integer 0/1, `weights` NULL or double, `run` from new_run(). Gives a list of plain
# vectors, so that the model survives saveRDS().
fit_core <- function(learner, x, y, weights, run) UseMethod("fit_core")

# The log-odds of the event for each row of `x`, a double vector.
predict_core <- function(learner, core, x, run) UseMethod("predict_core")

# The rows that are there: those of weight 0 are not.
weighted_rows <- function(x, y, weights) {
  if (is.null(weights) || all(weights > 0)) return(list(x = x, y = y, weights = weights))
  kept <- weights > 0
  list(x = lapply(x, function(column) column[kept]), y = y[kept], weights = weights[kept])
}

# Lines that a printed model shows of what fit_core() learned, such as an error that came
# with the fit.
core_text <- function(learner, core) UseMethod("core_text")

#' @exportS3Method
core_text.default <- function(learner, core) character()

# Names of features that the learner's settings speak of; training refuses unknown ones.
learner_features <- function(learner) UseMethod("learner_features")

#' @exportS3Method
learner_features.default <- function(learner) character()

check_learner_features <- function(learner, columns, call = caller_env()) {
  unknown <- setdiff(learner_features(learner), columns)
  if (!length(unknown)) return(invisible())
  near <- unlist(lapply(unknown, nearest, choices = columns))
  lcrisk_abort(
    "input", "unknown_feature",
    sprintf("The learner's settings name %s, which the data do not have.",
            quoted(unknown)),
    cure = if (length(near)) sprintf("Did you mean %s?", quoted(near)),
    columns = unknown, call = call
  )
}

no_method <- function(learner, call) {
  lcrisk_abort(
    "input", "unknown_learner",
    sprintf("There is no learner of class `%s`.", class(learner)[1L]),
    cure = sprintf("Learners: %s.", quoted(learner_kinds())), call = call
  )
}

#' @exportS3Method
fit_core.default <- function(learner, x, y, weights, run) no_method(learner, caller_env())

#' @exportS3Method
predict_core.default <- function(learner, core, x, run) no_method(learner, caller_env())

# Every kind whose constructor and method this package has
learner_kinds <- function() {
  home <- topenv()
  methods <- ls(home, pattern = "^fit_core\\.lcrisk_")
  kinds <- sub("^fit_core\\.lcrisk_", "", methods)
  kinds[vapply(paste0("lcrisk_", kinds), exists, NA, envir = home, inherits = FALSE)]
}

# A learner out of a learner or of the name of one, "boost" for lcrisk_boost().
resolve_learner <- function(learner, arg = "learner", call = caller_env()) {
  if (inherits(learner, "lcrisk_learner")) return(check_learner(learner, arg, call))
  if (is.function(learner)) {
    lcrisk_abort(
      "input", "bad_argument",
      sprintf("`%s` must be a learner, not a function.", arg),
      cure = "Call the function: `lcrisk_boost()`, not `lcrisk_boost`.",
      arg = arg, call = call
    )
  }
  if (!is.character(learner) || length(learner) != 1L || is.na(learner)) {
    abort_argument(arg, "a learner such as `lcrisk_logit()` or its name", learner, call)
  }
  kind <- sub("^lcrisk_", "", learner)
  if (kind %in% peer_packages) return(lcrisk_peer(kind))
  check_choice(kind, c(learner_kinds(), peer_packages), arg, call)
  get(paste0("lcrisk_", kind), envir = topenv(), inherits = FALSE)()
}

check_learner <- function(learner, arg, call) {
  kind <- learner$kind
  whole <- is.list(learner) && is.character(kind) && length(kind) == 1L &&
    !is.na(kind) && is.list(learner$params) &&
    identical(class(learner), c(paste0("lcrisk_", kind), "lcrisk_learner"))
  if (!whole) {
    lcrisk_abort(
      "input", "bad_learner", sprintf("`%s` is a damaged learner.", arg),
      cure = "Make it anew with its constructor, such as `lcrisk_boost()`.",
      arg = arg, call = call
    )
  }
  learner
}

#' Print a learner
#'
#' @param x A learner, such as [lcrisk_logit()].
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: `x`, invisibly.
#' @examples
#' print(lcrisk_logit())
#' @name lcrisk_learner
#' @keywords internal
NULL

#' @rdname lcrisk_learner
#' @export
format.lcrisk_learner <- function(x, ...) {
  c(
    sprintf("Learner `%s`", x$kind), settings_text(x),
    "Train it with lcrisk_train(data, learner = )."
  )
}

# Lines such as "  trees = 300, rate = 0.05"
settings_text <- function(learner) {
  shown <- vapply(learner$params, setting_text, "")
  text <- paste(names(shown), shown, sep = " = ", collapse = ", ")
  if (nzchar(text)) strwrap(text, 76L, indent = 2L, exdent = 2L)
}

#' @rdname lcrisk_learner
#' @export
print.lcrisk_learner <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

# One setting as R would write it, cut where it is long
setting_text <- function(value) {
  text <- if (is.list(value) && all(vapply(value, inherits, NA, "lcrisk_learner"))) {
    paste(names(value), collapse = " + ")
  } else if (is.numeric(value) && length(value) == 1L) {
    format_number(value)
  } else {
    paste(deparse(value, 60L), collapse = " ")
  }
  if (nchar(text) > 40L) paste0(substr(text, 1L, 37L), "...") else text
}

# Text of a number whatever options(OutDec=, scipen=, digits=) say
format_number <- function(x, digits = 6L) {
  text <- formatC(x, digits = digits, format = "g", decimal.mark = ".", width = 1L)
  large <- grep("e+", text, fixed = TRUE)
  large <- large[abs(x[large]) < 1e15]  # 25000, not 2.5e+04
  text[large] <- formatC(signif(x[large], digits), digits = 0L, format = "f", width = 1L)
  text
}
