test_ledger <- function() {
  lcrisk:::new_ledger(
    c(a.csv = 10, b.csv = 4),
    list(class = c("kept", "header", "blank", "rejected", "kept", "header"),
         reason = c(NA, NA, NA, "short row", NA, NA),
         file = rep(c("a.csv", "b.csv"), c(4L, 2L)), n = c(6, 1, 2, 1, 3, 1))
  )
}

test_that("a ledger that does not add up stops", {
  expect_error(
    lcrisk:::new_ledger(c(a = 3), list(class = "kept", reason = NA, file = "a", n = 2)),
    class = "lcrisk_error_internal"
  )
  ledger <- test_ledger()
  expect_error(
    lcrisk:::ledger_add(ledger, "outcome", c("dropped", "kept"), c("young", NA), c(1, 7)),
    class = "lcrisk_error_internal"
  )
})

test_that("later steps account for what the step before kept", {
  ledger <- test_ledger()
  expect_equal(lcrisk:::ledger_kept(ledger), 9)
  grown <- lcrisk:::ledger_add(ledger, "outcome", c("dropped", "dropped", "kept"),
                               c("young", "nothing", NA), c(2, 0, 7))
  expect_equal(lcrisk:::ledger_kept(grown), 7)
  expect_equal(grown[["class"]][7:8], c("dropped", "kept"))
  expect_equal(nrow(ledger), 6L)
  expect_identical(attr(grown, "lines"), attr(ledger, "lines"))
  again <- lcrisk:::ledger_add(grown, "outcome", "kept", NA, 7)
  expect_equal(unique(again[["step"]]), c("read", "outcome", "outcome 2"))
})

test_that("rows chosen by hand are a step, fewer or more", {
  ledger <- test_ledger()
  expect_identical(lcrisk:::ledger_subset(ledger, 9), ledger)
  fewer <- lcrisk:::ledger_subset(ledger, 4)
  expect_equal(lcrisk:::ledger_kept(fewer), 4)
  more <- lcrisk:::ledger_subset(fewer, 5)
  expect_equal(lcrisk:::ledger_kept(more), 5)
  expect_equal(unique(more[["step"]]), c("read", "subset", "subset 2"))
})

test_that("lcrisk_ledger() gives a copy and refuses what has none", {
  x <- data.table::data.table(a = 1:9)
  data.table::setattr(x, "ledger", test_ledger())
  ledger <- lcrisk_ledger(x)
  data.table::set(ledger, j = "n", value = 0)
  expect_equal(lcrisk_ledger(x)[["n"]], c(6, 1, 2, 1, 3, 1))
  expect_s3_class(lcrisk_ledger(x), "lcrisk_ledger")
  expect_s3_class(attr(lcrisk_ledger(x), "rejected"), "data.table")
  error <- expect_error(lcrisk_ledger(data.frame()), class = "lcrisk_error_input")
  expect_equal(error$code, "no_ledger")
})

test_that("a table that came from elsewhere can start a ledger", {
  expect_equal(lcrisk:::ledger_kept(lcrisk:::start_ledger(5)), 5)
})

test_that("print shows one line a step", {
  grown <- lcrisk:::ledger_add(test_ledger(), "outcome", c("dropped", "kept"),
                               c("young", NA), c(2, 7))
  expect_match(format(grown)[1], "14 records of 2 files")
  expect_match(format(grown)[3], "dropped 2.*kept 7.*young 2")
  expect_output(print(grown), "outcome")
})
