# The first whole line of the package on the loans of 2007 to 2011, where they are:
# trained on loans issued until 2010, judged on those of 2011, without Lending Club's
# own pricing.

real_split <- function() {
  path <- real_file("raw/LoanStats3a_securev1.csv.zip")
  loans <- lcrisk_outcome(lcrisk_read(path))
  lcrisk_split(lcrisk_features(loans), test_from = "2011-01-01")
}

test_that("both learners reach their peers on loans of the year after", {
  split <- real_split()
  said <- gather_warnings(
    lcrisk_compare(split$train, c("logit", "boost"), test = split$test, seed = 1)
  )
  found <- said$value
  expect_identical(attr(found, "n_judged"), 21721L)
  expect_identical(found$learner, c("logit", "boost", "sub_grade"))
  expect_gte(found[learner == "logit", auc], 0.703)
  expect_lte(found[learner == "logit", brier], 0.1203)
  expect_gte(found[learner == "boost", auc], 0.702)
  expect_equal(found[learner == "sub_grade", auc], 0.669, tolerance = 1e-3)
  expect_true(all(found[learner != "sub_grade", p_value] < 1e-6))
  expect_lte(length(format(found)), 10L + nrow(found))
  expect_true(all(nchar(format(found)) <= 96L))
  codes <- vapply(said$warnings, `[[`, "", "code")
  expect_identical(unique(codes), "dropped_features")

  ranks <- as.double(as.integer(split$test$sub_grade))
  expect_identical(found[learner == "sub_grade", auc],
                   as.numeric(lcrisk_auc(split$test$default, ranks)))
})

test_that("models of the real loans are identical on any number of threads", {
  split <- real_split()
  for (learner in c("logit", "boost")) {
    train <- function(threads) {
      suppressWarnings(lcrisk_train(split$train, learner = learner, seed = 7,
                                    threads = threads), classes = "lcrisk_warning")
    }
    one <- train(1)
    prob <- predict(one, split$test, threads = 1)
    for (threads in c(2, 3, 8)) {
      model <- train(threads)
      expect_identical(model$core, one$core)
      expect_identical(model_hash(model), model_hash(one))
      expect_identical(predict(model, split$test, threads = threads), prob)
    }
  }
})

test_that("loans fresh from the file predict as the frame of their features", {
  path <- real_file("raw/LoanStats3a_securev1.csv.zip")
  raw <- lcrisk_read(path)
  split <- real_split()
  model <- suppressWarnings(lcrisk_train(split$train, learner = lcrisk_testlearner()),
                            classes = "lcrisk_warning")
  prob <- predict(model, raw)
  expect_length(prob, 42535L)
  expect_true(all(prob > 0 & prob < 1))
  some <- c(1L, 2000L, 42535L)
  expect_identical(predict(model, raw[some]), prob[some])
})
