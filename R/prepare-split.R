#' Split into training and test rows
#'
#' By time, as a lender meets it: train on the past, test on the loans issued later. A
#' random split shares the shocks of a vintage between both sides and flatters every
#' model; `prop` makes one, stratified by the outcome, for comparison.
#'
#' @param frame A frame from [lcrisk_features()], or a data frame.
#' @param test_from The first day of the test rows: a date, or text such as
#'   `"2011-01-01"` or `"2011-01"`. Rows dated before it are for training.
#' @param test_to The last day of the test rows, or NULL. `"2011-12"` is the whole of
#'   that month. Later rows are in neither part.
#' @param prop The share of training rows, between 0 and 1, for a random split. Give
#'   either `prop` or `test_from`.
#' @inheritParams lcrisk_folds
#' @return A list of class `lcrisk_split` with `train` and `test`, of the class of
#'   `frame` and in its order. The attribute `later` is the number of rows after
#'   `test_to`. Each part has the attribute `part`, by which [lcrisk_calibrate()] and
#'   [lcrisk_threshold()] know and refuse test rows; the later part of a split of
#'   training rows is a `"slice"`, which they take.
#' @details A random split puts, within each outcome, the rows in a random order
#'   drawn per row from (seed, row), and takes the first `round(prop * rows)`.
#' @section Errors: `lcrisk_error_input`: `bad_argument`; `empty_part` or `one_class`
#'   when a part would have no rows or one outcome only; `missing_date`.
#' @examples
#' frame <- data.frame(
#'   default = rep(c(0, 1, 0, 0, 1), 20), x = 1:100,
#'   issue_d = as.Date(rep(c("2010-05-01", "2010-12-01", "2011-01-01", "2012-03-01"), 25))
#' )
#' split <- lcrisk_split(frame, test_from = "2011-01", test_to = "2011-12")
#' split
#' lcrisk_split(frame, prop = 0.8, seed = 1)
#' @export
lcrisk_split <- function(frame, test_from = NULL, test_to = NULL, prop = NULL,
                         outcome = NULL, time = NULL, id = NULL, seed = NULL, ...) {
  check_call(...)
  frame <- check_data(frame, min_rows = 2L)
  if (is.null(test_from) == is.null(prop)) {
    lcrisk_abort(
      "input", "bad_argument", "Give either `test_from` or `prop`.",
      cure = "`test_from = \"2011-01-01\"` tests on the loans issued from that day on.",
      arg = "test_from"
    )
  }
  y <- outcome_column(frame, outcome)
  if (is.null(prop)) {
    from <- check_day(test_from)
    to <- if (is.null(test_to)) NULL else last_day(test_to)
    is_train <- side_of(time_column(frame, time), from, to)
    how <- sprintf("out of time, test from %s%s", format(from),
                   if (is.null(to)) "" else paste(" to", format(to)))
  } else {
    prop <- check_number(prop, 0, 1)
    item <- if (!is.null(id)) id_column(frame, id)
    is_train <- random_side(y, prop, new_run(seed), item)
    how <- sprintf("at random, %s for training", share_text(prop))
  }
  check_part(y, which(is_train), "training")
  check_part(y, which(!is_train), "test")
  part <- function(rows, name) {
    out <- part_rows(frame, rows, "the other part of the split")
    setattr(out, "part", part_name(frame, name))
    out
  }
  structure(
    list(train = part(which(is_train), "train"), test = part(which(!is_train), "test")),
    class = "lcrisk_split", how = how, later = sum(is.na(is_train))
  )
}

# Which part rows are of, so that nothing is chosen on test rows by mistake: the later
# slice of a training part is there to choose on, and test rows stay test rows.
part_name <- function(frame, name) {
  outer <- attr(frame, "part", exact = TRUE)
  if (is.null(outer)) return(name)
  if (outer == "train" && name == "test") "slice" else outer
}

# TRUE for training, FALSE for test, NA for rows after `to`
side_of <- function(date, from, to) {
  is_train <- date < from
  if (!is.null(to)) is_train[date > to] <- NA
  is_train
}

random_side <- function(y, prop, run, item) {
  rank <- random_rank(y + 1L, run, "holdout", item)
  rank < round(prop * tabulate(y + 1L, 2L))[y + 1L]
}

# A day, or the last one of a month
last_day <- function(x, call = caller_env()) {
  day <- check_day(x, "test_to", call)
  if (!is.character(x) || nchar(x) > 7L) return(day)
  month_date(month_number(day) + 1L) - 1L
}

check_part <- function(y, rows, name, call = caller_env()) {
  found <- length(unique(y[rows]))
  if (found == 2L) return(invisible())
  lcrisk_abort(
    "input", if (found) "one_class" else "empty_part",
    sprintf("The %s part would have %s.", name,
            if (found) "one outcome only" else "no rows"),
    cure = "Move the date, or the share, so that both parts have good and bad loans.",
    arg = "test_from", call = call
  )
}

part_rows <- function(frame, rows, reason) {
  if (is_frame(frame)) return(frame_rows(frame, rows, "split", reason))
  if (is.data.table(frame)) frame[rows] else frame[rows, , drop = FALSE]
}

#' @export
format.lcrisk_split <- function(x, ...) {
  later <- attr(x, "later")
  c(
    sprintf("<lcrisk_split> %s", attr(x, "how")),
    paste("  train", part_text(x$train)),
    paste("  test ", part_text(x$test)),
    if (isTRUE(later > 0)) sprintf("  %s later rows in neither", count_words(later)),
    "Next: model <- lcrisk_train(split$train)"
  )
}

part_text <- function(part) {
  y <- if (is_frame(part)) column_of(part, "outcome") else part[["default"]]
  date <- if (is_frame(part)) column_of(part, "time") else part[["issue_d"]]
  sprintf("%s%s%s", count_of(nrow(part), "loan"),
          if (is.numeric(y)) sprintf(", %s bad", share_text(mean(y))) else "",
          if (inherits(date, "Date")) format_period(date) else "")
}

#' @export
print.lcrisk_split <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}
