#' Print and plot a comparison
#'
#' @param x What [lcrisk_compare()] returned.
#' @param ... Not used by `format()` and `print()`; `plot()` hands it to
#'   [graphics::plot.default()].
#' @return `format()`: character, one line per entry. `print()` and `plot()`: `x`,
#'   invisibly. `as.data.table()`: the table without class and attributes.
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
    if (any(!is.na(x[["p_value"]]))) {
      sprintf("  diff: AUC against %s, DeLong's paired test, p adjusted (Holm)",
              about$reference)
    },
    if (length(about$models)) "Next: attr(, \"models\"), plot(), as.data.table()."
    else "Next: lcrisk_train() the best, plot(), as.data.table()."
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
    p = p_text(x[["p_value"]]), sec = fixed("seconds", 1L)
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
  shown <- x[["auc"]][!is.na(x[["auc"]])]
  order <- order(x[["auc"]], na.last = NA)
  lower <- x[["auc_lower"]][order]
  upper <- x[["auc_upper"]][order]
  at <- seq_along(order)
  old <- graphics::par(mar = c(4.1, 8.1, 2.1, 1.1), las = 1)
  on.exit(graphics::par(old))
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
