#' @rdname plot.lcrisk_shap
#' @export
plot.lcrisk_shap <- function(x, row = NULL, features = 12L, main = NULL, xlab = NULL,
                             ...) {
  features <- check_count(features)
  if (is.null(row) && nrow(x$contributions) == 1L) row <- 1L
  if (is.null(row)) {
    with_look(plot_all_rows(x, features, main, xlab, ...))
  } else {
    row <- check_count(row, 1L, nrow(x$contributions))
    with_look(plot_one_row(x, row, features, main, xlab, ...))
  }
  invisible(x)
}

POINTS_SHOWN <- 2000L

# A line of points per feature, shaded by the feature's rank
plot_all_rows <- function(x, features, main, xlab, ...) {
  shown <- rev(names(utils::head(mean_size(x$contributions), features)))
  n <- nrow(x$contributions)
  rows <- unique(round(seq(1, n, length.out = min(n, POINTS_SHOWN))))
  with_names_beside(shown, {
    graphics::plot(
      range(0, x$contributions[rows, shown]), c(0.5, length(shown) + 0.5), type = "n",
      yaxt = "n", ylab = "", xlab = xlab %||% sprintf("Contribution to the %s", x$scale),
      main = main %||% "Contributions, dark = high value", ...
    )
    graphics::abline(v = 0, col = "grey40")
    graphics::abline(h = seq_along(shown), lty = 3L, col = "grey80")
    for (i in seq_along(shown)) {
      value <- x$values[[shown[i]]][rows]
      place <- i + 0.35 * spread(x$contributions[rows, shown[i]])
      graphics::points(x$contributions[rows, shown[i]], place,
                       pch = ifelse(is.na(value), 4L, 21L), cex = 0.7,
                       bg = shades(value), col = "grey20", lwd = 0.5)
    }
    names_axis(seq_along(shown), shown)
  })
}

# Grey by rank: low light, high dark; levels without an order are all alike
shades <- function(value) {
  if (is.factor(value) && !is.ordered(value)) return(grDevices::grey(0.6))
  value <- as.double(value)
  rank <- rank(value, na.last = "keep", ties.method = "average")
  known <- sum(!is.na(value))
  rank <- if (known > 1L) (rank - 1) / (known - 1) else rank * 0 + 0.5
  rank[is.na(rank)] <- 0
  grDevices::grey(0.95 - 0.95 * rank)
}

# Heights between -1 and 1 that keep points of nearly equal contribution apart: within
# a narrow range, one after the other up and down
spread <- function(contribution) {
  reach <- range(contribution)
  cell <- floor(60 * (contribution - reach[1L]) / max(diff(reach), 1e-12))
  place <- stats::ave(contribution, cell, FUN = seq_along) - 1
  most <- max(place, 10)
  side <- ifelse(place %% 2 == 0, 1, -1)
  side * ceiling(place / 2) * 2 / most
}

# From the base to the row's output
plot_one_row <- function(x, row, features, main, xlab, ...) {
  part <- x$contributions[row, ]
  part <- part[order(-abs(part))]
  value <- vapply(x$values[names(part)], function(v) value_text(v[row]), "")
  label <- sprintf("%s = %s", names(part), value)
  if (length(part) > features) {
    rest <- seq_along(part) >= features
    label <- c(label[!rest], sprintf("%d others", sum(rest)))
    part <- c(part[!rest], sum(part[rest]))
  }
  end <- x$base + cumsum(part)
  start <- c(x$base, end[-length(end)])
  at <- rev(seq_along(part))
  with_names_beside(label, {
    graphics::plot(
      range(start, end) + c(-0.05, 0.15) * diff(range(start, end)),
      c(0.5, length(part) + 0.5), type = "n", yaxt = "n",
      ylab = "", xlab = xlab %||% sprintf("%s%s", toupper(substr(x$scale, 1L, 1L)),
                                          substring(x$scale, 2L)),
      main = main %||% sprintf("Row %d: %.3f from the base of %.3f", row,
                               x$output[row], x$base), ...
    )
    graphics::abline(v = x$base, lty = 3L)
    graphics::rect(start, at - 0.32, end, at + 0.32,
                   col = ifelse(part > 0, "grey35", "white"))
    graphics::segments(end, at - 0.32, end, pmax(at - 1.32, 0.5), lty = 3L)
    graphics::text(pmax(start, end), at, sprintf("%+.3f", part), pos = 4L, cex = 0.8,
                   xpd = NA)
    names_axis(at, label)
  })
}
