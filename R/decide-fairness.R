#' Do groups fare alike at the cut-off?
#'
#' Compares groups that you name, such as age bands, sexes or regions, by what a cut-off
#' does to them: who is approved, who is approved among those who would have paid, how
#' many of the approved fail, and whether the probabilities mean the same for all. Each
#' figure has an interval that holds for small groups too.
#'
#' Lending Club's files have no protected attributes: the groups are yours to bring. They
#' are for judging a model, never for training it.
#'
#' @param x An `lcrisk_model`, or a numeric vector of probabilities of the event.
#' @param data For a model: rows it was not trained on.
#' @param truth The outcomes that go with the probabilities, as in [lcrisk_auc()], NA
#'   where unknown; NULL (for a model: when `data` has no column for them either) gives
#'   the approval metrics only.
#' @param group What to compare: a column of `data` or several (names), one value per row,
#'   or a data frame of several attributes. Numbers with more than 12 values are refused:
#'   cut them first. Rows without a group are left out and counted.
#' @param ... Nothing else: an unknown argument is an error.
#' @param cutoff Rows below it are approved; 0 to 1. A model has its own.
#' @param reference NULL, or for each attribute (named, or the only one) the group that
#'   the others are compared with. NULL takes the largest.
#' @param event As in [lcrisk_auc()].
#' @param level Coverage of the intervals.
#' @param min_rows Groups of fewer rows are marked `small`: they are shown, with their
#'   wide intervals, and no screen is made of them.
#' @param threads Number of threads, see [lcrisk_threads()].
#' @return A data.table of class `lcrisk_fairness`, one row per attribute, metric and
#'   group: `attribute`, `metric`, `group`, `n` (rows it is a share of), `estimate`,
#'   `lower`, `upper`, `versus` (against the reference: a ratio for `approval`, else a
#'   difference), `versus_lower`, `versus_upper`, `small`. Attributes: `screen`, a
#'   data.table `attribute`, `group`, `n`, `ratio`, `lower`, `upper`, `screen`;
#'   `reference`, `n_missing`, `cutoff`, `level`, `event`.
#' @details
#' | metric | of | against the reference |
#' | --- | --- | --- |
#' | `approval` | rows with a probability below the cut-off | ratio |
#' | `equal_opportunity` | approved among those without the event | difference |
#' | `predictive_parity` | events among the approved | difference |
#' | `calibration` | share of events less mean probability | difference |
#' | `auc` | ranking inside the group | difference |
#'
#' When groups differ in their share of events, these cannot all be equal unless the model
#' is perfect (Chouldechova 2017; Kleinberg et al. 2017): choose which one is wanted, and
#' say so.
#'
#' **Intervals.** Shares: Wilson (1927). Calibration: Jeffreys' interval of the share,
#' less the mean probability. AUC: DeLong on the logit scale. Ratios and differences are
#' recovered from the intervals of both sides (Donner and Zou 2012; Newcombe 1998), which
#' keeps its coverage in groups of a few dozen rows; none is adjusted for the number of
#' groups.
#'
#' **Four fifths.** `screen` says whether the approval ratio is `below` 0.8 (the whole
#' interval is), `not below`, or `undecided` (the interval holds 0.8). A ratio of four
#' fifths is a screen of employment selection (29 CFR 1607.4(D)) that is often borrowed:
#' it is neither a test of discrimination nor a safe harbour, and no verdict is given.
#' @section Errors: `lcrisk_error_input`: `one_group`, `many_groups` (more than 100, or a
#'   number that is not cut), `no_reference_group`; those of [lcrisk_metrics()].
#' @references Chouldechova, A. (2017). Fair prediction with disparate impact. *Big
#'   Data* 5.
#'
#'   Donner, A. and Zou, G. Y. (2012). Closed-form confidence intervals for functions of
#'   the normal mean and standard deviation. *Statistical Methods in Medical Research* 21.
#'
#'   Hardt, M., Price, E. and Srebro, N. (2016). Equality of opportunity in supervised
#'   learning. *NeurIPS*.
#'
#'   Newcombe, R. G. (1998). Interval estimation for the difference between independent
#'   proportions. *Statistics in Medicine* 17.
#' @family deciding
#' @examples
#' set.seed(1)
#' age <- sample(c("under 30", "30 to 61", "62 and over"), 3000, TRUE, c(3, 6, 1))
#' prob <- plogis(rnorm(3000, -2 + 0.4 * (age == "under 30")))
#' truth <- runif(3000) < prob
#' fairness <- lcrisk_fairness(prob, truth, age, cutoff = 0.2)
#' fairness
#' attr(fairness, "screen")
#' plot(fairness)
#' @export
lcrisk_fairness <- function(x, ...) UseMethod("lcrisk_fairness")

#' @rdname lcrisk_fairness
#' @export
lcrisk_fairness.lcrisk_model <- function(x, data, group, ..., cutoff = NULL, truth = NULL,
                                         reference = NULL, level = 0.95, min_rows = 30L,
                                         threads = lcrisk_threads()) {
  check_call(...)
  check_model(x, "x")
  data <- check_data(data)
  cutoff <- check_number(cutoff %||% x$cutoff, 0, 1, "cutoff")
  known <- is.null(truth) && !is.null(x$outcome) && x$outcome %in% names(data)
  if (known) truth <- data[[x$outcome]]
  if (length(group) <= ncol(data) && is.character(group) && all(group %in% names(data))) {
    group <- as.list(data)[group]
  } else if (is.character(group) && length(group) != nrow(data)) {
    check_columns(data, group, "data")
  }
  lcrisk_fairness(
    stats::predict(x, data, threads = threads), truth, group, cutoff = cutoff,
    reference = reference, event = x$event, level = level, min_rows = min_rows
  )
}

#' @rdname lcrisk_fairness
#' @export
lcrisk_fairness.numeric <- function(x, truth, group, ..., cutoff, reference = NULL,
                                    event = NULL, level = 0.95, min_rows = 30L) {
  check_call(...)
  cutoff <- check_number(as.numeric(cutoff), 0, 1, "cutoff")
  level <- check_level(level)
  min_rows <- check_count(min_rows, 1L)
  input <- fairness_input(x, truth, event)
  groups <- fairness_groups(group, length(x))
  reference <- reference_groups(reference, groups)
  out <- rbindlist(lapply(names(groups), function(attribute) {
    rows <- fairness_rows(input, groups[[attribute]], reference[[attribute]], cutoff,
                          level, min_rows)
    set(rows, j = "attribute", value = attribute)
    setcolorder(rows, "attribute")
  }))
  setattr(out, "class", c("lcrisk_fairness", class(out)))
  facts <- list(
    screen = fairness_screen(out, reference), reference = unlist(reference),
    n_missing = vapply(groups, function(g) sum(is.na(g)), 0L), cutoff = cutoff,
    level = level, event = input$event
  )
  for (name in names(facts)) setattr(out, name, facts[[name]])
  out[]
}

#' @rdname lcrisk_fairness
#' @export
lcrisk_fairness.default <- function(x, ...) {
  abort_argument("x", "a model or probabilities", if (missing(x)) NULL else x,
                 rlang::current_env(),
                 cure = "`lcrisk_train()` makes a model, `predict()` its probabilities.")
}

# ---- the door ------------------------------------------------------------------

# `prob`, `y` (0/1, NA where unknown; NULL without outcomes), `event`
fairness_input <- function(prob, truth, event, arg = "x", call = caller_env()) {
  if (is.null(truth)) truth <- rep(NA, length(prob))
  prob <- check_scores(prob, length(truth), arg, call)
  if (!length(prob)) {
    lcrisk_abort("input", "too_few_rows", sprintf("`%s` has no values.", arg),
                 cure = "Give at least one row of each group.", arg = arg, call = call)
  }
  check_score_values(prob, TRUE, arg, call)
  known <- !is.na(truth)
  if (!any(known)) return(list(prob = prob, y = NULL, event = event %||% ""))
  said <- resolve_event(truth[known], event, both = FALSE, arg = "truth", call = call)
  y <- rep(NA_integer_, length(prob))
  y[known] <- said$y
  list(prob = prob, y = y, event = said$event)
}

MOST_GROUPS <- 100L
MOST_NUMBERS <- 12L

# A named list of factors, one entry per attribute
fairness_groups <- function(group, n, call = caller_env()) {
  if (!is.list(group)) group <- list(group = group)
  if (!length(group) || is.null(names(group)) || any(!nzchar(names(group)))) {
    abort_argument("group", "one value per row, or named attributes", group, call)
  }
  lapply(stats::setNames(nm = names(group)), function(name) {
    one_attribute(group[[name]], n, name, call)
  })
}

one_attribute <- function(values, n, name, call) {
  if (is.numeric(values) && !is.object(values) && length(values) == n &&
        length(unique(values)) > MOST_NUMBERS) {
    lcrisk_abort("input", "many_groups",
                 sprintf("`%s` is a number with %d values.", name,
                         length(unique(values))),
                 cure = "Cut it into groups first: `cut(age, c(0, 30, 62, Inf))`.",
                 arg = "group", call = call)
  }
  found <- check_groups(values, n, name, call)
  levels <- nlevels(found)
  if (levels < 2L) {
    lcrisk_abort("input", "one_group", sprintf("`%s` has %s.", name,
                                               count_of(levels, "group")),
                 cure = "At least two are needed to compare.", arg = "group", call = call)
  }
  if (levels > MOST_GROUPS) {
    lcrisk_abort("input", "many_groups", sprintf("`%s` has %d groups.", name, levels),
                 cure = sprintf("Put them together into at most %d.", MOST_GROUPS),
                 arg = "group", call = call)
  }
  found
}

# For each attribute the group that others are compared with
reference_groups <- function(reference, groups, call = caller_env()) {
  if (length(groups) == 1L && length(reference) == 1L && is.null(names(reference))) {
    names(reference) <- names(groups)
  }
  strange <- setdiff(names(reference), names(groups))
  if (length(strange) || (length(reference) && is.null(names(reference)))) {
    abort_argument("reference", "one group for each attribute, named", reference, call)
  }
  lapply(stats::setNames(nm = names(groups)), function(name) {
    found <- groups[[name]]
    wanted <- if (name %in% names(reference)) as.character(reference[[name]])
    if (is.null(wanted)) return(levels(found)[which.max(tabulate(found))])
    if (!wanted %in% levels(found)) {
      lcrisk_abort("input", "no_reference_group",
                   sprintf("`%s` has no group \"%s\".", name, wanted),
                   cure = sprintf("It has %s.", quoted(levels(found))),
                   arg = "reference", call = call)
    }
    wanted
  })
}

# ---- metrics -------------------------------------------------------------------

# Each takes rows (`prob`, `y` where known) and gives n, estimate, lower, upper
fairness_metrics <- list(
  approval = function(prob, y, cutoff, level) share_of(prob < cutoff, level),
  equal_opportunity = function(prob, y, cutoff, level) {
    share_of((prob < cutoff)[y %in% 0L], level)
  },
  predictive_parity = function(prob, y, cutoff, level) {
    share_of(y[prob < cutoff & !is.na(y)] == 1L, level)
  },
  calibration = function(prob, y, cutoff, level) {
    known <- !is.na(y)
    n <- sum(known)
    if (n == 0L) return(no_share)
    rate <- mean(y[known])
    interval <- jeffreys_interval(rate, n, level)
    c(n, c(rate, interval$lower, interval$upper) - mean(prob[known]))
  },
  auc = function(prob, y, cutoff, level) {
    known <- which(!is.na(y))
    if (length(unique(y[known])) < 2L) return(c(length(known), NA, NA, NA))
    found <- auc_estimate(list(prob = prob[known], y = y[known]), level)
    c(length(known), found$estimate, found$lower, found$upper)
  }
)

no_share <- c(0, NA, NA, NA)

share_of <- function(hit, level) {
  n <- length(hit)
  if (n == 0L) return(no_share)
  c(n, mean(hit), wilson_interval(mean(hit), n, level))
}

fairness_rows <- function(input, group, reference, cutoff, level, min_rows) {
  metrics <- if (is.null(input$y)) "approval" else names(fairness_metrics)
  rows <- split(seq_along(group), group)
  of <- function(metric) {
    found <- vapply(rows, function(i) {
      as.double(fairness_metrics[[metric]](input$prob[i], input$y[i], cutoff, level))
    }, double(4L))
    out <- data.table(metric = metric, group = names(rows), n = as.integer(found[1L, ]),
                      estimate = found[2L, ], lower = found[3L, ], upper = found[4L, ])
    against <- versus_reference(out, match(reference, names(rows)),
                                if (metric == "approval") mover_ratio
                                else mover_difference)
    set(out, j = names(against), value = against)
    set(out, j = "small", value = lengths(rows) < min_rows)
  }
  rbindlist(lapply(metrics, of))
}

versus_reference <- function(rows, at, compare) {
  one <- function(i) unlist(rows[i, c("estimate", "lower", "upper")], use.names = FALSE)
  found <- vapply(seq_len(nrow(rows)), function(i) {
    if (i == at) c(compare(one(at), one(at))[1L], NA, NA) else compare(one(i), one(at))
  }, double(3L))
  list(versus = found[1L, ], versus_lower = found[2L, ], versus_upper = found[3L, ])
}

# Of two independent estimates with their intervals (estimate, lower, upper), those of
# their difference, and of their ratio (Donner and Zou 2012, their (8) to (11))
mover_difference <- function(a, b) {
  if (anyNA(c(a, b))) return(c(a[1L] - b[1L], NA, NA))
  gap <- a[1L] - b[1L]
  c(gap, gap - sqrt((a[1L] - a[2L])^2 + (b[3L] - b[1L])^2),
    gap + sqrt((a[3L] - a[1L])^2 + (b[1L] - b[2L])^2))
}

mover_ratio <- function(a, b) {
  if (anyNA(c(a, b)) || b[1L] == 0) return(rep(NA_real_, 3L))
  product <- a[1L] * b[1L]
  root <- function(end, other) {
    sqrt(max(product^2 - end * other * (2 * a[1L] - end) * (2 * b[1L] - other), 0))
  }
  lower <- (product - root(a[2L], b[3L])) / (b[3L] * (2 * b[1L] - b[3L]))
  upper <- (product + root(a[3L], b[2L])) / (b[2L] * (2 * b[1L] - b[2L]))
  if (!is.finite(lower) || lower < 0) lower <- 0
  if (!is.finite(upper)) upper <- Inf
  c(a[1L] / b[1L], lower, upper)
}

FOUR_FIFTHS <- 0.8

fairness_screen <- function(rows, reference) {
  approval <- as.data.table(rows)[rows[["metric"]] == "approval"]
  against <- unlist(reference)[approval[["attribute"]]]
  approval <- approval[approval[["group"]] != against]
  out <- approval[, c("attribute", "group", "n")]
  set(out, j = c("ratio", "lower", "upper"),
      value = approval[, c("versus", "versus_lower", "versus_upper")])
  set(out, j = "screen", value = fcase(
    approval[["small"]], "too few", is.na(out[["lower"]]), "unknown",
    out[["upper"]] < FOUR_FIFTHS, "below", out[["lower"]] >= FOUR_FIFTHS, "not below",
    rep(TRUE, nrow(out)), "undecided"
  ))
  out[]
}
