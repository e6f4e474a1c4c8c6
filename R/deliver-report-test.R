# What a validation report says of rows that the model has not seen.

report_test <- function(model, data, segments, time, level, threads,
                        call = caller_env()) {
  columns <- as_columns(data, "data", call = call)
  y <- outcome_of(data, model$outcome, model$event, NULL, call)
  x <- model_columns(model, data, "data", call)
  if (identical(model$trained_on, data_hash(x, y))) {
    lcrisk_abort("input", "training_rows", "`data` are the rows that the model learned.",
                 cure = "Give rows that it has not seen.", arg = "data", call = call)
  }
  refuse_calibration_rows(model, data, y)
  prob <- stats::predict(model, data, threads = threads)
  date <- report_dates(data, time, call)
  list(
    n = length(y), n_event = sum(y), y = y, prob = prob,
    period = if (!is.null(date)) month_range_text(date),
    metrics = suppressWarnings(
      lcrisk_metrics(y, prob, model$cutoff, level = level, threads = threads)
    ),
    calibration = suppressWarnings(lcrisk_calibration(y, prob, level = level)),
    vintages = if (!is.null(date)) report_groups(y, prob, vintage_of(date), level),
    segments = report_segments(data, columns, y, prob, model, segments, level, call),
    after = is_after(model, date),
    drift = report_drift(model, data, level, threads),
    shift = report_shift(model, x)
  )
}

report_dates <- function(data, time, call) {
  if (!is.null(time)) {
    check_string(time, "time", call)
    check_columns(data, time, "data", call)
    date <- data[[time]]
    if (!inherits(date, "Date") || anyNA(date)) {
      abort_argument("time", "the name of a column of dates", time, call)
    }
    return(date)
  }
  date <- if (is_frame(data)) column_of(data, "time")
  if (inherits(date, "Date") && !anyNA(date)) date
}

# Years; quarters where there are few
vintage_of <- function(date) {
  year <- data.table::year(date)
  if (length(unique(year)) >= 3L) return(factor(year))
  factor(sprintf("%d Q%d", year, data.table::quarter(date)))
}

# Do all rows come after the training rows? NA when that is not known.
is_after <- function(model, date) {
  to <- model$lineage$to
  if (is.null(to) || is.null(date)) return(NA)
  format(min(date), "%Y-%m") > to
}

# One row per group: what lcrisk_calibration(by = ) says, with the AUC
report_groups <- function(y, prob, group, level) {
  out <- suppressWarnings(lcrisk_calibration(y, prob, by = group, level = level))
  out <- as.data.table(out)
  member <- check_groups(group, length(y))
  area <- lapply(levels(out[["group"]]), function(name) {
    rows <- which(member == name)
    if (length(unique(y[rows])) < 2L) return(rep(NA_real_, 4L))
    found <- suppressWarnings(lcrisk_auc(y[rows], prob[rows], level = level))
    c(found, attr(found, "interval"), attr(found, "se"))
  })
  area <- do.call(rbind, area)
  for (k in 1:4) {
    set(out, j = c("auc", "auc_lower", "auc_upper", "auc_se")[k], value = area[, k])
  }
  set(out, j = "p_adjusted", value = stats::p.adjust(rate_p_value(out), "holm"))
  out[]
}

# Two-sided: is the rate other than the mean probability?
rate_p_value <- function(groups) {
  2 * pmin(groups[["p_value"]], 1 - groups[["p_value"]])
}

SEGMENTS_MOST <- 4L
SEGMENT_VALUES <- 12L
segments_first <- c("term", "purpose", "home_ownership", "application_type",
                    "emp_missing")

report_segments <- function(data, columns, y, prob, model, segments, level, call) {
  if (is.null(segments)) {
    segments <- segment_columns(data, columns, model$outcome)
  } else {
    if (!is.character(segments) || anyNA(segments)) {
      abort_argument("segments", "NULL or names of columns", segments, call)
    }
    check_columns(data, segments, "data", call)
  }
  lapply(stats::setNames(nm = segments), function(name) {
    report_groups(y, prob, factor(as.character(columns[[name]])), level)
  })
}

# Columns that make few groups, those of a loan application first
segment_columns <- function(data, columns, outcome) {
  names <- if (is_frame(data)) columns_with_role(data, "feature") else names(columns)
  names <- setdiff(names, outcome)
  few <- vapply(names, function(name) {
    values <- columns[[name]]
    is_group <- is.factor(values) || is.character(values) || is.logical(values) ||
      name %in% segments_first
    is_group && data.table::uniqueN(values[!is.na(values)]) %in% 2:SEGMENT_VALUES
  }, NA)
  names <- names[few]
  first <- intersect(segments_first, names)
  utils::head(c(first, setdiff(names, first)), SEGMENTS_MOST)
}

# ---- stability -----------------------------------------------------------------

report_drift <- function(model, data, level, threads) {
  if (is.null(model$blueprint$reference)) return(NULL)
  drift <- suppressWarnings(
    lcrisk_drift(model, data, by = "all", level = level, resamples = 20L,
                 threads = threads)
  )
  as.data.table(drift)
}

# How far the rows lie outside of what training saw
report_shift <- function(model, x) {
  range <- model$blueprint$range
  is_number <- !vapply(x, is.factor, NA)
  outside <- lapply(names(x)[is_number], function(name) {
    value <- as.double(x[[name]])
    !is.na(value) & (value < range$min[[name]] | value > range$max[[name]])
  })
  list(
    outside = if (length(outside)) mean(Reduce(`|`, outside)) else 0,
    missing = data.table(
      feature = names(x), training = unname(range$missing[names(x)]),
      here = vapply(x, function(column) mean(is.na(column)), 0, USE.NAMES = FALSE)
    )
  )
}

# ---- explanation and proof -----------------------------------------------------

IMPORTANCE_ROWS <- 2000L

# NULL where the learner can say nothing without rows
report_importance <- function(model, data, threads) {
  if (has_splits(model)) return(lcrisk_importance(model, threads = threads))
  if (is.null(data)) return(NULL)
  rows <- unique(round(seq(1, NROW(data), length.out = min(NROW(data), IMPORTANCE_ROWS))))
  part <- as.data.table(data)[rows]
  method <- if (is_sampled(model$learner)) "permutation" else "shap"
  suppressWarnings(
    lcrisk_importance(model, part, method = method, seed = 1, repeats = 2L,
                      threads = threads)
  )
}

# Bytes, and whether they score as the model does, without R
report_proof <- function(model, data, threads) {
  proof <- list(sealed = is_sealed(model), bytes = NA_character_, same = NA)
  bytes <- tryCatch(model_bytes(model), lcrisk_error_model = function(error) NULL)
  if (is.null(bytes)) return(proof)
  proof$bytes <- paste(as.character(.Call(ffi_model_digest, bytes)), collapse = "")
  again <- model_of_sections(.Call(ffi_model_open, bytes, 0))
  proof$same <- identical(model_bytes(again), bytes)
  if (is.null(data)) return(proof)
  x <- suppressWarnings(model_columns(model, data, "data"))
  link <- .Call(ffi_model_link, bytes, x, new_run(0, threads))
  proof$scores <- identical(
    link, suppressWarnings(stats::predict(model, data, type = "link", threads = threads))
  )
  proof
}
