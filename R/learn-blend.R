#' Blend of learners
#'
#' A learner specification: several learners trained side by side in cross-validation
#' and combined on the scale of log-odds, each as much as its out-of-fold predictions
#' earn. The models of the folds are kept and averaged.
#'
#' @param learners Names of learners (`c("logit", "boost")`), or a list of learners,
#'   whose names, if any, name the members; 1 to 64.
#' @param folds Number of folds, 2 to 50.
#' @param shrink How strongly the shares are drawn to equal ones (number, at least 0), as
#'   a prior precision: 0 trusts the out-of-fold predictions alone, a very large one
#'   averages the members.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A learner for [lcrisk_train()], class `lcrisk_blend`.
#' @section Errors: `lcrisk_error_input` when a setting is out of its range, and from
#'   training when a class has fewer rows than `folds`. What a member raises, the blend
#'   raises: no member is left out silently.
#' @section Warnings: those of the members, once each, naming who warned.
#' @details The rows are dealt to stratified folds. In each fold every member learns from
#'   the other folds' rows; \eqn{z_k} are its log-odds for the rows left out. The shares
#'   \eqn{w_k \ge 0} and the intercept \eqn{b} minimise the log loss of
#'   \eqn{b + \sum_k w_k z_k} plus \eqn{shrink / 2 \sum_k (w_k - 1/K)^2}. The sign keeps a
#'   member from being played off against another (Breiman 1996); the pull is worth
#'   having because members agree so much that the rows hardly tell equal shares from
#'   others. The blend of a new row is the same sum over each member's mean log-odds
#'   over its folds' models.
#'
#'   Shares are in `model$core$share`, by member; members whose share is 0 are not kept.
#'   A blend trains every member `folds` times.
#'
#'   The default members and settings were chosen on loans of 2009 and 2010, each
#'   predicted from the loans before.
#' @references Wolpert, D. H. (1992). Stacked generalization. *Neural Networks* 5,
#'   241-259.
#'
#'   Breiman, L. (1996). Stacked regressions. *Machine Learning* 24, 49-64.
#'
#'   van der Laan, M. J., Polley, E. C. and Hubbard, A. E. (2007). Super learner.
#'   *Statistical Applications in Genetics and Molecular Biology* 6, 25.
#' @family learners
#' @examples
#' lcrisk_blend(list("logit", quick = lcrisk_boost(trees = 200, rate = 0.1)))
#' @export
lcrisk_blend <- function(learners = c("logit", "boost"), folds = 5L, shrink = 10, ...) {
  check_call(...)
  learners <- resolve_learners(learners)
  if (length(learners) > MOST_MEMBERS) {
    abort_argument("learners", sprintf("at most %d learners", MOST_MEMBERS), learners,
                   rlang::current_env())
  }
  folds <- check_count(folds, 2L, 50L)
  shrink <- check_number(shrink, 0)
  new_learner("blend", list(learners = learners, folds = folds, shrink = shrink))
}

MOST_MEMBERS <- 64L  # CR_MIX_MOST of src/core/linear/mix.h

#' @exportS3Method
learner_features.lcrisk_blend <- function(learner) {
  unique(unlist(lapply(learner$params$learners, learner_features)))
}

#' @exportS3Method
fit_core.lcrisk_blend <- function(learner, x, y, weights, run) {
  members <- learner$params$learners
  folds <- inner_folds(y, learner$params$folds, run)
  done <- gather_members(members, folds, x, y, weights, run)
  quiet <- run
  quiet$progress <- NULL
  judged <- judged_rows(y, weights, run$origin)
  scores <- lapply(done$scores, `[`, judged$rows)
  mix <- .Call(ffi_mix_fit, scores, y[judged$rows], judged$weights,
               learner$params$shrink, quiet)
  if (!mix$converged) {
    lcrisk_warn("numeric", "separation",
                "The members' predictions separate the outcomes: shares are arbitrary.",
                cure = "Use a positive `shrink`.")
  }
  share <- stats::setNames(mix$share, names(members))
  list(share = share, intercept = mix$intercept, models = done$models[share > 0])
}

# Each member on each fold: `models`, by member and fold, and `scores`, by member the
# log-odds of each row from the fold that had left it out
gather_members <- function(members, folds, x, y, weights, run) {
  models <- lapply(members, function(member) vector("list", length(folds)))
  scores <- lapply(members, function(member) double(length(y)))
  warnings <- stats::setNames(vector("list", length(members)), names(members))
  n_steps <- length(folds) * length(members)
  for (i in seq_along(folds)) {
    train <- folds[[i]]$train
    test <- folds[[i]]$test
    learned_from <- rows_of(x, train)
    left_out <- rows_of(x, test)
    for (k in seq_along(members)) {
      step <- fold_run(run, i)
      step$origin <- origin_rows(run$origin, train)
      step$progress <- part_progress(run, (i - 1L) * length(members) + k - 1L, n_steps)
      one <- gather_warnings(
        fit_core(members[[k]], learned_from, y[train], weights[train], step)
      )
      models[[k]][[i]] <- one$value
      warnings[[k]] <- c(warnings[[k]], one$warnings)
      step$progress <- NULL
      scores[[k]][test] <- predict_core(members[[k]], one$value, left_out, step)
    }
  }
  repeat_warnings(warnings, quoted_each(names(members)))
  list(models = models, scores = scores)
}

rows_of <- function(x, rows) lapply(x, function(column) column[rows])

quoted_each <- function(names) sprintf("`%s`", names)

# The progress function of step `i`, from 0, of `n` equal steps
part_progress <- function(run, i, n) {
  if (is.null(run$progress)) return(NULL)
  function(done) run$progress((i + done) / n)
}

#' @exportS3Method
predict_core.lcrisk_blend <- function(learner, core, x, run) {
  total <- rep(core$intercept, length(x[[1L]]))
  for (name in names(core$models)) {
    models <- core$models[[name]]
    sum <- double(length(total))
    for (model in models) {
      sum <- sum + predict_core(learner$params$learners[[name]], model, x, run)
    }
    total <- total + core$share[[name]] * (sum / length(models))
  }
  total
}
