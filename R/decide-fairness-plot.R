# How the comparison of groups is told and drawn.

fairness_labels <- c(
  approval = "approved", equal_opportunity = "approved among the good",
  predictive_parity = "bad among the approved", calibration = "bad rate less expected",
  auc = "AUC"
)

#' @export
format.lcrisk_fairness <- function(x, ...) {
  screen <- attr(x, "screen")
  needed <- c("attribute", "metric", "group", "n", "estimate", "versus")
  if (is.null(screen) || !all(needed %in% names(x)) || !nrow(x)) {
    return(c("<lcrisk_fairness>", utils::capture.output(print(as.data.table(x)))))
  }
  table <- as.data.table(x)
  reference <- attr(x, "reference")
  n_missing <- attr(x, "n_missing")
  c(
    sprintf("<lcrisk_fairness> approved below %.4f; %g %% intervals", attr(x, "cutoff"),
            100 * attr(x, "level")),
    unlist(lapply(names(reference), function(name) {
      own <- which(table[["attribute"]] == name)
      screened <- which(screen[["attribute"]] == name)
      c(sprintf("%s, against \"%s\"%s", name, reference[[name]],
                if (n_missing[[name]] == 0L) "" else {
                  sprintf("; %s without a group left out",
                          count_of(n_missing[[name]], "row"))
                }),
        fairness_lines(table[own], reference[[name]]), screen_line(screen[screened]))
    })),
    "A ratio of four fifths is a screen, not a verdict. Next: plot(x)."
  )
}

SHOWN_GROUPS <- 6L

fairness_lines <- function(rows, reference) {
  approval <- rows[rows[["metric"]] == "approval"]
  groups <- utils::head(approval[["group"]][order(-approval[["n"]])], SHOWN_GROUPS)
  others <- setdiff(groups, reference)
  width <- max(5L, nchar(others))
  head <- sprintf("  %-*s %7s  approved  ratio (interval)", width, "group", "rows")
  lines <- vapply(others, function(one) {
    at <- approval[match(one, approval[["group"]])]
    own <- which(rows[["metric"]] == "equal_opportunity" & rows[["group"]] == one)
    gap <- rows[own]
    sprintf("  %-*s %7d  %7s  %s%s%s", width, one, at[["n"]],
            share_text(at[["estimate"]]),
            sprintf("%.2f (%.2f, %.2f)", at[["versus"]], at[["versus_lower"]],
                    at[["versus_upper"]]),
            if (nrow(gap) && !is.na(gap[["versus"]])) {
              sprintf("; among the good %+.1f points", 100 * gap[["versus"]])
            } else "",
            if (at[["small"]]) "; small" else "")
  }, "")
  more <- nrow(approval) - length(groups)
  c(head, lines, if (more > 0L) sprintf("  and %d smaller groups", more))
}

screen_line <- function(screen) {
  count <- table(factor(screen[["screen"]], c("below", "undecided", "not below",
                                              "too few", "unknown")))
  told <- count[count > 0L]
  sprintf("  screen of four fifths: %s",
          paste(sprintf("%d %s", told, names(told)), collapse = ", "))
}

#' @export
print.lcrisk_fairness <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' Plot a comparison of groups
#'
#' @param x What [lcrisk_fairness()] returned.
#' @param ... Passed to `plot()`.
#' @param attribute Which attribute to draw; NULL: the first.
#' @param metric NULL for approval, equal opportunity, predictive parity and calibration
#'   side by side, or the name of one metric.
#' @return `x`, invisibly.
#' @examples
#' set.seed(1)
#' group <- sample(c("a", "b", "c"), 900, TRUE)
#' prob <- runif(900, 0, 0.5)
#' plot(lcrisk_fairness(prob, runif(900) < prob, group, cutoff = 0.25))
#' @export
plot.lcrisk_fairness <- function(x, ..., attribute = NULL, metric = NULL) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  table <- as.data.table(x)
  attribute <- check_choice(attribute %||% table[["attribute"]][1L],
                            unique(table[["attribute"]]), "attribute")
  there <- unique(table[["metric"]])
  metrics <- if (is.null(metric)) setdiff(there, "auc") else {
    check_choice(metric, there, "metric")
  }
  reference <- attr(x, "reference")[[attribute]]
  old <- graphics::par(mfrow = if (length(metrics) > 1L) c(2L, 2L) else c(1L, 1L))
  on.exit(graphics::par(old), add = TRUE, after = FALSE)
  for (name in metrics) {
    own <- which(table[["attribute"]] == attribute & table[["metric"]] == name)
    plot_groups(table[own], reference, name, ...)
  }
  invisible(x)
}

plot_groups <- function(rows, reference, metric, ..., main = fairness_labels[[metric]],
                        xlab = if (metric == "auc") "AUC" else "percent") {
  scale <- if (metric == "auc") 1 else 100
  place <- rev(seq_len(nrow(rows)))
  value <- function(name) scale * rows[[name]]
  room <- max(graphics::strwidth(rows[["group"]], "inches")) / graphics::par("csi")
  margin <- graphics::par("mar")
  old <- graphics::par(mar = c(margin[1L], max(room + 1.5, 3), margin[3L], 1))
  on.exit(graphics::par(old))
  reach <- range(value("lower"), value("upper"), finite = TRUE)
  graphics::plot(value("estimate"), place, xlim = reach, type = "n", yaxt = "n",
                 ylim = c(0.5, nrow(rows) + 0.5), ylab = "", xlab = xlab, main = main,
                 ...)
  at <- rows[["group"]] == reference
  graphics::abline(v = value("estimate")[at], lty = 3L)
  if (metric == "approval") {
    graphics::abline(v = FOUR_FIFTHS * value("estimate")[at], lty = 2L, col = "grey50")
    graphics::mtext("dotted: reference; dashed: four fifths of it", 3L, line = 0.2,
                    cex = 0.7)
  }
  graphics::axis(2L, place, rows[["group"]], las = 1L)
  graphics::segments(value("lower"), place, value("upper"), place)
  graphics::points(value("estimate"), place,
                   pch = ifelse(at, 15L, ifelse(rows[["small"]], 1L, 19L)))
}

#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_fairness <- function(object, ...) {
  table <- as.data.table(object)
  set(table, j = "metric", value = factor(fairness_labels[table[["metric"]]],
                                          fairness_labels))
  ggplot2::ggplot(table) +
    ggplot2::aes(x = .data$group, y = .data$estimate, ymin = .data$lower,
                 ymax = .data$upper, shape = .data$small) +
    ggplot2::geom_pointrange(na.rm = TRUE) +
    ggplot2::scale_shape_manual(values = c(19L, 1L), guide = "none") +
    ggplot2::facet_grid(attribute ~ metric, scales = "free") +
    ggplot2::labs(x = NULL, y = NULL, title = "Groups at the cut-off")
}
