# Training speed of the booster beside its peers at equal trees, leaves and bins.
#
#   BENCH=boost make bench              40,000 and 500,000 rows x 60
#   BENCH_ROWS=2260000 BENCH_COLUMNS=80 BENCH=boost make bench
#
# Peers that are not installed are left out and named.
library(lcrisk)
folder <- "bench/lib"
for (file in c("machine.R", "credit.R", "paired.R")) source(file.path(folder, file))

TREES <- 100L
LEAVES <- 31L
BINS <- as.integer(Sys.getenv("BENCH_BINS", "255")) - 1L
PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "7"))
THREADS <- 2L

learner <- lcrisk_boost(
  trees = TREES, rate = 0.1, leaves = LEAVES, depth = 64, min_leaf = 20, l2 = 1, rows = 1,
  columns = 1, bins = BINS, folds = 0
)

ours <- function(data, trees = TREES) {
  learner$params$trees <- trees
  run <- lcrisk:::new_run(1, THREADS)
  lcrisk:::fit_core(learner, data$x, data$y, NULL, run)
}

auc_of <- function(y, score) as.numeric(lcrisk_auc(y, stats::plogis(score)))

# Settings of LightGBM that mean what ours mean
lightgbm_side <- function(data, matrix, ...) {
  levels <- which(vapply(data$x, is.factor, NA))
  settings <- list(
    objective = "binary", learning_rate = 0.1, num_leaves = LEAVES, max_depth = -1,
    min_data_in_leaf = 20, lambda_l2 = 1, max_bin = BINS + 1L, num_threads = THREADS,
    verbose = -1, min_sum_hessian_in_leaf = 0, ...
  )
  set <- lightgbm::lgb.Dataset(matrix, label = data$y, categorical_feature = levels,
                               params = settings, free_raw_data = FALSE)
  lightgbm::lgb.Dataset.construct(set)
  function() lightgbm::lgb.train(settings, set, TREES, verbose = -1)
}

measure <- function(n, p) {
  data <- credit_data(n, p, 1)
  test <- credit_data(200000, p, 2)
  matrix <- credit_matrix(data$x)
  test_matrix <- credit_matrix(test$x)
  bin_seconds <- stats::median(replicate(3, timed(function() ours(data, 1L))$wall))
  sides <- list(ours = function() ours(data))
  if (requireNamespace("lightgbm", quietly = TRUE)) {
    sides[["LightGBM row-wise"]] <- lightgbm_side(data, matrix, force_row_wise = TRUE)
    sides[["LightGBM col-wise"]] <- lightgbm_side(data, matrix, force_col_wise = TRUE)
    sides[["LightGBM quantised"]] <- lightgbm_side(
      data, matrix, force_row_wise = TRUE, use_quantized_grad = TRUE
    )
  }
  auc <- vapply(names(sides), function(side) {
    model <- sides[[side]]()
    score <- if (side == "ours") {
      lcrisk:::predict_core(learner, model, test$x, lcrisk:::new_run(1, THREADS))
    } else {
      stats::qlogis(stats::predict(model, test_matrix))
    }
    auc_of(test$y, score)
  }, 0)
  runs <- paired(sides, PAIRS)
  c(sprintf("## %s rows x %d", format(n, big.mark = ","), p), "",
    sprintf(paste("Ours goes from the data frame to the model: %.2f s of it is binning",
                  "and one tree. The peers' data sets were built before the clock",
                  "started."),
            bin_seconds), "",
    paired_table(runs, auc), "")
}

sizes <- if (nzchar(Sys.getenv("BENCH_ROWS"))) {
  list(as.integer(Sys.getenv(c("BENCH_ROWS", "BENCH_COLUMNS"))))
} else {
  list(c(40000L, 60L), c(500000L, 60L))
}
versions <- c(
  if (requireNamespace("lightgbm", quietly = TRUE)) {
    paste("lightgbm", utils::packageVersion("lightgbm"))
  } else {
    "lightgbm is not installed"
  }
)
lines <- c(
  machine(
    "Training boosted trees",
    sprintf(paste("%d trees, %d leaves, %d bins, rate 0.1, l2 1, at least 20 rows a",
                  "leaf, no sampling, no early stopping, %d threads; %d pairs in turns",
                  "A B B A. Ratio: peer / ours, median of pairs. AUC on 200,000 other",
                  "rows. %s; OMP_WAIT_POLICY=%s."),
            TREES, LEAVES, BINS + 1L, THREADS, PAIRS, paste(versions, collapse = ", "),
            Sys.getenv("OMP_WAIT_POLICY", "(default)")), ""
  ),
  unlist(lapply(sizes, function(s) measure(s[1L], s[2L])))
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
