#' Look for leaks
#'
#' Judges each column by what its values say about the outcome and the date. A leak is a
#' column whose values came to be after the loan was issued: it predicts the past
#' and nothing else. [lcrisk_train()] refuses features that this audit proves to be
#' leaks.
#'
#' @param data Loans with the column `default` from [lcrisk_outcome()]: all columns are
#'   judged. Or a frame from [lcrisk_features()]: its features are judged.
#' @param columns Names of the columns to judge; NULL for the choice above.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table of class `lcrisk_audit`, one row per column, leaks first:
#'   * `column`, `verdict` (`leak`, `suspicious`, `clock`, `ok`), `finding` in words.
#'   * `role` character: what the column is known as, NA when it is not known.
#'   * `auc`: of the column alone, cross-fitted.
#'   * `worst`, `worst_n`, `worst_bad`: the cell with the highest proven bad rate, its
#'     loans and its bad rate; `best`, `best_n`, `best_bad`: the one with the lowest.
#'   * `missing`, `missing_bad`: share of missing values, and the bad rate among them.
#'   * `missing_shift`: the largest difference between vintages of the share missing.
#'   * `date_share`: share of the variance of the issue date that the values explain.
#'   * `after`: share of dates later than the issue date, NA where no date.
#' @details
#' The values are put into cells without looking at the outcome: levels, frequent single
#' values, 32 quantile bins and runs of 2, 4 and 8 of them, missing, and all but the
#' most common. The evidence, each with a bound for chance:
#'
#' * **leak** when the AUC of the column alone, learned on other folds, is above 0.80
#'   (and 4 standard errors above 0.75); or when the odds of being bad in a cell are,
#'   with an exact bound that chance passes once in a million, more than 6 times those
#'   of all loans, or less than 0.08 times. Honest columns of this data stay below 2.3
#'   and above 0.35. An AUC alone would miss `debt_settlement_flag`: 150 loans, all bad,
#'   AUC 0.51.
#' * **leak** when such evidence shows once an amount is divided by `loan_amnt` or by
#'   the interest the schedule asks for (`installment * term - loan_amnt`): what was
#'   paid says little until it is compared with what was due.
#' * **leak** when more than 1 % of the dates of a column are later than `issue_d`.
#' * **leak** when the column is known to be filled after origination.
#' * **suspicious**: AUC above 0.75 (4 standard errors above 0.70), different in every
#'   row, or known as an identifier or an artefact of the platform.
#' * **clock**: the share of missing values moves by more than 30 points between
#'   vintages, or the values tell the date (`date_share` above 0.9). Such a column is no
#'   leak, but carries the date into a model.
#'
#' `total_rec_late_fee`, `funded_amnt` and the like are known by name; a renamed leak is
#' found when its values prove it.
#' @section Errors: `lcrisk_error_schema` when there is no outcome; `lcrisk_error_input`
#'   (`one_class`) when there is one outcome only.
#' @references Clopper and Pearson (1934), The use of confidence or fiducial limits
#'   illustrated in the case of the binomial, *Biometrika* 26. Hanley and McNeil (1982),
#'   The meaning and use of the area under a ROC curve, *Radiology* 143.
#' @examples
#' loans <- data.frame(default = rep(0:1, c(900, 100)))
#' loans$flag <- ifelse(loans$default == 1 & seq_len(1000) %% 2 == 0, "Y", "N")
#' loans$amount <- seq_len(1000) %% 77
#' lcrisk_audit(loans)
#' @export
lcrisk_audit <- function(data, columns = NULL, ...) {
  check_call(...)
  data <- check_data(data, min_rows = 2L)
  outcome <- role_column(data, NULL, "outcome", "default", environment(), "data",
                         cure = "Call `lcrisk_outcome()` first: it adds `default`.")
  y <- outcome_column(data, outcome)
  if (is.null(columns)) {
    columns <- if (is_frame(data)) columns_with_role(data, "feature") else names(data)
  } else {
    if (!is.character(columns)) {
      abort_argument("columns", "names of columns", columns, environment())
    }
    check_columns(data, columns, arg = "data")
  }
  columns <- setdiff(columns, outcome)
  audit <- rbindlist(lapply(columns, judge_column, context = audit_context(data, y)))
  verdicts <- c("leak", "suspicious", "clock", "ok")
  audit <- audit[order(match(audit[["verdict"]], verdicts), -abs(audit[["auc"]] - 0.5))]
  setattr(audit, "class", c("lcrisk_audit", class(audit)))
  setattr(audit, "n", length(y))
  setattr(audit, "bad", mean(y))
  audit[]
}

# What the judgement of every column needs, once
audit_context <- function(data, y, rows = NULL) {
  pick <- function(x) if (is.null(rows) || is.null(x)) x else x[rows]
  date <- if (is_frame(data)) column_of(data, "time") else data[["issue_d"]]
  date <- if (inherits(date, "Date")) as.double(pick(date))
  y <- pick(y)
  number <- function(name) if (is.numeric(data[[name]])) pick(data[[name]])
  amount <- number("loan_amnt")
  due <- number("installment") * number("term")
  list(
    data = data, rows = rows, pick = pick, y = y, date = date,
    fold = rep_len(1:5, length(y)),
    vintage = if (!is.null(date)) vintage_groups(date),
    divisors = Filter(is_usable_divisor, list(
      "loan_amnt" = amount, "the scheduled interest" = if (length(due)) due - amount
    ))
  )
}

is_usable_divisor <- function(x) {
  is.numeric(x) && length(x) > 0L && any(x > 0, na.rm = TRUE)
}

audit_limits <- c(auc = 0.80, worst = 6, best = 0.08, after = 0.01, doubt = 0.75,
                  shift = 0.30, date = 0.90)

judge_column <- function(name, context) {
  x <- context$pick(context$data[[name]])
  found <- evidence_of(x, context$y, context$fold)
  role <- known_role(name)
  after <- share_after(x, context$date)
  is_dated <- !is.null(context$vintage)
  shift <- if (is_dated) missing_shift(x, context$vintage) else NA_real_
  dated <- if (is_dated) date_share(found$cell, context$date) else NA_real_

  leaks <- c(
    after_words(after), leak_words(x, found), ratio_words(name, x, context),
    if (role %in% c("after_origination", "outcome")) known_words
  )
  doubts <- c(
    if (!length(leaks) && is_strong(found, "doubt")) sprintf("AUC %.3f alone", found$auc),
    if (is_id_like(x)) "different in every row",
    if (name != "issue_d" && role %in% c("id", "platform")) {
      "identifier or artefact of the platform"
    }
  )
  clocks <- c(
    if (isTRUE(shift > audit_limits[["shift"]])) {
      sprintf("share missing moves by %.0f points between vintages", 100 * shift)
    },
    if (isTRUE(dated > audit_limits[["date"]])) "its values tell the issue date"
  )
  verdict <- if (length(leaks)) "leak" else if (length(doubts)) "suspicious"
  else if (length(clocks)) "clock" else "ok"
  words <- c(leaks, doubts, clocks)
  if (!length(words) && is_constant(x)) words <- "constant"
  list(
    column = name, verdict = verdict, finding = paste(words, collapse = "; "),
    role = role,
    auc = found$auc,
    worst = cell_text(x, found$cell, found$worst), worst_n = found$worst_n,
    worst_bad = found$worst_bad,
    best = cell_text(x, found$cell, found$best), best_n = found$best_n,
    best_bad = found$best_bad, missing = found$missing, missing_bad = found$missing_bad,
    missing_shift = shift, date_share = dated, after = after
  )
}

known_words <- "known to be filled after the loan was issued"

after_words <- function(after) {
  if (!isTRUE(after > audit_limits[["after"]])) return(NULL)
  sprintf("%s of its dates are after the issue date", share_text(after))
}

# What the values alone prove, in words; character() when nothing
leak_words <- function(x, found, of = "") {
  c(
    if (is_strong(found, "auc")) sprintf("AUC %.3f alone%s", found$auc, of),
    if (found$worst_odds > audit_limits[["worst"]]) {
      sprintf("%s loans with %s%s are %s bad", count_words(found$worst_n),
              cell_text(x, found$cell, found$worst), of, share_text(found$worst_bad))
    },
    if (found$best_odds < audit_limits[["best"]]) {
      sprintf("%s loans with %s%s are %s bad", count_words(found$best_n),
              cell_text(x, found$cell, found$best), of, share_text(found$best_bad))
    }
  )
}

# The AUC is above the limit, and not by chance
is_strong <- function(found, limit) {
  found$auc > audit_limits[[limit]] && found$auc_at_least > audit_limits[[limit]] - 0.05
}

# The same for an amount, compared with what was lent or due
ratio_words <- function(name, x, context) {
  if (!is_amount(x) || name %in% c("loan_amnt", "installment")) return(NULL)
  for (divisor in names(context$divisors)) {
    ratio <- x / context$divisors[[divisor]]
    words <- leak_words(ratio, evidence_of(ratio, context$y, context$fold),
                        paste(" as a share of", divisor))
    if (length(words)) return(words)
  }
  NULL
}

# Many different numbers that are zero or more
is_amount <- function(x) {
  if (!is.numeric(x) || is.object(x) || is.integer(x)) return(FALSE)
  some <- utils::head(x[!is.na(x)], 1000L)
  length(unique(some)) > 64L && all(some >= 0) && max(some) > 200
}

is_constant <- function(x) length(unique(x[!is.na(x)])) < 2L

# Text or whole numbers of which no two are alike
is_id_like <- function(x) {
  x <- x[!is.na(x)]
  if (length(x) < 100L || inherits(x, "Date")) return(FALSE)
  if (is.numeric(x) && any(utils::head(x, 1000L) %% 1 != 0)) return(FALSE)
  !anyDuplicated(x)
}

# NA unless both are dates
share_after <- function(x, date) {
  if (!inherits(x, "Date") || is.null(date) || all(is.na(x))) return(NA_real_)
  mean(as.double(x) > date, na.rm = TRUE)
}

# What a column of Lending Club's layout is, by name; NA when it is not one
known_role <- function(name) {
  schema <- schema_table("loans")
  schema[["role"]][match(name, schema[["name"]])]
}

# ---- the guard of lcrisk_train() -------------------------------------------------

# Stops when one of the features is a leak. Evidence is looked for in tables of loans,
# on up to 50,000 evenly spaced rows; in any other table a strong feature proves
# nothing, so there only known names count.
refuse_leaks_of <- function(data, features, y, outcome, call) {
  known <- vapply(features, known_role, "")
  late <- features[known %in% c("outcome", "after_origination")]
  words <- rep(known_words, length(late))
  if (is_frame(data) || holds_loans(data)) {
    rows <- spaced_rows(length(y), 50000L)
    context <- audit_context(data, y, rows)
    proven <- lapply(setdiff(features, late), function(name) proof_of_leak(name, context))
    names(proven) <- setdiff(features, late)
    proven <- Filter(length, proven)
    late <- c(late, names(proven))
    words <- c(words, vapply(proven, paste, "", collapse = "; "))
  }
  if (length(late)) abort_leak(late, words, call)
  invisible()
}

# A plain data frame with this many of Lending Club's columns is a table of loans. Other
# data may honestly hold a feature that tells almost all.
holds_loans <- function(data) {
  sum(!is.na(known_role(names(data)))) >= 10L
}

proof_of_leak <- function(name, context) {
  x <- context$pick(context$data[[name]])
  c(after_words(share_after(x, context$date)),
    leak_words(x, evidence_of(x, context$y, context$fold)), ratio_words(name, x, context))
}

spaced_rows <- function(n, limit) {
  if (n > limit) as.integer(floor(seq(1, n, length.out = limit)))
}

abort_leak <- function(columns, words, call) {
  lcrisk_abort(
    "leak", "proven_leak",
    sprintf("%s the outcome: %s.",
            if (length(columns) > 1L) "Features that leak" else "A feature that leaks",
            paste(sprintf("`%s` (%s)", columns, words), collapse = ", ")),
    cure = "Leave it out; `lcrisk_audit(frame)` tells more; `audit = FALSE` overrules.",
    columns = columns, findings = unname(words), call = call
  )
}

#' @export
format.lcrisk_audit <- function(x, ...) {
  verdict <- x[["verdict"]]
  counts <- table(factor(verdict, c("leak", "suspicious", "clock", "ok")))
  flagged <- which(verdict != "ok")
  shown <- utils::head(flagged, 7L)
  line <- sprintf("  %-10s %s: %s", verdict[shown], x[["column"]][shown],
                  x[["finding"]][shown])
  long <- nchar(line) > 90L
  line[long] <- paste0(substr(line[long], 1L, 87L), "...")
  c(
    sprintf("<lcrisk_audit> %s of %s, %s bad: %s", count_of(nrow(x), "column"),
            count_of(attr(x, "n"), "loan"), share_text(attr(x, "bad")),
            paste(counts, names(counts), collapse = ", ")),
    line,
    paste0("  ", if (length(flagged) > 7L) sprintf("and %d more; ", length(flagged) - 7L),
           "as.data.table() shows all figures")
  )
}

#' @export
print.lcrisk_audit <- function(x, ...) {
  if (is.null(attr(x, "n")) || is.null(x[["finding"]])) return(NextMethod())
  cat(format(x), sep = "\n")
  invisible(x)
}
