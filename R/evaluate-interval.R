# Intervals. Each gives c(lower, upper); `level` is the coverage, such as 0.95.

normal_quantile <- function(level) stats::qnorm(1 - (1 - level) / 2)

normal_interval <- function(estimate, se, level, min = -Inf, max = Inf) {
  reach <- normal_quantile(level) * se
  c(max(estimate - reach, min), min(estimate + reach, max))
}

# Wilson (1927): keeps its coverage at 0 and 1 and in small samples.
wilson_interval <- function(share, n, level) {
  if (is.na(share)) return(c(NA_real_, NA_real_))
  z2 <- normal_quantile(level)^2
  centre <- (share + z2 / (2 * n)) / (1 + z2 / n)
  reach <- sqrt(z2) / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n^2))
  # the ends are exact where rounding would leave the estimate outside
  c(if (share == 0) 0 else max(centre - reach, 0),
    if (share == 1) 1 else min(centre + reach, 1))
}

# Jeffreys' interval (Brown, Cai and DasGupta 2001), with their rule at the ends.
# Vectors; `n` may be an effective number of rows.
jeffreys_interval <- function(share, n, level) {
  tail <- (1 - level) / 2
  events <- share * n
  lower <- stats::qbeta(tail, events + 0.5, n - events + 0.5)
  upper <- stats::qbeta(1 - tail, events + 0.5, n - events + 0.5)
  lower[share == 0] <- 0
  upper[share == 1] <- 1
  list(lower = lower, upper = upper)
}

# DeLong's on the logit scale, so that it stays inside 0 to 1 and widens towards the
# middle (Pepe 2003, section 5.2). At 0 and 1 the variance estimate is 0 and says
# nothing; there the interval comes from m = min(class sizes) pairs that share no
# row: were the area a, all m would be ranked right with probability a^m.
auc_interval <- function(area, variance, n_event, n_other, level) {
  tail <- (1 - level) / 2
  if (area == 0 || area == 1) {
    reach <- tail^(1 / min(n_event, n_other))
    return(if (area == 1) c(reach, 1) else c(0, 1 - reach))
  }
  if (is.na(variance)) return(c(0, 1))
  centre <- stats::qlogis(area)
  reach <- normal_quantile(level) * sqrt(variance) / (area * (1 - area))
  stats::plogis(c(centre - reach, centre + reach))
}
