day <- function(text) data.table::as.IDate(text)

rows_to_split <- function() {
  i <- seq_len(300L)
  data.frame(
    id = rev(i), default = as.integer(i %% 10L == 3L),
    issue_d = day("2010-01-01") + 7L * i
  )
}

test_that("an out-of-time split is cut at the day", {
  data <- rows_to_split()
  split <- lcrisk_split(data, test_from = "2012-03-05", test_to = "2013-06")
  expect_lt(max(split$train$issue_d), day("2012-03-05"))
  expect_gte(min(split$test$issue_d), day("2012-03-05"))
  expect_lte(max(split$test$issue_d), day("2013-06-30"))
  expect_identical(nrow(split$train) + nrow(split$test) + attr(split, "later"), 300L)
  want <- data[data$issue_d < day("2012-03-05"), ]
  attr(want, "part") <- "train"
  expect_identical(split$train, want)
  to_day <- lcrisk_split(data, test_from = "2012-03", test_to = as.Date("2013-06-01"))
  expect_lte(max(to_day$test$issue_d), day("2013-06-01"))
})

test_that("a random split is stratified and keyed by the seed", {
  data <- rows_to_split()
  split <- lcrisk_split(data, prop = 0.7, seed = 3)
  expect_identical(c(nrow(split$train), nrow(split$test)), c(210L, 90L))
  expect_identical(sum(split$train$default), 21L)
  expect_identical(lcrisk_split(data, prop = 0.7, seed = 3), split)
  expect_false(identical(lcrisk_split(data, prop = 0.7, seed = 4)$train, split$train))

  turned <- data[order(data$id), ]
  by_id <- function(d) sort(lcrisk_split(d, prop = 0.7, id = "id", seed = 3)$train$id)
  expect_identical(by_id(data), by_id(turned))
})

test_that("parts of a frame are frames whose ledger adds up", {
  frame <- lcrisk_features(transform(
    rows_to_split(), loan_amnt = id, annual_inc = 10 * id, term = 36L
  ))
  split <- lcrisk_split(frame, test_from = "2012-03")
  expect_s3_class(split$train, "lcrisk_frame")
  expect_identical(frame_roles(split$test), frame_roles(frame))
  expect_identical(attr(split$train, "pricing"), "exclude")

  loans <- lcrisk_outcome(few_loans(), "resolved")
  split <- lcrisk_split(lcrisk_features(loans)[!is.na(issue_d)], test_from = "2011-01-15")
  ledger <- lcrisk_ledger(split$test)
  expect_equal(utils::tail(ledger$n, 1L), nrow(split$test))
})

refused_splits <- list(
  list(list(), "bad_argument"),
  list(list(test_from = "2012-01-01", prop = 0.5), "bad_argument"),
  list(list(test_from = "yesterday"), "bad_argument"),
  list(list(test_from = NA), "bad_argument"),
  list(list(test_from = "2009-01-01"), "empty_part"),
  list(list(test_from = "2029-01-01"), "empty_part"),
  list(list(test_from = "2012-01", test_to = "2011-01"), "empty_part"),
  list(list(test_from = "2010-01-15"), "one_class"),
  list(list(prop = 1), "empty_part"),
  list(list(prop = 0.001), "empty_part"),
  list(list(prop = 1.5), "bad_argument"),
  list(list(prop = 0.5, id = "default"), "bad_id")
)

test_that("impossible splits are refused by code", {
  for (case in refused_splits) {
    error <- expect_error(do.call(lcrisk_split, c(list(rows_to_split()), case[[1L]])),
                          class = "lcrisk_error_input")
    expect_identical(error$code, case[[2L]], info = deparse(case[[1L]]))
  }
  missing <- rows_to_split()
  missing$issue_d[5] <- NA
  error <- expect_error(lcrisk_split(missing, test_from = "2012"),
                        class = "lcrisk_error_input")
  error <- expect_error(lcrisk_split(missing, test_from = "2012-01"),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "missing_date")
})

test_that("print() shows both parts", {
  expect_snapshot(lcrisk_split(rows_to_split(), test_from = "2012-03",
                               test_to = "2014-12"))
})
