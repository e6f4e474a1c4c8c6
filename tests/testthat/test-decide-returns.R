# A few loans of known fate, in the file's columns
few_paid <- function() {
  month <- function(x) data.table::as.IDate(paste0(x, "-01"))
  data.table::data.table(
    loan_status = c("Fully Paid", "Fully Paid", "Charged Off", "Charged Off", "Current"),
    term = 36L, int_rate = 12, funded_amnt = c(1000, 1000, 1000, 1000, 1000),
    installment = 1000 * 0.01 / (1 - 1.01^-36),
    issue_d = month("2008-01"),
    last_pymnt_d = month(c("2011-01", "2008-02", "2008-11", NA, "2008-06")),
    total_rec_prncp = c(1000, 1000, 250, 0, 100),
    total_rec_int = c(36 * 1000 * 0.01 / (1 - 1.01^-36) - 1000, 10, 80, 0, 40),
    total_rec_late_fee = c(0, 0, 15, 0, 0),
    recoveries = c(0, 0, 60, 100, 0), collection_recovery_fee = c(0, 0, 10, 1, 0),
    total_pymnt = c(36 * 1000 * 0.01 / (1 - 1.01^-36), 1010, 405, 100, 140)
  )
}

paid_loans <- function(n = 1500L, seed = 5) {
  lcrisk_outcome(lcrisk_simulate(n, seed = seed, to = "2011-12", snapshot = "2018-12"))
}

test_that("returns of loans of known fate are right", {
  r <- lcrisk_returns(few_paid(), resamples = 20)
  expect_equal(r[["irr"]][1L], 1.01^12 - 1)          # the rate of the contract
  expect_equal(r[["irr"]][2L], 1.01^12 - 1)          # repaid after a month
  expect_equal(r[["profit"]], c(195.7151, 10, 395 - 1000, 99 - 1000, NA),
               tolerance = 1e-6)
  expect_equal(r[["irr"]][4L], 0.099^(12 / 13) - 1)  # 99 after a month and a year
  expect_equal(r[["ead"]], c(NA, NA, 750, 1000, NA))
  expect_equal(r[["lgd"]][3:4], c(1 - 50 / 750, 1 - 99 / 1000))
  expect_identical(r[["months"]], c(36L, 1L, 10L, 0L, 5L))
  expect_identical(r[["default"]], c(0L, 0L, 1L, 1L, NA))
  expect_identical(r[["irr"]][5L], NA_real_)
  expect_identical(attr(r, "n_open"), 1L)
  # the third: 345 in ten months, 50 a year later, by the definition of the rate
  monthly <- (1 + r[["irr"]][3L])^(1 / 12)
  instalment <- few_paid()$installment[1L]
  flows <- c(rep(instalment, 9L), 345 - 9 * instalment, double(11L), 50)
  expect_equal(sum(flows / monthly^seq_along(flows)), 1000)
})

test_that("a platform's fee comes off every payment", {
  r <- lcrisk_returns(few_paid(), fee = 0.01, resamples = 20)
  expect_equal(r[["profit"]][2L], 1010 * 0.99 - 1000)
  expect_equal(r[["paid"]][1L], few_paid()$total_pymnt[1L] * 0.99)
})

test_that("totals that do not add up are counted, never repaired in silence", {
  loans <- few_paid()
  loans$total_pymnt[2L] <- 1100
  warning <- expect_warning(r <- lcrisk_returns(loans, resamples = 20),
                            class = "lcrisk_warning_data")
  expect_identical(warning$code, "identity")
  expect_identical(attr(r, "identity")$n_broken, 1L)
  expect_equal(r[["gap"]][2L], 90)
  expect_equal(r[["profit"]][2L], 10)  # from the parts
  loans <- few_paid()
  loans$installment[1L] <- NA
  warning <- expect_warning(r <- lcrisk_returns(loans, resamples = 20),
                            class = "lcrisk_warning_data")
  expect_identical(warning$code, "unusable")
  expect_identical(r[["irr"]][1L], NA_real_)
})

test_that("all together are worth what all were lent", {
  loans <- paid_loans()
  r <- lcrisk_returns(loans, resamples = 30)
  pooled <- attr(r, "pooled")
  of <- function(name) pooled[["estimate"]][pooled[["metric"]] == name]
  expect_equal(of("profit"), sum(r[["profit"]]))
  expect_equal(of("return"), sum(r[["profit"]]) / sum(r[["funded"]]))
  expect_equal(of("bad_rate"), mean(loans$default))
  bad <- r[["default"]] == 1L
  expect_equal(of("ead_share"), sum(r[["ead"]][bad]) / sum(r[["funded"]][bad]))
  # present values at the pooled rate, loan by loan by the documented rule
  monthly <- (1 + of("irr"))^(1 / 12)
  value <- vapply(seq_len(nrow(r)), function(i) {
    m <- max(r[["months"]][i], 1L)
    regular <- if ((m - 1) * r[["instalment"]][i] > r[["paid"]][i]) r[["paid"]][i] / m
               else r[["instalment"]][i]
    flow <- c(rep(regular, m - 1L), r[["paid"]][i] - (m - 1) * regular)
    sum(flow / monthly^seq_along(flow)) + r[["recovered"]][i] / monthly^(m + 12L)
  }, 0)
  expect_equal(sum(value), sum(r[["funded"]]))
  expect_true(all(pooled[["lower"]] < pooled[["estimate"]] &
                    pooled[["estimate"]] < pooled[["upper"]]))
  again <- lcrisk_returns(loans, resamples = 30, threads = 3)
  expect_identical(as.list(again), as.list(r))
})

test_that("a frame gives the returns of its loans", {
  loans <- paid_loans(400L)
  frame <- lcrisk_features(loans)
  expect_equal(lcrisk_returns(frame, resamples = 20)[["irr"]],
               lcrisk_returns(loans, resamples = 20)[["irr"]])
})

test_that("loans without money are refused by class", {
  loans <- few_paid()
  some <- function(drop) loans[, setdiff(names(loans), drop), with = FALSE]
  expect_cases(list(
    case("RET-01", "no payments", lcrisk_returns(some("total_rec_int")),
         "error schema missing_column"),
    case("RET-02", "no status", lcrisk_returns(some("loan_status")),
         "error schema missing_column"),
    case("RET-03", "none ended", lcrisk_returns(loans[5L]), "error input no_ended_loan"),
    case("RET-04", "fee", lcrisk_returns(loans, fee = 2), "error input bad_argument"),
    case("RET-05", "text", lcrisk_returns(data.frame(lapply(loans, as.character))),
         "error input bad_argument"),
    case("RET-06", "no rows", lcrisk_returns(loans[0L]), "error input too_few_rows"),
    case("RET-07", "no failure", lcrisk_hazards(loans[1:2]), "error input no_failure"),
    case("RET-08", "no term", lcrisk_hazards(some("term")), "error schema missing_column")
  ))
})

test_that("the identity holds in every loan of the real file", {
  loans <- lcrisk_outcome(lcrisk_read(real_file("raw/LoanStats3a_securev1.csv.zip"),
                                      progress = FALSE))
  r <- lcrisk_returns(loans, resamples = 20)
  expect_identical(attr(r, "identity")$n_broken, 0L)
  expect_true(all(r[["irr"]] >= -1 & r[["irr"]] < 0.35))
})

# ---- hazards -------------------------------------------------------------------

test_that("hazards are shares of the loans still running", {
  loans <- few_paid()
  h <- lcrisk_hazards(loans)
  m <- as.list(h$months)
  # months: repaid in 36 and 1, failed in 11 and 1, left our sight after 5
  expect_identical(m$running[c(1L, 2L, 6L, 12L, 36L)], c(5L, 3L, 2L, 1L, 1L))
  expect_equal(m$fails[c(1L, 11L)], c(1 / 5, 1 / 2))
  expect_equal(m$repays[c(1L, 36L)], c(1 / 4, 1))
  expect_identical(sum(m$failed), 2L)
  expect_equal(h$lgd[["estimate"]], 1 - (50 + 99) / 1750)
})

test_that("expected loss is PD x LGD x EAD and profit falls as PD rises", {
  loans <- paid_loans()
  h <- lcrisk_hazards(loans)
  prob <- rep(c(0.05, 0.2, 0.5), length.out = nrow(loans))
  e <- lcrisk_expect(h, loans, prob)
  expect_equal(e[["loss"]], e[["pd"]] * e[["ead"]] * h$lgd[["estimate"]],
               tolerance = 1e-8)
  expect_true(all(e[["ead"]] > 0 & e[["ead"]] < e[["funded"]]))
  worse <- lcrisk_expect(h, loans, prob + 0.1)
  expect_true(all(worse[["profit"]] < e[["profit"]] & worse[["irr"]] < e[["irr"]]))
  expect_identical(as.list(lcrisk_expect(h, loans, prob, threads = 3)), as.list(e))
  none <- lcrisk_expect(h, loans, prob, lgd = 0)
  expect_true(all(none[["loss"]] == 0 & none[["profit"]] > e[["profit"]]))
})

test_that("the back-test accepts the loans it was learned from", {
  loans <- paid_loans(3000L)
  h <- lcrisk_hazards(loans)
  by_term <- stats::ave(loans$default, loans$term)
  e <- lcrisk_expect(h, loans, by_term, by = loans$term)
  test <- attr(e, "backtest")
  expect_setequal(test[["group"]], c("36", "60"))
  defaults <- test[test[["measure"]] == "defaults"]
  expect_equal(defaults[["ratio"]], c(1, 1))
  loss <- test[test[["measure"]] == "loss"]
  expect_true(all(abs(loss[["ratio"]] - 1) < 0.15))
  # and refuses a tenth of the failures
  low <- attr(lcrisk_expect(h, loans, by_term / 10), "backtest")
  expect_false(any(low[["inside"]]))
  expect_null(attr(lcrisk_expect(h, loans[, c("funded_amnt", "installment", "int_rate",
                                              "term")], by_term), "backtest"))
  expect_cases(list(
    case("EXP-01", "term", lcrisk_expect(h, data.table::copy(loans)[, term := 48L],
                                         by_term), "error input unknown_term"),
    case("EXP-02", "length", lcrisk_expect(h, loans, 0.1), "error input bad_length"),
    case("EXP-03", "probability", lcrisk_expect(h, loans, by_term + 1),
         "error input bad_probability"),
    case("EXP-04", "hazards", lcrisk_expect(1, loans, by_term),
         "error input bad_argument"),
    case("EXP-05", "amount", lcrisk_expect(h, data.table::copy(loans)[3L,
                                               funded_amnt := NA], by_term),
         "error input bad_value")
  ))
})

test_that("returns, hazards and expectations print and draw themselves", {
  loans <- paid_loans(600L)
  r <- lcrisk_returns(loans, resamples = 20)
  h <- lcrisk_hazards(loans)
  e <- lcrisk_expect(h, loans, rep(0.15, nrow(loans)))
  pdf(NULL)
  on.exit(dev.off())
  expect_identical(plot(r), r)
  expect_identical(plot(h), h)
  expect_match(format(r), "identity", all = FALSE)
  expect_match(format(h), "LGD", all = FALSE)
  expect_match(format(e), "back-test", all = FALSE)
})
