small_mlp <- function(...) {
  settings <- list(hidden = 12, restarts = 3, epochs = 20, batch = 64, rate = 0.01)
  do.call(lcrisk_mlp, utils::modifyList(settings, list(...)))
}

test_that("lcrisk_mlp() keeps the learner contract", {
  expect_learner_contract(small_mlp(), weights = "none")
})

test_that("the defaults learn and give the same bits on any number of threads", {
  train <- contract_rows(600L)
  test <- contract_rows(300L, start = 10000L)
  contract_probabilities(lcrisk_mlp(), train, test)
  one <- predict(fit_contract(lcrisk_mlp(), train), test)
  two <- predict(fit_contract(lcrisk_mlp(), train, threads = 2L), test, threads = 2L)
  expect_identical(two, one)
})

test_that("settings out of range are refused by name", {
  refused <- list(
    quote(lcrisk_mlp(hidden = 0)), quote(lcrisk_mlp(hidden = integer())),
    quote(lcrisk_mlp(hidden = c(8, NA))), quote(lcrisk_mlp(hidden = rep(4, 5))),
    quote(lcrisk_mlp(hidden = 1025)), quote(lcrisk_mlp(hidden = "a")),
    quote(lcrisk_mlp(hidden = 2.5)), quote(lcrisk_mlp(restarts = 0)),
    quote(lcrisk_mlp(epochs = 0)), quote(lcrisk_mlp(patience = NA)),
    quote(lcrisk_mlp(rate = 0)), quote(lcrisk_mlp(rate = 2)),
    quote(lcrisk_mlp(decay = -1)), quote(lcrisk_mlp(dropout = 1)),
    quote(lcrisk_mlp(batch = 2000)), quote(lcrisk_mlp(held_out = 0)),
    quote(lcrisk_mlp(held_out = 0.6)), quote(lcrisk_mlp(held_out = c(0.1, 0.2))),
    quote(lcrisk_mlp(knots = 17)), quote(lcrisk_mlp(bend = -0.1)),
    quote(lcrisk_mlp(tail = 0.3)), quote(lcrisk_mlp(skewness = NA))
  )
  for (call in refused) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(call)[2L])
  }
})

# Default when income is high and the borrower rents, or low and owns: neither says
# anything alone. The best possible AUC is that of the true probabilities.
xor_rows <- function(n, seed) {
  set.seed(seed)
  data <- data.frame(income = exp(rnorm(n, 4)), home = sample(c("own", "rent"), n, TRUE),
                     noise = rnorm(n))
  high <- log(data$income) > 4
  data$odds <- ifelse(high == (data$home == "rent"), 0.5, -2.5)
  data$y <- rbinom(n, 1, plogis(data$odds))
  data
}

test_that("an XOR-type rule is learned, which logit cannot", {
  train <- xor_rows(6000, 1)
  test <- xor_rows(4000, 2)
  auc <- function(learner) {
    model <- lcrisk_train(y ~ income + home + noise, train, learner = learner, seed = 3,
                          progress = FALSE)
    as.numeric(lcrisk_auc(test$y, predict(model, test)))
  }
  best <- as.numeric(lcrisk_auc(test$y, plogis(test$odds)))
  expect_gt(best, 0.75)
  expect_lt(auc("logit"), 0.55)
  expect_gt(auc("mlp"), best - 0.01)
})

test_that("an additive rule costs next to nothing against logit", {
  set.seed(4)
  n <- 3000
  data <- data.frame(a = rnorm(n), b = rexp(n), home = sample(letters[1:4], n, TRUE))
  data$y <- rbinom(n, 1, plogis(-1.5 + data$a - 0.5 * data$b + (data$home == "c")))
  train <- data[1:2000, ]
  test <- data[2001:3000, ]
  auc <- function(learner) {
    model <- lcrisk_train(y ~ ., train, learner = learner, seed = 3, progress = FALSE)
    as.numeric(lcrisk_auc(test$y, predict(model, test)))
  }
  expect_gt(auc("mlp"), auc("logit") - 0.005)
})

test_that("weights move the probabilities as repeated rows do, about", {
  train <- contract_rows(600L)
  test <- contract_rows(300L, start = 10000L)
  times <- ifelse(train$y == 1L, 3, 1)
  weighted <- predict(fit_contract(small_mlp(), train, weights = times), test)
  repeated <- predict(fit_contract(small_mlp(), train[rep(1:600, times), ]), test)
  plain <- predict(fit_contract(small_mlp(), train), test)
  expect_gt(mean(weighted) - mean(plain), 0.1)
  expect_lt(abs(mean(weighted) - mean(repeated)), 0.03)
})

test_that("rows made by balancing never decide when a network stops", {
  # chance: whoever does better than the base rate has seen relatives of the judged rows
  set.seed(8)
  data <- as.data.frame(matrix(rnorm(600 * 6), 600))
  data$y <- rep(c(1L, rep(0L, 9)), 60)
  learner <- small_mlp(hidden = 24, epochs = 60, patience = 60, dropout = 0)
  for (balance in list(lcrisk_oversample(), lcrisk_smote())) {
    model <- lcrisk_train(y ~ ., data, learner = learner, balance = balance, seed = 1,
                          progress = FALSE)
    # held-out events count as often as in the balanced rows: chance has a loss of log 2
    expect_gt(min(model$core$loss), 0.66)
  }
  # without balancing nothing is different from before
  plain <- fit_contract(small_mlp(), contract_rows(600L))
  origin <- list(first = 0:599, second = 0:599, held_event = 1)
  run <- new_run(11)
  run$origin <- origin
  x <- learn_blueprint(contract_rows(600L)[names(contract_rows(1L)) != "y"])$x
  core <- fit_core(small_mlp(), x, contract_rows(600L)$y, NULL, run)
  expect_identical(core$weights, plain$core$weights)
})

test_that("the model is plain vectors that say how training went", {
  model <- fit_contract(small_mlp(), contract_rows(600L))
  core <- model$core
  expect_identical(core$hidden, 12L)
  expect_length(core$epochs, 3L)
  expect_true(all(core$epochs >= 1L & core$epochs <= 20L))
  expect_true(all(core$loss > 0 & core$loss < 0.7))
  expect_type(core$weights, "double")
})

test_that("without bends an effect is a line on the log-odds, beyond the tails flat", {
  train <- contract_rows(600L)
  learner <- small_mlp(bend = 0, tail = 0, skewness = Inf, hidden = 1, epochs = 3,
                       dropout = 0.9)
  model <- fit_contract(learner, train)
  ray <- train[rep(1L, 5L), ]
  ray$income <- c(-1000, min(train$income), mean(range(train$income)), max(train$income),
                  1e6)
  odds <- predict(model, ray, type = "link")
  expect_identical(odds[1L], odds[2L])
  expect_identical(odds[4L], odds[5L])
})

test_that("a damaged model is refused", {
  learner <- small_mlp(epochs = 1)
  x <- as.list(contract_rows(200L)[c("income", "noise")])
  y <- contract_rows(200L)$y
  core <- fit_core(learner, x, y, NULL, new_run(seed = 1))
  expect_length(predict_core(learner, core, x, new_run(seed = 1)), 200L)
  damage <- list(
    function(core) { core$weights <- core$weights[-1L]; core },
    function(core) { core$weights[2L] <- NA; core },
    function(core) { core$weights <- numeric(); core },
    function(core) { core$weights <- NULL; core },
    function(core) { core$hidden <- 0L; core },
    function(core) { core$hidden <- .Machine$integer.max; core },
    function(core) { core$hidden <- NA_integer_; core },
    function(core) { core$hidden <- integer(); core },
    function(core) { core$hidden <- rep(4L, 9L); core },
    function(core) { core$hidden <- "12"; core },
    function(core) { core$design$gain[1L] <- Inf; core },
    function(core) { core$design <- NULL; core }
  )
  for (do in damage) {
    expect_error(predict_core(learner, do(core), x, new_run(seed = 1)),
                 class = "lcrisk_error_model")
  }
})
