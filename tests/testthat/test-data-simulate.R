# A file that is gone when the test is over
local_file <- function(extension, env = parent.frame()) {
  path <- tempfile(fileext = extension)
  do.call(on.exit, list(substitute(unlink(path)), add = TRUE), envir = env)
  path
}

small_file <- function() system.file("extdata", "loans-small.csv.gz", package = "lcrisk")

test_that("the raw file reads back as the table, and its footer agrees", {
  path <- local_file(".csv.gz")
  table <- lcrisk_simulate(3000, seed = 8, to = "2016-12", snapshot = "2019-03")
  expect_identical(lcrisk_simulate(3000, seed = 8, file = path, to = "2016-12"), path)
  read <- lcrisk_read(path)
  expect_identical(names(read), names(table))
  for (name in names(table)) {
    drawn <- table[[name]]
    found <- read[[name]]
    expect_identical(class(found), class(drawn), info = name)
    if (is.factor(drawn)) {
      drawn <- as.character(drawn)
      found <- as.character(found)
    }
    expect_equal(found, drawn, info = name, tolerance = 1e-12)
  }
  footer <- attr(lcrisk_ledger(read), "footer")
  expect_true(all(footer$agrees))
  expect_identical(nrow(attr(lcrisk_ledger(read), "rejected")), 0L)
})

test_that("the file has Lending Club's layout", {
  path <- local_file(".csv")
  lcrisk_simulate(400, seed = 3, file = path, to = "2008-12", snapshot = "2012-01")
  lines <- readLines(path)
  expect_match(lines[1L], "^Notes offered by Prospectus")
  expect_match(lines[2L], '^"id","member_id","loan_amnt"')
  section <- which(lines == "Loans that do not meet the credit policy")
  expect_length(section, 1L)
  expect_identical(lines[section - 1:2], c("", ""))
  rows <- grep('^"[0-9]+"', lines)
  expect_length(rows, 400L)
  exception <- grepl("Does not meet the credit policy. Status:", lines[rows],
                     fixed = TRUE)
  expect_identical(exception, rows > section)
  expect_match(lines[rows], '"," 36 months"," *[0-9.]+%","', all = TRUE)
  expect_match(lines[rows], '"[A-Z][a-z]{2}-200[78]"', all = TRUE)
  expect_match(utils::tail(lines, 2L),
               "^Total amount funded in policy code [12]: [0-9]+$",
               all = TRUE)
})

test_that("the same seed gives the same loans, and R's generator moves by one draw", {
  one <- lcrisk_simulate(300, seed = 5)
  expect_identical(lcrisk_simulate(300, seed = 5), one)
  expect_false(identical(lcrisk_simulate(300, seed = 6)$annual_inc, one$annual_inc))
  set.seed(4)
  lcrisk_simulate(50)
  after <- stats::runif(1)
  set.seed(4)
  stats::runif(1)
  expect_identical(stats::runif(1), after)
})

test_that("streams of different columns never meet", {
  links <- simulation_table("links")
  names <- unique(c(links$column, simulation_table("quantiles")$column, "addr_state",
                    "issue_d",
                    "exception", "fails", "age", "id", "zip", "joint", "list"))
  numbers <- vapply(names, stream_number, 0)
  expect_identical(anyDuplicated(numbers), 0L)
  expect_true(all(numbers >= 0 & numbers < 2^31))
})

test_that("loans are consistent in themselves", {
  loans <- lcrisk_simulate(4000, seed = 1)
  expect_identical(anyDuplicated(loans$id), 0L)
  expect_true(all(loans$open_acc <= loans$total_acc, na.rm = TRUE))
  expect_true(all(loans$fico_range_low %in% seq(600, 850, 5), na.rm = TRUE))
  expect_true(all(loans$earliest_cr_line <= loans$issue_d, na.rm = TRUE))
  expect_true(all(loans$funded_amnt <= loans$loan_amnt))
  rate <- loans$int_rate / 1200
  expect_equal(loans$installment,
               round(loans$funded_amnt * rate / (1 - (1 + rate)^-loans$term), 2))
  paid <- loans$total_rec_prncp + loans$total_rec_int + loans$total_rec_late_fee +
    loans$recoveries
  expect_equal(loans$total_pymnt, paid, tolerance = 1e-9)
  full <- loans$loan_status == "Fully Paid"
  expect_equal(loans$total_rec_prncp[full], loans$funded_amnt[full])
  expect_true(all(loans$out_prncp[full] == 0))
  expect_true(all(loans$recoveries[full] == 0))
  expect_true(all(loans$last_pymnt_d <= as.Date("2019-03-01"), na.rm = TRUE))
  expect_true(all(is.na(loans$tot_cur_bal[loans$issue_d < as.Date("2012-01-01")])))
  expect_true(all(is.na(loans$annual_inc_joint[loans$application_type == "Individual"])))
  expect_true(all(loans$term[loans$issue_d < as.Date("2010-05-01")] == 36L))
  expect_identical(vapply(loans, function(x) class(x)[1L], "")[lcrisk_schema()$name],
                   vapply(lcrisk_read(small_file())[, lcrisk_schema()$name, with = FALSE],
                          function(x) class(x)[1L], ""))
})

test_that("risk and its signal are those of the real loans", {
  loans <- lcrisk_simulate(20000, seed = 2, to = "2011-12", snapshot = "2018-12")
  known <- lcrisk_outcome(loans)
  expect_equal(mean(known$default), 0.143, tolerance = 0.1)
  grade <- lcrisk_auc(known$default, as.integer(known$sub_grade))
  expect_gt(grade, 0.64)
  expect_lt(grade, 0.71)
  rate <- tapply(known$default, known$term, mean)
  expect_gt(rate[["60"]], 1.5 * rate[["36"]])
  expect_gt(stats::cor(loans$revol_util, loans$fico_range_low, use = "complete.obs",
                       method = "spearman"), -0.7)
  expect_lt(stats::cor(loans$revol_util, loans$fico_range_low, use = "complete.obs",
                       method = "spearman"), -0.35)
})

test_that("the loans in the package go the whole way", {
  loans <- lcrisk_read(small_file())
  expect_identical(nrow(loans), 2000L)
  frame <- lcrisk_features(lcrisk_outcome(loans))
  split <- lcrisk_split(frame, test_from = "2011-01-01")
  expect_gt(nrow(split$train), 700L)
  audit <- lcrisk_audit(lcrisk_outcome(loans))
  expect_true(all(c("recoveries", "total_pymnt", "last_fico_range_low") %in%
                    audit$column[audit$verdict == "leak"]))
  expect_false(any(lcrisk_audit(frame)$verdict == "leak"))
})

test_that("what cannot be simulated is refused by class", {
  for (args in list(list(0), list(2.5), list("many"), list(10, from = "2006-01"),
                    list(10, to = "2019-06"), list(10, from = "2012-01", to = "2011-01"),
                    list(10, snapshot = "2018-12"), list(10, file = ""),
                    list(10, seed = -1))) {
    expect_error(do.call(lcrisk_simulate, args), class = "lcrisk_error_input")
  }
  error <- expect_error(lcrisk_simulate(10, seed = 1, file = "/no/such/folder/loans.csv"),
                        class = "lcrisk_error_io")
  expect_identical(error$code, "cannot_write")
})

test_that("one loan is enough", {
  expect_identical(nrow(lcrisk_simulate(1, seed = 1)), 1L)
})
