#' Weight of evidence
#'
#' Cuts every feature into the few bins that tell events from other rows best, under rules
#' that keep a scorecard readable: large enough bins, and event rates that rise or fall
#' all the way. The bins are optimal, not grown: no other cuts among the candidates have
#' a greater information value.
#'
#' @inheritParams lcrisk_cv
#' @param ... `data` when `x` is a formula, `y` when `x` holds features; as in
#'   [lcrisk_train()]. Nothing else.
#' @param weights NULL or a number of at least 0 per row; counts are sums of them.
#' @param direction How event rates go with a number, or an ordered factor: `"auto"` (up
#'   or down, whichever tells more), `"up"`, `"down"`, `"peak"` (up, then down),
#'   `"valley"` or `"none"` (as they like). One for all, or a vector named by features;
#'   those without a name are `"auto"`.
#' @param max_bins Most bins of a feature, 1 to 50, not counting special and missing ones.
#' @param min_share,min_count A bin has at least this share of the rows, and this many.
#' @param min_events It has at least so many events, and so many other rows (number above
#'   0).
#' @param noise A bin more must raise the information value by at least this many times
#'   what chance would (number, at least 0).
#' @param rare Levels with less than this share of the rows are binned as one.
#' @param special Values with a meaning of their own, such as 999: each has a bin alone. A
#'   vector for all numbers, or a list of vectors named by features.
#' @param breaks Bins of your own, a list named by features: of a number its cuts, of a
#'   factor a list of groups of levels. Levels that no group has are the last group.
#' @param smoothing Rows of the average event rate that are added to each bin's (number,
#'   at least 0).
#' @param level Coverage of the intervals, between 0 and 1.
#' @return An `lcrisk_woe`, a list of plain vectors and tables:
#'   * `table`: data.table, one row per bin: `feature`, `bin`, `kind` (`"range"`,
#'     `"levels"`, `"special"`, `"missing"`), `label`, `from` and `to` (the bin has the
#'     values above `from` and up to `to`), `n` and `event` (rows, or sums of weights),
#'     `share`, `rate` (of events), `woe`, `se`, `iv`, `levels` (a list);
#'   * `iv`: data.table, one row per feature: `feature`, `bins`, `shape`, `iv`, `lower`,
#'     `upper`, `chance` (what noise alone would be expected to give), the greatest first;
#'   * `failed`: for each feature without bins the reason, a named character vector.
#'
#'   `predict()` replaces features by their evidence, `plot()` draws it,
#'   `as.data.table()` gives `table`. [lcrisk_scorecard()] bins by itself, anew in each
#'   fold.
#' @details **Evidence.** With \eqn{e} and \eqn{g} the events and the other rows of a bin,
#'   \eqn{E} and \eqn{G} those of all rows, \eqn{\pi = E / (E + G)} and \eqn{a} the
#'   `smoothing`,
#'   \deqn{woe = \log \frac{e + a \pi}{g + a (1 - \pi)} - \log \frac{E}{G},\qquad
#'         iv = \sum \left(\frac{e}{E} - \frac{g}{G}\right) woe.}
#'   A positive weight is more risk: the log-odds of the event rise by it. Books on
#'   scorecards often have the other sign.
#'
#'   **Candidates.** Cuts of a number lie between its values, of more than 254 values
#'   between 254 groups of about equal size. Levels are put in order of their event rates,
#'   in which the best partition is one into neighbours (Breiman et al. 1984); the levels
#'   of an ordered factor stay as they are. Among these, dynamic programming finds the
#'   partition of the greatest information value that keeps the rules, less `noise` times
#'   \eqn{1 / E + 1 / G} for each bin: what a bin more adds on average where there is
#'   nothing to find.
#'
#'   **Missing values** have their own bin, which takes no part in the direction. Levels
#'   unseen in training count as missing. A missing or special bin of fewer than
#'   `min_events` events, or other rows, says nothing: its evidence is 0.
#'
#'   **Failures.** A feature fails when it is left out by [lcrisk_train()]'s rules
#'   (`"constant"`, `"all missing"`, `"nearly all values differ"`), when
#'   `"too few rows or events"` are known, or when `"no cut keeps the rules"`.
#'
#'   **Intervals** of the information value are normal, from the delta method with events
#'   and other rows as two samples over the bins. They take the bins as given, so a
#'   feature that says nothing still has a value above 0: compare with `chance`.
#' @section Errors: as in [lcrisk_train()]; `lcrisk_error_input` for rules out of range,
#'   breaks of the wrong kind (`bad_argument`, `unknown_level`), features that the data do
#'   not have (`unknown_feature`), and evidence that is infinite without smoothing
#'   (`empty_class`).
#' @references Siddiqi, N. (2006). *Credit Risk Scorecards*. Wiley.
#'
#'   Thomas, L. C., Edelman, D. B. and Crook, J. N. (2002). *Credit Scoring and Its
#'   Applications*. SIAM.
#'
#'   Navas-Palencia, G. (2020). Optimal binning: mathematical programming formulation.
#'   arXiv:2001.08025.
#'
#'   Breiman, L., Friedman, J., Olshen, R. and Stone, C. (1984). *Classification and
#'   Regression Trees*. Wadsworth.
#' @family decisions
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(2000, 20, 90), home = sample(c("OWN", "RENT"), 2000,
#'                                                                TRUE))
#' data$default <- runif(2000) < plogis(2 - 0.06 * data$income + (data$home == "RENT"))
#' data$income[1:100] <- NA
#' woe <- lcrisk_woe(default ~ ., data = data)
#' woe
#' data.table::as.data.table(woe)
#' head(predict(woe, data))
#' @export
lcrisk_woe <- function(x, ..., event = NULL, weights = NULL, direction = "auto",
                       max_bins = 6L, min_share = 0.05, min_count = 50,
                       min_events = 20, noise = 1, rare = 0.01, special = NULL,
                       breaks = NULL, smoothing = 0.5, level = 0.95,
                       threads = lcrisk_threads(), audit = TRUE, infinite = "error") {
  check_call()
  settings <- binning_settings(direction, max_bins, min_share, min_count, min_events,
                               noise, rare, special, breaks, smoothing)
  level <- check_level(level)
  task <- as_task(x, ..., event = event, weights = weights, audit = audit,
                  infinite = infinite)
  check_binning_features(settings, names(task$columns))
  run <- new_run(0, threads)
  learned <- withCallingHandlers(
    learn_blueprint(task$columns, infinite, task$arg),
    # `failed` says which and why
    lcrisk_warning_data = function(w) {
      if (identical(w$code, "dropped_features")) rlang::cnd_muffle(w)
    }
  )
  features <- learned$blueprint$features
  woe <- learn_bins(learned$x, task$y, task$weights, settings, run)
  structure(list(
    table = bins_found(woe, learned$blueprint), iv = iv_table(woe, features, level),
    failed = failures(woe, learned$blueprint), core = woe,
    blueprint = learned$blueprint, event = task$event, outcome = task$outcome,
    settings = settings, level = level, n = length(task$y), n_event = sum(task$y),
    pricing = task$pricing
  ), class = "lcrisk_woe")
}

# ---- settings ----------------------------------------------------------------------

# The rules of binning, checked; a list of plain values that a learner keeps
binning_settings <- function(direction, max_bins, min_share, min_count, min_events, noise,
                             rare, special, breaks, smoothing, call = caller_env()) {
  min_events <- check_number(min_events, 0, call = call)
  if (min_events == 0) {
    abort_argument("min_events", "one number above 0", min_events, call)
  }
  list(
    direction = check_direction(direction, call),
    max_bins = check_count(max_bins, 1L, 50L, call = call),
    min_share = check_number(min_share, 0, 0.5, call = call),
    min_count = check_number(min_count, 0, call = call), min_events = min_events,
    noise = check_number(noise, 0, call = call),
    rare = check_number(rare, 0, 0.5, call = call),
    special = check_special(special, call), breaks = check_breaks(breaks, call),
    smoothing = check_number(smoothing, 0, call = call)
  )
}

check_direction <- function(direction, call) {
  named <- names(direction)
  ok <- is.character(direction) && length(direction) > 0L &&
    all(direction %in% woe_shapes) &&
    (if (is.null(named)) length(direction) == 1L else distinct_names(named))
  if (!ok) {
    abort_argument(
      "direction", sprintf("one of %s, or a vector of them named by features",
                           quoted(woe_shapes)), direction, call,
      cure = "Such as `direction = c(fico_mid = \"down\")`."
    )
  }
  direction
}

check_special <- function(special, call) {
  is_values <- function(v) {
    is.numeric(v) && length(v) %in% 1:50 && all(is.finite(v)) && !anyDuplicated(v)
  }
  if (is.null(special)) return(NULL)
  ok <- if (is.list(special)) {
    distinct_names(names(special)) && all(vapply(special, is_values, NA))
  } else {
    is_values(special)
  }
  if (!ok) {
    abort_argument(
      "special", "1 to 50 different finite numbers, or a list of such named by features",
      special, call, cure = "Such as `special = list(months = c(998, 999))`."
    )
  }
  if (is.list(special)) lapply(special, as.double) else as.double(special)
}

check_breaks <- function(breaks, call) {
  if (is.null(breaks)) return(NULL)
  if (!is.list(breaks) || !distinct_names(names(breaks))) {
    abort_argument("breaks", "NULL or a list named by features", breaks, call,
                   cure = "Such as `breaks = list(fico_mid = c(680, 720))`.")
  }
  breaks
}

distinct_names <- function(names) {
  length(names) > 0L && !anyNA(names) && all(nzchar(names)) && !anyDuplicated(names)
}

# The features that the settings speak of
binning_features <- function(settings) {
  c(names(settings$direction), names(settings$breaks),
    if (is.list(settings$special)) names(settings$special))
}

check_binning_features <- function(settings, columns, call = caller_env()) {
  unknown <- setdiff(binning_features(settings), columns)
  if (!length(unknown)) return(invisible())
  lcrisk_abort(
    "input", "unknown_feature",
    sprintf("The rules name %s, which the data do not have.", quoted(unknown)),
    cure = cure_absent(unknown, columns), columns = unknown, call = call
  )
}

# ---- result ------------------------------------------------------------------------

bins_found <- function(woe, blueprint) {
  cells <- cell_table(woe, blueprint$features, blueprint$levels)
  kept <- blueprint$features[!nzchar(woe$reason)]
  cells[cells[["feature"]] %in% kept]
}

iv_table <- function(woe, features, level) {
  reach <- normal_quantile(level) * woe$iv_se
  n_cells <- tabulate(woe$cells$feature[woe$cells$judged], length(features))
  out <- data.table(
    feature = features, bins = n_cells, shape = woe$shape, iv = woe$iv,
    lower = pmax(woe$iv - reach, 0), upper = woe$iv + reach,
    chance = (n_cells - 1) * sum(1 / woe$total)
  )[!nzchar(woe$reason)]
  setorderv(out, "iv", -1L)
  out[]
}

failures <- function(woe, blueprint) {
  failed <- nzchar(woe$reason)
  c(blueprint$dropped, stats::setNames(woe$reason[failed], blueprint$features[failed]))
}
