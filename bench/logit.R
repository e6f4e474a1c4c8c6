# Logistic regression with a given ridge or lasso against glmnet and, without one, glm().
# Peers get the matrix of terms that ours builds on the fly; the time to build it is
# not charged to them.

source("bench/lib/machine.R")
source("bench/lib/paired.R")
library(lcrisk)

out <- commandArgs(TRUE)[1L]
threads <- 2L

simulate <- function(n, p) {
  set.seed(2)
  x <- as.data.frame(matrix(rnorm(n * p), n))
  beta <- rnorm(p) / sqrt(p)
  list(x = x, y = as.integer(runif(n) < plogis(-1.8 + drop(as.matrix(x) %*% beta))))
}

ours <- function(data, ridge, lasso) {
  learner <- lcrisk_logit(ridge, knots = 0, tail = 0, skewness = Inf, lasso = lasso)
  lcrisk:::fit_core(learner, data$x, data$y, NULL, lcrisk:::new_run(0, threads))
}

# mean log loss plus penalty of coefficients on standardised terms
objective <- function(terms, y, coefficient, ridge, lasso) {
  eta <- drop(cbind(1, terms) %*% coefficient)
  mean(ifelse(y == 1L, -plogis(eta, log.p = TRUE), -plogis(-eta, log.p = TRUE))) +
    ridge * sum(lasso * abs(coefficient[-1L]) + (1 - lasso) / 2 * coefficient[-1L]^2)
}

row <- function(n, p, ridge, peer, pairs, lasso = 0) {
  data <- simulate(n, p)
  core <- ours(data, ridge, lasso)
  terms <- vapply(seq_len(p), function(j) {
    (data$x[[j]] * core$design$factor[j] - core$design$mean[j]) * core$design$gain[j]
  }, numeric(n))
  theirs <- switch(
    peer,
    glmnet = function() {
      glmnet::glmnet(terms, data$y, "binomial", alpha = lasso, lambda = ridge,
                     standardize = FALSE)
    },
    glm = function() stats::glm.fit(cbind(1, terms), data$y, family = stats::binomial())
  )
  of <- function(coefficient) objective(terms, data$y, coefficient, ridge, lasso)
  excess <- of(as.vector(as.matrix(stats::coef(theirs())))) -
    of(unname(core$coefficient))
  times <- paired(list(ours = function() ours(data, ridge, lasso), peer = theirs), pairs)
  sprintf("| %s x %d | %g | %g | %s | %s | %.1e |",
          format(n, big.mark = ",", scientific = FALSE), p, ridge, lasso, peer,
          pair_columns(times), excess)
}

lines <- c(
  row(40000, 30, 0.01, "glmnet", 7L), row(40000, 30, 0, "glm", 5L),
  row(200000, 60, 0.01, "glmnet", 5L), row(1000000, 100, 0.01, "glmnet", 3L),
  row(40000, 30, 0.01, "glmnet", 7L, lasso = 1),
  row(200000, 60, 0.01, "glmnet", 5L, lasso = 1)
)

writeLines(c(
  machine(
    "Logistic regression",
    "Seconds from data to coefficients, the least of all runs, at the peers' default",
    "precision; the ratio is the median over interleaved pairs, with its range. `excess`",
    "is the peer's objective above ours. Ours on 2 threads; glmnet and glm have one.",
    sprintf("Peer: glmnet %s.", utils::packageVersion("glmnet"))
  ),
  paste("| rows x terms | penalty | lasso | peer | lcrisk s | peer s | ratio | cpu ratio",
        "| excess |"),
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |", lines
), out)
