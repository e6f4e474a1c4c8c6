#' ROC curve
#'
#' Recall and false alarm rate at every cut-off that makes a difference.
#'
#' @inheritParams lcrisk_auc
#' @return A data.table of class `lcrisk_roc`, one row per distinct score after a first
#'   row at `Inf`, cut-offs falling: `threshold` (the event is predicted at or above
#'   it), `recall` (share of events predicted), `false_alarm` (share of non-events
#'   predicted as events) and `precision` (NA where nothing is predicted). Attributes:
#'   `auc` (as from [lcrisk_auc()]), `n`, `n_event`, `event`.
#' @details `plot()` draws the curve with base graphics and `ggplot2::autoplot()` as a
#'   ggplot; both thin curves of more than 2,000 points evenly in rank.
#' @section Errors: as in [lcrisk_auc()].
#' @family metrics
#' @examples
#' roc <- lcrisk_roc(c(0, 0, 1, 0, 1, 1), c(0.1, 0.3, 0.3, 0.4, 0.6, 0.8))
#' roc
#' plot(roc)
#' @export
lcrisk_roc <- function(truth, prob, event = NULL, level = 0.95, weights = NULL,
                       na.rm = FALSE, ...) {
  check_call(...)
  level <- check_level(level)
  input <- metric_input(truth, prob, event, weights, na.rm, range = FALSE)
  points <- .Call(ffi_roc_points, input$prob, input$y, input$weights)
  n_points <- length(points$threshold)
  predicted <- points$event + points$other
  out <- data.table(
    threshold = c(Inf, points$threshold),
    recall = c(0, points$event / points$event[n_points]),
    false_alarm = c(0, points$other / points$other[n_points]),
    precision = c(NA, points$event / predicted)
  )
  setattr(out, "class", c("lcrisk_roc", class(out)))
  setattr(out, "auc", auc_number(auc_estimate(input, level), input, level))
  setattr(out, "n", length(input$y))
  setattr(out, "n_event", sum(input$y))
  setattr(out, "event", input$event)
  out[]
}

#' @export
format.lcrisk_roc <- function(x, ...) {
  auc <- attr(x, "auc")
  table <- utils::capture.output(print(as.data.table(x), topn = 2L, nrows = 5L))
  if (is.null(auc)) return(c("<lcrisk_roc>", table))
  interval <- attr(auc, "interval")
  c(
    sprintf("<lcrisk_roc> %s; auc %.4f (%.4f, %.4f); %s, %s (%s)",
            count_of(nrow(x), "cut-off"), as.numeric(auc), interval[[1L]],
            interval[[2L]], count_of(attr(x, "n"), "row"),
            count_of(attr(x, "n_event"), "event"), attr(x, "event")),
    table, "plot() draws it"
  )
}

#' @export
print.lcrisk_roc <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

# Enough points for any screen, the first and last among them
thin_curve <- function(x, max = 2000L) {
  if (nrow(x) <= max) return(as.data.table(x))
  as.data.table(x)[unique(round(seq(1, nrow(x), length.out = max)))]
}

#' @export
plot.lcrisk_roc <- function(x, ..., xlab = "False alarm rate", ylab = "Recall",
                            main = roc_title(x)) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  curve <- thin_curve(x)
  graphics::plot(curve$false_alarm, curve$recall, type = "l", xlim = c(0, 1),
                 ylim = c(0, 1), asp = 1, xlab = xlab, ylab = ylab, main = main, ...)
  graphics::abline(0, 1, lty = 3L)
  invisible(x)
}

#' @importFrom rlang .data
#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_roc <- function(object, ...) {
  ggplot2::ggplot(thin_curve(object)) +
    ggplot2::aes(x = .data$false_alarm, y = .data$recall) +
    ggplot2::geom_abline(linetype = "dotted") +
    ggplot2::geom_line() +
    ggplot2::coord_equal(xlim = c(0, 1), ylim = c(0, 1)) +
    ggplot2::labs(x = "False alarm rate", y = "Recall", title = roc_title(object))
}

roc_title <- function(x) {
  auc <- attr(x, "auc")
  if (is.null(auc)) "ROC curve" else sprintf("ROC curve, auc %.3f", as.numeric(auc))
}
