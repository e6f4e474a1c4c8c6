#' Print and plot a comparison
#'
#' @param x What [lcrisk_compare()] returned.
#' @param ... Not used by `format()` and `print()`; `plot()` hands it to
#'   [graphics::plot.default()].
#' @return `format()`: character, one line per entry. `print()` and `plot()`: `x`,
#'   invisibly. `as.data.table()`: the table without class and attributes. `summary()`: a
#'   data.table of every metric of every learner with its interval: `learner`, `metric`,
#'   `estimate`, `se`, `lower`, `upper`, `method`; it prints a row per metric and a column
#'   per learner. In knitr documents both print as tables with a caption.
#' @details `plot()` draws each area under the ROC curve with its interval, best on top,
#'   and the reference's area as a line.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' compared <- lcrisk_compare(default ~ income, "logit", folds = 2, data = data, seed = 1)
#' compared
#' plot(compared)
#' @name lcrisk_comparison
#' @keywords internal
NULL

#' @rdname lcrisk_comparison
#' @export
format.lcrisk_comparison <- function(x, ...) {
  about <- attributes(x)
  if (!all(c("learner", "auc", "seconds") %in% names(x)) || is.null(about$n_judged)) {
    return(c("<lcrisk_comparison>", utils::capture.output(print(plain_table(x)))))
  }
  c(
    sprintf("<lcrisk_comparison> %s", judged_text(about)),
    apply(comparison_cells(x), 1L, paste, collapse = " "),
    if (is_tested(x)) sub("; ", "  ", tested_text(about), fixed = TRUE),
    sprintf("Next: summary() for every metric's interval, %s, plot().",
            if (length(about$models)) "attr(, \"models\")"
            else "lcrisk_train() the best")
  )
}

judged_text <- function(about) {
  rows <- sprintf("%s, %s (%s) %s", count_of(about$n_judged, "row"),
                  count_text(about$n_event), percent_text(about$n_event / about$n_judged),
                  event_text(about$outcome, about$event))
  if (about$n_folds > 0L) return(sprintf("%d folds of %s", about$n_folds, rows))
  sprintf("trained on %s, judged on %s", count_of(about$n_train, "row"), rows)
}

# Text of all cells, header first, columns of equal width
comparison_cells <- function(x) {
  fixed <- function(name, digits, form = "%.*f") {
    ifelse(is.na(x[[name]]), "-", sprintf(form, digits, x[[name]]))
  }
  interval <- sprintf("(%.3f, %.3f)", x[["auc_lower"]], x[["auc_upper"]])
  cells <- list(
    learner = x[["learner"]],
    auc = fixed("auc", 4L),
    "interval" = ifelse(is.na(x[["auc"]]), "", interval),
    ks = fixed("ks", 3L), brier = fixed("brier", 4L), recall = fixed("recall", 3L),
    prec. = fixed("precision", 3L), f1 = fixed("f1", 3L),
    mean = fixed("mean_prob", 3L), slope = fixed("calibration_slope", 2L),
    diff = fixed("difference", 4L, "%+.*f"),
    p = p_text(x[["p_value"]]), sec = fixed("seconds", 1L), MB = fixed("memory", 0L)
  )
  # balancing moves probabilities: their mean then takes the place of precision
  balanced <- any(!x[["balance"]] %in% c("none", NA))
  cells[[if (balanced) "prec." else "mean"]] <- NULL
  columns <- Map(function(name, cell) {
    text <- c(name, cell)
    format(text, justify = if (name == "learner") "left" else "right")
  }, names(cells), cells)
  cells <- do.call(cbind, columns)
  cells[, "learner"] <- paste0("  ", cells[, "learner"])
  cells
}

p_text <- function(p) {
  ifelse(is.na(p), "-", ifelse(p < 0.001, "<0.001", sprintf("%.3f", p)))
}

# The data without class and attributes of ours
plain_table <- function(x) {
  plain <- stats::setNames(lapply(seq_along(x), function(j) x[[j]]), names(x))
  setDT(plain)
  plain[]
}

#' @rdname lcrisk_comparison
#' @export
print.lcrisk_comparison <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_comparison
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_comparison <- function(x, keep.rownames = FALSE, ...) plain_table(x)

#' @rdname lcrisk_comparison
#' @export
plot.lcrisk_comparison <- function(x, ...) {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  shown <- x[["auc"]][!is.na(x[["auc"]])]
  order <- order(x[["auc"]], na.last = NA)
  lower <- x[["auc_lower"]][order]
  upper <- x[["auc_upper"]][order]
  at <- seq_along(order)
  old <- graphics::par(mar = c(4.1, 8.1, 2.1, 1.1), las = 1)
  on.exit(graphics::par(old), add = TRUE, after = FALSE)
  graphics::plot(
    x[["auc"]][order], at, xlim = range(lower, upper, shown),
    ylim = c(0.5, length(at) + 0.5), yaxt = "n", ylab = "",
    xlab = "area under the ROC curve", pch = 19, ...
  )
  graphics::abline(
    v = x[["auc"]][match(attr(x, "reference"), x[["learner"]])], lty = 2, col = "grey50"
  )
  graphics::segments(lower, at, upper, at, lwd = 2)
  graphics::axis(2L, at, x[["learner"]][order])
  invisible(x)
}

# ---- knitr -----------------------------------------------------------------------

#' @exportS3Method knitr::knit_print
knit_print.lcrisk_comparison <- function(x, ...) {
  about <- attributes(x)
  cells <- comparison_cells(x)
  table <- trimws(cells[-1L, , drop = FALSE])
  colnames(table) <- trimws(cells[1L, ])
  tested <- if (is_tested(x)) tested_text(about)
  pipe_table(table, paste0(caption_text(about), tested, "."))
}

caption_text <- function(about) {
  text <- judged_text(about)
  sprintf("%s%s; intervals at %g %%", toupper(substr(text, 1L, 1L)), substring(text, 2L),
          100 * about$level)
}

is_tested <- function(x) any(!is.na(x[["p_value"]]))

tested_text <- function(about) {
  sprintf("; diff: AUC against %s, DeLong's paired test, p adjusted (Holm)",
          about$reference)
}

# Text in a matrix, its first column to the left, as a table of markdown
pipe_table <- function(table, caption) {
  align <- c("l", rep("r", ncol(table) - 1L))
  text <- knitr::kable(table, "pipe", align = align, caption = caption, row.names = FALSE)
  knitr::asis_output(paste(c("", text, ""), collapse = "\n"))
}

# ---- all metrics -----------------------------------------------------------------

#' @rdname lcrisk_comparison
#' @param object What [lcrisk_compare()] returned.
#' @export
summary.lcrisk_comparison <- function(object, ...) {
  out <- copy(attr(object, "metrics"))
  about <- attributes(object)[c("n_judged", "n_event", "n_folds", "n_train", "outcome",
                                "event", "level")]
  for (name in names(about)) setattr(out, name, about[[name]])
  setattr(out, "class", c("lcrisk_comparison_metrics", class(out)))
  out[]
}

#' @export
format.lcrisk_comparison_metrics <- function(x, ...) {
  about <- attributes(x)
  if (!all(c("learner", "metric", "lower") %in% names(x)) || is.null(about$n_judged)) {
    return(c("<lcrisk_comparison_metrics>", utils::capture.output(print(plain_table(x)))))
  }
  cells <- metric_cells(x)
  width <- max(nchar(cells)) + 2L
  fits <- max(1L, 66L %/% width)
  learners <- setdiff(colnames(cells), "metric")
  blocks <- split(learners, (seq_along(learners) - 1L) %/% fits)
  name <- paste0("  ", format(c("", cells[, "metric"])))
  c(
    sprintf("<lcrisk_comparison_metrics> %s", caption_text(about)),
    unlist(lapply(blocks, function(block) {
      columns <- lapply(block, function(one) formatC(c(one, cells[, one]), width = width))
      do.call(paste0, c(list(name), columns))
    }), use.names = FALSE)
  )
}

# A row per metric, a column per learner: estimate and interval
metric_cells <- function(x) {
  number <- function(v) formatC(v, format = "f", digits = 4L)
  text <- sprintf("%s (%s, %s)", number(x[["estimate"]]), number(x[["lower"]]),
                  number(x[["upper"]]))
  text[is.na(x[["lower"]])] <- number(x[["estimate"]])[is.na(x[["lower"]])]
  text[is.na(x[["estimate"]])] <- "-"
  metrics <- unique(x[["metric"]])
  cells <- vapply(unique(x[["learner"]]), function(one) {
    mine <- x[["learner"]] == one
    text[mine][match(metrics, x[["metric"]][mine])]
  }, character(length(metrics)))
  cells <- matrix(cells, length(metrics), dimnames = list(NULL, unique(x[["learner"]])))
  cells[is.na(cells)] <- "-"
  cbind(metric = metrics, cells)
}

#' @export
print.lcrisk_comparison_metrics <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @exportS3Method knitr::knit_print
knit_print.lcrisk_comparison_metrics <- function(x, ...) {
  pipe_table(metric_cells(x), paste0(caption_text(attributes(x)), "."))
}
