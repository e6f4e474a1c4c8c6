#' What each loan returned
#'
#' Rebuilds the payments of each loan from the totals of Lending Club's files, checks that
#' the totals add up, and gives profit, yearly internal rate of return (IRR), exposure at
#' default and loss given default of each loan, and of all together with intervals.
#'
#' @param loans Loans from [lcrisk_outcome()] or [lcrisk_read()], a frame from
#'   [lcrisk_features()], or a data frame with the columns `funded_amnt`, `installment`,
#'   `issue_d`, `last_pymnt_d`, `total_pymnt`, `total_rec_prncp`, `total_rec_int`,
#'   `total_rec_late_fee`, `recoveries`, `collection_recovery_fee`, and `default` (0/1) or
#'   `loan_status`.
#' @param fee Share of every payment that the platform keeps, 0 to 1: 0.01 is what Lending
#'   Club took from investors. 0: the borrower's side of the business.
#' @param ... Nothing else: an unknown argument is an error.
#' @param level Coverage of the intervals.
#' @param resamples Bootstrap samples of the loans, 20 or more.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A data.table of class `lcrisk_returns`, one row per loan in order: `default`
#'   (0, 1, or NA for a loan that has not ended, which has no return yet), `funded` (USD
#'   lent), `instalment` (USD a month), `months` (from issue to the last payment), `paid`
#'   (USD, before a charge-off, after the fee), `recovered` (USD, after it, net of
#'   collection fee), `profit` (paid + recovered - funded, USD), `return` (profit over
#'   funded), `irr` (a year), `ead` (principal unpaid, USD) and `lgd` (share of it lost),
#'   both NA for good loans, and `gap` (USD by which `total_pymnt` differs from the sum of
#'   its parts).
#'
#'   Attributes: `pooled`, a data.table `metric`, `estimate`, `lower`, `upper` of all
#'   ended loans together (`bad_rate`, `profit`, `return`, `irr`, `lgd`, `ead_share`:
#'   exposure over funded of bad loans); `identity`, a list `n`, `n_broken`, `largest`;
#'   `n_open`, `n_unusable`, `fee`, `level`.
#' @details
#' **Identity.** `total_pymnt` = principal + interest + late fees + recoveries, to the
#' cent or two that rounding leaves; loans beyond `0.05 + 0.0001 total_pymnt` are counted,
#' with a warning. Returns are computed from the parts. Collection fees come off
#' recoveries.
#'
#' **Payments.** The file says how much was paid in all and when last. So: an instalment
#' in each month from the first, and what is left in the month of the last payment, which
#' is where an early repayment shows. Where that would be more instalments than was paid,
#' equal parts instead. What was recovered comes 12 months after the last payment. A loan
#' that was never paid has an IRR of -1. The IRR is the rate (1 + monthly rate)^12 - 1 at
#' which these payments are worth the amount lent at issue.
#'
#' **Pooled** IRR is that of all payments together, by age of the loan: it weighs loans by
#' dollars and months, and is what a portfolio earned; the mean of single IRRs is not.
#' Intervals: estimate and normal quantiles of the bootstrap over loans; `lgd` and
#' `ead_share` by the delta method. Loans of one vintage share its luck, so the intervals
#' are of sampling, not of recessions.
#'
#' `return` is over the whole life: long dear loans look better by it than by the IRR.
#' @section Errors: `lcrisk_error_schema` when columns are missing; `lcrisk_error_input`
#'   (`no_ended_loan`) when none has ended.
#' @section Warnings: `lcrisk_warning_data`: `identity`, `unusable` (loans without amount,
#'   instalment, date or totals).
#' @family deciding
#' @examples
#' loans <- lcrisk_outcome(lcrisk_simulate(2000, seed = 1, to = "2011-12",
#'                                         snapshot = "2018-12"))
#' returns <- lcrisk_returns(loans, resamples = 50)
#' returns
#' attr(returns, "pooled")
#' plot(returns)
#' @export
lcrisk_returns <- function(loans, fee = 0, ..., level = 0.95, resamples = 200L,
                           threads = lcrisk_threads()) {
  check_call(...)
  loans <- check_data(loans)
  fee <- check_number(fee, 0, 0.5)
  level <- check_level(level)
  resamples <- check_count(resamples, 20L, 1e6)
  run <- new_run(0, threads)
  out <- loan_totals(loans, fee)
  warn_identity(out)
  ended <- which(!is.na(out[["default"]]) & !is.na(out[["funded"]]))
  n_unusable <- sum(is.na(out[["funded"]]))
  if (!length(ended)) {
    lcrisk_abort("input", "no_ended_loan", "None of the loans has ended and is complete.",
                 cure = "`lcrisk_outcome()` keeps the loans that have.", arg = "loans")
  }
  warn_unusable(n_unusable)
  irr <- rep(NA_real_, nrow(out))
  irr[ended] <- .Call(ffi_money_irr, flow_columns(out[ended]), run)
  set(out, j = "irr", value = irr)
  open <- setdiff(seq_len(nrow(out)), ended)
  set(out, open, c("profit", "return", "ead", "lgd"), NA_real_)
  setcolorder(out, c("default", "funded", "instalment", "months", "paid", "recovered",
                     "profit", "return", "irr", "ead", "lgd", "gap"))
  pooled <- pooled_returns(out[ended], level, resamples, run)
  setattr(out, "class", c("lcrisk_returns", class(out)))
  facts <- list(pooled = pooled, identity = identity_of(out),
                n_open = length(open) - n_unusable, n_unusable = n_unusable, fee = fee,
                level = level)
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

# ---- totals --------------------------------------------------------------------

money_columns <- c(
  "funded_amnt", "installment", "issue_d", "last_pymnt_d", "total_pymnt",
  "total_rec_prncp", "total_rec_int", "total_rec_late_fee", "recoveries",
  "collection_recovery_fee"
)

# Everything but the IRR. Loans that lack a figure have `funded` NA.
loan_totals <- function(loans, fee, call = caller_env()) {
  check_columns(loans, money_columns, "loans", call,
                cure = "Lending Club's files have them: read one with lcrisk_read().")
  default <- ended_badly(loans, call)
  number <- function(name) {
    if (!is.numeric(loans[[name]])) {
      abort_argument(name, "a column of numbers", loans[[name]], call)
    }
    as.double(loans[[name]])
  }
  funded <- number("funded_amnt")
  instalment <- number("installment")
  principal <- number("total_rec_prncp")
  # a hair below zero stands in some releases
  received <- pmax(principal + number("total_rec_int") + number("total_rec_late_fee"), 0)
  gross <- number("recoveries")
  recovered <- pmax(gross - number("collection_recovery_fee"), 0)
  issued <- month_number(loans[["issue_d"]])
  last <- month_number(loans[["last_pymnt_d"]])
  months <- fcoalesce(last, issued) - issued
  months[which(months < 0L)] <- NA  # paid before it was lent: a date is wrong
  bad <- default %in% 1L
  ead <- fifelse(bad, pmax(funded - principal, 0), NA_real_)
  out <- data.table(
    default = default, funded = funded, instalment = instalment, months = months,
    paid = received * (1 - fee), recovered = recovered * (1 - fee), ead = ead,
    lgd = fifelse(ead > 0, 1 - recovered / ead, NA_real_),
    gap = number("total_pymnt") - (received + gross)
  )
  whole <- is.finite(funded) & funded > 0 & is.finite(instalment) & instalment > 0 &
    !is.na(months) & is.finite(received) & is.finite(recovered)
  set(out, which(!whole), "funded", NA_real_)
  profit <- out[["paid"]] + out[["recovered"]] - out[["funded"]]
  set(out, j = c("profit", "return"), value = list(profit, profit / out[["funded"]]))
}

# 1 for a loan that ended badly, 0 well, NA not yet
ended_badly <- function(loans, call) {
  if (!is.null(loans[["default"]])) {
    return(resolve_event_or_na(loans[["default"]], call))
  }
  check_columns(loans, "loan_status", "loans", call,
                cure = "`lcrisk_outcome()` adds `default`.")
  status <- sub(policy_prefix, "", trimws(as.character(loans[["loan_status"]])))
  state <- unname(status_states[status])
  fcase(state == "bad", 1L, state == "good", 0L)
}

resolve_event_or_na <- function(x, call) {
  out <- rep(NA_integer_, length(x))
  known <- !is.na(x)
  if (any(known)) {
    out[known] <- resolve_event(x[known], both = FALSE, arg = "default", call = call)$y
  }
  out
}

# What the core reads of loans that have ended
flow_columns <- function(table) {
  list(outlay = table[["funded"]], instalment = table[["instalment"]],
       paid = table[["paid"]], recovered = table[["recovered"]],
       months = table[["months"]], bad = table[["default"]],
       profit = table[["profit"]])
}

broken_identity <- function(table) {
  total <- table[["paid"]] + table[["recovered"]]
  which(abs(table[["gap"]]) > 0.05 + 1e-4 * abs(total))
}

identity_of <- function(table) {
  known <- !is.na(table[["gap"]])
  list(n = sum(known), n_broken = length(broken_identity(table)),
       largest = if (any(known)) max(abs(table[["gap"]][known])) else NA_real_)
}

warn_identity <- function(table) {
  broken <- broken_identity(table)
  if (!length(broken)) return(invisible())
  lcrisk_warn(
    "data", "identity",
    sprintf("In %d of %d loans `total_pymnt` is not the sum of its parts, by up to %.2f.",
            length(broken), nrow(table), max(abs(table[["gap"]][broken]))),
    cure = "Returns are computed from the parts; look at the column `gap`.",
    n = length(broken), row = broken[1L]
  )
}

warn_unusable <- function(n) {
  if (n == 0L) return(invisible())
  lcrisk_warn("data", "unusable",
              sprintf("%s without amount, instalment, date or totals: no return.",
                      count_of(n, "loan")), n = n)
}

# ---- together ------------------------------------------------------------------

policy_measures <- c("n", "bad_rate", "profit", "funded", "irr")

# An array [measure, share, ranking, set]; set 1 is the loans as they are
run_policies <- function(table, rankings, shares, resamples, run) {
  found <- .Call(ffi_money_policy, flow_columns(table), rankings, as.double(shares),
                 resamples, run)
  array(found, c(length(policy_measures), length(shares), length(rankings),
                 resamples + 1L), list(policy_measures, NULL, NULL, NULL))
}

pooled_returns <- function(table, level, resamples, run) {
  found <- run_policies(table, list(NULL), 1, resamples, run)[, 1L, 1L, ]
  found <- rbind(found, return = found["profit", ] / found["funded", ])
  reach <- normal_quantile(level)
  drawn <- lapply(c("bad_rate", "profit", "return", "irr"), function(name) {
    estimate <- found[name, 1L]
    se <- spread_of(found[name, -1L])
    list(metric = name, estimate = estimate, lower = estimate - reach * se,
         upper = estimate + reach * se)
  })
  bad <- table[table[["default"]] == 1L]
  rbindlist(c(drawn, list(
    ratio_row("lgd", bad[["ead"]] - pmin(bad[["recovered"]], bad[["ead"]]), bad[["ead"]],
              level),
    ratio_row("ead_share", bad[["ead"]], bad[["funded"]], level)
  )))
}

# sum(a) / sum(b) with the interval of its first-order error
ratio_row <- function(metric, a, b, level) {
  total <- sum(b)
  if (!length(a) || total == 0) {
    return(list(metric = metric, estimate = NA_real_, lower = NA_real_,
                upper = NA_real_))
  }
  estimate <- sum(a) / total
  n <- length(a)
  se <- if (n > 1L) sqrt(n / (n - 1) * sum((a - estimate * b)^2)) / total else NA_real_
  reach <- normal_quantile(level) * se
  list(metric = metric, estimate = estimate, lower = estimate - reach,
       upper = estimate + reach)
}

# ---- methods -------------------------------------------------------------------

money_text <- function(x) {
  size <- abs(x)
  if (is.na(size)) return("unknown")
  if (size >= 1e6) return(sprintf("$%.1fM", x / 1e6))
  if (size >= 1e4) return(sprintf("$%.0fk", x / 1e3))
  sprintf("$%.2f", x)
}

#' @export
format.lcrisk_returns <- function(x, ...) {
  pooled <- attr(x, "pooled")
  identity <- attr(x, "identity")
  needed <- c("default", "funded", "paid", "recovered", "irr")
  if (is.null(pooled) || !all(needed %in% names(x))) {
    return(c("<lcrisk_returns>", utils::capture.output(print(as.data.table(x)))))
  }
  ended <- !is.na(x[["irr"]])
  total <- function(name) sum(x[[name]][ended])
  told <- function(name, text = function(v) sprintf("%.2f %%", 100 * v)) {
    row <- pooled[pooled[["metric"]] == name]
    sprintf("%s (%s, %s)", text(row[["estimate"]]), text(row[["lower"]]),
            text(row[["upper"]]))
  }
  plain <- function(v) sprintf("%.3f", v)
  c(
    sprintf("<lcrisk_returns> %s that ended%s%s", count_of(sum(ended), "loan"),
            if (attr(x, "n_open") > 0L) {
              sprintf(", %s still open", count_text(attr(x, "n_open")))
            } else "",
            if (attr(x, "fee") > 0) sprintf("; fee %g %%", 100 * attr(x, "fee")) else ""),
    sprintf("  identity   holds in %s of %s, largest gap %s",
            count_text(identity$n - identity$n_broken), count_text(identity$n),
            money_text(identity$largest)),
    sprintf("  funded     %s, paid %s, recovered %s", money_text(total("funded")),
            money_text(total("paid")), money_text(total("recovered"))),
    sprintf("  profit     %s; of funded %s", told("profit", money_text), told("return")),
    sprintf("  IRR        %s a year, all together; median loan %.2f %%", told("irr"),
            100 * stats::median(x[["irr"]][ended])),
    sprintf("  bad        %s of the loans", told("bad_rate")),
    sprintf("  exposure   %s of funded, of which is lost %s", told("ead_share", plain),
            told("lgd", plain)),
    "Next: lcrisk_strategy(returns, prob = ), lcrisk_hazards(loans)."
  )
}

#' @export
print.lcrisk_returns <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_returns <- function(x, ..., xlab = "IRR, percent a year",
                                ylab = "Percent of all loans",
                                main = "What loans returned") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  irr <- 100 * x[["irr"]]
  known <- !is.na(irr)
  edge <- seq(-100, max(40, min(stats::quantile(irr[known], 0.999), 100)), by = 5)
  edge <- c(edge, max(edge) + 5)
  bin <- findInterval(pmin(irr[known], max(edge) - 1), edge)
  bad <- x[["default"]][known]
  height <- rbind(tabulate(bin[bad == 1L], length(edge) - 1L),
                  tabulate(bin[bad == 0L], length(edge) - 1L)) * 100 / sum(known)
  top <- max(colSums(height))
  graphics::plot(range(edge), c(0, top), type = "n", xlab = xlab, ylab = ylab,
                 main = main, ...)
  left <- edge[-length(edge)]
  graphics::rect(left, 0, left + 5, height[1L, ], col = "grey35")
  graphics::rect(left, height[1L, ], left + 5, colSums(height), col = "grey85")
  pooled <- attr(x, "pooled")
  all <- 100 * pooled[["estimate"]][pooled[["metric"]] == "irr"]
  graphics::abline(v = all, lty = 2L)
  graphics::legend("topleft", c("good", "bad"), fill = c("grey85", "grey35"), bty = "n")
  graphics::mtext(sprintf("dashed: all together, %.1f %% a year; 0 is money back", all),
                  3L, line = 0.3, cex = 0.8)
  invisible(x)
}
