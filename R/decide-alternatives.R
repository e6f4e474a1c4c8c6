#' Search for a less discriminatory model or cut-off
#'
#' Judges several models at many cut-offs by their approval share, the bad rate of the
#' approved and the lowest approval ratio of any group, and names the choice that treats
#' groups most alike among those that serve the lender as well as the one in use. Choose
#' on a validation slice; how the choice does is for other rows to say.
#'
#' One cut-off holds for everybody. Cut-offs that differ by group are not searched: in
#' credit they are disparate treatment.
#'
#' @param x A named list of models, or of vectors of probabilities (then give `truth`).
#'   The first is the one in use. Models trained on fewer features, with monotone
#'   constraints or other seeds are natural candidates.
#' @param data For models: rows that none of them was trained on, with outcomes.
#' @param truth For probabilities: the outcomes, never missing.
#' @param group As in [lcrisk_fairness()], one attribute.
#' @param ... Nothing else: an unknown argument is an error.
#' @param cutoff The cut-off in use, 0 to 1. NULL: the first model's own.
#' @param approvals Shares of approval to try, above 0 and below 1: each model's cut-off
#'   is where it approves that share of these rows. The share that the first model
#'   approves at its cut-off is always among them.
#' @param bad_rate,approval By how much the bad rate may be higher, and the approval share
#'   lower, than those in use, in shares (0.005 is half a point).
#' @param reference,event,level,min_rows As in [lcrisk_fairness()]; groups of fewer rows
#'   are not counted.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A data.table of class `lcrisk_alternatives`, one row per model and cut-off:
#'   `model`, `cutoff`, `approval`, `bad_rate`, `ratio` (lowest approval ratio of a
#'   group), `group` (whose), `front` (no other row is at least as good in all three and
#'   better in one), `admissible` (within the tolerances), `chosen`. Attributes:
#'   `change`, a data.table with the chosen row less the one in use for `ratio`,
#'   `bad_rate` and `approval`: `estimate`, `se`, `lower`, `upper`; `in_use` (row number),
#'   `reference`, `level`, `n`.
#' @details `change` compares both on the same rows: standard errors come from the
#'   influence of each row on the difference (the delta method), which accounts for the
#'   pairing. As the best of many, the chosen one looks a little better here than it is.
#' @section Errors: `lcrisk_error_input`: `test_part`, `training_rows` as in
#'   [lcrisk_threshold()]; those of [lcrisk_fairness()].
#' @family deciding
#' @examples
#' set.seed(1)
#' group <- sample(c("a", "b"), 4000, TRUE)
#' risk <- rnorm(4000, -2)
#' proxy <- (group == "b") + rnorm(4000)
#' truth <- runif(4000) < plogis(risk)
#' lcrisk_alternatives(
#'   list(in_use = plogis(risk + 0.3 * proxy), without = plogis(risk)),
#'   truth = truth, group = group, cutoff = 0.2
#' )
#' @export
lcrisk_alternatives <- function(x, data = NULL, truth = NULL, group, ..., cutoff = NULL,
                                approvals = seq(0.4, 0.95, by = 0.05), bad_rate = 0,
                                approval = 0, reference = NULL, event = NULL,
                                level = 0.95, min_rows = 30L,
                                threads = lcrisk_threads()) {
  check_call(...)
  level <- check_level(level)
  bad_rate <- check_number(bad_rate, 0, 1)
  approval <- check_number(approval, 0, 1)
  min_rows <- check_count(min_rows, 1L)
  approvals <- check_approvals(approvals)
  input <- alternatives_input(x, data, truth, event, cutoff, threads)
  if (is.character(group) && length(group) == 1L && !is.null(data)) {
    check_columns(data, group, "data")
    group <- data[[group]]
  }
  group <- fairness_groups(list(group = group), length(input$y))$group
  reference <- reference_groups(reference, list(group = group))$group
  shares <- sort(unique(c(approvals, mean(input$prob[[1L]] < input$cutoff))))
  out <- rbindlist(lapply(names(input$prob), function(name) {
    own <- if (name == names(input$prob)[1L]) input$cutoff
    alternative_rows(name, input$prob[[name]], input$y, group, reference, shares, own,
                     min_rows)
  }))
  in_use <- which(out[["in_use"]])[1L]
  out <- mark_alternatives(out, in_use, bad_rate, approval)
  change <- alternative_change(out, in_use, input, group, reference, level)
  set(out, j = "in_use", value = NULL)
  setattr(out, "class", c("lcrisk_alternatives", class(out)))
  facts <- list(change = change, in_use = in_use, reference = reference, level = level,
                n = length(input$y))
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

check_approvals <- function(approvals, call = caller_env()) {
  ok <- is.numeric(approvals) && length(approvals) && all(is.finite(approvals)) &&
    all(approvals > 0 & approvals < 1)
  if (!ok) abort_argument("approvals", "shares above 0 and below 1", approvals, call)
  as.double(approvals)
}

# `prob` (a named list), `y`, `cutoff`
alternatives_input <- function(x, data, truth, event, cutoff, threads,
                               call = caller_env()) {
  if (!is.list(x) || inherits(x, "lcrisk_model") || !length(x) || is.null(names(x)) ||
        any(!nzchar(names(x))) || anyDuplicated(names(x))) {
    abort_argument("x", "a named list of models or of probabilities", x, call)
  }
  if (all(vapply(x, inherits, NA, "lcrisk_model"))) {
    if (is.null(data)) abort_argument("data", "rows to judge the models on", data, call)
    refuse_test_part(data, "data", call)
    y <- outcome_of(data, x[[1L]]$outcome, x[[1L]]$event, truth, call)
    for (model in x) {
      refuse_training_rows(model, apply_blueprint(model$blueprint, data, "data"), y, call)
    }
    prob <- lapply(x, stats::predict, data, threads = threads)
    return(list(prob = prob, y = y, cutoff = cutoff_in_use(cutoff %||% x[[1L]]$cutoff)))
  }
  if (is.null(cutoff)) {
    abort_argument("cutoff", "the cut-off in use", cutoff, call)
  }
  input <- lapply(x, function(prob) metric_input(truth, prob, event, arg = "x",
                                                 call = call))
  list(prob = lapply(input, `[[`, "prob"), y = input[[1L]]$y,
       cutoff = cutoff_in_use(cutoff))
}

cutoff_in_use <- function(cutoff, call = caller_env()) {
  check_number(as.numeric(cutoff), 0, 1, "cutoff", call)
}

# A row per share; `own` is a cut-off that is tried as it is
alternative_rows <- function(name, prob, y, group, reference, shares, own, min_rows) {
  sorted <- sort(prob)
  n <- length(prob)
  # the lowest cut-off that approves the share: just above the row that ends it
  at <- sorted[pmax(1L, ceiling(shares * n - 1e-9))]
  cutoffs <- sort(unique(c(next_value(sorted, at), own)))
  large <- levels(group)[tabulate(group) >= min_rows]
  one <- function(cutoff) {
    approved <- prob < cutoff
    rate <- tapply(approved, group, mean)
    others <- setdiff(large, reference)
    ratio <- rate[others] / rate[[reference]]
    least <- which.min(ratio)
    list(
      model = name, cutoff = cutoff, approval = mean(approved),
      bad_rate = if (any(approved)) mean(y[approved]) else NA_real_,
      ratio = if (length(least)) ratio[[least]] else NA_real_,
      group = if (length(least)) others[least] else NA_character_,
      in_use = !is.null(own) && cutoff == own
    )
  }
  rbindlist(lapply(cutoffs, one))
}

# The smallest value above each of `at`; 1 above the largest
next_value <- function(sorted, at) {
  above <- findInterval(at, sorted) + 1L
  fifelse(above > length(sorted), 1, sorted[pmin(above, length(sorted))])
}

mark_alternatives <- function(rows, in_use, bad_rate, approval) {
  good <- cbind(rows[["approval"]], -rows[["bad_rate"]], rows[["ratio"]])
  good[is.na(good)] <- -Inf
  front <- vapply(seq_len(nrow(good)), function(i) {
    no_worse <- good[, 1L] >= good[i, 1L] & good[, 2L] >= good[i, 2L] &
      good[, 3L] >= good[i, 3L]
    !any(no_worse & rowSums(sweep(good, 2L, good[i, ], ">")) > 0L)
  }, NA)
  base <- rows[in_use]
  admissible <- rows[["bad_rate"]] <= base[["bad_rate"]] + bad_rate + 1e-12 &
    rows[["approval"]] >= base[["approval"]] - approval - 1e-12
  admissible[in_use] <- TRUE
  ratio <- fifelse(admissible %in% TRUE, rows[["ratio"]], -Inf)
  # equal ratios: the one in use, then the lowest bad rate
  best <- order(-ratio, seq_along(ratio) != in_use, rows[["bad_rate"]])[1L]
  set(rows, j = "front", value = front)
  set(rows, j = "admissible", value = admissible %in% TRUE)
  set(rows, j = "chosen", value = seq_len(nrow(rows)) == best)
  rows[]
}

# ---- the difference, with its error --------------------------------------------

alternative_change <- function(rows, in_use, input, group, reference, level) {
  parts <- function(i) {
    row <- rows[i]
    alternative_influence(input$prob[[row[["model"]]]] < row[["cutoff"]], input$y, group,
                          reference, row[["group"]])
  }
  new <- parts(which(rows[["chosen"]]))
  old <- parts(in_use)
  z <- normal_quantile(level)
  rbindlist(lapply(names(new), function(what) {
    estimate <- new[[what]]$value - old[[what]]$value
    se <- sqrt(sum((new[[what]]$influence - old[[what]]$influence)^2))
    list(metric = what, estimate = estimate, se = se, lower = estimate - z * se,
         upper = estimate + z * se)
  }))
}

# Values with what each row moves them by, to first order
alternative_influence <- function(approved, y, group, reference, least) {
  rate <- function(rows, hit = approved) {
    value <- mean(hit[rows])
    list(value = value, influence = rows * (hit - value) / sum(rows))
  }
  of_group <- rate(group %in% least)
  of_reference <- rate(group %in% reference)
  ratio <- of_group$value / of_reference$value
  list(
    ratio = list(value = ratio, influence = of_group$influence / of_reference$value -
                   ratio * of_reference$influence / of_reference$value),
    bad_rate = rate(approved, y == 1L),
    approval = rate(rep(TRUE, length(approved)))
  )
}

# ---- methods -------------------------------------------------------------------

#' @export
format.lcrisk_alternatives <- function(x, ...) {
  change <- attr(x, "change")
  needed <- c("model", "cutoff", "approval", "bad_rate", "ratio", "chosen")
  if (is.null(change) || !all(needed %in% names(x)) || !any(x[["chosen"]])) {
    return(c("<lcrisk_alternatives>", utils::capture.output(print(as.data.table(x)))))
  }
  line <- function(name, i) {
    at <- as.data.table(x)[i]
    sprintf("  %-7s %s below %.4f: approves %s, bad %s, lowest ratio %.3f (%s)",
            name, at[["model"]], at[["cutoff"]], share_text(at[["approval"]]),
            share_text(at[["bad_rate"]], 2L), at[["ratio"]], at[["group"]])
  }
  c(
    sprintf("<lcrisk_alternatives> %s tried on %s, %d admissible",
            count_of(nrow(x), "choice"), count_of(attr(x, "n"), "row"),
            sum(x[["admissible"]])),
    line("in use", attr(x, "in_use")), line("chosen", which(x[["chosen"]])),
    clip_words("  change  ", paste(
      sprintf("%s %+.4f (%+.4f, %+.4f)", sub("_", " ", change[["metric"]]),
              change[["estimate"]], change[["lower"]], change[["upper"]]),
      collapse = ", "
    )),
    "Chosen on these rows: judge it on others by lcrisk_fairness()."
  )
}

#' @export
print.lcrisk_alternatives <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
plot.lcrisk_alternatives <- function(x, ..., xlab = "Bad rate of the approved, percent",
                                     ylab = "Lowest approval ratio of a group",
                                     main = "What fairness costs") {
  look <- plot_look()
  on.exit(graphics::par(look), add = TRUE)
  models <- unique(x[["model"]])
  shape <- c(1L, 2L, 0L, 5L, 6L, 3L, 4L)[(match(x[["model"]], models) - 1L) %% 7L + 1L]
  rate <- 100 * x[["bad_rate"]]
  graphics::plot(rate, x[["ratio"]], pch = shape, xlab = xlab, ylab = ylab, main = main,
                 col = ifelse(x[["front"]], "black", "grey60"), ...)
  graphics::abline(h = FOUR_FIFTHS, lty = 2L, col = "grey50")
  at <- c(attr(x, "in_use"), which(x[["chosen"]]))
  graphics::points(rate[at], x[["ratio"]][at], pch = c(15L, 19L), cex = 1.3)
  graphics::legend("bottomright", c(models, "in use", "chosen"), bty = "n", cex = 0.8,
                   pch = c(shape[match(models, x[["model"]])], 15L, 19L))
  graphics::mtext("black: on the front; dashed: four fifths", 3L, line = 0.3, cex = 0.8)
  invisible(x)
}
