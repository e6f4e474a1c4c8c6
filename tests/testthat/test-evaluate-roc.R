test_that("the curve's points are the rates at each distinct score", {
  roc <- lcrisk_roc(c(0, 1, 0, 1), c(0.1, 0.4, 0.4, 0.8))
  expect_s3_class(roc, c("lcrisk_roc", "data.table"))
  expect_equal(roc$threshold, c(Inf, 0.8, 0.4, 0.1))
  expect_equal(roc$recall, c(0, 0.5, 1, 1))
  expect_equal(roc$false_alarm, c(0, 0, 0.5, 1))
  expect_equal(roc$precision, c(NA, 1, 2 / 3, 0.5))
  expect_equal(as.numeric(attr(roc, "auc")), 0.875)
})

test_that("the area under the points is the area", {
  set.seed(4)
  y <- rbinom(500, 1, 0.3)
  score <- round(rnorm(500) + y, 1)
  for (w in list(NULL, runif(500))) {
    roc <- lcrisk_roc(y, score, weights = w)
    height <- (head(roc$recall, -1) + tail(roc$recall, -1)) / 2
    trapezoids <- sum(diff(roc$false_alarm) * height)
    expect_equal(as.numeric(attr(roc, "auc")), trapezoids, tolerance = 1e-12)
  }
})

test_that("a curve prints within ten lines and draws", {
  set.seed(4)
  y <- rbinom(5000, 1, 0.3)
  roc <- lcrisk_roc(y, rnorm(5000) + y)
  shown <- capture.output(visible <- withVisible(print(roc))$visible)
  expect_lte(length(shown), 10L)
  expect_false(visible)
  expect_output(print(roc[1:2]), "Inf")  # a part of a curve still prints
  expect_output(print(roc[, .(recall)]), "recall")
  expect_lte(nrow(thin_curve(roc)), 2000L)
  expect_identical(thin_curve(roc)[.N]$recall, 1)
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(roc))
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(roc), "ggplot")
})

test_that("two scores that rank alike do not differ", {
  y <- c(0, 0, 1, 0, 1, 1)
  score <- c(1, 3, 2, 4, 5, 6)
  test <- lcrisk_roc_test(y, score, 2 * score)
  expect_identical(c(test$difference, test$z, test$p_value), c(0, 0, 1))
  expect_lte(length(capture.output(print(test))), 10L)
})

test_that("swapping the scores turns the sign and nothing else", {
  set.seed(2)
  y <- rbinom(200, 1, 0.4)
  a <- rnorm(200) + y
  b <- a + rnorm(200)
  one <- lcrisk_roc_test(y, a, b)
  two <- lcrisk_roc_test(y, b, a)
  expect_identical(one$z, -two$z)
  expect_identical(one$p_value, two$p_value)
  expect_identical(one$lower, -two$upper)
})

test_that("unpaired scores have no covariance and their own outcomes", {
  set.seed(2)
  y <- rbinom(200, 1, 0.4)
  a <- rnorm(200) + y
  y2 <- rbinom(150, 1, 0.4)
  b <- rnorm(150) + y2
  test <- lcrisk_roc_test(y, a, b, paired = FALSE, truth2 = y2)
  first <- lcrisk_auc(y, a)
  second <- lcrisk_auc(y2, b)
  expect_equal(test$se, sqrt(attr(first, "se")^2 + attr(second, "se")^2))
  skip_if_not_installed("pROC")
  theirs <- pROC::roc.test(pROC::roc(y, a, quiet = TRUE), pROC::roc(y2, b, quiet = TRUE))
  expect_equal(test$auc1 - test$auc2, diff(rev(unname(theirs$estimate))),
               tolerance = 1e-12)
})

test_that("a difference without variance is NA and warned of", {
  y <- c(0, 0, 1, 1)
  expect_warning(test <- lcrisk_roc_test(y, 1:4, rep(1, 4)),
                 class = "lcrisk_warning_numeric")
  expect_true(is.na(test$z) && is.na(test$p_value))
  expect_error(lcrisk_roc_test(y, 1:4, c(1, 2, 3, NA)), class = "lcrisk_error_input")
})

test_that("a second outcome goes with scores of other rows, and only with them", {
  truth <- rep(0:1, 20)
  a <- as.double(1:40)
  b <- rev(a) + truth * 9
  paired <- expect_error(lcrisk_roc_test(truth, a, b, truth2 = truth),
                         class = "lcrisk_error_input")
  expect_identical(paired$arg, "truth2")
  apart <- expect_error(lcrisk_roc_test(truth, a, b, paired = FALSE),
                        class = "lcrisk_error_input")
  expect_type(apart$cure, "character")
  found <- lcrisk_roc_test(truth, a, b[1:30], paired = FALSE, truth2 = truth[1:30])
  expect_identical(found$auc2, as.numeric(lcrisk_auc(truth[1:30], b[1:30])))
})

test_that("weights count in both forms of the test", {
  set.seed(3)
  y <- rbinom(300, 1, 0.4)
  a <- round(rnorm(300) + y, 1)
  b <- a + rnorm(300)
  w <- sample(3, 300, TRUE)
  weighted <- lcrisk_roc_test(y, a, b, weights = w)
  repeated <- lcrisk_roc_test(rep(y, w), rep(a, w), rep(b, w))
  expect_equal(weighted$difference, repeated$difference, tolerance = 1e-12)
  expect_gt(weighted$se, repeated$se)  # rows seen once are less evidence
  expect_equal(lcrisk_roc_test(y, a, b, weights = rep(2, 300)), lcrisk_roc_test(y, a, b),
               tolerance = 1e-10, ignore_attr = TRUE)
  expect_equal(lcrisk_roc_test(y, a, b, weights = rep(0:1, 150))$auc1,
               lcrisk_roc_test(y[c(FALSE, TRUE)], a[c(FALSE, TRUE)],
                               b[c(FALSE, TRUE)])$auc1,
               tolerance = 1e-12)
  # the standard error of the difference is what resampling rows gives
  drawn <- replicate(400, {
    i <- sample(300, 300, TRUE)
    as.numeric(lcrisk_auc(y[i], a[i], weights = w[i])) -
      as.numeric(lcrisk_auc(y[i], b[i], weights = w[i]))
  })
  expect_true(abs(log(sd(drawn) / weighted$se)) < log(1.2))
  apart <- lcrisk_roc_test(y, a, b, paired = FALSE, weights = w, truth2 = y,
                           weights2 = w)
  expect_equal(apart$se^2, attr(lcrisk_auc(y, a, weights = w), "se")^2 +
                 attr(lcrisk_auc(y, b, weights = w), "se")^2)
})
