drift_rows_of <- function(n, start, income = 0, months = "2012-01-01") {
  data <- contract_rows(n, start)
  data$income <- data$income + income
  data$issue_d <- data.table::as.IDate(rep_len(months, n))
  data
}

drift_model <- function(n = 3000L) {
  lcrisk_train(y ~ . - issue_d, drift_rows_of(n, 0L), learner = lcrisk_testlearner(),
               seed = 1)
}

test_that("the index is the textbook's sum, with half a row in each bin", {
  before <- c(0, 50, 30, 20)
  after <- c(0, 20, 30, 50)
  found <- psi_row(before, after, 0.95)
  p <- (c(50, 30, 20) + 0.5) / 101.5
  q <- (c(20, 30, 50) + 0.5) / 101.5
  expect_equal(found$psi, sum((q - p) * log(q / p)))
  expect_equal(found$p_value, pchisq(found$psi / 0.02, 2, lower.tail = FALSE))
  expect_equal(found$limit, 0.02 * qchisq(0.95, 2))
  # what was never there and now is all there is stays finite
  far <- psi_row(c(0, 100, 0), c(80, 0, 0), 0.95)
  expect_true(is.finite(far$psi) && far$psi > 1)
  expect_lt(far$p_value, 1e-10)
  expect_identical(c(far$missing, far$missing_reference), c(1, 0))
  # nothing can move in one bin
  expect_identical(psi_row(c(0, 9), c(0, 7), 0.95)$p_value, 1)
  expect_identical(psi_row(c(0, 9), c(0, 7), 0.95)$psi, 0)
})

test_that("rare bins are taken together for the test, or it is not made", {
  merged <- merge_rare(c(400, 300, 2, 1), c(40, 30, 0, 1), c(703, 71))
  expect_identical(merged$before, c(303, 400))
  expect_identical(sum(merged$after), 71)
  few <- psi_row(c(0, 500, 500), c(0, 1, 2), 0.95)
  expect_identical(few$p_value, NA_real_)
  expect_true(is.finite(few$psi))
})

test_that("without a change p-values are even and the limit is passed in its share", {
  set.seed(4)
  share <- c(0.05, 0.1, 0.2, 0.3, 0.35)
  found <- replicate(2000, {
    row <- psi_row(as.vector(rmultinom(1, 3000, share)),
                   as.vector(rmultinom(1, 400, share)), 0.95)
    c(row$p_value, row$psi > row$limit)
  })
  expect_gt(ks.test(found[1L, ], "punif")$p.value, 0.001)
  expect_lt(abs(mean(found[2L, ]) - 0.05), 0.016)
})

test_that("counts of the core are those of R, for every kind of column", {
  model <- drift_model()
  data <- drift_rows_of(700L, 9000L)
  drift <- lcrisk_drift(model, data, by = "all")
  kept <- model$blueprint$reference
  x <- apply_blueprint(model$blueprint, data)
  for (name in names(x)) {
    want <- psi_row(kept$counts[[name]], bin_counts(x[[name]], kept$cuts[[name]]), 0.95)
    expect_equal(drift[["psi"]][drift[["variable"]] == name], want$psi)
  }
  expect_setequal(drift[["variable"]], c("(score)", names(x)))
  again <- lcrisk_drift(model, data, by = "all", threads = 3)
  expect_identical(as.list(again), as.list(drift))
})

test_that("what moved is found, what did not is left alone", {
  model <- drift_model()
  months <- c("2012-01-01", "2012-02-01")
  data <- rbind(drift_rows_of(1000L, 20000L, 0, months[1L]),
                drift_rows_of(1000L, 30000L, 12, months[2L]))
  drift <- lcrisk_drift(model, data)
  verdict <- function(period, variable) {
    drift[["verdict"]][drift[["period"]] == period & drift[["variable"]] == variable]
  }
  expect_identical(unique(drift[["period"]]), c("2012-01", "2012-02"))
  expect_true(all(drift[["verdict"]][drift[["period"]] == "2012-01"] == "stable"))
  expect_identical(verdict("2012-02", "income"), "far")
  expect_false(verdict("2012-02", "(score)") == "stable")
  expect_identical(verdict("2012-02", "home"), "stable")
  expect_match(format(drift), "income", all = FALSE)
})

test_that("a field that appears or vanishes is told apart from applicants who change", {
  model <- drift_model()
  data <- drift_rows_of(500L, 20000L)
  data$noise <- NA_real_
  drift <- lcrisk_drift(model, data, by = "all")
  row <- drift[drift[["variable"]] == "noise"]
  expect_identical(row[["note"]], "vanished")
  expect_true(is.finite(row[["psi"]]))
  expect_true(all(is.na(drift[["note"]][drift[["variable"]] != "noise"])))
})

test_that("a calibration added later is no drift", {
  model <- drift_model()
  later <- drift_rows_of(800L, 40000L)
  shifted <- lcrisk_calibrate(model, later, method = "intercept")
  expect_equal(lcrisk_drift(shifted, later, by = "all")[["psi"]],
               lcrisk_drift(model, later, by = "all")[["psi"]])
})

test_that("expected performance is that of outcomes drawn with the probabilities", {
  set.seed(2)
  prob <- plogis(rnorm(400, -1))
  found <- expected_row(prob, 0.95, 400L, new_run(0))
  weight <- outer(prob, 1 - prob)
  right <- outer(prob, prob, ">") + outer(prob, prob, "==") / 2
  diag(weight) <- 0
  expect_equal(found$auc, sum(weight * right) / sum(weight))
  expect_equal(found$rate, mean(prob))
  # calibrated outcomes lie inside about as often as said
  inside <- replicate(200, {
    y <- as.integer(runif(400) < prob)
    auc <- .Call(ffi_auc_area, prob, y)[["area"]]
    c(mean(y) >= found$rate_lower & mean(y) <= found$rate_upper,
      auc >= found$auc_lower & auc <= found$auc_upper)
  })
  expect_true(all(rowMeans(inside) > 0.88))
})

test_that("outcomes are held against the expectation where they are known", {
  model <- drift_model()
  data <- rbind(drift_rows_of(600L, 20000L, 0, "2012-01-01"),
                drift_rows_of(600L, 30000L, 0, "2012-04-01"))
  data$y[601:650] <- NA
  performance <- attr(lcrisk_drift(model, data, by = "quarter"), "performance")
  expect_identical(performance[["period"]], c("2012 Q1", "2012 Q2"))
  expect_identical(performance[["n_known"]], c(600L, 550L))
  expect_equal(performance[["observed_rate"]][2L], mean(data$y[651:1200]))
  expect_false(is.na(performance[["auc_inside"]][1L]))
  expect_true(is.na(performance[["auc_inside"]][2L]))
  data$y <- NULL
  without <- attr(lcrisk_drift(model, data, by = "year"), "performance")
  expect_identical(without[["period"]], "2012")
  expect_identical(without[["n_known"]], 0L)
})

test_that("other rows can be the reference", {
  model <- drift_model()
  data <- drift_rows_of(900L, 20000L, 10)
  drift <- lcrisk_drift(model, data, by = "all", reference = data)
  expect_identical(max(drift[["psi"]]), 0)
  expect_true(all(drift[["verdict"]] == "stable"))
})

test_that("a saved model remembers the same distributions", {
  data <- drift_rows_of(2000L, 0L)
  model <- lcrisk_train(y ~ . - issue_d, data, learner = "logit", seed = 1)
  path <- tempfile()
  lcrisk_save(model, path)
  later <- drift_rows_of(300L, 20000L)
  expect_identical(as.list(lcrisk_drift(lcrisk_load(path), later)),
                   as.list(lcrisk_drift(model, later)))
})

test_that("rows that cannot be dated and other bad input are refused by class", {
  model <- drift_model()
  data <- drift_rows_of(300L, 20000L)
  undated <- data
  undated$issue_d <- NULL
  gap <- data
  gap$issue_d[3L] <- NA
  expect_cases(list(
    case("DRF-01", "no date", lcrisk_drift(model, undated), "error input no_time"),
    case("DRF-02", "gap", lcrisk_drift(model, gap), "error input missing_date"),
    case("DRF-03", "no rows", lcrisk_drift(model, data[0L, ]),
         "error input too_few_rows"),
    case("DRF-04", "no such column", lcrisk_drift(model, data, time = "when"),
         "error schema missing_column"),
    case("DRF-05", "short", lcrisk_drift(model, data, time = Sys.Date()),
         "error input bad_argument"),
    case("DRF-06", "unit", lcrisk_drift(model, data, by = "week"),
         "error input bad_choice"),
    case("DRF-07", "no model", lcrisk_drift(1, data), "error model bad_model"),
    case("DRF-08", "no feature", lcrisk_drift(model, data[c("income", "issue_d")]),
         "error schema missing_column"),
    case("DRF-09", "undated, at once", lcrisk_drift(model, undated, by = "all"), "ok")
  ))
})

test_that("drift draws itself", {
  model <- drift_model()
  drift <- lcrisk_drift(model, drift_rows_of(600L, 20000L, 5,
                                             c("2012-01-01", "2012-02-01")))
  pdf(NULL)
  on.exit(dev.off())
  for (which in c("score", "features", "performance")) {
    expect_identical(plot(drift, which = which), drift)
  }
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(drift), "ggplot")
  expect_error(plot(drift, which = "all"), class = "lcrisk_error_input")
})
