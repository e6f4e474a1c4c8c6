credit <- function(n, seed) {
  set.seed(seed)
  data <- data.frame(
    income = round(rexp(n, 1 / 50)), age = sample(18:80, n, TRUE),
    grade = factor(sample(letters[1:6], n, TRUE))
  )
  data$income[runif(n) < 0.1] <- NA
  z <- -1 + 0.02 * (data$age - 50) + 0.3 * (data$grade == "c") + is.na(data$income)
  data$default <- runif(n) < plogis(z)
  data
}

single <- function(trees, ...) lcrisk_boost(trees = trees, folds = 0, ...)

fit <- function(data, learner, ...) {
  lcrisk_train(default ~ ., data, learner = learner, seed = 4, progress = FALSE, ...)
}

test_that("going on is not having stopped, bit for bit", {
  data <- credit(3000, 1)
  weights <- 0.5 + (seq_len(3000) %% 4)
  for (w in list(NULL, weights)) {
    whole <- fit(data, single(30), weights = w)
    model <- fit(data, single(12), weights = w)
    model <- lcrisk_continue(model, default ~ ., 10, data = data, weights = w,
                             threads = 1)
    model <- lcrisk_continue(model, default ~ ., 8, data = data, weights = w, threads = 3)
    expect_identical(model$core, whole$core)
    expect_identical(predict(model, data), predict(whole, data))
    expect_identical(model$learner, whole$learner)
    expect_identical(model$fingerprint, whole$fingerprint)
  }
})

test_that("new rows change what comes, not what was", {
  data <- credit(3000, 1)
  later <- credit(2000, 2)
  levels(later$grade)[6] <- "new"
  model <- fit(data, single(10))
  expect_warning(more <- lcrisk_continue(model, later[1:3], 5, y = later$default),
                 "new", class = "lcrisk_warning_schema")
  before <- length(model$core$trees$feature)
  expect_identical(head(more$core$trees$value, before), model$core$trees$value)
  expect_identical(more$core$bins, model$core$bins)
  expect_identical(more$n, 2000L)
  loss <- function(m) {
    p <- suppressWarnings(predict(m, later))
    -mean(log(ifelse(later$default, p, 1 - p)))
  }
  expect_lt(loss(more), loss(model))
})

test_that("what cannot go on is refused with the reason", {
  data <- credit(500, 1)
  go_on <- function(model, ...) lcrisk_continue(model, default ~ ., ..., data = data)
  refused <- function(code, ...) {
    error <- expect_error(go_on(...), class = "lcrisk_error_input")
    expect_identical(error$code, code)
  }
  refused("not_boost", fit(data, "logit"))
  refused("averaged", fit(data, lcrisk_boost(trees = 5, folds = 2)))
  model <- fit(data, single(5))
  refused("bad_argument", model, trees = 0)
  expect_error(lcrisk_continue(model, data[1:2], 5, y = data$default),
               "grade", class = "lcrisk_error_schema")
  expect_error(lcrisk_continue(list(), data), class = "lcrisk_error_model")
})
