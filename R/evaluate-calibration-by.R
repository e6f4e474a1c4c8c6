# Calibration group by group: by vintage, by grade.

# One factor entry per row; NA is no group
check_groups <- function(by, n, arg = "by", call = caller_env()) {
  plain <- is.atomic(by) && (!is.object(by) || is.factor(by) || inherits(by, "Date"))
  if (!plain || !is.null(dim(by)) || length(by) != n) {
    abort_argument(arg, sprintf("one value per row (%d)", n), by, call)
  }
  if (inherits(by, "Date")) by <- data.table::year(by)
  if (is.character(by)) return(factor(by, sort(unique(by), method = "radix")))
  if (is.factor(by)) droplevels(by) else factor(by)
}

calibration_by <- function(input, group, level) {
  if (!is.null(input$keep)) group <- group[input$keep]
  weights <- input$weights %||% rep(1, length(input$y))
  sums <- function(x) as.vector(rowsum(x, group, reorder = TRUE))
  known <- !is.na(group)
  if (!all(known)) {
    input$y <- input$y[known]
    input$prob <- input$prob[known]
    weights <- weights[known]
    group <- group[known]
  }
  weight <- sums(weights)
  rate <- sums(weights * input$y) / weight
  prob <- sums(weights * input$prob) / weight
  n_effective <- weight^2 / sums(weights^2)
  interval <- jeffreys_interval(rate, n_effective, level)
  out <- data.table(
    group = factor(levels(droplevels(group)), levels(droplevels(group))),
    n = as.integer(sums(rep(1, length(group)))), n_event = as.integer(sums(input$y)),
    prob = prob, rate = rate, lower = interval$lower, upper = interval$upper,
    inside = interval$lower <= prob & prob <= interval$upper,
    p_value = stats::pbeta(prob, rate * n_effective + 0.5,
                           (1 - rate) * n_effective + 0.5)
  )
  setattr(out, "class", c("lcrisk_calibration_by", class(out)))
  facts <- list(level = level, event = input$event, n_missing = sum(!known))
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

#' @export
format.lcrisk_calibration_by <- function(x, ...) {
  needed <- c("group", "n", "n_event", "prob", "rate", "lower", "upper", "inside")
  if (is.null(attr(x, "level")) || !all(needed %in% names(x))) {
    return(c("<lcrisk_calibration_by>", utils::capture.output(print(as.data.table(x)))))
  }
  outside <- which(!x[["inside"]])
  shown <- utils::head(order(x[["inside"]], -x[["n"]]), 6L)
  at <- function(name) x[[name]][sort(shown)]
  width <- max(5L, nchar(as.character(at("group"))))
  c(
    sprintf("<lcrisk_calibration_by> %d groups, %d outside their %g %% interval", nrow(x),
            length(outside), 100 * attr(x, "level")),
    sprintf("  %-*s %8s %7s  prob    rate  interval of the rate", width, "group", "n",
            "events"),
    sprintf("  %-*s %8d %7d  %.4f  %.4f  (%.4f, %.4f)%s", width,
            as.character(at("group")), at("n"), at("n_event"), at("prob"), at("rate"),
            at("lower"), at("upper"), ifelse(at("inside"), "", " *")),
    if (nrow(x) > length(shown)) {
      sprintf("%d more; plot() draws all groups", nrow(x) - length(shown))
    }
  )
}

#' @export
print.lcrisk_calibration_by <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_calibration_by <- function(x, ..., xlab = "", ylab = "Share of events",
                                       main = "Calibration by group") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  place <- seq_len(nrow(x))
  reach <- range(0, x[["upper"]], x[["prob"]])
  graphics::plot(place, x[["rate"]], xlim = c(0.5, nrow(x) + 0.5), ylim = reach,
                 pch = 19L, xaxt = "n", xlab = xlab, ylab = ylab, main = main, ...)
  graphics::axis(1L, place, x[["group"]])
  graphics::segments(place, x[["lower"]], place, x[["upper"]])
  graphics::points(place, x[["prob"]], pch = 4L, col = 2L, lwd = 2)
  graphics::mtext(count_text(x[["n"]]), 3L, line = 0.2, at = place, cex = 0.7)
  graphics::legend("bottomleft", c("observed", "predicted"), pch = c(19L, 4L),
                   col = c(1L, 2L), bty = "n")
  invisible(x)
}

#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_calibration_by <- function(object, ...) {
  ggplot2::ggplot(as.data.table(object)) +
    ggplot2::aes(x = .data$group, y = .data$rate, ymin = .data$lower,
                 ymax = .data$upper) +
    ggplot2::geom_pointrange() +
    ggplot2::geom_point(ggplot2::aes(y = .data$prob), shape = 4L, colour = "red",
                        size = 3) +
    ggplot2::labs(x = NULL, y = "Share of events (bar), mean probability (cross)",
                  title = "Calibration by group")
}
