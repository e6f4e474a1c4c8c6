#' Tune a learner's settings
#'
#' Random search with successive halving: many settings are tried on a fold or two, the
#' better ones on more folds, the best on all. With rolling folds the first rounds are
#' early vintages, with few loans to learn from. Everything that [lcrisk_train()] learns
#' is learned inside each fold.
#'
#' @inheritParams lcrisk_cv
#' @param learner The learner to start from, or its name; what `settings` do not name
#'   stays as it is there.
#' @param settings What to try: a named list with a range for each setting, such as
#'   `list(rate = c(0.01, 0.1), leaves = c(3, 16))`; a data frame with a row per candidate
#'   (a grid); NULL for the ranges of the learner's kind in the details.
#' @param tries Candidates to draw from ranges, beside the learner as given (count). Not
#'   used with a grid.
#' @param folds A number of folds, or what [lcrisk_folds()] returned; with rolling folds,
#'   vintages in their order.
#' @param metric What to choose by: `"auc"`, `"ks"`, `"pr_auc"`, `"brier"` or
#'   `"log_loss"`.
#' @param keep Share of the candidates that goes on to the next round, above 0; 1 tries
#'   all on all folds.
#' @param nested NULL, or the outer folds of a nested evaluation, as in [lcrisk_cv()]: the
#'   whole search is done again on the training rows of each, and what it chose is judged
#'   on its test rows. Needs `folds` to be a number.
#' @param file NULL, or the path of a file that keeps each result as soon as it is there.
#'   The same call goes on where it stopped; results of other calls are left alone.
#' @return A list of class `lcrisk_tuning`:
#'   * `best`: the learner with the best settings, for [lcrisk_train()];
#'   * `table`: data.table with a row per candidate, best first: the settings, `round` it
#'     reached, `folds` it was tried on, `score` (their mean), `se` (their standard
#'     deviation over the root of their number), `seconds`, `given` (is it the learner as
#'     given?) and `error` (NA when it worked);
#'   * `scores`: data.table of `candidate` (row of `table`), `fold`, `score`, `seconds`;
#'   * `nested`: NULL, or an `lcrisk_resample` with the honest figures; its `chosen` has
#'     what each outer fold chose;
#'   * `learner`, `metric`, `seed`, `event`, `outcome`.
#' @details *Ranges.* Two numbers are a range: drawn uniformly, on a log scale where the
#'   larger is at least ten times the smaller and both are above 0; whole where the
#'   learner's own value is whole, or both are written so (`2L`). Both ends must be
#'   settings that the learner takes. Anything else, such as text, a list, or more or
#'   fewer numbers, is a set of choices. Draws depend on the seed and the candidate's
#'   number, not on `tries`.
#'
#'   The ranges when `settings` is NULL:
#'   * `boost`: rate 0.01 to 0.1, leaves 3 to 16, depth 2 to 8, l2 0.1 to 100, rows and
#'     columns 0.3 to 1;
#'   * `forest`: min_leaf 2 to 200, rows 0.3 to 1, extra TRUE or FALSE;
#'   * `logit`: lasso 0 to 1, knots 0 to 8;
#'   * `mlp`: hidden 8 to 64, rate 0.001 to 0.01, decay 0.01 to 1, dropout 0 to 0.7, knots
#'     2 to 16;
#'   * `additive`: rate 0.05 to 0.3, freedom 1.5 to 4, noise 0 to 2, pairs 0 to 20;
#'   * `blend`: shrink 0.1 to 1000.
#'
#'   *Halving* (Jamieson and Talwalkar 2016). With n candidates and K folds there are
#'   1 + log(n) / log(1 / keep) rounds, K at most. Round i has the best
#'   \eqn{n\,keep^{i-1}} candidates, at least two, on the first
#'   \eqn{K^{(i-1)/(rounds-1)}} folds, the last on all. They are compared by their mean
#'   score over the same folds; the learner as given goes along to the end. Seeds belong
#'   to folds, so a candidate's scores do not depend on which others there are or in which
#'   order.
#'
#'   The best of many scores is better than the truth: quote `nested`, not `score`.
#' @section Errors: as in [lcrisk_cv()]. `lcrisk_error_input`: `unknown_setting`,
#'   `bad_range`, `no_candidates`, what the learner's constructor says of a value out of
#'   its range, `not_a_search` when `file` is something else. `lcrisk_error_resource`
#'   (`too_many_candidates`) above 100,000. A candidate that fails is in the table with
#'   its error; it is an error when all fail.
#' @section Warnings: `lcrisk_warning_data`: `duplicate_candidates` in a grid, which are
#'   tried once; `failed_candidate`.
#' @references Bergstra and Bengio (2012), Random search for hyper-parameter optimization,
#'   *Journal of Machine Learning Research* 13. Jamieson and Talwalkar (2016),
#'   Non-stochastic best arm identification and hyperparameter optimization, *AISTATS*.
#'   Varma and Simon (2006), Bias in error estimation when using cross-validation for
#'   model selection, *BMC Bioinformatics* 7.
#' @family learning
#' @examples
#' set.seed(1)
#' data <- data.frame(income = runif(300, 20, 90))
#' data$default <- runif(300) < plogis(2 - 0.06 * data$income)
#' tuned <- lcrisk_tune(default ~ income, "logit", list(knots = c(0, 4)), tries = 3,
#'                      folds = 3, data = data, seed = 1)
#' tuned
#' lcrisk_train(default ~ income, data, learner = tuned$best, seed = 1)
#' @export
lcrisk_tune <- function(x, learner = "boost", settings = NULL, tries = 30L, folds = 5,
                        ..., metric = "auc", keep = 1 / 3, nested = NULL, file = NULL,
                        event = NULL, weights = NULL, seed = NULL,
                        threads = lcrisk_threads(), progress = interactive(),
                        cutoff = NULL, audit = TRUE, infinite = "error", level = 0.95,
                        balance = NULL, calibrate = "auto") {
  check_call()
  check_data_named(x, learner, "learner")
  learner <- resolve_learner(learner)
  metric <- check_choice(metric, names(tune_signs))
  task <- as_task(x, ..., event = event, weights = weights, audit = audit,
                  infinite = infinite)
  run <- new_run(seed, threads, progress, paste("Tuning", learner$kind))
  if (!is.null(file)) file <- check_tune_file(file)
  how <- list(cutoff = cutoff, balance = resolve_balance(balance),
              calibrate = check_calibrate(calibrate))
  plan <- list(
    candidates = make_candidates(learner, settings, check_count(tries), run$seed),
    folds = folds, metric = metric, keep = check_share(keep), file = file, how = how
  )
  level <- check_level(level)
  outer <- if (!is.null(nested)) resolve_nested(nested, folds, task, run)
  found <- search_settings(task, plan, resolve_folds(folds, task, run), run)
  found$nested <- if (!is.null(outer)) judge_search(task, plan, outer, run, level)
  found$learner <- learner
  structure(c(found, list(metric = metric, seed = run$seed, event = task$event,
                          outcome = task$outcome)), class = "lcrisk_tuning")
}

# Higher is better times this
tune_signs <- c(auc = 1, ks = 1, pr_auc = 1, brier = -1, log_loss = -1)

# ---- search ----------------------------------------------------------------------

# The rounds of a search: how many of `n` candidates are tried on how many of `k` folds
halving_rounds <- function(n, k, keep) {
  rounds <- if (keep == 1) 1L else {
    min(k, 1L + as.integer(floor(log(n) / log(1 / keep) + 1e-9)))
  }
  i <- seq_len(rounds)
  folds <- pmax(i, round(k^((i - 1) / max(rounds - 1L, 1L))))
  folds[rounds] <- k
  list(n = pmin(n, pmax(ceiling(n * keep^(i - 1) - 1e-9), 2)), folds = as.integer(folds))
}

search_settings <- function(task, plan, folds, run, call = caller_env()) {
  check_scorable(folds, task$y, call)
  candidates <- plan$candidates
  state <- new_search(task, plan, folds, run)
  rounds <- halving_rounds(length(candidates), length(folds), plan$keep)
  alive <- seq_along(candidates)
  steps <- sum(diff(c(0L, rounds$folds)) * rounds$n)
  for (r in seq_along(rounds$n)) {
    alive <- best_of(state, alive, rounds$n[r])
    for (fold in setdiff(seq_len(rounds$folds[r]), state$done_folds)) {
      for (i in alive) {
        if (!is.na(state$error[i])) next
        if (!is.null(run$progress)) run$progress(min(1, length(state$spent) / steps))
        try_candidate(state, task, plan, folds[[fold]], fold, i, run, call)
      }
    }
    state$round[alive] <- r
    state$done_folds <- seq_len(rounds$folds[r])
    if (all(!is.na(state$error))) stop_search_failed(state, call)
  }
  end_search(state, plan, alive)
}

# What a search knows so far: scores by candidate and fold, and what is in its file
new_search <- function(task, plan, folds, run) {
  n <- length(plan$candidates)
  state <- new.env(parent = emptyenv())
  state$score <- matrix(NA_real_, n, length(folds))
  state$seconds <- matrix(NA_real_, n, length(folds))
  state$error <- rep(NA_character_, n)
  state$round <- integer(n)
  state$done_folds <- integer()
  state$failed <- list()
  state$warnings <- list()
  state$spent <- list()
  state$key <- vapply(plan$candidates, candidate_key, "")
  state$given <- which(vapply(plan$candidates, function(one) isTRUE(attr(one, "given")),
                              NA))
  if (!is.null(plan$file)) {
    state$search <- search_key(task, plan, folds, run)
    state$known <- read_tune_file(plan$file, state$search)
  }
  state
}

# The better `n` of the candidates that are alive, and the learner as given; of equal
# scores the first by key, so that the order of candidates does not matter
best_of <- function(state, alive, n) {
  if (!length(state$done_folds)) return(alive)
  alive <- alive[is.na(state$error[alive])]
  score <- rowMeans(state$score[alive, state$done_folds, drop = FALSE])
  best <- utils::head(alive[order(-score, state$key[alive], method = "radix")], n)
  sort(union(best, intersect(alive, state$given)))
}

try_candidate <- function(state, task, plan, fold, number, i, run, call) {
  known <- known_score(state$known, state$key[i], number)
  if (!is.null(known)) {
    state$score[i, number] <- known$score * tune_signs[[plan$metric]]
    state$seconds[i, number] <- known$seconds
    return(invisible())
  }
  how <- c(plan$how, list(learner = bare_learner(plan$candidates[[i]])))
  one <- gather_warnings(try_fold(task, how, fold, number, run))
  found <- one$value
  if (inherits(found$error, "lcrisk_error_cancelled")) stop_search(state, plan, call)
  state$warnings[[length(state$warnings) + 1L]] <- one$warnings
  state$spent[[length(state$spent) + 1L]] <- found$seconds
  if (!is.null(found$error)) {
    state$error[i] <- first_line(found$error)
    state$failed[[length(state$failed) + 1L]] <- found
    return(invisible())
  }
  score <- score_by(plan$metric, found$predictions)
  state$score[i, number] <- score * tune_signs[[plan$metric]]
  state$seconds[i, number] <- found$seconds
  keep_score(plan$file, state$search, state$key[i], number, score, found$seconds)
}

score_by <- function(metric, predictions) {
  input <- metric_input(predictions[["truth"]], predictions[["prob"]], NULL)
  switch(
    metric,
    auc = area_of(input)[["area"]], ks = area_of(input)[["ks"]],
    pr_auc = .Call(ffi_measure_once, measure_input(input, list(
      cutoff = 0.5, partial = c(0, 0.2), severity = 1
    )))[["pr_auc"]],
    .Call(ffi_rates_losses, input$prob, input$y, NULL)[[metric]]
  )
}

# Each test set needs both outcomes to be scored
check_scorable <- function(folds, y, call) {
  for (i in seq_along(folds)) {
    if (length(unique(y[folds[[i]]$test])) == 2L) next
    lcrisk_abort(
      "input", "too_few_events",
      sprintf("The test rows of fold %d have one outcome only.", i),
      cure = "Use fewer folds, or stratified ones.", arg = "folds", call = call
    )
  }
}

# ---- nested ----------------------------------------------------------------------

resolve_nested <- function(nested, folds, task, run, call = caller_env()) {
  if (is.list(folds)) {
    abort_argument("folds", "a number when `nested` is given", folds, call,
                   cure = "Folds of all rows say nothing of the rows of an outer fold.")
  }
  run$seed <- (run$seed + 0x6e657374) %% 2^53  # other folds than the search's
  resolve_folds(nested, task, run, call)
}

# The whole search once per outer fold, on its training rows
judge_search <- function(task, plan, outer, run, level) {
  chosen <- list()
  how <- plan$how
  how$choose <- function(part, run) {
    folds <- resolve_folds(plan$folds, renumber(part), run)
    best <- gather_warnings(search_settings(part, plan, folds, run))$value$best
    chosen[[length(chosen) + 1L]] <<- best
    best
  }
  how$share <- FALSE  # each fold chooses for itself
  how$learner <- bare_learner(plan$candidates[[1L]])
  found <- cv_task(task, how, outer, run, level)
  found$chosen <- chosen
  found
}

# A part of a task, as data of its own
renumber <- function(task) {
  task$row <- seq_along(task$y)
  task$n_given <- length(task$y)
  task
}
