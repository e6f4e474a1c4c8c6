#' Metrics of probabilities, each with an interval
#'
#' Ranking, losses, counts at a cut-off and calibration of predicted probabilities
#' against what happened, one row per metric.
#'
#' @inheritParams lcrisk_auc
#' @param prob Probabilities of the event, numeric in 0 to 1.
#' @param cutoff The event is predicted where `prob >= cutoff`; 0 to 1.
#' @return A data.table of class `lcrisk_metrics` with the columns `metric`, `estimate`,
#'   `se`, `lower`, `upper` (the interval at `level`) and `method` (how interval and se
#'   were found), and the attributes `n`, `n_event`, `cutoff`, `event`, `level`,
#'   `n_missing` and `n_clipped`.
#' @details
#' Ranking:
#' * `auc`, `gini`: see [lcrisk_auc()]; gini is 2 auc - 1. DeLong, on the logit scale.
#' * `ks`: the largest recall minus false alarm rate over all cut-offs. **It reads high
#'   and its interval errs on one side**: as a maximum over cut-offs the estimate is above
#'   the truth on average, by 0.07 with 30 events of 200 rows, by 0.03 with 150 of 1,000
#'   and by 0.01 with 750 of 5,000 (truth 0.29). The interval has the bias of 200
#'   bootstrap samples, drawn within both classes, taken off, and their se; even so it
#'   lies wholly above the truth in 10, 8 and 6 % of such samples where 2.5 % were
#'   promised, and wholly below it in 2 to 3 %. Above 131,072 rows it is normal with the
#'   binomial se at the cut-off found, where the bias no longer matters.
#'
#' Losses, with the se of a mean and a normal interval:
#' * `brier`: mean of (prob - outcome)^2.
#' * `log_loss`: mean of -log(probability given to what happened).
#'
#' Counts at the cut-off (tp events and fp others predicted as events, fn and tn not):
#' * `recall` tp / (tp + fn), `precision` tp / (tp + fp) (NA when no event is predicted),
#'   `specificity` tn / (tn + fp), `accuracy`. Wilson intervals.
#' * `f1`: 2 tp / (2 tp + fp + fn). It rises with tp / (tp + fp + fn), whose Wilson
#'   interval is carried over; se by the delta method.
#' * `balanced_accuracy`, the mean of recall and specificity, and `mcc`, the correlation
#'   of prediction and outcome (Matthews; NA when all rows are predicted alike). Delta
#'   method, normal intervals.
#'
#' Calibration, with normal intervals from the likelihood:
#' * `calibration_large`: a in logit(P) = a + logit(prob), 0 when the level is right.
#' * `calibration_intercept`, `calibration_slope`: a and b in
#'   logit(P) = a + b logit(prob), 0 and 1 when right (Cox 1958). NA when prob is constant
#'   or separates outcomes.
#' * `ece`: mean gap of share and probability over ten bins of equal size. No interval:
#'   it is biased upwards in small samples.
#'
#' Log loss and calibration take probabilities no nearer to 0 and 1 than 1e-15; the
#' attribute `n_clipped` and `method` say in how many rows. The bootstrap is keyed by a
#' fixed seed, so the same rows give the same numbers on any number of threads.
#'
#' Weights say how much a row stands for: estimates with whole weights equal those with
#' rows repeated, but intervals count rows (sandwich and effective numbers of rows,
#' Kish 1965), so doubling all weights changes nothing.
#' @section Errors: `lcrisk_error_input` as in [lcrisk_auc()], and for probabilities
#'   outside 0 to 1 (`bad_probability`).
#' @section Warnings: `lcrisk_warning_numeric`: `no_width` when all rows agree and the se
#'   is 0 for that; `no_calibration` when probabilities are 0 or 1 and have no finite
#'   correction.
#' @references Brown, Cai and DasGupta (2001), Interval estimation for a binomial
#'   proportion, *Statistical Science* 16. Cox (1958), Two further applications of a
#'   model for binary regression, *Biometrika* 45.
#'   Raghavachari (1973), Limiting distributions of Kolmogorov-Smirnov type statistics
#'   under the alternative, *Annals of Statistics* 1.
#' @family metrics
#' @examples
#' set.seed(1)
#' prob <- runif(500)
#' truth <- runif(500) < prob
#' metrics <- lcrisk_metrics(truth, prob)
#' metrics
#' metrics[metric == "recall", .(estimate, lower, upper)]
#' @export
lcrisk_metrics <- function(truth, prob, cutoff = 0.5, event = NULL, level = 0.95,
                           weights = NULL, na.rm = FALSE, ...) {
  check_call(...)
  cutoff <- check_number(cutoff, 0, 1)
  level <- check_level(level)
  input <- metric_input(truth, prob, event, weights, na.rm)
  run <- metric_run()
  losses <- .Call(ffi_rates_losses, input$prob, input$y, input$weights)
  rows <- c(
    rank_metrics(input, level, run), loss_metrics(losses, level),
    cutoff_metrics(input, cutoff, level), calibration_metrics(input, level, run)
  )
  out <- rbindlist(rows)
  set(out, j = "metric", value = names(rows))
  warn_no_width(out)
  setcolorder(out, "metric")
  setattr(out, "class", c("lcrisk_metrics", class(out)))
  facts <- list(
    n = length(input$y), n_event = sum(input$y), cutoff = cutoff, event = input$event,
    level = level, n_missing = input$n_missing, n_clipped = losses[["n_clipped"]]
  )
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

metric_row <- function(estimate, se, interval, method) {
  list(estimate = estimate, se = se, lower = interval[1L], upper = interval[2L],
       method = method)
}

no_interval <- c(NA_real_, NA_real_)

# ---- ranking -------------------------------------------------------------------

rank_metrics <- function(input, level, run) {
  auc <- auc_estimate(input, level)
  interval <- c(auc$lower, auc$upper)
  method <- if (auc$fragile) "bound from the smaller class" else "DeLong, logit scale"
  list(
    auc = metric_row(auc$estimate, auc$se, interval, method),
    gini = metric_row(2 * auc$estimate - 1, 2 * auc$se, 2 * interval - 1, method),
    ks = ks_row(input, auc, level, run)
  )
}

ks_resamples <- 200L
ks_resampled_rows <- 131072L

# That the threshold was chosen matters in small samples only: beyond some 1e5 rows the
# binomial se at that threshold (Raghavachari 1973) is closer to the truth than 200
# resamples, whose own error is 5%.
ks_row <- function(input, auc, level, run) {
  if (length(input$y) <= ks_resampled_rows) {
    drawn <- .Call(ffi_roc_ks_resample, input$prob, input$y, input$weights, ks_resamples,
                   run)
    se <- stats::sd(drawn)
    bias <- mean(drawn) - auc$ks
    method <- sprintf("%d bootstrap samples, normal, bias taken off", ks_resamples)
  } else {
    count <- confusion(input, auc$ks_threshold)
    se <- 2 * balanced_row(count$weight, count$square, level)$se
    bias <- 0
    method <- "binomial at the cut-off, normal"
  }
  interval <- normal_interval(auc$ks - bias, se, level, 0, 1)
  metric_row(auc$ks, se, c(min(interval[1L], auc$ks), max(interval[2L], auc$ks)), method)
}

# ---- losses --------------------------------------------------------------------

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

# ---- counts at a cut-off ---------------------------------------------------------

cells <- c("tn", "fp", "fn", "tp")

# Weight and squared weight of each cell; both are counts without weights.
confusion <- function(input, cutoff) {
  found <- .Call(ffi_rates_confusion, input$prob, input$y, input$weights, cutoff)
  list(weight = found[cells],
       square = stats::setNames(found[paste0(cells, "_square")], cells))
}

cutoff_metrics <- function(input, cutoff, level) {
  found <- confusion(input, cutoff)
  count <- found$weight
  square <- found$square
  share <- function(hit, all) share_row(count, square, hit, all, level)
  list(
    recall = share("tp", c("tp", "fn")),
    precision = share("tp", c("tp", "fp")),
    f1 = f1_row(share("tp", c("tp", "fp", "fn"))),
    specificity = share("tn", c("tn", "fp")),
    accuracy = share(c("tp", "tn"), cells),
    balanced_accuracy = balanced_row(count, square, level),
    mcc = mcc_row(count, square, level)
  )
}

# The share of the cells `hit` in the cells `all`
share_row <- function(count, square, hit, all, level) {
  total <- sum(count[all])
  if (total == 0) return(metric_row(NA_real_, NA_real_, no_interval, "no such row"))
  share <- sum(count[hit]) / total
  miss <- setdiff(all, hit)
  se <- sqrt(sum(square[hit]) * (1 - share)^2 + sum(square[miss]) * share^2) / total
  n_effective <- total^2 / sum(square[all])
  metric_row(share, se, wilson_interval(share, n_effective, level), "Wilson")
}

# From the Jaccard share j = tp / (tp + fp + fn): F1 = 2 j / (1 + j)
f1_row <- function(jaccard) {
  if (is.na(jaccard$estimate)) return(jaccard)
  f1 <- function(j) 2 * j / (1 + j)
  metric_row(f1(jaccard$estimate), jaccard$se * 2 / (1 + jaccard$estimate)^2,
             f1(c(jaccard$lower, jaccard$upper)), "Wilson of tp / (tp + fp + fn)")
}

balanced_row <- function(count, square, level) {
  recall <- share_row(count, square, "tp", c("tp", "fn"), level)
  specificity <- share_row(count, square, "tn", c("tn", "fp"), level)
  estimate <- (recall$estimate + specificity$estimate) / 2
  se <- sqrt(recall$se^2 + specificity$se^2) / 2
  metric_row(estimate, se, normal_interval(estimate, se, level, 0, 1), "delta, normal")
}

# Matthews' correlation; its derivative by each cell's share gives the se.
mcc_row <- function(count, square, level) {
  share <- as.list(count / sum(count))
  event <- share$tp + share$fn
  other <- share$tn + share$fp
  yes <- share$tp + share$fp
  no <- share$tn + share$fn
  root <- sqrt(event * other * yes * no)
  if (root == 0) {
    return(metric_row(NA_real_, NA_real_, no_interval, "all rows predicted alike"))
  }
  mcc <- (share$tp * share$tn - share$fp * share$fn) / root
  slope <- c(
    tn = share$tp / root - mcc / 2 * (1 / other + 1 / no),
    fp = -share$fn / root - mcc / 2 * (1 / other + 1 / yes),
    fn = -share$fp / root - mcc / 2 * (1 / event + 1 / no),
    tp = share$tn / root - mcc / 2 * (1 / event + 1 / yes)
  )
  slope <- slope - sum(slope * unlist(share)[names(slope)])
  se <- sqrt(sum(square[names(slope)] * slope^2)) / sum(count)
  metric_row(mcc, se, normal_interval(mcc, se, level, -1, 1), "delta, normal")
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
