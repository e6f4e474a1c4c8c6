#' Do the probabilities mean what they say?
#'
#' Sorts the rows into bins of rising probability and compares, in each, the mean
#' probability with the share of events; and fits the line that would repair them.
#'
#' @inheritParams lcrisk_metrics
#' @param bins Bins of equal size (equal weight) wanted. Equal probabilities stay
#'   together, so there can be fewer; none is empty.
#' @param by NULL, or one value per row that says which group it is of, such as its grade
#'   or the day it was issued: calibration is then judged group by group. Dates are
#'   grouped by year; other values by themselves, factors in the order of their levels.
#' @return With `by`, what is described under Groups below. Otherwise a data.table of
#'   class `lcrisk_calibration`, one row per bin: `bin`, `n` (rows),
#'   `prob` (mean probability), `rate` (share of events), `lower`, `upper` (Jeffreys
#'   interval of the share), `lowest`, `highest` (probabilities in the bin). The
#'   attribute `line` is a data.table with `estimate`, `se`, `lower`, `upper` of `large`
#'   (intercept with slope 1), `intercept` and `slope`; `ece` is the expected calibration
#'   error over these bins.
#' @details `large` solves logit(P) = a + logit(prob): above 0 there were more events than
#'   predicted. `intercept` and `slope` solve logit(P) = a + b logit(prob); a slope below
#'   1 says that probabilities are too extreme (Cox 1958). They are NA when `prob` is
#'   constant or separates the outcomes. Where probabilities of 0 and 1 leave the log-odds
#'   no finite correction, the line is NA, with a warning. `plot()` and
#'   `ggplot2::autoplot()` draw the bins with their intervals.
#' @section Groups: With `by` the result is a data.table of class `lcrisk_calibration_by`,
#'   one row per group: `group`, `n`, `n_event`, `prob` (mean probability), `rate` (share
#'   of events), `lower`, `upper` (Jeffreys interval of the rate), `inside` (is `prob` in
#'   it?), and `p_value`, Jeffreys' test that the true rate is no higher than `prob`: the
#'   share of the posterior Beta(events + 1/2, rest + 1/2) below `prob`, small where the
#'   probabilities are too low. Values of many groups need an adjustment such as
#'   `p.adjust(p_value, "holm")`. Rows without a group are left out and counted in the
#'   attribute `n_missing`.
#' @inheritSection lcrisk_metrics Errors
#' @section Warnings: `lcrisk_warning_numeric` (`no_calibration`) when probabilities are 0
#'   or 1 and the line is NA for that.
#' @inherit lcrisk_metrics references
#' @family metrics
#' @examples
#' set.seed(1)
#' prob <- runif(2000)
#' truth <- runif(2000) < plogis(0.5 + 0.8 * qlogis(prob))
#' calibration <- lcrisk_calibration(truth, prob)
#' calibration
#' plot(calibration)
#' lcrisk_calibration(truth, prob, by = rep(c("A", "B"), each = 1000))
#' @export
lcrisk_calibration <- function(truth, prob, bins = 10L, event = NULL, level = 0.95,
                               weights = NULL, na.rm = FALSE, by = NULL, ...) {
  check_call(...)
  bins <- check_count(bins, max = 10000L)
  level <- check_level(level)
  input <- metric_input(truth, prob, event, weights, na.rm)
  if (!is.null(by)) {
    return(calibration_by(input, check_groups(by, length(truth)), level))
  }
  found <- .Call(ffi_calib_bins, input$prob, input$y, input$weights, bins)
  interval <- jeffreys_interval(found$event, found$weight^2 / found$square, level)
  out <- data.table(
    bin = seq_along(found$rows), n = as.integer(found$rows), prob = found$prob,
    rate = found$event, lower = interval$lower, upper = interval$upper,
    lowest = found$lowest, highest = found$highest
  )
  setattr(out, "class", c("lcrisk_calibration", class(out)))
  facts <- list(
    line = calibration_line(input, level, metric_run()), ece = calibration_error(found),
    n_rows = length(input$y), n_event = sum(input$y), event = input$event, level = level
  )
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

calibration_error <- function(bins) {
  sum(bins$weight * abs(bins$prob - bins$event)) / sum(bins$weight)
}

calibration_line <- function(input, level, run) {
  fit <- function(slope_is_one) {
    .Call(ffi_calib_fit, input$prob, input$y, input$weights, slope_is_one, run)
  }
  large <- fit(TRUE)
  line <- fit(FALSE)
  estimate <- c(large[["intercept"]], line[["intercept"]], line[["slope"]])
  se <- c(large[["intercept_se"]], line[["intercept_se"]], line[["slope_se"]])
  # NaN of the core means: no finite answer. Probabilities of 0 and 1 give a finite one
  # of which the rows say nothing.
  blind <- is.finite(se) & se > largest_log_odds_se
  certain <- sum(input$prob <= 1e-15 | input$prob >= 1 - 1e-15)
  if (any(blind) || certain == length(input$prob)) warn_blind(certain, input$prob)
  estimate[is.nan(estimate) | blind] <- NA_real_
  se[is.na(estimate)] <- NA_real_
  reach <- normal_quantile(level) * se
  data.table(term = c("large", "intercept", "slope"), estimate = estimate, se = se,
             lower = estimate - reach, upper = estimate + reach)
}

# A standard error beyond any log-odds that occur: 1e-15 has -34.5
largest_log_odds_se <- 100

warn_blind <- function(n, prob) {
  lcrisk_warn(
    "numeric", "no_calibration",
    sprintf("`prob` is 0 or 1 in %d of %d rows: log-odds have no finite correction.", n,
            length(prob)),
    cure = "Calibration is NA. Give probabilities that are not certain.", n = n
  )
}

calibration_metrics <- function(input, level, run) {
  line <- calibration_line(input, level, run)
  row <- function(i) {
    method <- if (is.na(line$estimate[i])) "no finite answer"
              else if (is.null(input$weights)) "likelihood, normal"
              else "sandwich, normal"
    metric_row(line$estimate[i], line$se[i], c(line$lower[i], line$upper[i]), method)
  }
  bins <- .Call(ffi_calib_bins, input$prob, input$y, input$weights, 10L)
  list(
    calibration_large = row(1L), calibration_intercept = row(2L),
    calibration_slope = row(3L),
    ece = ece_row(bins, level)
  )
}

# Let g be the gaps of the bins, d the true ones and s their standard errors. Then
# sum w|g| is at least sum w sign(d) g, which is normal around sum w|d|: the upper end.
# And sum w|g| - sum w|d| is at most W = sum w|g - d|, a sum of half-normals: the lower
# end takes off W's quantile, by its mean, sd and skewness (Cornish and Fisher).
ece_row <- function(bins, level) {
  estimate <- calibration_error(bins)
  n_effective <- bins$weight^2 / bins$square
  share <- (bins$event * n_effective + 0.5) / (n_effective + 1)  # never certain
  part <- bins$weight / sum(bins$weight) * sqrt(share * (1 - share) / n_effective)
  se <- sqrt(sum(part^2))
  z <- normal_quantile(level)
  skewness <- HALF_NORMAL_SKEWNESS * sum(part^3) / se^3
  chance <- sqrt(2 / pi) * sum(part) +
    sqrt(1 - 2 / pi) * se * (z + (z^2 - 1) * skewness / 6)
  metric_row(estimate, se, c(max(estimate - chance, 0), min(estimate + z * se, 1)),
             "ten equal bins, chance gaps taken off")
}

HALF_NORMAL_SKEWNESS <- sqrt(2) * (4 - pi) / (pi - 2)^1.5

#' @export
format.lcrisk_calibration <- function(x, ...) {
  line <- attr(x, "line")
  needed <- c("bin", "n", "prob", "rate", "lower", "upper")
  if (is.null(line) || !all(needed %in% names(x))) {
    return(c("<lcrisk_calibration>", utils::capture.output(print(as.data.table(x)))))
  }
  said <- sprintf("%s %.3f (%.3f, %.3f)", line$term, line$estimate, line$lower,
                  line$upper)
  shown <- unique(round(seq(1, nrow(x), length.out = min(nrow(x), 5L))))
  at <- function(name) x[[name]][shown]
  c(
    sprintf("<lcrisk_calibration> %s, %s (%s), %s", count_of(attr(x, "n_rows"), "row"),
            count_of(attr(x, "n_event"), "event"), attr(x, "event"),
            count_of(nrow(x), "bin")),
    sprintf("  %s, ece %.4f", said[1L], attr(x, "ece")),
    sprintf("  %s, %s", said[2L], said[3L]),
    "  bin       n    prob    rate  interval of the rate",
    sprintf("  %3d %7d  %.4f  %.4f  (%.4f, %.4f)", at("bin"), at("n"), at("prob"),
            at("rate"), at("lower"), at("upper")),
    "plot() draws all bins"
  )
}

#' @export
print.lcrisk_calibration <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_calibration <- function(x, ..., xlab = "Mean probability",
                                    ylab = "Share of events", main = "Calibration") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  reach <- range(0, x[["prob"]], x[["upper"]])
  graphics::plot(x[["prob"]], x[["rate"]], xlim = reach, ylim = reach, type = "n",
                 xlab = xlab, ylab = ylab, main = main, ...)
  crowd <- crowd_heights(x, 0.12 * reach[2L])
  graphics::rect(x[["lowest"]], 0, x[["highest"]], crowd, col = "grey85",
                 border = "grey70")
  graphics::abline(0, 1, lty = 3L)
  graphics::segments(x[["prob"]], x[["lower"]], x[["prob"]], x[["upper"]])
  graphics::points(x[["prob"]], x[["rate"]], pch = 19L)
  graphics::mtext(sprintf("%s rows in %d bins; grey: where they are",
                          count_text(sum(x[["n"]])), nrow(x)), 3L, line = 0.3, cex = 0.8)
  invisible(x)
}

# Rows per unit of probability, as heights of which the highest is `highest`; a bin of
# one value counts as wide as the narrowest other.
crowd_heights <- function(x, highest) {
  width <- x[["highest"]] - x[["lowest"]]
  width <- pmax(width, min(width[width > 0], 1))
  density <- x[["n"]] / width
  highest * density / max(density)
}

#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_calibration <- function(object, ...) {
  bins <- as.data.table(object)
  set(bins, j = "crowd", value = crowd_heights(object, 0.12 * max(object[["upper"]])))
  ggplot2::ggplot(bins) +
    ggplot2::aes(x = .data$prob, y = .data$rate, ymin = .data$lower, ymax = .data$upper) +
    ggplot2::geom_rect(ggplot2::aes(xmin = .data$lowest, xmax = .data$highest, ymin = 0,
                                    ymax = .data$crowd), fill = "grey85") +
    ggplot2::geom_abline(linetype = "dotted") +
    ggplot2::geom_pointrange() +
    ggplot2::labs(x = "Mean probability", y = "Share of events", title = "Calibration",
                  subtitle = sprintf("%s rows in %d bins; grey: where they are",
                                     count_text(sum(bins[["n"]])), nrow(bins)))
}
