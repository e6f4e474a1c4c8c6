# How a learner's log-odds of a row differ from those of one reference row. A method of
# versus_core() gives, for players (groups of features), a list of rows x players
#
#   value     Shapley values: they add up to the difference
#   restored  by how much the log-odds fall when that player alone is the reference's
#
# `player` has the player of each feature, 1 .. n_players.
versus_core <- function(learner, core, x, reference, player, n_players, run) {
  UseMethod("versus_core")
}

#' @exportS3Method
versus_core.lcrisk_boost <- function(learner, core, x, reference, player, n_players,
                                     run) {
  .Call(ffi_versus_trees, x, reference, player, n_players, core$bins, core$trees, run)
}

#' @exportS3Method
versus_core.lcrisk_logit <- function(learner, core, x, reference, player, n_players,
                                     run) {
  versus_sum(linear_parts(core, x, run), linear_parts(core, reference, run), player,
             n_players)
}

# A sum has no interactions: a feature's difference is its part's
versus_sum <- function(own, other, player, n_players) {
  difference <- own - rep(other, each = nrow(own))
  value <- matrix(0, nrow(own), n_players)
  for (j in seq_along(player)) {
    value[, player[j]] <- value[, player[j]] + difference[, j]
  }
  list(value = value, restored = value)
}

#' @exportS3Method
versus_core.lcrisk_blend <- function(learner, core, x, reference, player, n_players,
                                     run) {
  total <- list(value = 0, restored = 0)
  for (name in names(core$models)) {
    share <- core$share[[name]] / length(core$models[[name]])
    for (model in core$models[[name]]) {
      part <- versus_core(learner$params$learners[[name]], model, x, reference, player,
                          n_players, run)
      for (what in names(total)) total[[what]] <- total[[what]] + share * part[[what]]
    }
  }
  total
}

ORDERS_SAMPLED <- 32L  # each both ways

# Any other learner: sampled orders of the players, the same for all rows
#' @exportS3Method
versus_core.default <- function(learner, core, x, reference, player, n_players, run) {
  score <- function(x) predict_core(learner, core, x, run)
  how <- list(reference = reference, permutations = ORDERS_SAMPLED)
  sampled <- sample_parts(score, x, how, run, player, n_players)
  n <- length(x[[1L]])
  own <- score(x)
  restored <- vapply(seq_len(n_players), function(k) {
    at <- which(player == k)
    x[at] <- lapply(at, function(j) joined(x[[j]], reference[[j]])[rep(n + 1L, n)])
    own - score(x)
  }, numeric(n))
  list(value = sampled$value, restored = matrix(restored, n))
}
