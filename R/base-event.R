# Which of two outcomes is the event. In one place, so that training, metrics and
# calibration can never disagree, and never guessed from scores.

# `y`: logical, numbers 0 and 1, a factor with two levels, or text with two values.
# The event is TRUE, 1 or the second level; text has no order, so it needs `event`.
# `event` overrules, given as the value or as its text. With `both`, one class alone
# is refused.
#
# Returns `y` as integer 0/1 (1 is the event), `event` as text, and `levels`: both
# labels as text, in the order of the input.
resolve_event <- function(y, event = NULL, both = TRUE, arg = rlang::caller_arg(y),
                          call = caller_env()) {
  check_outcome_type(y, arg, call)
  check_outcome_known(y, arg, call)
  labels <- outcome_labels(y, arg, call)
  event <- check_event(event, labels, is.character(y), arg, call)
  # one value seen: the other side has no name
  levels <- if (length(labels) == 2L) labels else unique(c(labels, event))
  if (length(levels) == 1L) levels <- c(paste("not", event), event)

  out <- as_indicator(y, event, labels)
  if (both) check_both_classes(out, event, arg, call)
  list(y = out, event = event, levels = levels)
}

# 1 where `y` is the event. Whole columns pass here, so what is 0/1 already is not
# compared again.
as_indicator <- function(y, event, labels) {
  if (is.character(y) || is.factor(y)) return(as.integer(y == event))
  y <- as.integer(y)
  if (event == labels[2L]) y else 1L - y
}

check_outcome_type <- function(y, arg, call) {
  plain <- !is.object(y) && (is.logical(y) || is.numeric(y) || is.character(y))
  if (!(plain || is.factor(y)) || !is.null(dim(y))) {
    abort_argument(arg, "logical, 0/1, a two-level factor or text", y, call)
  }
  if (length(y) == 0L) {
    lcrisk_abort("input", "too_few_rows", sprintf("`%s` has no values.", arg),
                 cure = "Give at least one outcome of each kind.", arg = arg, n = 0L,
                 call = call)
  }
}

check_outcome_known <- function(y, arg, call) {
  if (!anyNA(y)) return(invisible())
  n_missing <- sum(is.na(y))
  lcrisk_abort(
    "input", "missing_outcome",
    sprintf("`%s` is missing in %d of %d rows.", arg, n_missing, length(y)),
    cure = "Leave those rows out: an unknown outcome is not an outcome.",
    arg = arg, n = n_missing, call = call
  )
}

# One or two labels. Two declared levels count even if only one is in use; with
# more, those in use count.
outcome_labels <- function(y, arg, call) {
  if (is.logical(y)) return(c("FALSE", "TRUE"))
  if (is.numeric(y)) {
    binary <- min(y) >= 0 && max(y) <= 1 && (is.integer(y) || all(y == as.integer(y)))
    if (!binary) abort_not_binary(y, arg, call)
    return(c("0", "1"))
  }
  if (is.factor(y) && nlevels(y) == 2L) return(levels(y))
  used <- if (is.factor(y)) levels(droplevels(y)) else sort(unique(y), method = "radix")
  if (length(used) > 2L) abort_not_binary(y, arg, call)
  used
}

abort_not_binary <- function(y, arg, call) {
  lcrisk_abort(
    "input", "not_binary",
    sprintf("`%s` must have two classes; it has values such as %s.", arg,
            quoted(utils::head(unique(as.character(y)), 4L))),
    cure = "Give TRUE/FALSE, 1/0 or a factor with two levels.", arg = arg, call = call
  )
}

check_event <- function(event, labels, is_text, arg, call) {
  if (is.null(event)) {
    if (!is_text && length(labels) == 2L) return(labels[2L])
    lcrisk_abort(
      "input", "event_needed",
      sprintf("`%s` has the values %s; which of them is the event cannot be known.", arg,
              quoted(labels)),
      cure = sprintf("Say which, such as `event = \"%s\"`.", labels[length(labels)]),
      arg = "event", call = call
    )
  }
  if (!(is.atomic(event) || is.factor(event)) || length(event) != 1L || is.na(event)) {
    abort_argument("event", "one value", event, call)
  }
  event <- as.character(event)
  if (length(labels) == 2L && !event %in% labels) {
    lcrisk_abort(
      "input", "bad_event",
      sprintf("`event` must be one of %s, the values of `%s`, not \"%s\".",
              quoted(labels), arg, event),
      arg = "event", call = call
    )
  }
  event
}

check_both_classes <- function(y, event, arg, call) {
  n_event <- sum(y)
  if (n_event > 0L && n_event < length(y)) return(invisible())
  lcrisk_abort(
    "input", "one_class",
    sprintf("`%s` has one class only: %d of %d rows are the event (%s).", arg, n_event,
            length(y), quoted(event)),
    cure = "Both outcomes are needed.", arg = arg, n = length(y), call = call
  )
}
