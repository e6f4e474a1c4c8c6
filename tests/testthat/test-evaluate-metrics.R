simulate_loans <- function(n = 2000, seed = 1) {
  set.seed(seed)
  prob <- plogis(rnorm(n, -1.5))
  data.frame(truth = rbinom(n, 1, plogis(0.3 + 0.8 * qlogis(prob))), prob = prob)
}

value <- function(metrics, name, column = "estimate") {
  metrics[[column]][match(name, metrics$metric)]
}

# Hand's H by numerical integration of the least cost over all cut-offs
h_by_integral <- function(y, p, severity = sum(y) / sum(1 - y)) {
  share <- mean(y)
  cut <- c(Inf, sort(unique(p), decreasing = TRUE))
  alarms <- (1 - share) * vapply(cut, function(t) mean(p[y == 0] >= t), 0)
  misses <- share * vapply(cut, function(t) mean(p[y == 1] < t), 0)
  cost <- (seq_len(20000) - 0.5) / 20000
  least <- vapply(cost, function(c) min(c * alarms + (1 - c) * misses), 0)
  density <- dbeta(cost, 2, 1 + 1 / severity)
  1 - sum(density * least) /
    sum(density * pmin(cost * (1 - share), (1 - cost) * share))
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
  # the curve between the k-1st and the kth of the others, up to a fifth of them
  above <- vapply(sort(p[y == 0], decreasing = TRUE), function(t) mean(p[y == 1] > t), 0)
  width <- pmax(pmin(0.2 * sum(y == 0) - seq_along(above) + 1, 1), 0)
  partial <- sum(width * above) / sum(y == 0)
  fitted <- isoreg(y[order(p)])$yf
  expected <- c(
    auc = as.numeric(lcrisk_auc(y, p)), gini = 2 * as.numeric(lcrisk_auc(y, p)) - 1,
    partial_auc = partial, partial_auc_standard = (1 + (partial - 0.02) / 0.18) / 2,
    ks = max(vapply(p, gap, 0)),
    pr_auc = mean(vapply(p[y == 1], function(t) mean(y[p >= t]), 0)),
    h_measure = h_by_integral(y, p),
    brier_reliability = mean((p - y)^2) - mean((fitted - y[order(p)])^2),
    brier_resolution = mean((mean(y) - y)^2) - mean((fitted - y[order(p)])^2),
    brier_uncertainty = mean(y) * (1 - mean(y)),
    brier = mean((p - y)^2), log_loss = mean(loss),
    recall = tp / (tp + fn), precision = tp / (tp + fp), f1 = 2 * tp / (2 * tp + fp + fn),
    f_beta = 5 * tp / (5 * tp + 4 * fn + fp), specificity = tn / (tn + fp),
    accuracy = (tp + tn) / 2000,
    balanced_accuracy = (tp / (tp + fn) + tn / (tn + fp)) / 2, mcc = cor(yes, y),
    calibration_large = coef(large)[[1L]], calibration_intercept = coef(line)[[1L]],
    calibration_slope = coef(line)[[2L]],
    ece = mean(abs(tapply(p, bin, mean) - tapply(y, bin, mean)))
  )
  expect_identical(m$metric, names(expected))
  expect_equal(value(m, "h_measure"), expected[["h_measure"]], tolerance = 1e-5)
  expected["h_measure"] <- value(m, "h_measure")
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
  smooth <- setdiff(m$metric, c("ks", "ece", "brier_reliability"))
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
    ranged <- known[!metric %like% "calibration|loss|gini|mcc|standard"]
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
    m <- lcrisk_metrics(y, stats::plogis(stats::rnorm(1000) + apart * y))
    unlist(m[metric == "ks", .(estimate, lower, upper)])
  })
  expect_gt(mean(found[1, ]) - true, 0.01)
  expect_lt(mean(found[1, ]) - true, 0.04)
  expect_lt(mean(found[2, ] > true), 0.1)
  expect_lt(mean(found[3, ] < true), 0.05)
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
  of <- function(threads) {
    list(lcrisk_metrics(loans$truth, loans$prob, threads = threads),
         lcrisk_metrics(loans$truth[1:3000], loans$prob[1:3000], threads = threads,
                        blocks = rep_len(1:12, 3000), resamples = 30))
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
  drawn <- value(lcrisk_metrics(loans$truth, loans$prob), "ks", "se")
  input <- metric_input(loans$truth, loans$prob, NULL)
  count <- confusion(input, auc_estimate(input, 0.95)$ks_threshold)
  binomial <- 2 * balanced_row(count$weight, count$square, 0.95)$se
  expect_true(abs(log(drawn / binomial)) < log(1.2))
})

test_that("errors from a systematic sample are those of all rows", {
  loans <- simulate_loans(300000)
  all <- lcrisk_metrics(loans$truth, loans$prob)
  expect_match(value(all, "pr_auc", "method"), "of 131,072 rows")
  whole <- lcrisk_metrics(loans$truth, loans$prob, interval = "bootstrap", resamples = 40)
  for (name in c("pr_auc", "h_measure", "partial_auc", "brier_resolution")) {
    expect_true(abs(log(value(all, name, "se") / value(whole, name, "se"))) < log(1.45))
    expect_identical(value(all, name), value(whole, name))
  }
})

test_that("the bootstrap agrees with each metric's own error", {
  loans <- simulate_loans(3000)
  of <- function(...) {
    lcrisk_metrics(loans$truth, loans$prob, 0.3, profit = c(good = 0.2, bad = -0.4), ...)
  }
  own <- of()
  drawn <- of(interval = "bootstrap", resamples = 400)
  smooth <- setdiff(own$metric, "ece")
  ratio <- value(drawn, smooth, "se") / value(own, smooth, "se")
  expect_true(all(abs(log(ratio)) < log(1.25)))
  expect_identical(drawn$estimate, own$estimate)
  expect_true(all(drawn$method %like% "400 bootstrap samples"))
  # with the share of events held fixed, what depends on it varies less
  fixed <- of(interval = "stratified", resamples = 400)
  less <- value(fixed, c("brier", "log_loss", "precision"), "se") /
    value(own, c("brier", "log_loss", "precision"), "se")
  expect_true(all(less < 0.9))
  same <- c("auc", "recall", "specificity", "calibration_slope")
  ratio <- value(fixed, same, "se") / value(own, same, "se")
  expect_true(all(abs(log(ratio)) < log(1.25)))
})

test_that("blocks that share their luck widen the intervals, others do not", {
  set.seed(8)
  n <- 6000
  month <- rep(1:24, each = 250)
  luck <- rnorm(24, 0, 0.6)[month]
  prob <- plogis(rnorm(n, -1.5))
  truth <- rbinom(n, 1, plogis(qlogis(prob) + luck))
  se <- function(name, ...) value(lcrisk_metrics(truth, prob, ...), name, "se")
  expect_gt(se("brier", blocks = month), 2 * se("brier"))
  expect_gt(se("calibration_large", blocks = month), 3 * se("calibration_large"))
  expect_lt(se("auc", blocks = sample(month)), 1.4 * se("auc"))
  m <- lcrisk_metrics(truth, prob, blocks = month)
  expect_true(all(m$method %like% "200 samples of 24 blocks, t"))
  reach <- qt(0.975, 23) * value(m, "auc", "se")
  expect_equal(value(m, "auc", "upper"), value(m, "auc") + reach)
})

test_that("profit is what approving below the cut-off earns", {
  loans <- simulate_loans(500)
  earned <- ifelse(loans$truth == 1, -0.5, 0.2) + rnorm(500, 0, 0.01)
  m <- lcrisk_metrics(loans$truth, loans$prob, 0.2, profit = earned)
  approved <- earned * (loans$prob < 0.2)
  expect_equal(value(m, "profit"), mean(approved))
  expect_equal(value(m, "profit", "se"), sd(approved) / sqrt(500))
  constant <- lcrisk_metrics(loans$truth, loans$prob, 0.2,
                             profit = c(bad = -0.5, good = 0.2))
  approved <- ifelse(loans$truth == 1, -0.5, 0.2) * (loans$prob < 0.2)
  expect_equal(value(constant, "profit"), mean(approved))
  # rows without an outcome take their profit along
  some <- lcrisk_metrics(replace(loans$truth, 1:9, NA), loans$prob, 0.2, profit = earned,
                         na.rm = TRUE)
  expect_equal(value(some, "profit"), mean((earned * (loans$prob < 0.2))[-(1:9)]))
})

test_that("settings move their metric and no other", {
  loans <- simulate_loans(500)
  of <- function(...) lcrisk_metrics(loans$truth, loans$prob, 0.3, ...)
  plain <- of()
  changed <- function(m) plain$metric[abs(m$estimate - plain$estimate) > 1e-12]
  expect_identical(changed(of(beta = 1)), "f_beta")
  expect_equal(value(of(beta = 1), "f_beta"), value(plain, "f1"))
  expect_identical(changed(of(severity = 0.5)), "h_measure")
  expect_identical(changed(of(partial = c(0.1, 0.4))),
                   c("partial_auc", "partial_auc_standard"))
  whole <- of(partial = c(0, 1))
  expect_equal(value(whole, c("partial_auc", "partial_auc_standard")),
               rep(value(plain, "auc"), 2L))
  expect_identical(attr(whole, "partial"), c(0, 1))
})

test_that("the Brier score's parts add up, weighted or not", {
  loans <- simulate_loans(700)
  for (w in list(NULL, runif(700))) {
    m <- lcrisk_metrics(loans$truth, loans$prob, weights = w)
    expect_equal(
      value(m, "brier"),
      sum(c(1, -1, 1) *
            value(m, paste0("brier_", c("reliability", "resolution", "uncertainty")))),
      tolerance = 1e-12
    )
  }
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
               "accuracy", "f_beta", "pr_auc", "partial_auc", "ks")
  truth <- value(at_large, checked)
  covered <- vapply(1:200, function(seed) {
    loans <- simulate_loans(150, seed)
    m <- lcrisk_metrics(loans$truth, loans$prob, cutoff = 0.3, level = 0.9)
    value(m, checked, "lower") <= truth & truth <= value(m, checked, "upper")
  }, logical(12L))
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

test_that("every hostile setting has its defined result", {
  y <- rep(0:1, 10)
  p <- seq(0.02, 0.97, length.out = 20)
  expect_cases(list(
    case("MET-01", "beta 0", lcrisk_metrics(y, p, beta = 0), "error input bad_argument"),
    case("MET-02", "partial falls", lcrisk_metrics(y, p, partial = c(0.4, 0.1)),
         "error input bad_argument"),
    case("MET-03", "partial beyond 1", lcrisk_metrics(y, p, partial = c(0, 1.5)),
         "error input bad_argument"),
    case("MET-04", "severity -1", lcrisk_metrics(y, p, severity = -1),
         "error input bad_argument"),
    case("MET-05", "unknown interval", lcrisk_metrics(y, p, interval = "jackknife"),
         "error input bad_choice"),
    case("MET-06", "few resamples", lcrisk_metrics(y, p, resamples = 5),
         "error input bad_argument"),
    case("MET-07", "profit of one number", lcrisk_metrics(y, p, profit = 1),
         "error input bad_argument"),
    case("MET-08", "profit without names", lcrisk_metrics(y, p, profit = c(0.2, -0.4)),
         "error input bad_argument"),
    case("MET-09", "profit missing", lcrisk_metrics(y, p, profit = rep(NA_real_, 20)),
         "error input bad_argument"),
    case("MET-10", "blocks too short", lcrisk_metrics(y, p, blocks = 1:3),
         "error input bad_argument"),
    case("MET-11", "four blocks", lcrisk_metrics(y, p, blocks = rep(1:4, 5)),
         "error input few_blocks"),
    case("MET-12", "a block missing", lcrisk_metrics(y, p, blocks = c(NA, 2:20)),
         "error input missing_block"),
    case("MET-13", "five blocks", lcrisk_metrics(y, p, blocks = rep(1:5, 4)), "ok"),
    case("MET-14", "months", lcrisk_metrics(y, p, blocks = as.Date("2010-01-01") + 0:19),
         "ok"),
    case("MET-15", "misspelt", lcrisk_metrics(y, p, block = 1:20),
         "error input unknown_argument"),
    case("MET-16", "probabilities 0 and 1", lcrisk_metrics(0:1, c(0, 1)),
         "warning numeric no_width"),
    case("MET-17", "all alike", lcrisk_metrics(y, rep(0.3, 20)),
         "warning numeric no_width"),
    case("MET-18", "resampled, all alike",
         lcrisk_metrics(y, rep(0.3, 20), interval = "bootstrap"),
         "warning numeric no_width")
  ))
})

test_that("metrics print within ten lines, whole or in part", {
  loans <- simulate_loans(300)
  m <- lcrisk_metrics(loans$truth, loans$prob)
  expect_lte(length(capture.output(print(m))), 10L)
  expect_match(format(m)[1L], "300 rows, .* events \\(1\\), cut-off 0.5, 95% intervals")
  expect_output(print(m[metric == "mcc"]), "mcc")
  expect_output(print(m[, .(metric)]), "metric")
})
