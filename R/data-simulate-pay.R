# What happened to the simulated loans: who fails and when, and every column that
# follows from it on the day of the snapshot.

# 1 where the loan fails, by a logistic model of the scores fitted to the real loans,
# its level moved to the bad rate of the year
draw_failures <- function(sim) {
  weights <- simulation_table("outcome")
  weight <- stats::setNames(weights[["weight"]], weights[["term"]])
  years <- simulation_table("years")
  target <- years[["bad"]][year_row(sim$issued)]
  log_odds <- weight[["intercept"]] + weight[["meets_policy"]] * (!sim$exception) +
    stats::qlogis(target) - stats::qlogis(0.15)
  for (name in setdiff(names(weight), c("intercept", "meets_policy"))) {
    log_odds <- log_odds + weight[[name]] * sim$score[[name]]
  }
  units(sim, "fails") < stats::plogis(log_odds)
}

figure <- function(name) {
  figures <- simulation_table("figures")
  figures[["value"]][match(name, figures[["figure"]])]
}

# A value of the payments' quantile table at the place `u`
payment_quantile <- function(name, u) {
  table <- simulation_table("payments")
  row <- table[table[["figure"]] == name]
  columns <- setdiff(names(row), "figure")
  stats::approx(as.double(sub("p", "", columns)) / 100,
                unlist(row[, columns, with = FALSE], use.names = FALSE), u)$y
}

# Payments month by month follow from amount, rate and term: `age` is the month of the
# last payment, `paid` how many instalments had been paid by the snapshot.
draw_payments <- function(sim, snapshot) {
  x <- sim$column
  fails <- draw_failures(sim)
  u <- units(sim, "age")
  age <- fifelse(fails, floor(payment_quantile("bad_share_of_term", u) * x$term),
                 pmax(round(payment_quantile("good_share_of_term", u) * x$term), 1))
  age[fails] <- pmin(age[fails], x$term[fails] - 1)
  age[fails & units(sim, "never paid") < figure("never_paid")] <- 0
  elapsed <- pmax(snapshot - sim$issued, 0L)
  behind <- elapsed - age
  ended <- fifelse(fails, behind >= 5L, behind >= 0L)
  sim$state <- list(fails = fails, ended = ended, behind = behind)
  paid <- pmin(age, elapsed, x$term)
  sim$paid <- paid

  rate <- x$int_rate / 1200
  growth <- (1 + rate)^paid
  balance <- pmax(x$funded_amnt * growth - x$installment * (growth - 1) / rate, 0)
  before <- pmax((balance + x$installment) / (1 + rate), 0)
  repaid <- ended & !fails
  interest <- pmax(x$installment * paid - (x$funded_amnt - balance), 0)
  sim$unpaid <- fifelse(repaid, 0, balance)
  x$out_prncp <- round(fifelse(ended, 0, balance), 2)
  x$total_rec_prncp <- round(x$funded_amnt - sim$unpaid, 2)
  x$total_rec_int <- round(interest, 2)
  often <- fifelse(fails, figure("late_fee_bad"), figure("late_fee_good"))
  charged <- units(sim, "late fee") < often
  x$total_rec_late_fee <- fifelse(charged & paid > 2,
                                  round(pmax(15, 0.05 * x$installment), 2), 0)
  lost <- fails & ended
  recovers <- lost & units(sim, "recovers") < figure("recovers")
  share <- payment_quantile("recovered_share", units(sim, "recovered share"))
  x$recoveries <- fifelse(recovers, round(share * sim$unpaid, 2), 0)
  x$collection_recovery_fee <- fifelse(
    recovers, round(x$recoveries * fifelse(units(sim, "fee") < 0.5, 0.18, 0.01), 2), 0
  )
  received <- x$total_rec_prncp + x$total_rec_int + x$total_rec_late_fee + x$recoveries
  x$total_pymnt <- round(received, 2)
  x$last_pymnt_amnt <- round(fifelse(paid == 0, 0, fifelse(
    repaid, pmin(before * (1 + rate), x$funded_amnt * (1 + rate)), x$installment
  )), 2)
  investors <- x$funded_amnt_inv / x$funded_amnt
  x$out_prncp_inv <- round(x$out_prncp * investors, 2)
  x$total_pymnt_inv <- round(x$total_pymnt * investors, 2)
  sim$column <- x
  draw_events(sim, snapshot)
}

# Status and the dates and scores that go with it
draw_events <- function(sim, snapshot) {
  x <- sim$column
  fails <- sim$state$fails
  ended <- sim$state$ended
  behind <- sim$state$behind
  late <- fails & !ended & behind > 0L
  status <- fcase(
    ended & fails, 2L, ended, 1L, late & behind >= 2L, 4L,
    late & units(sim, "grace") < 0.5, 5L, late, 6L, rep(TRUE, sim$n), 3L
  )
  x$loan_status <- factor_of(status, c(
    "Fully Paid", "Charged Off", "Current", "Late (31-120 days)", "In Grace Period",
    "Late (16-30 days)"
  ))
  last <- sim$issued + as.integer(sim$paid)
  x$last_pymnt_d <- month_date(fifelse(sim$paid == 0, NA_integer_, last))
  x$next_pymnt_d <- month_date(fifelse(ended, NA_integer_, snapshot + 1L))
  after <- as.integer(-log(pmax(units(sim, "pull"), 1e-9)) * 14)
  pulled <- pmin(fifelse(ended, last + after, snapshot), snapshot)
  x$last_credit_pull_d <- month_date(pulled)
  u <- units(sim, "last fico")
  score <- fifelse(fails, payment_quantile("bad_last_fico", u),
                   payment_quantile("good_last_fico", u))
  score <- 5 * floor(score / 5)
  x$last_fico_range_low <- fifelse(score < 500, 0, score)
  x$last_fico_range_high <- fifelse(score < 500, 499, pmin(score + 4, 850))
  x$pymnt_plan <- rep(FALSE, sim$n)
  x$hardship_flag <- rep(FALSE, sim$n)
  sim$column <- x
  draw_settlements(sim, last + 5L, snapshot)
}

# Some charged-off borrowers settle through a company
draw_settlements <- function(sim, charged_off, snapshot) {
  x <- sim$column
  settles <- sim$state$fails & sim$state$ended & charged_off + 2L <= snapshot &
    units(sim, "settles") < figure("settles") * fifelse(sim$late, 4, 1)
  only <- function(value) replace(value, !settles, NA)
  month <- pmin(charged_off + 2L + as.integer(12 * units(sim, "settled in")), snapshot)
  percent <- c(40, 45, 50, 55, 60, 65)[1L + as.integer(6 * units(sim, "settled for"))]
  x$debt_settlement_flag <- settles
  x$debt_settlement_flag_date <- month_date(only(pmin(month + 1L, snapshot)))
  x$settlement_status <- factor_of(
    only(1L + (units(sim, "settlement") > 0.4) + (units(sim, "settlement") > 0.75)),
    c("COMPLETE", "ACTIVE", "BROKEN")
  )
  x$settlement_date <- month_date(only(month))
  x$settlement_amount <- only(round(percent / 100 * sim$unpaid, 2))
  x$settlement_percentage <- only(percent)
  months <- c(1, 6, 12, 18, 24)[1L + as.integer(5 * units(sim, "settled over"))]
  x$settlement_term <- only(months)
  sim$column <- x
  sim
}
