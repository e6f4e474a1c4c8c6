# Contributions of boosted trees beside XGBoost's and LightGBM's, at equal trees, leaves
# and depth; each library explains the model it trained itself, from its own form of the
# same rows.
#
#   BENCH=shap make bench
#   BENCH_ROWS=100000 BENCH_PAIRS=3 BENCH=shap make bench
#
# Reported: seconds per call, the ratio of paired runs, the same in CPU seconds, and by
# how much base and contributions miss the log-odds at most.
library(lcrisk)
for (file in c("machine.R", "credit.R", "paired.R", "python.R")) {
  source(file.path("bench/lib", file))
}

TREES <- 300L
COLUMNS <- 60L
TRAIN <- as.integer(Sys.getenv("BENCH_TRAIN", "40000"))
ROWS <- as.integer(Sys.getenv("BENCH_ROWS", "10000"))
PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "3"))
THREADS <- as.integer(Sys.getenv("BENCH_THREADS", "2"))

data <- credit_data(TRAIN, COLUMNS, 1)
rows <- credit_data(ROWS, COLUMNS, 2)
levels <- which(vapply(data$x, is.factor, NA))

ours <- function(leaves, depth) {
  learner <- lcrisk_boost(trees = TREES, rate = 0.1, leaves = leaves, depth = depth,
                          min_leaf = 20, rows = 1, columns = 1, bins = 254, folds = 0)
  run <- lcrisk:::new_run(1, THREADS)
  core <- lcrisk:::fit_core(learner, data$x, data$y, NULL, run)
  how <- list(interactions = FALSE, reference = NULL)
  list(
    explain = function() lcrisk:::explain_core(learner, core, rows$x, how, run),
    error = function(found) {
      link <- lcrisk:::predict_core(learner, core, rows$x, run)
      max(abs(rowSums(found$value) + found$base - link))
    }
  )
}

lightgbm_side <- function(leaves, depth) {
  settings <- list(
    objective = "binary", learning_rate = 0.1, num_leaves = leaves, max_depth = depth,
    min_data_in_leaf = 20, lambda_l2 = 1, max_bin = 255, num_threads = THREADS,
    verbose = -1, force_row_wise = TRUE
  )
  set <- lightgbm::lgb.Dataset(credit_matrix(data$x), label = data$y,
                               categorical_feature = levels, params = settings)
  model <- lightgbm::lgb.train(settings, set, TREES, verbose = -1)
  matrix <- credit_matrix(rows$x)
  predict <- function(type) {
    stats::predict(model, matrix, type = type, params = list(num_threads = THREADS))
  }
  list(
    explain = function() predict("contrib"),
    error = function(found) max(abs(rowSums(found) - predict("raw")))
  )
}

# It times itself, in its own process
xgboost_side <- function(peers, leaves, depth) {
  peers$open("xgboost", "xgboost", TREES, leaves, 256, "lossguide",
             if (depth > 63L) 0L else depth)
  peers$train("xgboost")
  missed <- NA
  list(
    explain = function() {
      told <- peers$explain("xgboost")
      missed <<- told[3L]
      structure(list(wall = told[1L], cpu = told[2L]), class = "spent")
    },
    error = function(found) {
      force(found)  # explaining tells it
      missed
    }
  )
}

measure <- function(peers, leaves, depth) {
  message(sprintf("%d leaves, depth %d", leaves, depth))
  sides <- list(ours = ours(leaves, depth))
  if (!is.null(peers)) sides$XGBoost <- xgboost_side(peers, leaves, depth)
  if (has_lightgbm) sides$LightGBM <- lightgbm_side(leaves, depth)
  error <- vapply(sides, function(side) side$error(side$explain()), 0)
  runs <- paired(lapply(sides, `[[`, "explain"), PAIRS)
  vapply(names(sides)[-1L], function(peer) {
    own <- runs[runs$peer == peer, ]
    ratio <- function(what) {
      each <- own[[paste0(what, "_peer")]] / own[[paste0(what, "_ours")]]
      sprintf("%.1f (%.1f to %.1f)", stats::median(each), min(each), max(each))
    }
    sprintf("| %d leaves, depth %s | %s | %.3f | %.3f | %s | %s | %.1e | %.1e |", leaves,
            if (depth > 63L) "free" else depth, peer, stats::median(own$wall_ours),
            stats::median(own$wall_peer), ratio("wall"), ratio("cpu"), error[["ours"]],
            error[[peer]])
  }, "")
}

has_lightgbm <- requireNamespace("lightgbm", quietly = TRUE)
peers <- python_peers(credit_matrix(data$x), credit_matrix(rows$x), data$y, levels,
                      THREADS)
if (!is.null(peers) && peers$version("xgboost") == "missing") peers <- NULL
if (is.null(peers) && !has_lightgbm) {
  message("shap: left out; neither xgboost nor lightgbm is installed")
  quit(status = 0)
}
versions <- c(
  if (!is.null(peers)) paste("XGBoost", peers$version("xgboost")),
  if (has_lightgbm) paste("LightGBM", utils::packageVersion("lightgbm"))
)
rows_of_table <- character()
for (shape in list(c(31L, 6L), c(6L, 4L), c(31L, 64L))) {
  found <- measure(peers, shape[1L], shape[2L])
  message(paste(found, collapse = "\n"))
  rows_of_table <- c(rows_of_table, found)
}
lines <- c(
  machine("Contributions", sprintf(
    paste("%d trees, %s rows of %d columns explained, %d threads; %s. Pairs in turns",
          "A B B A. Ratio: peer / ours, median of pairs. Error: by how much base and",
          "contributions miss the log-odds at most."), TREES,
    format(ROWS, big.mark = ","), COLUMNS, THREADS, paste(versions, collapse = ", ")
  ), ""),
  "| model | peer | ours, s | peer, s | ratio | ratio of CPU | our error | its error |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |",
  rows_of_table
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
if (!is.null(peers)) peers$close()
