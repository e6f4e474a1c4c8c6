# How drift is told and drawn.

#' @export
format.lcrisk_drift <- function(x, ...) {
  performance <- attr(x, "performance")
  needed <- c("period", "variable", "n", "psi", "verdict", "note")
  if (is.null(performance) || !all(needed %in% names(x)) || !nrow(x)) {
    return(c("<lcrisk_drift>", utils::capture.output(print(as.data.table(x)))))
  }
  table <- as.data.table(x)
  score <- table[["variable"]] == SCORE
  periods <- unique(x[["period"]])
  what <- if (attr(x, "by") == "all") "all rows" else {
    sprintf("%s, %s to %s", count_of(length(periods), attr(x, "by")), periods[1L],
            periods[length(periods)])
  }
  c(
    sprintf("<lcrisk_drift> %s: %s against %s of reference", what,
            count_of(attr(x, "n_rows"), "row"),
            count_text(attr(x, "n_reference"))),
    paste("  score     ", drift_score_text(table[score], attr(x, "level"))),
    clip_words("  features   ", drift_features_text(table[!score])),
    drift_notes_text(table[!score]),
    drift_expected_text(performance, attr(x, "level")),
    "Next: plot(x); attr(x, \"performance\") has each period."
  )
}

drift_score_text <- function(x, level) {
  most <- which.max(x[["psi"]])
  beyond <- sum(x[["p_value"]] < 1 - level, na.rm = TRUE)
  sprintf("PSI %.3f at most (%s, by chance up to %.3f); %d of %d beyond chance",
          x[["psi"]][most], x[["period"]][most], x[["limit"]][most], beyond, nrow(x))
}

drift_features_text <- function(x) {
  n_all <- length(unique(x[["variable"]]))
  moved <- x[x[["verdict"]] %in% c("moved", "far")]
  if (!nrow(moved)) return(sprintf("none of %d moved", n_all))
  moved <- moved[order(-moved[["psi"]])]
  most <- moved[!duplicated(moved[["variable"]])]
  shown <- utils::head(most, 4L)
  sprintf("%d of %d moved: %s%s", nrow(most), n_all,
          paste(sprintf("%s %.2f (%s)", shown[["variable"]], shown[["psi"]],
                        shown[["period"]]), collapse = ", "),
          if (nrow(most) > nrow(shown)) ", ..." else "")
}

drift_notes_text <- function(x) {
  noted <- unique(x[["variable"]][!is.na(x[["note"]])])
  if (!length(noted)) return(NULL)
  clip_words("  fields     ", sprintf("%s appeared or vanished: %s",
                                      count_of(length(noted), "field"),
                                      quoted(noted, 4L)))
}

drift_expected_text <- function(performance, level) {
  n <- performance[["n"]]
  mean_of <- function(name) stats::weighted.mean(performance[[name]], n, na.rm = TRUE)
  observed <- performance[["n_known"]] == n
  told <- sprintf("  expected   bad rate %s, AUC %.3f", share_text(mean_of("rate")),
                  mean_of("auc"))
  if (!any(observed)) return(paste0(told, " if the probabilities are calibrated"))
  inside <- function(name) sum(performance[[name]][observed], na.rm = TRUE)
  c(told, sprintf(
    "  observed   bad rate %s, AUC %.3f; inside the %g %% interval in %d and %d of %d",
    share_text(mean_of("observed_rate")), mean_of("observed_auc"), 100 * level,
    inside("rate_inside"), inside("auc_inside"), sum(observed)
  ))
}

# Lines of at most 88 characters under a heading
clip_words <- function(heading, text) {
  strwrap(text, 88L, initial = heading, prefix = strrep(" ", nchar(heading)))
}

#' @export
print.lcrisk_drift <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' Plot drift
#'
#' @param x What [lcrisk_drift()] returned.
#' @param ... Passed to `plot()`.
#' @param which `"score"`: its PSI by period with what chance allows; `"features"`: the
#'   highest PSI of each feature over the periods; `"performance"`: expected bad rate and
#'   AUC by period, with the observed ones where outcomes are known.
#' @param n Features shown.
#' @return `x`, invisibly.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = rnorm(900, 60, 15), age = runif(900, 20, 70))
#' data$default <- runif(900) < plogis(1 - 0.05 * data$income)
#' model <- lcrisk_train(default ~ ., data, learner = "logit", seed = 1)
#' drift <- lcrisk_drift(model, data, by = "all")
#' plot(drift, which = "features")
#' @export
plot.lcrisk_drift <- function(x, ..., which = c("score", "features", "performance"),
                              n = 15L) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  which <- if (missing(which)) "score" else {
    check_choice(which, c("score", "features", "performance"))
  }
  n <- check_count(n)
  switch(
    which, score = plot_drift_score(x, ...), features = plot_drift_features(x, n, ...),
    performance = plot_drift_performance(x, ...)
  )
  invisible(x)
}

plot_drift_score <- function(x, ..., xlab = "", ylab = "PSI of the score",
                             main = "Drift of the score") {
  score <- as.data.table(x)[x[["variable"]] == SCORE]
  place <- seq_len(nrow(score))
  graphics::plot(place, score[["psi"]], type = "n", xaxt = "n", xlab = xlab, ylab = ylab,
                 main = main, xlim = range(place) + c(-0.3, 0.3),
                 ylim = c(0, max(score[["psi"]], score[["limit"]], PSI_MOVED) * 1.05),
                 ...)
  period_axis(score[["period"]])
  graphics::abline(h = c(PSI_MOVED, PSI_FAR), lty = 3L, col = "grey40")
  wide <- rep(place, each = 2L) + c(-0.5, 0.5)
  graphics::polygon(c(wide, rev(range(wide))), c(rep(score[["limit"]], each = 2L), 0, 0),
                    col = "grey88", border = NA)
  graphics::lines(place, score[["psi"]])
  beyond <- score[["p_value"]] < 1 - attr(x, "level")
  graphics::points(place, score[["psi"]], pch = ifelse(beyond %in% TRUE, 19L, 1L))
  graphics::box()
  graphics::mtext(sprintf(
    "grey: by chance in %g %% of cases; filled: beyond; dotted: %g and %g",
    100 * attr(x, "level"), PSI_MOVED, PSI_FAR
  ), 3L, line = 0.3, cex = 0.8)
}

period_axis <- function(labels) {
  place <- seq_along(labels)
  shown <- unique(round(seq(1, length(labels), length.out = min(length(labels), 12L))))
  graphics::axis(1L, place[shown], labels[shown], cex.axis = 0.8,
                 las = if (length(shown) > 6L) 2L else 1L)
}

plot_drift_features <- function(x, n, ..., xlab = "Highest PSI of any period (log scale)",
                                main = "Drift of the features") {
  table <- as.data.table(x)[x[["variable"]] != SCORE]
  table <- table[order(-table[["psi"]])]
  most <- utils::head(table[!duplicated(table[["variable"]])], n)
  most <- most[rev(seq_len(nrow(most)))]
  shown <- pmax(most[["psi"]], 1e-4)
  old <- graphics::par(mar = graphics::par("mar") +
                         c(0, max(graphics::strwidth(most[["variable"]], "inches")) /
                             graphics::par("csi"), 0, 0))
  on.exit(graphics::par(old))
  graphics::plot(shown, seq_along(shown), log = "x", yaxt = "n", ylab = "", xlab = xlab,
                 main = main, type = "n",
                 xlim = range(shown, most[["limit"]], PSI_FAR), ...)
  graphics::axis(2L, seq_along(shown), most[["variable"]], las = 1L, cex.axis = 0.8)
  graphics::abline(v = c(PSI_MOVED, PSI_FAR), lty = 3L, col = "grey40")
  graphics::segments(most[["limit"]], seq_along(shown) - 0.3, most[["limit"]],
                     seq_along(shown) + 0.3, lwd = 3, col = "grey60")
  far <- most[["verdict"]] %in% c("moved", "far")
  graphics::points(shown, seq_along(shown), pch = ifelse(far, 19L, 1L))
  noted <- which(!is.na(most[["note"]]))
  if (length(noted)) {
    graphics::text(shown[noted], noted, most[["note"]][noted], pos = 2L, cex = 0.75)
  }
  graphics::mtext("grey bar: limit of chance; filled: moved; dotted: 0.1 and 0.25", 3L,
                  line = 0.3, cex = 0.8)
}

plot_drift_performance <- function(x, ...) {
  performance <- attr(x, "performance")
  old <- graphics::par(mfrow = c(1L, 2L))
  on.exit(graphics::par(old))
  plot_expected(performance, "rate", "Share of events", "Bad rate", ...)
  plot_expected(performance, "auc", "AUC", "Ranking", ...)
}

plot_expected <- function(performance, what, ylab, main, ...) {
  value <- function(suffix) performance[[paste0(what, suffix)]]
  observed <- performance[[paste0("observed_", what)]]
  place <- seq_len(nrow(performance))
  reach <- range(value("_lower"), value("_upper"), observed, na.rm = TRUE)
  graphics::plot(place, value(""), type = "n", xaxt = "n", xlab = "", ylab = ylab,
                 main = main, xlim = range(place) + c(-0.4, 0.4),
                 ylim = reach + c(-0.04, 0.18) * diff(reach), ...)
  period_axis(performance[["period"]])
  graphics::rect(place - 0.25, value("_lower"), place + 0.25, value("_upper"),
                 col = "grey85", border = NA)
  graphics::segments(place - 0.25, value(""), place + 0.25, value(""), lwd = 2)
  partly <- performance[["n_known"]] < performance[["n"]]
  graphics::points(place, observed, pch = ifelse(partly, 1L, 19L))
  graphics::legend("topleft", c("expected", "observed"), pch = c(15L, 19L),
                   col = c("grey75", "black"), bty = "n", horiz = TRUE, cex = 0.8)
}

#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_drift <- function(object, ...) {
  own <- which(object[["variable"]] == SCORE)
  score <- as.data.table(object)[own]
  set(score, j = "period", value = factor(score[["period"]], score[["period"]]))
  ggplot2::ggplot(score) +
    ggplot2::aes(x = .data$period, y = .data$psi, group = 1) +
    ggplot2::geom_col(ggplot2::aes(y = .data$limit), fill = "grey85", width = 1) +
    ggplot2::geom_hline(yintercept = c(PSI_MOVED, PSI_FAR), linetype = "dotted") +
    ggplot2::geom_line() +
    ggplot2::geom_point() +
    ggplot2::labs(x = NULL, y = "PSI of the score", title = "Drift of the score",
                  subtitle = "grey: what chance alone exceeds rarely")
}
