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

test_that("groups have their own rates, Jeffreys intervals and test", {
  set.seed(5)
  n <- 3000
  p <- runif(n, 0.02, 0.4)
  grade <- sample(LETTERS[1:4], n, TRUE)
  y <- rbinom(n, 1, pmin(p * ifelse(grade == "D", 2, 1), 1))
  found <- lcrisk_calibration(y, p, by = grade)
  expect_s3_class(found, c("lcrisk_calibration_by", "data.table"))
  expect_identical(as.character(found$group), LETTERS[1:4])
  for (i in 1:4) {
    mine <- grade == LETTERS[i]
    bad <- sum(y[mine])
    expect_identical(found$n[i], sum(mine))
    expect_equal(found$rate[i], mean(y[mine]))
    expect_equal(found$prob[i], mean(p[mine]))
    expect_equal(found$lower[i], qbeta(0.025, bad + 0.5, sum(mine) - bad + 0.5))
    expect_equal(found$p_value[i],
                 pbeta(mean(p[mine]), bad + 0.5, sum(mine) - bad + 0.5))
  }
  expect_identical(found$inside, c(TRUE, TRUE, TRUE, FALSE))
  expect_lt(found$p_value[4L], 1e-6)
  # weights: whole ones repeat rows in rates; doubling changes nothing
  w <- sample(3, n, TRUE)
  weighted <- lcrisk_calibration(y, p, by = grade, weights = w)
  expect_equal(weighted$rate, lcrisk_calibration(rep(y, w), rep(p, w),
                                                 by = rep(grade, w))$rate)
  expect_equal(lcrisk_calibration(y, p, by = grade, weights = 2 * w)$lower,
               weighted$lower)
})

test_that("dates group by year, absent groups are counted, odd ones refused", {
  p <- rep(c(0.2, 0.4), 50)
  y <- rep(c(0, 1), 50)
  day <- as.Date("2009-11-15") + 0:99
  found <- lcrisk_calibration(y, p, by = replace(day, 1:3, NA))
  expect_identical(as.character(found$group), c("2009", "2010"))
  expect_identical(attr(found, "n_missing"), 3L)
  expect_identical(sum(found$n), 97L)
  found <- lcrisk_calibration(replace(y, 1, NA), p, by = rep(c("b", "a"), 50),
                              na.rm = TRUE)
  expect_identical(found$n, c(50L, 49L))
  many <- lcrisk_calibration(y, p, by = seq_len(100))
  expect_identical(nrow(many), 100L)
  expect_lte(length(capture.output(print(many))), 10L)
  expect_output(print(many[, .(group)]), "group")
  expect_error(lcrisk_calibration(y, p, by = 1), class = "lcrisk_error_input")
  expect_error(lcrisk_calibration(y, p, by = list(1)), class = "lcrisk_error_input")
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(found))
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(found), "ggplot")
})

test_that("probabilities of 0 and 1 have no line, and a warning says why", {
  truth <- rep(0:1, each = 50)
  wrong <- c(1:3, 51:53)
  prob <- as.double(truth)
  prob[wrong] <- 1 - prob[wrong]
  for (sure in list(prob, as.double(truth), replace(prob, 10:14, 0.5))) {
    warning <- expect_warning(calibration <- lcrisk_calibration(truth, sure),
                              class = "lcrisk_warning_numeric")
    expect_identical(warning$code, "no_calibration")
    line <- attr(calibration, "line")
    expect_true(is.na(line$estimate[1L]) || line$se[1L] < 100)
  }
  line <- attr(suppressWarnings(lcrisk_calibration(truth, prob)), "line")
  expect_true(all(is.na(line[, c("estimate", "se", "lower", "upper")])))
})
