mixed <- function() {
  data.frame(
    amount = c(1000, 2500, NaN, 4000),
    term = c(36L, 60L, 36L, NA),
    home = c("RENT", "OWN", NA, "RENT"),
    grade = factor(c("B", "A", "C", "A"), levels = c("C", "B", "A", "Z")),
    rank = factor(c("lo", "hi", "mid", "hi"), c("lo", "mid", "hi"), ordered = TRUE),
    joint = c(TRUE, FALSE, NA, TRUE),
    since = as.Date("2011-01-01") + 0:3
  )
}

test_that("a blueprint is plain vectors that say what training rows held", {
  learned <- learn_blueprint(mixed())
  b <- learned$blueprint
  expect_identical(b$kind, c(
    amount = "number", grade = "level", home = "level", joint = "flag", rank = "ordered",
    since = "date", term = "number"
  ))
  expect_identical(b$features, names(b$kind))
  expect_identical(b$levels$home, c("OWN", "RENT"))
  expect_identical(b$levels$grade, c("C", "B", "A"))  # own order, unused level gone
  expect_identical(b$levels$rank, c("lo", "mid", "hi"))
  expect_identical(b$range$min[["amount"]], 1000)
  expect_identical(b$range$max[["amount"]], 4000)
  expect_identical(b$range$missing[["amount"]], 0.25)
  expect_identical(b$range$missing[["home"]], 0.25)
  expect_true(is.na(b$range$min[["home"]]))
  expect_identical(unserialize(serialize(b, NULL)), b)
})

test_that("what the learner gets is numbers, flags and factors of the training levels", {
  x <- learn_blueprint(mixed())$x
  expect_identical(x$term, c(36L, 60L, 36L, NA))
  expect_identical(x$since, as.double(14975:14978))
  expect_identical(x$joint, c(TRUE, FALSE, NA, TRUE))
  expect_identical(as.character(x$home), c("RENT", "OWN", NA, "RENT"))
  expect_true(is.ordered(x$rank))
  expect_identical(apply_blueprint(learn_blueprint(mixed())$blueprint, mixed()), x)
})

test_that("quantiles of a range are values that occur", {
  r <- column_range(as.double(sample(1000)))
  expect_identical(unname(r), c(1, 1, 999, 1000, 0, 500))
  expect_identical(unname(column_range(c(3, NA))), c(3, 3, 3, 3, 0.5, 3))
  expect_identical(column_range(c(9, 1, 2, NA, 4))[["typical"]], 2)
  expect_identical(1 / column_range(c(-0, -0, 1))[["min"]], Inf)  # -0 is 0
})

test_that("new data may hold the same values in other clothes", {
  b <- learn_blueprint(mixed())$blueprint
  want <- apply_blueprint(b, mixed())
  int64 <- structure(
    readBin(as.raw(c(36, rep(0, 7), 60, rep(0, 7), 36, rep(0, 7), rep(0, 7), 128)),
            "double", 4L),
    class = "integer64"
  )
  noon <- as.POSIXct(c("2011-01-01 12:00", "2011-01-02 00:00", "2011-01-03 23:59:59",
                       "2011-01-04 01:00"), tz = "Pacific/Auckland")
  with <- function(name, value) {
    d <- mixed()
    d[[name]] <- value
    d
  }
  cases <- list(
    "columns in another order" = mixed()[, 7:1],
    "columns too many" = cbind(mixed(), other = letters[1:4]),
    "a data.table" = data.table::as.data.table(mixed()),
    "NA for NaN" = with("amount", c(1000, 2500, NA, 4000)),
    "numbers as text" = with("amount", c("1000", "2.5e3", "", " 4000.0 ")),
    "numbers as a factor" = with("amount", factor(c("1000", "2500", NA, "4000"))),
    "double for integer" = with("term", c(36, 60, 36, NA)),
    "Lending Club's term" = with("term", c(" 36 months", "60 months", "36", NA)),
    "integer64" = with("term", int64),
    "factor for text" = with("home", factor(mixed()$home, c("RENT", "x", "OWN"))),
    "text for factor" = with("grade", c("B", "A", "C", "A")),
    "the same labels, other codes" = with("grade", factor(c("B", "A", "C", "A"))),
    "the order turned" = with("rank", ordered(mixed()$rank, c("hi", "mid", "lo"))),
    "0/1 for a flag" = with("joint", c(1, 0, NA, 1)),
    "text for a flag" = with("joint", c("TRUE", "false", "", "1")),
    "IDate" = with("since", data.table::as.IDate(mixed()$since)),
    "POSIXct in a far zone" = with("since", noon),
    "text for a date" = with("since", format(mixed()$since, "%Y-%m-%d")),
    "I() around" = with("amount", I(mixed()$amount))
  )
  for (case in names(cases)) {
    got <- expect_silent(apply_blueprint(b, cases[[case]]))
    expect_equal(got, want, tolerance = 0, info = case)
  }
})

test_that("new data that cannot be what training had are refused, with the row", {
  b <- learn_blueprint(mixed())$blueprint
  cases <- list(
    list("text that is no number", "amount", c("1000", "abc", "1", "2"), 2L),
    list("a comma for the point", "amount", c("1", "2", "3", "4,5"), 4L),
    list("hexadecimal", "amount", c("0x1A", "1", "1", "1"), 1L),
    list("a date for a number", "amount", as.Date("2011-01-01") + 0:3, NULL),
    list("a number for text", "home", 1:4, 1L),
    list("a flag other than 0 and 1", "joint", c(0, 1, 2, 1), 3L),
    list("a number for a date", "since", 1:4, NULL),
    list("no such day", "since", c("2011-01-01", "2011-02-31", NA, NA), 2L),
    list("a factor with a code too large", "grade",
         structure(c(1L, 9L, 1L, 1L), levels = c("A", "B"), class = "factor"), 2L),
    list("a factor with code 0", "grade",
         structure(c(1L, 1L, 0L, 1L), levels = c("A", "B"), class = "factor"), 3L)
  )
  for (case in cases) {
    d <- mixed()
    d[[case[[2]]]] <- case[[3]]
    error <- expect_error(apply_blueprint(b, d), class = "lcrisk_error_schema",
                          info = case[[1]])
    expect_identical(error$columns, case[[2]], info = case[[1]])
    expect_identical(error$row, case[[4]], info = case[[1]])
  }
})

test_that("all missing columns are named at once", {
  b <- learn_blueprint(mixed())$blueprint
  error <- expect_error(apply_blueprint(b, mixed()[c("amount", "home")]),
                        class = "lcrisk_error_schema")
  expect_identical(error$columns, c("grade", "joint", "rank", "since", "term"))
})

test_that("unseen levels become missing with one warning for all columns", {
  b <- learn_blueprint(mixed())$blueprint
  d <- mixed()
  d$home <- c("RENT", " RENT", "rent", "OWN")
  d$grade <- factor(c("Z", "A", "A", NA))
  warnings <- list()
  got <- withCallingHandlers(apply_blueprint(b, d), lcrisk_warning_schema = function(w) {
    warnings[[length(warnings) + 1L]] <<- w
    invokeRestart("muffleWarning")
  })
  expect_length(warnings, 1L)
  expect_identical(warnings[[1]]$levels, list(grade = "Z", home = c(" RENT", "rent")))
  expect_identical(is.na(got$home), c(FALSE, TRUE, TRUE, FALSE))
  expect_identical(is.na(got$grade), c(TRUE, FALSE, FALSE, TRUE))
  expect_named(attributes(got$home), c("levels", "class"))
})

test_that("a level that only an unused code has is not unseen", {
  b <- learn_blueprint(mixed())$blueprint
  d <- mixed()
  d$grade <- factor(c("B", "A", "C", "A"), levels = c("A", "B", "C", "never"))
  expect_silent(apply_blueprint(b, d))
})

test_that("columns without information are left out, with one warning", {
  d <- data.frame(
    a = c(1, 2, 3), all_na = NA, one = 7, level = "x", keep = c(NA, 5, 5),
    none = NA_character_
  )
  warning <- expect_warning(learned <- learn_blueprint(d), class = "lcrisk_warning_data")
  expect_identical(learned$blueprint$features, c("a", "keep"))
  expect_identical(learned$blueprint$dropped,
                   c(all_na = "all missing", level = "constant", none = "all missing",
                     one = "constant"))
  expect_setequal(warning$columns, c("all_na", "one", "level", "none"))
})

test_that("text that hardly repeats is left out, many levels are warned about", {
  d <- data.frame(a = 1:4000)
  d$id <- sprintf("u%04d", d$a)
  d$zip <- sprintf("z%d", d$a %% 1200L)
  codes <- character()
  learned <- withCallingHandlers(learn_blueprint(d), lcrisk_warning_data = function(w) {
    codes <<- c(codes, w$code)
    invokeRestart("muffleWarning")
  })
  expect_identical(codes, c("dropped_features", "high_cardinality"))
  expect_identical(learned$blueprint$dropped, c(id = "nearly all values differ"))
  few <- data.frame(a = 1:4, name = letters[1:4])
  expect_silent(learn_blueprint(few))
})

test_that("columns of a class without a rule are refused by name and class", {
  cases <- list(
    list = I(list(1, 2, 3, 4)), complex = complex(real = 1:4), raw = as.raw(1:4),
    matrix = I(matrix(1:8, 4)), difftime = as.difftime(1:4, units = "days"),
    POSIXlt = as.POSIXlt("2011-01-01") + 0:3,
    labelled = structure(1:4, class = "haven_labelled"), itime = data.table::as.ITime(1:4)
  )
  for (case in names(cases)) {
    d <- data.table::data.table(a = 1:4)
    columns <- c(as.list(d), list(odd = cases[[case]]))
    if (case == "POSIXlt") columns$odd <- as.POSIXlt(columns$odd)
    error <- expect_error(learn_blueprint(columns), class = "lcrisk_error_schema",
                          info = case)
    expect_identical(error$columns, "odd", info = case)
  }
})

test_that("infinite values are an error, or missing where asked", {
  d <- data.frame(a = c(1, Inf, 3), b = 1:3)
  error <- expect_error(learn_blueprint(d), class = "lcrisk_error_input")
  expect_identical(error$row, 2L)
  learned <- learn_blueprint(d, infinite = "missing")
  expect_identical(learned$x$a, c(1, NA, 3))
  expect_identical(apply_blueprint(learned$blueprint, d)$a, c(1, NA, 3))
  strict <- learn_blueprint(d[c(1, 3), ])$blueprint
  expect_error(apply_blueprint(strict, d), class = "lcrisk_error_input")
})

test_that("names decide, not the order of columns", {
  turned <- mixed()[c(3, 1, 7, 2, 6, 4, 5)]
  expect_identical(learn_blueprint(mixed()), learn_blueprint(turned))
})

test_that("a matrix is its columns, with or without names", {
  m <- matrix(c(1, 2, 3, 4, 5, 6), 3, dimnames = list(NULL, c("u", "v")))
  b <- learn_blueprint(as_columns(m, "x"))$blueprint
  expect_identical(apply_blueprint(b, m[, 2:1]), list(u = c(1, 2, 3), v = c(4, 5, 6)))
  expect_identical(names(as_columns(unname(m), "x")), c("V1", "V2"))
  bad <- m
  colnames(bad) <- c("u", "")
  expect_error(as_columns(bad, "x"), class = "lcrisk_error_schema")
  colnames(bad) <- c("u", "u")
  expect_error(as_columns(bad, "x"), class = "lcrisk_error_schema")
  expect_error(as_columns(list(1), "x"), class = "lcrisk_error_input")
})

test_that("names of any script are features, whatever the options say", {
  old <- options(OutDec = ",", scipen = -9, digits = 3)
  on.exit(options(old))
  d <- data.frame(c(0.5, 1.25, 3), c("a", "b", "b"))
  names(d) <- c("\u00fcmsatz in \u20ac", "1 x-y")
  b <- learn_blueprint(d)$blueprint
  expect_setequal(b$features, names(d))
  text <- d
  text[[1]] <- c("0.5", "1.25", "3")
  expect_identical(apply_blueprint(b, text), apply_blueprint(b, d))
  expect_identical(number_text(c(100000, 0.1, 36)), c("100000", "0.1", "36"))
})

test_that("columns as in training pass unchanged, all others become the same", {
  set.seed(3)
  train <- data.frame(a = rnorm(60), n = rep(1:3, 20), f = factor(rep(c("x", "y"), 30)))
  blueprint <- learn_blueprint(train)$blueprint
  plain <- apply_blueprint(blueprint, train)
  expect_identical(plain, as.list(train)[names(plain)])
  dressed <- train
  dressed$a <- I(train$a)
  dressed$n <- as.character(train$n)
  dressed$f <- factor(train$f, levels = c("y", "x", "z"))
  expect_equal(apply_blueprint(blueprint, dressed), plain)
  train$a[5] <- Inf
  expect_error(apply_blueprint(blueprint, train), class = "lcrisk_error_input")
  broken <- train["f"]
  broken$f <- structure(c(1L, 3L), levels = c("x", "y"), class = "factor")[rep(1:2, 30)]
  broken$a <- broken$n <- 0
  expect_error(apply_blueprint(blueprint, broken), class = "lcrisk_error_schema")
})
