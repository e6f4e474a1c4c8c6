off_scores <- function(n = 4000, seed = 1) {
  set.seed(seed)
  prob <- plogis(rnorm(n, -1))
  data.frame(truth = rbinom(n, 1, plogis(-0.4 + 0.6 * qlogis(prob))), prob = prob)
}

fit <- function(data, ...) {
  lcrisk_train(y ~ ., data, learner = "logit", seed = 1, progress = FALSE, ...)
}

test_that("lines are glm's, with its errors", {
  rows <- off_scores()
  x <- qlogis(rows$prob)
  to_the_end <- glm.control(epsilon = 1e-14)
  platt <- lcrisk_calibrate(rows$prob, rows$truth)
  want <- glm(truth ~ x, binomial, rows, control = to_the_end)
  expect_equal(unname(platt$coefficient), unname(coef(want)), tolerance = 1e-9)
  expect_equal(unname(platt$se), unname(sqrt(diag(vcov(want)))), tolerance = 1e-6)
  expect_equal(predict(platt, rows$prob), unname(fitted(want)), tolerance = 1e-9)

  level <- lcrisk_calibrate(rows$prob, rows$truth, method = "intercept")
  want <- glm(truth ~ 1, binomial, rows, offset = x, control = to_the_end)
  expect_equal(level$coefficient[["intercept"]], coef(want)[[1L]], tolerance = 1e-9)
  expect_identical(level$coefficient[["slope"]], 1)
  expect_equal(mean(predict(level, rows$prob)), mean(rows$truth), tolerance = 1e-9)

  w <- rep(1:3, length.out = nrow(rows))
  weighted <- lcrisk_calibrate(rows$prob, rows$truth, weights = w)
  repeated <- lcrisk_calibrate(rep(rows$prob, w), rep(rows$truth, w))
  expect_equal(weighted$coefficient, repeated$coefficient, tolerance = 1e-9)
})

test_that("beta calibration is the constrained regression of its paper", {
  rows <- off_scores()
  beta <- lcrisk_calibrate(rows$prob, rows$truth, method = "beta")
  want <- glm(truth ~ log(prob) + I(-log1p(-prob)), binomial, rows,
              control = glm.control(epsilon = 1e-14))
  expect_equal(unname(beta$coefficient), unname(coef(want)), tolerance = 1e-7)
  expect_equal(predict(beta, rows$prob), unname(fitted(want)), tolerance = 1e-8)
  # where a slope would be negative it is left out and the rest fitted again
  set.seed(2)
  bent <- rbinom(4000, 1, plogis(-2 - 0.5 * log(rows$prob) - 3 * log1p(-rows$prob)))
  beta <- lcrisk_calibrate(rows$prob, bent, method = "beta")
  want <- glm(bent ~ I(-log1p(-rows$prob)), binomial)
  expect_identical(beta$coefficient[["log_prob"]], 0)
  expect_equal(unname(beta$coefficient[-2L]), unname(coef(want)), tolerance = 1e-5)
})

test_that("isotonic calibration is isoreg's, straight between the steps", {
  rows <- off_scores()
  found <- lcrisk_calibrate(rows$prob, rows$truth, method = "isotonic")
  got <- predict(found, rows$prob)
  order <- order(rows$prob)
  want <- isoreg(rows$truth[order])$yf
  inner <- want > 0 & want < 1
  expect_equal(got[order][inner], want[inner], tolerance = 1e-12)
  expect_true(all(got > 0 & got < 1))
  expect_false(is.unsorted(got[order]))
  steps <- found$steps
  between <- plogis((steps$highest[2L] + steps$lowest[3L]) / 2)
  expect_equal(predict(found, between), mean(steps$rate[2:3]), tolerance = 1e-9)
  # ties are one value, weights are repeated rows
  coarse <- round(rows$prob, 1)
  w <- rep(1:2, 2000)
  weighted <- lcrisk_calibrate(coarse, rows$truth, method = "isotonic", weights = w)
  repeated <- lcrisk_calibrate(rep(coarse, w), rep(rows$truth, w), method = "isotonic")
  expect_equal(weighted$steps$rate, repeated$steps$rate, tolerance = 1e-3)
  expect_warning(lcrisk_calibrate(rows$prob[1:300], rows$truth[1:300], "isotonic"),
                 class = "lcrisk_warning_numeric")
})

test_that("a prior shift is Bayes' rule", {
  prob <- c(0.1, 0.5, 0.8)
  found <- lcrisk_calibrate(prob, method = "prior", from = 0.5, to = 0.1)
  odds <- prob / (1 - prob) * (0.1 / 0.9) / (0.5 / 0.5)
  expect_equal(predict(found, prob), odds / (1 + odds), tolerance = 1e-14)
  to_data <- lcrisk_calibrate(prob, c(0, 0, 1), method = "prior", from = 0.5)
  odds <- prob / (1 - prob) * (1 / 2)
  expect_equal(predict(to_data, prob), odds / (1 + odds), tolerance = 1e-14)
})

test_that("a calibrated model predicts calibrated probabilities and the same classes", {
  train <- contract_rows(1500L)
  slice <- contract_rows(1500L, 20000L)
  slice$y <- as.integer(slice$y | slice$income > 85)
  test <- contract_rows(500L, 40000L)
  model <- fit(train)
  for (method in c("platt", "beta", "isotonic", "intercept", "prior")) {
    better <- lcrisk_calibrate(model, slice, method)
    raw <- predict(model, test)
    alone <- lcrisk_calibrate(predict(model, slice), slice$y, method,
                              from = if (method == "prior") model$base_rate)
    expect_equal(predict(better, test), predict(alone, raw), tolerance = 1e-12)
    expect_equal(predict(better, test), plogis(predict(better, test, "link")))
    if (method != "isotonic") {
      expect_identical(predict(better, test, "class"), predict(model, test, "class"))
    }
    expect_false(better$fingerprint == model$fingerprint)
    expect_match(format(better), method, all = FALSE)
    expect_lte(length(format(better)), 10L)
    expect_identical(predict(model, test), raw)
    back <- unserialize(serialize(better, NULL))
    expect_identical(predict(back, test), predict(better, test))
  }
  # the mean on the slice is the share of events there
  level <- lcrisk_calibrate(model, slice, "intercept")
  expect_equal(mean(predict(level, slice)), mean(slice$y), tolerance = 1e-9)
})

test_that("calibrations add up", {
  model <- fit(contract_rows(1500L))
  first <- contract_rows(1000L, 20000L)
  later <- contract_rows(1000L, 30000L)
  later$y <- as.integer(later$y | later$income < 30)
  both <- lcrisk_calibrate(lcrisk_calibrate(model, first, "platt"), later, "intercept")
  expect_length(both$calibration, 2L)
  expect_equal(mean(predict(both, later)), mean(later$y), tolerance = 1e-9)
  expect_equal(diff(range(predict(both, later, "link") -
                            predict(lcrisk_calibrate(model, first), later, "link"))), 0)
  error <- expect_error(lcrisk_calibrate(both, later, "prior"),
                        class = "lcrisk_error_input")
  expect_identical(error$arg, "from")
})

test_that("out-of-fold predictions calibrate too", {
  train <- contract_rows(1500L)
  model <- fit(train)
  cv <- lcrisk_cv(y ~ ., "logit", folds = 3, data = train, seed = 1, progress = FALSE)
  better <- lcrisk_calibrate(model, cv, "platt")
  want <- lcrisk_calibrate(cv$predictions$prob, cv$predictions$truth)
  expect_equal(better$calibration[[1L]]$coefficient, want$coefficient, tolerance = 1e-9)
  other <- lcrisk_cv(y ~ ., lcrisk_logit(knots = 0), folds = 3, data = train, seed = 1,
                     progress = FALSE)
  error <- expect_error(lcrisk_calibrate(model, other), class = "lcrisk_error_input")
  expect_identical(error$code, "other_learner")
})

test_that("no row is both calibrated and judged on", {
  train <- contract_rows(1500L)
  slice <- contract_rows(1000L, 20000L)
  model <- fit(train)
  error <- expect_error(lcrisk_calibrate(model, train), class = "lcrisk_error_input")
  expect_identical(error$code, "training_rows")
  better <- lcrisk_calibrate(model, slice)
  error <- expect_error(lcrisk_evaluate(better, slice), class = "lcrisk_error_input")
  expect_identical(error$code, "calibration_rows")
  expect_s3_class(lcrisk_evaluate(better, contract_rows(300L, 40000L)), "lcrisk_metrics")

  all <- contract_rows(2000L)
  names(all)[names(all) == "y"] <- "default"
  split <- lcrisk_split(all, prop = 0.5, seed = 1)
  expect_identical(attr(split$test, "part"), "test")
  model <- lcrisk_train(default ~ ., split$train, learner = "logit", seed = 1)
  error <- expect_error(lcrisk_calibrate(model, split$test), class = "lcrisk_error_input")
  expect_identical(error$code, "test_part")
})

test_that("a frame's loans are known by their number, a slice of training rows is free", {
  frame <- few_frame(2000L)
  split <- lcrisk_split(frame, test_from = "2011-06")
  inner <- lcrisk_split(split$train, test_from = "2010-06")
  expect_identical(attr(inner$test, "part"), "slice")
  expect_identical(attr(split$test[1:20], "part"), "test")
  model <- lcrisk_train(inner$train, learner = "logit", seed = 1, progress = FALSE)
  model <- lcrisk_calibrate(model, inner$test, "intercept")
  expect_s3_class(lcrisk_evaluate(model, split$test), "lcrisk_metrics")
  mixed <- frame[issue_d >= "2010-12-01"]
  error <- expect_error(lcrisk_evaluate(model, mixed), class = "lcrisk_error_input")
  expect_identical(error$code, "calibration_rows")
  expect_identical(error$n, nrow(inner$test[issue_d >= "2010-12-01"]))
})

test_that("every hostile call has its defined result", {
  rows <- off_scores(200)
  model <- fit(contract_rows(300L))
  slice <- contract_rows(300L, 20000L)
  damaged <- lcrisk_calibrate(model, slice)
  damaged$calibration[[1L]]$coefficient[1L] <- 9
  p <- rows$prob
  y <- rows$truth
  expect_cases(list(
    case("CAL-01", "one class", lcrisk_calibrate(p, rep(1, 200)),
         "error input one_class"),
    case("CAL-02", "lengths", lcrisk_calibrate(p, y[-1]), "error input bad_length"),
    case("CAL-03", "no probability", lcrisk_calibrate(p + 1, y),
         "error input bad_probability"),
    case("CAL-04", "missing", lcrisk_calibrate(replace(p, 1, NA), y),
         "error input missing_score"),
    case("CAL-05", "separated", lcrisk_calibrate(c(0.1, 0.2, 0.8, 0.9), c(0, 0, 1, 1)),
         "error numeric separated"),
    case("CAL-06", "all alike", lcrisk_calibrate(rep(0.2, 200), y),
         "error numeric separated"),
    case("CAL-07", "reversed", lcrisk_calibrate(p, 1 - y), "error numeric reversed"),
    case("CAL-08", "reversed beta", lcrisk_calibrate(p, 1 - y, "beta"),
         "error numeric reversed"),
    case("CAL-09", "0 and 1", lcrisk_calibrate(replace(p, 1:2, 0:1), y), "ok"),
    case("CAL-10", "unknown method", lcrisk_calibrate(p, y, "sigmoid"),
         "error input bad_choice"),
    case("CAL-11", "unknown argument", lcrisk_calibrate(p, y, mode = 1),
         "error input unknown_argument"),
    case("CAL-12", "to without prior", lcrisk_calibrate(p, y, to = 0.1),
         "error input bad_argument"),
    case("CAL-13", "prior without from", lcrisk_calibrate(p, y, "prior"),
         "error input bad_argument"),
    case("CAL-14", "to of 1", lcrisk_calibrate(p, y, "prior", from = 0.5, to = 1),
         "error input bad_argument"),
    case("CAL-15", "text", lcrisk_calibrate("a", y), "error input bad_argument"),
    case("CAL-16", "weights all 0", lcrisk_calibrate(p, y, weights = rep(0, 200)),
         "error input bad_weight"),
    case("CAL-17", "no data", lcrisk_calibrate(model), "error input bad_argument"),
    case("CAL-18", "model with one class",
         lcrisk_calibrate(model, slice[slice$y == 1, ]), "error input one_class"),
    case("CAL-19", "prior by numbers",
         lcrisk_calibrate(model, method = "prior", to = 0.1),
         "ok"),
    case("CAL-20", "an edited map", predict(damaged, slice), "error model bad_model"),
    case("CAL-21", "a damaged map",
         predict(replace(model, "calibration", list(list(1))), slice),
         "error model bad_model"),
    case("CAL-22", "text to predict", predict(lcrisk_calibrate(p, y), "a"),
         "error input bad_argument"),
    case("CAL-23", "2 to predict", predict(lcrisk_calibrate(p, y), 2),
         "error input bad_probability")
  ))
  expect_identical(predict(lcrisk_calibrate(p, y), c(NA, 0.5))[1L], NA_real_)
  expect_identical(predict(lcrisk_calibrate(p, y), numeric()), numeric())
})

test_that("threads and printing change nothing, and it prints in ten lines", {
  rows <- off_scores(20000)
  log_odds <- qlogis(rows$prob)
  of <- function(threads) {
    .Call(ffi_recal_fit, log_odds, rows$truth, NULL, 2L, new_run(0, threads))
  }
  for (threads in c(2L, 3L, 8L)) expect_identical(of(threads), of(1L))
  for (method in c("platt", "beta", "isotonic")) {
    shown <- lcrisk_calibrate(rows$prob, rows$truth, method)
    expect_lte(length(capture.output(visible <- withVisible(print(shown))$visible)), 10L)
    expect_false(visible)
    pdf(NULL)
    expect_silent(plot(shown))
    dev.off()
  }
})

test_that("a map learned on one slice repairs the next", {
  slice <- off_scores(20000)
  after <- off_scores(20000, 2)
  before <- attr(lcrisk_calibration(after$truth, after$prob), "line")$estimate[2:3]
  expect_gt(max(abs(before - c(0, 1))), 0.3)
  for (method in c("platt", "beta", "isotonic")) {
    prob <- predict(lcrisk_calibrate(slice$prob, slice$truth, method), after$prob)
    line <- attr(lcrisk_calibration(after$truth, prob), "line")
    expect_true(all(line$lower[2:3] < c(0, 1) & line$upper[2:3] > c(0, 1)))
  }
})
