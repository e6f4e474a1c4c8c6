# Derived features of synthetic rows. A frame's features have written formulas in the
# columns of the loans; some of those columns can be had back from features themselves
# (income from log_income), and then other features (loan_to_income) follow from them.
# A synthetic loan should keep such identities, as every real one does.

# The features to recompute: those whose formula, fed with columns had back from other
# features, gives what the rows given have. `formulas` is that of feature_table().
derivable <- function(x, formulas) {
  known <- formulas[intersect(names(x), names(formulas))]
  sources <- Filter(length, lapply(known, function(f) source_of(f$formula)))
  # of several sources of a column, the plainest
  sources <- sources[order(vapply(sources, `[[`, 0L, "rank"))]
  sources <- sources[!duplicated(vapply(sources, `[[`, "", "column"))]
  columns <- vapply(sources, `[[`, "", "column")
  derived <- Filter(function(f) all(f$needs %in% columns), known)
  derived <- derived[setdiff(names(derived), names(sources))]
  values <- derive_values(x, sources, derived)
  holds <- vapply(names(derived), function(name) agrees(values[[name]], x[[name]]), NA)
  list(sources = sources, derived = derived[holds])
}

# The one column of the loans that a formula keeps, and how to have it back; NULL when
# it mixes several or loses what it read.
source_of <- function(formula) {
  if (is.name(formula)) {
    return(list(column = as.character(formula), undo = "same", rank = 1L))
  }
  undo <- c(in_range = "same", pmin = "same", log_positive = "exp",
            log_plus = "exp_less_1")
  name <- as.character(formula[[1L]])[1L]
  if (!name %in% names(undo) || !is.name(formula[[2L]])) return(NULL)
  list(column = as.character(formula[[2L]]), undo = undo[[name]], rank = 2L)
}

undo_formula <- function(x, undo) {
  switch(
    undo,
    same = x,
    exp = .Call(ffi_base_exp, as.double(x)),
    exp_less_1 = .Call(ffi_base_exp, as.double(x)) - 1
  )
}

derive_values <- function(x, sources, derived) {
  loans <- lapply(names(sources), function(name) {
    undo_formula(x[[name]], sources[[name]]$undo)
  })
  names(loans) <- vapply(sources, `[[`, "", "column")
  compute_features(derived, loans)
}

# The same in nearly every row: a feature that clamps what it reads loses a few
agrees <- function(value, given) {
  if (is.factor(given) || is.factor(value)) return(FALSE)
  same <- is.na(value) & is.na(given) |
    !is.na(value) & !is.na(given) & abs(value - given) <= 1e-6 * (1 + abs(given))
  mean(same) >= 0.99
}

# New rows' columns, derived ones recomputed
derive_columns <- function(new, set) {
  if (is.null(set$formulas)) return(new)
  plan <- derivable(set$x, set$formulas)
  values <- derive_values(new, plan$sources, plan$derived)
  for (name in names(values)) {
    whole <- is.integer(set$x[[name]])
    new[[name]] <- if (whole) as.integer(values[[name]]) else as.double(values[[name]])
  }
  new
}

# The formulas of a frame's features, NULL for other data
formulas_of <- function(data) {
  if (is_frame(data)) feature_table(attr(data, "pricing", exact = TRUE) %||% "exclude")
}
