# The verbs of broom: other names, the same numbers.

# Of packages that are not even suggested: used where they are
from <- function(package, name) getExportedValue(package, name)

broom_model <- function(data) {
  lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 10, folds = 0), seed = 1)
}

test_that("glance() is one row of what the model knows", {
  skip_if_not_installed("generics")
  data <- contract_rows(300L)
  model <- broom_model(data)
  row <- generics::glance(model)
  expect_identical(dim(row), c(1L, 8L))
  expect_identical(row$nobs, 300L)
  expect_identical(row$n_event, sum(data$y))
  expect_identical(row$fingerprint, model$fingerprint)
  # a logistic regression keeps its own
  logit <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  expect_true("deviance" %in% names(generics::glance(logit)))
})

test_that("augment() adds a class and a probability for each level", {
  skip_if_not_installed("generics")
  data <- contract_rows(300L)
  data$y <- factor(c("good", "bad")[data$y + 1L], levels = c("good", "bad"))
  model <- broom_model(data)
  out <- generics::augment(model, data)
  expect_identical(names(out), c(names(data), ".pred_class", ".pred_good", ".pred_bad"))
  expect_identical(out$.pred_bad, predict(model, data))
  expect_equal(out$.pred_good + out$.pred_bad, rep(1, 300))
  expect_identical(as.character(out$.pred_class),
                   as.character(predict(model, data, type = "class")))
  expect_identical(generics::augment(model, newdata = data), out)
  # again: replaced, not doubled
  expect_identical(names(generics::augment(model, out)), names(out))
  error <- expect_error(generics::augment(model), class = "lcrisk_error_input")
  expect_identical(error$code, "missing_argument")
  expect_error(generics::augment(model, data, dat = 1), class = "lcrisk_error_input")
})

test_that("tidy() of metrics has yardstick's names and our numbers", {
  skip_if_not_installed("generics")
  data <- contract_rows(300L)
  metrics <- lcrisk_evaluate(broom_model(data), data)
  tidy <- generics::tidy(metrics)
  expect_identical(names(tidy), c(".metric", ".estimator", ".estimate", "std.error",
                                  "conf.low", "conf.high"))
  expect_identical(tidy$.estimate, metrics$estimate)
  expect_identical(tidy$conf.high[tidy$.metric == "roc_auc"],
                   metrics$upper[metrics$metric == "auc"])
  expect_true(all(c("mn_log_loss", "f_meas", "recall", "mcc") %in% tidy$.metric))
  skip_if_not_installed("yardstick")
  model <- broom_model(data)
  scored <- generics::augment(model, data)
  data.table::set(scored, j = "y", value = factor(scored$y))
  theirs <- from("yardstick", "roc_auc")(scored, y, .pred_1, event_level = "second")
  expect_equal(theirs$.estimate, tidy$.estimate[tidy$.metric == "roc_auc"])
})

test_that("what shapviz takes is there: a matrix, the values and the baseline", {
  data <- contract_rows(300L)
  shap <- lcrisk_shap(broom_model(data), data[1:20, ])
  values <- as.data.frame(shap$values)
  expect_identical(dim(shap$contributions), dim(values))
  expect_identical(colnames(shap$contributions), names(values))
  expect_length(shap$base, 1L)
  skip_if_not_installed("shapviz")
  theirs <- from("shapviz", "shapviz")(shap$contributions, X = values,
                                       baseline = shap$base)
  sums <- rowSums(from("shapviz", "get_shap_values")(theirs))
  expect_equal(sums, shap$output - shap$base, ignore_attr = TRUE)
})

test_that("predict() is the predict function that explainers such as DALEX ask for", {
  skip_if_not_installed("DALEX")
  data <- contract_rows(300L)
  model <- broom_model(data)
  explainer <- from("DALEX", "explain")(model, data = data, y = data$y,
                                        predict_function = predict, verbose = FALSE)
  expect_equal(explainer$y_hat, predict(model, data))
})
