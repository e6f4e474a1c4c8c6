expect_refused <- function(expression, message, class = "lcrisk_error_input") {
  error <- expect_error(expression, class = class)
  expect_match(conditionMessage(error), message, fixed = TRUE)
  error
}

test_that("check_number() takes one finite number in range, as double", {
  f <- function(rate) check_number(rate, 0, 1)
  expect_identical(f(1L), 1)
  expect_identical(f(0), 0)
  wrong <- list(
    "2" = 2, "-1e-09" = -1e-9, "NA" = NA_real_, "NaN" = NaN, "Inf" = Inf, "NULL" = NULL,
    "\"1\"" = "1", "TRUE" = TRUE, "numeric of length 2" = c(0, 1),
    "numeric of length 0" = numeric(), "list of length 1" = list(1), "a function" = mean
  )
  for (i in seq_along(wrong)) {
    shown <- if (names(wrong)[i] == "NaN") "NA" else names(wrong)[i]
    error <- expect_refused(
      f(wrong[[i]]),
      sprintf("`rate` must be one number between 0 and 1, not %s.", shown)
    )
    expect_identical(error$arg, "rate")
    expect_identical(error$code, "bad_argument")
    expect_identical(as.character(error$call[[1L]]), "f")
  }
  expect_refused((function(x) check_number(x, min = 2))(1), "one number of at least 2")
  expect_refused((function(x) check_number(x, max = 2))(3), "one number of at most 2")
  expect_refused((function(x) check_number(x))("a"), "must be one number, not \"a\"")
})

test_that("check_count() takes one whole number, as integer", {
  f <- function(trees) check_count(trees)
  expect_identical(f(3), 3L)
  expect_identical(f(.Machine$integer.max), .Machine$integer.max)
  for (wrong in list(0, 1.5, -1, 2^31, NA_integer_, Inf, NULL, "3", 1:2, TRUE, list(1))) {
    expect_refused(f(wrong), "`trees` must be one whole number of at least 1, not ")
  }
  expect_refused((function(k) check_count(k, 2, 9))(10), "between 2 and 9, not 10")
})

test_that("check_flag(), check_string() and check_share() say what they want", {
  flag <- function(progress) check_flag(progress)
  expect_true(flag(TRUE))
  for (wrong in list(NA, 1, "TRUE", NULL, c(TRUE, FALSE), logical())) {
    expect_refused(flag(wrong), "`progress` must be TRUE or FALSE, not ")
  }
  string <- function(path) check_string(path)
  expect_identical(string("a"), "a")
  for (wrong in list("", NA_character_, 1, c("a", "b"), NULL, character())) {
    expect_refused(string(wrong), "`path` must be one non-empty string, not ")
  }
  share <- function(part) check_share(part)
  expect_identical(share(1L), 1)
  for (wrong in list(0, 1.1, NA, "1", NULL)) {
    expect_refused(share(wrong), "`part` must be one number above 0 and at most 1, not ")
  }
})

test_that("check_choice() wants the whole word and names the nearest", {
  f <- function(rule) check_choice(rule, c("matured", "resolved"))
  expect_identical(f("matured"), "matured")
  error <- expect_refused(f("maturd"), "must be one of `matured` and `resolved`")
  expect_identical(error$code, "bad_choice")
  expect_match(conditionMessage(error), "Did you mean `matured`?", fixed = TRUE)
  expect_no_match(conditionMessage(expect_refused(f("other"), "not \"other\"")), "mean")
  for (wrong in list("mat", NA_character_, 1, NULL, c("matured", "resolved"))) {
    expect_refused(f(wrong), "`rule` must be one of ")
  }
})

test_that("check_data() refuses what is no table, too short, or ambiguous", {
  f <- function(loans) check_data(loans, min_rows = 2L)
  expect_identical(f(mtcars), mtcars)
  for (wrong in list(1:3, list(a = 1), NULL, "loans.csv", matrix(1, 2, 2))) {
    expect_refused(f(wrong), "`loans` must be a data frame, not ")
  }
  few <- expect_refused(f(mtcars[1, ]), "`loans` has 1 row; at least 2 needed.")
  expect_identical(few$n, 1L)
  twice <- data.frame(a = 1:2, b = 1:2, a = 1:2, check.names = FALSE)
  error <- expect_refused(f(twice), "same name: `a`", class = "lcrisk_error_schema")
  expect_identical(error$columns, "a")
})

test_that("check_columns() names what is absent and what is similar", {
  f <- function(loans, wanted) check_columns(loans, wanted)
  expect_silent(f(mtcars, c("mpg", "cyl")))
  error <- expect_refused(f(mtcars, c("mpgs", "nothing like it")), "lacks the columns",
                          class = "lcrisk_error_schema")
  expect_identical(error$columns, c("mpgs", "nothing like it"))
  expect_match(conditionMessage(error), "Similar names there: `mpg`.", fixed = TRUE)
})

test_that("check_weights() wants one number of at least 0 for each row", {
  expect_null(check_weights(NULL, 3))
  expect_identical(check_weights(0:2, 3), c(0, 1, 2))
  for (wrong in list("a", factor(1:3), list(1, 2, 3), matrix(1, 3, 1), 1:2, numeric())) {
    expect_refused(check_weights(wrong, 3), "`weights` must be ")
  }
  for (bad in c(NA, NaN, Inf, -1)) {
    error <- expect_refused(check_weights(c(1, bad, 1), 3), "entry 2 is ")
    expect_identical(error$row, 2L)
  }
})

test_that("check_dots_empty() names unknown arguments and the nearest known", {
  f <- function(size = 1, ...) check_dots_empty(...)
  expect_silent(f())
  expect_refused(f(sise = 1), "Unknown argument: `sise`.")
  expect_refused(f(sise = 1), "Did you mean `size`?")
  expect_refused(f(1, 2), "1 unnamed argument too many.")
})

test_that("check_call() wants every argument known, spelled out and given", {
  f <- function(data, size = 1, ..., types = 2) check_call(...)
  expect_silent(f(1))
  expect_silent(f(types = 1, data = 2))
  expect_silent(do.call(f, list(1, size = 3)))
  expect_refused(f(1, siz = 2), "Unknown argument: `siz`.")
  expect_refused(f(1, siz = 2), "Spelled out: `size`.")
  expect_refused(f(dat = 1), "Spelled out: `data`.")
  expect_refused(f(1, type = 3), "Did you mean `types`?")
  expect_refused(f(1, 2, 3), "1 unnamed argument too many.")
  missing <- expect_refused(f(), "The argument `data` is missing.")
  expect_identical(missing$code, "missing_argument")
  expect_identical(missing$arg, "data")
  expect_match(missing$cure, "Call `f(data)`.", fixed = TRUE)
  expect_identical(missing$call, quote(f()))
  expect_refused((function(x) f(x))(), "The argument `data` is missing.")
  g <- function(x, data, ...) check_call(..., .optional = "data")
  expect_silent(g(1))
  expect_refused(g(data = 1), "The argument `x` is missing.")
})

test_that("found() formats nothing of a class it does not know", {
  expect_identical(found(structure(1, class = "lcrisk_model")),
                   "lcrisk_model of length 1")
  expect_identical(found(factor("a")), "\"a\"")
  expect_identical(found(as.Date("2011-01-31")), "\"2011-01-31\"")
  expect_identical(found(data.frame(a = 1)), "a table of 1 row")
  expect_identical(found(y ~ x), "a formula")
  expect_identical(count_of(1, "row"), "1 row")
  expect_identical(count_of(1234, "row"), "1,234 rows")
})

test_that("quoted() reads as a list and stops after ten", {
  expect_identical(quoted("a"), "`a`")
  expect_identical(quoted(c("a", "b")), "`a` and `b`")
  expect_identical(quoted(letters[1:3]), "`a`, `b` and `c`")
  expect_match(quoted(letters), "`j` and 16 more$")
})

test_that("an absent column and a table without rows come with a cure", {
  error <- expect_refused(check_columns(mtcars, "nothing_alike"), "lacks the column",
                          class = "lcrisk_error_schema")
  expect_match(error$cure, "It has `mpg`")
  error <- expect_refused(check_columns(mtcars, "mpgg"), "lacks the column",
                          class = "lcrisk_error_schema")
  expect_match(error$cure, "Similar names there: `mpg`.")
  expect_type(expect_refused(check_data(mtcars[0, ]), "has 0 rows")$cure, "character")
})
