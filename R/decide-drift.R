#' Have the applicants changed since training?
#'
#' Compares the score and each feature of later rows, month by month, with the
#' distributions that the model keeps of its training rows: the population stability
#' index (PSI, of features also called CSI) with a test of whether it is more than
#' chance. And says, before any outcome is known, what bad rate and AUC the calibrated
#' probabilities lead one to expect, so that outcomes can be held against it later.
#'
#' @param model An `lcrisk_model` made by [lcrisk_train()].
#' @param data Later rows: a frame, loans from [lcrisk_read()], or any data frame with the
#'   model's columns. Outcomes may be there, be missing in some rows, or not be there.
#' @param by `"month"`, `"quarter"`, `"year"`, or `"all"` for one period.
#' @param ... Nothing else: an unknown argument is an error.
#' @param time The column of `data` that dates the rows (its name), or one date per row.
#'   NULL: the frame's own, or `issue_d`. Not needed for `"all"`.
#' @param reference NULL for what the model remembers of its training rows, or rows to
#'   compare with instead, such as those of a quiet year. A model fits its training rows
#'   a little better than others, so its score is spread a little wider there; rows it
#'   was not trained on are the stricter reference for the score.
#' @param level Coverage of the intervals; 1 - `level` is the size of the tests.
#' @param resamples Sets of outcomes drawn for the expected performance, 20 or more.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A data.table of class `lcrisk_drift`, one row per period and variable:
#'   `period` (text), `variable` (a feature, or `(score)`: the log-odds), `n` (rows),
#'   `psi`, `limit` (what chance alone exceeds in 1 - `level` of cases), `p_value`,
#'   `p_adjusted` (Holm, over the variables of the period), `verdict`, `missing` and
#'   `missing_reference` (shares), `note`.
#'
#'   The attribute `performance` is a data.table with one row per period: `period`, `n`,
#'   `approved` (share below the cut-off), `rate`, `rate_lower`, `rate_upper` (expected
#'   share of events), `auc`, `auc_lower`, `auc_upper` (expected), `n_known` (rows with an
#'   outcome), `observed_rate`, `observed_auc` (of these rows), `rate_inside`,
#'   `auc_inside` (do they lie in the interval? NA unless all outcomes are known).
#'   Further attributes: `by`, `level`, `n_reference`, `approved_reference`, `cutoff`.
#' @details
#' **PSI** is the sum over bins of (q - p) log(q / p), with p the share in the reference
#' and q in the period. Bins: twentieths of the training values for numbers, ten for the
#' score, the levels of a factor, and missing. Half a row is added to each bin of both
#' sides, so that an empty bin gives a finite number; bins empty on both sides do not
#' count. A level that training had not is missing, with the warning of
#' [predict.lcrisk_model()].
#'
#' **Test.** If nothing has changed, PSI / (1 / N + 1 / M) is nearly chi-square with
#' (bins - 1) degrees of freedom, where N and M are the rows of both sides (Yurdakul and
#' Naranjo 2020). `limit` is the quantile of that. For `p_value`, bins in which fewer than
#' 5 rows of the smaller side would be expected are taken together. With few rows a PSI of
#' 0.2 can be chance; with many a PSI of 0.005 is not, and still does not matter.
#'
#' **Verdict.** `few`: too few rows to test. `stable`: not beyond chance after Holm's
#' adjustment, or PSI below 0.10. `moved`: beyond chance and at least 0.10. `far`: beyond
#' chance and at least 0.25. The two bounds are a custom of the trade, not a theorem.
#' A stable score does not prove a model healthy: outcomes can change while
#' applicants do not.
#'
#' **Note.** Where the share of missing values moves by 30 points or more, the
#' field `appeared` or `vanished`: a change of the data, not of the applicants.
#'
#' **Expected performance.** If the probabilities are calibrated, the expected share of
#' events is their mean, and the expected AUC is the share of pairs ranked right when
#' each row is an event with its probability. Intervals are quantiles over outcomes drawn
#' so: where an observed value falls outside, the model has lost calibration or ranking.
#' It cannot see a change of risk among applicants who look the same; that needs the
#' outcomes.
#' @section Errors: `lcrisk_error_input`: `no_time` when rows are not dated;
#'   `missing_date`; bad arguments. `lcrisk_error_model` (`no_reference`) for a model
#'   without a reference; those of [predict.lcrisk_model()].
#' @references Yurdakul, B. and Naranjo, J. (2020). Statistical properties of the
#'   population stability index. *Journal of Risk Model Validation* 14(4).
#'
#'   Efron, B. and Tibshirani, R. (1993). *An Introduction to the Bootstrap*, section 6.5.
#' @family deciding
#' @examples
#' set.seed(1)
#' rows <- function(n, shift) {
#'   data <- data.frame(income = rnorm(n, 60 + shift, 15), age = runif(n, 20, 70))
#'   data$default <- runif(n) < plogis(1 - 0.05 * data$income)
#'   data
#' }
#' model <- lcrisk_train(default ~ ., rows(2000, 0), learner = "logit", seed = 1)
#' later <- rbind(rows(500, 0), rows(500, 8))
#' drift <- lcrisk_drift(model, later, time = rep(as.Date(c("2012-01-01", "2012-02-01")),
#'                                                each = 500))
#' drift
#' attr(drift, "performance")
#' plot(drift, which = "performance")
#' @export
lcrisk_drift <- function(model, data, by = "month", ..., time = NULL, reference = NULL,
                         level = 0.95, resamples = 200L, threads = lcrisk_threads()) {
  check_call(...)
  check_model(model)
  by <- check_choice(by, names(drift_units))
  level <- check_level(level)
  resamples <- check_count(resamples, 20L, 1e6)
  run <- new_run(0, threads)
  data <- check_data(data)
  periods <- drift_periods(data, by, time)
  before <- drift_reference(model, reference, run)
  now <- drift_rows(model, data, "data", run)
  count <- .Call(ffi_drift_count, now$columns, before$cuts, periods$code,
                 length(periods$label), run)
  names(count) <- names(now$columns)
  out <- drift_table(before$counts, count, periods$label, level)
  performance <- drift_performance(model, now$prob, drift_truth(model, data), periods,
                                   level, resamples, run)
  setattr(out, "class", c("lcrisk_drift", class(out)))
  facts <- list(performance = performance, by = by, level = level,
                n_reference = sum(before$counts[[1L]]), n_rows = nrow(data),
                approved_reference = before$approved, cutoff = model$cutoff)
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

# ---- periods -------------------------------------------------------------------

# Months in a period, and its name from the number of its first month
drift_units <- list(
  month = list(months = 1L, text = function(m) {
    sprintf("%04d-%02d", m %/% 12L, m %% 12L + 1L)
  }),
  quarter = list(months = 3L, text = function(m) {
    sprintf("%04d Q%d", m %/% 12L, m %% 12L %/% 3L + 1L)
  }),
  year = list(months = 12L, text = function(m) sprintf("%04d", m %/% 12L)),
  all = NULL
)

# `code`: the period of each row, from 0; `label`: their names in order
drift_periods <- function(data, by, time, call = caller_env()) {
  if (by == "all") return(list(code = integer(nrow(data)), label = "all"))
  unit <- drift_units[[by]]
  number <- month_number(drift_dates(data, time, call)) %/% unit$months
  known <- sort(unique(number))
  list(code = match(number, known) - 1L, label = unit$text(known * unit$months))
}

drift_dates <- function(data, time, call) {
  if (is.character(time) && length(time) == 1L) {
    check_columns(data, time, "data", call)
    return(check_dates(data[[time]], time, call))
  }
  if (!is.null(time)) {
    if (length(time) != nrow(data)) {
      abort_argument("time", sprintf("a column's name, or one date per row (%d)",
                                     nrow(data)), time, call)
    }
    return(check_dates(time, "time", call))
  }
  found <- if (is_frame(data)) column_of(data, "time") else data[["issue_d"]]
  if (is.null(found)) {
    lcrisk_abort("input", "no_time", "`data` has no column that dates its rows.",
                 cure = "Name one by `time =`, or take all rows at once: `by = \"all\"`.",
                 arg = "time", call = call)
  }
  check_dates(found, "issue_d", call)
}

# ---- both sides ----------------------------------------------------------------

SCORE <- "(score)"

# Columns with the log-odds among them, and probabilities. Log-odds are those of training:
# a later calibration moves all of them and is no drift.
drift_rows <- function(model, data, arg, run, call = caller_env()) {
  x <- model_columns(model, data, arg, call)
  link <- raw_link(model, x, run)
  own <- Filter(function(calibrator) isTRUE(calibrator$in_training), model$calibration)
  columns <- c(stats::setNames(list(calibrate_link(own, link)), SCORE), x)
  list(columns = columns, prob = link_prob(model, link))
}

# For each variable, in the order of drift_rows(): `cuts` (none for levels) and `counts`,
# missing first; and `approved`, the share below the cut-off
drift_reference <- function(model, reference, run, call = caller_env()) {
  if (!is.null(reference)) {
    reference <- check_data(reference, call = call)
    rows <- drift_rows(model, reference, "reference", run, call)
    bins <- c(10L, rep(REFERENCE_BINS, length(rows$columns) - 1L))
    cuts <- Map(function(x, n) if (is.factor(x)) double() else reference_cuts(x, n),
                rows$columns, bins)
    counts <- .Call(ffi_drift_count, rows$columns, cuts, integer(nrow(reference)), 1L,
                    run)
    return(list(cuts = cuts, counts = lapply(counts, as.vector),
                approved = mean(rows$prob < model$cutoff)))
  }
  kept <- model$blueprint$reference
  if (is.null(kept$counts)) {
    lcrisk_abort("model", "no_reference", "The model remembers no distributions.",
                 cure = "Train it again, or give `reference =`.", call = call)
  }
  features <- model$blueprint$features
  cuts <- lapply(features, function(name) kept$cuts[[name]] %||% double())
  list(cuts = c(list(kept$score$cuts), cuts),
       counts = c(list(kept$score$counts), unname(kept$counts[features])),
       approved = kept$approved)
}

# ---- index ---------------------------------------------------------------------

PSI_MOVED <- 0.10
PSI_FAR <- 0.25
MISSING_MOVED <- 0.30
FEW_EXPECTED <- 5

drift_table <- function(before, count, label, level) {
  one <- function(j) {
    rows <- lapply(seq_along(label), function(k) {
      psi_row(before[[j]], count[[j]][, k], level)
    })
    out <- rbindlist(rows)
    set(out, j = "variable", value = names(count)[j])
    set(out, j = "period", value = label)
  }
  out <- rbindlist(lapply(seq_along(count), one))
  in_order <- order(match(out[["period"]], label))
  out <- out[in_order]
  set(out, j = "p_adjusted", value = stats::ave(
    out[["p_value"]], out[["period"]],
    FUN = function(p) stats::p.adjust(p, "holm")
  ))
  moved <- out[["missing"]] - out[["missing_reference"]]
  set(out, j = "verdict", value = fcase(
    is.na(out[["p_value"]]), "few",
    out[["p_adjusted"]] >= 1 - level | out[["psi"]] < PSI_MOVED, "stable",
    out[["psi"]] < PSI_FAR, "moved", rep(TRUE, nrow(out)), "far"
  ))
  set(out, j = "note", value = fcase(moved >= MISSING_MOVED, "vanished",
                                     moved <= -MISSING_MOVED, "appeared"))
  setcolorder(out, c("period", "variable", "n", "psi", "limit", "p_value", "p_adjusted",
                     "verdict", "missing", "missing_reference", "note"))
  out[]
}

# Counts per bin, missing first, of both sides
psi_row <- function(before, after, level) {
  n <- c(sum(before), sum(after))
  used <- before + after > 0
  merged <- merge_rare(before[used], after[used], n)
  spread <- sum(1 / n)
  test <- psi_of(merged$before, merged$after) / spread
  freedom <- length(merged$before) - 1L
  list(
    n = n[2L], psi = psi_of(before[used], after[used]),
    limit = spread * stats::qchisq(level, max(sum(used) - 1L, 0L)),
    p_value = if (freedom > 0L) {
      stats::pchisq(test, freedom, lower.tail = FALSE)
    } else if (sum(used) == 1L && min(n) >= FEW_EXPECTED) 1 else NA_real_,
    missing = after[1L] / n[2L], missing_reference = before[1L] / n[1L]
  )
}

psi_of <- function(before, after) {
  p <- (before + 0.5) / sum(before + 0.5)
  q <- (after + 0.5) / sum(after + 0.5)
  sum((q - p) * log(q / p))
}

# Bins of which the smaller side would have fewer than 5 rows are one bin; if that one
# is too small too, the smallest other joins it.
merge_rare <- function(before, after, n) {
  expected <- min(n) * (before + after) / sum(n)
  rare <- expected < FEW_EXPECTED
  if (any(rare) && sum(expected[rare]) < FEW_EXPECTED && !all(rare)) {
    rare[!rare][which.min(expected[!rare])] <- TRUE
  }
  bin <- ifelse(rare, 0L, seq_along(before))
  list(before = as.vector(rowsum(before, bin)), after = as.vector(rowsum(after, bin)))
}

# ---- expected performance ------------------------------------------------------

# The outcomes of `data` as 0/1 with NA where unknown; NULL without the column
drift_truth <- function(model, data) {
  truth <- if (!is.null(model$outcome)) data[[model$outcome]]
  if (is.null(truth) || all(is.na(truth))) return(NULL)
  known <- !is.na(truth)
  y <- rep(NA_integer_, length(truth))
  y[known] <- as.integer(as.character(truth[known]) == model$event)
  y
}

drift_performance <- function(model, prob, truth, periods, level, resamples, run) {
  rows <- split(seq_along(prob), factor(periods$code, seq_along(periods$label) - 1L))
  out <- rbindlist(lapply(rows, function(i) {
    c(list(n = length(i), approved = mean(prob[i] < model$cutoff)),
      expected_row(prob[i], level, resamples, run), observed_row(prob[i], truth[i]))
  }))
  inside <- function(what) {
    value <- out[[paste0("observed_", what)]]
    within <- value >= out[[paste0(what, "_lower")]] &
      value <= out[[paste0(what, "_upper")]]
    fifelse(out[["n_known"]] == out[["n"]], within, NA)
  }
  set(out, j = "rate_inside", value = inside("rate"))
  set(out, j = "auc_inside", value = inside("auc"))
  set(out, j = "period", value = periods$label)
  setcolorder(out, "period")
  out[]
}

expected_row <- function(prob, level, resamples, run) {
  drawn <- .Call(ffi_drift_expect, prob, resamples, run)
  ends <- function(k) {
    values <- drawn[k, -1L]
    stats::quantile(values[is.finite(values)], c(1 - level, 1 + level) / 2, names = FALSE)
  }
  area <- drawn[2L, 1L]
  rate <- ends(1L)
  auc <- if (is.finite(area)) ends(2L) else c(NA_real_, NA_real_)
  list(rate = drawn[1L, 1L], rate_lower = rate[1L], rate_upper = rate[2L],
       auc = if (is.finite(area)) area else NA_real_, auc_lower = auc[1L],
       auc_upper = auc[2L])
}

observed_row <- function(prob, truth) {
  known <- which(!is.na(truth))
  y <- truth[known]
  both <- length(unique(y)) == 2L
  list(
    n_known = length(known),
    observed_rate = if (length(known)) mean(y) else NA_real_,
    observed_auc = if (both) .Call(ffi_auc_area, prob[known], y)[["area"]] else NA_real_
  )
}
