# What cross-validation of lcrisk_boost() costs, in fits, and what it estimates: folds
# that share fits (the default) beside folds trained each for itself.
#
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip BENCH=cv make bench
#
# Real loans up to 2010; 2011 and later take no part. Without them, simulated ones only,
# where the true area of a model is known from rows without end.
library(lcrisk)
source("bench/lib/machine.R")

SEEDS <- seq_len(as.integer(Sys.getenv("BENCH_SEEDS", "10")))
ROWS <- 10000L
THREADS <- 1L  # barriers of a team beside a busy neighbour would count as work

loans_frame <- function(loans) lcrisk_features(lcrisk_outcome(loans))

real <- function() {
  path <- Sys.getenv("LCRISK_DATA")
  if (!nzchar(path)) return(NULL)
  frame <- loans_frame(lcrisk_read(path))
  frame[frame$issue_d < as.Date("2011-01-01")]
}

# About three in ten simulated loans have a known outcome
simulated <- function(seed, n) {
  frame <- suppressWarnings(loans_frame(lcrisk_simulate(ceiling(3.6 * n), seed = seed)))
  frame[seq_len(n)]
}

cpu_of <- function(expression) {
  time <- system.time(value <- suppressWarnings(expression), gcFirst = TRUE)
  list(value = value, cpu = sum(time[c("user.self", "sys.self")]),
       wall = time[["elapsed"]])
}

train <- function(frame, seed) {
  cpu_of(lcrisk_train(frame, learner = "boost", seed = seed, threads = THREADS,
                      progress = FALSE, audit = FALSE))
}

validate <- function(frame, folds, share, seed) {
  out <- cpu_of(lcrisk_cv(frame, "boost", folds = folds, seed = seed, share = share,
                          threads = THREADS, progress = FALSE, audit = FALSE))
  p <- out$value$predictions
  out$auc <- as.numeric(lcrisk_auc(p$truth, p$prob))
  within <- out$value$metrics
  within <- within[within$metric == "auc" & within$fold != "pooled"]
  out$within <- mean(within$estimate)
  out
}

# One seed: costs in fits, areas, and the true area when there are rows to find it
measure <- function(frame, seed, test = NULL) {
  fit <- train(frame, seed)
  found <- c(fit_cpu = fit$cpu, true = if (is.null(test)) NA else {
    as.numeric(lcrisk_auc(test$default, predict(fit$value, test)))
  })
  for (folds in c(5L, 10L)) {
    for (share in c(TRUE, FALSE)) {
      one <- validate(frame, folds, share, seed)
      name <- paste0(if (share) "shared" else "own", folds)
      found[paste0(name, c("_auc", "_within", "_cost", "_wall"))] <-
        c(one$auc, one$within, one$cpu / fit$cpu, one$wall / fit$wall)
    }
  }
  message(paste(names(found), sprintf("%.4f", found), collapse = " "))
  found
}

mean_se <- function(x) {
  sprintf("%.4f (%.4f)", mean(x), stats::sd(x) / sqrt(length(x)))
}

table_of <- function(found) {
  rows <- vapply(c("shared5", "own5", "shared10", "own10"), function(name) {
    auc <- found[, paste0(name, "_auc")]
    within <- found[, paste0(name, "_within")]
    own <- found[, paste0(sub("shared", "own", name), "_within")]
    true <- if (anyNA(found[, "true"])) "" else mean_se(within - found[, "true"])
    sprintf("| %s | %s | %.2f | %.2f | %s | %s | %s | %s |",
            sub("\\D+", "", name), if (startsWith(name, "own")) "each its own" else
              "shared", stats::median(found[, paste0(name, "_cost")]),
            stats::median(found[, paste0(name, "_wall")]), mean_se(auc), mean_se(within),
            if (startsWith(name, "own")) "" else mean_se(within - own), true)
  }, "")
  c(paste("| folds | fits | CPU, in fits | wall, in fits | pooled AUC |",
          "AUC within folds | shared - own | within - true |"),
    paste0("|", strrep(" --- |", 8L)), rows)
}

section <- function(title, found) {
  c(paste("##", title), "",
    sprintf("CPU of lcrisk_train(): %.2f s (median of %d seeds).%s",
            stats::median(found[, "fit_cpu"]), nrow(found),
            if (anyNA(found[, "true"])) "" else {
              sprintf(" True AUC of its models: %s.", mean_se(found[, "true"]))
            }), "", table_of(found), "")
}

lines <- character()
frame <- real()
if (!is.null(frame)) {
  found <- do.call(rbind, lapply(SEEDS, function(seed) measure(frame, seed)))
  lines <- section(sprintf("Real loans, 2007 to 2010: %s rows",
                           format(nrow(frame), big.mark = ",")), found)
}
test <- simulated(1000, 100000L)
found <- do.call(rbind, lapply(SEEDS, function(seed) {
  measure(simulated(seed, ROWS), seed, test)
}))
lines <- c(lines, section(sprintf("Simulated loans: %s rows, new ones for each seed",
                                  format(ROWS, big.mark = ",")), found))
lines <- c(machine(
  "Cross-validation of lcrisk_boost()",
  paste("Cost of lcrisk_cv() in calls of lcrisk_train() on the same rows, both with all",
        "defaults and one thread, by processor seconds and by the clock; areas under the",
        "ROC curve as",
        "mean (standard error) over", length(SEEDS), "seeds. With shared fits a fit",
        "leaves out two folds and serves both.")), lines)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
