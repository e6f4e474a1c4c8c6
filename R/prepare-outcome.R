# Which loans have a known outcome, and what it is. Every rule is one function from
# facts about the loans to (default, reason): `reason` says why a loan is dropped and
# is NA where it is kept.

#' Define the outcome and keep the loans that have one
#'
#' Adds `default`, 1 for a bad loan and 0 for a good one, to the loans whose outcome is
#' known under a rule, and drops the others, counted by reason in the ledger. A loan
#' that is still being paid is neither good nor bad, and a young vintage in which only
#' early failures and early repayments are known says little about its risk: the
#' default rule keeps the loans that had time to end.
#'
#' @param loans What [lcrisk_read()] returned, or a data frame with such columns.
#' @param rule One of `"matured"`, `"resolved"`, `"window"` and `"mob"`, see Details.
#' @param policy `"meets"` drops the loans under the file's heading "Loans that do not
#'   meet the credit policy" (about twice as risky, no longer issued); `"all"` keeps
#'   them, told apart by the column `meets_policy`.
#' @param snapshot The month in which the file was made: a date, or text such as
#'   `"2018-12"`. NULL takes the latest date among `last_pymnt_d` and
#'   `last_credit_pull_d`.
#' @param lag Months added to the term before a loan counts as matured. A last
#'   instalment that is missed takes months to become a charge-off; 3 is the usual
#'   choice.
#' @param window Months of the rule `"window"`.
#' @param mob,missed Months on book and missed instalments of the rule `"mob"`.
#' @param ... Nothing else: an unknown argument is an error.
#' @return The kept loans, in their order, with the integer column `default`; class
#'   `lcrisk_outcome` on top of that of `loans`. The attribute `outcome` is a list
#'   with `rule`, `policy`, `snapshot` (IDate or NA), `source` (where the snapshot comes
#'   from) and `formula`. [lcrisk_ledger()] tells how many loans were dropped and why.
#' @details
#' All dates are months. `age` is the number of months from `issue_d` to the last
#' payment (0 when nothing was ever paid) and `observed` from `issue_d` to the
#' snapshot.
#'
#' | rule | a loan is kept when | `default` = 1 when |
#' | --- | --- | --- |
#' | `matured` | `observed >= term + lag` and it has ended | it ended badly |
#' | `resolved` | it has ended | it ended badly |
#' | `window` | `observed >= window + 2`, not late inside | it ended badly in the window |
#' | `mob` | `observed >= mob`, not a few missed | `mob - age >= missed`, unpaid |
#'
#' `mob` drops a loan that is 1 to `missed - 1` instalments behind: neither good nor bad.
#'
#' A loan has ended well with the status `Fully Paid`, badly with `Charged Off` or
#' `Default` (121 days and more past due). `Late`, `In Grace Period`, `Current` and
#' `Issued` are no outcome: under `matured` and `resolved` they are dropped, one
#' ledger line per status.
#'
#' `resolved` over-samples early charge-offs and early repayments when the vintages are
#' young; it is there to show by how much. `window` sees only the early failures: about
#' a third of all that fail within 12 months, half within 16. `mob` reads the payment
#' record at a fixed age from the date of the last payment alone, so a loan that fell
#' behind and caught up later counts as good.
#' @section Errors: `lcrisk_error_schema` (`missing_column`) when the file lacks a
#'   column the rule needs; `lcrisk_error_input` with code `no_snapshot` when the
#'   snapshot is neither given nor in the file, and `no_outcome` when no loan is left.
#' @examples
#' loans <- data.frame(
#'   loan_status = c("Fully Paid", "Charged Off", "Current", "Fully Paid"),
#'   issue_d = as.Date(c("2010-01-01", "2010-02-01", "2010-02-01", "2012-06-01")),
#'   term = c(36L, 36L, 60L, 36L)
#' )
#' known <- lcrisk_outcome(loans, snapshot = "2014-12")
#' known
#' lcrisk_ledger(known)
#' @export
lcrisk_outcome <- function(loans, rule = "matured", policy = "meets", snapshot = NULL,
                           lag = 3L, window = 12L, mob = 18L, missed = 3L, ...) {
  check_call(...)
  loans <- check_data(loans)
  rule <- check_choice(rule, names(outcome_rules))
  policy <- check_choice(policy, c("meets", "all"))
  setting <- list(
    lag = check_count(lag, 0L), window = check_count(window), mob = check_count(mob),
    missed = check_count(missed)
  )
  if (rule == "mob" && setting$missed > setting$mob) {
    lcrisk_abort(
      "input", "bad_argument",
      sprintf("`missed` must be at most `mob`: nobody misses %d of %d payments.",
              setting$missed, setting$mob), arg = "missed"
    )
  }
  check_outcome_columns(loans, rule)
  setting$snapshot <- find_snapshot(loans, snapshot, needed = rule != "resolved")

  facts <- outcome_facts(loans, rule, setting$snapshot$date)
  judged <- outcome_rules[[rule]]$judge(facts, setting)
  reason <- fcase(
    policy == "meets" & !facts$meets_policy, "policy exception",
    facts$state == "unknown", "status missing or unknown",
    rep(TRUE, nrow(loans)), judged$reason
  )
  kept <- which(is.na(reason))
  dropped <- table(reason)
  if (!length(kept)) abort_no_outcome(rule, setting$snapshot, dropped)

  out <- take_rows(loans, kept)
  set(out, j = "default", value = judged$default[kept])
  ledger <- attr(loans, "ledger", exact = TRUE) %||% start_ledger(nrow(loans))
  setattr(out, "ledger", ledger_add(
    ledger, "outcome", class = c(rep("dropped", length(dropped)), "kept"),
    reason = c(names(dropped), NA), n = c(dropped, length(kept))
  ))
  setattr(out, "outcome", list(
    rule = rule, policy = policy, snapshot = setting$snapshot$date,
    source = setting$snapshot$source, formula = outcome_rules[[rule]]$formula(setting)
  ))
  loans_class <- setdiff(class(loans), c("lcrisk_outcome", class(out)))
  setattr(out, "class", c("lcrisk_outcome", loans_class, class(out)))
  out[]
}

# How a status of Lending Club's ends a loan
status_states <- c(
  "Fully Paid" = "good", "Charged Off" = "bad", "Default" = "bad",
  "Late (31-120 days)" = "late", "Late (16-30 days)" = "late", "In Grace Period" = "late",
  "Current" = "open", "Issued" = "open"
)

policy_prefix <- "^Does not meet the credit policy\\. *Status: *"

# What the rules judge by, one value per loan; months are counted from year 0
outcome_facts <- function(loans, rule, snapshot) {
  status <- as.factor(loans[["loan_status"]])
  text <- trimws(levels(status))
  is_exception <- grepl(policy_prefix, text)
  text <- sub(policy_prefix, "", text)
  state <- unname(status_states[text])
  state[is.na(state)] <- "unknown"
  code <- as.integer(status)

  facts <- list(
    status = text[code],
    state = fcoalesce(state[code], "unknown"),
    meets_policy = fcoalesce(as.logical(loans[["meets_policy"]] %||% !is_exception[code]),
                             TRUE)
  )
  if (rule == "resolved") return(facts)
  facts$issued <- month_number(loans[["issue_d"]])
  facts$observed <- month_number(snapshot) - facts$issued
  facts$term <- loans[["term"]]
  if (rule %in% c("window", "mob")) {
    paid <- month_number(loans[["last_pymnt_d"]])
    facts$age <- pmax(fcoalesce(paid, facts$issued) - facts$issued, 0L)
  }
  facts
}

# One entry per rule: the columns it needs beside `loan_status`, its formula in words,
# and its judgement. In fcase() the first reason that holds counts, and a condition that
# is NA does not hold.
outcome_rules <- list(
  matured = list(
    needs = c("issue_d", "term"),
    formula = function(s) sprintf("issue month + term + %d months <= snapshot", s$lag),
    judge = function(f, s) {
      reason <- fcase(
        is.na(f$issued), "issue date missing",
        is.na(f$term), "term missing",
        f$observed < f$term + s$lag, "not matured",
        !f$state %in% c("good", "bad"), paste("no outcome yet:", f$status)
      )
      list(default = as.integer(f$state == "bad"), reason = reason)
    }
  ),
  resolved = list(
    needs = character(),
    formula = function(s) "the loan has ended",
    judge = function(f, s) {
      reason <- fcase(!f$state %in% c("good", "bad"), paste("no outcome yet:", f$status))
      list(default = as.integer(f$state == "bad"), reason = reason)
    }
  ),
  window = list(
    needs = c("issue_d", "last_pymnt_d"),
    formula = function(s) {
      sprintf("charged off with the last payment before month %d, %d months observed",
              s$window, s$window + 2L)
    },
    judge = function(f, s) {
      early <- f$age < s$window
      reason <- fcase(
        is.na(f$issued), "issue date missing",
        f$observed < s$window + 2L, "not observed for the window",
        f$state == "late" & early, paste("no outcome yet:", f$status)
      )
      list(default = as.integer(f$state == "bad" & early), reason = reason)
    }
  ),
  mob = list(
    needs = c("issue_d", "last_pymnt_d"),
    formula = function(s) {
      sprintf("%d instalments or more missed at month %d on book", s$missed, s$mob)
    },
    judge = function(f, s) {
      behind <- fifelse(f$state == "good", 0L, pmax(s$mob - f$age, 0L))
      reason <- fcase(
        is.na(f$issued), "issue date missing",
        f$observed < s$mob, "not observed for the months on book",
        behind > 0L & behind < s$missed,
        sprintf("fewer than %d instalments missed", s$missed)
      )
      list(default = as.integer(behind >= s$missed), reason = reason)
    }
  )
)

check_outcome_columns <- function(loans, rule, call = caller_env()) {
  needs <- c("loan_status", outcome_rules[[rule]]$needs)
  absent <- setdiff(needs, names(loans))
  if (!length(absent)) return(check_outcome_types(loans, call))
  possible <- Filter(function(other) all(other$needs %in% names(loans)), outcome_rules)
  lcrisk_abort(
    "schema", "missing_column",
    sprintf("The rule \"%s\" needs %s, which `loans` lacks.", rule, quoted(absent)),
    cure = if (!"loan_status" %in% absent && length(possible)) {
      sprintf("Without it: `rule = \"%s\"`.", names(possible)[1L])
    },
    arg = "loans", columns = absent, call = call
  )
}

# A rule that silently read a text or a factor would drop or keep the wrong loans
check_outcome_types <- function(loans, call) {
  is_month <- function(x) inherits(x, c("Date", "POSIXct")) || all(is.na(x))
  is_number <- function(x) is.numeric(x) && !is.factor(x)
  wanted <- list(
    term = list(is_number, "months as numbers, such as 36"),
    issue_d = list(is_month, "dates"), last_pymnt_d = list(is_month, "dates"),
    last_credit_pull_d = list(is_month, "dates"),
    meets_policy = list(is.logical, "TRUE or FALSE"),
    loan_status = list(function(x) is.factor(x) || is.character(x), "text or a factor")
  )
  for (name in intersect(names(wanted), names(loans))) {
    if (wanted[[name]][[1L]](loans[[name]])) next
    lcrisk_abort(
      "schema", "column_type",
      sprintf("The column `%s` of `loans` must hold %s, not %s.", name,
              wanted[[name]][[2L]], class(loans[[name]])[1L]),
      cure = "lcrisk_read() gives every column its type.", arg = "loans", columns = name,
      call = call
    )
  }
  invisible()
}

find_snapshot <- function(loans, snapshot, needed, call = caller_env()) {
  if (!is.null(snapshot)) {
    return(list(date = check_month(snapshot, "snapshot", call), source = "given"))
  }
  sources <- intersect(c("last_pymnt_d", "last_credit_pull_d"), names(loans))
  latest <- lapply(sources, function(name) {
    dates <- loans[[name]]
    if (all(is.na(dates))) NULL else max(dates, na.rm = TRUE)
  })
  known <- !vapply(latest, is.null, NA)
  if (any(known)) {
    days <- vapply(latest[known], as.integer, 0L)
    return(list(
      date = check_month(as.IDate(max(days)), "snapshot", call),
      source = paste("latest", sources[known][which.max(days)])
    ))
  }
  if (needed) {
    lcrisk_abort(
      "input", "no_snapshot",
      paste("`loans` has no dates in `last_pymnt_d` or `last_credit_pull_d`, so the",
            "month of the snapshot is not known."),
      cure = "Give the month of the file, such as `snapshot = \"2019-03\"`.",
      arg = "snapshot", call = call
    )
  }
  list(date = as.IDate(NA), source = "not known")
}

abort_no_outcome <- function(rule, snapshot, dropped, call = caller_env()) {
  lcrisk_abort(
    "input", "no_outcome",
    sprintf("No loan has a known outcome under the rule \"%s\"%s: %s.", rule,
            if (is.na(snapshot$date)) ""
            else paste(" with the snapshot", month_text(snapshot$date)),
            paste(names(dropped), count_words(dropped), collapse = ", ")),
    cure = paste("Use a later snapshot of the same loans, or `rule = \"window\"`, which",
                 "needs fewer months."),
    dropped = dropped, call = call
  )
}

#' @export
format.lcrisk_outcome <- function(x, ...) {
  how <- attr(x, "outcome", exact = TRUE)
  y <- x[["default"]]
  c(
    sprintf("<lcrisk_outcome> %s, %s bad (%s)", count_of(length(y), "loan"),
            count_words(sum(y)), share_text(mean(y))),
    sprintf("  rule %s: %s", how$rule, how$formula),
    if (!is.na(how$snapshot)) {
      sprintf("  snapshot %s (%s)", month_text(how$snapshot), how$source)
    } else {
      "  snapshot not known: the rule does not need it"
    },
    if (!is.null(x[["issue_d"]])) paste("  issued", month_range_text(x[["issue_d"]])),
    strwrap(format_drops(attr(x, "ledger", exact = TRUE)), 78L, indent = 2L, exdent = 4L),
    "Next: frame <- lcrisk_features(loans)"
  )
}

format_drops <- function(ledger) {
  ledger <- plain_ledger(ledger)
  dropped <- ledger[ledger[["class"]] == "dropped"]
  if (!nrow(dropped)) return("dropped none")
  dropped <- dropped[order(-dropped[["n"]])]
  each <- paste(dropped[["reason"]], count_words(dropped[["n"]]))
  more <- length(each) - 5L
  if (more > 1L) each <- c(each[1:5], sprintf("%d more reasons", more))
  sprintf("dropped %s: %s", count_words(sum(dropped[["n"]])),
          paste(each, collapse = ", "))
}

#' @export
print.lcrisk_outcome <- function(x, ...) {
  if (is.null(x[["default"]]) || is.null(attr(x, "ledger"))) return(NextMethod())
  if (!was_assigned(x)) cat(format(x), sep = "\n")
  invisible(x)
}
