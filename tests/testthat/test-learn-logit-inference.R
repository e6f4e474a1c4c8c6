inference_rows <- function(n = 2000) {
  set.seed(5)
  data <- data.frame(
    a = rnorm(n, 3, 2), b = rexp(n), flag = rbinom(n, 1, 0.3) == 1,
    home = factor(sample(c("own", "rent", "other"), n, TRUE, c(0.5, 0.4, 0.1)),
                  c("own", "rent", "other"))
  )
  data$y <- rbinom(n, 1, plogis(-1 + 0.4 * data$a - 0.3 * data$b + data$flag))
  data
}

straight_logit <- function(ridge = 0, ...) {
  lcrisk_logit(ridge, knots = 0, tail = 0, skewness = Inf, ...)
}

train_logit <- function(data, learner = straight_logit(), weights = NULL) {
  lcrisk_train(y ~ ., data, learner = learner, weights = weights, seed = 1)
}

# glm()'s names in our order and words
glm_order <- c("(intercept)" = "(Intercept)", a = "a", b = "b", flag = "flagTRUE",
               "home = rent" = "homerent", "home = other" = "homeother")

test_that("coefficients, errors, tests and intervals are those of glm()", {
  data <- inference_rows()
  for (weights in list(NULL, rep(c(1, 2), 1000))) {
    model <- train_logit(data, weights = weights)
    glm <- suppressWarnings(glm(y ~ ., binomial, data, weights = weights,
                                control = glm.control(epsilon = 1e-14)))
    ours <- coef(model)[names(glm_order)]
    expect_equal(unname(ours), unname(coef(glm)[glm_order]), tolerance = 1e-6)
    expect_length(coef(model), length(glm_order))
    covariance <- vcov(model)[names(glm_order), names(glm_order)]
    expect_equal(unname(covariance), unname(vcov(glm)[glm_order, glm_order]),
                 tolerance = 1e-6)
    table <- generics::tidy(model)
    table <- table[match(names(glm_order), table$term), ]
    want <- summary(glm)$coefficients[glm_order, ]
    expect_equal(unname(as.matrix(table[-1L])), unname(want), tolerance = 1e-6)
    intervals <- confint(model, names(glm_order))
    expect_equal(unname(intervals), unname(confint.default(glm)[glm_order, ]),
                 tolerance = 1e-6)
    one <- generics::glance(model)
    expect_equal(one$deviance, glm$deviance, tolerance = 1e-8)
    expect_equal(one$null.deviance, glm$null.deviance, tolerance = 1e-8)
    expect_identical(one$n_terms, 5L)
    expect_equal(one$AIC, deviance(glm) + 2 * 6, tolerance = 1e-8)
  }
})

test_that("intervals have the level asked for", {
  model <- train_logit(inference_rows())
  wide <- confint(model, "a", level = 0.99)
  expect_identical(dimnames(wide), list("a", c("0.5 %", "99.5 %")))
  error <- sqrt(vcov(model)["a", "a"])
  expect_equal(unname(diff(wide[1, ])), 2 * qnorm(0.995) * error)
  table <- generics::tidy(model, conf.int = TRUE, conf.level = 0.99)
  expect_equal(table$conf.high[table$term == "a"], wide[[2L]])
})

test_that("in units of terms they are what the fit worked with", {
  data <- inference_rows()
  model <- train_logit(data)
  expect_identical(coef(model, unit = "term"), model$core$coefficient)
  sd <- sqrt(mean((data$a - mean(data$a))^2))
  expect_equal(coef(model, unit = "term")[["a"]], coef(model)[["a"]] * sd)
  covariance <- vcov(model, unit = "term")
  expect_equal(covariance["a", "a"], vcov(model)["a", "a"] * sd^2)
})

# By the predictions themselves: moving a column moves the log-odds by the coefficient.
test_that("logarithms, hinges, clamps and missing values have the slope they say", {
  data <- inference_rows()
  data$b <- exp(2 * data$b)
  data$a[1:40] <- NA
  model <- suppressWarnings(train_logit(data, lcrisk_logit(0.001, knots = 2)))
  beta <- coef(model)
  odds <- function(...) {
    row <- utils::modifyList(data.frame(a = 3, b = 2, flag = FALSE, home = "own"),
                             list(...))
    predict(model, row, type = "link")
  }
  hinge <- grep("^a >", names(beta), value = TRUE)
  knot <- as.numeric(sub("a > ", "", hinge))
  expect_length(hinge, 2L)
  between <- mean(knot)
  expect_equal(odds(a = between + 0.1) - odds(a = between),
               0.1 * (beta[["a"]] + beta[[hinge[1L]]]), tolerance = 1e-6)
  expect_equal(odds(a = knot[1L] - 0.2) - odds(a = knot[1L] - 0.3), 0.1 * beta[["a"]],
               tolerance = 1e-6)
  logged <- grep("^log1p\\(b / [0-9.]+\\)$", names(beta), value = TRUE)
  median <- as.numeric(sub(".* / (.*)\\)", "\\1", logged))
  expect_equal(median, median(data$b), tolerance = 0.01)
  low <- quantile(data$b, c(0.05, 0.06))
  expect_equal(odds(b = low[[2L]]) - odds(b = low[[1L]]),
               beta[[logged]] * diff(log1p(low / median))[[1L]], tolerance = 1e-4)
  known <- mean(data$a, na.rm = TRUE)
  clamped <- pmin(pmax(data$a, quantile(data$a, 0.005, na.rm = TRUE, type = 1)),
                  quantile(data$a, 0.995, na.rm = TRUE, type = 1))
  expect_equal(odds(a = NA_real_) - odds(a = mean(clamped, na.rm = TRUE)),
               beta[["a missing"]], tolerance = 1e-4)
  expect_equal(odds(home = "rent") - odds(home = "own"),
               beta[["home = rent"]] - beta[["home = own"]], tolerance = 1e-8)
})

test_that("a combination of others is aliased: 0 and no error", {
  data <- inference_rows()
  data$c <- data$a + data$b
  expect_warning(model <- train_logit(data), class = "lcrisk_warning_numeric")
  table <- generics::tidy(model)
  aliased <- is.na(table$std.error)
  expect_identical(sum(aliased), 1L)
  expect_identical(table$estimate[aliased], 0)
  glm <- glm(y ~ ., binomial, data)
  expect_equal(sort(table$std.error[!aliased]),
               sort(sqrt(diag(vcov(glm)))[!is.na(coef(glm))]),
               tolerance = 1e-4, ignore_attr = TRUE)
  expect_identical(generics::glance(model)$n_terms, 5L)
})

test_that("separation gives finite figures and is said", {
  data <- data.frame(a = 1:40, y = rep(0:1, each = 20))
  codes <- character()
  withCallingHandlers(
    model <- train_logit(data),
    lcrisk_warning = function(w) {
      codes <<- c(codes, w$code)
      invokeRestart("muffleWarning")
    }
  )
  expect_true("separation" %in% codes)
  expect_true(all(is.finite(coef(model))))
  expect_false(generics::glance(model)$converged)
})

test_that("a penalised fit has coefficients and says why it has no more", {
  model <- train_logit(inference_rows(), straight_logit(0.01))
  expect_true(all(is.finite(coef(model))))
  table <- generics::tidy(model)
  expect_true(all(is.na(table$std.error)) && all(is.finite(table$estimate)))
  one <- generics::glance(model)
  expect_identical(one$penalty, 0.01)
  expect_true(is.na(one$AIC))
  for (ask in list(vcov, confint)) {
    error <- expect_error(ask(model), class = "lcrisk_error_input")
    expect_identical(error$code, "penalised")
  }
})

test_that("what is unknown is refused", {
  model <- train_logit(inference_rows(300))
  expect_error(coef(model, unit = "dollar"), class = "lcrisk_error_input")
  expect_error(coef(model, units = "data"), class = "lcrisk_error_input")
  expect_error(confint(model, "income"), class = "lcrisk_error_input")
  expect_error(confint(model, 99), class = "lcrisk_error_input")
  expect_error(confint(model, level = 1), class = "lcrisk_error_input")
  expect_error(generics::tidy(model, conf.int = NA), class = "lcrisk_error_input")
  model$core$coefficient[1L] <- 0
  expect_error(coef(model), class = "lcrisk_error_model")
})
