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

# 1 row, 2 rows
count_of <- function(n, what) {
  sprintf("%s %s%s", count_words(n), what, if (n == 1) "" else "s")
}

# What the user gave, in a few words. Nothing of another class is formatted: its method
# may fail, or ask this function in turn.
found <- function(x) {
  if (is.null(x)) return("NULL")
  if (inherits(x, c("factor", "Date")) && length(x) == 1L) x <- as.character(x)
  if (is.atomic(x) && !is.object(x) && length(x) == 1L) {
    if (is.na(x)) return("NA")
    return(if (is.character(x)) encodeString(x, quote = "\"") else format(x))
  }
  if (is.function(x)) return("a function")
  if (is.data.frame(x)) return(sprintf("a table of %s", count_of(nrow(x), "row")))
  if (inherits(x, "formula")) return("a formula")
  sprintf("%s of length %d", class(x)[1L], length(unclass(x)))
}

abort_argument <- function(arg, expected, x, call, cure = NULL) {
  lcrisk_abort(
    "input", "bad_argument", sprintf("`%s` must be %s, not %s.", arg, expected, found(x)),
    cure = cure, arg = arg, call = call
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
      sprintf("`%s` has %s; at least %d needed.", arg, count_of(nrow(x), "row"),
              min_rows),
      cure = if (nrow(x)) "More rows are needed to learn or judge anything."
      else "The step before left none: its ledger says why.",
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

# `cure` says what to do when no similar name is there
check_columns <- function(x, columns, arg = rlang::caller_arg(x), call = caller_env(),
                          cure = NULL) {
  absent <- setdiff(columns, names(x))
  if (length(absent)) {
    lcrisk_abort(
      "schema", "missing_column",
      sprintf("`%s` lacks the column%s %s.", arg, if (length(absent) > 1L) "s" else "",
              quoted(absent)),
      cure = cure_absent(absent, names(x), cure), arg = arg, columns = absent, call = call
    )
  }
  invisible(x)
}

cure_absent <- function(absent, there, cure = NULL) {
  near <- unlist(lapply(absent, nearest, choices = there))
  if (length(near)) return(sprintf("Similar names there: %s.", quoted(near)))
  cure %||% sprintf("It has %s.", if (length(there)) quoted(there) else "no columns")
}

# The first line of every verb: `check_call(...)`, so that an argument that is unknown,
# abbreviated or missing is an error of ours. That is why every verb has `...`. What the
# verb itself looks after when it is missing is `.optional`.
check_call <- function(..., .optional = NULL, .call = caller_env()) {
  verb <- sys.function(sys.parent())
  written <- sys.call(sys.parent())
  if (...length()) stop_dots(...names(), ...length(), verb, .call)
  known <- setdiff(names(formals(verb)), "...")
  refuse_abbreviated(setdiff(names(written), ""), known, .call)
  needed <- known[vapply(formals(verb)[known], identical, NA, quote(expr = ))]
  for (arg in setdiff(needed, .optional)) {
    if (eval(call("missing", as.name(arg)), .call)) {
      stop_missing(arg, needed, written, .call)
    }
  }
  invisible()
}

check_dots_empty <- function(..., call = caller_env()) {
  if (...length()) stop_dots(...names(), ...length(), sys.function(sys.parent()), call)
  invisible()
}

stop_dots <- function(names, n, verb, call) {
  names <- names %||% rep("", n)
  named <- names[!is.na(names) & nzchar(names)]
  near <- unlist(lapply(named, nearest, choices = setdiff(names(formals(verb)), "...")))
  lcrisk_abort(
    "input", "unknown_argument",
    if (length(named)) sprintf("Unknown argument: %s.", quoted(named))
    else sprintf("%s too many.", count_of(n, "unnamed argument")),
    cure = if (length(near)) sprintf("Did you mean %s?", quoted(near))
    else "Check the spelling against the help page, and name the arguments.",
    call = call
  )
}

# R would take `typ =` for `type =`, until an argument `types` is added one day
refuse_abbreviated <- function(written, known, call) {
  short <- setdiff(written, known)
  full <- known[pmatch(short, known)]
  if (all(is.na(full))) return(invisible())
  lcrisk_abort(
    "input", "unknown_argument",
    sprintf("Unknown argument: %s.", quoted(short[!is.na(full)])),
    cure = sprintf("Spelled out: %s.", quoted(full[!is.na(full)])), call = call
  )
}

stop_missing <- function(arg, needed, written, call) {
  verb <- written[[1L]]
  verb <- if (is.name(verb)) as.character(verb) else "the function"
  lcrisk_abort(
    "input", "missing_argument", sprintf("The argument `%s` is missing.", arg),
    cure = sprintf("Call `%s(%s)`.", verb, paste(needed, collapse = ", ")), arg = arg,
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
