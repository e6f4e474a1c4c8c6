test_that("lcrisk_logit() keeps the learner contract", {
  expect_learner_contract(lcrisk_logit())
})

test_that("settings out of range are refused by name", {
  refused <- list(
    quote(lcrisk_logit(ridge = "lasso")), quote(lcrisk_logit(ridge = -1)),
    quote(lcrisk_logit(ridge = NA)), quote(lcrisk_logit(ridge = c(1, 2))),
    quote(lcrisk_logit(ridge = Inf)), quote(lcrisk_logit(knots = -1)),
    quote(lcrisk_logit(knots = 17)), quote(lcrisk_logit(knots = 1.5)),
    quote(lcrisk_logit(tail = 0.5)), quote(lcrisk_logit(tail = "a")),
    quote(lcrisk_logit(skewness = NA)), quote(lcrisk_logit(skewness = -Inf)),
    quote(lcrisk_logit(lasso = 1.5)), quote(lcrisk_logit(lasso = NA)),
    quote(lcrisk_logit(signs = 1)), quote(lcrisk_logit(signs = c(a = 2))),
    quote(lcrisk_logit(signs = c(a = 1, a = -1)))
  )
  for (call in refused) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(call)[2L])
  }
  expect_identical(lcrisk_logit(skewness = Inf)$params$skewness, Inf)
})

# ---- against glm() ---------------------------------------------------------------

simulate_scores <- function(n = 3000, seed = 1) {
  set.seed(seed)
  data <- data.frame(
    a = rnorm(n), b = rexp(n), c = rbinom(n, 4, 0.3),
    home = factor(sample(c("own", "rent", "other"), n, TRUE, c(0.5, 0.4, 0.1)),
                  c("own", "rent", "other"))
  )
  eta <- -1 + 0.8 * data$a - 0.3 * data$b + 0.5 * (data$home == "rent")
  data$y <- rbinom(n, 1, plogis(eta))
  data
}

# A learner whose terms are the columns themselves, up to position and scale
straight <- function(ridge) lcrisk_logit(ridge, knots = 0, tail = 0, skewness = Inf)

fit_logit <- function(learner, data, weights = NULL) {
  fit_core(learner, data[c("a", "b", "c", "home")], data$y, weights, new_run(seed = 1))
}

# The model's terms as a matrix: what multiplies the coefficients
term_matrix <- function(core, data) {
  learner <- straight(0)
  run <- new_run(seed = 1)
  at <- function(coefficient) {
    core$coefficient <- coefficient
    predict_core(learner, core, data[c("a", "b", "c", "home")], run)
  }
  zero <- 0 * core$coefficient
  vapply(seq_along(zero), function(i) at(replace(zero, i, 1)), numeric(nrow(data)))
}

sd_of <- function(x, weights) {
  w <- weights %||% rep(1, length(x))
  sqrt(sum(w * (x - sum(w * x) / sum(w))^2) / sum(w))
}

test_that("without a ridge it is glm(): coefficients to 1e-6, deviance to 1e-8", {
  data <- simulate_scores()
  for (weights in list(NULL, as.double(sample(3, nrow(data), TRUE)))) {
    core <- fit_logit(straight(0), data, weights)
    glm <- glm(y ~ a + b + c + home, binomial, data, weights = weights,
               control = glm.control(epsilon = 1e-14))
    total <- sum(weights %||% rep(1, nrow(data)))
    expect_equal(2 * core$loss * total, glm$deviance, tolerance = 1e-8)
    x <- data[c("a", "b", "c", "home")]
    log_odds <- predict_core(straight(0), core, x, new_run(seed = 1))
    expect_equal(log_odds, unname(predict(glm)), tolerance = 1e-7)
    of <- function(name) core$coefficient[[name]]
    expect_equal(of("a") / sd_of(data$a, weights), coef(glm)[["a"]], tolerance = 1e-6)
    expect_equal(of("b") / sd_of(data$b, weights), coef(glm)[["b"]], tolerance = 1e-6)
    expect_equal(2 * of("home = rent"), coef(glm)[["homerent"]], tolerance = 1e-6)
  }
})

test_that("the ridge is glm() on rows that pull each coefficient towards 0", {
  data <- simulate_scores(1000)
  for (ridge in c(0.001, 0.1)) {
    core <- fit_logit(straight(ridge), data)
    terms <- term_matrix(core, data)
    expect_identical(terms[, 1L], rep(1, nrow(data)))
    # one Newton step from the answer by weighted least squares, with the penalty as one
    # more row per coefficient, stays at the answer
    eta <- drop(terms %*% core$coefficient)
    mu <- plogis(eta)
    w <- mu * (1 - mu)
    working <- eta + (data$y - mu) / w
    p <- ncol(terms)
    pull <- cbind(0, diag(sqrt(ridge * nrow(data)), p - 1L))
    step <- lm.fit(rbind(sqrt(w) * terms, pull), c(sqrt(w) * working, rep(0, p - 1L)))
    expect_equal(unname(step$coefficients), unname(core$coefficient), tolerance = 1e-8)
  }
})

test_that("the same ridge as glmnet gives the same fit", {
  skip_if_not_installed("glmnet")
  data <- simulate_scores(1000)
  ridge <- 0.02
  core <- fit_logit(straight(ridge), data)
  terms <- term_matrix(core, data)[, -1L]
  theirs <- glmnet::glmnet(terms, data$y, "binomial", alpha = 0, lambda = ridge,
                           standardize = FALSE, thresh = 1e-14)
  expect_equal(as.vector(as.matrix(coef(theirs))), unname(core$coefficient),
               tolerance = 1e-5)
})

test_that("the same elastic net as glmnet gives the same fit, to 1e-6", {
  skip_if_not_installed("glmnet")
  data <- simulate_scores(1000)
  learner <- function(...) lcrisk_logit(..., knots = 0, tail = 0, skewness = Inf)
  for (lasso in c(0.3, 1)) {
    for (size in c(0.005, 0.05)) {
      core <- fit_logit(learner(size, lasso = lasso), data)
      terms <- term_matrix(core, data)[, -1L]
      theirs <- glmnet::glmnet(terms, data$y, "binomial", alpha = lasso, lambda = size,
                               standardize = FALSE, thresh = 1e-16, maxit = 1e6)
      want <- as.vector(as.matrix(coef(theirs)))
      expect_equal(unname(core$coefficient), want, tolerance = 1e-6)
      expect_identical(unname(core$coefficient) == 0, want == 0)
      at <- function(b) {
        odds <- drop(cbind(1, terms) %*% b)
        mean(-plogis(ifelse(data$y == 1, odds, -odds), log.p = TRUE)) +
          size * sum(lasso * abs(b[-1L]) + (1 - lasso) / 2 * b[-1L]^2)
      }
      expect_equal(at(core$coefficient), at(want), tolerance = 1e-8)
      expect_equal(core$loss, deviance(theirs) / 2000, tolerance = 1e-6)
    }
  }
})

test_that("signs are those of glmnet with limits", {
  skip_if_not_installed("glmnet")
  data <- simulate_scores(1000)
  learner <- lcrisk_logit(0.01, lasso = 0.5, knots = 0, tail = 0, skewness = Inf,
                          signs = c(a = -1, b = -1, c = 1))
  core <- fit_logit(learner, data)
  terms <- term_matrix(core, data)[, -1L]
  at <- match(c("a", "b", "c"), names(core$coefficient)) - 1L
  upper <- replace(rep(Inf, ncol(terms)), at[1:2], 0)
  lower <- replace(rep(-Inf, ncol(terms)), at[3L], 0)
  theirs <- glmnet::glmnet(terms, data$y, "binomial", alpha = 0.5, lambda = 0.01,
                           standardize = FALSE, thresh = 1e-16, lower.limits = lower,
                           upper.limits = upper, maxit = 1e6)
  expect_equal(unname(core$coefficient), as.vector(as.matrix(coef(theirs))),
               tolerance = 1e-6)
  expect_identical(core$coefficient[["a"]], 0)
  expect_lt(core$coefficient[["b"]], 0)
})

test_that("a sign holds for every pair of rows, hinges or not", {
  data <- simulate_scores(800)
  data$b <- abs(data$a)  # down, then up
  fit <- function(signs) {
    lcrisk_train(y ~ a + b, data, learner = lcrisk_logit(signs = signs), seed = 1)
  }
  grid <- data.frame(a = 0, b = seq(0, 3, by = 0.05))
  expect_true(all(diff(predict(fit(c(b = -1)), grid, type = "link")) <= 0))
  expect_true(all(diff(predict(fit(c(b = 1)), grid, type = "link")) >= 0))
  expect_error(
    lcrisk_train(y ~ a + home, data, learner = lcrisk_logit(signs = c(home = 1))),
    class = "lcrisk_error_input"
  )
  expect_error(
    lcrisk_train(y ~ a, data, learner = lcrisk_logit(signs = c(bb = 1))),
    class = "lcrisk_error_input"
  )
})

test_that("the lasso is chosen by cross-validation and keeps the contract", {
  data <- simulate_scores()
  for (j in 1:10) data[[paste0("noise", j)]] <- rnorm(nrow(data))
  x <- data[setdiff(names(data), "y")]
  core <- fit_core(lcrisk_logit(lasso = 1), x, data$y, NULL, new_run(seed = 1))
  expect_identical(core$path$chosen, which.min(core$path$loss))
  expect_equal(core$path$ridge[25] / core$path$ridge[1], 1e-3)
  expect_true(any(core$coefficient == 0))
  expect_true(all(core$coefficient[c("a", "b", "home = rent")] != 0))
  learner <- lcrisk_logit(lasso = 0.5, signs = c(income = -1))
  train <- contract_rows(600L)
  test <- contract_rows(300L, start = 10000L)
  contract_probabilities(learner, train, test)
  contract_same_bits(learner, train, test)
  contract_weights(learner, train, test, "close")
})

# ---- terms -----------------------------------------------------------------------

test_that("terms are named after their columns, knots in the column's own unit", {
  data <- simulate_scores()
  data$b[1:50] <- NA
  data$home[60:80] <- NA
  core <- fit_logit(lcrisk_logit(0.01, knots = 1), data)
  expect_length(core$coefficient, length(unique(names(core$coefficient))))
  named <- names(core$coefficient)
  expect_true(all(c("(intercept)", "a", "b", "b missing", "home = own", "home = rent",
                    "home missing") %in% named))
  knot <- function(name) {
    hinge <- grep(paste0("^", name, " >"), named, value = TRUE)
    as.numeric(sub(".*> ", "", hinge))
  }
  expect_equal(knot("a"), sort(data$a)[1500], tolerance = 1e-5)
  expect_equal(knot("b"), sort(data$b)[1475], tolerance = 1e-5)  # through a logarithm
})

test_that("the penalty is chosen where held-out loss is smallest", {
  core <- fit_logit(lcrisk_logit(), simulate_scores())
  expect_identical(core$ridge, core$path$ridge[core$path$chosen])
  expect_identical(core$path$chosen, which.min(core$path$loss))
  expect_length(core$path$ridge, 25L)
})

test_that("the order of rows does not matter", {
  data <- simulate_scores(500)
  one <- fit_logit(lcrisk_logit(), data)
  two <- fit_logit(lcrisk_logit(), data[sample(500), ])
  expect_identical(one$ridge, two$ridge)
  expect_equal(one$coefficient, two$coefficient, tolerance = 1e-9)
})

test_that("separation and combinations give finite answers and are said", {
  data <- data.frame(a = 1:20, y = rep(0:1, each = 10))
  fit <- function(ridge, x) fit_core(straight(ridge), x, data$y, NULL, new_run(seed = 1))
  warning <- expect_warning(core <- fit(0, list(a = data$a)),
                            class = "lcrisk_warning_numeric")
  expect_identical(warning$code, "separation")
  expect_true(all(is.finite(core$coefficient)))
  expect_silent(fit(0.01, list(a = data$a)))

  set.seed(2)
  x <- list(a = rnorm(20), b = rnorm(20))
  x$c <- x$a + x$b
  data$y <- rep(0:1, 10)
  warning <- expect_warning(core <- fit(0, x), class = "lcrisk_warning_numeric")
  expect_identical(warning$code, "collinear")
  expect_identical(core$coefficient[["c"]], 0)
  expect_identical(core$n_aliased, 1L)
})

test_that("more features than rows are no hindrance", {
  set.seed(3)
  x <- as.list(as.data.frame(matrix(rnorm(30 * 60), 30)))
  y <- rep(0:1, 15)
  core <- fit_core(lcrisk_logit(), x, y, NULL, new_run(seed = 1))
  expect_true(all(is.finite(core$coefficient)))
  core <- suppressWarnings(fit_core(straight(0), x, y, NULL, new_run(seed = 1)),
                           classes = "lcrisk_warning_numeric")
  expect_true(all(is.finite(core$coefficient)))
})

test_that("a damaged model is refused", {
  data <- simulate_scores(200)
  learner <- lcrisk_logit(0.01)
  core <- fit_logit(learner, data)
  x <- data[c("a", "b", "c", "home")]
  damage <- list(
    function(core) { core$design$gain <- NULL; core },
    function(core) { core$design$level_term[1L] <- 99L; core },
    function(core) { core$design$first_term <- rev(core$design$first_term); core },
    function(core) { core$design$mean <- as.character(core$design$mean); core },
    function(core) { core$design$knot[1L] <- NA; core },
    function(core) { core$design <- NULL; core }
  )
  for (do in damage) {
    expect_error(predict_core(learner, do(core), x, new_run(seed = 1)),
                 class = "lcrisk_error_model")
  }
  core$coefficient <- core$coefficient[-1L]
  expect_error(predict_core(learner, core, x, new_run(seed = 1)), class = "lcrisk_error")
})
