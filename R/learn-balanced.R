#' Balance a table
#'
#' Applies a specification such as [lcrisk_smote()] to rows and says where each row of
#' the result comes from. For a look at what balancing does, or for other software:
#' [lcrisk_train()] and [lcrisk_cv()] balance by themselves, inside each fold.
#'
#' Never split, cross-validate or judge what this returns: copies and neighbours of one
#' loan would stand on both sides. Balance training rows only.
#'
#' @param x A data frame of features, or an `lcrisk_frame`, whose features are taken.
#' @param y The outcome of each row: logical, 0/1, a factor with two levels or text with
#'   two values. NULL takes a frame's own.
#' @param spec A specification such as [lcrisk_smote()], or the name of one.
#' @param weights NULL or a number of at least 0 per row.
#' @inheritParams lcrisk_train
#' @param ... Nothing else: an unknown argument is an error.
#' @return A list of class `lcrisk_balanced`:
#'   * `x`: the features, of the class of `x`, columns of the types given. Rows that were
#'     kept stand first, unchanged and in order;
#'   * `y`: their outcomes, as given;
#'   * `weights`: NULL or a number per row;
#'   * `origin`: data.table, one row per row: `row` of the data given that it is, repeats
#'     or starts from; `neighbour`, the other parent of a synthetic row, and `gap`, how
#'     far towards it (NA for rows of the data); `made`: `"given"`, `"copy"` or
#'     `"synthetic"`.
#' @inherit lcrisk_smote details
#' @section Errors: as in [lcrisk_smote()]; `lcrisk_error_input` for infinite values and
#'   outcomes that are missing or not binary; `lcrisk_error_schema` for columns that
#'   cannot be features and for text that differs in nearly every row (`id_column`).
#' @family balancing
#' @examples
#' set.seed(1)
#' x <- data.frame(income = round(runif(200, 20, 90)), home = gl(2, 100))
#' y <- runif(200) < 0.1
#' balanced <- lcrisk_balance(x, y, lcrisk_smote(k = 3), seed = 1)
#' balanced
#' tail(balanced$x, 3)
#' tail(balanced$origin, 3)
#' @export
lcrisk_balance <- function(x, y = NULL, spec = "smote", weights = NULL, seed = NULL,
                           threads = lcrisk_threads(), progress = interactive(), ...) {
  check_call(...)
  spec <- resolve_balance(spec, "spec")
  if (is.null(spec)) abort_argument("spec", "a specification", spec, rlang::current_env())
  formulas <- formulas_of(x)
  y <- balance_outcome(x, y)
  x <- balance_features(x)
  event <- resolve_event(y, event_of(y), arg = "y")$y
  if (length(y) != nrow(x)) {
    abort_argument("y", sprintf("one outcome per row (%d)", nrow(x)), y,
                   rlang::current_env())
  }
  weights <- check_weights(weights, nrow(x))
  run <- new_run(seed, threads, progress, "Balancing")
  columns <- lapply(stats::setNames(nm = names(x)), function(name) {
    balance_column(x[[name]], name, rlang::current_env())
  })
  set <- rebalance_set(spec, new_set(columns, event, weights, formulas), run)
  new_balanced(set, x, y, event, spec)
}

balance_outcome <- function(x, y, call = caller_env()) {
  if (!is.null(y)) return(y)
  if (is_frame(x)) y <- column_of(x, "outcome")
  if (is.null(y)) {
    lcrisk_abort("input", "bad_argument", "`y`, the outcome of each row, is missing.",
                 cure = "Only a frame from lcrisk_features() brings its own.", arg = "y",
                 call = call)
  }
  y
}

balance_features <- function(x, call = caller_env()) {
  plain <- as_columns(x, "x", 2L, call)
  if (is_frame(x)) plain <- feature_columns(x, columns_with_role(x, "feature"))
  if (!length(plain)) {
    lcrisk_abort("input", "no_features", "`x` has no columns.", arg = "x", call = call)
  }
  kinds_of(plain, "x", call)
  plain
}

feature_columns <- function(x, names) {
  setDT(lapply(stats::setNames(nm = names), function(name) x[[name]]))
}

# A column as the distance takes it: a number, an integer, a logical or a factor
balance_column <- function(x, name, call) {
  if (is.factor(x)) {
    column_labels(x, name, "x", call)
    return(factor(x, exclude = NULL, levels = levels(x)))
  }
  if (is.character(x)) return(text_levels(x, name, call))
  if (inherits(x, "integer64")) refuse_columns(stats::setNames(list(x), name), "x", call)
  value <- if (is.logical(x)) as.logical(x) else bare(unclass(x))
  settle_infinite(value, name, "error", "x", call)
}

text_levels <- function(x, name, call) {
  levels <- sort(unique(x), method = "radix")
  known <- sum(!is.na(x))
  if (length(levels) > max(10, known / 2)) {
    lcrisk_abort(
      "schema", "id_column",
      sprintf("Column `%s` of `x` differs in nearly every row: no new row can have one.",
              name),
      cure = "Leave names and identifiers out.", arg = "x", columns = name, call = call
    )
  }
  make_factor(match(x, levels), levels, FALSE)
}

# ---- result ----------------------------------------------------------------------

new_balanced <- function(set, x, y, event, spec) {
  synthetic <- !is.na(set$to)
  made <- ifelse(synthetic, "synthetic", ifelse(duplicated(set$row), "copy", "given"))
  columns <- Map(function(old, new) put_back(old, new, set$row, synthetic), as.list(x),
                 set$x[names(x)])
  columns <- if (is.data.table(x)) setDT(columns) else as_data_frame_like(columns, x)
  structure(
    list(
      x = columns, y = outcome_again(y, event, set),
      weights = set$weights,
      origin = data.table(row = set$row, neighbour = set$to, gap = set$gap, made = made),
      spec = spec, n_given = length(y)
    ),
    class = "lcrisk_balanced"
  )
}

# Values given are taken from the column given, so that they stay what they were
put_back <- function(old, new, row, synthetic) {
  out <- old[row]
  if (!any(synthetic)) return(out)
  made <- if (is.character(old)) as.character(new[synthetic]) else new[synthetic]
  if (is.factor(old)) {
    made <- factor_of(as.integer(made), levels(old))
  } else if (is.object(old)) {
    made <- structure(made, class = class(old), tzone = attr(old, "tzone"))
  }
  out[synthetic] <- made
  out
}

as_data_frame_like <- function(columns, x) {
  out <- as.data.frame(columns, optional = TRUE, stringsAsFactors = FALSE)
  names(out) <- names(x)
  if (inherits(x, "tbl_df")) class(out) <- class(x)
  out
}

# A row's outcome is that of the row it starts from
outcome_again <- function(y, event, set) {
  stopifnot(identical(event[set$row], set$y))
  y[set$row]
}

#' Print a balanced table
#'
#' @param x What [lcrisk_balance()] returned.
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: `x`, invisibly.
#' @examples
#' x <- data.frame(income = 1:40)
#' print(lcrisk_balance(x, rep(0:1, c(30, 10)), "oversample", seed = 1))
#' @name lcrisk_balanced
#' @keywords internal
NULL

#' @rdname lcrisk_balanced
#' @export
format.lcrisk_balanced <- function(x, ...) {
  made <- table(factor(x$origin[["made"]], c("given", "copy", "synthetic")))
  classes <- table(x$y)
  c(
    sprintf("<lcrisk_balanced> %s: %s rows from %s", x$spec$kind,
            count_text(length(x$y)), count_text(x$n_given)),
    sprintf("  %s kept as they were, %s copies, %s synthetic", count_text(made[[1L]]),
            count_text(made[[2L]]), count_text(made[[3L]])),
    paste0("  ", paste(sprintf("%s rows of %s", count_text(classes), names(classes)),
                       collapse = ", ")),
    "Train on $x, $y and $weights; never judge a model on them."
  )
}

#' @rdname lcrisk_balanced
#' @export
print.lcrisk_balanced <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}
