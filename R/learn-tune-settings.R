# What lcrisk_tune() tries: candidates are learners, drawn from ranges or listed in a
# grid.

MOST_CANDIDATES <- 100000L

tune_ranges <- list(
  boost = list(rate = c(0.01, 0.1), leaves = c(3, 16), depth = c(2, 8), l2 = c(0.1, 100),
               rows = c(0.3, 1), columns = c(0.3, 1)),
  forest = list(min_leaf = c(2, 200), rows = c(0.3, 1), extra = c(FALSE, TRUE)),
  logit = list(lasso = c(0, 1), knots = c(0, 8)),
  mlp = list(hidden = c(8, 64), rate = c(0.001, 0.01), decay = c(0.01, 1),
             dropout = c(0, 0.7), knots = c(2, 16)),
  additive = list(rate = c(0.05, 0.3), freedom = c(1.5, 4), noise = c(0, 2),
                  pairs = c(0, 20)),
  blend = list(shrink = c(0.1, 1000))
)

# A list of learners; the first is the learner as given, unless there is a grid. Each
# has the attribute `tried`, its values of the settings.
make_candidates <- function(learner, settings, tries, seed, call = caller_env()) {
  settings <- check_settings(settings, learner, call)
  own <- settings_of(learner)
  if (is.data.frame(settings)) return(grid_candidates(learner, settings, call))
  check_n_candidates(tries, call)
  names <- sort(names(settings), method = "radix")
  ranges <- lapply(stats::setNames(nm = names), function(name) {
    as_range(settings[[name]], own[[name]], name, learner, call)
  })
  drawn <- lapply(seq_len(tries), function(i) {
    unit <- .Call(ffi_base_units, length(names), as.double(i),
                  list(threads = 1L, seed = seed, progress = NULL))
    Map(function(range, u) range(u), ranges, unit)
  })
  given <- structure(learner, tried = stats::setNames(own[names], names), given = TRUE)
  drawn <- lapply(drawn, function(values) with_settings(learner, values, call))
  all <- c(list(given), drawn)
  all[!duplicated(vapply(all, candidate_key, ""))]
}

check_settings <- function(settings, learner, call) {
  settings <- settings %||% tune_ranges[[learner$kind]]
  if (is.null(settings)) {
    abort_argument("settings", sprintf("given for a learner such as `%s`", learner$kind),
                   settings, call, cure = "Such as `list(rate = c(0.01, 0.1))`.")
  }
  names <- names(settings)
  if (is.data.frame(settings) && nrow(settings) == 0L || !length(settings)) {
    lcrisk_abort("input", "no_candidates", "`settings` has nothing to try.",
                 cure = "Give a range for a setting, or a row for a candidate.",
                 arg = "settings", call = call)
  }
  if (!is.list(settings) || is.null(names) || !all(nzchar(names)) ||
      anyDuplicated(names)) {
    abort_argument("settings", "a list or data frame with distinct names", settings, call,
                   cure = "Such as `list(rate = c(0.01, 0.1))`.")
  }
  known <- names(settings_of(learner))
  unknown <- if (is_peer(learner)) character() else setdiff(names, known)
  if (length(unknown)) {
    near <- unlist(lapply(unknown, nearest, choices = known))
    lcrisk_abort(
      "input", "unknown_setting",
      sprintf("`%s` has no setting %s.", learner$kind, quoted(unknown)),
      cure = if (length(near)) sprintf("Did you mean %s?", quoted(near))
      else sprintf("It has %s.", quoted(known, 30L)),
      arg = "settings", columns = unknown, call = call
    )
  }
  settings
}

check_n_candidates <- function(n, call) {
  if (n <= MOST_CANDIDATES) return(invisible())
  lcrisk_abort(
    "resource", "too_many_candidates",
    sprintf("%s candidates; at most %s.", count_text(n), count_text(MOST_CANDIDATES)),
    cure = "Give ranges and a number of tries.", n = n, call = call
  )
}

grid_candidates <- function(learner, grid, call) {
  check_n_candidates(nrow(grid), call)
  all <- lapply(seq_len(nrow(grid)), function(i) {
    values <- lapply(grid, function(column) {
      if (is.factor(column)) as.character(column[[i]]) else column[[i]]
    })
    with_settings(learner, values, call)
  })
  repeated <- duplicated(vapply(all, candidate_key, ""))
  if (any(repeated)) {
    lcrisk_warn("data", "duplicate_candidates",
                sprintf("%s of `settings` given before: tried once.",
                        count_of(sum(repeated), "row")), n = sum(repeated))
  }
  all[!repeated]
}

# ---- ranges ----------------------------------------------------------------------

# A function of a number in [0, 1) that gives a value
as_range <- function(range, own, name, learner, call) {
  is_range <- is.numeric(range) && !is.object(range) && length(range) == 2L
  if (!is_range) return(as_choice(range, name, learner, call))
  if (!all(is.finite(range)) || range[1L] >= range[2L]) {
    lcrisk_abort(
      "input", "bad_range",
      sprintf("The range of `%s` must be two finite numbers that rise, not %s.", name,
              paste(format(range), collapse = " and ")),
      arg = "settings", columns = name, call = call
    )
  }
  whole <- all(range == trunc(range)) && (is.integer(range) || is.integer(own))
  for (end in range) {
    value <- stats::setNames(list(if (whole) as.integer(end) else end), name)
    with_settings(learner, value, call)
  }
  low <- range[1L]
  high <- range[2L]
  on_log <- low > 0 && high / low >= 10
  if (whole) {
    # each whole number has the same room, on either scale
    low <- low - 0.5
    high <- high + 0.5
  }
  function(u) {
    value <- if (on_log) low * (high / low)^u else low + (high - low) * u
    if (whole) as.integer(min(max(round(value), range[1L]), range[2L])) else value
  }
}

as_choice <- function(choices, name, learner, call) {
  if (!length(choices) || !(is.list(choices) || is.atomic(choices))) {
    lcrisk_abort(
      "input", "bad_range",
      sprintf("`settings` has nothing to choose from for `%s`.", name),
      cure = "Two numbers are a range; a vector or a list is a set of choices.",
      arg = "settings", columns = name, call = call
    )
  }
  choices <- as.list(choices)
  for (one in choices) with_settings(learner, stats::setNames(list(one), name), call)
  function(u) choices[[1L + floor(u * length(choices))]]
}

# ---- learners with other settings ------------------------------------------------

is_peer <- function(learner) learner$kind %in% peer_packages

settings_of <- function(learner) {
  if (is_peer(learner)) learner$params$settings else learner$params
}

# The learner anew through its own constructor, which checks the values
with_settings <- function(learner, values, call = caller_env()) {
  own <- settings_of(learner)
  own[names(values)] <- values
  home <- topenv()
  constructor <- paste0("lcrisk_", learner$kind)
  out <- if (is_peer(learner)) {
    do.call(lcrisk_peer, c(list(learner$kind), own))
  } else if (exists(constructor, envir = home, inherits = FALSE)) {
    tryCatch(
      do.call(get(constructor, envir = home, inherits = FALSE), own),
      lcrisk_error_input = function(error) stop_bad_setting(error, learner, call)
    )
  } else {
    new_learner(learner$kind, own)
  }
  structure(out, tried = values)
}

stop_bad_setting <- function(error, learner, call) {
  lcrisk_abort(
    "input", "bad_setting",
    sprintf("`settings`, of `%s`: %s", learner$kind, first_line(error)),
    cure = error$cure, arg = "settings", columns = error$arg, call = call
  )
}

# Values of settings as text that does not depend on options or on their order
candidate_key <- function(candidate) {
  values <- attr(candidate, "tried")
  values <- values[sort(names(values), method = "radix")]
  .Call(ffi_hash_vectors, lapply(values, function(value) {
    if (is.integer(value)) as.double(value) else value
  }))
}

# The learner without what the search noted on it
bare_learner <- function(candidate) {
  attr(candidate, "tried") <- NULL
  attr(candidate, "given") <- NULL
  candidate
}
