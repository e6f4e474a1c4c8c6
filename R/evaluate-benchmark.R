# What a comparison holds learners against: the probability that follows from one
# ranking column alone, such as Lending Club's own sub_grade.

# A contender of lcrisk_compare() that knows only the rank in the column `name`
benchmark <- function(name, task, test, call = caller_env()) {
  values <- task$frame[[name]][task$row]
  rank <- rank_codes(values, if (!is.null(test)) test[[name]], name, call)
  task$columns <- setDT(stats::setNames(list(rank$train), name))
  list(
    learner = new_learner("rank", list()), task = task,
    test = if (!is.null(test)) stats::setNames(data.frame(rank$test), name)
  )
}

# Factors by their order, text by its bytes, numbers as they are
rank_codes <- function(train, test, name, call) {
  if (is.numeric(train) && !is.object(train)) {
    return(list(train = as.double(train), test = as.double(test)))
  }
  if (!is.factor(train) && !is.character(train)) {
    lcrisk_abort(
      "schema", "bad_column",
      sprintf("`%s` cannot rank the rows: it must be a factor, text or numbers, not %s.",
              name, class(train)[1L]),
      arg = "reference", columns = name, call = call
    )
  }
  labels <- function(values) if (is.factor(values)) levels(values) else unique(values)
  levels <- union(labels(train), labels(test))
  if (!is.factor(train)) levels <- sort(levels, method = "radix")
  code <- function(values) as.double(match(as.character(values), levels))
  list(train = code(train), test = code(test))
}

# A logistic regression on one number, not penalised, so that a higher rank is always a
# higher (or always a lower) probability. A missing rank counts as the mean rank. It
# has no constructor: it is no learner that anyone would choose.
#' @exportS3Method
fit_core.lcrisk_rank <- function(learner, x, y, weights, run) {
  stopifnot(length(x) == 1L)
  known <- x[[1L]][!is.na(x[[1L]])]
  centre <- mean(known)
  spread <- max(abs(known - centre))
  start <- .Call(ffi_base_logistic, rank_score(x[[1L]], centre, spread))
  line <- .Call(ffi_calib_fit, start, y, weights, FALSE, run)
  if (line[["converged"]] == 0) {
    lcrisk_abort(
      "numeric", "separated", sprintf("`%s` separates the outcomes.", names(x)),
      cure = "No finite probability follows from its rank.", columns = names(x)
    )
  }
  list(centre = centre, spread = spread, line = line[c("intercept", "slope")])
}

#' @exportS3Method
predict_core.lcrisk_rank <- function(learner, core, x, run) {
  score <- rank_score(x[[1L]], core$centre, core$spread)
  core$line[["intercept"]] + core$line[["slope"]] * score
}

# From -1 to 1 in training
rank_score <- function(rank, centre, spread) {
  score <- (rank - centre) / spread
  score[is.na(score)] <- 0
  score
}
