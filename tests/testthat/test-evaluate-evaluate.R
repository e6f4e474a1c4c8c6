fit <- function(...) {
  lcrisk_train(..., learner = lcrisk_testlearner(), seed = 1, progress = FALSE)
}

test_that("evaluating is predicting and then lcrisk_metrics() at the model's cut-off", {
  model <- fit(y ~ ., contract_rows(400L))
  test <- contract_rows(300L, 5000L)
  found <- lcrisk_evaluate(model, test)
  want <- lcrisk_metrics(test$y, predict(model, test), model$cutoff)
  expect_s3_class(found, "lcrisk_metrics")
  expect_equal(data.table::as.data.table(found), data.table::as.data.table(want),
               ignore_attr = TRUE)
  expect_identical(attr(found, "fingerprint"), model_hash(model))
  expect_identical(attr(found, "learner"), "testlearner")
  expect_identical(attr(found, "cutoff"), model$cutoff)
  other <- lcrisk_evaluate(model, test, level = 0.8, cutoff = 0.5)
  expect_identical(attr(other, "level"), 0.8)
  expect_identical(attr(other, "cutoff"), 0.5)
})

test_that("weights, profit and blocks may be columns of the data", {
  model <- fit(y ~ ., contract_rows(400L))
  test <- contract_rows(300L, 5000L)
  test$month <- rep_len(1:12, 300L)
  test$paid <- ifelse(test$y == 1, -1, 0.3)
  found <- lcrisk_evaluate(model, test, blocks = "month", profit = "paid",
                           weights = "income")
  want <- lcrisk_metrics(test$y, predict(model, test), model$cutoff, profit = test$paid,
                         blocks = test$month, weights = test$income)
  expect_equal(found$lower, want$lower)
  expect_error(lcrisk_evaluate(model, test, blocks = "moth"),
               class = "lcrisk_error_schema")
})

test_that("the event is the model's, whatever type the test outcome has", {
  train <- contract_rows(400L)
  test <- contract_rows(300L, 5000L)
  auc <- function(model, data, ...) lcrisk_evaluate(model, data, ...)$estimate[1]
  good <- fit(y ~ ., train, event = "0")
  bad <- fit(y ~ ., train)
  expect_equal(auc(good, test), auc(bad, test))
  words <- test
  words$y <- factor(test$y, 0:1, c("0", "1"))
  expect_identical(auc(bad, words), auc(bad, test))
  xy <- fit(train[names(train) != "y"], train$y)
  expect_identical(auc(xy, test, truth = test$y), auc(bad, test))
})

test_that("every hostile input to lcrisk_evaluate() has its defined result", {
  train <- contract_rows(200L)
  m <- fit(y ~ ., train)
  xy <- fit(train[names(train) != "y"], train$y)
  test <- contract_rows(50L, 900L)
  expect_cases(list(
    case("PRD-21", "no model", lcrisk_evaluate(NULL, test), "error model bad_model"),
    case("PRD-01", "no data", lcrisk_evaluate(m, NULL), "error input bad_argument"),
    case("AUC-03", "no rows", lcrisk_evaluate(m, test[0, ]), "error input too_few_rows"),
    case("AUC-01", "one class", lcrisk_evaluate(m, test[test$y == 1, ]),
         "error input one_class"),
    case("AUC-04", "outcome missing",
         lcrisk_evaluate(m, transform(test, y = replace(y, 2, NA))),
         "error input missing_outcome"),
    case("AUC-13", "other labels", lcrisk_evaluate(m, transform(test, y = y == 1)),
         "error input other_outcome"),
    case("PRD-04", "no outcome", lcrisk_evaluate(m, test[names(test) != "y"]),
         "error schema missing_column"),
    case("PRD-04", "a nameless outcome", lcrisk_evaluate(xy, test),
         "error input no_truth"),
    case("AUC-02", "too few outcomes", lcrisk_evaluate(xy, test, truth = 1),
         "error input bad_length"),
    case("PRD-20", "cut-off 2", lcrisk_evaluate(m, test, cutoff = 2),
         "error input bad_argument"),
    case("TRN-28", "a misspelt argument", lcrisk_evaluate(m, test, treshold = 1),
         "error input unknown_argument")
  ))
})

test_that("outcomes written in another way than in training are not guessed", {
  data <- contract_rows(200L)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_testlearner(), seed = 1,
                        progress = FALSE)
  other <- list(data$y == 1L, factor(ifelse(data$y == 1L, "bad", "good")), data$y + 1)
  for (truth in other) {
    error <- expect_error(lcrisk_evaluate(model, data, truth = truth),
                          class = "lcrisk_error_input")
    expect_identical(error$code, "other_outcome")
    expect_match(conditionMessage(error), "the event of the model is \"1\"")
    expect_match(error$cure, "as in training")
  }
  expect_identical(lcrisk_evaluate(model, data, truth = as.character(data$y))$estimate,
                   lcrisk_evaluate(model, data)$estimate)
})
