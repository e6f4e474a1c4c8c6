# How this page draws and prints

# One look for all plots: quiet axes, one strong colour for each thing compared
ink <- "#333333"
grid_line <- "#e6e6e6"
colours <- c("#0b5394", "#c0504d", "#7f7f7f", "#38761d", "#b45f06", "#674ea7", "#134f5c")
quiet <- function(..., mar = c(3.4, 3.6, 2, 0.8)) {
  par(mar = mar, mgp = c(2.1, 0.5, 0), tcl = -0.25, las = 1, bty = "n", fg = ink,
      col.axis = ink, col.lab = ink, col.main = ink, font.main = 1, cex.main = 1,
      cex.axis = 0.85, ...)
}
empty_plot <- function(xlim, ylim, ...) {
  plot(NA, xlim = xlim, ylim = ylim, axes = FALSE, ...)
  abline(h = pretty(ylim), col = grid_line)
}
# Names at the right ends of lines, moved apart where they would meet
label_ends <- function(ends, labels) {
  y <- ends$y
  room <- 1.2 * strheight("M")
  for (i in order(y)[-1]) {
    below <- max(y[order(y)][seq_len(match(i, order(y)) - 1L)])
    y[i] <- max(y[i], below + room)
  }
  text(ends$x, y, labels, pos = 4, col = colours[seq_along(labels)], xpd = NA, cex = 0.85)
}
percent <- function(x, digits = 1) sprintf("%.*f %%", digits, 100 * x)
count <- function(x) format(x, big.mark = ",", trim = TRUE)
percent_axis <- function(side, at = NULL) {
  at <- if (is.null(at)) axTicks(side) else at
  axis(side, at, paste(round(100 * at, 1), "%"), lwd = 0)
}

# Wilson's interval for a share
wilson <- function(bad, n, level = 0.95) {
  z2 <- stats::qnorm((1 + level) / 2)^2
  rate <- bad / n
  middle <- (rate + z2 / (2 * n)) / (1 + z2 / n)
  half <- sqrt(z2) / (1 + z2 / n) * sqrt(rate * (1 - rate) / n + z2 / (4 * n^2))
  list(rate = rate, lower = middle - half, upper = middle + half)
}
share_with_interval <- function(bad) wilson(sum(bad), length(bad))

with_interval <- function(estimate, lower, upper, digits = 3) {
  said <- sprintf("%.*f (%.*f, %.*f)", digits, estimate, digits, lower, digits, upper)
  ifelse(is.na(estimate), "", said)
}

# Bad rate by tenths of a feature, or by its levels, most frequent first
risk_by <- function(x, bad, groups = 10L, most = 8L) {
  if (is.factor(x) || is.character(x)) {
    group <- factor(x, names(sort(table(x), decreasing = TRUE))[seq_len(most)])
  } else {
    breaks <- unique(stats::quantile(x, seq(0, 1, length.out = groups + 1), na.rm = TRUE))
    if (length(breaks) < 3) breaks <- c(-Inf, sort(unique(x[!is.na(x)])))
    group <- cut(x, breaks, include.lowest = TRUE, dig.lab = 6)
  }
  at <- if (is.numeric(x)) as.double(x) else NA_real_
  found <- data.table(group, bad, at)[!is.na(group)]
  found <- found[, .(n = .N, bad = sum(bad), at = stats::median(at)), keyby = group]
  found[n > 0][, c("rate", "lower", "upper") := wilson(bad, n)][]
}

draw_risk <- function(x, title, top) {
  numeric <- !anyNA(x$at)
  at <- seq_len(nrow(x))
  empty_plot(c(0.6, nrow(x) + 0.4), c(0, top), xlab = "", ylab = "", main = title)
  percent_axis(2)
  if (numeric) {
    shown <- unique(round(c(1, (nrow(x) + 1) / 2, nrow(x))))
    axis(1, shown, format(signif(x$at[shown], 3), big.mark = ",", trim = TRUE), lwd = 0)
  } else {
    text(at, 0.01 * top, tolower(sub("_", " ", x$group)), srt = 90, adj = 0, cex = 0.75)
  }
  segments(at, x$lower, at, x$upper, col = colours[1], lwd = 1.5)
  points(at, x$rate, pch = 19, col = colours[1], cex = 0.8)
}

show_comparison <- function(x) {
  knitr::kable(
    data.frame(
      learner = x$learner, AUC = with_interval(x$auc, x$auc_lower, x$auc_upper),
      KS = sprintf("%.3f", x$ks), Brier = sprintf("%.4f", x$brier),
      recall = sprintf("%.3f", x$recall), F1 = sprintf("%.3f", x$f1),
      slope = sprintf("%.2f", x$calibration_slope),
      difference = with_interval(x$difference, x$difference_lower, x$difference_upper),
      seconds = sprintf("%.1f", x$seconds)
    ),
    col.names = c("learner", "AUC (95 %)", "KS", "Brier", "recall", "F1", "slope",
                  paste("AUC minus", attr(x, "reference")), "seconds"),
    align = c("l", rep("r", 8))
  )
}

quarters_of <- function(day) sprintf("%d Q%d", year(day), quarter(day))

features_of <- function(frame) {
  roles <- attr(frame, "roles")
  names(roles)[roles == "feature"]
}
