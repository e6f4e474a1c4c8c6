#' Folds for cross-validation
#'
#' Divides the rows of a frame into pairs of training and test rows. The folds depend on
#' the data and the seed alone, never on threads.
#'
#' @param frame A frame from [lcrisk_features()], or a data frame.
#' @param type `"stratified"`: each fold has the same share of bad loans. `"repeated"`:
#'   the same several times over. `"grouped"`: all rows of a group are in one fold.
#'   `"rolling"`: train on the past, test on the vintages that follow.
#' @param k Number of folds, at least 2; of test periods with `"rolling"`.
#' @param repeats How often, with `"repeated"`.
#' @param group Name of the column that holds the groups, with `"grouped"`.
#' @param gap Months left out between training and test rows, with `"rolling"`.
#' @param outcome,time Names of the columns with the outcome and the date. NULL takes
#'   the columns of the frame's roles, `default` and `issue_d` in an ordinary data
#'   frame.
#' @param id Name of a column of unique values, such as `"id"`. With it a loan's fold
#'   does not depend on the order of the rows; without, rows count by their number.
#' @param seed A whole number, or NULL for one draw from R's generator. Not used by
#'   `"grouped"` without ties and by `"rolling"`.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A list of class `lcrisk_folds`; each element is a list of two ascending
#'   integer vectors of row numbers, `train` and `test`. Its attributes: `type`, `k`,
#'   `repeats`, `n`, `seed`, and with `"grouped"` each row's `group` as a whole number.
#'   With `"stratified"` and `"grouped"` each row is in one test set; with `"repeated"` in
#'   one per repeat; with `"rolling"` in at most one.
#' @details
#' *Stratified*: within each outcome the rows are put in a random order, drawn per row
#' from (seed, row) by a counter-based generator, and dealt to the folds in turn.
#' Sizes and counts of bad loans differ by one at most.
#'
#' *Grouped*: the largest group goes first, each to the fold that is smallest so far
#' (the first of those). Groups of the same size are taken in random order.
#'
#' *Rolling*: the dates are cut into `k + 1` periods of about as many loans each; all
#' loans of one date are in one period. Fold i tests on period i + 1 and trains on all
#' loans dated before it, without those of the last `gap` months. So every training date
#' is earlier than every test date.
#' @section Errors: `lcrisk_error_input` with code `bad_argument`; `too_few_events`: a
#'   fold would have one outcome only; `one_group`, `too_few_groups`; `one_date`,
#'   `too_few_dates`; `missing_group`, `missing_date`, `missing_outcome`;
#'   `no_training_rows`: nothing is left before the gap. `k` equal to the number of rows
#'   (leave-one-out) warns with `lcrisk_warning_data`.
#' @examples
#' frame <- data.frame(default = rep(0:1, c(80, 20)), x = seq_len(100))
#' folds <- lcrisk_folds(frame, k = 5, seed = 1)
#' folds
#' mean(frame$default[folds[[1]]$test])
#'
#' frame$issue_d <- as.Date("2010-01-01") + 30 * (frame$x %% 12)
#' lcrisk_folds(frame, "rolling", k = 3)
#' @export
lcrisk_folds <- function(frame, type = "stratified", k = 5L, repeats = 3L, group = NULL,
                         gap = 0L, outcome = NULL, time = NULL, id = NULL, seed = NULL,
                         ...) {
  check_call(...)
  frame <- check_data(frame, min_rows = 2L)
  type <- check_choice(type, c("stratified", "repeated", "grouped", "rolling"))
  n <- nrow(frame)
  k <- check_count(k, 2L, n)
  repeats <- if (type == "repeated") check_count(repeats) else 1L
  y <- outcome_column(frame, outcome)
  if (type == "rolling") {
    return(rolling_folds(y, time_column(frame, time), k, check_count(gap, 0L)))
  }
  item <- if (!is.null(id)) id_column(frame, id)
  run <- new_run(seed)
  if (type == "grouped") return(grouped_folds(y, group_column(frame, group, k), k, run))
  stratified_folds(y, k, run, repeats, item)
}

# The numbers of cr_purpose in src/core/base/rng.h
purpose_codes <- c(folds = 1L, balance = 7L, holdout = 10L)

# For each row its place, from 0, in a random order of the rows of its stratum (codes
# from 1); see src/core/data/fold.h.
random_rank <- function(stratum, run, purpose, item = NULL, round = 0L) {
  .Call(ffi_fold_rank, stratum - 1L, max(stratum, 1L), item, purpose_codes[[purpose]],
        round, run)
}

# `y` is integer 0/1 without gaps; `item` NULL or a permutation
stratified_folds <- function(y, k, run, repeats = 1L, item = NULL, call = caller_env()) {
  n <- length(y)
  if (k == n) {
    lcrisk_warn("data", "leave_one_out", sprintf("`k` is the number of rows, %d.", n),
                cure = "Each fold tests one row; rates within a fold mean nothing.")
  } else {
    check_events(sum(y), n, k, call)
  }
  folds <- list()
  first <- c(0L, n - sum(y))  # the bad loans go on where the good ones ended
  for (r in seq_len(repeats)) {
    rank <- random_rank(y + 1L, run, "folds", item, r - 1L)
    fold <- (rank + first[y + 1L]) %% k + 1L
    folds <- c(folds, fold_pairs(fold, k, if (repeats > 1L) sprintf("repeat%d.", r)))
  }
  new_folds(folds, if (repeats > 1L) "repeated" else "stratified", k, repeats, n,
            run$seed)
}

check_events <- function(n_event, n, k, call) {
  smaller <- min(n_event, n - n_event)
  if (smaller >= k) return(invisible())
  lcrisk_abort(
    "input", "too_few_events",
    sprintf("%d folds need %d rows of each outcome; one has %d.", k, k, smaller),
    cure = if (smaller >= 2L) sprintf("Use `k` of at most %d.", smaller)
    else "Both outcomes need at least two rows.",
    arg = "k", n = smaller, call = call
  )
}

# `group` is integer codes from 1, every code in use
grouped_folds <- function(y, group, k, run, call = caller_env()) {
  size <- tabulate(group)
  tie <- random_rank(rep(1L, length(size)), run, "folds")
  fold_of_group <- integer(length(size))
  filled <- double(k)
  for (g in order(-size, tie)) {
    fold_of_group[g] <- smallest <- which.min(filled)
    filled[smallest] <- filled[smallest] + size[g]
  }
  fold <- fold_of_group[group]
  bad <- tabulate(fold[y == 1L], k)
  check_both_sides(bad, tabulate(fold, k), sum(y), call)
  new_folds(fold_pairs(fold, k), "grouped", k, 1L, length(y), run$seed, group = group)
}

# Each test set, and each training set, has both outcomes
check_both_sides <- function(bad, size, total, call) {
  n <- sum(size)
  one_sided <- bad == 0 | bad == size | bad == total | total - bad == n - size
  if (!any(one_sided)) return(invisible())
  lcrisk_abort(
    "input", "too_few_events",
    sprintf("Fold %d would have rows of one outcome only.", which(one_sided)[1L]),
    cure = "Use fewer folds, or stratified ones.", arg = "k", call = call
  )
}

rolling_folds <- function(y, date, k, gap, call = caller_env()) {
  period <- rolling_periods(date, k, call)
  month <- month_number(date)
  folds <- lapply(seq_len(k), function(i) {
    test <- which(period == i)
    start <- min(date[test])
    early <- date < start
    if (gap > 0L) early <- early & month < month_number(start) - gap
    list(train = which(early), test = test)
  })
  for (i in seq_len(k)) check_rolling_fold(folds[[i]], y, i, gap, call)
  names(folds) <- paste0("fold", seq_len(k))
  new_folds(folds, "rolling", k, 1L, length(y), NULL,
            periods = vapply(folds, function(f) month_range_text(date[f$test]), ""))
}

# Period 0 to k of each row: consecutive dates, about as many rows in each. A period
# closes when the rows so far reach its share, or when the dates left are only
# enough for the periods left.
rolling_periods <- function(date, k, call) {
  days <- sort(unique(date))
  if (length(days) < k + 1L) {
    one <- length(days) == 1L
    lcrisk_abort(
      "input", if (one) "one_date" else "too_few_dates",
      sprintf("%d rolling folds need %d different dates; there %s %d.", k, k + 1L,
              if (one) "is" else "are", length(days)),
      cure = if (one) "Use `type = \"stratified\"`."
      else sprintf("Use `k` of at most %d.", length(days) - 1L),
      arg = "k", call = call
    )
  }
  place <- match(date, days)
  so_far <- cumsum(tabulate(place, length(days))) / length(date)
  period <- integer(length(days))
  current <- 0L
  for (i in seq_along(days)[-1L]) {
    full <- so_far[i - 1L] >= (current + 1L) / (k + 1L)
    must <- length(days) - i + 1L == k - current
    if (current < k && (full || must)) current <- current + 1L
    period[i] <- current
  }
  period[place]
}

check_rolling_fold <- function(fold, y, i, gap, call) {
  if (!length(fold$train)) {
    lcrisk_abort(
      "input", "no_training_rows",
      sprintf("Fold %d has no training rows more than %s before its test rows.", i,
              count_of(gap, "month")),
      cure = "Use a smaller `gap` or fewer folds.", arg = "gap", call = call
    )
  }
  for (part in c("train", "test")) {
    if (length(unique(y[fold[[part]]])) == 2L) next
    lcrisk_abort(
      "input", "too_few_events",
      sprintf("The %s rows of fold %d have one outcome only.", part, i),
      cure = "Use fewer folds.", arg = "k", call = call
    )
  }
}

fold_pairs <- function(fold, k, prefix = NULL) {
  test <- split(seq_along(fold), factor(fold, seq_len(k)))
  pairs <- lapply(seq_len(k),
                  function(i) list(train = which(fold != i), test = test[[i]]))
  stats::setNames(pairs, paste0(prefix, "fold", seq_len(k)))
}

new_folds <- function(folds, type, k, repeats, n, seed, periods = NULL, group = NULL) {
  structure(folds, class = "lcrisk_folds", type = type, k = k, repeats = repeats, n = n,
            seed = seed, periods = periods, group = group)
}

# ---- the columns folds and splits need -------------------------------------------

outcome_column <- function(frame, outcome, call = caller_env()) {
  name <- role_column(
    frame, outcome, "outcome", "default", call,
    cure = "Name it with `outcome =`, or call `lcrisk_outcome()` first."
  )
  resolve_event(frame[[name]], event = event_of(frame[[name]]), arg = name, call = call)$y
}

# Which value is the event does not matter here; text needs one named
event_of <- function(y) if (is.character(y)) max(y, na.rm = TRUE)

time_column <- function(frame, time, call = caller_env()) {
  name <- role_column(frame, time, "time", "issue_d", call,
                      cure = "Name the column of dates with `time =`.")
  check_dates(frame[[name]], name, call)
}

# The column named by the user, or that of the role, or the usual one
role_column <- function(frame, given, role, usual, call, arg = "frame", cure = NULL) {
  if (!is.null(given)) {
    given <- check_string(given, arg = role, call = call)
  } else if (is_frame(frame)) {
    given <- columns_with_role(frame, role)[1L]
  }
  if (is.null(given) || is.na(given)) given <- usual
  check_columns(frame, given, arg = arg, call = call, cure = cure)
  given
}

group_column <- function(frame, group, k, call = caller_env()) {
  group <- check_string(group, call = call)
  check_columns(frame, group, arg = "frame", call = call)
  x <- frame[[group]]
  if (anyNA(x)) {
    lcrisk_abort(
      "input", "missing_group",
      sprintf("`%s` is missing in %d of %d rows.", group, sum(is.na(x)), length(x)),
      cure = "Give each row its group, or leave those rows out.",
      arg = "group", call = call
    )
  }
  known <- sort(unique(x), method = "radix")
  if (length(known) < k) {
    one <- length(known) == 1L
    lcrisk_abort(
      "input", if (one) "one_group" else "too_few_groups",
      sprintf("`%s` has %s; %d folds need %d.", group, count_of(length(known), "group"),
              k, k),
      cure = if (!one) sprintf("Use `k` of at most %d.", length(known)),
      arg = "group", call = call
    )
  }
  match(x, known)
}

# The place of each row in the order of its id: what names it whatever the order of rows
id_column <- function(frame, id, call = caller_env()) {
  id <- check_string(id, call = call)
  check_columns(frame, id, arg = "frame", call = call)
  x <- frame[[id]]
  if (anyNA(x) || anyDuplicated(x)) {
    lcrisk_abort(
      "input", "bad_id",
      sprintf("`%s` must be different in every row, without gaps.", id),
      cure = "Leave `id` out to count rows by their number.", arg = "id", call = call
    )
  }
  order(order(x, method = "radix"))
}

#' @export
format.lcrisk_folds <- function(x, ...) {
  type <- attr(x, "type")
  repeats <- attr(x, "repeats")
  times <- if (repeats > 1L) sprintf(", %d times over", repeats) else ""
  shown <- utils::head(seq_along(x), 6L)
  rows <- vapply(shown, function(i) {
    period <- attr(x, "periods")[i]
    sprintf("  %s: train %s, test %s%s", names(x)[i], count_words(length(x[[i]]$train)),
            count_words(length(x[[i]]$test)),
            if (is.null(period)) "" else sprintf(" (%s)", period))
  }, "")
  c(
    sprintf("<lcrisk_folds> %s, %d folds%s of %s rows", type, attr(x, "k"), times,
            count_words(attr(x, "n"))),
    rows,
    if (length(x) > length(shown)) sprintf("  and %d more", length(x) - length(shown)),
    "Next: lcrisk_cv(frame, learner, folds = folds)"
  )
}

#' @export
print.lcrisk_folds <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}
