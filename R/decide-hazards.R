#' When do loans fail, and when are they repaid early?
#'
#' Learns from training loans, month by month and separately for each term, what share of
#' the loans still running fails and what share is repaid early; and what share of the
#' exposure is lost. A model says whether a loan will fail; this says when, which is what
#' money depends on. [lcrisk_expect()] puts both together.
#'
#' @param loans Training loans, as in [lcrisk_returns()], with the column `term`. Loans
#'   that have not ended count in the months they were seen running.
#' @param ... Nothing else: an unknown argument is an error.
#' @param level Coverage of the interval of LGD.
#' @return A list of class `lcrisk_hazards`: `months`, a data.table `term`, `month`,
#'   `running` (loans at the start of the month), `failed`, `repaid`, `fails` (failed over
#'   running), `repays` (repaid over running not failed); `lgd`, numbers `estimate`,
#'   `lower`, `upper`; `ead_share` likewise (exposure over funded of failed loans); `n`,
#'   `n_bad`.
#' @details A bad loan fails in the month after its last payment, a good one is repaid in
#'   the month of its last payment; what ends after the term counts in its last month.
#'   These are the hazards of discrete-time competing risks (Singer and Willett 1993).
#'
#'   This is simple, and meant to be. Timing depends on the term only, and LGD is one
#'   number: on Lending Club's loans it is near 0.9 of the exposure for every grade, and
#'   models of single losses explain about one percent of them.
#' @section Errors: as in [lcrisk_returns()]; `lcrisk_error_input` (`no_failure`) when no
#'   loan failed.
#' @references Singer, J. D. and Willett, J. B. (1993). It's about time: using
#'   discrete-time survival analysis to study duration and the timing of events. *Journal
#'   of Educational Statistics* 18.
#' @family deciding
#' @examples
#' loans <- lcrisk_outcome(lcrisk_simulate(2000, seed = 1, to = "2011-12",
#'                                         snapshot = "2018-12"))
#' hazards <- lcrisk_hazards(loans)
#' hazards
#' plot(hazards)
#' @export
lcrisk_hazards <- function(loans, ..., level = 0.95) {
  check_call(...)
  loans <- check_data(loans)
  level <- check_level(level)
  check_columns(loans, "term", "loans")
  totals <- loan_totals(loans, 0)
  set(totals, j = "term", value = whole_months(loans[["term"]], "term"))
  totals <- totals[!is.na(totals[["funded"]]) & !is.na(totals[["term"]])]
  bad <- totals[totals[["default"]] %in% 1L]
  if (!nrow(bad)) {
    lcrisk_abort("input", "no_failure", "None of the loans failed.",
                 cure = "Timing and LGD are learned from loans that did.", arg = "loans")
  }
  months <- rbindlist(lapply(sort(unique(totals[["term"]])), function(length) {
    own <- which(totals[["term"]] == length)
    term_hazards(totals[own], length)
  }))
  one <- function(a, b) unlist(ratio_row("", a, b, level)[-1L])
  structure(
    list(
      months = months,
      lgd = one(bad[["ead"]] - pmin(bad[["recovered"]], bad[["ead"]]), bad[["ead"]]),
      ead_share = one(bad[["ead"]], bad[["funded"]]), n = nrow(totals),
      n_bad = nrow(bad), level = level
    ),
    class = "lcrisk_hazards"
  )
}

whole_months <- function(x, arg, call = caller_env()) {
  ok <- is.numeric(x) && all(x == trunc(x) & x >= 1 & x <= 600, na.rm = TRUE)
  if (!ok) abort_argument(arg, "a column of whole months, 1 to 600", x, call)
  as.integer(x)
}

term_hazards <- function(loans, term) {
  bad <- loans[["default"]] %in% 1L
  good <- loans[["default"]] %in% 0L
  # the last month a loan was running in; an open one left our sight after it
  month <- pmin(pmax(loans[["months"]] + bad, 1L), term)
  month[!bad & !good] <- pmin(loans[["months"]][!bad & !good], term)
  failed <- tabulate(month[bad], term)
  repaid <- tabulate(month[good], term)
  running <- rev(cumsum(rev(tabulate(month, term))))
  share <- function(a, b) fifelse(b > 0L, a / b, 0)
  data.table(term = term, month = seq_len(term), running = running, failed = failed,
             repaid = repaid, fails = share(failed, running),
             repays = share(repaid, running - failed))
}

#' @export
format.lcrisk_hazards <- function(x, ...) {
  months <- x$months
  lines <- vapply(split(months, months[["term"]]), function(m) {
    half <- function(count) m[["month"]][which(cumsum(count) >= sum(count) / 2)[1L]]
    sprintf("  %d months  %s loans; half the failures by month %s, the payoffs by %s",
            m[["term"]][1L], count_text(m[["running"]][1L]),
            format(if (sum(m[["failed"]])) half(m[["failed"]]) else NA),
            format(if (sum(m[["repaid"]])) half(m[["repaid"]]) else NA))
  }, "")
  told <- function(v) sprintf("%.3f (%.3f, %.3f)", v[[1L]], v[[2L]], v[[3L]])
  c(
    sprintf("<lcrisk_hazards> %s, %s failed", count_of(x$n, "loan"),
            count_text(x$n_bad)),
    lines,
    sprintf("  LGD %s of the exposure, which is %s of funded", told(x$lgd),
            told(x$ead_share)),
    "Next: lcrisk_expect(hazards, loans, prob)."
  )
}

#' @export
print.lcrisk_hazards <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_hazards <- function(x, ..., xlab = "Month", ylab = "Percent of those running",
                                main = "When loans fail and are repaid") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  months <- x$months[x$months[["running"]] > 0L]
  terms <- unique(months[["term"]])
  # the last month of a term repays all that is left
  shown <- months[months[["month"]] < months[["term"]]]
  top <- 100 * max(shown[["fails"]], shown[["repays"]])
  graphics::plot(range(months[["month"]]), c(0, 1.15 * top), type = "n", xlab = xlab,
                 ylab = ylab, main = main, ...)
  for (k in seq_along(terms)) {
    m <- shown[shown[["term"]] == terms[k]]
    graphics::lines(m[["month"]], 100 * m[["fails"]], lty = k, lwd = 2)
    graphics::lines(m[["month"]], 100 * m[["repays"]], lty = k, col = "grey55", lwd = 2)
  }
  graphics::legend("topleft", c(sprintf("%d months, fails", terms),
                                sprintf("%d months, repaid early", terms)),
                   lty = rep(seq_along(terms), 2L), lwd = 2, bty = "n", cex = 0.8,
                   col = rep(c("black", "grey55"), each = length(terms)))
  invisible(x)
}
