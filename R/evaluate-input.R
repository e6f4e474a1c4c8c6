# The door of all metrics: outcomes, scores and weights of the same rows, checked
# once, in the types the core reads.

# A list: `y` integer 0/1, `event`, `prob` double, `weights` NULL or double above
# zero (a row of weight 0 is a row that is not there), `n_missing`, the rows that
# `na.rm` left out, and `keep`, NULL or which rows are still in. With `range` the scores
# must be probabilities.
metric_input <- function(truth, prob, event, weights = NULL, na.rm = FALSE, range = TRUE,
                         arg = "prob", call = caller_env()) {
  check_flag(na.rm, "na.rm", call)
  prob <- check_scores(prob, length(truth), arg, call)
  weights <- check_weights(weights, length(truth), call)
  keep <- NULL
  n_missing <- 0L
  if (na.rm && (anyNA(truth) || anyNA(prob))) {
    keep <- !is.na(truth) & !is.na(prob)
    n_missing <- sum(!keep)
  }
  if (!is.null(weights) && any(weights == 0)) {
    keep <- (keep %||% TRUE) & check_some_weight(weights, call) > 0
  }
  if (!is.null(keep)) {
    truth <- truth[keep]
    prob <- prob[keep]
    weights <- weights[keep]
  }
  said <- resolve_event(truth, event, arg = "truth", call = call)
  check_score_values(prob, range, arg, call)
  list(y = said$y, event = said$event, prob = prob, weights = weights,
       n_missing = n_missing, keep = keep)
}

check_some_weight <- function(weights, call) {
  if (length(weights) == 0L || any(weights > 0)) return(weights)
  lcrisk_abort("input", "bad_weight", "`weights` are all 0: no row is left.",
               arg = "weights", n = length(weights), call = call)
}

check_scores <- function(prob, n, arg, call) {
  if (!is.numeric(prob) || is.object(prob) || !is.null(dim(prob))) {
    abort_argument(arg, "a numeric vector", prob, call)
  }
  if (length(prob) != n) {
    lcrisk_abort(
      "input", "bad_length",
      sprintf("`truth` has %s and `%s` has %s.", count_of(n, "value"), arg,
              count_words(length(prob))),
      cure = "Give both for the same rows.", arg = arg, call = call
    )
  }
  as.double(prob)
}

check_score_values <- function(prob, range, arg, call) {
  if (anyNA(prob)) {
    n_missing <- sum(is.na(prob))
    lcrisk_abort(
      "input", "missing_score",
      sprintf("`%s` is missing in %d of %d rows.", arg, n_missing, length(prob)),
      cure = "Score those rows, or leave them out by `na.rm = TRUE`, which counts them.",
      arg = arg, n = n_missing, call = call
    )
  }
  reach <- c(min(prob), max(prob))  # range() copies
  if (range && (reach[1L] < 0 || reach[2L] > 1)) {
    n_outside <- sum(prob < 0 | prob > 1)
    lcrisk_abort(
      "input", "bad_probability",
      sprintf("`%s` is outside 0 to 1 in %d of %d rows.", arg, n_outside, length(prob)),
      cure = "Give probabilities of the event, not scores or log-odds.",
      arg = arg, n = n_outside, call = call
    )
  }
  if (any(is.infinite(reach))) {
    n_infinite <- sum(is.infinite(prob))
    lcrisk_warn(
      "data", "infinite_score",
      sprintf("`%s` is infinite in %s: ranked highest or lowest.", arg,
              count_of(n_infinite, "row")),
      n = n_infinite
    )
  }
}

check_level <- function(level, call = caller_env()) {
  level <- check_number(level, 0, 1, arg = "level", call = call)
  if (level == 0 || level == 1) {
    abort_argument("level", "strictly between 0 and 1", level, call)
  }
  level
}

# Results that must be the same for the same data: resampling keyed by a fixed seed
metric_run <- function() new_run(seed = 0)
