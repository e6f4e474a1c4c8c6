#' Importance of the features
#'
#' Which features a model relies on, by one of four measures, each with an interval.
#' Given a model it is about that model; given data and a learner, models are trained on
#' folds and judged on the rows left out of them.
#'
#' @param x A model from [lcrisk_train()]; or what to learn from, as in
#'   [lcrisk_train()], to train a model per fold.
#' @param ... With a formula `data`, with features `y`. Nothing else.
#' @param data For a model: rows to measure on, with the outcome for `"permutation"`.
#'   Rows that the model has not seen say more. Not needed for `"gain"` and `"count"`.
#' @param method `"gain"`: loss reduction of the feature's splits (of a forest: fall of
#'   the Gini index), as a share of all;
#'   `"count"`: splits, as a share; `"permutation"`: AUC lost when the feature's values
#'   are shuffled among the rows; `"shap"`: mean size of the contributions of
#'   [lcrisk_shap()]. NULL: `"gain"` for a model of trees without `data`, else `"shap"`
#'   for a model and `"permutation"` for data.
#' @param groups A named list of vectors of features that count as one: shuffled
#'   together, contributions added before their size is taken. Features in no group
#'   stand alone.
#' @param truth For a model: the outcome of each row of `data`, where `data` do not have
#'   it in a column.
#' @param repeats Shuffles for `"permutation"` (count).
#' @param learner,folds,event,weights As in [lcrisk_cv()].
#' @param reference,permutations As in [lcrisk_shap()], for learners whose contributions
#'   are sampled.
#' @param level Coverage of the intervals.
#' @param seed,threads As in [lcrisk_train()].
#' @return A data.table of class `lcrisk_importance`, most important first: `feature`,
#'   `importance`, `se`, `lower`, `upper`. Attributes `method`, `unit`, `basis` (what the
#'   interval is over), `learner`.
#' @details Intervals. Over folds: Student's t on the folds' values, with the variance
#'   enlarged for the rows that training sets share (Nadeau and Bengio 2003). A boosted
#'   model is the average of its inner folds' models: its gain and count have such
#'   an interval too. For one model, `"permutation"` has DeLong's interval of the
#'   difference of two paired areas, averaged over the shuffles, `"shap"` the normal
#'   interval over rows.
#'
#'   Shuffling makes rows that do not occur where features depend on each other, and a
#'   feature may lose little because another one carries the same: put such features in
#'   a group.
#' @section Errors: `lcrisk_error_input` with `code` `no_splits` (gain or count of a
#'   learner without trees), `bad_groups`, `data_needed`; those of training and
#'   prediction.
#' @references Breiman, L. (2001). Random forests. *Machine Learning* 45, 5-32.
#'
#'   Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. *Machine
#'   Learning* 52, 239-281.
#' @family explanations
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(400, 20, 90), term = sample(c(36, 60), 400, TRUE))
#' data$default <- runif(400) < plogis(1 - 0.06 * data$income + 0.02 * data$term)
#' model <- lcrisk_train(default ~ ., data[1:300, ], seed = 1,
#'                       learner = lcrisk_boost(trees = 50, folds = 3))
#' lcrisk_importance(model)
#' lcrisk_importance(model, data[301:400, ], method = "permutation", seed = 1)
#' found <- lcrisk_importance(default ~ ., data = data, learner = "logit", folds = 3,
#'                            seed = 1)
#' plot(found)
#' @export
lcrisk_importance <- function(x, ...) UseMethod("lcrisk_importance")

importance_methods <- c("gain", "count", "permutation", "shap")

#' @rdname lcrisk_importance
#' @export
lcrisk_importance.lcrisk_model <- function(x, data = NULL, ..., method = NULL,
                                           groups = NULL, truth = NULL, repeats = 5L,
                                           reference = NULL, permutations = 16L,
                                           level = 0.95, seed = NULL,
                                           threads = lcrisk_threads()) {
  check_call(...)
  check_model(x, "x")
  method <- method %||% (if (is.null(data) && has_splits(x)) "gain" else "shap")
  check_choice(method, importance_methods)
  how <- importance_settings(method, repeats, permutations, level, reference)
  groups <- resolve_groups(groups, x$blueprint$features)
  run <- new_run(seed, threads)
  if (method %in% c("gain", "count")) {
    by_fold <- split_shares(x, method, groups)
    return(new_importance(over_folds(by_fold, level), how, x$learner$kind,
                          sprintf("%d inner folds", nrow(by_fold))))
  }
  if (is.null(data)) {
    lcrisk_abort("input", "data_needed",
                 sprintf("Importance by \"%s\" is measured on rows.", method),
                 cure = "Give `data`, best rows that the model has not seen.",
                 arg = "data")
  }
  columns <- model_columns(x, data, "data")
  y <- if (method == "permutation") outcome_of(data, x$outcome, x$event, truth)
  found <- measure_importance(x, columns, y, groups, how, run)
  basis <- sprintf("%s rows", count_text(length(columns[[1L]])))
  new_importance(over_rows(found, level), how, x$learner$kind, basis)
}

#' @rdname lcrisk_importance
#' @export
lcrisk_importance.default <- function(x, ..., learner = "boost", folds = 5L,
                                      method = NULL, groups = NULL, repeats = 5L,
                                      permutations = 16L, event = NULL, weights = NULL,
                                      level = 0.95, seed = NULL,
                                      threads = lcrisk_threads()) {
  check_call()
  learner <- resolve_learner(learner)
  method <- check_choice(method %||% "permutation", importance_methods, "method")
  how <- importance_settings(method, repeats, permutations, level, NULL)
  task <- as_task(x, ..., event = event, weights = weights)
  run <- new_run(seed, threads)
  folds <- resolve_folds(folds, task, run)
  groups <- resolve_groups(groups, names(task$columns))
  done <- lapply(seq_along(folds), function(i) {
    gather_warnings(
      fold_importance(task, learner, folds[[i]], fold_run(run, i), groups, how)
    )
  })
  repeat_warnings(lapply(done, `[[`, "warnings"), sprintf("Fold %d", seq_along(folds)))
  by_fold <- rbind_filled(lapply(done, `[[`, "value"), names(groups))
  new_importance(over_folds(by_fold, level), how, learner$kind,
                 sprintf("%d folds, rows left out", nrow(by_fold)))
}

# ---- measuring -----------------------------------------------------------------

importance_settings <- function(method, repeats, permutations, level, reference,
                                call = caller_env()) {
  list(
    method = method, repeats = check_count(repeats, arg = "repeats", call = call),
    permutations = check_count(permutations, 2L, arg = "permutations", call = call),
    level = check_level(level, call = call), reference = reference
  )
}

# A named list that has every feature once: the groups given, then the others
resolve_groups <- function(groups, features, call = caller_env()) {
  ok <- is.null(groups) ||
    (is.list(groups) && !is.null(names(groups)) && all(nzchar(names(groups))) &&
       !anyDuplicated(names(groups)) && all(vapply(groups, is.character, NA)) &&
       !anyDuplicated(unlist(groups)))
  if (!ok) {
    abort_argument("groups", "a named list of vectors of distinct features", groups, call)
  }
  unknown <- setdiff(unlist(groups), features)
  alone <- setdiff(features, unlist(groups))
  clash <- intersect(names(groups), alone)
  if (length(unknown) || length(clash)) {
    lcrisk_abort(
      "input", "bad_groups",
      if (length(unknown)) sprintf("`groups` name %s, no features of the model.",
                                   quoted(unknown))
      else sprintf("The group %s has the name of a feature outside it.", quoted(clash)),
      arg = "groups", columns = c(unknown, clash), call = call
    )
  }
  c(groups, stats::setNames(as.list(alone), alone))
}

# Per group an estimate and its standard error
measure_importance <- function(model, x, y, groups, how, run) {
  switch(
    how$method,
    permutation = shuffled(model, x, y, groups, how, run),
    shap = mean_contribution(model, x, groups, how, run)
  )
}

shuffled <- function(model, x, y, groups, how, run) {
  n <- length(y)
  link <- predict_core(model$learner, model$core, x, run)
  order <- vapply(seq_len(how$repeats), function(k) {
    order(.Call(ffi_base_units, n, as.double(k), run))
  }, integer(n))
  order <- matrix(order, n)
  one <- function(features) {
    scores <- rescore_swap(model$learner, model$core, x, features, order, run)
    each <- vapply(seq_len(how$repeats), function(k) {
      found <- .Call(ffi_auc_compare, link, scores[, k], y)
      c(found[["area1"]] - found[["area2"]],
        found[["variance1"]] + found[["variance2"]] - 2 * found[["covariance"]])
    }, numeric(2L))
    c(mean(each[1L, ]), sqrt(max(mean(each[2L, ]), 0)))
  }
  found <- vapply(groups, one, numeric(2L))
  list(estimate = found[1L, ], se = found[2L, ])
}

mean_contribution <- function(model, x, groups, how, run) {
  reference <- how$reference
  if (!is.null(reference)) reference <- model_columns(model, reference, "reference")
  shap <- explain_columns(model, x, list(interactions = FALSE, reference = reference,
                                         permutations = how$permutations), run)
  size <- vapply(groups, function(features) {
    size <- abs(rowSums(shap$contributions[, features, drop = FALSE]))
    c(mean(size), stats::sd(size) / sqrt(length(size)))
  }, numeric(2L))
  list(estimate = size[1L, ], se = size[2L, ])
}

# A model of one fold, measured on the rows it left out
fold_importance <- function(task, learner, fold, run, groups, how) {
  model <- train_task(subset_task(task, fold$train), learner, run)
  known <- model$blueprint$features
  groups <- Filter(length, lapply(groups, intersect, known))
  if (how$method %in% c("gain", "count")) {
    return(colMeans(split_shares(model, how$method, groups)))
  }
  rows <- function(at) task$columns[at]
  if (how$method == "shap" && is_sampled(learner)) {
    thin <- fold$train[unique(round(seq(1, length(fold$train), length.out = 16L)))]
    how$reference <- rows(thin)
  }
  x <- apply_blueprint(model$blueprint, rows(fold$test))
  measure_importance(model, x, task$y[fold$test], groups, how, run)$estimate
}

# Features that one fold left out have no importance there
rbind_filled <- function(rows, names) {
  out <- t(vapply(rows, function(row) {
    value <- row[names]
    value[is.na(value)] <- 0
    unname(value)
  }, numeric(length(names))))
  matrix(out, length(rows), dimnames = list(NULL, names))
}

# ---- splits ----------------------------------------------------------------------

# What the splits of each feature are worth by "gain" or "count": fold models x features,
# NULL for a learner without splits
split_worth <- function(learner, core, method, n_features) UseMethod("split_worth")

#' @exportS3Method
split_worth.default <- function(learner, core, method, n_features) NULL

#' @exportS3Method
split_worth.lcrisk_boost <- function(learner, core, method, n_features) {
  trees <- core$trees
  per_fold <- core$fold_trees
  if (!length(per_fold)) per_fold <- length(trees$tree_start) - 1L
  fold <- rep(rep(seq_along(per_fold), per_fold), diff(trees$tree_start))
  split <- trees$feature >= 0L
  worth <- if (method == "gain") trees$gain else rep(1, length(split))
  by <- list(factor(fold[split], seq_along(per_fold)),
             factor(trees$feature[split] + 1L, seq_len(n_features)))
  tapply(worth[split], by, sum, default = 0)
}

BY_SUBSET <- 2^30  # CR_GROVE_SUBSET of src/core/tree/grove.h

#' @exportS3Method
split_worth.lcrisk_forest <- function(learner, core, method, n_features) {
  if (method == "gain") return(matrix(core$importance, 1L))
  split <- core$trees$split[core$trees$split >= 0L]
  subset <- split >= BY_SUBSET
  feature <- split %/% 512L
  feature[subset] <- core$trees$subset_feature[split[subset] - BY_SUBSET + 1L]
  matrix(tabulate(feature + 1L, n_features), 1L)
}

has_splits <- function(model) {
  !is.null(split_worth(model$learner, model$core, "count",
                       length(model$blueprint$features)))
}

# Fold models x groups: shares of gain or of splits
split_shares <- function(model, method, groups, call = caller_env()) {
  features <- model$blueprint$features
  worth <- split_worth(model$learner, model$core, method, length(features))
  if (is.null(worth)) {
    lcrisk_abort(
      "input", "no_splits",
      sprintf("`%s` has no splits to count.", model$learner$kind),
      cure = "Take \"permutation\" or \"shap\".", arg = "method", call = call
    )
  }
  colnames(worth) <- features
  total <- rowSums(worth)
  share <- worth / ifelse(total > 0, total, 1)
  out <- vapply(groups, function(group) {
    rowSums(share[, group, drop = FALSE])
  }, numeric(nrow(worth)))
  matrix(out, nrow(worth), dimnames = list(NULL, names(groups)))
}

# ---- results ---------------------------------------------------------------------

# Mean over folds; the training sets of k folds share rows
over_folds <- function(by_fold, level) {
  k <- nrow(by_fold)
  estimate <- colMeans(by_fold)
  se <- rep(NA_real_, ncol(by_fold))
  if (k > 1L) se <- apply(by_fold, 2L, stats::sd) * sqrt(1 / k + 1 / (k - 1))
  reach <- if (k > 1L) stats::qt(1 - (1 - level) / 2, k - 1L) else NA_real_
  list(estimate = estimate, se = se, lower = estimate - reach * se,
       upper = estimate + reach * se)
}

over_rows <- function(found, level) {
  reach <- normal_quantile(level) * found$se
  c(found, list(lower = found$estimate - reach, upper = found$estimate + reach))
}

importance_units <- c(
  gain = "share of the loss reduction", count = "share of the splits",
  permutation = "AUC lost when shuffled", shap = "mean size of the contribution"
)

new_importance <- function(found, how, kind, basis) {
  out <- data.table(
    feature = names(found$estimate), importance = unname(found$estimate),
    se = unname(found$se), lower = unname(found$lower), upper = unname(found$upper)
  )
  if (how$method != "permutation") {
    set(out, j = "lower", value = pmax(out[["lower"]], 0))
  }
  out <- out[order(-out[["importance"]])]
  setattr(out, "class", c("lcrisk_importance", class(out)))
  setattr(out, "method", how$method)
  setattr(out, "unit", importance_units[[how$method]])
  setattr(out, "basis", basis)
  setattr(out, "learner", kind)
  setattr(out, "level", how$level)
  out[]
}

#' Print and plot importance
#'
#' @param x What [lcrisk_importance()] returned.
#' @param features How many to show.
#' @param main,xlab Title and label of the axis.
#' @param ... Further arguments of [graphics::plot()]; else not used.
#' @return `format()`: character, one line per entry; the others `x`, invisibly.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90), term = sample(c(36, 60), 300, TRUE))
#' data$default <- runif(300) < plogis(1 - 0.06 * data$income + 0.02 * data$term)
#' model <- lcrisk_train(default ~ ., data, seed = 1,
#'                       learner = lcrisk_boost(trees = 50, folds = 3))
#' plot(lcrisk_importance(model))
#' @name plot.lcrisk_importance
NULL

#' @rdname plot.lcrisk_importance
#' @export
format.lcrisk_importance <- function(x, ...) {
  needed <- c("feature", "importance", "lower", "upper")
  if (is.null(attr(x, "unit")) || !all(needed %in% names(x))) {
    return(c("<lcrisk_importance>", utils::capture.output(print(as.data.table(x)))))
  }
  shown <- utils::head(as.data.table(x), 12L)
  width <- max(nchar(c(shown[["feature"]], "feature")))
  interval <- ifelse(is.na(shown[["lower"]]), "",
                     sprintf("(%.4f, %.4f)", shown[["lower"]], shown[["upper"]]))
  more <- nrow(x) - nrow(shown)
  c(
    sprintf("<lcrisk_importance> %s: %s", attr(x, "learner"), attr(x, "unit")),
    sprintf("  intervals of %g %% over %s", 100 * attr(x, "level"), attr(x, "basis")),
    sprintf("  %-*s  %10.4f  %s", width, shown[["feature"]], shown[["importance"]],
            interval),
    if (more > 0L) sprintf("  and %d more", more),
    "Next: plot(), lcrisk_effect() for what a feature does."
  )
}

#' @rdname plot.lcrisk_importance
#' @export
print.lcrisk_importance <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname plot.lcrisk_importance
#' @export
plot.lcrisk_importance <- function(x, features = 20L, main = NULL, xlab = NULL, ...) {
  features <- check_count(features)
  shown <- utils::head(as.data.table(x), features)
  shown <- shown[rev(seq_len(nrow(shown)))]
  at <- seq_len(nrow(shown))
  with_look(with_names_beside(shown[["feature"]], {
    graphics::plot(
      range(0, shown[["importance"]], shown[["lower"]], shown[["upper"]], na.rm = TRUE),
      c(0.5, nrow(shown) + 0.5), type = "n", yaxt = "n", ylab = "",
      xlab = xlab %||% paste0(toupper(substr(attr(x, "unit"), 1L, 1L)),
                              substring(attr(x, "unit"), 2L)),
      main = main %||% sprintf("Importance, %s", attr(x, "learner")), ...
    )
    graphics::abline(v = 0, col = "grey40")
    graphics::abline(h = at, lty = 3L, col = "grey80")
    graphics::segments(shown[["lower"]], at, shown[["upper"]], at, lwd = 2)
    graphics::points(shown[["importance"]], at, pch = 19L)
    names_axis(at, shown[["feature"]])
  }))
  invisible(x)
}
