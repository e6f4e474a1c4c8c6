#' Contributions of the features
#'
#' Takes a model's output apart: for each row, what each feature added to the log-odds.
#' Contributions and base add up to the output. Exact for boosted trees and for linear
#' models; sampled, with a standard error, for learners without such a formula.
#'
#' @param model An `lcrisk_model` from [lcrisk_train()].
#' @param data Rows to explain, as for [predict.lcrisk_model()].
#' @param interactions Also split each contribution into the feature's own part and
#'   parts shared with each other feature? For trees and linear models.
#' @param reference Rows to compare with, for learners whose contributions are sampled:
#'   some of the training rows. NULL for the others.
#' @param permutations Number of random orders for sampled contributions, at least 2;
#'   raised to a multiple of the reference rows.
#' @param seed,threads As in [lcrisk_train()]; `seed` matters for sampled contributions.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A list of class `lcrisk_shap`:
#'   * `contributions`: matrix, one row per row of `data`, one column per feature;
#'   * `base`: the mean output, to which the contributions are added;
#'   * `output`: base and contributions together, what `predict(type = "link")` gives;
#'   * `scale`: what that is: `"log-odds"`, or `"probability"` for learners that average
#'     probabilities; with ` before calibration` where the model was calibrated by
#'     other than a straight line, which keeps the order of the scores;
#'   * `interactions`: NULL, or an array rows x features x features, symmetric; its sums
#'     over the third dimension are the contributions;
#'   * `error`: NULL when exact, or standard errors of sampled contributions;
#'   * `values`: the features' values, as the model took them;
#'   * `method`, `learner`.
#'
#'   `as.data.table()` gives a row per row and feature.
#' @details Contributions are Shapley values: a feature's is the mean, over all orders in
#'   which features could become known, of how much the expected output moves when
#'   this one does. What "expected" means with some features unknown:
#'   * trees: at a split on an unknown feature both ways count, by their shares of the
#'     training rows (Lundberg, Erion and Lee 2018). Missing values and levels go where
#'     the model sends them;
#'   * linear: an unknown term has its training mean, so the contribution is the
#'     coefficient times the distance from the mean, added over the feature's terms;
#'   * blends: the members' contributions in the members' shares;
#'   * others: an unknown feature has the value of a reference row. The mean is over
#'     random orders, each taken both ways (Strumbelj and Kononenko 2014), and over the
#'     reference rows; `error` is the standard error over the orders.
#'
#'   For a leaf of a tree the value is an integral of a polynomial (Owen 1972), which
#'   Gauss's quadrature gives exactly.
#' @section Errors: `lcrisk_error_input` with `code` `reference_needed` where
#'   contributions are sampled, `reference_unused` where they are not,
#'   `no_interactions`; `lcrisk_error_resource` when the array of interactions would
#'   pass two gigabytes; those of [predict.lcrisk_model()].
#' @references Lundberg, S. M., Erion, G. G. and Lee, S.-I. (2018). Consistent
#'   individualized feature attribution for tree ensembles. *arXiv* 1802.03888.
#'
#'   Owen, G. (1972). Multilinear extensions of games. *Management Science* 18, 64-79.
#'
#'   Strumbelj, E. and Kononenko, I. (2014). Explaining prediction models and individual
#'   predictions with feature contributions. *Knowledge and Information Systems* 41,
#'   647-665.
#' @family explanations
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90), term = sample(c(36, 60), 300, TRUE))
#' data$default <- runif(300) < plogis(1 - 0.06 * data$income + 0.02 * data$term)
#' model <- lcrisk_train(default ~ ., data, learner = lcrisk_boost(trees = 50), seed = 1)
#' shap <- lcrisk_shap(model, data[1:100, ])
#' shap
#' shap$base + rowSums(shap$contributions[1:2, ])
#' predict(model, data[1:2, ], type = "link")
#' plot(shap)
#' plot(shap, row = 1)
#' @export
lcrisk_shap <- function(model, data, interactions = FALSE, reference = NULL,
                        permutations = 64L, seed = NULL, threads = lcrisk_threads(),
                        ...) {
  check_call(...)
  check_model(model)
  check_flag(interactions)
  permutations <- check_count(permutations, 2L)
  x <- model_columns(model, data, "data")
  if (!is.null(reference)) reference <- model_columns(model, reference, "reference")
  if (!is.null(reference) && !length(reference[[1L]])) {
    abort_argument("reference", "NULL or at least one row", reference,
                   rlang::current_env())
  }
  how <- list(interactions = interactions, reference = reference,
              permutations = permutations)
  # exact contributions draw nothing: the generator stays where it is
  run <- new_run(if (is.null(reference)) 0 else seed, threads)
  explain_columns(model, x, how, run)
}

MAX_INTERACTIONS <- 2^28  # numbers: two gigabytes

explain_columns <- function(model, x, how, run, call = caller_env()) {
  n <- length(x[[1L]])
  p <- length(x)
  if (how$interactions && n * p * p > MAX_INTERACTIONS) {
    lcrisk_abort(
      "resource", "too_many_interactions",
      sprintf("Interactions of %d rows and %d features would not fit.", n, p),
      cure = sprintf("Ask for at most %d rows at a time.", MAX_INTERACTIONS %/% (p * p)),
      arg = "data", call = call
    )
  }
  parts <- explain_core(model$learner, model$core, x, how, run)
  parts <- calibrate_parts(parts, model$calibration)
  pairs <- if (how$interactions) parts$value
  value <- if (how$interactions) rowSums(parts$value, dims = 2L) else parts$value
  dimnames(value) <- list(NULL, names(x))
  if (!is.null(pairs)) dimnames(pairs) <- list(NULL, names(x), names(x))
  if (!is.null(parts$error)) dimnames(parts$error) <- list(NULL, names(x))
  structure(
    list(
      contributions = value, base = parts$base, output = parts$base + rowSums(value),
      scale = parts$scale, interactions = pairs, error = parts$error, values = x,
      method = parts$method, learner = model$learner$kind
    ),
    class = "lcrisk_shap"
  )
}

STRAIGHT <- c("platt", "intercept", "prior")  # calibrations a + b * log-odds

# Contributions to calibrated log-odds where calibration is a straight line; else to
# those before it
calibrate_parts <- function(parts, calibrators) {
  if (is.null(calibrators)) return(parts)
  straight <- vapply(calibrators, function(one) one$method %in% STRAIGHT, NA)
  if (parts$scale != "log-odds" || !all(straight)) {
    parts$scale <- paste(parts$scale, "before calibration")
    return(parts)
  }
  at <- calibrate_link(calibrators, c(0, 1))
  slope <- at[2L] - at[1L]
  parts$value <- parts$value * slope
  parts$base <- at[1L] + slope * parts$base
  if (!is.null(parts$error)) parts$error <- parts$error * abs(slope)
  parts
}

#' Print, tabulate and plot contributions
#'
#' @param x What [lcrisk_shap()] returned.
#' @param row NULL for a picture of all rows, or the number of the row to take apart.
#' @param features How many features to show, those with the largest mean size first;
#'   the others are added up where one row is shown.
#' @param main,xlab Title and label of the axis.
#' @param ... For `plot()`, further arguments of [graphics::plot()]; else not used.
#' @param keep.rownames Not used.
#' @return `format()`: character, one line per entry. `print()` and `plot()`: `x`,
#'   invisibly. `as.data.table()`: columns `row`, `feature`, `value` (as text),
#'   `contribution` and, where sampled, `error`.
#' @details The picture of all rows has a line of points per feature, one per row of at
#'   most 2,000, dark where the feature's value is high, light where it is low, grey
#'   where it is a level, a cross where it is missing. That of one row
#'   starts from the base and adds contribution after contribution.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90), term = sample(c(36, 60), 300, TRUE))
#' data$default <- runif(300) < plogis(1 - 0.06 * data$income + 0.02 * data$term)
#' model <- lcrisk_train(default ~ ., data, learner = "logit", seed = 1)
#' shap <- lcrisk_shap(model, data[1:3, ])
#' data.table::as.data.table(shap)
#' plot(shap, row = 2)
#' @name plot.lcrisk_shap
NULL

#' @rdname plot.lcrisk_shap
#' @export
format.lcrisk_shap <- function(x, ...) {
  size <- mean_size(x$contributions)
  shown <- utils::head(size, 8L)
  width <- max(nchar(c(names(shown), "feature")))
  more <- length(size) - length(shown)
  c(
    sprintf("<lcrisk_shap> %s: %s rows, %d features, %s", x$learner,
            count_text(nrow(x$contributions)), ncol(x$contributions), x$scale),
    sprintf("  base %.4f; %s", x$base, x$method),
    if (!is.null(x$error)) {
      sprintf("  standard error of a contribution: mean %.2g, largest %.2g",
              mean(x$error), max(x$error))
    },
    sprintf("  %-*s  mean size", width, "feature"),
    sprintf("  %-*s  %9.4f", width, names(shown), shown),
    if (more > 0L) sprintf("  and %d more", more),
    "Next: plot(), as.data.table(), lcrisk_importance()."
  )
}

# Mean absolute contribution, largest first; ties in the features' order
mean_size <- function(contributions) {
  size <- colMeans(abs(contributions))
  size[is.nan(size)] <- 0
  size[order(-size)]
}

#' @rdname plot.lcrisk_shap
#' @export
print.lcrisk_shap <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname plot.lcrisk_shap
#' @export
as.data.table.lcrisk_shap <- function(x, keep.rownames = FALSE, ...) {
  n <- nrow(x$contributions)
  features <- colnames(x$contributions)
  out <- data.table(
    row = rep(seq_len(n), length(features)),
    feature = rep(features, each = n),
    value = unlist(lapply(x$values, value_text), use.names = FALSE),
    contribution = as.vector(x$contributions)
  )
  if (!is.null(x$error)) set(out, j = "error", value = as.vector(x$error))
  out
}

# Values of a feature for people
value_text <- function(x) {
  text <- if (is.factor(x)) as.character(x) else if (is.logical(x)) {
    ifelse(x, "yes", "no")
  } else {
    format_number(as.double(x), 5L)
  }
  text[is.na(x)] <- "missing"
  text
}
