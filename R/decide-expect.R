#' Expected loss and expected return of each loan
#'
#' Puts the probability of failing of each loan together with when loans of its term fail
#' and are repaid ([lcrisk_hazards()]): exposure at default, expected loss (PD x LGD x
#' EAD), expected profit and the IRR of the expected payments. Where the loans have ended,
#' the expectation is tested against what happened.
#'
#' @param hazards What [lcrisk_hazards()] learned from *training* loans.
#' @param loans Loans to judge: `funded_amnt`, `installment`, `int_rate` (percent a year)
#'   and `term`. What [lcrisk_returns()] needs makes the back-test.
#' @param prob Probability of failing of each loan, calibrated.
#' @param ... Nothing else: an unknown argument is an error.
#' @param by NULL, or one value per loan (dates are grouped by year): the back-test is
#'   then made group by group.
#' @param fee Share of each payment that the platform keeps, 0 to 0.5.
#' @param lgd NULL for that of `hazards`, or a share of the exposure, 0 to 1.
#' @param level Coverage of the intervals of the back-test.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A data.table of class `lcrisk_expected`, one row per loan: `funded`, `pd`,
#'   `ead` (expected principal outstanding where it fails, USD), `lgd`, `loss`
#'   (USD), `profit` (USD, after fee), `return` (profit over funded), `irr` (a year). The
#'   attribute `backtest` is NULL or a data.table `group`, `measure` (`defaults`, `loss`,
#'   `profit`), `n`, `expected`, `realised`, `ratio` (realised over expected), `lower`,
#'   `upper` (interval of the realised sum, if drawn again), `inside` (does it hold the
#'   expected one?).
#' @details In month t a loan still running fails with a probability whose odds are those
#'   of its term times a factor, the same in all months, found so that the loan ever fails
#'   with probability `prob`. If it does not fail, it is repaid in full with the hazard of
#'   its term, or pays the instalment. Failing before month t leaves the balance of the
#'   payment plan; the share 1 - `lgd` of it is recovered 12 months later. Expected
#'   payments are the sum over all that can happen; the IRR is theirs.
#'
#'   A high price does not make a bad loan good here or anywhere: `loss` is in `profit`
#'   already. Where the price itself makes loans fail or be repaid, a change of prices
#'   changes the hazards too, which this cannot know.
#' @section Errors: `lcrisk_error_schema` when columns are missing; `lcrisk_error_input`:
#'   `unknown_term` for terms that `hazards` has not seen, and bad arguments.
#' @family deciding
#' @examples
#' loans <- lcrisk_outcome(lcrisk_simulate(2000, seed = 1, to = "2011-12",
#'                                         snapshot = "2018-12"))
#' known <- seq_len(nrow(loans)) %% 2L == 0L
#' hazards <- lcrisk_hazards(loans[known])
#' rate <- mean(loans$default[known])
#' expected <- lcrisk_expect(hazards, loans[!known], rep(rate, sum(!known)))
#' expected
#' attr(expected, "backtest")
#' @export
lcrisk_expect <- function(hazards, loans, prob, ..., by = NULL, fee = 0, lgd = NULL,
                          level = 0.95, threads = lcrisk_threads()) {
  check_call(...)
  if (!inherits(hazards, "lcrisk_hazards")) {
    abort_argument("hazards", "what `lcrisk_hazards()` returned", hazards,
                   rlang::current_env())
  }
  loans <- check_data(loans)
  fee <- check_number(fee, 0, 0.5)
  level <- check_level(level)
  lgd <- check_number(lgd %||% min(max(hazards$lgd[["estimate"]], 0), 1), 0, 1, "lgd")
  prob <- check_scores(prob, nrow(loans), "prob", rlang::current_env())
  check_score_values(prob, TRUE, "prob", rlang::current_env())
  if (!is.null(by)) by <- check_groups(by, nrow(loans))
  run <- new_run(0, threads)
  terms <- split(hazards$months, hazards$months[["term"]])
  columns <- expected_columns(loans, prob, as.integer(names(terms)))
  found <- .Call(ffi_money_expect, columns, lapply(unname(terms), as.list), lgd, fee, run)
  out <- data.table(
    funded = columns$amount, pd = prob, ead = found[2L, ], lgd = lgd, loss = found[3L, ],
    profit = found[4L, ], return = found[4L, ] / columns$amount, irr = found[5L, ]
  )
  setattr(out, "class", c("lcrisk_expected", class(out)))
  setattr(out, "backtest", backtest_of(out, loans, by, fee, level))
  setattr(out, "level", level)
  out[]
}

expected_columns <- function(loans, prob, terms, call = caller_env()) {
  check_columns(loans, c("funded_amnt", "installment", "int_rate", "term"), "loans", call)
  term <- match(whole_months(loans[["term"]], "term", call), terms)
  if (anyNA(term)) {
    strange <- unique(loans[["term"]][is.na(term)])
    lcrisk_abort("input", "unknown_term",
                 sprintf("`hazards` has seen no loan of %s months.", quoted(strange)),
                 cure = sprintf("It knows %s.", quoted(terms)), arg = "loans",
                 call = call)
  }
  positive <- function(name, least) {
    x <- loans[[name]]
    bad <- which(!(is.finite(x) & x >= least & (least > 0 | x >= 0)))
    if (!length(bad)) return(as.double(x))
    lcrisk_abort("input", "bad_value",
                 sprintf("`%s` is missing or too small in %s, the first in row %d.", name,
                         count_of(length(bad), "loan"), bad[1L]),
                 cure = "Leave those loans out.", arg = name, row = bad[1L], call = call)
  }
  list(amount = positive("funded_amnt", 1), instalment = positive("installment", 0.01),
       rate = positive("int_rate", 0) / 1200, term = term - 1L, pd = prob)
}

# ---- back-test -----------------------------------------------------------------

# What happened less what was expected has mean 0 when the expectation is right: its
# spread over the loans of a group says how far their sums may lie apart.
backtest_of <- function(expected, loans, by, fee, level) {
  if (!all(money_columns %in% names(loans)) ||
        !any(c("default", "loan_status") %in% names(loans))) return(NULL)
  totals <- loan_totals(loans, fee)
  known <- which(!is.na(totals[["default"]]) & !is.na(totals[["funded"]]))
  if (!length(known)) return(NULL)
  bad <- totals[["default"]] == 1L
  recovered <- totals[["recovered"]] / (1 - fee)
  pairs <- list(
    defaults = list(expected[["pd"]], as.double(bad)),
    loss = list(expected[["loss"]],
                fifelse(bad, pmax(totals[["ead"]] - recovered, 0), 0)),
    profit = list(expected[["profit"]], totals[["profit"]])
  )
  group <- if (is.null(by)) factor(rep("all", length(bad))) else by
  rows <- split(known, group[known])
  rbindlist(lapply(names(rows), function(name) {
    rbindlist(lapply(names(pairs), function(measure) {
      c(list(group = name, measure = measure),
        backtest_row(pairs[[measure]][[1L]][rows[[name]]],
                     pairs[[measure]][[2L]][rows[[name]]], level))
    }))
  }))
}

backtest_row <- function(expected, realised, level) {
  n <- length(expected)
  miss <- realised - expected
  se <- if (n > 1L) stats::sd(miss) * sqrt(n) else NA_real_
  total <- sum(realised)
  reach <- normal_quantile(level) * se
  list(n = n, expected = sum(expected), realised = total, ratio = total / sum(expected),
       lower = total - reach, upper = total + reach, inside = abs(sum(miss)) <= reach)
}

#' @export
format.lcrisk_expected <- function(x, ...) {
  if (!all(c("funded", "pd", "ead", "loss", "profit", "irr") %in% names(x))) {
    return(c("<lcrisk_expected>", utils::capture.output(print(as.data.table(x)))))
  }
  backtest <- attr(x, "backtest")
  c(
    sprintf("<lcrisk_expected> %s, %s funded", count_of(nrow(x), "loan"),
            money_text(sum(x[["funded"]]))),
    sprintf("  PD %s, EAD %s of funded, LGD %.3f, expected loss %s (%s of funded)",
            share_text(mean(x[["pd"]])),
            share_text(sum(x[["pd"]] * x[["ead"]]) / sum(x[["pd"]] * x[["funded"]])),
            x[["lgd"]][1L], money_text(sum(x[["loss"]])),
            share_text(sum(x[["loss"]]) / sum(x[["funded"]]))),
    sprintf("  expected profit %s, median IRR %s a year", money_text(sum(x[["profit"]])),
            share_text(stats::median(x[["irr"]]))),
    if (!is.null(backtest)) backtest_lines(backtest)
  )
}

backtest_lines <- function(backtest) {
  shown <- utils::head(backtest, 9L)
  text <- function(v, measure) {
    if (measure == "defaults") format(round(v), big.mark = ",") else money_text(v)
  }
  c(
    "  back-test   realised (interval) against expected",
    vapply(seq_len(nrow(shown)), function(i) {
      at <- shown[i]
      say <- function(name) text(at[[name]], at[["measure"]])
      sprintf("  %-5s %-9s %s (%s, %s) against %s, %.2f of it%s", at[["group"]],
              at[["measure"]], say("realised"), say("lower"), say("upper"),
              say("expected"), at[["ratio"]],
              if (isTRUE(at[["inside"]])) "" else " *")
    }, ""),
    if (nrow(backtest) > nrow(shown)) {
      sprintf("  %d more in attr(x, \"backtest\")", nrow(backtest) - nrow(shown))
    }
  )
}

#' @export
print.lcrisk_expected <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
