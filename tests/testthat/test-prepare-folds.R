# 400 rows, 56 bad, 40 groups, 24 months
rows_to_fold <- function() {
  i <- seq_len(400L)
  data.frame(
    id = rev(i), default = as.integer((i + i %/% 24L * 5L) %% 7L == 0L),
    borrower = i %% 40L,
    issue_d = data.table::as.IDate("2009-01-01") + 31L * (i %% 24L)
  )
}

expect_partition <- function(folds, n, times = 1L) {
  tested <- sort(unlist(lapply(folds, `[[`, "test"), use.names = FALSE))
  expect_identical(tested, rep(seq_len(n), each = times))
  for (fold in folds) {
    expect_identical(sort(c(fold$train, fold$test)), seq_len(n))
    expect_false(is.unsorted(fold$train, strictly = TRUE))
    expect_false(is.unsorted(fold$test, strictly = TRUE))
  }
}

test_that("stratified folds share rows and bad loans evenly", {
  data <- rows_to_fold()
  for (k in c(2L, 5L, 7L, 50L)) {
    folds <- lcrisk_folds(data, k = k, seed = 1)
    expect_length(folds, k)
    expect_partition(folds, 400L)
    size <- lengths(lapply(folds, `[[`, "test"))
    bad <- vapply(folds, function(f) sum(data$default[f$test]), 0L)
    expect_lte(diff(range(size)), 1L)
    expect_lte(diff(range(bad)), 1L)
  }
})

test_that("the same seed gives the same folds, on any threads; another seed others", {
  data <- rows_to_fold()
  old <- lcrisk_threads(1)
  one <- lcrisk_folds(data, seed = 4)
  lcrisk_threads(2)
  expect_identical(lcrisk_folds(data, seed = 4), one)
  lcrisk_threads(old)
  expect_false(identical(unclass(lcrisk_folds(data, seed = 5))[[1]], unclass(one)[[1]]))

  set.seed(9)
  first <- lcrisk_folds(data)
  after <- stats::runif(1)
  set.seed(9)
  expect_identical(lcrisk_folds(data), first)
  set.seed(9)
  stats::runif(1)
  expect_identical(stats::runif(1), after)
})

test_that("with an id the order of rows does not matter", {
  data <- rows_to_fold()
  turned <- data[order(data$id), ]
  ids <- function(folds, data) {
    lapply(unname(unclass(folds)), function(f) sort(data$id[f$test]))
  }
  expect_identical(
    ids(lcrisk_folds(data, id = "id", seed = 2), data)[1:5],
    ids(lcrisk_folds(turned, id = "id", seed = 2), turned)[1:5]
  )
  same <- lcrisk_folds(data, seed = 2)
  expect_false(identical(ids(same, data), ids(lcrisk_folds(turned, seed = 2), turned)))
})

test_that("repeats are different partitions", {
  folds <- lcrisk_folds(rows_to_fold(), "repeated", k = 4, repeats = 3, seed = 1)
  expect_length(folds, 12L)
  expect_identical(names(folds)[c(1L, 12L)], c("repeat1.fold1", "repeat3.fold4"))
  expect_partition(folds, 400L, times = 3L)
  expect_false(identical(folds[[1]], folds[[5]]))
  expect_identical(unclass(lcrisk_folds(rows_to_fold(), k = 4, seed = 1))[[2]],
                   folds[[2]])
})

test_that("CVV-04: no group is in two folds, and folds are even", {
  data <- rows_to_fold()
  data$borrower <- as.integer(sqrt(seq_len(400L) * 4))  # groups of different sizes
  folds <- lcrisk_folds(data, "grouped", group = "borrower", k = 5, seed = 1)
  expect_partition(folds, 400L)
  home <- lapply(unname(unclass(folds)), function(f) unique(data$borrower[f$test]))
  expect_identical(anyDuplicated(unlist(home)), 0L)
  expect_lte(diff(range(lengths(lapply(folds, `[[`, "test")))), max(table(data$borrower)))

  shuffled <- data[order(data$default, data$id), ]
  again <- lcrisk_folds(shuffled, "grouped", group = "borrower", k = 5, seed = 1)
  expect_setequal(lapply(unname(unclass(again)),
                         function(f) sort(unique(shuffled$borrower[f$test]))),
                  lapply(home, sort))
})

test_that("CVV-05: rolling folds never train on the future", {
  data <- rows_to_fold()
  last_month <- which(data$issue_d == max(data$issue_d))
  data <- rbind(data, data[rep(last_month, 30), ])  # as large as all others
  for (k in c(2L, 5L, 23L)) {
    for (gap in c(0L, 2L)) {
      if (k == 23L && gap > 0L) next
      folds <- lcrisk_folds(data, "rolling", k = k, gap = gap)
      expect_length(folds, k)
      expect_identical(anyDuplicated(unlist(lapply(folds, `[[`, "test"))), 0L)
      for (fold in folds) {
        last <- max(data$issue_d[fold$train])
        start <- min(data$issue_d[fold$test])
        expect_lt(last, start)
        expect_gte(month_number(start) - month_number(last), gap + 1L)
        # the whole of a date is on one side
        expect_false(any(data$issue_d[fold$train] %in% data$issue_d[fold$test]))
      }
      expect_true(all(diff(lengths(lapply(folds, `[[`, "train"))) > 0L))
    }
  }
})

test_that("rolling folds draw no random number", {
  set.seed(3)
  before <- .Random.seed
  lcrisk_folds(rows_to_fold(), "rolling", k = 3)
  expect_identical(.Random.seed, before)
})

# RELIABILITY CVV: case, arguments, change of the data, code
refused_folds <- list(
  list("CVV-01", list(k = 1), code = "bad_argument"),
  list("CVV-01", list(k = 0), code = "bad_argument"),
  list("CVV-01", list(k = -1), code = "bad_argument"),
  list("CVV-01", list(k = NA), code = "bad_argument"),
  list("CVV-01", list(k = 401), code = "bad_argument"),
  list("CVV-01", list(k = 2.5), code = "bad_argument"),
  list("CVV-01", list(k = "5"), code = "bad_argument"),
  list("CVV-02", list(k = 61), code = "too_few_events"),
  list("CVV-02", list(k = 5), function(d) transform(d, default = 0L), code = "one_class"),
  list("CVV-02", list(type = "rolling", k = 5), function(d) {
    transform(d, default = as.integer(issue_d < as.Date("2009-03-01")))
  }, code = "too_few_events"),
  list("CVV-02", list(type = "grouped", group = "borrower", k = 5), function(d) {
    transform(d, default = as.integer(borrower == 1L))
  }, code = "too_few_events"),
  list("CVV-03", list(type = "grouped", group = "borrower"),
       function(d) transform(d, borrower = 1L), code = "one_group"),
  list("CVV-03", list(type = "grouped", group = "borrower", k = 41),
       code = "too_few_groups"),
  list("CVV-05", list(type = "rolling", gap = 24), code = "no_training_rows"),
  list("CVV-05", list(type = "rolling", gap = -1), code = "bad_argument"),
  list("CVV-06", list(type = "rolling"),
       function(d) transform(d, issue_d = as.Date("2010-01-01")), code = "one_date"),
  list("CVV-06", list(type = "rolling", k = 24), code = "too_few_dates"),
  list("CVV-07", list(type = "rolling"),
       function(d) transform(d, issue_d = replace(issue_d, 3, NA)),
       code = "missing_date"),
  list("CVV-07", list(type = "rolling"),
       function(d) transform(d, issue_d = as.integer(issue_d)),
       code = "bad_argument"),
  list("CVV-07", list(type = "grouped", group = "borrower"),
       function(d) transform(d, borrower = replace(borrower, 3, NA)),
       code = "missing_group"),
  list("outcome", list(), function(d) transform(d, default = replace(default, 3, NA)),
       code = "missing_outcome"),
  list("id", list(id = "borrower"), code = "bad_id"),
  list("type", list(type = "random"), code = "bad_choice"),
  list("group", list(type = "grouped"), code = "bad_argument"),
  list("repeats", list(type = "repeated", repeats = 0), code = "bad_argument"),
  list("seed", list(seed = -1), code = "bad_argument")
)

test_that("impossible folds are refused by class and code", {
  for (case in refused_folds) {
    data <- rows_to_fold()
    if (is.function(case[[3L]])) data <- case[[3L]](data)
    error <- expect_error(do.call(lcrisk_folds, c(list(data), case[[2L]])),
                          class = "lcrisk_error_input")
    expect_identical(error$code, case$code, info = paste(case[[1L]], deparse(case[[2L]])))
  }
  error <- expect_error(lcrisk_folds(data.frame(x = 1:9)), class = "lcrisk_error_schema")
  expect_identical(error$columns, "default")
})

test_that("leave-one-out is possible, with a warning", {
  data <- rows_to_fold()[1:30, ]
  expect_warning(folds <- lcrisk_folds(data, k = 30, seed = 1),
                 class = "lcrisk_warning_data")
  expect_partition(folds, 30L)
})

test_that("print() fits ten lines", {
  folds <- lcrisk_folds(rows_to_fold(), "repeated", seed = 1)
  expect_lte(length(format(folds)), 10L)
  expect_snapshot(lcrisk_folds(rows_to_fold(), "rolling", k = 3))
})
