# How a strategy is told and drawn.

#' @export
format.lcrisk_strategy <- function(x, ...) {
  at <- attr(x, "at")
  needed <- c("policy", "share", "bad_rate", "profit", "return", "irr")
  if (is.null(at) || !all(needed %in% names(x))) {
    return(c("<lcrisk_strategy>", utils::capture.output(print(as.data.table(x)))))
  }
  table <- as.data.table(x)
  rows <- table[table[["share"]] == at]
  all <- table[table[["policy"]] == "random"]
  all <- all[which.max(all[["share"]])]
  if (all[["share"]] == 1 && at < 1) {
    set(all, j = "policy", value = "approve all")
    rows <- rbind(all, rows)
  }
  percent <- function(name) {
    sprintf("%.1f (%.1f, %.1f)", 100 * rows[[name]],
            100 * rows[[paste0(name, "_lower")]], 100 * rows[[paste0(name, "_upper")]])
  }
  width <- max(nchar(rows[["policy"]]))
  c(
    sprintf("<lcrisk_strategy> %s, approving %g %%; percent, %g %% intervals",
            count_of(attr(x, "n"), "loan"), 100 * at, 100 * attr(x, "level")),
    sprintf("  %-*s  %-18s %-18s %-18s %s", width, "policy", "bad rate", "profit per $",
            "IRR a year", "profit"),
    sprintf("  %-*s  %-18s %-18s %-18s %s", width, rows[["policy"]], percent("bad_rate"),
            percent("return"), percent("irr"),
            vapply(rows[["profit"]], money_text, "")),
    swap_lines(attr(x, "swap")), portfolio_lines(attr(x, "portfolio")),
    "Next: plot(x, \"irr\"); attr(x, \"difference\") compares them, paired."
  )
}

swap_lines <- function(swap) {
  if (is.null(swap)) return(NULL)
  vapply(unique(swap[["policy"]]), function(policy) {
    told <- function(side) {
      own <- which(swap[["policy"]] == policy & swap[["set"]] == side)
      row <- swap[own]
      sprintf("%s loans %s (bad %s, %s)", count_text(round(row[["n"]])), side,
              share_text(row[["bad_rate"]]), money_text(row[["profit"]]))
    }
    sprintf("  swap by %s: %s; %s", policy, told("in"), told("out"))
  }, "", USE.NAMES = FALSE)
}

portfolio_lines <- function(portfolio) {
  if (is.null(portfolio)) return(NULL)
  row <- portfolio$outcome
  c(sprintf("  portfolio: %s loans, %s; expected %s of at most %s, bad rate %s",
            count_text(length(portfolio$rows)), money_text(portfolio$funded),
            money_text(portfolio$expected), money_text(portfolio$bound),
            share_text(portfolio$expected_bad_rate)),
    sprintf("    realised %s (%s, %s), bad rate %s, IRR %s a year",
            money_text(row[["profit"]]), money_text(row[["profit_lower"]]),
            money_text(row[["profit_upper"]]), share_text(row[["bad_rate"]]),
            share_text(row[["irr"]])))
}

#' @export
print.lcrisk_strategy <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

strategy_axis <- list(
  bad_rate = list(scale = 100, text = "Bad rate, percent"),
  profit = list(scale = 1e-6, text = "Profit, million USD"),
  return = list(scale = 100, text = "Profit per dollar lent, percent"),
  irr = list(scale = 100, text = "IRR, percent a year")
)

#' Plot a strategy
#'
#' @param x What [lcrisk_strategy()] returned.
#' @param metric `"bad_rate"`, `"profit"`, `"return"` or `"irr"`, by the share approved.
#' @param ... Passed to `plot()`.
#' @param intervals Draw the intervals?
#' @return `x`, invisibly.
#' @examples
#' loans <- lcrisk_outcome(lcrisk_simulate(1000, seed = 1, to = "2011-12",
#'                                         snapshot = "2018-12"))
#' strategy <- lcrisk_strategy(lcrisk_returns(loans, resamples = 20),
#'                             runif(nrow(loans)), resamples = 20)
#' plot(strategy, "profit")
#' @export
plot.lcrisk_strategy <- function(x, metric = "profit", ..., intervals = TRUE) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  metric <- check_choice(metric, strategy_metrics)
  check_flag(intervals)
  axis <- strategy_axis[[metric]]
  table <- as.data.table(x)
  policies <- unique(table[["policy"]])
  value <- function(suffix) axis$scale * table[[paste0(metric, suffix)]]
  reach <- if (intervals) range(value("_lower"), value("_upper")) else range(value(""))
  reach[2L] <- reach[2L] + 0.2 * diff(reach)  # the legend's place
  draw_strategy(table, policies, value, 100 * attr(x, "at"), axis$text, reach, intervals,
                ...)
  if (intervals) {
    graphics::mtext(sprintf("bars: %g %% intervals", 100 * attr(x, "level")), 3L,
                    line = 0.3, cex = 0.8)
  }
  invisible(x)
}

draw_strategy <- function(table, policies, value, at, text, reach, intervals, ...,
                          xlab = "Approved, percent of the loans", ylab = text,
                          main = "What approving is worth") {
  share <- 100 * table[["share"]]
  graphics::plot(share, value(""), type = "n", xlab = xlab, ylab = ylab, main = main,
                 xlim = c(min(share) - 2, 102),
                 ylim = reach + c(0, 0.22) * diff(reach), ...)
  graphics::abline(v = at, lty = 3L, col = "grey60")
  shape <- c(19L, 1L, 17L, 2L, 15L, 0L, 4L, 3L)
  for (k in seq_along(policies)) {
    i <- which(table[["policy"]] == policies[k])
    # a step to the side, so that bars of policies can be told apart
    x <- share[i] + 0.6 * (k - (length(policies) + 1) / 2)
    if (intervals) {
      graphics::segments(x, value("_lower")[i], x, value("_upper")[i], col = "grey60")
    }
    graphics::lines(x, value("")[i], lty = (k - 1L) %% 6L + 1L)
    graphics::points(x, value("")[i], pch = shape[(k - 1L) %% 8L + 1L])
  }
  number <- seq_along(policies) - 1L
  graphics::legend("topleft", policies, pch = shape[number %% 8L + 1L],
                   lty = number %% 6L + 1L, bty = "n", cex = 0.8, ncol = 2L)
}

#' @exportS3Method ggplot2::autoplot
autoplot.lcrisk_strategy <- function(object, metric = "profit", ...) {
  metric <- check_choice(metric, strategy_metrics)
  axis <- strategy_axis[[metric]]
  table <- as.data.table(object)
  for (part in paste0(metric, c("", "_lower", "_upper"))) {
    set(table, j = part, value = axis$scale * table[[part]])
  }
  ggplot2::ggplot(table) +
    ggplot2::aes(x = 100 * .data$share, y = .data[[metric]], linetype = .data$policy,
                 shape = .data$policy, ymin = .data[[paste0(metric, "_lower")]],
                 ymax = .data[[paste0(metric, "_upper")]]) +
    ggplot2::geom_linerange(colour = "grey60", linetype = "solid") +
    ggplot2::geom_line() +
    ggplot2::geom_point() +
    ggplot2::labs(x = "Approved, percent of the loans", y = axis$text, linetype = NULL,
                  shape = NULL, title = "What approving is worth")
}
