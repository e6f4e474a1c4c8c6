# What a model remembers of its training rows as a whole, to compare later ones with:
# the typical approved applicant (lcrisk_reasons()) and the distributions
# (lcrisk_drift()). Counts and quantiles only, never a row. Kept as `reference` in the
# blueprint, so the model's fingerprint covers it:
#
#   typical    for each feature the median (numbers; a value that occurs) or the most
#              frequent level, as text, among approved rows; NA where most are missing
#   approved   share of the rows scored that had a probability below the cut-off
#   cuts       for each number, quantiles that bound its bins
#   counts     for each feature rows per bin or level, missing first
#   score      the same of the log-odds: `cuts`, `counts`

ROWS_SCORED <- 5000L
ROWS_COUNTED <- 20000L
REFERENCE_BINS <- 20L

add_reference <- function(model, x, run) {
  run$progress <- NULL
  scored <- thin_rows(x, ROWS_SCORED)
  counted <- thin_rows(x, ROWS_COUNTED)
  link <- calibrate_link(model$calibration,
                         predict_core(model$learner, model$core, scored, run))
  approved <- .Call(ffi_base_logistic, link) < model$cutoff
  share <- mean(approved)
  if (!any(approved)) approved[] <- TRUE
  cuts <- lapply(counted[!vapply(counted, is.factor, NA)], reference_cuts)
  model$blueprint$reference <- list(
    typical = lapply(rows_of(scored, approved), typical_value),
    approved = share,
    cuts = cuts,
    counts = lapply(stats::setNames(nm = names(counted)), function(name) {
      bin_counts(counted[[name]], cuts[[name]])
    }),
    score = list(cuts = reference_cuts(link, 10L),
                 counts = bin_counts(link, reference_cuts(link, 10L)))
  )
  model$fingerprint <- model_hash(model)
  model
}

# At most `most` rows, evenly spaced
thin_rows <- function(x, most) {
  n <- length(x[[1L]])
  if (n <= most) return(x)
  rows_of(x, unique(round(seq(1, n, length.out = most))))
}

typical_value <- function(x) {
  known <- x[!is.na(x)]
  none <- if (is.factor(x)) NA_character_ else NA_real_
  if (2L * length(known) < length(x)) return(none)
  if (is.factor(x)) return(levels(x)[which.max(tabulate(known, nlevels(x)))])
  sort(as.double(known))[(length(known) + 1L) %/% 2L]
}

# Distinct quantiles that are not the largest value: bin k holds what is above cut k - 1
# and at most cut k
reference_cuts <- function(x, bins = REFERENCE_BINS) {
  known <- as.double(x[!is.na(x)])
  if (!length(known)) return(double())
  share <- seq_len(bins - 1L) / bins
  cuts <- unique(stats::quantile(known, share, type = 1L, names = FALSE))
  cuts[cuts < max(known)]
}

# Rows missing, then rows per bin or level
bin_counts <- function(x, cuts) {
  n_missing <- sum(is.na(x))
  if (is.factor(x)) return(c(n_missing, tabulate(x, nlevels(x))))
  bin <- findInterval(as.double(x[!is.na(x)]), cuts, left.open = TRUE) + 1L
  c(n_missing, tabulate(bin, length(cuts) + 1L))
}
