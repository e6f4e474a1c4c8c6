# A calibrator: what lcrisk_calibrate() learned, a list of plain vectors.

#' Use and print a calibrator
#'
#' @param object,x What [lcrisk_calibrate()] returned for plain probabilities.
#' @param newdata Probabilities to calibrate, in 0 to 1; NA stays NA.
#' @param ... Not used.
#' @return `predict()`: the calibrated probabilities. `format()`: character, one line per
#'   entry. `print()` and `plot()`: `x`, invisibly; the plot shows calibrated against
#'   given probabilities.
#' @section Errors: `lcrisk_error_input` when `newdata` are not probabilities.
#' @family calibration
#' @examples
#' calibrator <- lcrisk_calibrate(c(0.2, 0.8), method = "prior", from = 0.5, to = 0.1)
#' predict(calibrator, c(0.2, 0.8, NA))
#' plot(calibrator)
#' @name lcrisk_calibrator
NULL

#' @rdname lcrisk_calibrator
#' @export
predict.lcrisk_calibrator <- function(object, newdata, ...) {
  check_call(...)
  call <- rlang::current_env()
  prob <- check_scores(newdata, length(newdata), "newdata", call)
  known <- !is.na(prob)
  if (any(known)) check_score_values(prob[known], TRUE, "newdata", call)
  prob[known] <- calibrate_prob(object, prob[known])
  prob
}

calibrate_prob <- function(calibrator, prob) {
  link <- recalibrate(calibrator, .Call(ffi_recal_logit, prob))
  .Call(ffi_base_logistic, link)
}

# "platt on 1,204 rows: level 0.145 to 0.152"
calibrator_text <- function(calibrator) {
  if (calibrator$n == 0L) return(calibrator$method)
  sprintf("%s on %s rows, mean %.4f to %.4f", calibrator$method,
          count_text(calibrator$n), calibrator$before, calibrator$after)
}

#' @rdname lcrisk_calibrator
#' @export
format.lcrisk_calibrator <- function(x, ...) {
  b <- x$coefficient
  shape <- if (x$method == "isotonic") {
    sprintf("  %d steps, %.4f to %.4f", length(x$steps$rate), x$steps$rate[1L],
            x$steps$rate[length(x$steps$rate)])
  } else {
    sprintf("  %-10s %.4f%s", names(b), b,
            ifelse(is.na(x$se) | x$se == 0, "", sprintf(" (se %.4f)", x$se)))
  }
  c(
    sprintf("<lcrisk_calibrator> %s; the event is %s", x$method, x$event),
    if (x$n > 0L) {
      sprintf("  %s rows, %s events (%.4f); mean probability %.4f before, %.4f after",
              count_text(x$n), count_text(x$n_event), x$rate, x$before, x$after)
    },
    shape, "Next: predict(calibrator, prob), lcrisk_calibration(truth, prob)."
  )
}

#' @rdname lcrisk_calibrator
#' @export
print.lcrisk_calibrator <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @rdname lcrisk_calibrator
#' @export
plot.lcrisk_calibrator <- function(x, ...) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  prob <- seq(0, 1, length.out = 401L)
  graphics::plot(prob, calibrate_prob(x, prob), type = "l", xlim = c(0, 1),
                 ylim = c(0, 1), asp = 1, xlab = "Probability given",
                 ylab = "Probability calibrated", main = paste("Calibration:", x$method),
                 ...)
  graphics::abline(0, 1, lty = 3L)
  invisible(x)
}
