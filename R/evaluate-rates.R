# Rows of metrics that count at a cut-off: shares of the confusion table.

cells <- c("tn", "fp", "fn", "tp")

# Weight and squared weight of each cell; both are counts without weights.
confusion <- function(input, cutoff) {
  found <- .Call(ffi_rates_confusion, input$prob, input$y, input$weights, cutoff)
  list(weight = found[cells],
       square = stats::setNames(found[paste0(cells, "_square")], cells))
}

cutoff_metrics <- function(input, cutoff, level, beta = 2) {
  found <- confusion(input, cutoff)
  count <- found$weight
  square <- found$square
  share <- function(hit, all) share_row(count, square, hit, all, level)
  list(
    recall = share("tp", c("tp", "fn")),
    precision = share("tp", c("tp", "fp")),
    f1 = f1_row(share("tp", c("tp", "fp", "fn"))),
    f_beta = f_beta_row(count, square, beta, level),
    specificity = share("tn", c("tn", "fp")),
    accuracy = share(c("tp", "tn"), cells),
    balanced_accuracy = balanced_row(count, square, level),
    mcc = mcc_row(count, square, level)
  )
}

# The share of the cells `hit` in the cells `all`
share_row <- function(count, square, hit, all, level) {
  total <- sum(count[all])
  if (total == 0) return(metric_row(NA_real_, NA_real_, no_interval, "no such row"))
  share <- sum(count[hit]) / total
  miss <- setdiff(all, hit)
  se <- sqrt(sum(square[hit]) * (1 - share)^2 + sum(square[miss]) * share^2) / total
  n_effective <- total^2 / sum(square[all])
  metric_row(share, se, wilson_interval(share, n_effective, level), "Wilson")
}

# From the Jaccard share j = tp / (tp + fp + fn): F1 = 2 j / (1 + j)
f1_row <- function(jaccard) {
  if (is.na(jaccard$estimate)) return(jaccard)
  f1 <- function(j) 2 * j / (1 + j)
  metric_row(f1(jaccard$estimate), jaccard$se * 2 / (1 + jaccard$estimate)^2,
             f1(c(jaccard$lower, jaccard$upper)), "Wilson of tp / (tp + fp + fn)")
}

balanced_row <- function(count, square, level) {
  recall <- share_row(count, square, "tp", c("tp", "fn"), level)
  specificity <- share_row(count, square, "tn", c("tn", "fp"), level)
  estimate <- (recall$estimate + specificity$estimate) / 2
  se <- sqrt(recall$se^2 + specificity$se^2) / 2
  metric_row(estimate, se, normal_interval(estimate, se, level, 0, 1), "delta, normal")
}

# Matthews' correlation; its derivative by each cell's share gives the se.
mcc_row <- function(count, square, level) {
  share <- as.list(count / sum(count))
  event <- share$tp + share$fn
  other <- share$tn + share$fp
  yes <- share$tp + share$fp
  no <- share$tn + share$fn
  root <- sqrt(event * other * yes * no)
  if (root == 0) {
    return(metric_row(NA_real_, NA_real_, no_interval, "all rows predicted alike"))
  }
  mcc <- (share$tp * share$tn - share$fp * share$fn) / root
  slope <- c(
    tn = share$tp / root - mcc / 2 * (1 / other + 1 / no),
    fp = -share$fn / root - mcc / 2 * (1 / other + 1 / yes),
    fn = -share$fp / root - mcc / 2 * (1 / event + 1 / no),
    tp = share$tn / root - mcc / 2 * (1 / event + 1 / yes)
  )
  slope <- slope - sum(slope * unlist(share)[names(slope)])
  se <- sqrt(sum(square[names(slope)] * slope^2)) / sum(count)
  metric_row(mcc, se, normal_interval(mcc, se, level, -1, 1), "delta, normal")
}

# (1 + b^2) tp in (1 + b^2) tp + b^2 fn + fp: a share of counts with weights of their own
f_beta_row <- function(count, square, beta, level) {
  worth <- c(tn = 0, fp = 1, fn = beta^2, tp = 1 + beta^2)[cells]
  share_row(count * worth, square * worth^2, "tp", c("tp", "fp", "fn"), level)
}

# The same metrics without intervals, for vectors of counts
rates_of <- function(tn, fp, fn, tp, beta) {
  recall <- tp / (tp + fn)
  specificity <- tn / (tn + fp)
  root <- sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
  list(
    recall = recall, precision = tp / (tp + fp), f1 = 2 * tp / (2 * tp + fp + fn),
    f_beta = (1 + beta^2) * tp / ((1 + beta^2) * tp + beta^2 * fn + fp),
    specificity = specificity, accuracy = (tp + tn) / (tn + fp + fn + tp),
    balanced_accuracy = (recall + specificity) / 2, mcc = (tp * tn - fp * fn) / root
  )
}
