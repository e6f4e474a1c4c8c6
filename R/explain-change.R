# The smallest change in one field that takes a declined loan below the cut-off, as text.
# Values tried are the training quantiles that the model remembers; how large a change is
# is the share of training loans between the old value and the new.
smallest_change <- function(model, x, cutoff, texts, run) {
  n <- length(x[[1L]])
  none <- "No single change would have been enough."
  best <- list(size = rep(Inf, n), text = rep(none, n))
  reference <- model$blueprint$reference
  free <- texts[["feature"]][texts[["change"]] == "yes"]
  free <- free[order(texts[["player"]][match(free, texts[["feature"]])])]
  for (name in intersect(free, names(reference$cuts))) {
    for (start in seq(1L, n, by = LOANS_TOGETHER)) {
      rows <- start:min(n, start + LOANS_TOGETHER - 1L)
      found <- change_of(model, rows_of(x, rows), name, cutoff, reference, run)
      better <- which(found$size < best$size[rows])
      if (!length(better)) next
      at <- rows[better]
      best$size[at] <- found$size[better]
      label <- texts[["label"]][match(name, texts[["feature"]])]
      best$text[at] <- sprintf("%s: %s instead of %s would have been enough.", label,
                               value_text(found$value[better]), value_text(x[[name]][at]))
    }
  }
  best$text
}

# For each loan the nearest value of one feature that is enough, and how far it is
change_of <- function(model, x, name, cutoff, reference, run) {
  own <- as.double(x[[name]])
  n <- length(own)
  values <- sort(unique(c(reference$cuts[[name]], as.double(reference$typical[[name]]))))
  none <- list(size = rep(Inf, n), value = rep(NA_real_, n))
  if (!length(values)) return(none)
  link <- rescore_set(model$learner, model$core, x, name,
                      settings_like(x, name, list(values)), run)
  link[] <- calibrate_link(model$calibration, as.vector(link))
  enough <- .Call(ffi_base_logistic, as.vector(link)) < cutoff
  known <- reference$counts[[name]][-1L]
  below <- cumsum(known) / sum(known)
  share <- function(v) {
    below[findInterval(v, reference$cuts[[name]], left.open = TRUE) + 1L]
  }
  size <- abs(outer(share(own), share(values), `-`))
  size[!enough | is.na(size) | outer(own, values, `==`)] <- Inf
  # equally far: the nearer number
  gap <- abs(outer(own, values, `-`))
  gap <- gap / (1 + max(gap, 0, na.rm = TRUE))
  at <- max.col(-(size + 1e-9 * gap), ties.method = "first")
  place <- cbind(seq_len(n), at)
  list(size = size[place], value = ifelse(is.finite(size[place]), values[at], NA_real_))
}
