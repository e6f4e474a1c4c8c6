#' Build the features of an application
#'
#' Computes from the loans what was known when the borrower applied: the columns of the
#' application and the credit report, and ratios of them, each by a written formula.
#' Nothing that happened later and, by default, nothing that Lending Club decided itself
#' (grade, rate, instalment, verification). Each row is computed by itself and nothing
#' is learned from the data, so that a loan has the same features in training, in a fold
#' and alone at scoring.
#'
#' @param loans What [lcrisk_outcome()] or [lcrisk_read()] returned, or a data frame
#'   with such columns. Without the column `default` the result is for scoring.
#' @param pricing `"exclude"`, or `"include"` to add Lending Club's own decision as
#'   features: a model of its price on top of the applicant.
#' @param add Names of further columns of `loans` to use as features, as they are.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A `lcrisk_frame`: a data.table with one row per loan, in order, and the
#'   attribute `roles`, one name per column: `feature`, `outcome` (`default`), `time`
#'   (`issue_d`), `benchmark` (`sub_grade`, `grade`), `money` (payments, for
#'   profit), `id` and `empty` (features that are missing in every row here, such as the
#'   credit report's second block before 2012: kept for scoring, not trained on).
#'   Selecting rows and columns keeps the roles; a column you add is a feature. Further
#'   attributes: `pricing`, `skipped` (features whose columns `loans` does not have) and
#'   `ignored` (columns of `loans` that the frame does not use).
#' @details
#' State (`addr_state`, `zip_code`) stands for the people who live there and is left
#' out; so is free text. Use `add` to take them in.
#'
#' Lending Club writes "never" as 0 months in early years and as missing later;
#' `never_zero()` reads both. `recency(months, asked)` is `1 / (1 + months)`, 0 for
#' never, and missing when `asked`, a field of the same report, is missing too.
#' `ratio(a, b, cap)` is `a / b`, at most `cap`, missing unless `b > 0`. `log_plus(x)`
#' is `log(1 + x)`, `log_positive(x)` is `log(x)`, missing unless `x > 0`.
#' `annuity(amount, months)` is the instalment at a fixed 12 % a year,
#' `0.01 amount / (1 - 1.01^-months)`. `in_range()` reads values outside as missing.
#'
#' What each group of them adds to the plain columns, on vintages up to 2010, is in
#' `bench/results/features.md` of the sources.
#' @eval feature_help()
#' @section Errors: `lcrisk_error_schema` when none of the columns is known, when `add`
#'   names one that is absent, or when a column has a type its formula cannot use;
#'   `lcrisk_error_input` (`frame_given`) for a frame that this verb has made already.
#' @examples
#' loans <- data.frame(
#'   default = c(0L, 1L), loan_amnt = c(10000, 5000), term = c(36L, 60L),
#'   annual_inc = c(60000, 24000), dti = c(12.5, 999)
#' )
#' frame <- lcrisk_features(loans)
#' frame
#' frame[, .(loan_to_income, payment_to_income, dti_after)]
#' attr(frame, "skipped")
#' @export
lcrisk_features <- function(loans, pricing = "exclude", add = NULL, ...) {
  check_call(...)
  if (is_frame(loans)) {
    lcrisk_abort(
      "input", "frame_given", "`loans` is a frame already: it holds features, not loans.",
      cure = "Use it as it is, or give what `lcrisk_outcome()` returned.", arg = "loans"
    )
  }
  loans <- check_data(loans)
  pricing <- check_choice(pricing, c("exclude", "include"))
  features <- feature_table(pricing)
  check_added(add, loans, names(features))

  possible <- vapply(features, function(f) all(f$needs %in% names(loans)), NA)
  if (!any(possible) && is.null(add)) abort_no_features(loans)
  columns <- compute_features(features[possible], loans)
  columns[add] <- lapply(add, function(name) copy(loans[[name]]))
  roles <- rep("feature", length(columns))
  roles[vapply(columns, function(x) all(is.na(x)), NA)] <- "empty"
  names(roles) <- names(columns)

  kept <- kept_columns(loans, names(columns))
  beside <- lapply(stats::setNames(nm = names(kept)), function(name) copy(loans[[name]]))
  columns <- c(beside, columns)
  roles <- c(kept, roles)
  place <- c(id = 1, outcome = 2, feature = 3, empty = 3, time = 4, benchmark = 5,
             money = 6)
  order <- order(place[roles])
  used <- c(names(columns), unlist(lapply(features[possible], `[[`, "needs")))
  new_frame(
    columns[order], roles[order], attr(loans, "ledger", exact = TRUE), pricing,
    skipped = names(features)[!possible], ignored = setdiff(names(loans), used)
  )
}

compute_features <- function(features, loans, call = caller_env()) {
  columns <- as.list(loans)
  place <- topenv()
  out <- vector("list", length(features))
  names(out) <- names(features)
  for (name in names(features)) {
    formula <- features[[name]]$formula
    value <- tryCatch(
      eval(formula, columns[features[[name]]$needs], place),
      error = function(e) abort_formula(name, features[[name]], columns, e, call)
    )
    out[[name]] <- feature_column(value, name, features[[name]], columns, call)
  }
  out
}

# Integer, double or factor; never the loans' own vector, which `:=` could then reach
feature_column <- function(value, name, feature, columns, call) {
  if (is.character(value)) value <- as.factor(value)
  if (is.logical(value)) value <- as.integer(value)
  plain <- is.factor(value) || (is.numeric(value) && !is.object(value))
  if (!plain || length(value) != length(columns[[feature$needs[1L]]])) {
    abort_formula(name, feature, columns, NULL, call)
  }
  if (is.name(feature$formula)) copy(value) else value
}

abort_formula <- function(name, feature, columns, error, call) {
  types <- vapply(columns[feature$needs], function(x) class(x)[1L], "")
  lcrisk_abort(
    "schema", "column_type",
    sprintf("The feature `%s` cannot be computed from %s.", name,
            paste(sprintf("`%s` (%s)", feature$needs, types), collapse = ", ")),
    cure = "Read the file with `lcrisk_read()`, or make numbers and dates of them.",
    columns = feature$needs, parent = error, call = call
  )
}

check_added <- function(add, loans, taken, call = caller_env()) {
  if (is.null(add)) return(invisible())
  if (!is.character(add) || anyNA(add)) {
    abort_argument("add", "names of columns", add, call)
  }
  check_columns(loans, add, arg = "loans", call = call)
  twice <- intersect(add, c(taken, names(kept_roles)))
  if (length(twice)) {
    lcrisk_abort(
      "input", "known_column",
      sprintf("`add` names %s, which the frame has already.", quoted(twice)),
      cure = "For Lending Club's own decision use `pricing = \"include\"`.",
      arg = "add", columns = twice, call = call
    )
  }
}

abort_no_features <- function(loans, call = caller_env()) {
  lcrisk_abort(
    "schema", "no_features",
    sprintf("`loans` has none of the columns of a loan application; it has %s.",
            quoted(names(loans), 6L)),
    cure = "Read the file with `lcrisk_read()`, or name the features with `add =`.",
    arg = "loans", call = call
  )
}

# What a frame keeps beside its features
kept_roles <- c(
  id = "id", default = "outcome", issue_d = "time", sub_grade = "benchmark",
  grade = "benchmark", funded_amnt = "money", installment = "money", int_rate = "money",
  total_pymnt = "money", total_rec_prncp = "money", total_rec_int = "money",
  total_rec_late_fee = "money", recoveries = "money", collection_recovery_fee = "money",
  last_pymnt_d = "money", last_pymnt_amnt = "money"
)

kept_columns <- function(loans, taken) {
  kept <- kept_roles[names(kept_roles) %in% setdiff(names(loans), taken)]
  if (all(is.na(loans[["id"]]))) kept <- kept[names(kept) != "id"]
  kept
}
