# What balanced rows do to the models trained on them

test_that("a balanced model's odds are moved back, the ranking is not", {
  data <- cbind(mixed()$x[c("income", "count", "home")], y = mixed()$y)
  auto <- lcrisk_train(y ~ ., data, learner = "logit", balance = "undersample", seed = 1)
  none <- lcrisk_train(y ~ ., data, learner = "logit", balance = "undersample", seed = 1,
                       calibrate = "none")
  shift <- predict(auto, data, type = "link") - predict(none, data, type = "link")
  expect_equal(shift, rep(stats::qlogis(60 / 400), 400))
  expect_equal(auto$cutoff, 60 / 400)
  expect_equal(none$cutoff, 0.5)
  expect_identical(predict(auto, data, type = "class"),
                   predict(none, data, type = "class"))
  expect_output(print(auto), "undersample")
  again <- lcrisk_calibrate(none, method = "prior", to = 60 / 400)
  expect_equal(predict(again, data), predict(auto, data))
  plain <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  expect_null(plain$calibration)
})

test_that("learners judge themselves on rows of the data, not on what was made", {
  data <- mixed()
  set <- new_set(as.list(data$x[c("income", "count")]), data$y)
  chain <- c(lcrisk_smote(), lcrisk_clean("enn", remove = "both"))
  made <- rebalance_set(chain, set, new_run(1))
  origin <- origin_of(made)
  given <- given_rows(origin)
  expect_identical(given, which(is.na(made$to)))
  new <- which(!is.na(made$to))
  parent <- function(place) made$row[ifelse(place < 0L, NA, place + 1L)]
  kept <- function(row) ifelse(row %in% made$row[given], row, NA)
  expect_identical(parent(origin$first)[new], kept(made$row[new]))
  expect_identical(parent(origin$second)[new], kept(made$to[new]))
  odds <- function(y) mean(y) / (1 - mean(y))
  expect_equal(origin$held_event, odds(made$y) / odds(made$y[given]))
  expect_null(origin_of(rebalance_set(lcrisk_undersample(), set, new_run(1))))

  run <- new_run(3)
  run$origin <- origin
  folds <- inner_folds(made$y, 4L, run)
  expect_setequal(unlist(lapply(folds, `[[`, "test")), given)
  for (fold in folds) {
    held <- made$row[fold$test]
    expect_false(any(made$row[fold$train] %in% held | made$to[fold$train] %in% held))
    inner <- origin_rows(origin, fold$train)
    expect_identical(given_rows(inner), which(fold$train %in% given))
  }

  # copies of every row are weights, also for what a learner chooses by itself
  train <- contract_rows(400L)
  copied <- rbind(train, train)
  core <- function(learner, data, weights, origin) {
    run <- new_run(4)
    run$origin <- origin
    fit_core(learner, learn_blueprint(data[names(data) != "y"])$x, data$y, weights, run)
  }
  twice <- list(first = rep(0:399, 2), second = rep(0:399, 2), held_event = 1)
  boost <- lcrisk_boost(trees = 60, rows = 1, min_leaf = 10, patience = 5)
  a <- core(boost, train, rep(2, 400), NULL)
  b <- core(boost, copied, NULL, twice)
  expect_identical(b$fold_trees, a$fold_trees)
  expect_identical(b$trees$value, a$trees$value)
  expect_equal(core(lcrisk_logit(), copied, NULL, twice)$ridge,
               core(lcrisk_logit(), train, NULL, NULL)$ridge)
})

test_that("boosting on synthetic rows stops before it knows them by heart", {
  data <- cbind(mixed(1500L, 200L)$x[c("income", "count", "whole", "gaps")],
                y = mixed(1500L, 200L)$y)
  learner <- lcrisk_boost(trees = 1000, folds = 3)
  model <- lcrisk_train(y ~ ., data, learner = learner, balance = "smote", seed = 1)
  expect_lt(max(model$core$fold_trees), 500)
  both <- lcrisk_blend(c("logit", "boost"))
  blend <- lcrisk_train(y ~ ., data, learner = both, seed = 1, balance = "smote")
  expect_true(all(is.finite(predict(blend, data))))
})
