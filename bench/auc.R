# Exact AUC with DeLong's variance, and the paired test, against pROC on one thread.

source("bench/lib/machine.R")
source("bench/lib/paired.R")
library(lcrisk)

out <- commandArgs(TRUE)[1L]
sizes <- c(200000, 2000000)

scores <- function(n) {
  set.seed(1)
  y <- rbinom(n, 1L, 0.15)
  list(y = y, a = plogis(rnorm(n) + 0.7 * y), b = plogis(rnorm(n) + 0.6 * y))
}

their_auc <- function(x) {
  roc <- pROC::roc(x$y, x$a, levels = 0:1, direction = "<", quiet = TRUE)
  c(roc$auc, pROC::var(roc))
}

their_test <- function(x) {
  roc <- function(p) pROC::roc(x$y, p, levels = 0:1, direction = "<", quiet = TRUE)
  pROC::roc.test(roc(x$a), roc(x$b), method = "delong")$statistic
}

row <- function(what, n, ours, theirs, difference) {
  ours()  # warm: first touch of memory and caches
  times <- paired(list(ours = ours, pROC = theirs), if (n > 1e6) 5L else 7L)
  sprintf("| %s | %s | %s | %.1e |", what,
          format(n, big.mark = ",", scientific = FALSE), pair_columns(times), difference)
}

lines <- character()
for (n in sizes) {
  x <- scores(n)
  mine <- lcrisk_auc(x$y, x$a)
  theirs <- their_auc(x)
  difference <- max(abs(c(mine / theirs[1L], attr(mine, "se")^2 / theirs[2L]) - 1))
  lines <- c(lines, row("AUC and variance", n, function() lcrisk_auc(x$y, x$a),
                        function() their_auc(x), difference))
}
x <- scores(200000)
difference <- abs(lcrisk_roc_test(x$y, x$a, x$b)$z / their_test(x)[[1L]] - 1)
lines <- c(lines, row("paired test", 200000, function() lcrisk_roc_test(x$y, x$a, x$b),
                      function() their_test(x), difference))

writeLines(c(
  machine(
    "AUC with DeLong's variance",
    "Seconds from R vectors to the answer, the least of all runs; the ratio is the",
    "median over interleaved pairs, with its range. `difference` is relative, the",
    sprintf("largest of area and variance (or of z). Peer: pROC %s.",
            utils::packageVersion("pROC"))
  ),
  "| what | rows | lcrisk s | pROC s | ratio | cpu ratio | difference |",
  "| --- | --- | --- | --- | --- | --- | --- |", lines
), out)
