scored <- function(n = 3000, seed = 1) {
  set.seed(seed)
  prob <- round(plogis(rnorm(n, -1.5)), 3)
  data.frame(truth = rbinom(n, 1, prob), prob = prob)
}

# Every candidate looked at: the objective of each rule at each distinct probability
looked_at <- function(y, p, objective) {
  cut <- sort(unique(c(p, 1)))
  data.frame(cutoff = cut, value = vapply(cut, function(t) objective(p >= t, y), 0))
}

test_that("no candidate is better than the one chosen", {
  rows <- scored()
  y <- rows$truth
  p <- rows$prob
  earned <- ifelse(y == 1, -0.6, 0.25) + runif(3000, -0.1, 0.1)
  share <- function(x) if (length(x)) mean(x) else NA_real_
  best <- list(
    list(list(by = "f1"), function(yes, y) 2 * sum(yes & y) / (sum(yes) + sum(y))),
    list(list(by = "f_beta", beta = 2),
         function(yes, y) 5 * sum(yes & y) / (sum(yes) + 4 * sum(y))),
    list(list(by = "youden"), function(yes, y) mean(yes[y == 1]) - mean(yes[y == 0])),
    list(list(by = "cost", cost = c(miss = 4, alarm = 1)),
         function(yes, y) -mean(ifelse(y == 1, 4 * !yes, yes))),
    list(list(by = "cost", cost = c(miss = 4, alarm = 1, hit = 0.5, pass = -0.2)),
         function(yes, y) -mean(ifelse(y == 1, ifelse(yes, 0.5, 4),
                                       ifelse(yes, 1, -0.2)))),
    list(list(by = "profit", profit = earned), function(yes, y) mean(earned * !yes)),
    list(list(by = "profit", profit = c(bad = -0.6, good = 0.25)),
         function(yes, y) mean(ifelse(y == 1, -0.6, 0.25) * !yes))
  )
  for (case in best) {
    found <- do.call("lcrisk_threshold", c(list(p, y), case[[1L]]), quote = FALSE)
    all <- looked_at(y, p, case[[2L]])
    expect_equal(attr(found, "objective")[["estimate"]], max(all$value),
                 tolerance = 1e-12)
    expect_equal(as.numeric(found), max(all$cutoff[all$value > max(all$value) - 1e-12]))
    curve <- attr(found, "curve")
    expect_equal(curve$objective[match(all$cutoff, curve$cutoff)], all$value,
                 tolerance = 1e-9)
  }
  reach <- list(
    list("recall", 0.8, function(yes, y) mean(yes[y == 1]), max, `>=`),
    list("approval", 0.7, function(yes, y) mean(!yes), min, `>=`),
    list("bad_rate", 0.12, function(yes, y) share(y[!yes]), max, `<=`)
  )
  for (case in reach) {
    found <- lcrisk_threshold(p, y, by = case[[1L]], target = case[[2L]])
    all <- looked_at(y, p, case[[3L]])
    ok <- !is.na(all$value) & case[[5L]](all$value, case[[2L]])
    expect_equal(as.numeric(found), case[[4L]](all$cutoff[ok]))
    rate <- attr(found, "rates")[[case[[1L]]]]
    expect_equal(rate, all$value[all$cutoff == as.numeric(found)])
  }
})

test_that("a threshold is a number that every cut-off takes", {
  rows <- scored()
  found <- lcrisk_threshold(rows$prob, rows$truth, by = "youden")
  m <- lcrisk_metrics(rows$truth, rows$prob, cutoff = found)
  expect_identical(attr(m, "cutoff"), as.numeric(found))
  expect_equal(attr(found, "rates")[["recall"]],
               m$estimate[m$metric == "recall"])
  model <- lcrisk_train(y ~ ., contract_rows(300L), learner = "logit", cutoff = found)
  expect_identical(model$cutoff, as.numeric(found))
  expect_lte(length(capture.output(visible <- withVisible(print(found))$visible)), 10L)
  expect_false(visible)
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(found))
})

test_that("the interval is of resampled choices and holds the choice in large", {
  large <- scored(4e5, 99)
  for (case in list(list(by = "approval", target = 0.7),
                    list(by = "recall", target = 0.7),
                    list(by = "youden"))) {
    at_large <- do.call(lcrisk_threshold,
                        c(list(large$prob, large$truth, resamples = 20), case))
    inside <- vapply(1:60, function(seed) {
      rows <- scored(1500, seed)
      found <- do.call(lcrisk_threshold, c(list(rows$prob, rows$truth), case))
      interval <- attr(found, "interval")
      band <- attr(found, "band")
      expect_true(interval[[1L]] <= found && found <= interval[[2L]])
      expect_true(band[[1L]] <= found && found <= band[[2L]])
      interval[[1L]] - 1e-9 <= at_large && at_large <= interval[[2L]] + 1e-9
    }, NA)
    expect_gte(mean(inside), 0.85)
  }
})

test_that("the band is where the objective is within one standard error", {
  rows <- scored()
  found <- lcrisk_threshold(rows$prob, rows$truth, by = "profit",
                            profit = c(good = 0.2, bad = -0.5))
  curve <- attr(found, "curve")
  band <- attr(found, "band")
  objective <- attr(found, "objective")
  inside <- curve$cutoff >= band[[1L]] & curve$cutoff <= band[[2L]]
  worst <- objective[["estimate"]] - objective[["se"]]
  expect_true(all(curve$objective[inside] >= worst))
  below <- max(curve$cutoff[curve$cutoff < band[[1L]]])
  expect_lt(curve$objective[curve$cutoff == below], worst)
})

test_that("weights are repeated rows, blocks and threads as in the metrics", {
  rows <- scored(800)
  w <- sample(3, 800, TRUE)
  of <- function(...) as.numeric(lcrisk_threshold(...))
  for (by in c("f1", "youden")) {
    expect_equal(of(rows$prob, rows$truth, by = by, weights = w),
                 of(rep(rows$prob, w), rep(rows$truth, w), by = by))
  }
  expect_equal(of(rows$prob, rows$truth, by = "approval", target = 0.6, weights = w),
               of(rep(rows$prob, w), rep(rows$truth, w), by = "approval", target = 0.6))
  one <- lcrisk_threshold(rows$prob, rows$truth, blocks = rep_len(1:10, 800), threads = 1)
  for (threads in c(2L, 8L)) {
    expect_identical(lcrisk_threshold(rows$prob, rows$truth, threads = threads,
                                      blocks = rep_len(1:10, 800)), one)
  }
})

test_that("a cross-validation's out-of-fold predictions are chosen on", {
  train <- contract_rows(1200L)
  train$paid <- ifelse(train$y == 1, -1, 0.4)
  cv <- lcrisk_cv(y ~ income + score + home, "logit", folds = 4, data = train, seed = 1,
                  progress = FALSE)
  rows <- cv$predictions[order(row)]
  found <- lcrisk_threshold(cv, by = "profit", profit = train$paid)
  alone <- lcrisk_threshold(rows$prob, rows$truth, by = "profit", profit = train$paid)
  expect_equal(as.numeric(found), as.numeric(alone))
  folds <- attr(found, "folds")
  expect_identical(folds$fold, 1:4)
  part <- rows[fold == 2]
  one <- lcrisk_threshold(part$prob, part$truth, by = "profit",
                          profit = train$paid[part$row])
  expect_equal(folds$cutoff[2L], as.numeric(one))
  model <- lcrisk_train(y ~ income + score + home, train, learner = "logit", seed = 1)
  expect_equal(as.numeric(lcrisk_threshold(model, cv, by = "youden")),
               as.numeric(lcrisk_threshold(cv, by = "youden")), tolerance = 1e-9)
})

test_that("a calibrated model's cut-off is chosen on calibrated predictions", {
  train <- contract_rows(1200L)
  model <- lcrisk_train(y ~ ., train, learner = "logit", seed = 1)
  cv <- lcrisk_cv(y ~ ., "logit", folds = 3, data = train, seed = 1, progress = FALSE)
  better <- lcrisk_calibrate(model, method = "prior", to = 0.1)
  raw <- lcrisk_threshold(model, cv, by = "youden")
  moved <- lcrisk_threshold(better, cv, by = "youden")
  expect_lt(as.numeric(moved), as.numeric(raw))
  expect_equal(attr(moved, "rates"), attr(raw, "rates"))
})

test_that("test rows and training rows are refused", {
  frame <- few_frame(1500L)
  split <- lcrisk_split(frame, test_from = "2011-06")
  inner <- lcrisk_split(split$train, test_from = "2010-10")
  model <- lcrisk_train(inner$train, learner = "logit", seed = 1, progress = FALSE)
  found <- lcrisk_threshold(model, inner$test, by = "approval", target = 0.7)
  expect_s3_class(found, "lcrisk_threshold")
  expect_equal(attr(found, "rates")[["approval"]], 0.7, tolerance = 0.02)
  expect_cases(list(
    case("THR-01", "the test part", lcrisk_threshold(model, split$test),
         "error input test_part"),
    case("THR-02", "some of the test part", lcrisk_threshold(model, split$test[1:200]),
         "error input test_part"),
    case("THR-03", "the training rows", lcrisk_threshold(model, inner$train),
         "error input training_rows")
  ))
})

test_that("every hostile call has its defined result", {
  rows <- scored(300)
  p <- rows$prob
  y <- rows$truth
  of <- function(...) lcrisk_threshold(p, y, ...)
  expect_cases(list(
    case("THR-04", "unknown rule", of("accuracy"), "error input bad_choice"),
    case("THR-05", "no target", of("recall"), "error input bad_argument"),
    case("THR-06", "a target too many", of("f1", target = 0.5),
         "error input bad_argument"),
    case("THR-07", "target 2", of("approval", target = 2), "error input bad_argument"),
    case("THR-08", "no cost", of("cost"), "error input bad_argument"),
    case("THR-09", "a cost too many", of("f1", cost = c(miss = 1, alarm = 1)),
         "error input bad_argument"),
    case("THR-10", "nameless cost", of("cost", cost = c(1, 2)),
         "error input bad_argument"),
    case("THR-11", "right decisions dearer",
         of("cost", cost = c(miss = 1, alarm = 1, hit = 2)), "error input bad_argument"),
    case("THR-12", "profit too short", of("profit", profit = 1:3),
         "error input bad_argument"),
    case("THR-13", "unreachable", lcrisk_threshold(c(0.1, 0.2, 0.3), c(1, 0, 1),
                                                   "bad_rate", target = 0.1),
         "error input no_cutoff"),
    case("THR-14", "one class", lcrisk_threshold(p, rep(0, 300)),
         "error input one_class"),
    case("THR-15", "missing", lcrisk_threshold(replace(p, 1, NA), y),
         "error input missing_score"),
    case("THR-16", "all alike", lcrisk_threshold(rep(0.2, 300), y), "ok"),
    case("THR-17", "misspelt", of("f1", tagret = 1), "error input unknown_argument"),
    case("THR-18", "text", lcrisk_threshold("a"), "error input bad_argument"),
    case("THR-19", "few blocks", of(blocks = rep(1:3, 100)), "error input few_blocks"),
    case("THR-20", "resamples 3", of(resamples = 3), "error input bad_argument"),
    case("THR-21", "recall 1", of("recall", target = 1), "ok"),
    case("THR-22", "approval 1", of("approval", target = 1), "ok"),
    case("THR-23", "weights too short", of(weights = 1), "error input bad_argument")
  ))
  all <- of("approval", target = 1)
  expect_identical(as.numeric(all), 1)
  expect_identical(attr(all, "rates")[["approval"]], 1)
})
