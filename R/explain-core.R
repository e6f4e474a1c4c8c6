# How a learner takes its own output apart. A method of explain_core() gives, for the
# columns `x` of a blueprint, a list of
#
#   value    rows x features, contributions; or rows x features x features, interactions
#   base     what the contributions are added to
#   scale    what base and contributions add up to: "log-odds" or "probability"
#   method   in a few words
#   error    rows x features, standard errors of sampled values; NULL when exact
#
# `how` has `interactions`, `reference` (NULL or columns) and `permutations`.
explain_core <- function(learner, core, x, how, run) UseMethod("explain_core")

#' @exportS3Method
explain_core.lcrisk_boost <- function(learner, core, x, how, run) {
  refuse_reference(how, learner)
  parts <- .Call(ffi_shap_trees, x, core$bins, core$trees, how$interactions, run)
  list(value = parts$value, base = core$base + parts$mean, scale = "log-odds",
       method = "exact, path-dependent")
}

# A forest's output is a mean of probabilities, and so are its contributions
#' @exportS3Method
explain_core.lcrisk_forest <- function(learner, core, x, how, run) {
  refuse_reference(how, learner)
  parts <- .Call(ffi_shap_forest, x, core$bins, core$trees, how$interactions, run)
  list(value = parts$value, base = parts$mean, scale = "probability",
       method = "exact, path-dependent")
}

# Terms of a linear predictor less their training means
#' @exportS3Method
explain_core.lcrisk_logit <- function(learner, core, x, how, run) {
  refuse_reference(how, learner)
  value <- linear_parts(core, x, run) - rep(core$center, each = length(x[[1L]]))
  list(value = if (how$interactions) alone(value) else value,
       base = Reduce(`+`, core$center, core$coefficient[[1L]]), scale = "log-odds",
       method = "exact, linear")
}

# Blended log-odds are a weighted sum, and so are their contributions: each member by
# its own formula, or sampled where it has none for log-odds.
#' @exportS3Method
explain_core.lcrisk_blend <- function(learner, core, x, how, run) {
  members <- learner$params$learners[names(core$models)]
  exact <- vapply(members, has_formula, NA)
  if (all(exact)) refuse_reference(how, learner)
  plain <- replace(how, "reference", list(NULL))
  total <- list(value = 0, base = core$intercept, error = 0)
  for (name in names(members)) {
    share <- core$share[[name]] / length(core$models[[name]])
    for (model in core$models[[name]]) {
      part <- if (exact[[name]]) {
        explain_core(members[[name]], model, x, plain, run)
      } else {
        explain_core.default(members[[name]], model, x, how, run)
      }
      total$value <- total$value + share * part$value
      total$base <- total$base + share * part$base
      # the same orders for all: errors add up at most
      if (!exact[[name]]) total$error <- total$error + share * part$error
    }
  }
  method <- sprintf("blend of %s: %s", paste(names(members), collapse = ", "),
                    if (all(exact)) "exact" else "sampled in part")
  list(value = total$value, base = total$base, scale = "log-odds", method = method,
       error = if (!all(exact)) total$error)
}

# Has the learner an exact formula for the contributions to its log-odds?
has_formula <- function(learner) UseMethod("has_formula")

#' @exportS3Method
has_formula.default <- function(learner) FALSE

#' @exportS3Method
has_formula.lcrisk_boost <- function(learner) TRUE

#' @exportS3Method
has_formula.lcrisk_logit <- function(learner) TRUE

# Are its contributions sampled, at least in part?
is_sampled <- function(learner) {
  if (learner$kind == "blend") {
    return(!all(vapply(learner$params$learners, has_formula, NA)))
  }
  is.null(utils::getS3method("explain_core", class(learner)[1L], optional = TRUE))
}

linear_parts <- function(core, x, run) {
  .Call(ffi_logit_parts, x, core$design, core$coefficient, run)
}

# Training means of a linear model's parts, over at most 32,768 rows, evenly spaced, as
# the design's own means are
part_means <- function(core, x, weights, run) {
  n <- length(x[[1L]])
  rows <- if (n > 32768L) unique(round(seq(1, n, length.out = 32768L))) else seq_len(n)
  parts <- linear_parts(core, lapply(x, `[`, rows), run)
  if (is.null(weights)) return(colMeans(parts))
  colSums(parts * weights[rows]) / sum(weights[rows])
}

# Contributions of a model without interactions, as its array of pairs
alone <- function(value) {
  out <- array(0, c(dim(value), ncol(value)))
  for (j in seq_len(ncol(value))) out[, j, j] <- value[, j]
  out
}

refuse_reference <- function(how, learner) {
  if (is.null(how$reference)) return(invisible())
  lcrisk_abort(
    "input", "reference_unused",
    sprintf("`reference` is not used: contributions of `%s` are exact without.",
            learner$kind),
    cure = "Leave it out.", arg = "reference", call = NULL
  )
}

# ---- any learner -----------------------------------------------------------------

#' @exportS3Method
explain_core.default <- function(learner, core, x, how, run) {
  if (how$interactions) {
    lcrisk_abort(
      "input", "no_interactions",
      sprintf("Interactions cannot be had from `%s`: its contributions are sampled.",
              learner$kind),
      arg = "interactions", call = NULL
    )
  }
  if (is.null(how$reference)) {
    lcrisk_abort(
      "input", "reference_needed",
      sprintf("Contributions of `%s` are differences from reference rows.", learner$kind),
      cure = "Give some training rows: `reference = train[sample(nrow(train), 64)]`.",
      arg = "reference", call = NULL
    )
  }
  sample_parts(function(x) predict_core(learner, core, x, run), x, how, run)
}

HYBRIDS_TOGETHER <- 50000L

# Shapley values by walks from a reference row to the row explained, one feature after
# the other, in a random order and in the reverse of it. All rows share the walks, so a
# row's values depend on that row only, and the base is the mean of the references.
# Features of one player are taken together.
sample_parts <- function(predict, x, how, run, player = seq_along(x),
                         p = length(x)) {
  n <- length(x[[1L]])
  walks <- plan_walks(how, p, run)
  walks$player <- player
  link <- predict(x)
  from <- predict(how$reference)
  per_row <- length(walks$order) * max(1L, p - 1L)
  chunk <- max(1L, HYBRIDS_TOGETHER %/% per_row)
  starts <- if (n > 0L) seq(1L, n, by = chunk) else integer()
  done <- lapply(starts, function(start) {
    rows <- start:min(n, start + chunk - 1L)
    walk_rows(predict, lapply(x, `[`, rows), link[rows], how$reference, from, walks)
  })
  bind <- function(name) {
    do.call(rbind, c(list(matrix(0, 0L, p)), lapply(done, `[[`, name)))
  }
  list(value = bind("mean"), error = bind("error"), base = mean(from),
       scale = "log-odds",
       method = sprintf("%d permutations, each both ways, %d reference rows",
                        length(walks$order) %/% 2L, length(how$reference[[1L]])))
}

# Orders of the features, each followed by its reverse, and the reference row of each;
# every reference row starts equally many
plan_walks <- function(how, p, run) {
  n_from <- length(how$reference[[1L]])
  n_pairs <- ceiling(how$permutations / n_from) * n_from
  order <- lapply(seq_len(n_pairs), function(k) {
    forward <- order(.Call(ffi_base_units, p, as.double(k), run))
    list(forward, rev(forward))
  })
  list(order = unlist(order, recursive = FALSE),
       from = rep(rep_len(seq_len(n_from), n_pairs), each = 2L))
}

# Mean and standard error over the pairs of walks, for some rows
walk_rows <- function(predict, x, link, reference, from, walks) {
  n <- length(link)
  p <- length(walks$order[[1L]])
  n_walks <- length(walks$order)
  output <- if (p > 1L) predict(hybrids(x, reference, walks))
  step <- array(output, c(n, max(0L, p - 1L), n_walks))
  sum <- square <- matrix(0, n, p)
  for (k in seq(1L, n_walks, by = 2L)) {
    both <- 0
    for (w in c(k, k + 1L)) {
      path <- cbind(from[walks$from[w]], matrix(step[, , w], n), link, deparse.level = 0L)
      change <- path[, -1L, drop = FALSE] - path[, -(p + 1L), drop = FALSE]
      both <- both + change[, order(walks$order[[w]]), drop = FALSE] / 2
    }
    sum <- sum + both
    square <- square + both^2
  }
  pairs <- n_walks / 2
  mean <- sum / pairs
  spread <- pmax(square / pairs - mean^2, 0)
  list(mean = mean, error = if (pairs > 1) sqrt(spread / (pairs - 1)) else spread * NA)
}

# Columns of all rows between: after the first s players of a walk, s = 1 .. p - 1, for
# each row; rows fastest, then s, then walks
hybrids <- function(x, reference, walks) {
  n <- length(x[[1L]])
  p <- length(walks$order[[1L]])
  rank <- vapply(walks$order, order, integer(p))  # player by walk: when it is taken
  rank <- matrix(rank, p)
  columns <- lapply(seq_along(x), function(j) {
    taken <- outer(seq_len(p - 1L), rank[walks$player[j], ], `>=`)
    own <- rep(seq_len(n), length(taken))
    other <- rep(walks$from, each = p - 1L)
    index <- ifelse(rep(taken, each = n), own, n + rep(other, each = n))
    joined(x[[j]], reference[[j]])[index]
  })
  stats::setNames(columns, names(x))
}

# Two columns of one blueprint, end to end
joined <- function(a, b) {
  if (!is.factor(a)) return(c(a, b))
  make_factor(c(as.integer(a), as.integer(b)), levels(a), is.ordered(a))
}
