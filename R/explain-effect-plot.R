#' Print and plot an effect
#'
#' @param x What [lcrisk_effect()] returned.
#' @param part For two features: the joint `"effect"`, or the `"interaction"`.
#' @param main,xlab,ylab Title and labels of the axes.
#' @param ... Further arguments of [graphics::plot()] or, for two features,
#'   [graphics::image()]; else not used.
#' @return `format()`: character, one line per entry; the others `x`, invisibly.
#' @details The line is the effect, dotted lines the tenth and nine-tenth quantile over
#'   rows, thin lines single rows; ticks below show where the rows are. Missing stands
#'   to the right as a cross. Two features give a map, dark = high, with numbers.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90), term = sample(c(36, 60), 300, TRUE))
#' data$default <- runif(300) < plogis(1 - 0.06 * data$income + 0.02 * data$term)
#' model <- lcrisk_train(default ~ ., data, learner = "logit", seed = 1)
#' plot(lcrisk_effect(model, data, "income", type = "ice"))
#' @name plot.lcrisk_effect
NULL

#' @rdname plot.lcrisk_effect
#' @export
format.lcrisk_effect <- function(x, ...) {
  if (is.null(attr(x, "feature")) || !all(c("value", "effect", "n") %in% names(x))) {
    return(c("<lcrisk_effect>", utils::capture.output(print(as.data.table(x)))))
  }
  with <- attr(x, "with")
  shown <- unique(round(seq(1, nrow(x), length.out = min(nrow(x), 8L))))
  value <- effect_labels(x[["value"]][shown])
  if (!is.null(with)) {
    value <- sprintf("%s, %s", value, effect_labels(x[["with_value"]][shown]))
  }
  c(
    sprintf("<lcrisk_effect> %s: %s of %s over %s rows",
            paste(c(attr(x, "feature"), with), collapse = ", "),
            c(pdp = "partial dependence", ice = "individual curves",
              ale = "accumulated local effect")[[attr(x, "type")]],
            effect_axis(x, FALSE), count_text(attr(x, "n_rows"))),
    sprintf("  %-*s  %9s  %7s", max(nchar(value)), "value", "effect", "rows"),
    sprintf("  %-*s  %9.4f  %7d", max(nchar(value)), value, x[["effect"]][shown],
            x[["n"]][shown]),
    if (nrow(x) > length(shown)) sprintf("  %d of %d values", length(shown), nrow(x)),
    "Next: plot()."
  )
}

#' @rdname plot.lcrisk_effect
#' @export
print.lcrisk_effect <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

effect_labels <- function(value) {
  text <- if (is.character(value)) value else format_number(value, 4L)
  text[is.na(value)] <- "missing"
  text
}

effect_axis <- function(x, long = TRUE) {
  what <- if (attr(x, "scale") == "prob") "probability" else "log-odds"
  if (!long) return(what)
  change <- if (attr(x, "type") == "ale") "Change of the " else "Mean "
  sprintf("%s%s of %s", change, what, attr(x, "event"))
}

#' @rdname plot.lcrisk_effect
#' @export
plot.lcrisk_effect <- function(x, part = "effect", main = NULL, xlab = NULL, ylab = NULL,
                               ...) {
  part <- check_choice(part, c("effect", "interaction"))
  if (is.null(attr(x, "with"))) {
    if (part != "effect") abort_argument("part", "\"effect\" for one feature", part,
                                         rlang::current_env())
    with_look(plot_one_effect(x, main, xlab, ylab, ...))
  } else {
    with_look(plot_joint_effect(x, part, main, xlab, ylab, ...))
  }
  invisible(x)
}

CURVES_SHOWN <- 100L

plot_one_effect <- function(x, main, xlab, ylab, ...) {
  main <- main %||% sprintf("Effect of %s", attr(x, "feature"))
  ylab <- ylab %||% effect_axis(x)
  if (is.character(x[["value"]])) return(plot_levels(x, main, ylab, ...))
  missing <- is.na(x[["value"]])
  at <- x[["value"]]
  known <- at[!missing]
  if (any(missing)) at[missing] <- max(known) + 0.08 * max(diff(range(known)), 1e-9)
  curves <- some_curves(attr(x, "curves", exact = TRUE))
  graphics::plot(
    range(at), range(x[["effect"]], x[["low"]], x[["high"]], curves), type = "n",
    xlab = xlab %||% attr(x, "feature"), ylab = ylab, main = main, ...
  )
  if (!is.null(curves)) {
    graphics::matlines(known, t(curves[, !missing, drop = FALSE]), lty = 1L,
                       col = grDevices::grey(0.75), lwd = 0.5)
  }
  for (end in intersect(c("low", "high"), names(x))) {
    graphics::lines(known, x[[end]][!missing], lty = 3L)
  }
  graphics::lines(known, x[["effect"]][!missing], lwd = 2)
  if (any(missing)) {
    graphics::segments(at[missing], x[["low"]][missing], at[missing],
                       x[["high"]][missing], lty = 3L)
    graphics::points(at[missing], x[["effect"]][missing], pch = 4L, lwd = 2)
    graphics::text(at[missing], x[["effect"]][missing], "missing", pos = 2L, cex = 0.8)
  }
  graphics::rug(known[x[["n"]][!missing] > 0L])
}

some_curves <- function(curves) {
  if (is.null(curves)) return(NULL)
  n <- nrow(curves)
  curves[unique(round(seq(1, n, length.out = min(n, CURVES_SHOWN)))), , drop = FALSE]
}

# Levels have no order: one below the other, the highest effect on top
plot_levels <- function(x, main, axis, ...) {
  x <- as.data.table(x)[order(x[["effect"]])]
  at <- seq_len(nrow(x))
  label <- effect_labels(x[["value"]])
  with_names_beside(label, {
    graphics::plot(range(x[["effect"]], x[["low"]], x[["high"]]),
                   c(0.5, nrow(x) + 0.5), type = "n", yaxt = "n", ylab = "",
                   xlab = axis, main = main, ...)
    graphics::abline(h = at, lty = 3L, col = "grey80")
    if (!is.null(x[["low"]])) graphics::segments(x[["low"]], at, x[["high"]], at)
    graphics::points(x[["effect"]], at, pch = 19L)
    names_axis(at, label)
  })
}

# A map in grey with the numbers in it
plot_joint_effect <- function(x, part, main, xlab, ylab, ...) {
  rows <- unique(effect_labels(x[["value"]]))
  columns <- unique(effect_labels(x[["with_value"]]))
  z <- matrix(x[[part]], length(rows))
  range <- range(z)
  what <- if (part == "effect") effect_axis(x) else paste("Interaction,",
                                                          effect_axis(x, FALSE))
  with_names_beside(columns, {
    graphics::image(
      seq_along(rows), seq_along(columns), z,
      col = grDevices::grey(seq(0.97, 0.35, -0.02)),
      xaxt = "n", yaxt = "n", xlab = xlab %||% attr(x, "feature"), ylab = "",
      main = main %||% sprintf("%s, by %s (up) and %s", what, attr(x, "with"),
                               attr(x, "feature")), ...
    )
    graphics::axis(1L, seq_along(rows), rows, las = if (length(rows) > 6L) 2L else 1L,
                   cex.axis = 0.8)
    names_axis(seq_along(columns), columns)
    digits <- max(0L, 2L - floor(log10(max(diff(range), 1e-12))))
    dark <- (z - range[1L]) / max(diff(range), 1e-12) > 0.75
    graphics::text(row(z), col(z), formatC(z, digits = min(digits, 4L), format = "f"),
                   cex = 0.7, col = ifelse(dark, "white", "black"))
  })
}
