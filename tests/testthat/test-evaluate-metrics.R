simulate_loans <- function(n = 2000, seed = 1) {
  set.seed(seed)
  prob <- plogis(rnorm(n, -1.5))
  data.frame(truth = rbinom(n, 1, plogis(0.3 + 0.8 * qlogis(prob))), prob = prob)
}

value <- function(metrics, name, column = "estimate") {
  metrics[[column]][match(name, metrics$metric)]
}

test_that("every metric is what its definition says", {
  loans <- simulate_loans()
  y <- loans$truth
  p <- loans$prob
  m <- lcrisk_metrics(y, p, cutoff = 0.3)
  yes <- p >= 0.3
  tp <- sum(yes & y == 1); fp <- sum(yes & y == 0)
  fn <- sum(!yes & y == 1); tn <- sum(!yes & y == 0)
  gap <- function(t) mean(p[y == 1] >= t) - mean(p[y == 0] >= t)
  loss <- -ifelse(y == 1, log(p), log1p(-p))
  to_the_end <- glm.control(epsilon = 1e-14)
  large <- glm(y ~ 1, binomial, offset = qlogis(p), control = to_the_end)
  line <- glm(y ~ qlogis(p), binomial, control = to_the_end)
  bin <- cut(rank(p), seq(0, 2000, 200))
  expected <- c(
    auc = as.numeric(lcrisk_auc(y, p)), gini = 2 * as.numeric(lcrisk_auc(y, p)) - 1,
    ks = max(vapply(p, gap, 0)), brier = mean((p - y)^2), log_loss = mean(loss),
    recall = tp / (tp + fn), precision = tp / (tp + fp), f1 = 2 * tp / (2 * tp + fp + fn),
    specificity = tn / (tn + fp), accuracy = (tp + tn) / 2000,
    balanced_accuracy = (tp / (tp + fn) + tn / (tn + fp)) / 2, mcc = cor(yes, y),
    calibration_large = coef(large)[[1L]], calibration_intercept = coef(line)[[1L]],
    calibration_slope = coef(line)[[2L]],
    ece = mean(abs(tapply(p, bin, mean) - tapply(y, bin, mean)))
  )
  expect_identical(m$metric, names(expected))
  expect_equal(m$estimate, unname(expected), tolerance = 1e-9)
  se <- c(
    brier = sd((p - y)^2) / sqrt(2000), log_loss = sd(loss) / sqrt(2000),
    recall = sqrt(tp * fn / (tp + fn)^3), accuracy = sqrt((tp + tn) * (fp + fn) / 2000^3),
    calibration_large = sqrt(vcov(large)[1L]),
    calibration_slope = sqrt(vcov(line)[2L, 2L])
  )
  expect_equal(value(m, names(se), "se"), unname(se), tolerance = 1e-7)
})

test_that("standard errors are what resampling gives", {
  loans <- simulate_loans()
  m <- lcrisk_metrics(loans$truth, loans$prob, cutoff = 0.3)
  set.seed(9)
  drawn <- replicate(300, {
    rows <- sample(2000, 2000, TRUE)
    lcrisk_metrics(loans$truth[rows], loans$prob[rows], cutoff = 0.3)$estimate
  })
  ratio <- apply(drawn, 1L, sd) / m$se
  names(ratio) <- m$metric
  smooth <- setdiff(m$metric, c("ks", "ece"))
  expect_true(all(abs(log(ratio[smooth])) < log(1.2)))
  expect_true(abs(log(ratio[["ks"]])) < log(1.35))
})

test_that("intervals contain the estimate and keep to the range of the metric", {
  sets <- list(
    simulate_loans(), simulate_loans(12, 5),
    data.frame(truth = c(0, 0, 1, 1), prob = c(0, 0.2, 0.9, 1)),     # perfect
    data.frame(truth = c(0, 0, 1, 1), prob = c(1, 0.9, 0.2, 0)),     # inverted, certain
    data.frame(truth = c(0, 1, 0, 1), prob = 0.2)                    # constant
  )
  for (loans in sets) {
    m <- suppressWarnings(lcrisk_metrics(loans$truth, loans$prob))
    known <- m[!is.na(lower)]
    expect_true(all(known$lower <= known$estimate & known$estimate <= known$upper))
    ranged <- known[!metric %like% "calibration|loss|gini|mcc"]
    expect_true(all(ranged$lower >= 0 & ranged$upper <= 1))
    always <- c("auc", "gini", "ks", "brier", "log_loss")
    expect_true(all(is.finite(value(m, always))))
  }
})

test_that("a certainty that was wrong is clipped and counted", {
  m <- lcrisk_metrics(c(0, 0, 1, 1), c(0, 1, 0.4, 0.5))
  expect_identical(attr(m, "n_clipped"), 2)
  expect_match(m[metric == "log_loss"]$method, "2 clipped at 1e-15")
  expect_equal(value(m, "log_loss"), mean(-log(c(1, 1e-15, 0.4, 0.5))), tolerance = 1e-3)
})

test_that("without a predicted event precision is NA and F1 is 0", {
  m <- lcrisk_metrics(c(0, 0, 1, 1), c(0.1, 0.3, 0.2, 0.4), cutoff = 0.9)
  expect_true(is.na(value(m, "precision")))
  expect_identical(value(m, "f1"), 0)
  expect_gt(value(m, "f1", "upper"), 0)
  expect_true(is.na(value(m, "mcc")))
})

test_that("the event is predicted at the cut-off, not only above it", {
  m <- suppressWarnings(lcrisk_metrics(c(0, 1), c(0.4, 0.5), cutoff = 0.5))
  expect_identical(value(m, "recall"), 1)
})

test_that("an interval without width is said to be none", {
  cases <- list(
    list(c(0, 0, 1, 1), c(0.1, 0.1, 0.9, 0.9), c("ks", "brier")),
    list(c(0, 1, 0, 1), rep(0.5, 4), c("auc", "gini", "ks", "brier", "log_loss"))
  )
  for (case in cases) {
    warning <- expect_warning(m <- lcrisk_metrics(case[[1L]], case[[2L]], cutoff = 0.7),
                              class = "lcrisk_warning_numeric")
    expect_identical(warning$code, "no_width")
    expect_true(all(case[[3L]] %in% warning$columns))
    expect_equal(m[metric %in% warning$columns, lower],
                 m[metric %in% warning$columns, upper])
  }
  loans <- simulate_loans(300)
  expect_silent(lcrisk_metrics(loans$truth, loans$prob, cutoff = 1))
})

test_that("what the interval of ks promises is what the help page says", {
  # 150 events of 1,000, an area of 0.7: the distance is 0.289
  apart <- sqrt(2) * stats::qnorm(0.7)
  true <- 2 * stats::pnorm(apart / 2) - 1
  set.seed(8)
  found <- replicate(200, {
    y <- rep(0:1, c(850, 150))
    input <- metric_input(y, stats::rnorm(1000) + apart * y, NULL, range = FALSE)
    row <- ks_row(input, auc_estimate(input, 0.95), 0.95, metric_run())
    c(row$estimate, row$lower, row$upper)
  })
  expect_lt(mean(found[1, ]) - true, 0.04)
  expect_lt(mean(found[2, ] > true), 0.14)
  expect_lt(mean(found[3, ] < true), 0.06)
  expect_true(all(found[2, ] <= found[1, ] & found[1, ] <= found[3, ]))
})

test_that("turning the event round mirrors the metrics", {
  loans <- simulate_loans(300)
  m <- lcrisk_metrics(loans$truth, loans$prob, cutoff = 0.4)
  # at 1 - 0.4 no probability lies exactly on the cut-off
  r <- lcrisk_metrics(loans$truth, 1 - loans$prob, cutoff = 0.6, event = 0)
  expect_equal(value(r, c("auc", "brier", "recall")),
               value(m, c("auc", "brier", "specificity")))
  expect_identical(attr(r, "event"), "0")
})

test_that("threads change no bit", {
  loans <- simulate_loans(30000)
  input <- metric_input(loans$truth, loans$prob, NULL)
  of <- function(threads) {
    run <- new_run(seed = 0, threads = threads)
    c(rank_metrics(input, 0.95, run), calibration_metrics(input, 0.95, run))
  }
  one <- of(1L)
  for (threads in c(2L, 3L, 8L)) expect_identical(of(threads), one)
})

test_that("the bootstrap leaves R's random numbers alone and is the same each time", {
  loans <- simulate_loans(200)
  set.seed(1)
  before <- .Random.seed
  one <- lcrisk_metrics(loans$truth, loans$prob)
  expect_identical(.Random.seed, before)
  expect_identical(lcrisk_metrics(loans$truth, loans$prob), one)
})

test_that("the two ways to a KS error agree where they meet", {
  loans <- simulate_loans(100000)
  input <- metric_input(loans$truth, loans$prob, NULL)
  auc <- auc_estimate(input, 0.95)
  drawn <- ks_row(input, auc, 0.95, metric_run())
  count <- confusion(input, auc$ks_threshold)
  binomial <- 2 * balanced_row(count$weight, count$square, 0.95)$se
  expect_true(abs(log(drawn$se / binomial)) < log(1.2))
})

test_that("whole weights are repeated rows, equal ones change nothing", {
  loans <- simulate_loans(400)
  w <- sample(3, 400, TRUE)
  weighted <- lcrisk_metrics(loans$truth, loans$prob, weights = w)
  repeated <- lcrisk_metrics(rep(loans$truth, w), rep(loans$prob, w))
  same <- setdiff(weighted$metric, "ece")  # its bins may end elsewhere
  expect_equal(value(weighted, same), value(repeated, same), tolerance = 1e-9)

  plain <- lcrisk_metrics(loans$truth, loans$prob)
  equal <- lcrisk_metrics(loans$truth, loans$prob, weights = rep(0.25, 400))
  expect_equal(equal$estimate, plain$estimate, tolerance = 1e-10)
  likelihood <- plain$metric %like% "calibration"  # sandwich under weights
  expect_equal(equal$se[!likelihood], plain$se[!likelihood], tolerance = 1e-10)
  expect_equal(equal$se[likelihood], plain$se[likelihood], tolerance = 0.15)
})

test_that("intervals cover the truth as often as they say", {
  at_large <- simulate_loans(4e5, 99)
  at_large <- lcrisk_metrics(at_large$truth, at_large$prob, cutoff = 0.3)
  checked <- c("auc", "brier", "log_loss", "recall", "precision", "f1", "specificity",
               "accuracy")
  truth <- value(at_large, checked)
  covered <- vapply(1:200, function(seed) {
    loans <- simulate_loans(150, seed)
    m <- lcrisk_metrics(loans$truth, loans$prob, cutoff = 0.3, level = 0.9)
    value(m, checked, "lower") <= truth & truth <= value(m, checked, "upper")
  }, logical(8L))
  expect_true(all(abs(rowMeans(covered) - 0.9) < 0.08))
})

test_that("what is not a probability is refused", {
  refused <- list(
    list(c(0, 1), c(0.2, 1.1), "bad_probability"),
    list(c(0, 1), c(-1, 1), "bad_probability"),
    list(c(0, 1), c(0.5, NA), "missing_score"),
    list(c(0, 1), c("a", "b"), "bad_argument"),
    list(c(1, 1), c(0.5, 0.5), "one_class"), list(c(0, 1), 0.5, "bad_length")
  )
  for (case in refused) {
    error <- expect_error(lcrisk_metrics(case[[1L]], case[[2L]]),
                          class = "lcrisk_error_input")
    expect_identical(error$code, case[[3L]])
  }
  for (cutoff in list(NA, -1, 2, "a", c(0.1, 0.2))) {
    expect_error(lcrisk_metrics(0:1, c(0.1, 0.2), cutoff), class = "lcrisk_error_input")
  }
})

test_that("metrics print within ten lines, whole or in part", {
  loans <- simulate_loans(300)
  m <- lcrisk_metrics(loans$truth, loans$prob)
  expect_lte(length(capture.output(print(m))), 10L)
  expect_match(format(m)[1L], "300 rows, .* events \\(1\\), cut-off 0.5, 95% intervals")
  expect_output(print(m[metric == "mcc"]), "mcc")
  expect_output(print(m[, .(metric)]), "metric")
})
