# Tables and pictures of a validation report. Text of the model and of the data is
# escaped: a level may be called <script>.

# A data frame as html; `numbers` are names of columns that stand at the right
html_table <- function(table, numbers = character(), class = "") {
  table <- as.data.frame(table)
  is_number <- names(table) %in% numbers
  align <- ifelse(is_number, " class=\"n\"", "")
  cells <- vapply(seq_along(table), function(j) {
    text <- as.character(table[[j]])
    text[is.na(text)] <- ""
    sprintf("<td%s>%s</td>", align[j], html_text(text))
  }, character(nrow(table)))
  cells <- matrix(cells, nrow(table))
  rows <- sprintf("<tr>%s</tr>", apply(cells, 1L, paste, collapse = ""))
  head <- sprintf("<th scope=\"col\"%s>%s</th>", align, html_text(names(table)))
  knitr_html(c(
    sprintf("<div class=\"scroll\"><table class=\"%s\"><thead><tr>%s</tr></thead><tbody>",
            class, paste(head, collapse = "")), rows, "</tbody></table></div>"
  ))
}

# Output that knitr leaves as it is
knitr_html <- function(lines) {
  structure(paste(c("", lines, ""), collapse = "\n"), class = "knit_asis")
}

# Two columns, what and how much; NULL and NA are said to be not recorded
html_facts <- function(facts) {
  value <- vapply(facts, function(x) {
    if (is.null(x) || all(is.na(x))) NOT_RECORDED else paste(x, collapse = ", ")
  }, "")
  rows <- sprintf("<tr><th scope=\"row\">%s</th><td>%s</td></tr>",
                  html_text(names(facts)), html_text(unname(value)))
  knitr_html(c("<div class=\"scroll\"><table class=\"facts\"><tbody>", rows,
               "</tbody></table></div>"))
}

html_findings <- function(findings) {
  word <- c(good = "good", look = "look", bad = "bad", unknown = "unknown")
  status <- findings[["status"]]
  rows <- sprintf(
    paste0("<tr><td><span class=\"light %s\">%s</span></td><td>%s</td><td>%s</td>",
           "<td>%s</td><td class=\"rule\">%s</td></tr>"),
    status, word[status], html_text(findings[["area"]]), html_text(findings[["check"]]),
    html_text(findings[["value"]]), html_text(findings[["rule"]])
  )
  knitr_html(c(
    "<div class=\"scroll\"><table class=\"findings\"><thead><tr>",
    "<th scope=\"col\">Light</th>",
    "<th scope=\"col\">Area</th><th scope=\"col\">Finding</th>",
    "<th scope=\"col\">Found</th><th scope=\"col\">Rule</th></tr></thead><tbody>", rows,
    "</tbody></table></div>"
  ))
}

html_lights <- function(findings) {
  count <- function(status) sum(findings[["status"]] == status)
  knitr_html(sprintf(
    paste0("<p class=\"lights\"><span class=\"light good\">%d good</span> ",
           "<span class=\"light look\">%d to look at</span> ",
           "<span class=\"light bad\">%d bad</span> ",
           "<span class=\"light unknown\">%d unknown</span></p>"),
    count("good"), count("look"), count("bad"), count("unknown")
  ))
}

four <- function(x) ifelse(is.na(x), "", formatC(x, digits = 4L, format = "f"))
percent_of <- function(x) ifelse(is.na(x), "", percent_text(x))

metrics_table <- function(metrics) {
  data.frame(Metric = metrics[["metric"]], Estimate = four(metrics[["estimate"]]),
             From = four(metrics[["lower"]]), To = four(metrics[["upper"]]),
             Interval = metrics[["method"]])
}

groups_table <- function(groups) {
  data.frame(
    Group = as.character(groups[["group"]]), Rows = count_text(groups[["n"]]),
    Events = count_text(groups[["n_event"]]), Expected = percent_of(groups[["prob"]]),
    Seen = percent_of(groups[["rate"]]),
    Interval = sprintf("%s to %s", percent_of(groups[["lower"]]),
                       percent_of(groups[["upper"]])),
    AUC = ifelse(is.na(groups[["auc"]]), "", sprintf("%.3f", groups[["auc"]])),
    "AUC interval" = ifelse(
      is.na(groups[["auc"]]), "",
      sprintf("%.3f to %.3f", groups[["auc_lower"]], groups[["auc_upper"]])
    ),
    "p (rate)" = sprintf("%.3f", groups[["p_adjusted"]]), check.names = FALSE
  )
}

fairness_table <- function(fairness) {
  at <- function(name) fairness[[name]]
  signed <- function(x) ifelse(is.na(x), "", sprintf("%.3f", x))
  data.frame(
    Attribute = at("attribute"), Metric = at("metric"), Group = as.character(at("group")),
    Rows = count_text(at("n")), Estimate = signed(at("estimate")),
    Interval = ifelse(is.na(at("lower")), "", sprintf("%.3f to %.3f", at("lower"),
                                                      at("upper"))),
    "Against reference" = signed(at("versus")), check.names = FALSE
  )
}

columns_table <- function(model) {
  range <- model$blueprint$range
  features <- model$blueprint$features
  number <- function(x) format_number(unname(x[features]), 4L)
  levels <- unname(lengths(model$blueprint$levels)[features])
  typical <- range$typical[features]
  is_level <- !is.na(levels)
  shown <- number(typical)
  shown[is_level] <- mapply(function(name, code) model$blueprint$levels[[name]][code],
                            features[is_level], typical[is_level])
  data.frame(
    Column = features, Kind = unname(model$blueprint$kind),
    Typical = shown,
    Range = ifelse(is_level, sprintf("%d levels", levels),
                   paste(number(range$min), "to", number(range$max))),
    Missing = percent_of(unname(range$missing[features]))
  )
}

# ---- pictures ------------------------------------------------------------------

report_ink <- "#33404d"
report_blue <- "#0b5fa5"
report_red <- "#c9443b"

quiet_plot <- function(xlim, ylim, xlab, ylab, mar = c(3.6, 4.8, 0.6, 0.6), ...) {
  graphics::par(mar = mar, mgp = c(3, 0.6, 0), tcl = -0.25, las = 1L, bty = "n",
                fg = report_ink, col.axis = report_ink, col.lab = report_ink, cex = 0.85)
  graphics::plot(NA, xlim = xlim, ylim = ylim, xlab = xlab, ylab = ylab, ...)
  graphics::abline(h = graphics::axTicks(2), col = "#e3e7eb")
}

plot_report_calibration <- function(calibration) {
  most <- max(calibration[["upper"]], calibration[["prob"]])
  quiet_plot(c(0, most), c(0, most), "Mean probability", "Share of events")
  graphics::abline(0, 1, col = report_ink, lty = 3L)
  graphics::segments(calibration[["prob"]], calibration[["lower"]],
                     calibration[["prob"]], calibration[["upper"]], col = report_blue,
                     lwd = 2)
  graphics::points(calibration[["prob"]], calibration[["rate"]], pch = 19L,
                   col = report_blue)
}

plot_report_roc <- function(y, prob) {
  roc <- lcrisk_roc(y, prob)
  quiet_plot(c(0, 1), c(0, 1), "Others above the cut-off", "Events above the cut-off")
  graphics::abline(0, 1, col = report_ink, lty = 3L)
  graphics::lines(roc[["false_alarm"]], roc[["recall"]], col = report_blue, lwd = 2)
}

plot_report_scores <- function(y, prob, cutoff) {
  breaks <- seq(0, max(prob), length.out = 41L)
  share <- function(rows) {
    graphics::hist(prob[rows], breaks, plot = FALSE)$density
  }
  event <- share(y == 1L)
  other <- share(y == 0L)
  quiet_plot(c(0, max(prob)), c(0, max(event, other)), "Probability", "Density",
             yaxt = "n")
  step <- function(height, colour) {
    graphics::lines(breaks, c(height, 0), type = "s", col = colour, lwd = 2)
  }
  step(other, report_blue)
  step(event, report_red)
  graphics::abline(v = cutoff, lty = 3L, col = report_ink)
  graphics::legend("topright", c("event", "other", "cut-off"), lwd = c(2, 2, 1),
                   lty = c(1, 1, 3), col = c(report_red, report_blue, report_ink),
                   bty = "n")
}

plot_report_groups <- function(groups) {
  n <- nrow(groups)
  at <- seq_len(n)
  most <- max(groups[["upper"]], groups[["prob"]])
  quiet_plot(c(0.7, n + 0.3), c(0, 1.2 * most), "", "Share of events", xaxt = "n")
  graphics::axis(1L, at, groups[["group"]], lwd = 0)
  graphics::segments(at, groups[["lower"]], at, groups[["upper"]], col = report_blue,
                     lwd = 2)
  graphics::points(at, groups[["rate"]], pch = 19L, col = report_blue)
  graphics::points(at, groups[["prob"]], pch = 4L, lwd = 2, col = report_red)
  graphics::legend("topright", c("seen", "expected"), pch = c(19, 4), bty = "n",
                   horiz = TRUE, col = c(report_blue, report_red))
}

# Bars with names at the left, largest on top
plot_report_bars <- function(names, values, xlab, bounds = NULL) {
  n <- length(values)
  order <- order(values)
  graphics::par(mar = c(3.6, 13, 0.4, 1), mgp = c(2.3, 0.5, 0), tcl = -0.25, las = 1L,
                bty = "n", fg = report_ink, col.axis = report_ink, col.lab = report_ink)
  graphics::plot(NA, xlim = c(0, max(values, bounds, 1e-9)), ylim = c(0.5, n + 0.5),
                 xlab = xlab, ylab = "", yaxt = "n")
  graphics::axis(2L, seq_len(n), names[order], lwd = 0, cex.axis = 0.85)
  graphics::abline(v = bounds, lty = 3L, col = report_ink)
  graphics::rect(0, seq_len(n) - 0.35, values[order], seq_len(n) + 0.35,
                 col = report_blue, border = NA)
}
