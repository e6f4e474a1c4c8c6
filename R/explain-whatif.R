# The log-odds that a model's rows would have if some features were otherwise. Trees
# answer from the codes: the columns are encoded once, and only the trees that use one
# of the features are scored again.

# Rows x settings: with the features taken from each row of `setting`, a list of columns
rescore_set <- function(learner, core, x, features, setting, run) {
  UseMethod("rescore_set")
}

# Rows x swaps: with the features taken, all together, from other rows; `order` has row
# numbers, a column for each swap
rescore_swap <- function(learner, core, x, features, order, run) {
  UseMethod("rescore_swap")
}

#' @exportS3Method
rescore_set.default <- function(learner, core, x, features, setting, run) {
  n <- length(x[[1L]])
  vapply(seq_along(setting[[1L]]), function(s) {
    x[features] <- lapply(setting[features], function(column) column[rep(s, n)])
    predict_core(learner, core, x, run)
  }, numeric(n)) |> matrix(n)
}

#' @exportS3Method
rescore_swap.default <- function(learner, core, x, features, order, run) {
  n <- length(x[[1L]])
  vapply(seq_len(ncol(order)), function(s) {
    x[features] <- lapply(x[features], function(column) column[order[, s]])
    predict_core(learner, core, x, run)
  }, numeric(n)) |> matrix(n)
}

#' @exportS3Method
rescore_set.lcrisk_boost <- function(learner, core, x, features, setting, run) {
  at <- match(features, names(x))
  part <- split_trees(core$trees, at)
  unmoved <- .Call(ffi_boost_score, x, core$bins, part$without, core$base, run)
  unmoved + .Call(ffi_whatif_set, x, setting, at, core$bins, part$with, run)
}

#' @exportS3Method
rescore_swap.lcrisk_boost <- function(learner, core, x, features, order, run) {
  at <- match(features, names(x))
  part <- split_trees(core$trees, at)
  unmoved <- .Call(ffi_boost_score, x, core$bins, part$without, core$base, run)
  unmoved + .Call(ffi_whatif_swap, x, order - 1L, at, core$bins, part$with, run)
}

# The trees that split on one of the features (numbers from 1), and the others
split_trees <- function(trees, features) {
  size <- diff(trees$tree_start)
  tree <- rep(seq_along(size), size)
  uses <- seq_along(size) %in% tree[trees$feature %in% (features - 1L)]
  list(with = take_trees(trees, uses, tree), without = take_trees(trees, !uses, tree))
}

# Nodes count from their tree's first one, so trees can be taken out as they stand
take_trees <- function(trees, keep, tree) {
  size <- diff(trees$tree_start)
  of_node <- setdiff(names(trees), c("tree_start", "subset_bits"))
  trees[of_node] <- lapply(trees[of_node], `[`, keep[tree])
  trees$tree_start <- as.integer(c(0L, cumsum(size[keep])))
  trees
}
