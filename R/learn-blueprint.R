# What a model remembers of its training columns, so that new data become exactly
# what the learner saw: names, kinds, levels, and the ranges that flags are made from.
# Learned from training rows only. A blueprint is a list of plain vectors:
#
#   features   names of the features in use, sorted
#   kind       for each feature its kind, see R/learn-columns.R
#   levels     for the features of kind `level` and `ordered`: the training levels
#   range      list of min, low, high, max, missing, typical, a number per feature:
#              extremes, 0.1 % and 99.9 % quantiles, share of rows missing, median. For
#              levels NA, but for `missing` and the code of the most frequent as
#              `typical`.
#   dropped    for each feature left out: why
#   infinite   "error" or "missing": what an infinite value is

MAX_LEVELS_QUIET <- 1000L

# From `columns`, a list or data frame of candidate features. Gives the blueprint and
# `x`, what fit_core() takes. Features stand in the order of their names' bytes, so
# that a model cannot depend on the order of the columns.
learn_blueprint <- function(columns, infinite = "error", arg = "x", call = caller_env()) {
  columns <- as.list(columns)
  columns <- columns[order(enc2utf8(names(columns) %||% character()), method = "radix")]
  kind <- kinds_of(columns, arg, call)
  x <- list()
  why <- character()
  for (name in names(columns)) {
    column <- learn_column(columns[[name]], kind[[name]], name, infinite, arg, call)
    reason <- reason_to_drop(column, kind[[name]])
    if (is.na(reason)) x[[name]] <- column else why[[name]] <- reason
  }
  features <- names(x)
  if (!length(x)) stop_no_features(why, arg, call)
  warn_dropped(why)
  warn_many_levels(x)
  is_level <- vapply(x, is.factor, NA)
  blueprint <- list(
    features = features,
    kind = kind[features],
    levels = lapply(x[is_level], levels),
    range = learn_ranges(x),
    dropped = why,
    infinite = infinite
  )
  list(blueprint = blueprint, x = x)
}

# The columns of new data that a model needs, as its learner takes them: found by
# name, levels by label.
apply_blueprint <- function(blueprint, newdata, arg = "newdata", call = caller_env()) {
  newdata <- as_columns(newdata, arg, min_rows = 0L, call = call)
  check_columns(newdata, blueprint$features, arg, call)
  x <- .subset(newdata, blueprint$features)
  # columns that are as they should be need one look: of the time that a single row
  # takes, most went into their checks
  slow <- which(!mapply(is_as_trained, x, blueprint$kind, blueprint$levels[names(x)]))
  kinds_of(x[slow], arg, call)
  for (j in slow) {
    name <- blueprint$features[[j]]
    column <- apply_kind(x[[j]], blueprint$kind[[j]], blueprint$levels[[name]], name, arg,
                         call)
    x[[j]] <- settle_infinite(column, name, blueprint$infinite, arg, call)
  }
  if (!length(slow)) return(x)
  warn_unseen(x[slow], arg)
  x[slow] <- lapply(x[slow], drop_unseen)
  x
}

# A bare number without infinite values, or a factor of just the training levels
is_as_trained <- function(x, kind, levels) {
  a <- attributes(x)
  if (is.null(a)) return(kind == "number" && is.numeric(x) && !has_infinite(x))
  if (kind != "level" || length(a) != 2L || !identical(a$class, "factor")) return(FALSE)
  code <- unclass(x)
  is.integer(x) && identical(a$levels, levels) && all(code >= 1L, na.rm = TRUE) &&
    all(code <= length(levels), na.rm = TRUE)
}

has_infinite <- function(x) is.double(x) && any(is.infinite(x))

apply_kind <- function(x, kind, levels, name, arg, call) {
  switch(
    kind,
    number = as_number(x, name, arg, call),
    flag = as_flag(x, name, arg, call),
    date = as_date(x, name, arg, call),
    level = as_level(x, levels, FALSE, name, arg, call),
    ordered = as_level(x, levels, TRUE, name, arg, call)
  )
}

# ---- learning ------------------------------------------------------------------

kinds_of <- function(columns, arg, call) {
  kind <- vapply(columns, column_kind, "")
  if (anyNA(kind)) refuse_columns(columns[is.na(kind)], arg, call)
  kind
}

learn_column <- function(x, kind, name, infinite, arg, call) {
  if (kind %in% c("level", "ordered")) return(learn_levels(x, kind, name, arg, call))
  x <- switch(
    kind,
    number = as_number(x, name, arg, call), flag = bare(x), date = date_to_days(x)
  )
  settle_infinite(x, name, infinite, arg, call)
}

# Levels in use only: a level without a training row is as unseen as any other.
# A factor keeps its order; text has none and is sorted by its bytes, so that no
# locale changes the model.
learn_levels <- function(x, kind, name, arg, call) {
  labels <- column_labels(x, name, arg, call)
  levels <- unique(labels$label[!is.na(labels$label)])
  if (is.character(x)) levels <- sort(levels, method = "radix")
  make_factor(match(labels$label, levels)[labels$code], levels, kind == "ordered")
}

settle_infinite <- function(x, name, infinite, arg, call) {
  if (!is.double(x)) return(x)
  bad <- is.infinite(x)
  if (!any(bad)) return(x)
  if (infinite == "missing") {
    x[bad] <- NA_real_
    return(x)
  }
  lcrisk_abort(
    "input", "infinite",
    sprintf("Column `%s` of `%s` has %s, the first in row %d.", name, arg,
            count_of(sum(bad), "infinite value"), which(bad)[1L]),
    cure = "Correct them, or train with `infinite = \"missing\"`.",
    arg = arg, columns = name, n = sum(bad), row = which(bad)[1L], call = call
  )
}

# NA to keep the column
reason_to_drop <- function(x, kind) {
  n_missing <- if (anyNA(x)) sum(is.na(x)) else 0L
  if (n_missing == length(x)) return("all missing")
  if (is.factor(x)) {
    if (nlevels(x) == 1L && n_missing == 0L) return("constant")
    # names, titles, identifiers: more labels than rows to learn them from
    if (kind == "level" && nlevels(x) > max(10, (length(x) - n_missing) / 2)) {
      return("nearly all values differ")
    }
    return(NA_character_)
  }
  if (n_missing == 0L && min(x) == max(x)) "constant" else NA_character_
}

stop_no_features <- function(why, arg, call) {
  lcrisk_abort(
    "input", "no_features",
    sprintf("`%s` has no feature to learn from%s.", arg,
            if (length(why)) paste0(": ", dropped_text(why)) else ""),
    cure = "At least one feature must vary.", arg = arg, columns = names(why), call = call
  )
}

dropped_text <- function(why) {
  columns <- split(names(why), factor(why, unique(why)))
  paste(sprintf("%s (%s)", vapply(columns, quoted, ""), names(columns)), collapse = "; ")
}

warn_dropped <- function(why) {
  if (!length(why)) return(invisible())
  lcrisk_warn(
    "data", "dropped_features",
    sprintf("%s left out: %s.", count_of(length(why), "feature"), dropped_text(why)),
    columns = names(why), reasons = why
  )
}

warn_many_levels <- function(x) {
  n <- vapply(x, nlevels, 0L)
  many <- n[n > MAX_LEVELS_QUIET]
  if (!length(many)) return(invisible())
  lcrisk_warn(
    "data", "high_cardinality",
    sprintf("Features with very many levels: %s.",
            paste(sprintf("`%s` (%d)", names(many), many), collapse = ", ")),
    cure = "Group them, or leave them out.", columns = names(many)
  )
}

# ---- ranges --------------------------------------------------------------------

learn_ranges <- function(x) {
  all <- vapply(x, column_range, numeric(6L))
  lapply(stats::setNames(nm = rownames(all)), function(row) {
    stats::setNames(all[row, ], colnames(all))  # one column alone would lose its name
  })
}

# Quantiles are values that occur (type 1). Adding 0 makes -0 and 0 one value.
column_range <- function(x) {
  n <- length(x)
  known <- if (anyNA(x)) x[!is.na(x)] else x
  missing <- 1 - length(known) / n
  if (is.factor(x)) {
    mode <- which.max(tabulate(known, nlevels(x)))
    return(c(min = NA, low = NA, high = NA, max = NA, missing = missing, typical = mode))
  }
  known <- as.double(known) + 0
  m <- length(known)
  at <- c(1L, pmax(1L, ceiling(m * c(0.001, 0.999, 0.5))), m)
  sorted <- sort(known, partial = unique(at))[at]
  c(min = sorted[1L], low = sorted[2L], high = sorted[3L], max = sorted[5L],
    missing = missing, typical = sorted[4L])
}

# ---- new data ------------------------------------------------------------------

# A data frame, or the columns of a matrix; names checked, nothing copied
as_columns <- function(x, arg, min_rows = 1L, call = caller_env()) {
  if (inherits(x, "Matrix")) x <- as.matrix(x)
  if (is.matrix(x)) {
    names <- colnames(x) %||% sprintf("V%d", seq_len(ncol(x)))
    columns <- lapply(seq_len(ncol(x)), function(j) as.vector(x[, j]))
    x <- structure(
      columns,
      names = names, row.names = .set_row_names(nrow(x)), class = "data.frame"
    )
  }
  check_data(x, arg, min_rows, call)
  unnamed <- which(is.na(names(x)) | !nzchar(names(x)))
  if (length(unnamed)) {
    lcrisk_abort(
      "schema", "unnamed_column",
      sprintf("Column %d of `%s` has no name.", unnamed[1L], arg),
      cure = "Name every column.", arg = arg, columns = unnamed, call = call
    )
  }
  x
}

warn_unseen <- function(x, arg) {
  unseen <- Filter(length, lapply(x, attr, "unseen"))
  if (!length(unseen)) return(invisible())
  shown <- sprintf("`%s` (%s)", names(unseen),
                   vapply(unseen, function(v) gsub("`", "\"", quoted(v, 4L)), ""))
  lcrisk_warn(
    "schema", "unseen_levels",
    sprintf("`%s` has levels that training had not, treated as missing: %s.", arg,
            paste(utils::head(shown, 10L), collapse = ", ")),
    columns = names(unseen), levels = unseen
  )
}

drop_unseen <- function(x) {
  attr(x, "unseen") <- NULL
  x
}
