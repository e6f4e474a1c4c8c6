small_frame <- function() {
  lcrisk_features(lcrisk_outcome(few_loans(), "resolved", snapshot = "2015-01"))
}

test_that("selecting rows and columns keeps class, roles and ledger", {
  frame <- small_frame()
  roles <- attr(frame, "roles")
  expect_identical(names(roles), names(frame))

  some <- frame[default == 1L]
  expect_s3_class(some, "lcrisk_frame")
  expect_identical(attr(some, "roles"), roles)
  expect_equal(utils::tail(lcrisk_ledger(some)$n, 1L), nrow(some))

  narrow <- frame[2:3, .(loan_amnt, default)]
  expect_s3_class(narrow, "lcrisk_frame")
  expect_identical(attr(narrow, "roles"), roles[c("loan_amnt", "default")])

  by_name <- function(name) frame[, name, with = FALSE]
  expect_identical(names(by_name("term")), "term")
  expect_type(frame[, default], "integer")
  expect_type(frame[["default"]], "integer")
})

test_that("a summary is a plain table", {
  frame <- small_frame()
  counts <- frame[, .N, by = default]
  expect_identical(class(counts), c("data.table", "data.frame"))
  expect_identical(counts$N[counts$default == 1L], sum(frame$default))
  expect_identical(class(frame[, .(rate = mean(default))]), c("data.table", "data.frame"))
  expect_identical(class(frame[, .(term = max(term)), by = default]),
                   c("data.table", "data.frame"))
})

test_that("a column the user adds is a feature, and the loans stay as they were", {
  loans <- lcrisk_outcome(few_loans(), "resolved")
  before <- data.table::copy(loans)
  frame <- lcrisk_features(loans)
  frame[, mine := seq_len(.N)]
  frame[1L, term := 99L]
  expect_identical(frame_roles(frame)[["mine"]], "feature")
  expect_true("mine" %in% columns_with_role(frame[1:2], "feature"))
  expect_identical(loans, before)
})

test_that("print() fits ten lines", {
  expect_snapshot(small_frame())
  expect_lte(length(format(small_frame())), 10L)
})
