test_that("bins hold equal numbers in rising order and their own shares", {
  set.seed(3)
  p <- runif(1000)
  y <- rbinom(1000, 1, p)
  calibration <- lcrisk_calibration(y, p, bins = 8)
  expect_s3_class(calibration, c("lcrisk_calibration", "data.table"))
  expect_identical(calibration$n, rep(125L, 8L))
  bin <- rep(1:8, each = 125)
  expect_equal(calibration$rate, as.vector(tapply(y[order(p)], bin, mean)))
  expect_equal(calibration$prob, as.vector(tapply(sort(p), bin, mean)))
  expect_equal(calibration$lower[1L], qbeta(0.025, sum(y[order(p)][1:125]) + 0.5,
                                            125 - sum(y[order(p)][1:125]) + 0.5))
  expect_equal(attr(calibration, "ece"), mean(abs(calibration$prob - calibration$rate)))
})

test_that("the line is glm's, with its errors", {
  set.seed(3)
  p <- plogis(rnorm(3000))
  y <- rbinom(3000, 1, plogis(-0.5 + 0.6 * qlogis(p)))
  line <- attr(lcrisk_calibration(y, p), "line")
  fit <- summary(glm(y ~ qlogis(p), binomial))$coefficients
  expect_equal(line$estimate[2:3], unname(fit[, 1L]), tolerance = 1e-8)
  expect_equal(line$se[2:3], unname(fit[, 2L]), tolerance = 1e-5)
})

test_that("equal probabilities share one bin and have a level but no slope", {
  calibration <- lcrisk_calibration(c(0, 1, 0, 0), rep(0.2, 4))
  expect_identical(nrow(calibration), 1L)
  expect_identical(calibration$rate, 0.25)
  line <- attr(calibration, "line")
  expect_equal(line$estimate[1L], qlogis(0.25) - qlogis(0.2))
  expect_identical(line$estimate[2:3], c(NA_real_, NA_real_))
})

test_that("a bin without events has an interval that starts at 0", {
  calibration <- lcrisk_calibration(c(0, 0, 1, 1), c(0.1, 0.2, 0.8, 0.9), bins = 2)
  expect_identical(calibration$lower[1L], 0)
  expect_identical(calibration$upper[2L], 1)
})

test_that("it prints within ten lines and draws", {
  set.seed(3)
  p <- runif(500)
  calibration <- lcrisk_calibration(rbinom(500, 1, p), p, bins = 20)
  expect_lte(length(capture.output(print(calibration))), 10L)
  expect_output(print(calibration[bin > 2, .(bin, rate)]), "rate")
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(calibration))
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(calibration), "ggplot")
})

test_that("wrong arguments are refused by class", {
  for (bins in list(0, 1.5, NA, "ten", 1:2)) {
    expect_error(lcrisk_calibration(0:1, c(0.1, 0.9), bins = bins),
                 class = "lcrisk_error_input")
  }
  expect_error(lcrisk_calibration(0:1, c(0.1, 1.9)), class = "lcrisk_error_input")
})
