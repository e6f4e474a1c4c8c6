# Training speed of the booster beside its peers at equal trees, leaves and bins.
#
#   make bench-boost                    40,000 and 500,000 rows x 60
#   BENCH_ROWS=2260000 BENCH_COLUMNS=80 BENCH_PAIRS=3 make bench-boost
#   BENCH_BUSY=1 make bench-boost       each size once more beside a busy process
#   BENCH_PEERS=gbm make bench-boost    only peers whose names match
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip ...   the real loans up to 2010 too;
#                                       with BENCH_ROWS=0 nothing else
#
# Peers that are not installed are left out and named.
library(lcrisk)
for (file in c("machine.R", "credit.R", "paired.R", "python.R", "vintages.R")) {
  source(file.path("bench/lib", file))
}

TREES <- 100L
LEAVES <- 31L
BINS <- as.integer(Sys.getenv("BENCH_BINS", "255")) - 1L
PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "7"))
BUSY <- nzchar(Sys.getenv("BENCH_BUSY"))
THREADS <- 2L
GBM_ROWS <- 50000L  # it needs minutes for more

learner <- lcrisk_boost(
  trees = TREES, rate = 0.1, leaves = LEAVES, depth = 64, min_leaf = 20, l2 = 1, rows = 1,
  columns = 1, bins = BINS, folds = 0
)

ours <- function(data, trees = TREES) {
  learner$params$trees <- trees
  run <- lcrisk:::new_run(1, THREADS)
  lcrisk:::fit_core(learner, data$x, data$y, NULL, run)
}

auc_of <- function(y, prob) as.numeric(lcrisk_auc(y, prob))

# Settings of LightGBM that mean what ours mean
lightgbm_set <- function(data, matrix, ...) {
  levels <- which(vapply(data$x, is.factor, NA))
  settings <- list(
    objective = "binary", learning_rate = 0.1, num_leaves = LEAVES, max_depth = -1,
    min_data_in_leaf = 20, lambda_l2 = 1, max_bin = BINS + 1L, num_threads = THREADS,
    verbose = -1, min_sum_hessian_in_leaf = 0, ...
  )
  set <- lightgbm::lgb.Dataset(matrix, label = data$y, categorical_feature = levels,
                               params = settings, free_raw_data = FALSE)
  lightgbm::lgb.Dataset.construct(set)
  list(settings = settings, set = set)
}

lightgbm_side <- function(data, matrix, test, ...) {
  ready <- lightgbm_set(data, matrix, ...)
  list(
    train = function() lightgbm::lgb.train(ready$settings, ready$set, TREES,
                                           verbose = -1),
    predict = function(model) stats::predict(model, test)
  )
}

# What a user with a data frame waits for
lightgbm_whole <- function(data, test) {
  list(
    train = function() {
      ready <- lightgbm_set(data, credit_matrix(data$x), force_row_wise = TRUE)
      lightgbm::lgb.train(ready$settings, ready$set, TREES, verbose = -1)
    },
    predict = function(model) stats::predict(model, test)
  )
}

# gbm cuts at every value, one thread; its depth counts splits, so that one less than the
# leaves are the same tree
gbm_side <- function(data, test) {
  table <- as.data.frame(data$x)
  list(
    train = function() {
      gbm::gbm.fit(table, data$y, distribution = "bernoulli", n.trees = TREES,
                   interaction.depth = LEAVES - 1L, n.minobsinnode = 20,
                   shrinkage = 0.1, bag.fraction = 1, verbose = FALSE)
    },
    predict = function(model) {
      stats::predict(model, as.data.frame(test$x), n.trees = TREES)
    }
  )
}

python_side <- function(peers, name, kind, policy) {
  peers$open(name, kind, TREES, LEAVES, BINS + 1L, policy)
  list(
    train = function() {
      spent <- peers$train(name)
      structure(list(wall = spent[1L], cpu = spent[2L]), class = "spent")
    },
    predict = function(model) {
      force(model)  # trains
      peers$predict(name)
    }
  )
}

sides_of <- function(data, test, peers) {
  matrix <- credit_matrix(data$x)
  test_matrix <- credit_matrix(test$x)
  run <- lcrisk:::new_run(1, THREADS)
  sides <- list(ours = list(
    train = function() ours(data),
    predict = function(m) stats::plogis(lcrisk:::predict_core(learner, m, test$x, run))
  ))
  if (requireNamespace("lightgbm", quietly = TRUE)) {
    side <- function(...) lightgbm_side(data, matrix, test_matrix, ...)
    sides[["LightGBM row-wise"]] <- side(force_row_wise = TRUE)
    sides[["LightGBM col-wise"]] <- side(force_col_wise = TRUE)
    sides[["LightGBM quantised"]] <- side(force_row_wise = TRUE,
                                          use_quantized_grad = TRUE)
    sides[["LightGBM from the data frame"]] <- lightgbm_whole(data, test_matrix)
  }
  if (length(data$y) <= GBM_ROWS && requireNamespace("gbm", quietly = TRUE)) {
    sides[["gbm"]] <- gbm_side(data, test)
  }
  if (!is.null(peers) && peers$version("xgboost") != "missing") {
    sides[["XGBoost lossguide"]] <- python_side(peers, "xgb", "xgboost", "lossguide")
  }
  if (!is.null(peers) && peers$version("sklearn") != "missing") {
    sides[["scikit-learn HGB"]] <- python_side(peers, "hgb", "sklearn", "-")
  }
  sides[names(sides) == "ours" | grepl(Sys.getenv("BENCH_PEERS"), names(sides))]
}

made <- function(n, p) {
  measure(sprintf("%s rows x %d", format(n, big.mark = ","), p), credit_data(n, p, 1),
          credit_data(200000, p, 2))
}

# Policy loans issued up to 2009, judged on those of 2010; 2011 takes no part
real <- function() {
  frame <- playground("boost")
  early <- frame$issue_d < as.Date("2010-01-01")
  table <- as.data.frame(frame)[lcrisk:::columns_with_role(frame, "feature")]
  learned <- suppressWarnings(lcrisk:::learn_blueprint(table[early, ]))
  x <- suppressWarnings(lcrisk:::apply_blueprint(learned$blueprint, table[!early, ]))
  measure(sprintf("Real loans: %s up to 2009 x %d, judged on %s of 2010",
                  format(sum(early), big.mark = ","), length(learned$x),
                  format(sum(!early), big.mark = ",")),
          list(x = learned$x, y = frame$default[early]),
          list(x = x, y = frame$default[!early]))
}

measure <- function(title, data, test) {
  # first of all: memory that an earlier fit gave back would hide what this one takes
  memory <- peak_memory(function() ours(data))
  levels <- which(vapply(data$x, is.factor, NA))
  peers <- python_peers(credit_matrix(data$x), credit_matrix(test$x), data$y, levels,
                        THREADS)
  on.exit(if (!is.null(peers)) peers$close())
  sides <- sides_of(data, test, peers)
  auc <- vapply(sides, function(side) auc_of(test$y, side$predict(side$train())), 0)
  bin_seconds <- stats::median(replicate(5, timed(function() ours(data, 1L))$wall))
  calls <- lapply(sides, `[[`, "train")
  runs <- paired(calls, PAIRS)
  lines <- c(
    paste("##", title), "",
    sprintf(paste("Ours always goes from the data frame to the model: %.2f s of it is",
                  "binning and one tree, and it needs %.0f MB beside the data. HGB bins",
                  "inside the clock too; the data sets of the others were built before",
                  "it started, except where the table says from the data frame."),
            bin_seconds, memory), "",
    paired_table(runs, auc, bin_seconds * (1 - 1 / TREES)), ""
  )
  if (!BUSY) return(lines)
  quiet <- stats::median(runs$wall_ours)
  busy <- with_busy_neighbour(paired(calls[seq_len(min(4L, length(calls)))], 3L))
  c(lines, sprintf(
    paste("Beside a process that keeps one processor busy: ours %.2f s, %.2f times its",
          "quiet time; %s."),
    stats::median(busy$wall_ours), stats::median(busy$wall_ours) / quiet,
    paste(vapply(split(busy, busy$peer), function(r) {
      sprintf("%s %.2f s", r$peer[1L], stats::median(r$wall_peer))
    }, ""), collapse = ", ")
  ), "")
}

sizes <- if (Sys.getenv("BENCH_ROWS") == "0") {
  list()
} else if (nzchar(Sys.getenv("BENCH_ROWS"))) {
  list(as.integer(Sys.getenv(c("BENCH_ROWS", "BENCH_COLUMNS"))))
} else {
  list(c(40000L, 60L), c(500000L, 60L))
}
version_of <- function(package) {
  if (!requireNamespace(package, quietly = TRUE)) return(paste(package, "missing"))
  paste(package, utils::packageVersion(package))
}
python_version <- function() {
  python <- find_python()
  if (is.null(python)) return("no Python with scikit-learn")
  code <- paste("import sklearn, xgboost;",
                "print('xgboost', xgboost.__version__, 'scikit-learn',",
                "sklearn.__version__)")
  found <- suppressWarnings(system2(python, c("-c", shQuote(code)), stdout = TRUE,
                                    stderr = FALSE))
  if (length(found)) found[1L] else "xgboost missing"
}
lines <- c(
  machine(
    "Training boosted trees",
    sprintf(paste("%d trees, %d leaves, %d bins, rate 0.1, l2 1, at least 20 rows a leaf",
                  "(XGBoost: hessian 2), no sampling, no early stopping, %d threads; %d",
                  "pairs in turns A B B A. Ratio: peer / ours, median of pairs;",
                  "\"training only\" takes our binning off. AUC on 200,000 other rows",
                  "(real loans: those of 2010).",
                  "%s; %s; %s;",
                  "OMP_WAIT_POLICY=%s."),
            TREES, LEAVES, BINS + 1L, THREADS, PAIRS, version_of("lightgbm"),
            version_of("gbm"), python_version(),
            Sys.getenv("OMP_WAIT_POLICY", "(default)")), ""
  ),
  unlist(lapply(sizes, function(s) made(s[1L], s[2L]))),
  if (nzchar(Sys.getenv("LCRISK_DATA"))) real()
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
