# Scoring speed of the booster beside LightGBM's predict: the same data frame in, thread
# for thread, and one row from R.
#
#   BENCH=score make bench              1,000,000 rows, 500 trees, 31 leaves
library(lcrisk)
for (file in c("machine.R", "credit.R", "paired.R")) source(file.path("bench/lib", file))

ROWS <- as.integer(Sys.getenv("BENCH_ROWS", "1000000"))
PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "5"))
TREES <- 500L
COLUMNS <- 60L

train <- credit_data(50000L, COLUMNS, 1)
data <- credit_data(ROWS, COLUMNS, 3)
learner <- lcrisk_boost(
  trees = TREES, rate = 0.05, leaves = 31, depth = 64, min_leaf = 20, l2 = 1, rows = 1,
  columns = 1, bins = 254, folds = 0
)
core <- lcrisk:::fit_core(learner, train$x, train$y, NULL, lcrisk:::new_run(1, 2L))
model <- lcrisk_train(as.data.frame(train$x), y = train$y, learner = learner, seed = 1,
                      threads = 2, progress = FALSE)
one <- as.data.frame(lapply(data$x, `[`, 1L))

score <- function(threads) {
  force(threads)
  function() lcrisk:::predict_core(learner, core, data$x, lcrisk:::new_run(1, threads))
}
one_row <- function(call, times = 2000L) {
  call()
  stats::median(replicate(times, {
    start <- Sys.time()
    call()
    as.numeric(Sys.time() - start, units = "secs")
  })) * 1000
}

lines <- c(
  machine(
    "Scoring boosted trees",
    sprintf(paste("%s rows x %d from a data frame, %d trees of 31 leaves; %d pairs in",
                  "turns A B B A. Ratio: peer / ours, median of pairs."),
            format(ROWS, big.mark = ","), COLUMNS, TREES, PAIRS)
  ), "",
  sprintf(paste("One row, R to R: predict() of a model %.2f ms, the core alone %.2f ms",
                "(median)."),
          one_row(function() predict(model, one)),
          one_row(function() {
            lcrisk:::predict_core(learner, core, as.list(one),
                                  list(threads = 1L, seed = 1))
          })), ""
)
if (requireNamespace("lightgbm", quietly = TRUE)) {
  levels <- which(vapply(train$x, is.factor, NA))
  settings <- list(objective = "binary", learning_rate = 0.05, num_leaves = 31,
                   min_data_in_leaf = 20, lambda_l2 = 1, num_threads = 2, verbose = -1)
  set <- lightgbm::lgb.Dataset(credit_matrix(train$x), label = train$y,
                               categorical_feature = levels, params = settings)
  peer <- lightgbm::lgb.train(settings, set, TREES, verbose = -1)
  ready <- credit_matrix(data$x)
  for (threads in 1:2) {
    with_matrix <- function() {
      stats::predict(peer, credit_matrix(data$x), params = list(num_threads = threads))
    }
    matrix_only <- function() {
      stats::predict(peer, ready, params = list(num_threads = threads))
    }
    runs <- paired(list(ours = score(threads), "LightGBM, data frame" = with_matrix,
                        "LightGBM, matrix ready" = matrix_only), PAIRS)
    auc <- c(ours = as.numeric(lcrisk_auc(data$y, score(threads)())))
    auc[c("LightGBM, data frame", "LightGBM, matrix ready")] <-
      as.numeric(lcrisk_auc(data$y, with_matrix()))
    lines <- c(lines, sprintf("## %d thread%s", threads, if (threads > 1) "s" else ""),
               "",
               paired_table(runs, auc), "")
  }
} else {
  seconds <- stats::median(replicate(3, timed(score(2L))$wall))
  lines <- c(lines,
             sprintf("lightgbm is not installed; ours, 2 threads: %.2f s.", seconds))
}
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
