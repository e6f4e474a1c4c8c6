# Rows that the stored figures of other packages are about, made without R's generator.
# oracle/metrics.R, which wrote those figures, reads this file too.

# `digits` rounds the probabilities: few make many ties
oracle_cases <- data.frame(
  n = c(300L, 1000L, 1000L, 250L, 2000L), digits = c(15L, 15L, 1L, 2L, 3L),
  rate = c(-1, -2.5, -1.5, 0.5, -3), cutoff = c(0.35, 0.1, 0.25, 0.55, 0.075)
)

oracle_rows <- function(i) {
  case <- oracle_cases[i, ]
  state <- 1 + 48271 * i
  draws <- numeric(2L * case$n + 20L)
  for (k in seq_along(draws)) draws[k] <- state <- (16807 * state) %% 2147483647
  u <- matrix(draws[-(1:20)] / 2147483647, ncol = 2L)
  # logistic scores; outcomes follow a flatter line than the probabilities promise
  x <- log(u[, 1L] / (1 - u[, 1L]))
  prob <- 1 / (1 + exp(-(case$rate + x)))
  truth <- as.integer(u[, 2L] < 1 / (1 + exp(-(case$rate + 0.7 * x))))
  data.frame(truth = truth, prob = round(prob, case$digits))
}
