# What came of lcrisk_tune().

end_search <- function(state, plan, alive) {
  sign <- tune_signs[[plan$metric]]
  n_folds <- rowSums(!is.na(state$score))
  mean <- rowMeans(state$score, na.rm = TRUE)
  failed <- !is.na(state$error)
  order <- order(failed, -state$round, -mean, state$key, method = "radix")
  table <- data.table(candidate = seq_along(order))
  values <- lapply(plan$candidates[order], function(one) attr(one, "tried"))
  for (name in names(values[[1L]])) {
    set(table, j = name, value = settings_column(lapply(values, `[[`, name)))
  }
  spread <- apply(state$score, 1L, stats::sd, na.rm = TRUE) / sqrt(n_folds)
  facts <- list(
    round = state$round, folds = as.integer(n_folds), score = sign * mean, se = spread,
    seconds = rowSums(state$seconds, na.rm = TRUE),
    given = seq_along(order) %in% state$given, error = state$error
  )
  facts$score[n_folds == 0L] <- NA
  for (name in names(facts)) set(table, j = name, value = facts[[name]][order])
  if (any(failed)) {
    lcrisk_warn("data", "failed_candidate",
                sprintf("%s failed; the first: %s", count_of(sum(failed), "candidate"),
                        state$error[failed][1L]))
  }
  repeat_warnings(state$warnings, sprintf("Training %d", seq_along(state$warnings)))
  list(best = bare_learner(plan$candidates[[order[1L]]]), table = table,
       scores = score_table(state, order, sign), n_fits = length(state$spent))
}

# One column: plain when every value is one value of the same type
settings_column <- function(values) {
  plain <- all(vapply(values, function(v) is.atomic(v) && length(v) == 1L, NA))
  if (plain && length(unique(vapply(values, typeof, ""))) == 1L) unlist(values)
  else if (plain && all(vapply(values, is.numeric, NA))) as.double(unlist(values))
  else I(values)
}

score_table <- function(state, order, sign) {
  score <- state$score[order, , drop = FALSE]
  at <- which(!is.na(score), arr.ind = TRUE)
  at <- at[order(at[, 1L], at[, 2L]), , drop = FALSE]
  data.table(candidate = at[, 1L], fold = at[, 2L], score = sign * score[at],
             seconds = state$seconds[order, , drop = FALSE][at])
}

stop_search_failed <- function(state, call) {
  stop_all_failed(state$failed, "candidates", call)
}

stop_search <- function(state, plan, call) {
  done <- score_table(state, seq_along(plan$candidates), tune_signs[[plan$metric]])
  lcrisk_abort(
    "cancelled", "interrupted", "Interrupted while tuning.",
    cure = if (is.null(plan$file)) "With `file =` the same call goes on where it stopped."
    else "The same call goes on from here.",
    finished = done, call = call
  )
}

# ---- methods -----------------------------------------------------------------------

#' Print a search for settings
#'
#' @param x What [lcrisk_tune()] returned.
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: `x`, invisibly.
#'   `as.data.table()`: the table of candidates.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' lcrisk_tune(default ~ income, "logit", list(knots = c(0, 4)), tries = 2, folds = 2,
#'             data = data, seed = 1)
#' @name lcrisk_tuning
#' @keywords internal
NULL

#' @rdname lcrisk_tuning
#' @export
format.lcrisk_tuning <- function(x, ...) {
  table <- x$table
  line <- function(label, text) sprintf("  %-7s %s", label, text)
  chosen <- tuned_text(table, 1L)
  given <- which(table[["given"]])
  c(
    sprintf("<lcrisk_tuning> %s by %s: %s, %s, %s", x$learner$kind, x$metric,
            count_of(nrow(table), "candidate"), count_of(nrow(x$scores), "training"),
            event_text(x$outcome, x$event)),
    line("best", sprintf("%.4f on %s", table[["score"]][1L],
                         count_of(table[["folds"]][1L], "fold"))),
    strwrap(chosen, 76L, indent = 10L, exdent = 10L),
    if (length(given)) line("given", given_text(x, given)),
    line("nested", nested_text(x)),
    "Next: lcrisk_train(data, learner = tuned$best), as.data.table() for all candidates."
  )
}

tuned_text <- function(table, i) {
  about <- c("candidate", "round", "folds", "score", "se", "seconds", "given", "error")
  values <- lapply(stats::setNames(nm = setdiff(names(table), about)), function(name) {
    setting_text(table[[name]][[i]])
  })
  paste(names(values), values, sep = " = ", collapse = ", ")
}

# The learner as given, and how the best differs on the folds that both have
given_text <- function(x, given) {
  if (given == 1L) return("the best is the learner as given")
  of <- function(candidate) x$scores[x$scores[["candidate"]] == candidate]
  mine <- of(1L)
  other <- of(given)
  gap <- mine[["score"]] - other[["score"]][match(mine[["fold"]], other[["fold"]])]
  gap <- gap[!is.na(gap)]
  text <- sprintf("%.4f", x$table[["score"]][given])
  if (!length(gap)) return(text)
  sprintf("%s; the best is %+.4f from it, better on %d of %s", text, mean(gap),
          sum(gap * tune_signs[[x$metric]] > 0), count_of(length(gap), "fold"))
}

nested_text <- function(x) {
  if (is.null(x$nested)) {
    return("not asked; the best of many scores flatters: `nested = 5`")
  }
  metrics <- x$nested$metrics
  row <- metrics[metrics[["fold"]] == "mean" & metrics[["metric"]] == x$metric]
  if (!nrow(row)) row <- metrics[metrics[["fold"]] == "pooled" &
                                   metrics[["metric"]] == x$metric]
  sprintf("%.4f (%.4f, %.4f) on %s nobody searched on", row[["estimate"]], row[["lower"]],
          row[["upper"]], count_of(nrow(x$nested$folds), "fold"))
}

#' @rdname lcrisk_tuning
#' @export
print.lcrisk_tuning <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_tuning
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_tuning <- function(x, keep.rownames = FALSE, ...) copy(x$table)
