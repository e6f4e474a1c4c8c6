# What approving by a model would have been worth on real loans: the policies of the
# vignette's table at 70 % approval, each figure with its interval, and the back-test of
# expected loss and profit.
#
#   LCRISK_REAL_DATA=<folder> BENCH=money make bench
#
# Trained on loans issued up to 2010, judged on those of 2011. MONEY_YEAR=2010 judges the
# year before instead, which is where settings were chosen.
library(lcrisk)
source("bench/lib/machine.R")

file <- file.path(Sys.getenv("LCRISK_REAL_DATA"), "raw", "LoanStats3a_securev1.csv.zip")
if (!file.exists(file)) {
  message("money: left out; the real loans are not here (LCRISK_REAL_DATA)")
  quit(status = 0)
}
YEAR <- as.integer(Sys.getenv("MONEY_YEAR", "2011"))

frame <- lcrisk_features(lcrisk_outcome(lcrisk_read(file)))
frame <- frame[data.table::year(frame$issue_d) <= YEAR]
split <- lcrisk_split(frame, test_from = sprintf("%d-01-01", YEAR))
# loans of 60 months begin in May 2010: nothing is known of their timing before
seen <- split$test$term %in% split$train$term
split$test <- split$test[seen]
hazards <- lcrisk_hazards(split$train)
learners <- c("logit", "boost")
models <- lapply(stats::setNames(nm = learners), function(learner) {
  suppressWarnings(lcrisk_train(split$train, learner = learner, seed = 1))
})
prob <- lapply(models, stats::predict, split$test)
names(prob) <- paste("PD,", learners)
expected <- lapply(prob, function(p) lcrisk_expect(hazards, split$test, p))
value <- c(
  stats::setNames(lapply(expected, `[[`, "return"), paste("expected return,", learners)),
  stats::setNames(lapply(expected, `[[`, "irr"), paste("expected IRR,", learners))
)
returns <- lcrisk_returns(split$test)
strategy <- lcrisk_strategy(returns, prob, value, split$test$sub_grade,
                            resamples = 1000L)

policy_rows <- function(x) {
  x <- as.data.frame(x)
  all <- x[x$policy == "random" & x$share == 1, ]
  all$policy <- "approve all"
  x <- rbind(all, x[x$share == 0.7, ])
  x$policy[x$policy == "benchmark"] <- "`sub_grade`"
  x$policy[x$policy == "random"] <- "at random"
  cell <- function(name, scale, digits) {
    sprintf("%.*f (%.*f, %.*f)", digits, scale * x[[name]], digits,
            scale * x[[paste0(name, "_lower")]], digits,
            scale * x[[paste0(name, "_upper")]])
  }
  sprintf("| %s | %s | %s | %s | %s |", x$policy, cell("bad_rate", 100, 1),
          cell("return", 1, 3), cell("irr", 100, 1), cell("profit", 1e-6, 1))
}

difference_rows <- function(x) {
  x <- as.data.frame(attr(x, "difference"))
  x <- x[x$metric %in% c("return", "irr", "profit"), ]
  scale <- c(return = 1, irr = 100, profit = 1e-6)[x$metric]
  digits <- c(return = 3L, irr = 1L, profit = 1L)[x$metric]
  unit <- c(return = "per dollar", irr = "IRR, points a year", profit = "profit, $M")
  sprintf("| %s | %s | %+.*f (%+.*f, %+.*f) |", x$policy, unit[x$metric], digits,
          scale * x$estimate, digits, scale * x$lower, digits, scale * x$upper)
}

backtest_rows <- function(x, name) {
  x <- as.data.frame(attr(x, "backtest"))
  scale <- ifelse(x$measure == "defaults", 1, 1e-6)
  digits <- ifelse(x$measure == "defaults", 0L, 2L)
  sprintf("| %s | %s | %.*f | %.*f (%.*f, %.*f) | %.2f |", name,
          ifelse(x$measure == "defaults", x$measure, paste0(x$measure, ", $M")), digits,
          scale * x$expected, digits, scale * x$realised, digits, scale * x$lower, digits,
          scale * x$upper, x$ratio)
}

pooled <- as.data.frame(attr(returns, "pooled"))
identity <- attr(returns, "identity")
of <- function(name) {
  row <- pooled[pooled$metric == name, ]
  sprintf("%.3f (%.3f, %.3f)", row$estimate, row$lower, row$upper)
}
lines <- c(
  machine("Money", sprintf(
    paste("Policy loans issued in %d (%s), all ended; models and hazards from those",
          "issued before (%s). Default settings, seed 1, no grade and no rate among the",
          "features. 95 %% intervals of 1,000 bootstrap samples of the loans. Nothing",
          "was chosen on loans of 2011: they were looked at once, for this table."),
    YEAR, format(nrow(split$test), big.mark = ","),
    format(nrow(split$train), big.mark = ",")
  ), "", sprintf(
    paste("The identity of payments holds in %s of %s loans; LGD %s of the exposure,",
          "which is %s of funded for bad loans."),
    format(identity$n - identity$n_broken, big.mark = ","),
    format(identity$n, big.mark = ","), of("lgd"), of("ead_share")
  ), ""),
  "## Approving 70 %", "",
  "| policy | bad rate, % | profit per $ | IRR, % a year | profit, $M |",
  "| --- | --- | --- | --- | --- |", policy_rows(strategy), "",
  "Less `sub_grade`, paired:", "",
  "| policy | | difference |", "| --- | --- | --- |", difference_rows(strategy), "",
  "## Expected and realised", "",
  "| PD of | measure | expected | realised (interval) | realised / expected |",
  "| --- | --- | --- | --- | --- |",
  unlist(Map(backtest_rows, expected, learners), use.names = FALSE), ""
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
