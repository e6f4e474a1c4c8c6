# `lcrisk_frame`: a data.table whose attribute `roles` says what each column is for. A
# column without an entry (one the user added) is a feature.
#
# | role      | meaning                                                             |
# | --------- | ------------------------------------------------------------------- |
# | feature   | trained on                                                          |
# | outcome   | `default`                                                           |
# | time      | `issue_d`                                                           |
# | benchmark | Lending Club's own grade, to compare with                           |
# | money     | what was paid, for profit; known only later, never trained on       |
# | id        | names the loan                                                      |
# | empty     | a feature missing in every row: kept for scoring, not trained on    |

# What a frame carries beside its columns
frame_attributes <- c("roles", "ledger", "pricing", "skipped", "ignored", "part")

# `columns` is a named list of equally long columns, which the frame takes over; the
# rest are its attributes.
new_frame <- function(columns, roles, ledger = NULL, pricing = NULL, skipped = NULL,
                      ignored = NULL, part = NULL) {
  stopifnot(identical(names(columns), names(roles)))
  frame <- setDT(columns)
  setattr(frame, "class", c("lcrisk_frame", "data.table", "data.frame"))
  for (name in frame_attributes) setattr(frame, name, get(name, inherits = FALSE))
  frame
}

is_frame <- function(x) inherits(x, "lcrisk_frame")

# One role per column, in the order of the columns
frame_roles <- function(frame) {
  roles <- attr(frame, "roles", exact = TRUE)[names(frame)]
  names(roles) <- names(frame)
  roles[is.na(roles)] <- "feature"
  roles
}

columns_with_role <- function(frame, role) {
  roles <- frame_roles(frame)
  names(roles)[roles %in% role]
}

# The column of that role that comes first, or NULL
column_of <- function(frame, role) {
  name <- columns_with_role(frame, role)
  if (length(name)) frame[[name[1L]]]
}

# Rows of any data frame as a plain data.table, without the steps and side effects of
# the class's own `[`
take_rows <- function(x, rows) {
  plain <- as.list(x)
  setDT(plain)
  plain[rows]
}

# Rows of a frame, which stays one; `step` and `reason` go into its ledger
frame_rows <- function(frame, rows, step, reason) {
  out <- take_rows(frame, rows)
  ledger <- attr(frame, "ledger", exact = TRUE)
  if (!is.null(ledger)) {
    ledger <- ledger_add(ledger, step, class = c("dropped", "kept"),
                         reason = c(reason, NA),
                         n = c(nrow(frame) - nrow(out), nrow(out)))
  }
  new_frame(as.list(out), frame_roles(frame), ledger, attr(frame, "pricing"),
            attr(frame, "skipped"), attr(frame, "ignored"), attr(frame, "part"))
}

# data.table's `[`, with its own evaluation; what is still a selection of rows and
# columns stays a frame, a summary becomes a plain data.table.
#' @export
`[.lcrisk_frame` <- function(x, ...) {
  call <- bracket_call(sys.call())
  n_rows <- nrow(x)
  out <- NextMethod()
  if (!is.data.table(out) || is_assignment(call$j)) return(out)
  if (!is_selection(call) || !all(names(out) %in% names(x))) {
    setattr(out, "class", c("data.table", "data.frame"))
    for (name in frame_attributes) setattr(out, name, NULL)
    return(out)
  }
  for (name in frame_attributes) setattr(out, name, attr(x, name, exact = TRUE))
  setattr(out, "roles", frame_roles(x)[names(out)])
  ledger <- attr(x, "ledger", exact = TRUE)
  if (!is.null(ledger) && nrow(out) != n_rows) ledger <- ledger_subset(ledger, nrow(out))
  setattr(out, "ledger", ledger)
  out
}

#' Print a frame
#'
#' @param x What [lcrisk_features()] returned.
#' @param ... Not used.
#' @return `format()`: character, at most ten lines. `print()`: `x`, invisibly. To
#'   see rows, use `head(as.data.table(x))`.
#' @examples
#' path <- system.file("extdata", "loans-small.csv.gz", package = "lcrisk")
#' if (nzchar(path)) print(lcrisk_features(lcrisk_outcome(lcrisk_read(path))))
#' @name lcrisk_frame
#' @keywords internal
NULL

#' @rdname lcrisk_frame
#' @export
format.lcrisk_frame <- function(x, ...) {
  y <- column_of(x, "outcome")
  features <- columns_with_role(x, "feature")
  named <- function(role, what) {
    columns <- columns_with_role(x, role)
    if (!length(columns)) return(NULL)
    more <- length(columns) - 3L
    paste0(what, " ", paste(utils::head(columns, 3L), collapse = ", "),
           if (more > 0L) sprintf(" and %d more", more))
  }
  empty <- columns_with_role(x, "empty")
  aside <- c(named("outcome", "outcome"), named("time", "time"),
             named("benchmark", "benchmark"),
             named("money", "money"))
  c(
    paste0("<lcrisk_frame> ", count_of(nrow(x), "loan"),
           if (is.numeric(y) && length(y)) sprintf(", %s bad", share_text(mean(y))),
           format_period(column_of(x, "time"))),
    clip_lines(paste0(count_of(length(features), "feature"), ": ",
                      paste(features, collapse = ", ")), 3L),
    clip_lines(paste(aside, collapse = "; "), 2L),
    if (length(empty)) {
      clip_lines(sprintf("%d empty here, not trained on: %s", length(empty),
                         paste(empty, collapse = ", ")), 1L)
    },
    if (is.null(y)) "Next: predict(model, frame)"
    else sprintf("Next: split <- lcrisk_split(frame, %s)", suggested_split(x))
  )
}

# A test from the last year of these loans on, where that leaves enough of both outcomes
# on both sides; else from the month that three quarters of them came before; else at
# random.
suggested_split <- function(frame) {
  y <- column_of(frame, "outcome")
  date <- column_of(frame, "time")
  if (!inherits(date, "Date") || !length(date) || anyNA(date)) return("prop = 0.8")
  month <- month_number(date)
  fits <- function(from) {
    before <- month < from
    share <- mean(before)
    share >= 0.4 && share <= 0.9 && length(unique(y[before])) == 2L &&
      length(unique(y[!before])) == 2L
  }
  later <- sort(unique(month))[-1L]
  quarter <- later[which.min(abs(stats::ecdf(month)(later - 1L) - 0.75))]
  for (from in c(max(month) %/% 12L * 12L, quarter)) {
    if (fits(from)) return(sprintf("test_from = \"%s\"", format(month_date(from))))
  }
  "prop = 0.8"
}

format_period <- function(date) {
  if (is.null(date) || !length(date)) "" else paste0(", issued ", month_range_text(date))
}

# At most `n` indented lines of 78 characters
clip_lines <- function(text, n) {
  if (!nzchar(text)) return(NULL)
  lines <- strwrap(text, 76L, indent = 2L, exdent = 4L)
  if (length(lines) <= n) return(lines)
  c(lines[seq_len(n - 1L)], paste(sub(",?$", ",", lines[n]), "..."))
}

#' @rdname lcrisk_frame
#' @export
print.lcrisk_frame <- function(x, ...) {
  if (!was_assigned(x)) cat(format(x), sep = "\n")
  invisible(x)
}
