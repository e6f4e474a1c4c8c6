#' Metrics of probabilities, each with an interval
#'
#' Ranking, losses, counts at a cut-off and calibration of predicted probabilities
#' against what happened, one row per metric.
#'
#' @inheritParams lcrisk_auc
#' @param prob Probabilities of the event, numeric in 0 to 1.
#' @param cutoff The event is predicted where `prob >= cutoff`; 0 to 1.
#' @param ... Nothing else: an unknown argument is an error.
#' @param profit NULL, or what approving each row earned (a number per row, losses
#'   negative), or `c(good = , bad = )`: what a row earns without and with the event.
#' @param beta How much more recall counts than precision in `f_beta`, above 0.
#' @param partial Two rising numbers in 0 to 1: the false alarm rates between which
#'   `partial_auc` is the area.
#' @param severity For `h_measure`: the cost of a false alarm over that of a miss, above
#'   0. NULL: events over the rest, so that the class that is rare is the dear one.
#' @param interval `"auto"`: each metric by its own method, as below. `"bootstrap"`: all
#'   by resampling rows. `"stratified"`: all by resampling rows within both classes, right
#'   where the share of events was fixed by design and chance had no part in it.
#' @param blocks NULL, or one value per row, such as the month of issue: all intervals
#'   then come from resampling whole blocks. Loans of one vintage share its luck, and an
#'   interval that takes them for independent is too short. At least 5 blocks.
#' @param resamples Bootstrap samples, 20 or more.
#' @param threads Number of threads, see [lcrisk_threads()]. Never changes a bit.
#' @return A data.table of class `lcrisk_metrics` with the columns `metric`, `estimate`,
#'   `se`, `lower`, `upper` (the interval at `level`) and `method` (how interval and se
#'   were found), and the attributes `n`, `n_event`, `cutoff`, `event`, `level`,
#'   `n_missing`, `n_clipped`, `beta`, `partial` and `severity`.
#' @details
#' Ranking:
#' * `auc`, `gini`: see [lcrisk_auc()]; gini is 2 auc - 1. DeLong, on the logit scale.
#' * `partial_auc`: the area under the ROC curve between the false alarm rates
#'   `partial`; `partial_auc_standard`: the same moved so that chance is 0.5 and
#'   perfection 1 (McClish 1989). Bootstrap.
#' * `ks`: the largest recall minus false alarm rate over all cut-offs. As a maximum it
#'   reads high: on average by 0.07 with 30 events of 200 rows, by 0.03 with 150 of 1,000
#'   and by 0.01 with 750 of 5,000 (truth 0.29). Bootstrap; its lower end still lies above
#'   the truth in 7 % of samples of 1,000 rows instead of 2.5 %. Above 131,072 rows the
#'   binomial se at the cut-off found, where that no longer matters.
#' * `pr_auc`: average precision, the mean over events of the precision at their own
#'   probability, without interpolation. Bootstrap, on the logit scale. Chance is the
#'   share of events.
#' * `h_measure`: 1 less the least expected cost over that of the better constant
#'   decision, costs weighted by a Beta(2, 1 + 1 / severity) (Hand 2009, Hand and
#'   Anagnostopoulos 2014). Bootstrap.
#'
#' Losses:
#' * `brier`: mean of (prob - outcome)^2, and `log_loss`: mean of -log(probability given
#'   to what happened). The se of a mean, normal interval.
#' * `brier_reliability` - `brier_resolution` + `brier_uncertainty` = `brier`. Reliability
#'   is what isotonic recalibration would take off the Brier score (Dimitriadis, Gneiting
#'   and Jordan 2021): no bins to choose, and an exact sum. Reliability and resolution are
#'   biased upwards in small samples. Bootstrap; uncertainty, share * (1 - share), by the
#'   delta method.
#'
#' Counts at the cut-off (tp events and fp others predicted as events, fn and tn not):
#' * `recall` tp / (tp + fn), `precision` tp / (tp + fp) (NA when no event is predicted),
#'   `specificity` tn / (tn + fp), `accuracy`. Wilson intervals.
#' * `f1`: 2 tp / (2 tp + fp + fn). It rises with tp / (tp + fp + fn), whose Wilson
#'   interval is carried over; se by the delta method. `f_beta`:
#'   (1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp), a share of weighted counts. Wilson.
#' * `balanced_accuracy`, the mean of recall and specificity, and `mcc`, the correlation
#'   of prediction and outcome (Matthews; NA when all rows are predicted alike). Delta
#'   method, normal intervals.
#' * `profit`, when given: mean profit per row when rows below the cut-off are approved
#'   and the others earn 0. The se of a mean, normal interval.
#'
#' Calibration:
#' * `calibration_large`: a in logit(P) = a + logit(prob), 0 when the level is right.
#' * `calibration_intercept`, `calibration_slope`: a and b in
#'   logit(P) = a + b logit(prob), 0 and 1 when right (Cox 1958). NA when prob is constant
#'   or separates outcomes. Likelihood, normal intervals.
#' * `ece`: mean gap of share and probability over ten bins of equal size. Chance alone
#'   makes gaps, so the estimate is biased upwards and no symmetric interval holds. The
#'   upper end is normal; the lower end takes off the quantile of what chance gaps could
#'   have added in all bins together (by the triangle inequality they can add no more),
#'   and is 0 where chance explains them.
#'
#' Log loss and calibration take probabilities no nearer to 0 and 1 than 1e-15; the
#' attribute `n_clipped` and `method` say in how many rows.
#'
#' The bootstrap draws rows with replacement (Efron 1979), within both classes, or whole
#' blocks; its intervals are normal, with blocks Student's t on one degree of freedom less
#' than blocks. Within classes, errors of precision, Brier score and all else that depends
#' on the share of events come out smaller, because that share is then held fixed. The
#' estimates of ks, h_measure, reliability and resolution are biased upwards, since they
#' seek the best cut-off or fit: where they are resampled, the lower end gives way by
#' twice the mean excess of the resamples over the estimate. All draws are keyed by a
#' fixed seed: the same rows give the same numbers on any number of threads. Above 131,072
#' rows, rows are resampled from a systematic sample of that size and errors scaled down.
#'
#' Weights say how much a row stands for: estimates with whole weights equal those with
#' rows repeated, but intervals count rows (sandwich and effective numbers of rows,
#' Kish 1965), so doubling all weights changes nothing. Every metric has a weighted form.
#' @section Errors: `lcrisk_error_input` as in [lcrisk_auc()], for probabilities
#'   outside 0 to 1 (`bad_probability`), and for fewer than 5 blocks (`few_blocks`).
#' @section Warnings: `lcrisk_warning_numeric`: `no_width` when all rows agree and the se
#'   is 0 for that; `no_calibration` when probabilities are 0 or 1 and have no finite
#'   correction.
#' @references Brown, Cai and DasGupta (2001), Interval estimation for a binomial
#'   proportion, *Statistical Science* 16. Cox (1958), Two further applications of a
#'   model for binary regression, *Biometrika* 45. Dimitriadis, Gneiting and Jordan
#'   (2021), Stable reliability diagrams for probabilistic classifiers, *PNAS* 118. Hand
#'   (2009), Measuring classifier performance: a coherent alternative to the area under
#'   the ROC curve, *Machine Learning* 77. Hand and Anagnostopoulos (2014), A better Beta
#'   for the H measure of classification performance, *Pattern Recognition Letters* 40.
#'   Kish (1965), *Survey Sampling*. Efron (1979), Bootstrap methods: another look at the
#'   jackknife, *Annals of Statistics* 7. McClish
#'   (1989), Analyzing a portion of the ROC curve, *Medical Decision Making* 9.
#'   Raghavachari (1973), Limiting distributions of Kolmogorov-Smirnov type statistics
#'   under the alternative, *Annals of Statistics* 1.
#' @family metrics
#' @examples
#' set.seed(1)
#' prob <- runif(500)
#' truth <- runif(500) < prob
#' metrics <- lcrisk_metrics(truth, prob, profit = c(good = 0.2, bad = -0.4))
#' metrics
#' metrics[metric %in% c("recall", "profit"), .(metric, estimate, lower, upper)]
#' @export
lcrisk_metrics <- function(truth, prob, cutoff = 0.5, event = NULL, level = 0.95,
                           weights = NULL, na.rm = FALSE, ..., profit = NULL, beta = 2,
                           partial = c(0, 0.2), severity = NULL, interval = "auto",
                           blocks = NULL, resamples = 200L,
                           threads = lcrisk_threads()) {
  check_call(...)
  cutoff <- check_number(cutoff, 0, 1)
  level <- check_level(level)
  beta <- check_positive(beta)
  partial <- check_partial(partial)
  if (!is.null(severity)) severity <- check_positive(severity)
  interval <- check_choice(interval, c("auto", "bootstrap", "stratified"))
  resamples <- check_count(resamples, 20L, 1e6)
  input <- metric_input(truth, prob, event, weights, na.rm)
  input$value <- check_profit(profit, input, length(truth))
  draw <- check_blocks(blocks, input, length(truth)) %||%
    switch(interval, bootstrap = draw_plan("rows"), stratified = draw_plan("classes"))
  plan <- list(cutoff = cutoff, level = level, beta = beta, partial = partial,
               severity = severity %||% odds_of(input), resamples = resamples,
               run = new_run(0, threads))
  losses <- .Call(ffi_rates_losses, input$prob, input$y, input$weights)
  rows <- metric_rows(input, plan, losses, resample = is.null(draw))
  if (!is.null(draw)) rows <- resampled_rows(rows, input, plan, draw)
  facts <- list(
    n = length(input$y), n_event = sum(input$y), cutoff = cutoff, event = input$event,
    level = level, n_missing = input$n_missing, n_clipped = losses[["n_clipped"]],
    beta = beta, partial = partial, severity = plan$severity
  )
  metric_table(rows, facts)
}

metric_table <- function(rows, facts) {
  out <- rbindlist(rows)
  set(out, j = "metric", value = names(rows))
  warn_no_width(out)
  setcolorder(out, "metric")
  setattr(out, "class", c("lcrisk_metrics", class(out)))
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

# Losses or resamples that are all alike say nothing of how far the estimate may be off
warn_no_width <- function(metrics) {
  none <- pmax(metrics[["se"]], metrics[["upper"]] - metrics[["lower"]]) < 1e-12
  none <- metrics[["metric"]][none %in% TRUE]
  # with all rows predicted alike it is one half by definition, and `mcc` is NA
  alike <- is.na(metrics[["estimate"]][metrics[["metric"]] == "mcc"])
  if (alike) none <- setdiff(none, "balanced_accuracy")
  if (!length(none)) return(invisible())
  lcrisk_warn(
    "numeric", "no_width",
    sprintf("The interval of %s has no width: all rows agree.", quoted(none)),
    cure = "These rows cannot say how far off it may be.", columns = none
  )
}

# All rows by their own methods. Without `resample` those of the bootstrap have their
# estimates only.
metric_rows <- function(input, plan, losses, resample = TRUE) {
  c(
    rank_metrics(input, plan, resample),
    loss_metrics(losses, plan$level),
    cutoff_metrics(input, plan$cutoff, plan$level, plan$beta),
    profit_metrics(input, plan),
    calibration_metrics(input, plan$level, plan$run)
  )
}

metric_row <- function(estimate, se, interval, method) {
  list(estimate = estimate, se = se, lower = interval[1L], upper = interval[2L],
       method = method)
}

no_interval <- c(NA_real_, NA_real_)

# ---- arguments -------------------------------------------------------------------

check_positive <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  x <- check_number(x, 0, arg = arg, call = call)
  if (x == 0) abort_argument(arg, "above 0", x, call)
  x
}

check_partial <- function(partial, call = caller_env()) {
  ok <- is.numeric(partial) && length(partial) == 2L && all(is.finite(partial)) &&
    partial[1L] >= 0 && partial[2L] <= 1 && partial[1L] < partial[2L]
  if (!ok) abort_argument("partial", "two rising numbers in 0 to 1", partial, call)
  as.double(partial)
}

# NULL, or one number per row that is still in
check_profit <- function(profit, input, n, call = caller_env()) {
  if (is.null(profit)) return(NULL)
  numbers <- is.numeric(profit) && !is.object(profit) && all(is.finite(profit))
  if (numbers && setequal(names(profit), c("good", "bad")) && length(profit) == 2L) {
    return(ifelse(input$y == 1L, profit[["bad"]], profit[["good"]]))
  }
  if (!numbers || length(profit) != n) {
    abort_argument("profit", "a finite number per row, or `c(good = , bad = )`", profit,
                   call)
  }
  profit <- as.double(profit)
  if (is.null(input$keep)) profit else profit[input$keep]
}

odds_of <- function(input) {
  weights <- input$weights %||% rep(1, length(input$y))
  sum(weights[input$y == 1L]) / sum(weights[input$y == 0L])
}

# ---- losses ----------------------------------------------------------------------

loss_metrics <- function(losses, level) {
  n_clipped <- losses[["n_clipped"]]
  row <- function(name, max, clipped) {
    estimate <- losses[[name]]
    se <- losses[[paste0(name, "_se")]]
    metric_row(estimate, se, normal_interval(estimate, se, level, 0, max),
               paste0("mean, normal", clipped))
  }
  clipped <- if (n_clipped > 0) sprintf(", %g clipped at 1e-15", n_clipped) else ""
  list(brier = row("brier", 1, ""), log_loss = row("log_loss", Inf, clipped))
}

# ---- print ---------------------------------------------------------------------

#' @export
format.lcrisk_metrics <- function(x, ...) {
  shown <- intersect(c("auc", "ks", "brier", "log_loss", "recall", "precision", "f1"),
                     x[["metric"]])
  whole <- all(c("estimate", "lower", "upper") %in% names(x))
  if (is.null(attr(x, "n", exact = TRUE)) || !whole || !length(shown)) {
    return(c("<lcrisk_metrics>", utils::capture.output(print(as.data.table(x)))))
  }
  at <- match(shown, x[["metric"]])
  number <- function(name) formatC(x[[name]][at], format = "f", digits = 4)
  n_more <- nrow(x) - length(shown)
  c(
    sprintf("<lcrisk_metrics> %s, %s (%s), cut-off %s, %g%% intervals",
            count_of(attr(x, "n"), "row"), count_of(attr(x, "n_event"), "event"),
            attr(x, "event"), format_number(attr(x, "cutoff"), 4L),
            100 * attr(x, "level")),
    sprintf("  %-10s %s  (%s, %s)", shown, number("estimate"), number("lower"),
            number("upper")),
    if (n_more > 0L) {
      sprintf("%d more, with se and method: as.data.table(); ks, a maximum, reads high",
              n_more)
    }
  )
}

#' @export
print.lcrisk_metrics <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
