# Rows to judge on must not be rows that were trained on: whoever judges on them reads off
# what was learned by heart.

# By the loans' numbers where both sides are frames that have them, else by content
check_apart <- function(task, test, y, call = caller_env()) {
  train <- task$frame
  name <- NA
  if (is_frame(train) && is_frame(test)) {
    name <- intersect(columns_with_role(train, "id"), names(test))[1L]
  }
  if (is.na(name)) return(check_apart_by_content(task, test, y, call))
  both <- unique(test[[name]][test[[name]] %in% train[[name]]])
  both <- both[!is.na(both)]
  if (!length(both)) return(invisible())
  stop_not_apart(length(both), nrow(test), sprintf("same `%s`", name), call)
}

# A row's content is its features and its outcome. Different loans may share it, more
# often the coarser the features are; how often is seen within the training rows. So what
# counts is how many more rows are shared between the sides than that lets expect.
check_apart_by_content <- function(task, test, y, call) {
  if (!is.data.frame(test)) return(invisible())  # said where it is predicted
  names <- intersect(names(task$columns), names(test))
  if (!length(names)) return(invisible())
  content <- function(columns, y) {
    c(lapply(stats::setNames(nm = names), function(name) plain_values(columns[[name]])),
      list(.outcome = y))
  }
  sides <- equal_rows(content(task$columns, task$y), content(test, y))
  n <- length(y)
  expected <- n * mean(sides$repeated)
  found <- sum(sides$shared)
  doubt <- expected + 5 * sqrt(expected * (1 - expected / n))
  if (found <= doubt) return(invisible())
  if (found - expected > max(0.01 * n, 1)) {
    stop_not_apart(found, n, "every feature and the outcome are the same", call)
  }
  lcrisk_warn(
    "data", "test_in_training",
    sprintf("%s of `test` equal to a row of `x` in every feature and the outcome.",
            count_of(found, "row")),
    cure = "Make sure that no loan is on both sides.", n = found
  )
}

stop_not_apart <- function(n, n_test, why, call) {
  lcrisk_abort(
    "input", "test_in_training",
    sprintf("%s of %s in `test` also in `x`: %s.", count_words(n), count_words(n_test),
            why),
    cure = "Judge on other loans: see `lcrisk_split()`.", arg = "test", n = n, call = call
  )
}

# Text and numbers that compare across both sides
plain_values <- function(x) {
  if (is.factor(x) || is.character(x)) return(as.character(x))
  if (inherits(x, "integer64")) return(int64_to_double(x))
  if (inherits(x, "Date")) return(as.double(x))
  if (is.numeric(x) || is.logical(x)) as.double(bare(x)) else rep(NA, length(x))
}

# For each row of the second side whether it is `shared` with the first, and for each row
# of the first whether it is `repeated` there. A few columns of many values leave few rows
# that could be equal; only those are compared in full.
equal_rows <- function(first, second) {
  if (!same_kinds(first, second)) {
    return(list(shared = rep(FALSE, length(second[[1L]])),
                repeated = rep(FALSE, length(first[[1L]]))))
  }
  variety <- vapply(first, function(x) length(unique(utils::head(x, 1000L))), 0L)
  key <- names(first)[utils::head(order(-variety), 4L)]
  n <- length(first[[1L]])
  group <- row_groups(first[key], second[key])
  suspect <- which(tabulate(group, max(group))[group] > 1L)
  own <- suspect[suspect <= n]
  other <- suspect[suspect > n] - n
  take <- function(columns, rows) lapply(columns, `[`, rows)
  group <- row_groups(take(first, own), take(second, other))
  mine <- group[seq_along(own)]
  shared <- rep(FALSE, length(second[[1L]]))
  repeated <- rep(FALSE, n)
  shared[other] <- group[length(own) + seq_along(other)] %in% mine
  repeated[own] <- mine %in% mine[duplicated(mine)]
  list(shared = shared, repeated = repeated)
}

same_kinds <- function(first, second) {
  identical(vapply(first, typeof, ""), vapply(second, typeof, ""))
}

# A number per row, the same for rows of the same values; the second side's come after
row_groups <- function(first, second) {
  both <- setDT(Map(c, first, second))
  if (nrow(both)) frankv(both, ties.method = "dense") else integer()
}
