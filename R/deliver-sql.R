#' A model as one SQL statement
#'
#' Writes a `SELECT` that scores the rows of a table where they are: in PostgreSQL, SQLite
#' or DuckDB, with no R near the data.
#'
#' @param model An `lcrisk_model` of the learner `boost`, `additive`, `scorecard` or `logit`,
#'   calibrated or not.
#' @param dialect `"postgresql"` (12 or later), `"sqlite"` (3.35 or later, with
#'   `exp` and `log`: built in, or the extension that RSQLite loads) or `"duckdb"`.
#' @param table Name of the table or view (text); `c("risk", "loans")` is `loans` of the
#'   schema `risk`. Taken as it is written, upper and lower case included.
#' @param key Names of columns of the table that go along with each score (text), by
#'   default the loan's `id`; `character()` for none.
#' @param columns What the table has. `"features"`: the model's own columns, by name, as
#'   `predict()` takes them. `"loans"`: the columns of Lending Club's loans as
#'   [lcrisk_read()] gives them, for a model of [lcrisk_features()]; the statement then
#'   computes the features.
#' @param file NULL, or the name of a file that the statement is also written to.
#' @param ... Nothing else: an unknown argument is an error.
#' @return The statement: text of length one and of class `lcrisk_sql`, which DBI takes as
#'   a query; `print()` shows a long one in part, `writeLines()` all of it. Its rows have
#'   the columns of `key`, `link` (log-odds), `prob` (probability of the event) and
#'   `is_event` (1 where `prob` is at least the model's cut-off, else 0), in no
#'   particular order.
#' @details The statement agrees with `predict()` to 1e-12: databases have their own `exp`
#'   and `ln`, and trees are added in another order. It is plain: comparisons, `CASE`,
#'   sums. Names, labels and numbers are quoted so that none can become SQL.
#'
#'   *Missing* is NULL (and NaN where a database has it), and follows the learner's rule;
#'   a level that training had not is missing. *Levels* are compared as text, exactly.
#'   *Dates* are dates; in SQLite, numbers of days since 1970 or text such as 2011-12-31.
#'   *Where `predict()` would refuse* (an infinite number, unless the model was trained
#'   with `infinite = "missing"`; in SQLite also text in a column of numbers) the three
#'   answers are NULL.
#'
#'   *Speed.* A statement of a thousand trees is some hundred kilobytes. PostgreSQL's
#'   compiler of expressions takes longer over it than the rows do: `SET jit = off`
#'   first. Put `CREATE TABLE scores AS` in front to keep the scores.
#'
#'   DuckDB's statement differs from PostgreSQL's in how numbers and types are written.
#'   The package's tests run the other two.
#' @section Errors: `lcrisk_error_model` (`learner`) for another learner;
#'   `lcrisk_error_input` for wrong arguments, and (`no_formulas`) for
#'   `columns = "loans"` with a model that was not trained on a frame;
#'   `lcrisk_error_io` when `file` cannot be written.
#' @family deliver
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90),
#'                    home = sample(c("own", "rent"), 300, TRUE))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' model <- lcrisk_train(default ~ ., data, learner = lcrisk_logit(knots = 0), seed = 1)
#' lcrisk_sql(model, "sqlite", table = "applications", key = "number")
#' @export
lcrisk_sql <- function(model, dialect = c("postgresql", "sqlite", "duckdb"),
                       table = "loans", key = "id", columns = c("features", "loans"),
                       file = NULL, ...) {
  check_call(...)
  check_model(model)
  dialect <- if (missing(dialect)) "postgresql" else check_choice(dialect, sql_dialects)
  check_names(table, 1:3)
  check_names(key, 0:50)
  columns <- if (missing(columns)) "features" else {
    check_choice(columns, c("features", "loans"))
  }
  if (!is.null(file)) check_path(file)
  text <- sql_of_model(model, dialect, sql_name(table), key, columns)
  if (!is.null(file)) .Call(ffi_model_write, path.expand(file), charToRaw(text))
  tell_s4()
  structure(text, class = c("lcrisk_sql", "character"))
}

# So that DBI, which looks for S4 classes, takes it for the text that it is. Said when
# needed: said while the package is built, it would make exports of its own.
tell_s4 <- function() {
  if (methods::isClass("lcrisk_sql")) return(invisible())
  methods::setOldClass(c("lcrisk_sql", "character"), where = state)
}

LINES_SHOWN <- 24L

#' @export
print.lcrisk_sql <- function(x, ...) {
  lines <- strsplit(unclass(x), "\n", fixed = TRUE)[[1L]]
  n <- length(lines)
  width <- getOption("width")
  if (n > LINES_SHOWN || any(nchar(lines) > 4L * width)) {
    left_out <- max(n - LINES_SHOWN, 0L)
    ends <- if (left_out) c(seq_len(8L), seq.int(n - LINES_SHOWN + 9L, n)) else seq_len(n)
    shown <- strtrim(lines[ends], width - 4L)
    shown <- paste0(shown, ifelse(nchar(lines[ends]) > nchar(shown), " ...", ""))
    if (left_out) {
      shown <- append(shown, sprintf("-- ... %d more lines ...", left_out), 8L)
    }
    size <- count_text(sum(nchar(lines) + 1L))
    lines <- c(shown, sprintf("-- In part: %s characters. Next: writeLines(x)", size))
  }
  cat(lines, sep = "\n")
  invisible(x)
}

# Distinct, non-empty names
check_names <- function(x, lengths, arg = rlang::caller_arg(x), call = caller_env()) {
  ok <- is.character(x) && length(x) %in% lengths && !anyNA(x) && all(nzchar(x)) &&
    !anyDuplicated(tolower(x))
  if (!ok) {
    abort_argument(arg, sprintf("%d to %d distinct names", min(lengths), max(lengths)), x,
                   call)
  }
  invisible(x)
}

# ---- the statement -----------------------------------------------------------------

# A chain of common table expressions, each adding columns to those before. They are
# materialised: planners would otherwise write each of their expressions into the next
# step as often as it is named there.
sql_of_model <- function(model, dialect, table, key, columns) {
  about <- sql_columns(model$blueprint)
  core <- sql_core(model$learner, model$core, about, dialect)
  keys <- sprintf("lc_k%d", seq_along(key))
  kept <- c(keys, "lc_refused")
  steps <- c(
    sql_input(model, about, core$codes, dialect, table, key, columns),
    layer_steps(core$layers),
    list(list(columns = c(kept, lc_link = sql_sum(core$terms)))),
    calibration_steps(model$calibration, dialect)
  )
  link <- paste0("lc_link", if (length(model$calibration)) length(model$calibration))
  with <- sql_chain(steps)
  prob <- sprintf("CASE WHEN NOT lc_refused THEN %s END AS lc_prob",
                  sql_logistic(link, dialect))
  names <- c(sprintf("%s AS %s", keys, sql_names(key)),
             sprintf("CASE WHEN NOT lc_refused THEN %s END AS link", link),
             "lc_prob AS prob",
             sprintf("CASE WHEN lc_prob >= %s THEN 1 WHEN lc_prob IS NOT NULL THEN 0 END",
                     sql_number(model$cutoff, dialect)))
  names[length(names)] <- paste(names[length(names)], "AS is_event")
  paste0(
    sql_comment(model, dialect), "WITH ", with, ",\n",
    sprintf("lc_scored AS (SELECT *, %s FROM lc_step%d)\n", prob, length(steps)),
    "SELECT ", paste(names, collapse = ",\n  "), "\nFROM lc_scored\n"
  )
}

sql_comment <- function(model, dialect) {
  sprintf("-- %s model of lcrisk %s, fingerprint %s, for %s\n", model$learner$kind,
          package_version_text(), model$fingerprint, dialect)
}

layer_steps <- function(layers) {
  layers <- Filter(length, layers)
  lapply(layers, function(layer) list(columns = c("*", layer)))
}

calibration_steps <- function(calibration, dialect) {
  steps <- list()
  x <- "lc_link"
  for (k in seq_along(calibration)) {
    to <- paste0("lc_link", k)
    steps <- c(steps, sql_calibrator(calibration[[k]], x, to, dialect))
    x <- to
  }
  layer_steps(steps)
}

# Each step: `columns`, SQL named by what it is called (or a name alone), and `from`, by
# default the step before
sql_chain <- function(steps) {
  text <- vapply(seq_along(steps), function(k) {
    columns <- steps[[k]]$columns
    names <- names(columns) %||% character(length(columns))
    columns <- paste0(columns, ifelse(nzchar(names), paste(" AS", names), ""))
    sprintf("lc_step%d AS MATERIALIZED (\nSELECT %s\nFROM %s\n)", k,
            paste(columns, collapse = ",\n  "),
            steps[[k]]$from %||% sprintf("lc_step%d", k - 1L))
  }, "")
  paste(text, collapse = ",\n")
}

# ---- the columns of the table --------------------------------------------------------

# The model's columns and what they are called inside the statement: their own names,
# where no database would cut them short or take two for one
sql_columns <- function(blueprint) {
  features <- blueprint$features
  short <- tolower(features)
  plain <- nchar(features, "bytes") <= 60L & !startsWith(short, "lc_") &
    !short %in% short[duplicated(short)]
  name <- ifelse(plain, features, sprintf("lc_x%d", seq_along(features)))
  list(feature = features, kind = unname(blueprint$kind[features]),
       name = sql_names(name), is_level = features %in% names(blueprint$levels),
       levels = blueprint$levels)
}

# The first steps: keys, the model's columns, and whether predict() would refuse the row
sql_input <- function(model, about, codes, dialect, table, key, columns) {
  keys <- stats::setNames(sql_names(key), sprintf("lc_k%d", seq_along(key)))
  infinite <- model$blueprint$infinite
  if (columns == "features") {
    value <- sql_own(about, codes, infinite, dialect)
    numbers <- sql_names(about$feature[about$kind == "number"])
    refused <- sql_any_refused(numbers, infinite, dialect)
    names(value) <- about$name
    return(list(list(columns = c(keys, lc_refused = refused, value), from = table)))
  }
  if (is.null(model$pricing)) {
    lcrisk_abort(
      "input", "no_formulas",
      "The model was not trained on features of loans, so their formulas are not known.",
      cure = "Use `columns = \"features\"`.", arg = "columns", call = NULL
    )
  }
  inputs <- inputs_of_model(model)
  field <- sprintf("lc_f%d", seq_along(inputs$name))
  raw <- stats::setNames(sql_fields(inputs, infinite, dialect), field)
  numbers <- sql_names(inputs$name[!inputs$type %in% c("level", "month", "date")])
  refused <- sql_any_refused(numbers, infinite, dialect)
  value <- sql_programs(inputs, field, dialect)
  for (j in which(about$is_level)) {
    value[j] <- sql_match(value[j], seq_along(codes[[about$feature[j]]]),
                          as.character(codes[[about$feature[j]]]), "0")
  }
  names(value) <- about$name
  list(list(columns = c(keys, lc_refused = refused, raw), from = table),
       list(columns = c(names(keys), "lc_refused", value)))
}

# The model's columns from columns of the same names
sql_own <- function(about, codes, infinite, dialect) {
  vapply(seq_along(about$feature), function(j) {
    column <- sql_name(about$feature[j])
    switch(
      about$kind[j],
      number = sql_double(column, infinite, dialect),
      flag = sql_flag(column, dialect),
      date = sql_days(column, dialect),
      sql_match(sql_label(column, dialect),
                sql_text(about$levels[[about$feature[j]]], dialect),
                as.character(codes[[about$feature[j]]]), "0")
    )
  }, "")
}
