# A task: candidate features, outcome and weights, whichever way they were given.
# The three interfaces of lcrisk_train() differ up to here and nowhere else.
#
#   columns    data.table of candidate features (the caller's vectors, not copied)
#   y          integer 0/1; event, levels: its labels
#   outcome    name of the outcome's column, NULL if it came apart
#   weights    NULL or double, above 0
#   row        which rows of the data given these are, of n_given
#   frame      the data given, whole: for benchmarks
#   pricing    the setting of lcrisk_features() that made the frame, NULL if none
#   arg        how messages call the data
#   infinite   "error" or "missing", see lcrisk_train()

as_task <- function(x, ...) UseMethod("as_task")

#' @exportS3Method
as_task.default <- function(x, ..., call = caller_env()) {
  is_split <- is.list(x) && all(c("train", "test") %in% names(x))
  lcrisk_abort(
    "input", "bad_argument",
    sprintf("`x` must be a frame, a formula or a data frame, not %s.", found(x)),
    cure = if (is_split) "Give one part of the split: `split$train`."
    else "See the three ways in the help page of lcrisk_train().",
    arg = "x", call = call
  )
}

#' @exportS3Method
as_task.lcrisk_loans <- function(x, ..., call = caller_env()) {
  lcrisk_abort(
    "input", "loans_given", "`x` holds loans, not features.",
    cure = "Call lcrisk_outcome() and then lcrisk_features() first.", arg = "x",
    call = call
  )
}

#' @exportS3Method
as_task.lcrisk_frame <- function(x, ..., event = NULL, weights = NULL, audit = TRUE,
                                 infinite = "error", call = caller_env()) {
  check_dots_empty(..., call = call)
  check_data(x, "x", 2L, call)
  outcome <- columns_with_role(x, "outcome")
  if (length(outcome) != 1L) {
    lcrisk_abort(
      "schema", "no_outcome",
      sprintf("`x` has %s of role outcome; one is needed.",
              count_of(length(outcome), "column")),
      cure = "Call lcrisk_outcome() before lcrisk_features().", arg = "x", call = call
    )
  }
  new_task(x, columns_with_role(x, "feature"), x[[outcome]], outcome, event, weights,
           audit, infinite, "x", call)
}

#' @exportS3Method
as_task.formula <- function(x, data, ..., event = NULL, weights = NULL, audit = TRUE,
                            infinite = "error", call = caller_env()) {
  check_dots_empty(..., call = call)
  if (missing(data)) {
    lcrisk_abort("input", "bad_argument", "A formula needs `data`.",
                 cure = "Give the data frame whose columns it names.", arg = "data",
                 call = call)
  }
  data <- as_columns(data, "data", 2L, call)
  parts <- read_formula(x, data, call)
  check_columns(data, c(parts$outcome, parts$features), "data", call)
  new_task(data, parts$features, data[[parts$outcome]], parts$outcome, event, weights,
           audit, infinite, "data", call)
}

#' @exportS3Method
as_task.data.frame <- function(x, y, ..., event = NULL, weights = NULL, audit = TRUE,
                               infinite = "error", call = caller_env()) {
  check_dots_empty(..., call = call)
  x <- as_columns(x, "x", 2L, call)
  if (missing(y) || is.null(y)) {
    lcrisk_abort("input", "bad_argument", "`y`, the outcome of each row, is missing.",
                 cure = "Or give a formula: `lcrisk_train(outcome ~ ., data = x)`.",
                 arg = "y", call = call)
  }
  if (length(y) != nrow(x) && is.null(dim(y))) {
    lcrisk_abort("input", "bad_length",
                 sprintf("`y` has %s, `x` has %s.", count_of(length(y), "value"),
                         count_of(nrow(x), "row")),
                 cure = "Give one outcome per row.", arg = "y", call = call)
  }
  new_task(x, names(x), y, NULL, event, weights, audit, infinite, "x", call)
}

#' @exportS3Method
as_task.matrix <- as_task.data.frame

#' @exportS3Method
as_task.Matrix <- as_task.data.frame

new_task <- function(data, features, y, outcome, event, weights, audit, infinite, arg,
                     call) {
  check_flag(audit, "audit", call)
  check_choice(infinite, c("error", "missing"), "infinite", call)
  said <- resolve_event(y, event, arg = outcome %||% "y", call = call)
  columns <- stats::setNames(lapply(features, function(name) data[[name]]), features)
  kinds_of(columns, arg, call)
  if (audit && length(features)) refuse_leaks_of(data, features, said$y, outcome, call)
  task <- list(
    columns = setDT(columns), y = said$y, event = said$event, levels = said$levels,
    outcome = outcome, weights = check_weights(weights, length(said$y), call),
    row = seq_along(said$y), n_given = length(said$y), frame = data,
    pricing = attr(data, "pricing", exact = TRUE), arg = arg, infinite = infinite
  )
  settle_weights(task, call)
}

# Some of the rows of a task
subset_task <- function(task, rows) {
  task$columns <- task$columns[rows]
  task$y <- task$y[rows]
  task$weights <- task$weights[rows]
  task$row <- task$row[rows]
  task
}

# ---- weights -------------------------------------------------------------------

# A row of weight 0 is a row that is not there
settle_weights <- function(task, call) {
  if (is.null(task$weights) || all(task$weights > 0)) return(task)
  kept <- which(task$weights > 0)
  if (length(unique(task$y[kept])) < 2L) {
    lcrisk_abort(
      "input", "one_class", "`weights` leave rows of one class or none.",
      cure = "Both outcomes need rows of weight above 0.", arg = "weights", call = call
    )
  }
  subset_task(task, kept)
}

# ---- formulas ------------------------------------------------------------------

# Names of the outcome and the features in `outcome ~ .`, `outcome ~ . - a`,
# `outcome ~ a + b`. Nothing is evaluated. In a frame, `.` stands for its features.
read_formula <- function(formula, data, call) {
  if (length(formula) != 3L || !is.name(formula[[2L]])) {
    stop_formula("The left side must be the name of the outcome", call)
  }
  outcome <- as.character(formula[[2L]])
  terms <- read_terms(formula[[3L]], call)
  all <- if (is_frame(data)) columns_with_role(data, "feature") else names(data)
  dot <- setdiff(all, outcome)
  removed <- terms$name[terms$sign < 0]
  check_columns(data, setdiff(removed, "."), "data", call)
  features <- character()
  for (name in terms$name[terms$sign > 0]) {
    features <- union(features, if (name == ".") dot else name)
  }
  features <- setdiff(features, removed)
  if (outcome %in% features) {
    lcrisk_abort(
      "input", "target_leak", sprintf("The outcome `%s` is also a feature.", outcome),
      cure = "Take it off the right side of the formula.", arg = "x", call = call
    )
  }
  list(outcome = outcome, features = features)
}

# Sums and differences of plain names, read from the right; a loop, because formulas
# of thousands of terms nest as deep.
read_terms <- function(expression, call) {
  name <- character()
  sign <- integer()
  while (is_sum(expression)) {
    name <- c(plain_name(expression[[3L]], call), name)
    sign <- c(if (identical(expression[[1L]], quote(`+`))) 1L else -1L, sign)
    expression <- expression[[2L]]
  }
  list(name = c(plain_name(expression, call), name), sign = c(1L, sign))
}

is_sum <- function(expression) {
  is.call(expression) && length(expression) == 3L &&
    (identical(expression[[1L]], quote(`+`)) || identical(expression[[1L]], quote(`-`)))
}

plain_name <- function(expression, call) {
  if (is.name(expression)) return(as.character(expression))
  text <- paste(deparse(expression, 60L), collapse = " ")
  stop_formula(sprintf("`%s` is not the name of a column", text), call)
}

stop_formula <- function(message, call) {
  lcrisk_abort(
    "input", "bad_formula", paste0(message, "."),
    cure = "A formula is `outcome ~ .` with `+ name` and `- name`; nothing is computed.",
    arg = "x", call = call
  )
}
