# Rows of metrics that the core measures in one walk down the scores, and the bootstrap
# of all of them.

BOOTSTRAP_ROWS <- 131072L

# What ffi_measure_once() and ffi_measure_resample() read. `whole` measures also what
# has a method of its own.
measure_input <- function(input, plan, whole = FALSE, lowest = numeric(),
                          start = c(0, 0, 1), max_rows = 0L) {
  list(
    prob = input$prob, y = input$y, weights = input$weights, value = input$value,
    cutoff = plan$cutoff, partial = plan$partial, severity = plan$severity,
    lowest = lowest, start = start, whole = whole, max_rows = max_rows
  )
}

# ---- ranking ---------------------------------------------------------------------

rank_metrics <- function(input, plan, resample = TRUE) {
  level <- plan$level
  auc <- auc_estimate(input, level)
  interval <- c(auc$lower, auc$upper)
  method <- if (auc$fragile) "bound from the smaller class" else "DeLong, logit scale"
  once <- .Call(ffi_measure_once, measure_input(input, plan))
  drawn <- if (resample) draw_measures(input, plan)
  row <- function(name, max = 1, logit = FALSE, seeks = FALSE) {
    values <- if (resample) drawn$sample[name, ] else NA_real_
    se <- if (resample) drawn$scale * spread_of(values) else NA_real_
    estimate <- once[[name]]
    interval <- if (logit) logit_interval(estimate, se, level)
                else normal_interval(estimate, se, level, 0, max)
    if (seeks) interval[1L] <- max(interval[1L] - excess_of(values, estimate), 0)
    metric_row(estimate, se, interval,
               paste0(drawn$method, if (logit) ", logit scale" else ", normal"))
  }
  partial <- row("partial_auc", diff(plan$partial))
  list(
    auc = metric_row(auc$estimate, auc$se, interval, method),
    gini = metric_row(2 * auc$estimate - 1, 2 * auc$se, 2 * interval - 1, method),
    partial_auc = partial, partial_auc_standard = mcclish(partial, plan$partial),
    ks = ks_row(input, auc, level, row("ks", seeks = TRUE)),
    pr_auc = row("pr_auc", logit = TRUE), h_measure = row("h_measure", seeks = TRUE),
    brier_reliability = row("reliability", seeks = TRUE),
    brier_resolution = row("resolution", 0.25, seeks = TRUE),
    brier_uncertainty = uncertainty_row(input, level)
  )
}

# A list: `sample`, a matrix with a row per measure and a column per resample, `scale` for
# its standard deviations, and `method`
draw_measures <- function(input, plan) {
  n <- length(input$y)
  few <- min(n, BOOTSTRAP_ROWS)
  sample <- .Call(
    ffi_measure_resample, measure_input(input, plan, max_rows = BOOTSTRAP_ROWS),
    draw_plan("rows"), plan$resamples, plan$run
  )
  of <- if (n > few) sprintf(" of %s rows", count_text(few)) else ""
  list(sample = sample, scale = sqrt(few / n),
       method = sprintf("%d bootstrap samples%s", plan$resamples, of))
}

# Of resamples that had both classes
spread_of <- function(values) stats::sd(values[is.finite(values)])

# What seeks its best over the rows it is measured on comes out too high, and in a
# resample of those rows too high once more. In simulations with known truths (300 to
# 30,000 rows) the bias is 1.6 to 2 times that excess; the lower end gives way by twice.
excess_of <- function(values, estimate) {
  2 * max(mean(values[is.finite(values)]) - estimate, 0)
}

seeking_metrics <- c("ks", "h_measure", "brier_reliability", "brier_resolution")

logit_interval <- function(estimate, se, level) {
  if (is.na(se)) return(no_interval)
  if (se == 0 || estimate <= 0 || estimate >= 1) {
    return(normal_interval(estimate, se, level, 0, 1))
  }
  reach <- normal_quantile(level) * se / (estimate * (1 - estimate))
  stats::plogis(stats::qlogis(estimate) + c(-reach, reach))
}

# McClish (1989): 0.5 at chance, 1 at perfection
mcclish <- function(row, partial) {
  least <- (partial[2L]^2 - partial[1L]^2) / 2
  most <- diff(partial)
  move <- function(x) (1 + (x - least) / (most - least)) / 2
  metric_row(move(row$estimate), row$se / (2 * (most - least)),
             move(c(row$lower, row$upper)), row$method)
}

# That the threshold was chosen matters in small samples only: beyond some 1e5 rows the
# binomial se at that threshold (Raghavachari 1973) is closer to the truth than 200
# resamples, whose own error is 5%.
ks_row <- function(input, auc, level, drawn) {
  if (length(input$y) <= BOOTSTRAP_ROWS) return(drawn)
  count <- confusion(input, auc$ks_threshold)
  se <- 2 * balanced_row(count$weight, count$square, level)$se
  metric_row(auc$ks, se, normal_interval(auc$ks, se, level, 0, 1),
             "binomial at the cut-off, normal")
}

uncertainty_row <- function(input, level) {
  weights <- input$weights %||% rep(1, length(input$y))
  share <- sum(weights * input$y) / sum(weights)
  estimate <- share * (1 - share)
  n <- length(input$y)
  spread <- sqrt(n / (n - 1) * sum((weights * (input$y - share))^2)) / sum(weights)
  # the second term is all there is at a share of one half
  se <- sqrt((1 - 2 * share)^2 * spread^2 + 2 * spread^4)
  metric_row(estimate, se, normal_interval(estimate, se, level, 0, 0.25), "delta, normal")
}

# ---- profit ----------------------------------------------------------------------

profit_metrics <- function(input, plan) {
  if (is.null(input$value)) return(NULL)
  weights <- input$weights %||% rep(1, length(input$y))
  earned <- input$value * (input$prob < plan$cutoff)
  estimate <- sum(weights * earned) / sum(weights)
  n <- length(earned)
  se <- sqrt(n / (n - 1) * sum((weights * (earned - estimate))^2)) / sum(weights)
  list(profit = metric_row(estimate, se, normal_interval(estimate, se, plan$level),
                           "mean, normal"))
}

# ---- all by the bootstrap ----------------------------------------------------------

# The rows again, with standard errors and intervals from resampling
resampled_rows <- function(rows, input, plan, draw) {
  bins <- .Call(ffi_calib_bins, input$prob, input$y, input$weights, 10L)
  line <- vapply(rows[c("calibration_large", "calibration_intercept",
                        "calibration_slope")], `[[`, 0, "estimate")
  if (anyNA(line)) line <- c(0, 0, 1)
  sample <- .Call(
    ffi_measure_resample,
    measure_input(input, plan, whole = TRUE, lowest = bins$lowest, start = unname(line)),
    draw, plan$resamples, plan$run
  )
  values <- resampled_values(sample, plan)
  for (name in names(rows)) {
    row <- resampled_row(rows[[name]], values[[name]], metric_range(name, plan),
                         draw_quantile(draw, plan$level), draw_text(draw, plan$resamples))
    if (name %in% seeking_metrics) {
      row$lower <- max(row$lower - excess_of(values[[name]], row$estimate), 0)
    }
    if (name == "ece") row$lower <- min(row$lower, rows$ece$lower)
    rows[[name]] <- row
  }
  rows
}

resampled_row <- function(row, values, range, quantile, method) {
  values <- values[is.finite(values)]
  if (is.na(row$estimate) || length(values) < 20L) {
    return(metric_row(row$estimate, NA_real_, no_interval, "too few samples with it"))
  }
  se <- stats::sd(values)
  if (se == 0) return(row)  # at the end of its range: the row's own bound says more
  reach <- quantile * se
  metric_row(row$estimate, se, c(max(row$estimate - reach, range[1L]),
                                 min(row$estimate + reach, range[2L])), method)
}

metric_range <- function(name, plan) {
  switch(
    name,
    partial_auc = c(0, diff(plan$partial)), log_loss = c(0, Inf),
    brier_resolution = , brier_uncertainty = c(0, 0.25), gini = , mcc = c(-1, 1),
    partial_auc_standard = mcclish(metric_row(0, 0, c(0, diff(plan$partial)), ""),
                                   plan$partial)[c("lower", "upper")] |> unlist(),
    profit = , calibration_large = , calibration_intercept = ,
    calibration_slope = c(-Inf, Inf), c(0, 1)
  )
}

# From what the core measured in each resample, each metric's values
resampled_values <- function(sample, plan) {
  value <- function(name) sample[name, ]
  partial <- value("partial_auc")
  c(
    list(
      auc = value("auc"), gini = 2 * value("auc") - 1, partial_auc = partial,
      partial_auc_standard = mcclish(metric_row(partial, NA, no_interval, ""),
                                     plan$partial)$estimate,
      ks = value("ks"), pr_auc = value("pr_auc"), h_measure = value("h_measure"),
      brier_reliability = value("reliability"), brier_resolution = value("resolution"),
      brier_uncertainty = value("uncertainty"), brier = value("brier"),
      log_loss = value("log_loss"), ece = value("ece"), profit = value("profit"),
      calibration_large = value("large"), calibration_intercept = value("intercept"),
      calibration_slope = value("slope")
    ),
    rates_of(value("tn"), value("fp"), value("fn"), value("tp"), plan$beta)
  )
}
