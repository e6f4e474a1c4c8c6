strategy_scene <- function(n = 1200L) {
  loans <- lcrisk_outcome(lcrisk_simulate(n, seed = 6, to = "2011-12",
                                          snapshot = "2018-12"))
  returns <- lcrisk_returns(loans, resamples = 20)
  prob <- stats::plogis(-2 - (loans$fico_range_low - 710) / 40)
  value <- (1 - prob) * loans$int_rate / 100 - prob * 0.5
  list(loans = loans, returns = returns, prob = prob, value = value)
}

cell <- function(x, policy, share) {
  i <- which(x[["policy"]] == policy & abs(x[["share"]] - share) < 1e-12)
  lapply(as.list(x)[seq_along(x)], `[`, i)
}

test_that("each policy is what its best share returned", {
  s <- strategy_scene()
  found <- lcrisk_strategy(s$returns, s$prob, s$value, s$loans$sub_grade,
                           shares = c(0.25, 1), at = 0.5, resamples = 20)
  expect_identical(unique(found[["policy"]]), c("pd", "return", "benchmark", "random"))
  expect_identical(unique(found[["share"]]), c(0.25, 0.5, 1))
  best <- function(key, share) {
    part <- approved_part(key, share)
    c(n = sum(part), bad_rate = sum(part * s$returns[["default"]]) / sum(part),
      profit = sum(part * s$returns[["profit"]]),
      return = sum(part * s$returns[["profit"]]) / sum(part * s$returns[["funded"]]))
  }
  keys <- list(pd = s$prob, return = -s$value, benchmark = as.double(s$loans$sub_grade))
  for (policy in names(keys)) {
    for (share in c(0.25, 0.5, 1)) {
      row <- cell(found, policy, share)
      expect_equal(unlist(row[c("n", "bad_rate", "profit", "return")]),
                   best(keys[[policy]], share))
    }
  }
  expect_equal(cell(found, "random", 0.25)$bad_rate, mean(s$loans$default))
  all <- attr(s$returns, "pooled")
  expect_equal(cell(found, "pd", 1)$irr, all[["estimate"]][all[["metric"]] == "irr"])
})

test_that("equal loans are taken in equal parts, whatever the order of the rows", {
  key <- c(2, 1, 1, 1, 3, 3)
  expect_equal(approved_part(key, 0.5), c(0, 1, 1, 1, 0, 0))
  expect_equal(approved_part(key, 1 / 3), c(0, 2, 2, 2, 0, 0) / 3)
  expect_equal(sum(approved_part(key, 0.8)), 4.8)
  s <- strategy_scene(600L)
  shuffled <- rev(seq_len(nrow(s$loans)))
  one <- lcrisk_strategy(s$returns, s$prob, NULL, s$loans$grade, resamples = 20)
  turned <- lcrisk_returns(s$loans[shuffled], resamples = 20)
  two <- lcrisk_strategy(turned, s$prob[shuffled], NULL, s$loans$grade[shuffled],
                         resamples = 20)
  for (name in c("bad_rate", "profit", "irr")) expect_equal(one[[name]], two[[name]])
})

test_that("the swap set is what changes hands", {
  s <- strategy_scene()
  found <- lcrisk_strategy(s$returns, s$prob, NULL, s$loans$sub_grade, at = 0.6,
                           resamples = 20)
  swap <- attr(found, "swap")
  n <- stats::setNames(swap[["n"]], swap[["set"]])
  expect_equal(n[["both"]] + n[["in"]], 0.6 * nrow(s$loans))
  expect_equal(n[["in"]], n[["out"]])
  profit <- stats::setNames(swap[["profit"]], swap[["set"]])
  expect_equal(profit[["both"]] + profit[["in"]], cell(found, "pd", 0.6)$profit)
  expect_equal(profit[["both"]] + profit[["out"]], cell(found, "benchmark", 0.6)$profit)
  difference <- attr(found, "difference")
  gap <- difference[difference[["policy"]] == "pd" & difference[["metric"]] == "profit"]
  expect_equal(gap[["estimate"]], profit[["in"]] - profit[["out"]])
})

test_that("intervals are those of drawing loans again", {
  s <- strategy_scene()
  found <- lcrisk_strategy(s$returns, s$prob, resamples = 400)
  rate <- cell(found, "random", 1)
  expect_equal(rate$bad_rate_upper - rate$bad_rate,
               1.96 * stats::sd(s$loans$default) / sqrt(nrow(s$loans)), tolerance = 0.15)
  expect_equal(rate$profit_upper - rate$profit,
               1.96 * stats::sd(s$returns[["profit"]]) * sqrt(nrow(s$loans)),
               tolerance = 0.15)
  # by lot the choice itself is chance: wider than the same share of a ranking's
  half <- cell(found, "random", 0.5)
  expect_gt(half$bad_rate_upper - half$bad_rate, 1.2 * (rate$bad_rate_upper -
                                                          rate$bad_rate))
  again <- lcrisk_strategy(s$returns, s$prob, resamples = 400, threads = 3)
  expect_identical(as.list(again), as.list(found))
})

test_that("a portfolio is the best of all subsets, or within one loan of it", {
  every <- as.matrix(expand.grid(rep(list(0:1), 12L)))
  for (k in 1:12) {
    u <- matrix(park_miller(36L, k), 12L)
    worth <- 10 * u[, 1L] - 3
    amount <- 5 + 20 * u[, 2L]
    prob <- 0.4 * u[, 3L]
    capital <- 60 + 10 * k
    limit <- if (k %% 2L) 0.15
    found <- best_portfolio(worth, amount, prob, capital, limit)
    fits <- every %*% amount <= capital
    if (!is.null(limit)) fits <- fits & every %*% (prob - limit) <= 1e-12
    best <- max((every %*% worth)[fits])
    own <- sum(worth[found$rows])
    expect_lte(sum(amount[found$rows]), capital)
    if (!is.null(limit)) expect_lte(mean(prob[found$rows]), limit + 1e-12)
    expect_lte(own, best + 1e-9)
    expect_gte(found$bound, best - 1e-6)  # no choice is worth more than the bound
    expect_gte(own, best - 2 * max(worth))
  }
})

test_that("a portfolio keeps its limits and says what became of it", {
  s <- strategy_scene()
  found <- lcrisk_strategy(s$returns, s$prob, s$value, capital = 3e6, bad_rate = 0.12,
                           resamples = 20)
  portfolio <- attr(found, "portfolio")
  expect_lte(portfolio$funded, 3e6)
  expect_lte(portfolio$expected_bad_rate, 0.12 + 1e-12)
  expect_lte(portfolio$expected, portfolio$bound)
  expect_gt(portfolio$expected, 0.99 * portfolio$bound)
  expect_equal(portfolio$outcome[["profit"]],
               sum(s$returns[["profit"]][portfolio$rows]))
  expect_match(format(found), "portfolio", all = FALSE)
})

test_that("open loans take no part", {
  s <- strategy_scene(600L)
  loans <- data.table::copy(s$loans)
  data.table::set(loans, 1:100, "default", NA_integer_)
  returns <- lcrisk_returns(loans, resamples = 20)
  found <- lcrisk_strategy(returns, s$prob, resamples = 20)
  expect_identical(attr(found, "n_open"), 100L)
  expect_equal(cell(found, "pd", 1)$profit, sum(s$returns[["profit"]][-(1:100)]))
})

test_that("policies that cannot be judged are refused by class", {
  s <- strategy_scene(400L)
  r <- s$returns
  expect_cases(list(
    case("STR-01", "no returns", lcrisk_strategy(s$loans, s$prob),
         "error input bad_argument"),
    case("STR-02", "length", lcrisk_strategy(r, 0.1), "error input bad_argument"),
    case("STR-03", "gap", lcrisk_strategy(r, c(NA, s$prob[-1L])),
         "error input missing_score"),
    case("STR-04", "not a probability", lcrisk_strategy(r, s$prob + 1),
         "error input bad_probability"),
    case("STR-05", "twice", lcrisk_strategy(r, list(pd = s$prob), list(pd = s$value)),
         "error input repeated_policy"),
    case("STR-06", "reserved", lcrisk_strategy(r, list(random = s$prob)),
         "error input repeated_policy"),
    case("STR-07", "no value", lcrisk_strategy(r, s$prob, capital = 1e6),
         "error input no_value"),
    case("STR-08", "nothing fits", lcrisk_strategy(r, s$prob, s$value, capital = 1),
         "error input no_portfolio"),
    case("STR-09", "share", lcrisk_strategy(r, s$prob, at = 0),
         "error input bad_argument"),
    case("STR-10", "grade", lcrisk_strategy(r, s$prob, NULL, c(NA, s$prob[-1L])),
         "error input bad_argument"),
    case("STR-11", "no loans", lcrisk_strategy(r[0L], numeric()), "error input no_ended")
  ))
  refused <- expect_error(lcrisk_strategy(r, s$prob, shares = 0),
                          class = "lcrisk_error_input")
  expect_identical(refused$arg, "shares")
})

test_that("a strategy draws itself by every measure", {
  s <- strategy_scene(400L)
  found <- lcrisk_strategy(s$returns, s$prob, resamples = 20)
  pdf(NULL)
  on.exit(dev.off())
  for (metric in strategy_metrics) expect_identical(plot(found, metric), found)
  expect_identical(plot(found, intervals = FALSE), found)
  expect_error(plot(found, "money"), class = "lcrisk_error_input")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(found, "irr"), "ggplot")
})
