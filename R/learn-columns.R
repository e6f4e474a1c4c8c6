# What a column of data can be, and how it becomes what learners take. Every rule
# holds at training and at prediction alike, so a value always means the same.
#
# | kind      | from                              | to                                |
# | --------- | --------------------------------- | --------------------------------- |
# | `number`  | double, integer, integer64        | double or integer                 |
# | `flag`    | logical                           | logical                           |
# | `level`   | factor, text                      | factor of the training levels     |
# | `ordered` | ordered factor                    | the same, in the training order   |
# | `date`    | Date, IDate, POSIXct              | days since 1970-01-01             |
#
# NA and NaN are missing alike. Anything else (list, complex, raw, matrix, difftime,
# labelled, ...) is refused by name and class, never guessed.

# The kind of a column, NA if it has none
column_kind <- function(x) {
  if (is.factor(x)) return(if (is.ordered(x)) "ordered" else "level")
  if (inherits(x, c("Date", "POSIXct"))) return("date")
  if (inherits(x, "integer64")) return("number")
  odd <- is.object(x) && !identical(class(x), "AsIs")
  if (odd || length(dim(x)) > 1L) return(NA_character_)
  switch(
    typeof(x),
    double = "number", integer = "number", logical = "flag", character = "level",
    NA_character_
  )
}

refuse_columns <- function(columns, arg, call) {
  class_of <- vapply(columns, function(x) class(x)[1L], "")
  lcrisk_abort(
    "schema", "bad_column",
    sprintf("`%s` has columns of a class that cannot be a feature: %s.", arg,
            paste(sprintf("`%s` (%s)", names(columns), class_of), collapse = ", ")),
    cure = "Leave them out, or convert them to numbers, text or factors.",
    arg = arg, columns = names(columns), call = call
  )
}

# ---- to what learners take ----------------------------------------------------
#
# Each as_<kind>(x, name, ...) takes a column of any kind where that is safe and
# raises lcrisk_error_schema, with the first offending row, where it is not.

as_number <- function(x, name, arg, call) {
  switch(
    column_kind(x),
    number = if (inherits(x, "integer64")) int64_to_double(x) else bare(x),
    flag = as.integer(bare(x)),
    level = , ordered = {
      labels <- column_labels(x, name, arg, call)
      number <- text_to_number(labels$label)
      bad <- is.na(number) & !is_missing_text(labels$label)
      if (any(bad)) stop_conversion(labels, bad, "a number", name, arg, call)
      number[labels$code]
    },
    stop_kind(x, "number", name, arg, call)
  )
}

as_flag <- function(x, name, arg, call) {
  kind <- column_kind(x)
  if (kind == "flag") return(bare(x))
  if (kind == "date") stop_kind(x, "flag", name, arg, call)
  labels <- column_labels(x, name, arg, call)
  flag <- c("TRUE" = TRUE, "true" = TRUE, "1" = TRUE,
            "FALSE" = FALSE, "false" = FALSE, "0" = FALSE)[labels$label]
  bad <- is.na(flag) & !is_missing_text(labels$label)
  if (any(bad)) stop_conversion(labels, bad, "TRUE or FALSE", name, arg, call)
  unname(flag)[labels$code]
}

as_date <- function(x, name, arg, call) {
  kind <- column_kind(x)
  if (kind == "date") return(date_to_days(x))
  # a column without a single value says nothing of its kind
  if (!length(x) || all(is.na(x))) return(rep(NA_real_, length(x)))
  if (!kind %in% c("level", "ordered")) stop_kind(x, "date", name, arg, call)
  labels <- column_labels(x, name, arg, call)
  days <- text_to_days(labels$label)
  bad <- is.na(days) & !is_missing_text(labels$label)
  if (any(bad)) stop_conversion(labels, bad, "a date such as 2011-12-31", name, arg, call)
  days[labels$code]
}

# A factor with exactly `levels`. A level that is not among them becomes NA and is
# listed in the attribute `unseen`, except where a number or flag stands for text:
# then it is another column than the one trained on.
as_level <- function(x, levels, ordered, name, arg, call) {
  kind <- column_kind(x)
  if (kind == "date") stop_kind(x, "level", name, arg, call)
  labels <- column_labels(x, name, arg, call)
  known <- match(labels$label, levels)
  unseen <- is.na(known) & !is.na(labels$label)
  if (any(unseen) && kind %in% c("number", "flag")) {
    stop_conversion(labels, unseen, "one of the levels seen in training", name, arg, call)
  }
  out <- make_factor(known[labels$code], levels, ordered)
  if (any(unseen)) attr(out, "unseen") <- labels$label[unseen]
  out
}

make_factor <- function(code, levels, ordered) {
  structure(
    as.integer(code),
    levels = levels, class = c(if (ordered) "ordered", "factor")
  )
}

# ---- parts ---------------------------------------------------------------------

# A column without attributes that could follow it around
bare <- function(x) {
  if (is.null(attributes(x))) x else as.vector(unclass(x))
}

# The distinct values as text (NA for missing or not in use) and for each row which
# one it has
column_labels <- function(x, name, arg, call) {
  if (is.factor(x)) {
    code <- as.integer(x)
    outside <- which(code < 1L | code > nlevels(x))
    if (length(outside)) {
      lcrisk_abort(
        "schema", "bad_factor",
        sprintf("Column `%s` of `%s` is a damaged factor: code %d of %d levels (row %d).",
                name, arg, code[outside[1L]], nlevels(x), outside[1L]),
        cure = "Make it anew with factor().",
        arg = arg, columns = name, row = outside[1L], call = call
      )
    }
    label <- enc2utf8(levels(x))
    label[setdiff(seq_along(label), code)] <- NA_character_
    return(list(label = label, code = code))
  }
  x <- bare(if (inherits(x, "integer64")) int64_to_double(x) else x)
  values <- unique(x)
  label <- if (is.numeric(values)) number_text(values) else enc2utf8(as.character(values))
  label[is.na(values)] <- NA_character_
  list(label = label, code = match(x, values))
}

# Text of a number under any options(): 36 and 36L are "36", 0.1 is "0.1"
number_text <- function(x) sprintf("%.15g", as.double(x))

is_missing_text <- function(x) is.na(x) | x == "" | x == "NA"

# Numbers as people and Lending Club write them: 36, -1.5e3, " 36 months".
# NA where the text is anything else.
text_to_number <- function(x) {
  grammar <- "^ *([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)( months)? *$"
  number <- rep(NA_real_, length(x))
  ok <- grepl(grammar, x)
  number[ok] <- as.double(sub(grammar, "\\1", x[ok]))
  number
}

text_to_days <- function(x) {
  days <- rep(NA_real_, length(x))
  ok <- grepl("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", x)
  days[ok] <- as.double(as.Date(x[ok], format = "%Y-%m-%d"))
  days
}

# A point in time counts as the calendar day that its own time zone shows
date_to_days <- function(x) {
  if (!inherits(x, "POSIXct")) return(as.double(bare(x)))
  zone <- attr(x, "tzone")[1L] %||% ""
  as.double(bare(as.Date(x, tz = zone)))
}

# 64-bit integers as bit64 keeps them: the bits of a double. Exact up to 2^53.
int64_to_double <- function(x) {
  half <- readBin(
    writeBin(as.vector(unclass(x)), raw(), endian = "little"),
    "integer", n = 2L * length(x), size = 4L, endian = "little"
  )
  odd <- seq_len(length(x)) * 2L - 1L
  low <- half[odd]
  high <- half[odd + 1L]
  low <- ifelse(is.na(low), 2147483648, low + (low < 0L) * 4294967296)
  high * 4294967296 + low  # missing has a high half of NA
}

stop_kind <- function(x, kind, name, arg, call) {
  wanted <- c(number = "a number", flag = "TRUE or FALSE", level = "text or a factor",
              date = "a date")[[kind]]
  lcrisk_abort(
    "schema", "type_changed",
    sprintf("Column `%s` of `%s` must be %s as in training, not %s.", name, arg, wanted,
            class(x)[1L]),
    cure = "Convert the column to the type it had in training.",
    arg = arg, columns = name, call = call
  )
}

stop_conversion <- function(labels, bad, wanted, name, arg, call) {
  row <- match(TRUE, bad[labels$code])
  value <- encodeString(labels$label[labels$code[row]], quote = "\"")
  lcrisk_abort(
    "schema", "type_changed",
    sprintf("Column `%s` of `%s` must be %s, not %s (row %d).", name, arg, wanted, value,
            row),
    cure = "Convert the column to the type it had in training.",
    arg = arg, columns = name, row = row, call = call
  )
}
