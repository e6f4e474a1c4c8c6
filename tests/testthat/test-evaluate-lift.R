test_that("capture and lift are counts of the riskiest rows", {
  set.seed(2)
  p <- sample(1000) / 1000
  y <- rbinom(1000, 1, p / 2)
  found <- lcrisk_lift(y, p)
  expect_s3_class(found, c("lcrisk_lift", "data.table"))
  for (k in 1:10) {
    top <- rank(-p) <= 100 * k
    expect_equal(found$capture[k], sum(y[top]) / sum(y))
    expect_equal(found$rate[k], mean(y[top]))
    expect_equal(found$cutoff[k], min(p[top]))
  }
  expect_equal(found$lift, found$capture / found$depth)
  expect_equal(found$lift[10L], 1)
  expect_true(all(found$capture_lower <= found$capture))
  expect_true(all(found$capture <= found$capture_upper))
})

test_that("tied rows are taken in equal parts, whatever their order", {
  y <- c(1, 0, 0, 1, 0)
  p <- c(0.9, 0.5, 0.5, 0.5, 0.1)
  found <- lcrisk_lift(y, p, depths = c(0.2, 0.4, 0.8))
  expect_equal(found$capture, c(1, 1 + 1 / 3, 2) / 2)
  turned <- lcrisk_lift(rev(y), rev(p), depths = c(0.2, 0.4, 0.8))
  expect_equal(turned$capture, found$capture)
  w <- c(2, 1, 1, 1, 3)
  expect_equal(lcrisk_lift(y, p, weights = w)$capture,
               lcrisk_lift(rep(y, w), rep(p, w))$capture)
})

test_that("intervals cover the capture in large", {
  simulate <- function(n, seed) {
    set.seed(seed)
    p <- plogis(rnorm(n, -1.5))
    data.frame(y = rbinom(n, 1, p), p = p)
  }
  large <- simulate(4e5, 99)
  truth <- lcrisk_lift(large$y, large$p, depths = c(0.1, 0.3), resamples = 20)$capture
  covered <- vapply(1:150, function(seed) {
    rows <- simulate(800, seed)
    found <- lcrisk_lift(rows$y, rows$p, depths = c(0.1, 0.3), level = 0.9)
    found$capture_lower <= truth & truth <= found$capture_upper
  }, logical(2L))
  expect_true(all(abs(rowMeans(covered) - 0.9) < 0.07))
})

test_that("it prints in ten lines, draws, and refuses by class", {
  set.seed(2)
  p <- runif(300)
  y <- rbinom(300, 1, p)
  found <- lcrisk_lift(y, p, depths = 20)
  expect_lte(length(capture.output(print(found))), 10L)
  expect_output(print(found[, .(lift)]), "lift")
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(found))
  for (depths in list(0, 1.5, "a", c(0.2, 0.1), c(0.5, 2), NA, numeric())) {
    expect_error(lcrisk_lift(y, p, depths = depths), class = "lcrisk_error_input")
  }
  one <- lcrisk_lift(y, p, blocks = rep_len(1:6, 300), threads = 1)
  expect_identical(lcrisk_lift(y, p, blocks = rep_len(1:6, 300), threads = 3), one)
  expect_match(attr(one, "method"), "6 blocks")
  expect_error(lcrisk_lift(y, p, block = 1), class = "lcrisk_error_input")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(found), "ggplot")
})
