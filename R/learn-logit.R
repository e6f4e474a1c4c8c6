#' Logistic regression
#'
#' A learner specification: logistic regression with a penalty (ridge, lasso or elastic
#' net) that is chosen by cross-validation on the training rows, and features made fit for
#' a linear model by rules that were measured on vintages of loans. Without a penalty it
#' comes with standard errors. Nothing is random: the same rows give the same model, on
#' any number of threads.
#'
#' @param ridge `"cv"`, or the size of the penalty (number, at least 0). 0 is plain
#'   maximum likelihood, with standard errors, see [coef.lcrisk_logit_model()].
#' @param lasso Share of the penalty that falls on absolute values, 0 to 1: 0 is a ridge,
#'   1 the lasso, and what is between an elastic net.
#' @param knots Hinges for each number, 0 to 16: how far from a straight line its effect
#'   may bend.
#' @param tail Share of the training rows at each end of a number that are clamped, 0 to
#'   0.25.
#' @param skewness A number whose values are not negative is put on a log scale when its
#'   skewness is above this; `Inf` for never.
#' @param signs Signs that effects must have: a vector named by numeric features, 1 (not
#'   below 0), -1 (not above 0) or 0 (free). Such a feature has no hinges, so that its
#'   effect rises, or falls, everywhere.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A learner for [lcrisk_train()], class `lcrisk_logit`.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range. From
#'   training: `lcrisk_error_input` (`monotone_level`) when `signs` names a factor;
#'   `lcrisk_error_resource` (`too_many_terms`) above 4,096 terms;
#'   `lcrisk_warning_numeric` when, with `ridge = 0`, the outcomes are separated
#'   (`separation`: coefficients are large but finite) or terms are combinations of
#'   others (`collinear`: the later ones get 0).
#' @details The fit minimises the mean log loss plus
#'   \eqn{ridge \sum_j (lasso |b_j| + (1 - lasso) b_j^2 / 2)}, the intercept left out, by
#'   Newton's method with step halving; each quadratic is solved as a linear system or,
#'   with a lasso or signs, by coordinate descent (Friedman, Hastie and Tibshirani 2010).
#'   The penalty is glmnet's, with `lambda = ridge` and `alpha = lasso`.
#'
#'   *Terms.* A number is clamped to the `tail` and `1 - tail` quantiles of the training
#'   rows, divided by its median and put through `log(1 + x)` when skewed, and
#'   standardised. Missing is the mean, with an indicator where training rows had
#'   missing values. `knots` hinges `max(z - knot, 0)` at its quantiles follow, of
#'   standard deviation 1/4: a bend costs 16 times what a slope costs. Every level has an
#'   indicator; unseen levels and, where training had none missing, missing ones have
#'   none. Indicators go up by 2, so that half the rows having one makes it the equal of
#'   a number (Gelman 2008): rare levels are drawn to the mean strongly. Of more than
#'   255 levels the most frequent have one. With `ridge = 0` the most frequent level
#'   of each feature is the reference.
#'
#'   *Cross-validation.* Twenty-five penalties, from 10 down to 1e-5 or, with a lasso,
#'   over three decades from the least that leaves no term, are compared by held-out log
#'   loss in five folds. A row's fold is a hash of its values, so repeated
#'   rows stay together and weights equal repeated rows. The folds' fits are one Newton
#'   step from the fit on all rows, and that fit moves to the choice until it stays
#'   (Beirami et al. 2017; Rad and Maleki 2020): it costs two passes over the rows
#'   in place of hundreds, with the choice that full refits make up to a grid step.
#'
#'   `model$core$coefficient` has the coefficients by term; `model$core$path` the
#'   penalties and their held-out losses.
#' @references Friedman, J., Hastie, T. and Tibshirani, R. (2010). Regularization paths
#'   for generalized linear models via coordinate descent. *Journal of Statistical
#'   Software* 33(1).
#'
#'   Gelman, A. (2008). Scaling regression inputs by dividing by two standard
#'   deviations. *Statistics in Medicine* 27, 2865-2873.
#'
#'   Beirami, A., Razaviyayn, M., Shahrampour, S. and Tarokh, V. (2017). On optimal
#'   generalizability in parametric learning. *NeurIPS*.
#'
#'   Rad, K. R. and Maleki, A. (2020). A scalable estimate of the out-of-sample prediction
#'   error via approximate leave-one-out cross-validation. *Journal of the Royal
#'   Statistical Society B* 82, 965-996.
#' @family learners
#' @examples
#' lcrisk_logit(ridge = 0.01)
#' lcrisk_logit(lasso = 1, signs = c(income = -1))
#' @export
lcrisk_logit <- function(ridge = "cv", knots = 3L, tail = 0.005, skewness = 1.5,
                         lasso = 0, signs = NULL, ...) {
  check_call(...)
  ridge <- check_ridge(ridge)
  knots <- check_count(knots, 0L, 16L)
  tail <- check_number(tail, 0, 0.25)
  if (!identical(skewness, Inf)) skewness <- check_number(skewness)
  lasso <- check_number(lasso, 0, 1)
  signs <- check_monotone(signs, "signs")
  new_learner("logit", list(ridge = ridge, knots = knots, tail = tail,
                            skewness = skewness, lasso = lasso, signs = signs))
}

check_ridge <- function(ridge, call = caller_env()) {
  if (identical(ridge, "cv")) return(ridge)
  ok <- is.numeric(ridge) && length(ridge) == 1L && is.finite(ridge) && ridge >= 0
  if (!ok) abort_argument("ridge", "\"cv\" or one number of at least 0", ridge, call)
  as.double(ridge)
}

#' @exportS3Method
learner_features.lcrisk_logit <- function(learner) names(learner$params$signs)

#' @exportS3Method
fit_core.lcrisk_logit <- function(learner, x, y, weights, run) {
  settings <- learner$params
  settings$signs <- directions(settings$signs, x, "signs")
  if (identical(settings$ridge, "cv")) {
    settings$ridge <- -1
    settings$ridge <- ridge_of_given(settings, x, y, weights, run)
  }
  rows <- weighted_rows(x, y, weights)
  core <- .Call(ffi_logit_fit, rows$x, rows$y, rows$weights, settings, run)
  names(core$coefficient) <- term_names(x, core$design)
  core$center <- part_means(core, x, weights, run)
  warn_fit(core)
  core
}

# Where rows were made by balancing, the ridge is chosen on the rows of the data: made
# rows are judged too well by a fit that has their parents. -1: choose while fitting.
ridge_of_given <- function(settings, x, y, weights, run) {
  if (is.null(run$origin)) return(-1)
  given <- given_rows(run$origin)
  rows <- weighted_rows(lapply(x, `[`, given), y[given], weights[given])
  .Call(ffi_logit_fit, rows$x, rows$y, rows$weights, settings, run)$ridge
}

#' @exportS3Method
predict_core.lcrisk_logit <- function(learner, core, x, run) {
  .Call(ffi_logit_score, x, core$design, core$coefficient, run)
}

warn_fit <- function(core) {
  if (!core$converged) {
    lcrisk_warn(
      "numeric", "separation",
      "Some combination of the features separates the outcomes; no finite answer exists.",
      cure = "Use `ridge = \"cv\"` or a positive `ridge`."
    )
  }
  if (core$n_aliased > 0L) {
    lcrisk_warn(
      "numeric", "collinear",
      sprintf("Got the coefficient 0, being combinations of others: %s.",
              count_of(core$n_aliased, "term")),
      cure = "Use `ridge = \"cv\"` or a positive `ridge`.", n = core$n_aliased
    )
  }
}

# What each coefficient belongs to: `income`, `income > 52000`, `home = RENT`, `home
# missing`; `x` has the columns that were trained on.
term_names <- function(x, design) {
  of_feature <- lapply(seq_along(x), function(j) {
    if (design$first_term[j + 1L] == design$first_term[j]) return(character())
    c(
      if (is.factor(x[[j]])) level_terms(x[[j]], design, j) else number_terms(design, j),
      if (design$missing[j] == 1L) " missing"
    )
  })
  terms <- paste0(rep(names(x), lengths(of_feature)), unlist(of_feature))
  c("(intercept)", terms)
}

level_terms <- function(x, design, j) {
  term <- design$level_term[seq(design$level_start[j] + 1L, length.out = nlevels(x))]
  paste(" =", levels(x)[term >= 0L])
}

# Knots in the number's own unit
number_terms <- function(design, j) {
  at <- seq(design$knot_start[j] + 1L, length.out = diff(design$knot_start)[j])
  scaled <- design$knot[at] / design$gain[j] + design$mean[j]
  knot <- (if (design$logged[j] == 1L) expm1(scaled) else scaled) / design$factor[j]
  shown <- formatC(knot, digits = 6L, format = "g", decimal.mark = ".")
  c("", if (length(knot)) paste(" >", shown))
}
