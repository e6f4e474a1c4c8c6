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

test_that("how `j` is written decides, not how its columns are called", {
  frame <- small_frame()
  columns <- c("term", "default")
  chosen <- expression(
    frame[], frame[1:2], frame[, c("term", "default")], frame[, "term"], frame[, !"term"],
    frame[, ..columns], frame[, columns, with = FALSE], frame[, 1:2], frame[, .SD],
    frame[order(term), .(term)], frame[1L, .(default)], head(frame, 2L)
  )
  for (one in chosen) expect_s3_class(eval(one), "lcrisk_frame")
  computed <- expression(
    frame[, .(term = mean(term))], frame[1L, .(term = max(term))], frame[, .N, default],
    frame[, lapply(.SD, mean), .SDcols = columns], frame[, .(term = default)],
    frame[, .(other = term)], frame[, .(term), keyby = .(default)], frame[, term, default]
  )
  for (one in computed) {
    plain <- eval(one)
    expect_identical(class(plain), c("data.table", "data.frame"), info = deparse(one))
    expect_null(attr(plain, "ledger"))
  }
})

test_that("adding a column prints nothing at the prompt, looking does", {
  shown <- in_process(c(
    "path <- system.file('extdata', 'loans-small.csv.gz', package = 'lcrisk')",
    "loans <- suppressWarnings(lcrisk_read(path))",
    "known <- lcrisk_outcome(loans)",
    "known[, y := 1]",
    "frame <- lcrisk_features(known)",
    "frame[, y := 1]", "cat('here\\n')", "known", "frame",
    "show <- function() { frame[, y := 2]; print(frame) }", "invisible(show())",
    "result <- 1"
  ))
  first <- function(what) which(startsWith(shown$output, what))
  expect_identical(shown$output[1L], "here")
  expect_length(first("<lcrisk_outcome>"), 1L)
  expect_length(first("<lcrisk_frame>"), 2L)
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

test_that("the split that print() suggests can be made, whatever the dates", {
  frame_of <- function(years, y = rep_len(0:1, length(years))) {
    day <- data.table::as.IDate(sprintf("%d-03-01", years))
    new_frame(list(default = y, x = seq_along(years), issue_d = day),
              c(default = "outcome", x = "feature", issue_d = "time"))
  }
  made <- function(frame) {
    line <- utils::tail(format(frame), 1L)
    expect_match(line, "^Next: split <- lcrisk_split")
    split <- eval(parse(text = sub("^Next: split <- ", "", line)))
    expect_s3_class(split, "lcrisk_split")
    line
  }
  expect_match(made(frame_of(rep(2007:2011, c(9, 20, 20, 20, 40)))), "2011-01-01")
  expect_match(made(frame_of(rep(2014:2016, c(80, 30, 30)))), "2016-01-01")
  expect_match(made(frame_of(rep(2014:2016, c(80, 20, 2)), rep(0:1, c(97, 5)))), "prop")
  expect_match(made(frame_of(rep(2012:2016, c(10, 10, 10, 10, 200)))), "prop")
  expect_match(made(frame_of(rep(2012L, 20L))), "prop")
  undated <- new_frame(list(default = rep(0:1, 9), x = 1:18),
                       c(default = "outcome", x = "feature"))
  expect_match(made(undated), "prop")
})

test_that("what print() leaves out it counts", {
  money <- c("funded_amnt", "installment", "int_rate", "total_pymnt", "recoveries")
  columns <- c(list(default = rep(0:1, 4), x = 1:8),
               stats::setNames(rep(list(as.double(1:8)), 5L), money))
  roles <- c("outcome", "feature", rep("money", 5L))
  frame <- new_frame(columns, stats::setNames(roles, names(columns)))
  expect_match(paste(format(frame), collapse = " "),
               "money funded_amnt, installment, int_rate and 2 more", fixed = TRUE)
})
