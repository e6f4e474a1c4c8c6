# `strong` decides, `twin` repeats it, `weak` helps, `noise` does nothing
signal_rows <- function(n, seed) {
  set.seed(seed)
  data <- data.frame(strong = rnorm(n), weak = rnorm(n), noise = rnorm(n),
                     home = factor(sample(c("OWN", "RENT"), n, TRUE)))
  data$twin <- data$strong + rnorm(n, sd = 0.1)
  data$y <- as.integer(runif(n) < plogis(-1 + 1.5 * data$strong + 0.5 * data$weak))
  data
}

quick_boost <- function(...) lcrisk_boost(trees = 40, rate = 0.2, ...)

test_that("gain and count are the splits' own sums, fold by fold", {
  data <- signal_rows(1500L, 1)
  model <- lcrisk_train(y ~ ., data, learner = quick_boost(folds = 3), seed = 1)
  trees <- model$core$trees
  fold <- rep(rep(1:3, model$core$fold_trees), diff(trees$tree_start))
  features <- model$blueprint$features
  for (method in c("gain", "count")) {
    got <- lcrisk_importance(model, method = method)
    worth <- if (method == "gain") trees$gain else as.numeric(trees$feature >= 0)
    by_hand <- vapply(1:3, function(k) {
      sums <- vapply(seq_along(features), function(j) {
        sum(worth[fold == k & trees$feature == j - 1L])
      }, 0)
      sums / sum(sums)
    }, numeric(5L))
    at <- match(got$feature, features)
    expect_equal(got$importance, rowMeans(by_hand)[at])
    se <- apply(by_hand, 1L, sd)[at] * sqrt(1 / 3 + 1 / 2)
    expect_equal(got$se, se)
    expect_equal(got$upper, got$importance + qt(0.975, 2) * se)
    expect_equal(sum(got$importance), 1)
  }
  one <- lcrisk_train(y ~ ., data, learner = quick_boost(folds = 0), seed = 1)
  expect_true(all(is.na(lcrisk_importance(one)$se)))
})

test_that("shuffling costs what feeding shuffled rows costs", {
  data <- signal_rows(1200L, 2)
  test <- signal_rows(1000L, 3)
  groups <- list(both = c("strong", "twin"))
  for (learner in list(quick_boost(folds = 2), lcrisk_logit())) {
    model <- lcrisk_train(y ~ ., data, learner = learner, seed = 1)
    got <- lcrisk_importance(model, test, method = "permutation", groups = groups,
                             repeats = 2, seed = 7)
    expect_setequal(got$feature, c("both", "weak", "noise", "home"))
    expect_identical(got$feature[1L], "both")
    run <- new_run(7, 1)
    lost <- vapply(1:2, function(k) {
      from <- order(.Call(ffi_base_units, 1000L, as.double(k), run))
      swapped <- test
      swapped[c("strong", "twin")] <- test[from, c("strong", "twin")]
      as.numeric(lcrisk_auc(test$y, predict(model, test))) -
        as.numeric(lcrisk_auc(test$y, predict(model, swapped)))
    }, 0)
    expect_equal(got$importance[1L], mean(lost), tolerance = 1e-12)
    noise <- got[got$feature == "noise", ]
    expect_true(noise$lower < 0.01 && noise$upper > -0.01)
    expect_gt(got$lower[1L], 0.05)
    same <- lcrisk_importance(model, test, method = "permutation", groups = groups,
                              repeats = 2, seed = 7, threads = 1)
    expect_identical(same, got)
  }
})

test_that("mean size of contributions adds up groups before taking sizes", {
  data <- signal_rows(800L, 4)
  model <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  shap <- lcrisk_shap(model, data)$contributions
  got <- lcrisk_importance(model, data, groups = list(both = c("strong", "twin")))
  expect_identical(attr(got, "method"), "shap")
  expect_equal(got$importance[got$feature == "both"],
               mean(abs(shap[, "strong"] + shap[, "twin"])))
  expect_equal(got$se[got$feature == "weak"], sd(abs(shap[, "weak"])) / sqrt(800))
})

test_that("on data, every fold's model is measured on the rows left out", {
  data <- signal_rows(900L, 5)
  for (method in importance_methods) {
    got <- lcrisk_importance(y ~ ., data = data, learner = quick_boost(folds = 0),
                             folds = 3, method = method, seed = 1)
    expect_setequal(got$feature, setdiff(names(data), "y"))
    expect_true(got$feature[1L] %in% c("strong", "twin"))
    expect_true(all(got$lower <= got$importance & got$importance <= got$upper))
  }
  by_hand <- {
    task <- as_task(y ~ ., data)
    run <- new_run(1, 2)
    fold <- resolve_folds(3, task, run)[[2L]]
    model <- train_task(subset_task(task, fold$train), quick_boost(folds = 0),
                        fold_run(run, 2L))
    shap <- lcrisk_shap(model, data[fold$test, ])
    mean(abs(shap$contributions[, "strong"]))
  }
  found <- fold_importance(task, quick_boost(folds = 0), fold, fold_run(run, 2L),
                           resolve_groups(NULL, names(task$columns)),
                           importance_settings("shap", 5L, 16L, 0.95, NULL))
  expect_identical(found[["strong"]], by_hand)
})

test_that("wrong settings are refused by class", {
  data <- signal_rows(300L, 6)
  model <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  refused <- function(...) {
    expect_error(lcrisk_importance(model, data, ...), class = "lcrisk_error_input")
  }
  refused(method = "gain")
  refused(method = "magic")
  refused(groups = list("strong"))
  refused(groups = list(a = "strong", b = "strong"))
  refused(groups = list(a = "nothing"))
  refused(groups = list(weak = "strong"))
  refused(repeats = 0, method = "permutation")
  refused(level = 1)
  refused(metod = "shap")
  expect_error(lcrisk_importance(model), class = "lcrisk_error_input")
  expect_error(lcrisk_importance(model, data[, 1:5], method = "permutation"),
               class = "lcrisk_error_schema")
  expect_error(lcrisk_importance(NULL), class = "lcrisk_error_input")
})

test_that("importance prints and is drawn", {
  data <- signal_rows(300L, 7)
  model <- lcrisk_train(y ~ ., data, learner = quick_boost(folds = 2), seed = 1)
  got <- lcrisk_importance(model)
  expect_match(format(got)[1L], "share of the loss reduction")
  expect_match(format(got[1:2, 1])[1L], "<lcrisk_importance>", fixed = TRUE)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_identical(plot(got, features = 3), got)
})
