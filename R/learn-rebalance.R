# How each kind of balancing changes training rows. A set is what a learner would be
# given, and where each row came from:
#
#   x         named list of columns: numbers, integers, logicals and factors
#   y         integer 0/1
#   weights   NULL or double
#   row       the row given that each row is, or starts from
#   to, gap   for synthetic rows: the other parent, and how far towards it; else NA
#   formulas  of derived features, see R/learn-derive.R; NULL for none

new_set <- function(x, y, weights = NULL, formulas = NULL) {
  n <- length(y)
  list(x = x, y = y, weights = weights, row = seq_len(n), to = rep(NA_integer_, n),
       gap = rep(NA_real_, n), formulas = formulas)
}

# All steps of a specification, NULL for none, in order
rebalance_set <- function(balance, set, run, call = caller_env()) {
  for (step in balance_steps(balance)) set <- rebalance(step, set, run, call)
  set
}

rebalance <- function(balance, set, run, call) UseMethod("rebalance")

# Rows of a set, in any order, also repeated
set_rows <- function(set, rows) {
  set$x <- lapply(set$x, `[`, rows)
  set$y <- set$y[rows]
  set$weights <- set$weights[rows]
  for (name in c("row", "to", "gap")) set[[name]] <- set[[name]][rows]
  set
}

# Which class is the smaller one (the event among equals), its rows and the others'
classes_of <- function(set) {
  rare <- as.integer(2L * sum(set$y) <= length(set$y))
  list(rare = rare, small = which(set$y == rare), large = which(set$y != rare))
}

# How many rows of the smaller class are still wanted; 0 with a warning when none are
rows_wanted <- function(classes, ratio, call) {
  n_small <- length(classes$small)
  n_large <- length(classes$large)
  wanted <- round(ratio * n_large) - n_small
  if (wanted <= 0) {
    warn_balanced(n_small, n_large, ratio)
    return(0)
  }
  if (wanted + n_small + n_large > .Machine$integer.max) {
    lcrisk_abort(
      "resource", "too_many_rows",
      sprintf("`ratio = %s` asks for %.3g new rows; there can be 2^31 - 1 in all.",
              format_number(ratio), wanted),
      cure = "Use a smaller `ratio`: 1 makes the classes equal.", arg = "ratio",
      n = wanted, call = call
    )
  }
  wanted
}

warn_balanced <- function(n_small, n_large, ratio) {
  lcrisk_warn(
    "data", "already_balanced",
    sprintf("The classes have %s and %s rows, as balanced as `ratio = %s` asks.",
            count_text(n_small), count_text(n_large), format_number(ratio)),
    cure = "Nothing was changed.", n = n_small
  )
}

# Ranks 0, 1, ... of rows in a random order; each round is another one
random_order <- function(n, run, round) {
  random_rank(rep(1L, n), run, "balance", round = round)
}

#' @exportS3Method
rebalance.lcrisk_undersample <- function(balance, set, run, call) {
  classes <- classes_of(set)
  n_large <- length(classes$large)
  kept <- round(length(classes$small) / balance$params$ratio)
  if (kept >= n_large) {
    warn_balanced(length(classes$small), n_large, balance$params$ratio)
    return(set)
  }
  if (kept < 1) {
    lcrisk_abort(
      "input", "one_class",
      sprintf("`ratio = %s` leaves no row of the larger class.",
              format_number(balance$params$ratio)),
      cure = "Use a smaller `ratio`.", arg = "ratio", call = call
    )
  }
  drawn <- classes$large[random_order(n_large, run, 1L) < kept]
  set_rows(set, sort(c(classes$small, drawn)))
}

#' @exportS3Method
rebalance.lcrisk_oversample <- function(balance, set, run, call) {
  classes <- classes_of(set)
  wanted <- rows_wanted(classes, balance$params$ratio, call)
  if (wanted == 0) return(set)
  n_small <- length(classes$small)
  rank <- random_order(n_small, run, 2L)
  times <- wanted %/% n_small + (rank < wanted %% n_small)
  set_rows(set, c(seq_along(set$y), rep(classes$small, times)))
}

#' @exportS3Method
rebalance.lcrisk_weight <- function(balance, set, run, call) {
  classes <- classes_of(set)
  weights <- set$weights %||% rep(1, length(set$y))
  share <- sum(weights[classes$large]) / sum(weights[classes$small])
  total <- sum(weights)
  weights[classes$small] <- weights[classes$small] * share * balance$params$ratio
  set$weights <- weights * (total / sum(weights))
  set
}

# ---- SMOTE -----------------------------------------------------------------------

#' @exportS3Method
rebalance.lcrisk_smote <- function(balance, set, run, call) {
  params <- balance$params
  classes <- classes_of(set)
  wanted <- rows_wanted(classes, params$ratio, call)
  if (wanted == 0) return(set)
  check_neighbours(params, length(classes$small), length(set$y), call)
  space <- space_columns(set$x, params$nominal, call)
  settings <- list(kind = match(params$kind, smote_kinds) - 1L, k = params$k,
                   around = params$around, n_new = wanted)
  drawn <- rlang::try_fetch(
    .Call(ffi_smote_draw, unname(space), classes$small, settings, run),
    lcrisk_error_input = function(error) stop_no_seeds(error, params, call)
  )
  add_synthetic(set, space, drawn, classes$rare)
}

check_neighbours <- function(params, n_small, n, call) {
  if (n_small <= params$k) {
    lcrisk_abort(
      "input", "k_too_large",
      sprintf("`k = %d` needs more than %d rows of the smaller class; there %s %d.",
              params$k, params$k, if (n_small == 1L) "is" else "are", n_small),
      cure = if (n_small > 1L) {
        sprintf("Use `k` of at most %d, or lcrisk_oversample().", n_small - 1L)
      } else "Use lcrisk_oversample(): a single row has no neighbours.",
      arg = "k", n = n_small, call = call
    )
  }
  if (params$kind != "plain" && params$around >= n) {
    abort_argument("around", sprintf("less than the number of rows (%d)", n),
                   params$around, call)
  }
}

stop_no_seeds <- function(error, params, call) {
  lcrisk_abort(
    "input", error$code,
    sprintf("No row of the smaller class is one for `kind = \"%s\"` to start at.",
            params$kind),
    cure = "Use `kind = \"plain\"` or another `around`.", arg = "kind", call = call
  )
}

# What the distance sees: codes of number columns named in `nominal` as levels
space_columns <- function(x, nominal, call) {
  unknown <- setdiff(nominal, names(x))
  if (length(unknown)) {
    near <- unlist(lapply(unknown, nearest, choices = names(x)))
    lcrisk_abort(
      "input", "unknown_feature",
      sprintf("`nominal` names %s, which the rows do not have.", quoted(unknown)),
      cure = if (length(near)) sprintf("Did you mean %s?", quoted(near)),
      arg = "nominal", columns = unknown, call = call
    )
  }
  x[nominal] <- lapply(x[nominal], function(column) {
    if (is.factor(column)) column else factor(column)
  })
  x
}

# The set with the new rows at its end
add_synthetic <- function(set, space, drawn, rare) {
  new <- Map(from_space, stats::setNames(drawn$columns, names(space)), space, set$x)
  new <- derive_columns(new, set)
  set$x <- Map(append_values, set$x, new)
  set$y <- c(set$y, rep(rare, length(drawn$from)))
  if (!is.null(set$weights)) set$weights <- c(set$weights, set$weights[drawn$from])
  set$to <- c(set$to, set$row[drawn$to])
  set$row <- c(set$row, set$row[drawn$from])
  set$gap <- c(set$gap, drawn$gap)
  set
}

# New values as the rows given have them; codes of levels as what they stand for
from_space <- function(new, space, like) {
  if (is.factor(like)) return(structure(new, levels = levels(like), class = class(like)))
  if (is.factor(space)) return(sort(unique(like))[new])
  if (is.logical(like)) as.logical(new) else new
}

append_values <- function(old, new) {
  if (!is.factor(old)) return(c(old, new))
  structure(c(as.integer(old), as.integer(new)), levels = levels(old),
            class = class(old))
}

# ---- cleaning --------------------------------------------------------------------

#' @exportS3Method
rebalance.lcrisk_clean <- function(balance, set, run, call) {
  params <- balance$params
  classes <- classes_of(set)
  examined <- if (params$remove == "both") seq_along(set$y) else classes$large
  out <- switch(
    params$method,
    enn = outvoted(set, classes, examined, params$k, run, call),
    tomek = tomek_linked(set, classes, examined, run)
  )
  if (!length(out)) return(set)
  if (length(unique(set$y[-out])) < 2L) {
    lcrisk_abort(
      "input", "one_class", "Cleaning would leave rows of one class only.",
      cure = "Use a smaller `k`, or `remove = \"larger\"`.", arg = "balance", call = call
    )
  }
  set_rows(set, seq_along(set$y)[-out])
}

nearest_rows <- function(set, classes, query, k, run) {
  .Call(ffi_knn_find, unname(set$x), classes$small, seq_along(set$y), query, k,
        run)$neighbour
}

# Wilson's rule: more than half of the neighbours are of the other class
outvoted <- function(set, classes, examined, k, run, call) {
  if (k >= length(set$y)) {
    abort_argument("k", sprintf("less than the number of rows (%d)", length(set$y)), k,
                   call)
  }
  near <- nearest_rows(set, classes, examined, k, run)
  same <- colSums(matrix(set$y[near], k) == rep(set$y[examined], each = k))
  examined[2 * same < k]
}

# Rows of pairs of different class, each the other's nearest
tomek_linked <- function(set, classes, examined, run) {
  near <- nearest_rows(set, classes, seq_along(set$y), 1L, run)[1L, ]
  linked <- near[near] == seq_along(near) & set$y[near] != set$y
  intersect(examined, which(linked))
}
