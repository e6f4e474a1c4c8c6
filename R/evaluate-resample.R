# What came of a cross-validation: predictions judged fold by fold, on average, and
# together.

new_resample <- function(task, how, done, scheme, seed, level, call = caller_env()) {
  ok <- Filter(function(fold) is.null(fold$error), done)
  for (fold in ok) set(fold$predictions, j = "fold", value = fold$fold)
  predictions <- rbindlist(lapply(ok, `[[`, "predictions"))
  parts <- lapply(ok, `[[`, "predictions")
  names(parts) <- vapply(ok, function(fold) as.character(fold$fold), "")
  own <- own_metrics(how$metrics, c(parts, list(pooled = one_per_row(predictions))))
  metrics <- resample_metrics(parts, predictions, own$table, scheme, ok, level)
  about <- lapply(done, function(fold) {
    list(fold = fold$fold, n_train = fold$n_train, n_test = fold$n_test,
         fingerprint = fold$fingerprint %||% NA_character_, seconds = fold$seconds,
         error = if (is.null(fold$error)) NA_character_ else first_line(fold$error))
  })
  out <- structure(
    list(
      metrics = metrics, predictions = predictions, folds = rbindlist(about),
      learner = how$learner, balance = how$balance,
      event = task$event, outcome = task$outcome, seed = seed, level = level,
      type = scheme$type
    ),
    class = "lcrisk_resample"
  )
  if (length(own$bad)) stop_bad_metric(own$bad, out, call)
  out
}

# Metrics of each fold, of their mean, and of all predictions as one set
resample_metrics <- function(parts, predictions, own, scheme, ok, level) {
  # what is odd in a fold is odd in all rows together, which say it once
  per_fold <- lapply(parts, function(part) {
    gather_warnings(judge(part, level, scheme$group))$value
  })
  per_fold <- rbindlist(Filter(length, per_fold), idcol = "fold")
  pooled <- judge(one_per_row(predictions), level, scheme$group)
  per_fold <- rbind(per_fold, own[own[["fold"]] != "pooled"])
  share <- mean(vapply(ok, function(fold) fold$n_test / fold$n_train, 0))
  means <- mean_metrics(per_fold, scheme$type, share, level)
  if (!is.null(pooled)) pooled <- data.table(fold = "pooled", pooled)
  rbind(per_fold, means, pooled, own[own[["fold"]] == "pooled"])
}

# Metrics of predictions with a cut-off per row, NULL where the rows have one class.
# `group`, by row of the data: whose rows share their luck
judge <- function(predictions, level, group = NULL) {
  truth <- predictions[["truth"]]
  prob <- predictions[["prob"]]
  cutoff <- predictions[["cutoff"]]
  if (length(unique(truth)) < 2L) return(NULL)
  blocks <- if (!is.null(group)) group[predictions[["row"]]]
  if (length(unique(blocks)) < MIN_BLOCKS) blocks <- NULL
  metrics <- as.data.table(lcrisk_metrics(truth, prob, cutoff[1L], level = level,
                                          blocks = blocks))
  if (all(cutoff == cutoff[1L])) return(metrics)
  said <- as.double(prob >= cutoff)
  at_cutoff <- cutoff_metrics(metric_input(truth, said, NULL), 0.5, level, beta = 2)
  at <- match(names(at_cutoff), metrics[["metric"]])
  if (is.null(blocks)) {
    return(set(metrics, at, names(at_cutoff[[1L]]), rbindlist(at_cutoff)))
  }
  columns <- setdiff(names(metrics), "metric")
  whole <- gather_warnings(lcrisk_metrics(truth, said, 0.5, level = level,
                                          blocks = blocks))$value
  found <- as.data.table(whole)[match(names(at_cutoff), whole[["metric"]])]
  set(metrics, at, columns, as.list(found)[columns])
}

# Repeated folds predict a row several times: the mean counts
one_per_row <- function(predictions) {
  if (!anyDuplicated(predictions[["row"]])) return(predictions)
  row <- factor(predictions[["row"]])
  mean_of <- function(name) as.vector(tapply(predictions[[name]], row, mean))
  data.table(
    row = as.integer(levels(row)), truth = as.integer(mean_of("truth")),
    prob = mean_of("prob"), cutoff = mean_of("cutoff")
  )
}

# ---- means over folds --------------------------------------------------------------

# The mean of each metric over the folds that have it, with an interval that knows what
# the folds share; see the details of lcrisk_cv().
mean_metrics <- function(per_fold, type, share, level) {
  names <- unique(per_fold[["metric"]])
  rows <- lapply(names, function(name) {
    of <- per_fold[per_fold[["metric"]] == name]
    of <- of[is.finite(of[["estimate"]])]
    if (nrow(of) < 2L) return(NULL)
    row <- mean_row(of[["estimate"]], of[["se"]], type, share, level, name)
    c(list(fold = "mean", metric = name), row)
  })
  rbindlist(rows)
}

mean_row <- function(estimate, se, type, share, level, name) {
  n <- length(estimate)
  middle <- mean(estimate)
  if (type %in% c("stratified", "grouped", "given") && all(is.finite(se))) {
    se <- sqrt(sum(se^2)) / n
    return(metric_row(middle, se, within_interval(name, middle, se, level),
                      "mean of folds, errors within"))
  }
  correction <- if (type == "rolling") 0 else share
  se <- sqrt((1 / n + correction) * stats::var(estimate))
  reach <- stats::qt(1 - (1 - level) / 2, n - 1L) * se
  metric_row(middle, se, clip_metric(name, middle + c(-reach, reach)),
             if (type == "rolling") "t over periods" else "corrected resampled t")
}

within_interval <- function(name, middle, se, level) {
  if (name == "auc") return(logit_interval(middle, se, level))
  if (name == "gini") return(2 * logit_interval((middle + 1) / 2, se / 2, level) - 1)
  clip_metric(name, normal_interval(middle, se, level))
}

bounded_metrics <- c(
  "auc", "gini", "partial_auc", "partial_auc_standard", "ks", "pr_auc", "h_measure",
  "brier", "brier_reliability", "brier_resolution", "brier_uncertainty", "log_loss",
  "recall", "precision", "specificity", "accuracy", "f1", "f_beta", "mcc",
  "balanced_accuracy", "ece"
)

clip_metric <- function(name, interval) {
  if (!name %in% bounded_metrics) return(interval)
  range <- metric_range(name, list(partial = c(0, 0.2)))
  pmin(pmax(interval, range[1L]), range[2L])
}

# ---- the user's own metrics ----------------------------------------------------------

check_own_metrics <- function(metrics, call = caller_env()) {
  if (is.null(metrics)) return(NULL)
  names <- names(metrics)
  ok <- is.list(metrics) && length(metrics) && all(vapply(metrics, is.function, NA)) &&
    !is.null(names) && all(nzchar(names)) && !anyDuplicated(names)
  if (!ok) {
    abort_argument("metrics", "NULL or a list of functions with distinct names", metrics,
                   call,
                   cure = "Such as `list(mean = function(truth, prob) mean(prob))`.")
  }
  taken <- intersect(names, bounded_metrics)
  if (length(taken)) {
    abort_argument("metrics", "named unlike the metrics there are already", taken[1L],
                   call)
  }
  metrics
}

# `table`: rows such as lcrisk_metrics() gives, without intervals; `bad`: why not, by
# metric and part
own_metrics <- function(metrics, parts) {
  table <- list()
  bad <- list()
  for (name in names(metrics)) {
    for (part in names(parts)) {
      value <- own_value(metrics[[name]], parts[[part]])
      if (is.character(value)) {
        bad[[length(bad) + 1L]] <- list(metric = name, fold = part, why = value)
        next
      }
      row <- metric_row(value, NA_real_, no_interval, "your own")
      table[[length(table) + 1L]] <- c(list(fold = part, metric = name), row)
    }
  }
  failed <- vapply(bad, `[[`, "", "metric")
  table <- Filter(function(row) !row$metric %in% failed, table)
  list(table = if (length(table)) rbindlist(table), bad = bad)
}

# One number, or text that says what came instead
own_value <- function(metric, part) {
  value <- tryCatch(metric(part[["truth"]], part[["prob"]]), error = function(error) {
    structure(sprintf("failed: %s", first_line(error)), class = "failed")
  })
  if (inherits(value, "failed")) return(unclass(value))
  ok <- is.numeric(value) && length(value) == 1L && is.finite(value)
  if (ok) as.double(value) else sprintf("gave %s, not one number", found(value))
}

stop_bad_metric <- function(bad, finished, call) {
  first <- bad[[1L]]
  where <- if (first$fold == "pooled") "on all folds" else paste("on fold", first$fold)
  lcrisk_abort(
    "input", "bad_metric",
    sprintf("The metric `%s` %s %s.", first$metric, where, first$why),
    cure = "Everything else is in the condition's field `finished`.",
    metric = first$metric, fold = first$fold, finished = finished, call = call
  )
}

# ---- methods -------------------------------------------------------------------

#' Print a cross-validation
#'
#' @param x What [lcrisk_cv()] returned.
#' @param ... Not used.
#' @return `format()`: character, one line per entry. `print()`: `x`, invisibly.
#'   `as.data.table()`: the metrics, one row per fold and metric.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' lcrisk_cv(default ~ income, "logit", folds = 2, data = data, seed = 1)
#' @name lcrisk_resample
#' @keywords internal
NULL

#' @rdname lcrisk_resample
#' @export
format.lcrisk_resample <- function(x, ...) {
  metrics <- x$metrics
  shown <- c("auc", "ks", "brier", "recall", "precision", "f1")
  line <- function(name) {
    of <- metrics[metrics[["metric"]] == name]
    each <- of[["estimate"]][!of[["fold"]] %in% c("mean", "pooled")]
    spread <- if (length(each)) sprintf("%.3f to %.3f", min(each), max(each)) else ""
    sprintf("  %-10s %s   %s   %s", name, estimate_text(of, "pooled"),
            estimate_text(of, "mean"), spread)
  }
  n_failed <- sum(!is.na(x$folds[["error"]]))
  c(
    sprintf("<lcrisk_resample> %s: %d folds, %s predictions, %s%s",
            paste(c(x$learner$kind, x$balance$kind), collapse = " + "), nrow(x$folds),
            count_text(nrow(x$predictions)),
            event_text(x$outcome, x$event),
            if (n_failed) sprintf(", %s failed", count_of(n_failed, "fold")) else ""),
    sprintf("  %-10s %-24s   %-24s   folds", "",
            sprintf("pooled (%g %% interval)", 100 * x$level), "mean of folds"),
    vapply(shown, line, "", USE.NAMES = FALSE),
    "Next: as.data.table() for all metrics, $predictions, lcrisk_compare()."
  )
}

estimate_text <- function(metrics, part) {
  row <- metrics[metrics[["fold"]] == part]
  if (!nrow(row)) return(sprintf("%-24s", "-"))
  sprintf("%.4f (%.4f, %.4f)", row[["estimate"]], row[["lower"]], row[["upper"]])
}

#' @rdname lcrisk_resample
#' @export
print.lcrisk_resample <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_resample
#' @param keep.rownames Not used.
#' @export
as.data.table.lcrisk_resample <- function(x, keep.rownames = FALSE, ...) {
  copy(x$metrics)
}
