# id -> default, by rule, judged by hand from few_loans() and the formulas of the help
# page
outcome_by_hand <- list(
  matured = list(args = list(lag = 3L), default = c("1" = 0, "2" = 1, "4" = 1)),
  matured = list(args = list(lag = 0L), default = c("1" = 0, "2" = 1, "4" = 1)),
  matured = list(args = list(lag = 4L), default = c("1" = 0, "4" = 1)),
  resolved = list(args = list(), default = c("1" = 0, "2" = 1, "4" = 1, "5" = 1, "7" = 0,
                                             "10" = 0, "11" = 0)),
  window = list(args = list(window = 12L), default = c("1" = 0, "2" = 1, "3" = 0, "4" = 1,
                                                        "5" = 1, "7" = 0, "11" = 0)),
  window = list(args = list(window = 3L), default = c("1" = 0, "2" = 0, "3" = 0, "4" = 0,
                                                       "5" = 1, "6" = 0, "7" = 0, "8" = 0,
                                                       "11" = 0)),
  mob = list(args = list(mob = 12L, missed = 3L),
             default = c("1" = 0, "3" = 0, "4" = 1, "5" = 1, "7" = 0, "11" = 0)),
  mob = list(args = list(mob = 12L, missed = 1L),
             default = c("1" = 0, "2" = 1, "3" = 0, "4" = 1, "5" = 1, "6" = 1, "7" = 0,
                         "11" = 0))
)

test_that("each rule judges each loan as its formula says", {
  for (i in seq_along(outcome_by_hand)) {
    case <- outcome_by_hand[[i]]
    rule <- names(outcome_by_hand)[i]
    args <- c(list(few_loans(), rule = rule, snapshot = "2015-01"), case$args)
    out <- do.call(lcrisk_outcome, args)
    expect_identical(as.character(out$id), names(case$default), info = paste(i, rule))
    expect_identical(out$default, unname(as.integer(case$default)), info = paste(i, rule))
  }
})

test_that("every dropped loan has its reason, and the ledger adds up", {
  ledger <- lcrisk_ledger(lcrisk_outcome(few_loans(), snapshot = "2015-01", lag = 2L))
  dropped <- ledger[ledger$class == "dropped" & ledger$step == "outcome", ]
  expect_identical(
    stats::setNames(dropped$n, dropped$reason)[sort(dropped$reason, method = "radix")],
    c("issue date missing" = 1, "no outcome yet: Current" = 1, "not matured" = 4,
      "policy exception" = 1, "status missing or unknown" = 1, "term missing" = 1)
  )
  expect_equal(sum(ledger$n[ledger$step == "outcome"]), 12)
})

test_that("policy exceptions are kept on request, whichever way they are marked", {
  loans <- few_loans()
  expect_false(12 %in% lcrisk_outcome(loans, "mob", snapshot = "2015-01")$id)
  expect_true(12 %in% lcrisk_outcome(loans, "mob", "all", snapshot = "2015-01")$id)

  raw <- loans[c(1L, 2L, 2L)]
  raw$meets_policy <- NULL
  raw$loan_status <- c("Fully Paid", "Charged Off",
                       "Does not meet the credit policy. Status:Charged Off")
  expect_identical(lcrisk_outcome(raw, "resolved")$default, 0:1)
  expect_identical(lcrisk_outcome(raw, "resolved", "all")$default, c(0L, 1L, 1L))
})

test_that("the snapshot is the latest date in the file unless given", {
  loans <- few_loans()
  how <- attr(lcrisk_outcome(loans), "outcome")
  expect_identical(how[c("snapshot", "source")],
                   list(snapshot = data.table::as.IDate("2015-01-01"),
                        source = "latest last_pymnt_d"))
  loans$last_credit_pull_d <- data.table::as.IDate("2018-12-17")
  how <- attr(lcrisk_outcome(loans), "outcome")
  expect_identical(how$snapshot, data.table::as.IDate("2018-12-01"))
  expect_identical(how$source, "latest last_credit_pull_d")
  given <- attr(lcrisk_outcome(loans, snapshot = as.Date("2016-03-31")), "outcome")
  expect_identical(given$snapshot, data.table::as.IDate("2016-03-01"))
})

test_that("what is missing is named together with the cure", {
  loans <- few_loans()
  without <- function(...) loans[, setdiff(names(loans), c(...)), with = FALSE]
  error <- expect_error(lcrisk_outcome(without("last_pymnt_d")),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "no_snapshot")
  expect_match(conditionMessage(error), "snapshot = ", fixed = TRUE)

  error <- expect_error(lcrisk_outcome(without("term")), class = "lcrisk_error_schema")
  expect_identical(error$columns, "term")
  expect_match(conditionMessage(error), "resolved", fixed = TRUE)
  error <- expect_error(lcrisk_outcome(without("loan_status"), "resolved"),
                        class = "lcrisk_error_schema")
  expect_identical(error$columns, "loan_status")

  error <- expect_error(lcrisk_outcome(loans, snapshot = "2009-07"),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "no_outcome")
  expect_equal(sum(error$dropped), 12)
  expect_error(lcrisk_outcome(loans, "lifetime"), class = "lcrisk_error_input")
  for (bad in list("soon", NA, "2015-13", 2015, c("2015-01", "2015-02"))) {
    expect_error(lcrisk_outcome(loans, snapshot = bad), class = "lcrisk_error_input")
  }
})

test_that("the loans given are not changed", {
  loans <- few_loans()
  before <- data.table::copy(loans)
  out <- lcrisk_outcome(loans, snapshot = "2015-01")
  out[, term := 0L]
  expect_identical(loans, before)
})

test_that("print() tells the counts", {
  expect_snapshot(lcrisk_outcome(few_loans(), snapshot = "2015-01"))
})

test_that("columns of the wrong type are refused by name, not misread", {
  good <- data.frame(
    loan_status = c("Fully Paid", "Charged Off"), issue_d = as.Date("2010-12-01"),
    term = 36, meets_policy = TRUE, last_pymnt_d = as.Date("2012-01-01")
  )
  expect_identical(lcrisk_outcome(good, snapshot = "2016-01")$default, 0:1)
  wrong <- list(
    term = factor("36"), term = " 36 months", issue_d = "Dec-2011", issue_d = 2011,
    meets_policy = "no", last_pymnt_d = "Jan-2012", loan_status = 1
  )
  for (i in seq_along(wrong)) {
    data <- good
    data[[names(wrong)[i]]] <- wrong[[i]]
    error <- expect_error(lcrisk_outcome(data, snapshot = "2016-01"),
                          class = "lcrisk_error_schema")
    expect_match(conditionMessage(error), paste0("`", names(wrong)[i], "`"), fixed = TRUE)
  }
  expect_error(lcrisk_outcome(good, rule = "mob", mob = 3, missed = 5,
                              snapshot = "2016-01"),
               "missed", class = "lcrisk_error_input")
})
