# Synthetic credit-like data for speed comparisons: a third skewed amounts, a third
# small counts, a fifth normal scores, the rest levels; missing values in a third of the
# columns (2 % or 30 %); about 14 % events. The same for every peer.
credit_data <- function(n, p, seed) {
  set.seed(seed)
  kind <- rep_len(c("amount", "count", "score", "amount", "count", "level"), p)
  x <- lapply(seq_len(p), function(j) {
    switch(kind[j],
      amount = exp(stats::rnorm(n, 8, 1)),
      count = stats::rpois(n, 1 + j %% 5),
      score = stats::rnorm(n),
      level = factor(sample(letters[1:(4 + j %% 20)], n, TRUE))
    )
  })
  for (j in seq(2L, p, by = 3L)) {
    x[[j]][stats::runif(n) < if (j %% 2L) 0.02 else 0.3] <- NA
  }
  names(x) <- sprintf("x%02d", seq_len(p))
  known <- function(j) ifelse(is.na(x[[j]]), 0, scale_of(x[[j]]))
  z <- -2.2 + 0.35 * known(1) + 0.3 * known(3) - 0.3 * known(5) * (known(9) > 0) +
    0.3 * known(7) * known(10) + 0.4 * (as.integer(x[[6]]) %% 3L == 0L) +
    0.4 * is.na(x[[2]])
  list(x = x, y = as.integer(stats::runif(n) < stats::plogis(z)))
}

scale_of <- function(v) (v - mean(v, na.rm = TRUE)) / stats::sd(v, na.rm = TRUE)

# What the other libraries take: one double matrix, levels as whole numbers from 0
credit_matrix <- function(x) {
  vapply(x, function(v) if (is.factor(v)) as.integer(v) - 1 else as.double(v),
         double(length(x[[1L]])))
}
