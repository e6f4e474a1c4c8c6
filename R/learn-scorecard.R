#' Scorecard
#'
#' A learner specification: every feature cut into a few bins by [lcrisk_woe()], a
#' logistic regression on their weights of evidence, and whole points that anyone can add
#' up. Bins, regression and points are learned from the training rows only, and anew in
#' every fold of [lcrisk_cv()].
#'
#' @param points The score (number) at which the odds against the event are `odds` to 1.
#' @param odds Rows without the event for each row with it, at that score (number above
#'   0).
#' @param pdo Points that double these odds (number above 0). More points are less risk.
#' @param min_iv Features of less information value than this are left out (number, at
#'   least 0).
#' @param p_value Features are left out, one after the other, until all have a p-value
#'   of at most this (0 to 1); 1 keeps them all.
#' @param wrong_sign What to do with a feature whose coefficient is negative, so that the
#'   regression turns its evidence round: `"drop"` it, or `"keep"` it with a warning.
#' @param spread Share the base points out among the features, so that there is no base?
#' @param rounded Predict what the whole points say, rather than the regression? Then
#'   probabilities are the points', exactly.
#' @inheritParams lcrisk_woe
#' @param ... Nothing else: an unknown argument is an error.
#' @return A learner for [lcrisk_train()], class `lcrisk_scorecard`. Of a trained model
#'   [lcrisk_points()] gives the table of points, `predict(type = "score")` the score,
#'   and `generics::tidy()` coefficients and p-values.
#' @details **Regression.** The log-odds of the event are \eqn{\alpha + \sum_j \beta_j
#'   woe_j}, by maximum likelihood. A coefficient of 1 takes a feature's evidence at its
#'   word; correlated features share theirs and have less. A negative one would give
#'   points to the riskier bins. With `wrong_sign = "drop"` those features are left out
#'   that have 0 in the fit of greatest likelihood with \eqn{\beta_j \ge 0}; that fit is
#'   unique, so no order of steps decides, and the others' coefficients are the same as
#'   without the constraint. p-values are Wald's, two-sided; features leave by the largest
#'   one, by the quadratic approximation of Lawless and Singhal (1978), and the rest is
#'   fitted again. They do not know of the choice of bins and features, so they are
#'   too small.
#'
#'   **Points.** With \eqn{f = pdo / \log 2}, the score is
#'   \deqn{points - f \log(odds) - f (\alpha + \sum_j \beta_j woe_j).}
#'   Its parts, the base and one for each bin, are rounded to whole points, and a
#'   row's score is their sum: the table adds up. It differs from the unrounded score by
#'   at most half a point for each feature and half for the base; the largest
#'   difference that any row can have is the attribute `bound` of [lcrisk_points()]. The
#'   probability at a score \eqn{s} is \eqn{1 / (1 + odds \cdot 2^{(s - points) / pdo})}.
#'
#'   Calibration and balancing change probabilities, not points.
#'
#'   `model$core$reason` says for each feature why it is not on the card, `""` for those
#'   that are.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range; from
#'   training those of [lcrisk_woe()].
#' @section Warnings: from training: `lcrisk_warning_numeric` with `code` `wrong_sign`
#'   (`wrong_sign = "keep"`) or `separation`; `lcrisk_warning_data` with `code`
#'   `empty_card` when no feature is left: every row then has the average probability.
#' @references Siddiqi, N. (2006). *Credit Risk Scorecards*. Wiley.
#'
#'   Thomas, L. C., Edelman, D. B. and Crook, J. N. (2002). *Credit Scoring and Its
#'   Applications*. SIAM.
#'
#'   Lawless, J. F. and Singhal, K. (1978). Efficient screening of nonnormal regression
#'   models. *Biometrics* 34, 318-327.
#' @family learners
#' @examples
#' lcrisk_scorecard(points = 500, odds = 20, pdo = 30, max_bins = 5)
#' @export
lcrisk_scorecard <- function(points = 600, odds = 50, pdo = 20, min_iv = 0.005,
                             p_value = 0.05, wrong_sign = "drop", spread = FALSE,
                             rounded = FALSE, direction = "auto", max_bins = 6L,
                             min_share = 0.05, min_count = 50, min_events = 20,
                             noise = 1, rare = 0.01, special = NULL, breaks = NULL,
                             smoothing = 0.5, ...) {
  check_call(...)
  points <- check_number(points)
  odds <- check_number(odds, 0)
  if (odds == 0) abort_argument("odds", "one number above 0", odds, rlang::current_env())
  pdo <- check_number(pdo, 0)
  if (pdo == 0) abort_argument("pdo", "one number above 0", pdo, rlang::current_env())
  min_iv <- check_number(min_iv, 0)
  p_value <- check_number(p_value, 0, 1)
  wrong_sign <- check_choice(wrong_sign, c("drop", "keep"))
  spread <- check_flag(spread)
  rounded <- check_flag(rounded)
  binning <- binning_settings(direction, max_bins, min_share, min_count, min_events,
                              noise, rare, special, breaks, smoothing)
  new_learner("scorecard", c(
    list(points = points, odds = odds, pdo = pdo, min_iv = min_iv, p_value = p_value,
         wrong_sign = wrong_sign, spread = spread, rounded = rounded), binning
  ))
}

#' @exportS3Method
learner_features.lcrisk_scorecard <- function(learner) binning_features(learner$params)

#' @exportS3Method
fit_core.lcrisk_scorecard <- function(learner, x, y, weights, run) {
  settings <- learner$params
  rows <- weighted_rows(x, y, weights)
  woe <- learn_bins(rows$x, rows$y, rows$weights, settings, run)
  value <- cell_values(woe, woe$cells$woe, rows$x, run)
  colnames(value) <- names(x)
  card <- choose_features(value, rows, woe, settings, run)
  woe$reason <- card$reason
  points <- make_points(woe, card, settings)
  log_odds <- if (settings$rounded) points$by_points else points$by_fit
  mean <- mean_by_feature(woe, log_odds)
  tables <- cell_tables(woe, log_odds - mean[woe$cells$feature],
                        points$intercept + sum(mean))
  c(woe, list(tables = tables),
    card[c("coefficient", "error", "intercept", "intercept_error")],
    points[c("points", "exact", "base", "base_exact", "factor", "offset", "bound")])
}

#' @exportS3Method
predict_core.lcrisk_scorecard <- function(learner, core, x, run) {
  .Call(ffi_additive_score, x, core$bins, core$tables, FALSE, run)
}

#' @exportS3Method
core_text.lcrisk_scorecard <- function(learner, core) {
  used <- core$coefficient != 0
  bins <- sum(core$cells$feature %in% which(used) & core$cells$kind != "missing")
  c(
    sprintf("  card         %d features, %d bins: see lcrisk_points()", sum(used), bins),
    paste("  points      ", points_text(learner$params))
  )
}

# 600 at odds of 50 to 1, 20 double them
points_text <- function(settings) {
  sprintf("%s at odds of %s to 1, %s double them", format_number(settings$points),
          format_number(settings$odds), format_number(settings$pdo))
}

# ---- regression --------------------------------------------------------------------

# Coefficients of all features, 0 for those that are not on the card, and why not
choose_features <- function(value, rows, woe, settings, run) {
  p <- ncol(value)
  reason <- woe$reason
  drop <- function(at, why) reason[at] <<- why
  drop(which(!nzchar(reason) & woe$iv < settings$min_iv), "little information")
  repeat {
    kept <- which(!nzchar(reason))
    if (!length(kept)) break
    if (settings$wrong_sign == "drop") {
      signed <- fit_evidence(value, kept, rows, 1L, run)
      drop(kept[signed$estimate[-1L] <= 0], "wrong sign")
      kept <- which(!nzchar(reason))
      if (!length(kept)) break
    }
    fit <- fit_evidence(value, kept, rows, NULL, run)
    lost <- is.na(diag(fit$covariance))[-1L]
    drop(kept[lost], "a combination of others")
    weak <- if (!any(lost)) leave_weak(fit, settings$p_value)
    drop(kept[weak], "p-value")
    if (!any(lost) && !length(weak)) break
  }
  out <- list(coefficient = numeric(p), error = rep(NA_real_, p), reason = reason)
  if (!length(kept)) return(empty_card(out, woe))
  warn_card(fit, colnames(value)[kept])
  error <- sqrt(diag(fit$covariance))
  out$coefficient[kept] <- fit$estimate[-1L]
  out$error[kept] <- error[-1L]
  c(out, list(intercept = fit$estimate[1L], intercept_error = error[1L]))
}

# Maximum likelihood on some columns, in units of evidence. `sign`: 1 for coefficients of
# at least 0, NULL for free ones, with their covariance.
fit_evidence <- function(value, kept, rows, sign, run) {
  x <- lapply(stats::setNames(nm = colnames(value)[kept]), function(j) value[, j])
  settings <- list(ridge = 0, lasso = 0, knots = 0L, tail = 0, skewness = Inf,
                   signs = if (!is.null(sign)) rep(sign, length(kept)))
  fit <- .Call(ffi_logit_fit, x, rows$y, rows$weights, settings, run)
  design <- fit$design
  change <- matrix(0, length(kept) + 1L, length(fit$coefficient))
  change[1L, 1L] <- 1
  for (j in which(diff(design$first_term) > 0L)) {
    term <- design$first_term[j] + 2L
    change[j + 1L, term] <- design$gain[j] * design$factor[j]
    change[1L, term] <- -design$gain[j] * design$mean[j]
  }
  out <- list(estimate = drop(change %*% fit$coefficient), converged = fit$converged)
  if (is.null(fit$covariance)) return(out)
  covariance <- matrix(fit$covariance, ncol(change))
  lost <- is.na(diag(covariance))
  covariance[lost, ] <- covariance[, lost] <- 0
  out$covariance <- change %*% covariance %*% t(change)
  gone <- which(diag(out$covariance) == 0)
  out$covariance[gone, ] <- out$covariance[, gone] <- NA
  out
}

# Numbers (in `fit`) of the features that leave, by the largest p-value first: each
# conditions the quadratic of the likelihood on its coefficient being 0.
leave_weak <- function(fit, p_value) {
  limit <- stats::qnorm(1 - p_value / 2)
  b <- fit$estimate[-1L]
  v <- fit$covariance[-1L, -1L, drop = FALSE]
  at <- seq_along(b)
  repeat {
    z <- abs(b) / sqrt(diag(v))
    k <- which.min(z)
    if (!length(k) || z[k] >= limit) break
    b <- b[-k] - v[-k, k] * b[k] / v[k, k]
    v <- v[-k, -k, drop = FALSE] - tcrossprod(v[-k, k]) / v[k, k]
    at <- at[-k]
  }
  setdiff(seq_along(fit$estimate[-1L]), at)
}

empty_card <- function(card, woe) {
  lcrisk_warn("data", "empty_card",
              "No feature is left for the scorecard: it gives every row the average.",
              cure = "Its reasons are in `model$core$reason`; loosen the rules.")
  total <- woe$total
  c(card, list(intercept = log(total[["event"]] / total[["other"]]),
               intercept_error = sqrt(sum(1 / total))))
}

warn_card <- function(fit, features) {
  if (!fit$converged) {
    lcrisk_warn(
      "numeric", "separation",
      "Some combination of the features separates the outcomes; no finite answer exists.",
      cure = "Use fewer bins, or leave out what separates them."
    )
  }
  wrong <- features[fit$estimate[-1L] < 0]
  if (!length(wrong)) return(invisible())
  lcrisk_warn(
    "numeric", "wrong_sign",
    sprintf("The regression turns the evidence of %s round.", quoted(wrong)),
    cure = "Use `wrong_sign = \"drop\"`, or leave out what they are correlated with.",
    columns = wrong
  )
}

# ---- points ------------------------------------------------------------------------

# Points of every cell and of the base, and both ways to the log-odds
make_points <- function(woe, card, settings) {
  feature <- woe$cells$feature
  used <- card$coefficient != 0
  factor <- settings$pdo / log(2)
  offset <- settings$points - factor * log(settings$odds)
  by_fit <- card$coefficient[feature] * woe$cells$woe
  base <- offset - factor * card$intercept
  share <- if (settings$spread && any(used)) base / sum(used) else 0
  exact <- -factor * by_fit + share * used[feature]
  points <- floor(exact + 0.5)
  if (share != 0) base <- 0
  base_points <- floor(base + 0.5)
  off <- points - exact
  most <- sum(tapply(off, feature, max)) + base_points - base
  least <- sum(tapply(off, feature, min)) + base_points - base
  rounded <- settings$rounded
  list(
    points = as.integer(points), exact = exact, base = as.integer(base_points),
    base_exact = base, factor = factor, offset = offset,
    bound = max(abs(most), abs(least)), by_fit = by_fit, by_points = -points / factor,
    intercept = if (rounded) (offset - base_points) / factor else card$intercept
  )
}

# Means over the training rows
mean_by_feature <- function(woe, value) {
  mass <- woe$cells$event + woe$cells$other
  sum_by(mass * value, woe$cells$feature, length(woe$iv)) / sum(woe$total)
}

# The score of every row, whole points
score_rows <- function(core, x, run) {
  tables <- core$tables
  tables$value <- as.double(core$points[core$cell])
  tables$intercept <- as.double(core$base)
  as.integer(.Call(ffi_additive_score, x, core$bins, tables, FALSE, run))
}

# ---- explaining --------------------------------------------------------------------

# Tables without pairs whose means are 0: the additive model's formula
#' @exportS3Method
explain_core.lcrisk_scorecard <- function(learner, core, x, how, run) {
  explain_core.lcrisk_additive(learner, core, x, how, run)
}

#' @exportS3Method
has_formula.lcrisk_scorecard <- function(learner) TRUE

#' @exportS3Method
versus_core.lcrisk_scorecard <- function(learner, core, x, reference, player, n_players,
                                         run) {
  versus_sum(additive_terms(core, x, run), additive_terms(core, reference, run), player,
             n_players)
}
