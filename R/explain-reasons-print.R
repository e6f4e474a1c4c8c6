#' Print reasons
#'
#' @param x What [lcrisk_reasons()] returned.
#' @param n How many declined loans to show.
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: `x`, invisibly.
#' @examples
#' set.seed(1)
#' loans <- data.frame(fico_mid = sample(660:800, 400, TRUE), dti = runif(400, 0, 30))
#' loans$default <- runif(400) < plogis(20 - 0.033 * loans$fico_mid + 0.08 * loans$dti)
#' model <- lcrisk_train(default ~ ., loans, learner = "logit", seed = 1)
#' print(lcrisk_reasons(model, loans[1:20, ]), n = 2)
#' @name print.lcrisk_reasons
NULL

#' @rdname print.lcrisk_reasons
#' @export
format.lcrisk_reasons <- function(x, n = 3L, ...) {
  n <- check_count(n, 0L)
  loans <- attr(x, "loans")
  if (is.null(loans) || !all(c("row", "text", "contribution") %in% names(x))) {
    return(c("<lcrisk_reasons>", utils::capture.output(print(as.data.table(x)))))
  }
  declined <- loans[["row"]][loans[["declined"]]]
  more <- length(declined) - n
  c(
    sprintf("<lcrisk_reasons> %s: %s of %s loans declined (%s, probability >= %.4f)",
            attr(x, "learner"), count_text(length(declined)), count_text(nrow(loans)),
            attr(x, "event"), attr(x, "cutoff")),
    unlist(lapply(utils::head(declined, n), reasons_of_loan, x = x, loans = loans)),
    if (more > 0L) sprintf("  and %s more declined", count_text(more)),
    "Next: the table itself, attr(, \"loans\"), lcrisk_effect()."
  )
}

reasons_of_loan <- function(row, x, loans) {
  mine <- which(x[["row"]] == row)
  at <- match(row, loans[["row"]])
  change <- loans[["change"]][at]
  lines <- if (length(mine)) {
    sprintf("    %d. %s (%s; typical %s)", x[["rank"]][mine], x[["text"]][mine],
            x[["value"]][mine], x[["typical"]][mine])
  } else {
    "    no field alone is worse than the typical applicant's"
  }
  c(sprintf("  row %d, probability %.4f", row, loans[["prob"]][at]), lines,
    if (!is.na(change)) paste0("    ", change))
}

#' @rdname print.lcrisk_reasons
#' @export
print.lcrisk_reasons <- function(x, n = 3L, ...) {
  cat(format(x, n = n), sep = "\n")
  invisible(x)
}
