# The databases that a statement is run on. Each is list(dialect, score), `score` being a
# function of data and arguments of lcrisk_sql() that gives link, prob and is_event in the
# order of the rows.

sqlite_scores <- function() {
  for (package in c("DBI", "RSQLite")) testthat::skip_if_not_installed(package)
  connection <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  has <- tryCatch(DBI::dbGetQuery(connection, "SELECT log(exp(1.0)) AS x")$x,
                  error = function(e) NA)
  if (is.na(has)) testthat::skip("this SQLite has no mathematical functions")
  score <- function(model, data, ...) {
    data <- data.table::as.data.table(c(list(lc_row = seq_len(nrow(data))), data))
    DBI::dbWriteTable(connection, "t", as.data.frame(data), overwrite = TRUE)
    in_order(DBI::dbGetQuery(connection, lcrisk_sql(model, "sqlite", "t", "lc_row", ...)))
  }
  list(dialect = "sqlite", score = score, end = function() DBI::dbDisconnect(connection))
}

postgres_scores <- function(env = parent.frame()) {
  server <- local_postgres(env)
  score <- function(model, data, ...) {
    postgres_run(server, "DROP TABLE IF EXISTS t", "-t")
    data <- c(list(lc_row = seq_len(nrow(data))), as.list(data))
    postgres_load(server, "t", as.data.frame(data, check.names = FALSE))
    statement <- lcrisk_sql(model, "postgresql", "t", "lc_row", ...)
    in_order(postgres_query(server, statement))
  }
  list(dialect = "postgresql", score = score, end = function() NULL)
}

in_order <- function(answer) {
  testthat::expect_identical(names(answer), c("lc_row", "link", "prob", "is_event"))
  answer[order(answer$lc_row), ]
}

expect_scores <- function(got, model, data, tolerance = 1e-12) {
  prob <- suppressWarnings(predict(model, data))
  testthat::expect_length(got$prob, length(prob))
  testthat::expect_lte(max(abs(got$prob - prob)), tolerance)
  testthat::expect_lte(max(abs(got$link - suppressWarnings(
    predict(model, data, type = "link")))), 1e-10)
  testthat::expect_identical(got$is_event == 1, prob >= model$cutoff)
}

sql_learners <- function() {
  list(lcrisk_logit(knots = 2), lcrisk_logit(ridge = 0), lcrisk_additive(pairs = 3),
       lcrisk_scorecard(min_events = 5), lcrisk_boost(trees = 60, folds = 2),
       lcrisk_boost(trees = 40, folds = 0, leaves = 64, depth = 30, min_leaf = 1))
}

# Names and labels that try to end their quotes
odd_rows <- function(n, start = 0L) {
  data <- contract_rows(n, start)
  data$home[data$home == "OWN"] <- "O'Neill\\'; DROP TABLE t; --\" \u00fc\n"
  data$when <- as.Date("2009-01-01") + seq_len(n) %% 700L
  data$when[seq_len(n) %% 11L == 0L] <- NA
  names(data)[names(data) == "income"] <- "In \"come\u00e4's; --"
  data[[strrep("long", 20L)]] <- data$score / 7
  data$lc_link <- data$score %% 3L
  data
}

run_everywhere <- function(database, rows = odd_rows) {
  train <- rows(500L)
  test <- rows(400L, start = 900L)
  test$noise[1:3] <- NaN
  test$home[c(4, 5)] <- c(NA, "never seen")
  # values that lie on cuts
  test$score[6:25] <- train$score[6:25]
  for (learner in sql_learners()) {
    model <- suppressWarnings(fit_contract(learner, train))  # twins are collinear
    expect_scores(database$score(model, test[names(test) != "y"]), model, test)
  }
  for (method in c("platt", "beta", "isotonic")) {
    model <- fit_contract(lcrisk_boost(trees = 30, folds = 2), train)
    model <- suppressWarnings(
      lcrisk_calibrate(model, rows(1500L, start = 7L), method = method)
    )
    model <- lcrisk_calibrate(model, rows(1500L, start = 3L), method = "platt")
    expect_scores(database$score(model, test[names(test) != "y"]), model, test)
  }
  refuse_infinite(database)
}

# What predict() refuses has no score, and the other rows have theirs
refuse_infinite <- function(database) {
  test <- contract_rows(20L, start = 5L)
  test$y <- NULL
  test$income[2:3] <- c(Inf, -Inf)
  model <- fit_contract(lcrisk_logit(), contract_rows(300L))
  got <- database$score(model, test)
  expect_identical(which(is.na(got$prob)), 2:3)
  expect_identical(which(is.na(got$is_event)), 2:3)
  expect_scores(got[-(2:3), ], model, test[-(2:3), ])
  model <- fit_contract(lcrisk_logit(), contract_rows(300L), infinite = "missing")
  expect_scores(database$score(model, test), model, test)
}

test_that("SQLite gives the probabilities of predict()", {
  database <- sqlite_scores()
  on.exit(database$end())
  run_everywhere(database)
})

test_that("a PostgreSQL server gives the probabilities of predict()", {
  # here names may differ by case alone
  twins <- function(n, start = 0L) {
    data <- odd_rows(n, start)
    data$SCORE <- data$score %% 5L
    data
  }
  run_everywhere(postgres_scores(), twins)
})

# 2,000 loans, from their features and from their raw columns
score_loans <- function(database) {
  loans <- lcrisk_simulate(4000, seed = 3)
  frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(loans)))
  loans <- loans[1:2000]
  features <- as.data.frame(lcrisk_features(loans))
  raw <- as.data.frame(loans)
  raw$id <- features$id <- NULL
  for (learner in list(lcrisk_boost(trees = 100, folds = 0), lcrisk_additive(folds = 2),
                       lcrisk_logit())) {
    model <- suppressWarnings(lcrisk_train(frame, learner = learner, seed = 1))
    expect_scores(database$score(model, features), model, loans)
    expect_scores(database$score(model, raw, columns = "loans"), model, loans)
  }
}

test_that("2,000 loans score alike in SQLite, from features and from raw columns", {
  database <- sqlite_scores()
  on.exit(database$end())
  score_loans(database)
})

test_that("2,000 loans score alike in PostgreSQL, from features and from raw columns", {
  score_loans(postgres_scores())
})

test_that("text where SQLite should have a number is no score, and never a guess", {
  database <- sqlite_scores()
  on.exit(database$end())
  model <- fit_contract(lcrisk_logit(), contract_rows(300L))
  data <- contract_rows(10L)
  data$income <- as.character(data$income)
  expect_identical(is.na(database$score(model, data)$prob), rep(TRUE, 10L))
})

test_that("a thousand trees and three hundred columns stay within what parsers hold", {
  database <- sqlite_scores()
  on.exit(database$end())
  data <- contract_rows(400L)
  for (k in 1:300) data[[sprintf("v%d", k)]] <- park_miller(400L, k)
  for (learner in list(lcrisk_boost(trees = 1000, folds = 0),
                       lcrisk_logit(ridge = 1, knots = 1))) {
    model <- fit_contract(learner, data)
    expect_scores(database$score(model, data), model, data)
  }
})

test_that("the statement is text with a key, a table and a file as asked", {
  model <- fit_contract(lcrisk_logit(ridge = 0.1), contract_rows(300L))
  file <- tempfile(fileext = ".sql")
  on.exit(unlink(file))
  for (dialect in sql_dialects) {
    sql <- lcrisk_sql(model, dialect, c("risk", "My \"table\""), c("id", "Name's"),
                      file = file)
    expect_s3_class(sql, "lcrisk_sql")
    expect_match(sql, "FROM \"risk\".\"My \"\"table\"\"\"", fixed = TRUE)
    expect_match(sql, "lc_k2 AS \"Name's\"", fixed = TRUE)
    written <- readChar(file, file.size(file), useBytes = TRUE)
    expect_identical(written, as.vector(unclass(sql)))
    expect_output(print(sql), "lc_prob AS prob", fixed = TRUE)
    expect_lt(sum(nchar(capture.output(print(sql)))), 24 * 90)
    expect_match(lcrisk_sql(model, dialect, key = character()), "SELECT CASE",
                 fixed = TRUE)
  }
  expect_identical(lcrisk_sql(model), lcrisk_sql(model, "postgresql", "loans", "id"))
})

test_that("numbers come back from their digits, and never as a decimal type", {
  x <- c(0.1, 1 / 3, 1e-300, -5, 2^53, 1e22, .Machine$double.xmax, 4.9e-324)
  expect_identical(as.numeric(gsub("[()]", "", sql_number(x, "sqlite"))), x)
  expect_true(all(grepl("[.e]", sql_number(x, "sqlite"))))
  expect_true(all(grepl("e", sql_number(x, "duckdb"))))
  expect_true(all(grepl("::float8)?$", sql_number(x, "postgresql"))))
})

test_that("what cannot be written as SQL, and wrong arguments, are refused", {
  data <- contract_rows(300L)
  model <- fit_contract(lcrisk_logit(ridge = 0.1), data)
  forest <- fit_contract(lcrisk_forest(trees = 5), data)
  expect_cases(list(
    case("S1", "a learner without SQL", lcrisk_sql(forest), "error model learner"),
    case("S2", "no model", lcrisk_sql(1), "error model bad_model"),
    case("S3", "dialect", lcrisk_sql(model, "oracle"), "error input bad_choice"),
    case("S4", "table", lcrisk_sql(model, table = ""), "error input bad_argument"),
    case("S5", "table", lcrisk_sql(model, table = NULL), "error input bad_argument"),
    case("S6", "key", lcrisk_sql(model, key = c("a", "A")), "error input bad_argument"),
    case("S7", "columns", lcrisk_sql(model, columns = "raw"), "error input bad_choice"),
    case("S8", "loans", lcrisk_sql(model, columns = "loans"), "error input no_formulas"),
    case("S9", "file", lcrisk_sql(model, file = 1), "error input bad_argument"),
    case("S10", "file", lcrisk_sql(model, file = "/no/such/folder/x"), "error io")
  ))
})
