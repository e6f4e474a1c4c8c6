# Thin adapters: each keeps the learner contract where its package is installed
quick_peers <- list(
  glmnet = list(weights = "none"), lightgbm = list(nrounds = 60, weights = "none"),
  nnet = list(maxit = 60, weights = "none"),
  ranger = list(num.trees = 50, weights = "none"),
  xgboost = list(nrounds = 60, weights = "none")
)

for (package in names(quick_peers)) {
  test_that(sprintf("%s keeps the learner contract", package), {
    skip_if_not_installed(package)
    how <- quick_peers[[package]]
    settings <- how[setdiff(names(how), "weights")]
    learner <- do.call(lcrisk_peer, c(list(package), settings))
    expect_learner_contract(learner, weights = how$weights)
  })
}

test_that("glmnet's log-odds are its own", {
  skip_if_not_installed("glmnet")
  d <- contract_rows(400L)[c("income", "score", "y")]
  model <- fit_contract(lcrisk_peer("glmnet", lambda = c(0.1, 0.02, 0.005)), d)
  x <- as.matrix(d[c("income", "score")])
  fits <- glmnet::glmnet(x, d$y, family = "binomial", alpha = 0,
                         lambda = c(0.1, 0.02, 0.005))
  each <- stats::predict(fits, x, type = "link")
  gap <- apply(abs(each - predict(model, d, type = "link")), 2L, max)
  expect_lt(min(gap), 1e-6)
})

test_that("the network computed by hand is nnet's own", {
  skip_if_not_installed("nnet")
  d <- contract_rows(300L)[c("income", "score", "y")]
  for (skip in c(FALSE, TRUE)) {
    model <- fit_contract(lcrisk_peer("nnet", maxit = 30, skip = skip), d)
    core <- model$core
    z <- cbind((d$income - core$centre[1L]) / core$spread[1L],
               (d$score - core$centre[2L]) / core$spread[2L])
    twin <- nnet::nnet(z, d$y, size = 6, skip = skip, Wts = core$weights, maxit = 0,
                       entropy = TRUE, trace = FALSE)
    expect_equal(predict(model, d), as.vector(predict(twin, z)), tolerance = 1e-9)
  }
})

test_that("ranger's probabilities are its own", {
  skip_if_not_installed("ranger")
  d <- contract_rows(400L)[c("income", "score", "y")]
  model <- fit_contract(lcrisk_peer("ranger", num.trees = 40), d)
  forest <- ranger::ranger(x = d[c("income", "score")], y = factor(d$y), num.trees = 40,
                           min.node.size = 20, probability = TRUE, seed = 11,
                           num.threads = 1)
  want <- stats::predict(forest, d)$predictions[, "1"]
  expect_equal(predict(model, d), pmin(pmax(want, 1e-6), 1 - 1e-6), tolerance = 1e-9)
})

test_that("a peer's model is refused where its package will not be", {
  skip_if_not_installed("nnet")
  model <- fit_contract(lcrisk_peer("nnet", maxit = 5), contract_rows(100L))
  error <- expect_error(lcrisk_save(model, tempfile()), class = "lcrisk_error_model")
  expect_identical(error$code, "foreign_learner")
})

test_that("what is unknown or not there is said", {
  expect_error(lcrisk_peer("rangr"), class = "lcrisk_error_input")
  expect_error(lcrisk_peer(), class = "lcrisk_error_input")
  skip_if_not_installed("nnet")
  expect_error(lcrisk_peer("nnet", 5), class = "lcrisk_error_input")
  error <- expect_error(
    fit_contract(lcrisk_peer("nnet", size = -1), contract_rows(100L)),
    class = "lcrisk_error_numeric"
  )
  expect_identical(error$code, "peer_failed")
  absent <- setdiff(peer_packages, rownames(utils::installed.packages()))
  for (package in absent) {
    error <- expect_error(lcrisk_peer(package), class = "lcrisk_error_input")
    expect_identical(error$code, "not_installed")
  }
})

test_that("peers stand in a comparison by name, beside ours", {
  skip_if_not_installed("ranger")
  skip_if_not_installed("nnet")
  d <- contract_rows(400L)
  learners <- list("logit", lcrisk_peer("ranger", num.trees = 40), "nnet")
  found <- lcrisk_compare(y ~ ., learners, data = d, folds = 2, seed = 1)
  expect_identical(found$learner, c("logit", "ranger", "nnet"))
  expect_true(all(found$auc > 0.7))
  expect_identical(sum(!is.na(found$p_value)), 2L)
})
