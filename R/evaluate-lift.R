#' Lift and capture by depth
#'
#' Sorts the rows by falling probability and says, for the riskiest tenth, two tenths and
#' so on, how many of the events are among them and how much denser they are there.
#'
#' @inheritParams lcrisk_metrics
#' @param depths Shares of the rows (of their weight), rising, above 0 and at most 1; or
#'   the number of equal steps.
#' @return A data.table of class `lcrisk_lift`, one row per depth: `depth`, `n` (rows,
#'   weights summed), `cutoff` (the lowest probability among them), `capture` (share of
#'   all events that are among them) with `capture_lower` and `capture_upper`, `lift`
#'   (capture over depth: density of events relative to all) with `lift_lower` and
#'   `lift_upper`, and `rate` (share of events among them). Attributes `n_rows`,
#'   `n_event`, `event`, `level`, `method`.
#' @details Depths cut through tied probabilities: those rows are taken in equal parts, so
#'   that the order of rows cannot matter. Intervals are of the bootstrap (blocks if
#'   given), which also redraws where the depth cuts; `lift` has that of capture over
#'   depth.
#' @inheritSection lcrisk_metrics Errors
#' @family metrics
#' @examples
#' set.seed(1)
#' prob <- plogis(rnorm(1000, -1.5))
#' lift <- lcrisk_lift(runif(1000) < prob, prob)
#' lift
#' plot(lift)
#' @export
lcrisk_lift <- function(truth, prob, depths = 10L, event = NULL, level = 0.95,
                        weights = NULL, na.rm = FALSE, ..., blocks = NULL,
                        resamples = 200L, threads = lcrisk_threads()) {
  check_call(...)
  depths <- check_depths(depths)
  level <- check_level(level)
  resamples <- check_count(resamples, 20L, 1e6)
  input <- metric_input(truth, prob, event, weights, na.rm, range = FALSE)
  draw <- check_blocks(blocks, input, length(truth)) %||% draw_plan("rows")
  found <- .Call(ffi_choose_capture, input, depths, draw, resamples, new_run(0, threads))
  capture <- found[, 1L]
  reach <- draw_quantile(draw, level) * apply(found[, -1L, drop = FALSE], 1L, spread_of)
  lower <- pmax(capture - reach, 0)
  upper <- pmin(capture + reach, 1)
  weights <- input$weights %||% rep(1, length(input$y))
  share <- sum(weights * input$y) / sum(weights)
  out <- data.table(
    depth = depths, n = depths * sum(weights),
    cutoff = cutoff_at_depth(input$prob, weights, depths), capture = capture,
    capture_lower = lower, capture_upper = upper, lift = capture / depths,
    lift_lower = lower / depths, lift_upper = upper / depths,
    rate = share * capture / depths
  )
  setattr(out, "class", c("lcrisk_lift", class(out)))
  facts <- list(n_rows = length(input$y), n_event = sum(input$y), event = input$event,
                level = level, method = draw_text(draw, resamples))
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

check_depths <- function(depths, arg = "depths", call = caller_env()) {
  ok <- is.numeric(depths) && length(depths) > 0L && all(is.finite(depths))
  if (ok && length(depths) == 1L && depths > 1) {
    steps <- check_count(depths, 2L, 1000L, arg, call)
    return(seq_len(steps) / steps)
  }
  if (!ok || depths[1L] <= 0 || depths[length(depths)] > 1 || any(diff(depths) <= 0)) {
    abort_argument(arg, "a number of steps, or rising shares above 0 and at most 1",
                   depths, call)
  }
  as.double(depths)
}

# The lowest probability among the riskiest share of the weight
cutoff_at_depth <- function(prob, weights, depths) {
  order <- order(prob, decreasing = TRUE)
  passed <- cumsum(weights[order]) / sum(weights)
  at <- findInterval(depths * (1 - 1e-12), passed, left.open = TRUE) + 1L
  prob[order][pmin(at, length(prob))]
}

#' @export
format.lcrisk_lift <- function(x, ...) {
  needed <- c("depth", "capture", "capture_lower", "capture_upper", "lift", "rate")
  if (is.null(attr(x, "level")) || !all(needed %in% names(x)) || !nrow(x)) {
    return(c("<lcrisk_lift>", utils::capture.output(print(as.data.table(x)))))
  }
  shown <- unique(c(utils::head(seq_len(nrow(x)), 5L), nrow(x)))
  at <- function(name) x[[name]][shown]
  c(
    sprintf("<lcrisk_lift> %s rows, %s events (%s)", count_text(attr(x, "n_rows")),
            count_text(attr(x, "n_event")), attr(x, "event")),
    sprintf("  depth    lift  capture  %g %% interval      rate", 100 * attr(x, "level")),
    sprintf("  %5.1f %% %5.2f   %.4f  (%.4f, %.4f)  %.4f", 100 * at("depth"), at("lift"),
            at("capture"), at("capture_lower"), at("capture_upper"), at("rate")),
    if (nrow(x) > length(shown)) {
      sprintf("%d more; plot() draws all", nrow(x) - length(shown))
    }
  )
}

#' @export
print.lcrisk_lift <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_lift <- function(x, ..., xlab = "Share of rows, riskiest first",
                             ylab = "Share of events among them", main = "Capture") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  depth <- c(0, x[["depth"]])
  graphics::plot(depth, c(0, x[["capture"]]), type = "o", pch = 19L, xlim = c(0, 1),
                 ylim = c(0, 1), xlab = xlab, ylab = ylab, main = main, ...)
  graphics::segments(x[["depth"]], x[["capture_lower"]], x[["depth"]],
                     x[["capture_upper"]])
  graphics::abline(0, 1, lty = 3L)
  graphics::text(x[["depth"]], x[["capture"]], sprintf("  %.1fx", x[["lift"]]),
                 adj = c(0, 1.3), cex = 0.7)
  invisible(x)
}

#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_lift <- function(object, ...) {
  ggplot2::ggplot(as.data.table(object)) +
    ggplot2::aes(x = .data$depth, y = .data$capture, ymin = .data$capture_lower,
                 ymax = .data$capture_upper) +
    ggplot2::geom_abline(linetype = "dotted") +
    ggplot2::geom_line() +
    ggplot2::geom_pointrange() +
    ggplot2::labs(x = "Share of rows, riskiest first", y = "Share of events among them",
                  title = "Capture")
}
