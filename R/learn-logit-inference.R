#' What a logistic regression found
#'
#' Coefficients of a model trained with [lcrisk_logit()], and for one trained without a
#' penalty their standard errors, Wald tests and intervals.
#'
#' @param object,x An `lcrisk_model` trained with [lcrisk_logit()].
#' @param unit `"data"`: log-odds for one unit of the column; `"term"`: for one unit of
#'   the standardised term that the fit worked with, see [lcrisk_logit()].
#' @param parm Terms, by name or number; all by default.
#' @param level,conf.level Share of the interval, between 0 and 1.
#' @param conf.int Add `conf.low` and `conf.high`?
#' @param ... Nothing else: an unknown argument is an error.
#' @return `coef()`: a vector named by terms. `vcov()`: a matrix. `confint()`: a matrix of
#'   two columns. `tidy()`: a data frame with `term`, `estimate`, `std.error`, `statistic`
#'   and `p.value`; the last three are missing under a penalty. `glance()`: a data frame
#'   of one row with `nobs`, `n_event`, `n_terms` (that are not 0), `penalty`, `lasso`,
#'   `deviance`, `null.deviance`, `logLik`, `AIC`, `BIC` (these two only without a
#'   penalty), `iterations` and `converged`.
#' @section Errors: `lcrisk_error_input`: `penalised` from `vcov()` and `confint()` under
#'   a penalty or signs, where Wald intervals would not hold what they promise. Train with
#'   `ridge = 0` for them.
#' @details In units of the data an unlogged number has its usual slope; a number on a log
#'   scale has one for `log1p(x / median)` and is named so; a hinge `x > knot` has the
#'   change of slope there; a level has its difference to the reference level (with a
#'   penalty: to no level), missing its difference to a row at the mean. A clamped
#'   number's slope holds between the clamps. With `knots = 0`, `tail = 0`,
#'   `skewness = Inf` and `ridge = 0` they are those of `glm()`.
#'
#'   The covariance is the inverse of the observed information,
#'   \eqn{(X' W X)^{-1}}, weights counting as repeated rows. Terms that are combinations
#'   of others have a coefficient of 0 and missing standard errors. Statistics are
#'   estimate over standard error, p-values from the normal distribution, on both sides.
#'
#'   The standard errors take the terms as given: cuts, clamps and logarithms were looked
#'   up in the same rows.
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' learner <- lcrisk_logit(ridge = 0, knots = 0, tail = 0, skewness = Inf)
#' model <- lcrisk_train(default ~ income, data, learner = learner, seed = 1)
#' coef(model)
#' confint(model)
#' @name lcrisk_logit_model
NULL

#' @rdname lcrisk_logit_model
#' @export
coef.lcrisk_logit_model <- function(object, unit = "data", ...) {
  check_dots_empty(...)
  change <- unit_change(object, unit)
  stats::setNames(drop(change$matrix %*% object$core$coefficient), change$names)
}

#' @rdname lcrisk_logit_model
#' @export
vcov.lcrisk_logit_model <- function(object, unit = "data", ...) {
  check_dots_empty(...)
  change <- unit_change(object, unit)
  covariance <- known_covariance(object)
  aliased <- is.na(diag(covariance))
  covariance[aliased, ] <- covariance[, aliased] <- 0
  out <- change$matrix %*% covariance %*% t(change$matrix)
  out[aliased, ] <- out[, aliased] <- NA
  dimnames(out) <- list(change$names, change$names)
  out
}

#' @rdname lcrisk_logit_model
#' @export
confint.lcrisk_logit_model <- function(object, parm, level = 0.95, unit = "data", ...) {
  check_dots_empty(...)
  level <- check_level(level)
  error <- sqrt(diag(vcov.lcrisk_logit_model(object, unit)))
  estimate <- coef.lcrisk_logit_model(object, unit)
  if (missing(parm)) parm <- seq_along(estimate)
  check_parm(parm, names(estimate))
  tail <- (1 - level) / 2
  out <- cbind(estimate, estimate) + error %o% stats::qnorm(c(tail, 1 - tail))
  share <- format_number(100 * c(tail, 1 - tail), 3L)
  dimnames(out) <- list(names(estimate), paste(share, "%"))
  out[parm, , drop = FALSE]
}

#' @rdname lcrisk_logit_model
#' @exportS3Method generics::tidy
tidy.lcrisk_logit_model <- function(x, conf.int = FALSE, conf.level = 0.95,
                                    unit = "data", ...) {
  check_dots_empty(...)
  conf.int <- check_flag(conf.int)
  level <- check_level(conf.level)
  estimate <- coef.lcrisk_logit_model(x, unit)
  error <- rep(NA_real_, length(estimate))
  if (!is.null(x$core$covariance)) {
    error <- unname(sqrt(diag(vcov.lcrisk_logit_model(x, unit))))
  }
  statistic <- unname(estimate) / error
  out <- data.frame(
    term = names(estimate), estimate = unname(estimate), std.error = error,
    statistic = statistic, p.value = 2 * stats::pnorm(-abs(statistic))
  )
  if (conf.int) {
    reach <- error * stats::qnorm((1 + level) / 2)
    out$conf.low <- out$estimate - reach
    out$conf.high <- out$estimate + reach
  }
  out
}

#' @rdname lcrisk_logit_model
#' @exportS3Method generics::glance
glance.lcrisk_logit_model <- function(x, ...) {
  check_dots_empty(...)
  check_model(x, "x")
  core <- x$core
  deviance <- 2 * core$loss * core$mass
  rate <- x$base_rate
  plain <- !is.null(core$covariance)
  n_free <- length(core$coefficient) - core$n_aliased
  data.frame(
    nobs = x$n, n_event = x$n_event, n_terms = sum(core$coefficient[-1L] != 0),
    penalty = core$ridge, lasso = x$learner$params$lasso, deviance = deviance,
    null.deviance = -2 * core$mass * (rate * log(rate) + (1 - rate) * log(1 - rate)),
    logLik = -deviance / 2, AIC = if (plain) deviance + 2 * n_free else NA_real_,
    BIC = if (plain) deviance + log(core$mass) * n_free else NA_real_,
    iterations = core$iterations, converged = core$converged
  )
}

# ---- units -----------------------------------------------------------------------

# The linear map from the terms' coefficients to those in a unit, and their names
unit_change <- function(model, unit, call = caller_env()) {
  check_model(model, "object", call)
  unit <- check_choice(unit, c("data", "term"), call = call)
  names <- names(model$core$coefficient)
  matrix <- diag(length(names))
  if (unit == "term") return(list(matrix = matrix, names = names))
  design <- model$core$design
  for (j in seq_along(design$missing)) {
    at <- seq(design$first_term[j] + 1L, length.out = diff(design$first_term)[j]) + 1L
    if (!length(at)) next
    indicators <- at
    if (diff(design$level_start)[j] == 0L) {
      line <- at[seq_len(1L + diff(design$knot_start)[j])]
      indicators <- setdiff(at, line)
      diag(matrix)[line] <- line_scales(design, j)
      matrix[1L, line[1L]] <- -design$gain[j] * design$mean[j]
      if (design$logged[j] == 1L) names[line] <- logged_names(names[line], model, j)
    }
    diag(matrix)[indicators] <- INDICATOR
  }
  list(matrix = matrix, names = names)
}

INDICATOR <- 2  # what an indicator goes up by: YES of src/core/data/design.c

# Of a number and its hinges: change of the term for one unit of the column, or of its
# logarithm
line_scales <- function(design, j) {
  scale <- design$gain[j] * if (design$logged[j] == 1L) 1 else design$factor[j]
  hinges <- seq(design$knot_start[j] + 1L, length.out = diff(design$knot_start)[j])
  scale * c(1, design$slope[hinges])
}

# `income > 52000` becomes `log1p(income / 40000) > 52000`: the knot stays income's
logged_names <- function(names, model, j) {
  feature <- model$blueprint$features[j]
  median <- formatC(1 / model$core$design$factor[j], digits = 6L, format = "g",
                    decimal.mark = ".")
  rest <- substring(names, nchar(feature) + 1L)
  paste0(sprintf("log1p(%s / %s)", feature, median), rest)
}

# ---- checks ----------------------------------------------------------------------

known_covariance <- function(model, call = caller_env(2L)) {
  core <- model$core
  if (is.null(core$covariance)) {
    lcrisk_abort(
      "input", "penalised", "A penalised fit has no standard errors that hold.",
      cure = "Train with `lcrisk_logit(ridge = 0)` and without `signs`.", call = call
    )
  }
  matrix(core$covariance, length(core$coefficient))
}

check_parm <- function(parm, terms, call = caller_env()) {
  known <- if (is.character(parm)) parm %in% terms else parm %in% seq_along(terms)
  if (!length(parm) || !all(known)) {
    lcrisk_abort(
      "input", "unknown_term",
      sprintf("`parm` names terms that the model has not: %s.", quoted(parm[!known])),
      cure = "See names(coef(model)).", arg = "parm", call = call
    )
  }
  invisible(parm)
}
