# 4,000 loans with honest columns and one of each kind of leak
loans_to_audit <- function(n = 4000L) {
  set.seed(20)
  uniform <- function() stats::runif(n)
  i <- seq_len(n)
  risk <- uniform()
  y <- as.integer(uniform() < 0.05 + 0.2 * risk)
  issued <- data.table::as.IDate("2010-01-01") + 30L * ((i - 1L) %/% 100L)
  amount <- 1000 + 100 * round(240 * uniform())
  data.table::data.table(
    default = y, issue_d = issued, id = 50000 + i, loan_amnt = amount,
    score = round(850 - 200 * risk), income = 1000 * round(20 + 100 * uniform()),
    state = factor(sample(state.abb, n, TRUE)),
    zip = sprintf("%03dxx", sample(700, n, TRUE)),
    purpose = factor(sample(c("car", "house", "wedding"), n, TRUE)),
    months_since = ifelse(uniform() < 0.6, NA, round(80 * uniform())),
    recovered = ifelse(y == 1 & i %% 2L == 0L, amount * 0.1 * uniform(), 0),
    settled = ifelse(y == 1 & i %% 10L == 3L, "Y", "N"),
    paid = amount * ifelse(y == 1, 0.6 * uniform(), 1) * (1 + 0.3 * uniform()),
    last_paid = issued + 400L,
    status = factor(y, labels = c("Paid", "Lost")),
    plan_amount = ifelse(y == 1 & i %% 9L == 0L, round(1e4 * uniform(), 2), NA),
    block = ifelse(issued < data.table::as.IDate("2011-06-01"), NA, uniform())
  )
}

honest <- c("loan_amnt", "score", "income", "state", "zip", "purpose", "months_since")
leaks <- c("recovered", "settled", "paid", "last_paid", "status", "plan_amount")

test_that("leaks are proven by evidence whatever their names", {
  audit <- lcrisk_audit(loans_to_audit())
  verdict <- stats::setNames(audit$verdict, audit$column)
  expect_true(all(verdict[leaks] == "leak"))
  expect_true(all(is.na(audit$role[match(leaks, audit$column)])))
  expect_true(all(verdict[honest] == "ok"))
  expect_identical(verdict[["block"]], "clock")
  expect_identical(verdict[["id"]], "suspicious")
  expect_identical(verdict[["issue_d"]], "clock")
  expect_false("default" %in% audit$column)

  finding <- stats::setNames(audit$finding, audit$column)
  expect_match(finding[["settled"]], "loans with \"Y\" are 100.0 % bad")
  expect_match(finding[["plan_amount"]], "not missing are 100.0 % bad")
  expect_match(finding[["paid"]], "share of loan_amnt")
  expect_match(finding[["last_paid"]], "after the issue date")
  # the flag that an AUC alone would miss
  expect_lt(audit$auc[audit$column == "settled"], 0.6)
})

test_that("a known column is flagged by name when its values prove nothing", {
  loans <- loans_to_audit()
  loans$hardship_flag <- "N"
  loans$funded_amnt <- loans$loan_amnt
  audit <- lcrisk_audit(loans, c("hardship_flag", "funded_amnt", "score"))
  expect_identical(audit$verdict[match(c("hardship_flag", "funded_amnt", "score"),
                                       audit$column)],
                   c("leak", "suspicious", "ok"))
  expect_identical(audit$auc[audit$column == "hardship_flag"], 0.5)
})

test_that("without a link to the outcome there is no alarm", {
  loans <- loans_to_audit()
  for (step in c(17L, 101L, 1999L)) {
    set.seed(step)
    loans$default <- sample(loans$default)
    audit <- lcrisk_audit(loans, setdiff(names(loans), c("default", "last_paid", "id")))
    expect_false(any(audit$verdict %in% c("leak", "suspicious")))
  }
  few <- loans_to_audit()[1:60]
  expect_false(any(lcrisk_audit(few, honest)$verdict == "leak"))
})

test_that("training refuses a proven leak and names it with the figures", {
  loans <- loans_to_audit()
  loans$term <- 36L
  loans$annual_inc <- loans$income
  frame <- lcrisk_features(loans, add = c("recovered", "score", "settled"))
  features <- columns_with_role(frame, "feature")
  error <- expect_error(
    refuse_leaks_of(frame, features, frame$default, "default", NULL),
    class = "lcrisk_error_leak"
  )
  expect_setequal(error$columns, c("recovered", "settled"))
  expect_match(conditionMessage(error), "100.0 % bad")
  expect_silent(refuse_leaks_of(frame, setdiff(features, error$columns), frame$default,
                                "default", NULL))

  # outside a frame a strong feature proves nothing, but known names do
  plain <- as.data.frame(loans)
  expect_silent(refuse_leaks_of(plain, c("score", "settled"), plain$default, "default",
                                NULL))
  plain$recoveries <- plain$recovered
  expect_error(refuse_leaks_of(plain, "recoveries", plain$default, "default", NULL),
               class = "lcrisk_error_leak")
})

test_that("a large frame is judged on evenly spaced rows", {
  expect_null(spaced_rows(50000L, 50000L))
  rows <- spaced_rows(123457L, 50000L)
  expect_length(rows, 50000L)
  expect_identical(range(rows), c(1L, 123457L))
  expect_false(is.unsorted(rows, strictly = TRUE))
})

test_that("an audit needs both outcomes", {
  loans <- loans_to_audit()
  expect_error(lcrisk_audit(loans[, -"default"]), class = "lcrisk_error_schema")
  loans$default <- 0L
  expect_error(lcrisk_audit(loans), class = "lcrisk_error_input")
  expect_error(lcrisk_audit(loans_to_audit(), 3), class = "lcrisk_error_input")
  expect_error(lcrisk_audit(loans_to_audit(), "nothing"), class = "lcrisk_error_schema")
})

test_that("print() fits ten lines", {
  audit <- lcrisk_audit(loans_to_audit())
  expect_lte(length(format(audit)), 10L)
  expect_snapshot(audit)
  expect_identical(class(data.table::as.data.table(audit))[1L], "data.table")
})

test_that("a renamed leak is refused in a plain data frame of loans too", {
  path <- system.file("extdata", "loans-small.csv.gz", package = "lcrisk")
  data <- as.data.frame(lcrisk_outcome(lcrisk_read(path)))
  data$renamed <- data$total_rec_prncp
  error <- expect_error(lcrisk_train(default ~ renamed + loan_amnt, data),
                        class = "lcrisk_error_leak")
  expect_match(conditionMessage(error), "`renamed`", fixed = TRUE)
})

test_that("data without an outcome are told so, by the argument's name and with a cure", {
  error <- expect_error(lcrisk_audit(mtcars), class = "lcrisk_error_schema")
  expect_match(conditionMessage(error), "`data` lacks the column `default`", fixed = TRUE)
  expect_match(error$cure, "lcrisk_outcome")
  expect_identical(as.character(error$call[[1L]]), "lcrisk_audit")
  for (call in expression(lcrisk_split(mtcars, prop = 0.5), lcrisk_folds(mtcars))) {
    error <- expect_error(eval(call), class = "lcrisk_error_schema")
    expect_match(error$cure, "outcome =", fixed = TRUE)
  }
})
