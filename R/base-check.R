# One check per argument, one line per check, as a statement at the top of the
# function. Each returns its value in the type the code below it needs.

# "x", "x" and "y", for messages
quoted <- function(x, max = 10L) {
  shown <- paste0("`", utils::head(x, max), "`")
  more <- length(x) - length(shown)
  if (more > 0L) shown <- c(shown, sprintf("%d more", more))
  if (length(shown) < 2L) return(shown)
  paste(paste(utils::head(shown, -1L), collapse = ", "), "and", utils::tail(shown, 1L))
}

# What the user gave, in a few words
found <- function(x) {
  if (is.null(x)) return("NULL")
  if (is.atomic(x) && length(x) == 1L) {
    if (is.na(x)) return("NA")
    return(if (is.character(x)) encodeString(x, quote = "\"") else format(x))
  }
  if (is.function(x)) return("a function")
  sprintf("%s of length %d", class(x)[1L], length(x))
}

abort_argument <- function(arg, expected, x, call) {
  lcrisk_abort(
    "input", "bad_argument", sprintf("`%s` must be %s, not %s.", arg, expected, found(x)),
    arg = arg, call = call
  )
}

check_number <- function(x, min = -Inf, max = Inf, arg = rlang::caller_arg(x),
                         call = caller_env()) {
  ok <- is.numeric(x) && length(x) == 1L && is.finite(x) && x >= min && x <= max
  if (!ok) abort_argument(arg, number_wanted("one number", min, max), x, call)
  as.double(x)
}

check_count <- function(x, min = 1L, max = .Machine$integer.max,
                        arg = rlang::caller_arg(x), call = caller_env()) {
  ok <- is.numeric(x) && length(x) == 1L && is.finite(x) && x == trunc(x) &&
    x >= min && x <= max
  if (!ok) abort_argument(arg, number_wanted("one whole number", min, max), x, call)
  as.integer(x)
}

number_wanted <- function(what, min, max) {
  max <- if (identical(max, .Machine$integer.max)) Inf else max
  if (is.finite(min) && is.finite(max)) {
    return(sprintf("%s between %s and %s", what, format(min), format(max)))
  }
  if (is.finite(min)) return(sprintf("%s of at least %s", what, format(min)))
  if (is.finite(max)) return(sprintf("%s of at most %s", what, format(max)))
  what
}

check_flag <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  if (!isTRUE(x) && !isFALSE(x)) abort_argument(arg, "TRUE or FALSE", x, call)
  x
}

check_string <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  if (!is.character(x) || length(x) != 1L || is.na(x) || !nzchar(x)) {
    abort_argument(arg, "one non-empty string", x, call)
  }
  x
}

# One of `choices`, spelled out in full; names the nearest when it is not.
check_choice <- function(x, choices, arg = rlang::caller_arg(x), call = caller_env()) {
  if (!is.character(x) || length(x) != 1L || is.na(x) || !x %in% choices) {
    near <- if (is.character(x) && length(x) == 1L && !is.na(x)) nearest(x, choices)
    lcrisk_abort(
      "input", "bad_choice",
      sprintf("`%s` must be one of %s, not %s.", arg, quoted(choices, 20L), found(x)),
      cure = if (length(near)) sprintf("Did you mean `%s`?", near),
      arg = arg, call = call
    )
  }
  x
}

check_data <- function(x, arg = rlang::caller_arg(x), min_rows = 1L,
                       call = caller_env()) {
  if (!is.data.frame(x)) abort_argument(arg, "a data frame", x, call)
  repeated <- unique(names(x)[duplicated(names(x))])
  if (length(repeated)) {
    lcrisk_abort(
      "schema", "duplicate_column",
      sprintf("`%s` has columns of the same name: %s.", arg, quoted(repeated)),
      cure = "Rename or drop all but one of each.", arg = arg, columns = repeated,
      call = call
    )
  }
  if (nrow(x) < min_rows) {
    lcrisk_abort(
      "input", "too_few_rows",
      sprintf("`%s` has %d rows; at least %d needed.", arg, nrow(x), min_rows),
      arg = arg, n = nrow(x), call = call
    )
  }
  x
}

# NULL, or one finite number of at least 0 for each of `n` rows
check_weights <- function(weights, n, call = caller_env()) {
  if (is.null(weights)) return(NULL)
  if (!is.numeric(weights) || is.object(weights) || !is.null(dim(weights))) {
    abort_argument("weights", "NULL or a numeric vector", weights, call)
  }
  if (length(weights) != n) {
    abort_argument("weights", sprintf("one number per row (%d)", n), weights, call)
  }
  bad <- which(!is.finite(weights) | weights < 0)
  if (length(bad)) {
    lcrisk_abort(
      "input", "bad_weight",
      sprintf("`weights` must be finite and not negative; entry %d is %s.", bad[1L],
              found(weights[bad[1L]])),
      arg = "weights", n = length(bad), row = bad[1L], call = call
    )
  }
  as.double(weights)
}

check_columns <- function(x, columns, arg = rlang::caller_arg(x), call = caller_env()) {
  absent <- setdiff(columns, names(x))
  if (length(absent)) {
    near <- unlist(lapply(absent, nearest, choices = names(x)))
    lcrisk_abort(
      "schema", "missing_column",
      sprintf("`%s` lacks the column%s %s.", arg, if (length(absent) > 1L) "s" else "",
              quoted(absent)),
      cure = if (length(near)) sprintf("Similar names there: %s.", quoted(near)),
      arg = arg, columns = absent, call = call
    )
  }
  invisible(x)
}

check_dots_empty <- function(..., call = caller_env()) {
  caller <- sys.function(sys.parent())
  if (...length() == 0L) return(invisible())
  names <- ...names() %||% rep("", ...length())
  named <- names[!is.na(names) & nzchar(names)]
  near <- unlist(lapply(named, nearest, choices = setdiff(names(formals(caller)), "...")))
  lcrisk_abort(
    "input", "unknown_argument",
    if (length(named)) sprintf("Unknown argument: %s.", quoted(named))
    else sprintf("%d unnamed argument(s) too many.", length(names)),
    cure = if (length(near)) sprintf("Did you mean %s?", quoted(near))
    else "Check the spelling against the help page, and name the arguments.",
    call = call
  )
}

# The candidate within a third of the word's length in edits, or character()
nearest <- function(x, choices) {
  if (!length(choices)) return(character())
  distance <- utils::adist(x, choices, ignore.case = TRUE)[1L, ]
  best <- which.min(distance)
  if (distance[best] <= max(1L, nchar(x) %/% 3L)) choices[best] else character()
}

# One number above 0 and at most 1
check_share <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  ok <- is.numeric(x) && length(x) == 1L && is.finite(x) && x > 0 && x <= 1
  if (!ok) abort_argument(arg, "one number above 0 and at most 1", x, call)
  as.double(x)
}
