#' Effect of a feature
#'
#' How the predicted probability moves with a feature: partial dependence, individual
#' curves, accumulated local effects, or the joint effect of two features.
#'
#' @param model An `lcrisk_model` from [lcrisk_train()].
#' @param data Rows over which the effect is averaged: a few thousand are enough.
#' @param feature Name of the feature.
#' @param with NULL, or the name of a second feature for their joint partial dependence.
#' @param type `"pdp"`: partial dependence; `"ice"`: also the curve of each row;
#'   `"ale"`: accumulated local effects, for features with an order.
#' @param scale `"prob"` or `"link"`, the log-odds.
#' @param points Most values of a number (count, at least 2): quantiles of `data`.
#' @param rows Most rows used, evenly spaced (count).
#' @param threads As in [lcrisk_train()].
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table of class `lcrisk_effect`, one row per value (pair of values):
#'   * `value`: numbers, or the level as text; NA stands for missing, where `data` have
#'     missing values;
#'   * `with_value`: of the second feature;
#'   * `effect`: the mean prediction with this value in all rows; for `"ale"` the
#'     accumulated effect, with mean 0;
#'   * `low`, `high`: for `"pdp"` and `"ice"`, tenth and nine-tenth quantile over rows;
#'   * `interaction`: for two features, the joint effect less what both have alone;
#'   * `n`: rows of `data` nearest to the value (pair).
#'
#'   Attributes `feature`, `with`, `type`, `scale`, `n_rows`, and for `"ice"` `curves`, a
#'   matrix rows x values.
#' @details *Partial dependence* (Friedman 2001) gives every row the value and averages
#'   the predictions; where features depend on each other it also asks the model about
#'   rows that do not occur. *Individual curves* are its parts (Goldstein and others
#'   2015). *Accumulated local effects* (Apley and Zhu 2020) move each row only within
#'   its own interval between two values, and add up the mean differences: they stay
#'   where the data are. Values are quantiles, intervals hold about equally many rows.
#'
#'   For trees everything is computed from the binned codes, and only trees that use
#'   the feature are scored again. A model's calibration is part of its predictions.
#' @section Errors: `lcrisk_error_input` with `code` `unknown_feature`, `no_order` (ALE of
#'   a level), `no_values` (nothing but missing values); those of
#'   [predict.lcrisk_model()].
#' @references Friedman, J. H. (2001). Greedy function approximation: a gradient
#'   boosting machine. *Annals of Statistics* 29, 1189-1232.
#'
#'   Goldstein, A., Kapelner, A., Bleich, J. and Pitkin, E. (2015). Peeking inside the
#'   black box. *Journal of Computational and Graphical Statistics* 24, 44-65.
#'
#'   Apley, D. W. and Zhu, J. (2020). Visualizing the effects of predictor variables in
#'   black box supervised learning models. *Journal of the Royal Statistical Society B*
#'   82, 1059-1086.
#' @family explanations
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90), term = sample(c(36, 60), 300, TRUE))
#' data$default <- runif(300) < plogis(1 - 0.06 * data$income + 0.02 * data$term)
#' model <- lcrisk_train(default ~ ., data, learner = lcrisk_boost(trees = 50), seed = 1)
#' effect <- lcrisk_effect(model, data, "income")
#' effect
#' plot(effect)
#' plot(lcrisk_effect(model, data, "income", with = "term"))
#' @export
lcrisk_effect <- function(model, data, feature, with = NULL, type = "pdp",
                          scale = "prob", points = 30L, rows = 2000L,
                          threads = lcrisk_threads(), ...) {
  check_call(...)
  check_model(model)
  feature <- check_feature(feature, model)
  if (!is.null(with)) with <- check_feature(with, model)
  type <- check_choice(type, c("pdp", "ice", "ale"))
  scale <- check_choice(scale, c("prob", "link"))
  points <- check_count(points, 2L)
  rows <- check_count(rows)
  if (!is.null(with) && (type != "pdp" || with == feature)) {
    abort_argument("with", "NULL, or another feature for `type = \"pdp\"`", with,
                   rlang::current_env())
  }
  x <- effect_rows(model, data, rows)
  run <- new_run(0, threads)
  found <- if (!is.null(with)) {
    joint_effect(model, x, c(feature, with), min(points, 12L), scale, run)
  } else if (type == "ale") {
    local_effect(model, x, feature, points, scale, run)
  } else {
    mean_effect(model, x, feature, points, scale, run)
  }
  if (type != "ice") setattr(found, "curves", NULL)
  setattr(found, "class", c("lcrisk_effect", class(found)))
  about <- list(feature = feature, with = with, type = type, scale = scale,
                n_rows = length(x[[1L]]), event = event_text(model$outcome, model$event))
  for (name in names(about)) setattr(found, name, about[[name]])
  found[]
}

check_feature <- function(name, model, arg = rlang::caller_arg(name),
                          call = caller_env()) {
  check_string(name, arg, call)
  known <- model$blueprint$features
  if (name %in% known) return(name)
  near <- nearest(name, known)
  lcrisk_abort(
    "input", "unknown_feature",
    sprintf("`%s` must be a feature of the model, not \"%s\".", arg, name),
    cure = if (length(near)) sprintf("Did you mean `%s`?", near)
    else "See summary(model)$features.",
    arg = arg, columns = name, call = call
  )
}

effect_rows <- function(model, data, rows, call = caller_env()) {
  x <- model_columns(model, data, "data", call)
  n <- length(x[[1L]])
  if (n == 0L) {
    lcrisk_abort("input", "too_few_rows", "`data` has no rows.", arg = "data", n = 0L,
                 call = call)
  }
  if (n <= rows) return(x)
  rows_of(x, unique(round(seq(1, n, length.out = rows))))
}

# ---- values --------------------------------------------------------------------

# Values to look at: quantiles that occur, or levels; with `missing`, NA last
effect_values <- function(x, points, missing = TRUE, call = caller_env()) {
  known <- x[!is.na(x)]
  if (!length(known)) {
    lcrisk_abort("input", "no_values", "The feature is missing in all rows of `data`.",
                 cure = "Give rows with values.", arg = "data", call = call)
  }
  values <- if (is.factor(x)) {
    make_factor(sort(unique(as.integer(known))), levels(x), is.ordered(x))
  } else {
    sort(unique(known))
  }
  if (!is.factor(x) && length(values) > points) {
    share <- seq(0, 1, length.out = points)
    values <- unique(stats::quantile(known, share, type = 1L, names = FALSE))
  }
  if (missing && anyNA(x)) joined_missing(values) else values
}

joined_missing <- function(values) {
  if (!is.factor(values)) return(c(values, NA))
  make_factor(c(as.integer(values), NA), levels(values), is.ordered(values))
}

# Which value each row is nearest to
nearest_value <- function(x, values) {
  if (is.factor(x)) return(match(as.integer(x), as.integer(values)))
  known <- as.double(values[!is.na(values)])
  at <- findInterval(as.double(x), (known[-1L] + known[-length(known)]) / 2) + 1L
  at[is.na(x)] <- match(NA, values)
  at
}

value_column <- function(values) {
  if (is.factor(values)) as.character(values) else as.double(values)
}

# Predictions, rows x settings, on the wanted scale
effect_scores <- function(model, x, features, setting, scale, run) {
  link <- rescore_set(model$learner, model$core, x, features, setting, run)
  link[] <- calibrate_link(model$calibration, as.vector(link))
  if (scale == "prob") link[] <- .Call(ffi_base_logistic, as.vector(link))
  link
}

# A list of columns like `x`, with one row per setting
settings_like <- function(x, features, values) {
  m <- length(values[[1L]])
  setting <- lapply(x, function(column) column[rep(1L, m)])
  setting[features] <- values
  setting
}

# ---- the effects -----------------------------------------------------------------

mean_effect <- function(model, x, feature, points, scale, run) {
  values <- effect_values(x[[feature]], points)
  setting <- settings_like(x, feature, list(values))
  curves <- effect_scores(model, x, feature, setting, scale, run)
  ends <- apply(curves, 2L, stats::quantile, c(0.1, 0.9), names = FALSE)
  near <- nearest_value(x[[feature]], values)
  out <- data.table(
    value = value_column(values), effect = colMeans(curves), low = ends[1L, ],
    high = ends[2L, ], n = tabulate(near, length(values))
  )
  setattr(out, "curves", curves)
  out
}

# Every row moves between the two values around its own
local_effect <- function(model, x, feature, points, scale, run, call = caller_env()) {
  column <- x[[feature]]
  if (is.factor(column) && !is.ordered(column)) {
    lcrisk_abort("input", "no_order",
                 sprintf("The levels of `%s` have no order.", feature),
                 cure = "Take `type = \"pdp\"`.", arg = "feature", call = call)
  }
  known <- which(!is.na(column))
  values <- effect_values(column, points, missing = FALSE, call = call)
  m <- length(values)
  if (m == 1L) {
    return(data.table(value = value_column(values), effect = 0, n = length(known)))
  }
  near <- rows_of(x, known)
  scores <- effect_scores(model, near, feature, settings_like(x, feature, list(values)),
                          scale, run)
  # the interval (values[k], values[k + 1]] of each row; the lowest joins the first
  if (is.factor(column)) {
    own <- match(as.integer(column[known]), as.integer(values))
  } else {
    below <- findInterval(as.double(column[known]), as.double(values), left.open = TRUE)
    own <- pmin(below + 1L, m)
  }
  interval <- pmax(own - 1L, 1L)
  step <- scores[cbind(seq_along(known), interval + 1L)] -
    scores[cbind(seq_along(known), interval)]
  count <- tabulate(interval, m - 1L)
  mean_step <- as.vector(rowsum(step, factor(interval, seq_len(m - 1L)))) /
    count[count > 0L]
  steps <- replace(numeric(m - 1L), count > 0L, mean_step)
  total <- c(0, cumsum(steps))
  middle <- (total[-1L] + total[-m]) / 2
  data.table(value = value_column(values),
             effect = total - sum(middle * count) / sum(count),
             n = tabulate(nearest_value(column[known], values), m))
}

joint_effect <- function(model, x, features, points, scale, run) {
  first <- effect_values(x[[features[1L]]], points)
  second <- effect_values(x[[features[2L]]], points)
  pair <- expand.grid(a = seq_along(first), b = seq_along(second))
  setting <- settings_like(x, features, list(first[pair$a], second[pair$b]))
  joint <- colMeans(effect_scores(model, x, features, setting, scale, run))
  alone <- function(feature, values) {
    one <- settings_like(x, feature, list(values))
    colMeans(effect_scores(model, x, feature, one, scale, run))
  }
  mean <- mean(original_scores(model, x, scale, run))
  near <- interaction(
    factor(nearest_value(x[[features[1L]]], first), seq_along(first)),
    factor(nearest_value(x[[features[2L]]], second), seq_along(second))
  )
  data.table(
    value = value_column(first[pair$a]), with_value = value_column(second[pair$b]),
    effect = joint,
    interaction = joint - alone(features[1L], first)[pair$a] -
      alone(features[2L], second)[pair$b] + mean,
    n = as.vector(table(near))
  )
}

original_scores <- function(model, x, scale, run) {
  link <- predict_core(model$learner, model$core, x, run)
  link <- calibrate_link(model$calibration, link)
  if (scale == "prob") .Call(ffi_base_logistic, link) else link
}
