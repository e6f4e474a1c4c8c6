people <- function(n = 60L) contract_rows(n)
fit <- function(data = people(), ..., formula = y ~ ., learner = lcrisk_testlearner()) {
  lcrisk_train(formula, data, learner = learner, seed = 1, progress = FALSE, ...)
}
fit_xy <- function(x, y, ...) {
  lcrisk_train(x, y, learner = lcrisk_testlearner(), seed = 1, progress = FALSE, ...)
}
with_column <- function(name, value, n = 60L) {
  d <- people(n)
  d[[name]] <- value
  d
}

test_that("every hostile input to lcrisk_train() has its defined result", {
  d <- people()
  x <- d[names(d) != "y"]
  y <- d$y
  unnamed <- stats::setNames(x, c("", names(x)[-1]))
  twice <- stats::setNames(x, c("home", names(x)[-1]))
  learner <- lcrisk_testlearner()
  s4 <- methods::new("classGeneratorFunction")
  expect_cases(list(
    case("TRN-01", "no arguments", lcrisk_train(), "error input bad_argument"),
    case("TRN-01", "NULL", lcrisk_train(NULL), "error input bad_argument"),
    case("TRN-01", "not data", lcrisk_train("file.csv"), "error input bad_argument"),
    case("TRN-01", "a formula without data",
         lcrisk_train(y ~ ., learner = learner), "error input bad_argument"),
    case("TRN-01", "data that are not data", lcrisk_train(y ~ ., 1:3), "error input"),
    case("TRN-01", "a split",
         lcrisk_train(list(train = d, test = d)), "error input bad_argument"),
    case("TRN-01", "features without outcome",
         lcrisk_train(x, learner = learner), "error input bad_argument"),
    case("TRN-02", "no rows", fit(d[0, ]), "error input too_few_rows"),
    case("TRN-02", "one row", fit(d[1, ]), "error input too_few_rows"),
    case("TRN-02", "no columns", fit_xy(x[0], y), "error input no_features"),
    case("TRN-02", "outcome only", fit(d["y"]), "error input no_features"),
    case("TRN-02", "one column", fit_xy(x["income"], y), "ok"),
    case("TRN-03", "no such outcome",
         fit(formula = z ~ .), "error schema missing_column"),
    case("TRN-03", "columns of one name",
         fit_xy(twice, y), "error schema duplicate_column"),
    case("TRN-04", "0/1", fit_xy(x, y), "ok"),
    case("TRN-04", "0/1 double", fit_xy(x, as.double(y)), "ok"),
    case("TRN-04", "logical", fit_xy(x, y == 1), "ok"),
    case("TRN-04", "factor", fit_xy(x, factor(y, 0:1, c("good", "bad"))), "ok"),
    case("TRN-04", "text with event",
         fit_xy(x, ifelse(y == 1, "bad", "good"), event = "bad"), "ok"),
    case("TRN-04", "text alone",
         fit_xy(x, ifelse(y == 1, "bad", "good")), "error input event_needed"),
    case("TRN-04", "labelled",
         fit_xy(x, structure(y, class = "haven_labelled")), "error input"),
    case("TRN-04", "dates", fit_xy(x, Sys.Date() + y), "error input"),
    case("TRN-04", "a matrix", fit_xy(x, cbind(y, y)), "error input"),
    case("TRN-04", "a data frame", fit_xy(x, d["y"]), "error input"),
    case("TRN-05", "three classes",
         fit_xy(x, rep(c("a", "b", "c"), 20), event = "a"), "error input not_binary"),
    case("TRN-05", "continuous", fit_xy(x, d$income), "error input not_binary"),
    case("TRN-05", "wrong event", fit_xy(x, y, event = "2"), "error input bad_event"),
    case("TRN-06", "one class", fit_xy(x, y * 0L), "error input one_class"),
    case("TRN-07", "one event",
         fit_xy(x, as.integer(seq_along(y) == 30)), "warning data rare_class"),
    case("TRN-08", "outcome NA",
         fit_xy(x, replace(y, 3, NA)), "error input missing_outcome"),
    case("TRN-08", "outcome NaN",
         fit_xy(x, replace(as.double(y), 3, NaN)), "error input missing_outcome"),
    case("TRN-08", "outcome Inf",
         fit_xy(x, replace(as.double(y), 3, Inf)), "error input not_binary"),
    case("TRN-08", "outcome too short", fit_xy(x, y[-1]), "error input bad_length"),
    case("TRN-09", "unused levels", fit_xy(x, factor(y, c(0, 9, 1))), "ok"),
    case("TRN-10", "outcome among the features",
         fit(formula = y ~ y + income), "error input target_leak"),
    case("TRN-10", "a copy of the outcome",
         fit_xy(cbind(x, copy = y), y), "warning data perfect_feature"),
    case("TRN-10", "a copy in words",
         fit_xy(cbind(x, copy = paste("is", y)), y), "warning data perfect_feature"),
    case("TRN-11", "a feature all missing",
         fit(with_column("gone", NA)), "warning data dropped_features"),
    case("TRN-12", "a constant feature",
         fit(with_column("one", 1)), "warning data dropped_features"),
    case("TRN-12", "all features constant",
         suppressWarnings(fit_xy(data.frame(a = y * 0), y)), "error input no_features"),
    case("TRN-13", "Inf",
         fit(with_column("income", replace(d$income, 2, Inf))), "error input infinite"),
    case("TRN-13", "-Inf, as told",
         fit(with_column("income", replace(d$income, 2, -Inf)), infinite = "missing"),
         "ok"),
    case("TRN-13", "an unknown policy", fit(infinite = "drop"), "error input bad_choice"),
    case("TRN-15", "huge, tiny and -0",
         fit(with_column("edge", rep(c(1e308, -1e308, 1e-320, -0), 15))), "ok"),
    case("TRN-16", "text, all different",
         fit(with_column("id", sprintf("u%d", 1:60))), "warning data dropped_features"),
    case("TRN-17", "a factor with NA and empty levels",
         fit(with_column("odd", addNA(factor(rep(c("a", "", NA), 20))))), "ok"),
    case("TRN-18", "an ordered factor",
         fit(with_column("rank", factor(rep(1:3, 20), ordered = TRUE))), "ok"),
    case("TRN-19", "dates",
         fit(with_column("since", as.Date("2011-01-01") + 1:60)), "ok"),
    case("TRN-19", "times",
         fit(with_column("since", as.POSIXct("2011-01-01", tz = "UTC") + 1:60 * 1e5)),
         "ok"),
    case("TRN-19", "difftime",
         fit(with_column("wait", as.difftime(1:60, units = "days"))),
         "error schema bad_column"),
    case("TRN-19", "list",
         fit(with_column("l", I(as.list(1:60)))), "error schema bad_column"),
    case("TRN-19", "complex",
         fit(with_column("z", complex(real = 1:60))), "error schema bad_column"),
    case("TRN-19", "raw", fit(with_column("r", as.raw(1:60))), "error schema bad_column"),
    case("TRN-19", "matrix",
         fit(with_column("m", matrix(1:120, 60))), "error schema bad_column"),
    case("TRN-22", "an empty name", fit_xy(unnamed, y), "error schema unnamed_column"),
    case("TRN-22", "names that are no names",
         fit_xy(stats::setNames(x, c("a b", "1", "if", "\u00fc", "..", "NA")), y), "ok"),
    case("TRN-23", "a part of a name",
         fit(formula = y ~ inc), "error schema missing_column"),
    case("TRN-24", "all but one", fit(formula = y ~ . - income), "ok"),
    case("TRN-24", "two names", fit(formula = y ~ income + home), "ok"),
    case("TRN-24", "a name in quotes",
         fit(with_column("a b", rep(1:2, 30)), formula = y ~ `a b`), "ok"),
    case("TRN-24", "a function",
         fit(formula = y ~ log(income)), "error input bad_formula"),
    case("TRN-24", "a variable outside the data",
         fit(formula = y ~ income + learner), "error schema missing_column"),
    case("TRN-24", "intercept only", fit(formula = y ~ 1), "error input bad_formula"),
    case("TRN-24", "an interaction",
         fit(formula = y ~ income:home), "error input bad_formula"),
    case("TRN-24", "no left side", fit(formula = ~income), "error input bad_formula"),
    case("TRN-24", "a computed outcome",
         fit(formula = factor(y) ~ income), "error input bad_formula"),
    case("TRN-24", "taking away what is not there",
         fit(formula = y ~ . - nobody), "error schema missing_column"),
    case("TRN-24", "taking everything away",
         fit(formula = y ~ income - income), "error input no_features"),
    case("TRN-25", "negative weight",
         fit(weights = c(-1, rep(1, 59))), "error input bad_weight"),
    case("TRN-25", "weights all zero",
         fit(weights = rep(0, 60)), "error input one_class"),
    case("TRN-25", "weights leave one class",
         fit(weights = as.double(y)), "error input one_class"),
    case("TRN-25", "NA weight",
         fit(weights = c(NA, rep(1, 59))), "error input bad_weight"),
    case("TRN-25", "infinite weight",
         fit(weights = c(Inf, rep(1, 59))), "error input bad_weight"),
    case("TRN-25", "too few weights", fit(weights = 1), "error input bad_argument"),
    case("TRN-25", "a list of weights",
         fit(weights = as.list(1:60)), "error input bad_argument"),
    case("TRN-25", "text for weights",
         fit(weights = rep("1", 60)), "error input bad_argument"),
    case("TRN-25", "integer weights", fit(weights = 1:60), "ok"),
    case("TRN-28", "a misspelt argument",
         fit(lerner = 1), "error input unknown_argument"),
    case("TRN-28", "an unnamed one too many",
         lcrisk_train(y ~ ., d, "boost"), "error input unknown_argument"),
    case("TRN-28", "an unknown learner", fit(learner = "bost"), "error input bad_choice"),
    case("TRN-28", "a learner not called",
         fit(learner = lcrisk_testlearner), "error input bad_argument"),
    case("TRN-28", "a cut-off beyond 1", fit(cutoff = 2), "error input bad_argument"),
    case("TRN-28", "a cut-off of NA", fit(cutoff = NA), "error input bad_argument"),
    case("TRN-28", "audit is no flag", fit(audit = "no"), "error input bad_argument"),
    case("TRN-29", "seed NA",
         lcrisk_train(y ~ ., d, learner = learner, seed = NA),
         "error input bad_argument"),
    case("TRN-29", "seed 1.5",
         lcrisk_train(y ~ ., d, learner = learner, seed = 1.5),
         "error input bad_argument"),
    case("TRN-29", "seed negative",
         lcrisk_train(y ~ ., d, learner = learner, seed = -1),
         "error input bad_argument"),
    case("TRN-29", "seed 2^31",
         lcrisk_train(y ~ ., d, learner = learner, seed = 2^31), "ok"),
    case("TRN-30", "threads 0", fit(threads = 0), "error input bad_argument"),
    case("TRN-30", "threads -1", fit(threads = -1), "error input bad_argument"),
    case("TRN-30", "threads NA", fit(threads = NA), "error input bad_argument"),
    case("TRN-30", "threads as text", fit(threads = "2"), "error input bad_argument"),
    case("TRN-35", "all rows identical",
         fit_xy(data.frame(a = rep(1, 60), b = y * 0), y), "error input no_features"),
    case("TRN-36", "two rows",
         fit_xy(data.frame(a = 1:2), 0:1), "warning data perfect_feature")
  ))
})

test_that("unknown arguments name the nearest known one", {
  error <- expect_error(fit(lerner = 1), class = "lcrisk_error_input")
  expect_match(conditionMessage(error), "Did you mean `learner`", fixed = TRUE)
})

test_that("the three interfaces give the same model", {
  d <- people(200L)
  x <- d[names(d) != "y"]
  want <- model_hash(fit(d))
  by_xy <- fit_xy(x, d$y)
  expect_null(by_xy$outcome)
  by_xy$outcome <- NULL
  by_xy <- append(by_xy, list(outcome = "y"), match("levels", names(by_xy)))
  expect_identical(model_hash(by_xy), want)
  expect_identical(model_hash(fit(data.table::as.data.table(d))), want)
  frame <- data.table::as.data.table(d)
  frame$issued <- 1L
  data.table::setattr(frame, "roles", c(
    income = "feature", score = "feature", home = "feature", purpose = "feature",
    noise = "feature", joint = "feature", y = "outcome", issued = "time"
  ))
  data.table::setattr(frame, "class", c("lcrisk_frame", class(frame)))
  by_role <- lcrisk_train(frame, learner = lcrisk_testlearner(), seed = 1,
                          progress = FALSE, audit = FALSE)
  expect_identical(model_hash(by_role), want)
  dot <- fit(frame, audit = FALSE)
  expect_identical(model_hash(dot), want)
})

test_that("a matrix and a sparse matrix train as the data frame of their columns", {
  d <- people(200L)
  m <- as.matrix(d[c("income", "score")])
  want <- model_hash(fit_xy(as.data.frame(m), d$y))
  expect_identical(model_hash(fit_xy(m, d$y)), want)
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(m, sparse = TRUE)
  expect_identical(model_hash(fit_xy(sparse, d$y)), want)
})

test_that("row names, attributes, groups and compact vectors change nothing", {
  d <- people(100L)
  want <- model_hash(fit(d))
  named <- d
  rownames(named) <- paste0("r", 1:100)
  attr(named$income, "label") <- "Income"
  class(named) <- c("grouped_df", "tbl_df", "tbl", "data.frame")
  expect_identical(model_hash(fit(named)), want)
  x <- data.frame(a = rep(c(0.5, 0.7), 50))
  compact <- x
  plain <- x
  compact$i <- 1:100
  plain$i <- as.integer(as.character(1:100))
  expect_identical(model_hash(fit_xy(compact, d$y)), model_hash(fit_xy(plain, d$y)))
})

test_that("training leaves its input, options and R's generator alone", {
  d <- data.table::as.data.table(people())
  before <- rlang::hash(as.list(d))
  names_before <- data.table::copy(names(d))
  set.seed(3)
  state <- .Random.seed
  fit(d)
  expect_identical(.Random.seed, state)
  expect_identical(rlang::hash(as.list(d)), before)
  expect_identical(names(d), names_before)
  lcrisk_train(y ~ ., d, learner = lcrisk_testlearner())
  moved <- .Random.seed
  set.seed(3)
  stats::runif(1)
  expect_identical(moved, .Random.seed)
})

test_that("the cut-off is the weighted event rate unless given", {
  d <- people(100L)
  expect_identical(fit(d)$cutoff, mean(d$y))
  w <- rep(c(1, 3), 50)
  expect_equal(fit(d, weights = w)$cutoff, stats::weighted.mean(d$y, w))
  expect_identical(fit(d, cutoff = 0.25)$cutoff, 0.25)
})

test_that("the event is what was said, and the other way round mirrors the model", {
  d <- people(200L)
  bad <- fit(d)
  good <- fit(d, event = "0")
  expect_identical(bad$event, "1")
  expect_identical(good$event, "0")
  expect_equal(predict(good, d), 1 - predict(bad, d))
  text <- d
  text$y <- ifelse(d$y == 1, "bad", "ok")
  expect_identical(predict(fit(text, event = "bad"), d), predict(bad, d))
})

test_that("a formula of thousands of names is read without recursion", {
  names <- sprintf("f%d", 1:3000)
  expression <- as.name(names[1])
  for (name in names[-1]) expression <- call("+", expression, as.name(name))
  expect_identical(read_terms(expression, NULL)$name, names)
})

test_that("a perfect ordered or partly missing feature is noticed, an overlap is not", {
  y <- rep(0:1, each = 1500)
  expect_true(separates(c(1:1500, 2001:3500), y))
  expect_true(separates(-as.double(1:3000), y))
  expect_true(separates(replace(as.double(1:3000), 1:10, NA), y))
  expect_false(separates(replace(as.double(1:3000), 1, 3000), y))
  expect_false(separates(rep(NA_real_, 3000), y))
  expect_false(separates(factor(rep(c("a", "b"), 1500)), y))
})

test_that("a forked child trains the same model", {
  skip_on_os("windows")
  d <- people(300L)
  train <- function(i) {
    model_hash(lcrisk_train(y ~ ., d, learner = lcrisk_boost(trees = 20L), seed = 1))
  }
  here <- train()
  expect_identical(unique(unlist(parallel::mclapply(1:2, train, mc.cores = 2L))), here)
})
