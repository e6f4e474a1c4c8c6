# Time from SIGINT to the prompt, for long calls of several kinds. Promise: 200 ms.

source("bench/lib/machine.R")
source("tests/testthat/helper-process.R")
library(lcrisk)

out <- commandArgs(TRUE)[1L]
trials <- 20L

prepare <- '
n <- 200000L
set.seed(4)
x <- as.data.frame(matrix(rnorm(20 * n), n))
y <- as.integer(runif(n) < plogis(x[[1]] - x[[2]] - 1))
busy <- function(threads) {
  .Call(lcrisk:::ffi_roc_ks_resample, x[[1]], y, NULL, 1000000L,
        list(threads = threads, seed = 1, progress = NULL))
}
boost <- function(threads) {
  lcrisk_train(x, y, learner = lcrisk_boost(trees = 100000, folds = 0), seed = 9,
               threads = threads, progress = FALSE)
}
'

prepare <- paste(prepare, '
mlp <- function(threads) {
  lcrisk_train(x, y, learner = lcrisk_mlp(epochs = 100000, patience = 100000), seed = 9,
               threads = threads, progress = FALSE)
}
')

measure <- function(name, call, after) {
  set.seed(1)
  delays <- after + runif(trials)
  code <- sprintf("result <- lapply(%s, function(after) interrupted(%s, after))",
                  paste(deparse(delays), collapse = ""), call)
  child <- in_process(c(interrupting, prepare, code), seconds = 600)
  stopifnot(child$status == 0L)
  cancelled <- sum(vapply(child$result, `[[`, "", "ended") == "lcrisk_error_cancelled")
  ms <- 1000 * vapply(child$result, `[[`, 0, "seconds")
  sprintf("| %s | %d of %d | %.0f | %.0f | %.0f |", name, cancelled, trials,
          stats::median(ms), stats::quantile(ms, 0.95), max(ms))
}

lines <- c(
  machine(
    "Ctrl-C to prompt",
    "Milliseconds from the signal to the next R statement; the signal comes at a random",
    "moment of the call. The core polls every 20 ms on the calling thread.", ""
  ),
  "| call | cancelled | median | 95 % | longest |",
  "| --- | --- | --- | --- | --- |",
  measure("busy loop, 1 thread", "busy(1L)", 0.3),
  measure("busy loop, 2 threads", "busy(2L)", 0.3),
  measure("boost, 200,000 x 20, 1 thread", "boost(1L)", 2),
  measure("boost, 200,000 x 20, 2 threads", "boost(2L)", 2),
  measure("mlp, 200,000 x 20, 1 thread", "mlp(1L)", 2),
  measure("mlp, 200,000 x 20, 2 threads", "mlp(2L)", 2)
)
writeLines(lines, out)
writeLines(lines)
