# Training and scoring speed of the forest beside ranger at equal trees, features a node
# and node size, and AUC of both over seeds.
#
#   BENCH=forest make bench             40,000 and 500,000 rows x 60
#   BENCH_ROWS=2000000 BENCH_COLUMNS=60 BENCH_PAIRS=1 BENCH=forest make bench
#   BENCH_NODE=10 ...                   beside BENCH_ROWS: rows of a node left unsplit
#
# ranger takes no missing values (before 0.16): it gets a number below all others in their
# place, so that its trees can tell them apart, filled in before the clock starts; we get
# the data as they are.
library(lcrisk)
folder <- "bench/lib"
for (file in c("machine.R", "credit.R", "paired.R")) source(file.path(folder, file))
if (!requireNamespace("ranger", quietly = TRUE)) {
  message("forest: left out; ranger is not installed")
  quit(status = 0)
}

THREADS <- 2L
trees_for <- function(n) if (n > 100000L) 10L else 100L  # ranger needs minutes for ten
SEEDS <- seq_len(as.integer(Sys.getenv("BENCH_SEEDS", "3")))

FILL <- -1e9  # below every number of credit_data()

fill <- function(v) {
  if (is.factor(v)) return(v)
  v[is.na(v)] <- FILL
  v
}

# Ours and theirs with nodes of up to `size` rows left unsplit
sides_of <- function(data, size) {
  table <- as.data.frame(lapply(data$x, fill))
  outcome <- factor(data$y)
  mtry <- floor(sqrt(ncol(table)))
  trees <- trees_for(length(data$y))
  learner <- lcrisk_forest(trees = trees, mtry = mtry, min_leaf = 0, min_split = size + 1,
                           bins = 127)
  list(
    learner = learner,
    ours = function(seed = 1) {
      run <- lcrisk:::new_run(seed, THREADS)
      lcrisk:::fit_core(learner, data$x, data$y, NULL, run)
    },
    ranger = function(seed = 1) {
      ranger::ranger(x = table, y = outcome, num.trees = trees, mtry = mtry,
                     min.node.size = size, probability = TRUE, seed = seed,
                     num.threads = THREADS, respect.unordered.factors = "order",
                     verbose = FALSE)
    }
  )
}

auc_of <- function(y, prob) as.numeric(lcrisk_auc(y, prob))

measure <- function(n, p, size, pairs) {
  data <- credit_data(n, p, 1)
  test <- credit_data(50000, p, 2)
  test_table <- as.data.frame(lapply(test$x, fill))
  sides <- sides_of(data, size)
  score <- list(
    ours = function(model) {
      run <- lcrisk:::new_run(1, THREADS)
      stats::plogis(lcrisk:::predict_core(sides$learner, model, test$x, run))
    },
    ranger = function(model) {
      stats::predict(model, test_table, num.threads = THREADS)$predictions[, 2L]
    }
  )
  seeds <- if (n > 100000L) SEEDS[1L] else SEEDS
  models <- lapply(sides[c("ours", "ranger")], function(fit) lapply(seeds, fit))
  auc <- vapply(names(models), function(side) {
    mean(vapply(models[[side]], function(m) auc_of(test$y, score[[side]](m)), 0))
  }, 0)
  runs <- paired(sides[c("ours", "ranger")], pairs)
  walks <- paired(lapply(stats::setNames(nm = names(score)), function(side) {
    function() score[[side]](models[[side]][[1L]])
  }), pairs)
  ratio_of <- function(runs, unit) {
    stats::median(runs[[paste0(unit, "_peer")]] / runs[[paste0(unit, "_ours")]])
  }
  c(sprintf("## %s rows x %d, %d trees, nodes of up to %d rows unsplit",
            format(n, big.mark = ","), p, trees_for(n), size), "",
    paired_table(runs, auc), "",
    sprintf("Training takes %.1f times the processor seconds in ranger.",
            ratio_of(runs, "cpu")),
    sprintf(paste("Predicting 50,000 rows: %.2f s against %.2f s, %.1f times; in",
                  "processor seconds %.1f times."),
            stats::median(walks$wall_ours), stats::median(walks$wall_peer),
            ratio_of(walks, "wall"), ratio_of(walks, "cpu")),
    sprintf("Model in memory: %s against %s.",
            format(utils::object.size(models$ours[[1L]]), units = "MB"),
            format(utils::object.size(models$ranger[[1L]]), units = "MB")), "")
}

cases <- if (nzchar(Sys.getenv("BENCH_ROWS"))) {
  list(as.integer(c(Sys.getenv(c("BENCH_ROWS", "BENCH_COLUMNS")),
                    Sys.getenv("BENCH_NODE", "200"))))
} else {
  list(c(40000L, 60L, 10L), c(40000L, 60L, 200L), c(500000L, 60L, 10L),
       c(500000L, 60L, 1000L))
}
pairs_for <- function(n) {
  given <- Sys.getenv("BENCH_PAIRS")
  if (nzchar(given)) as.integer(given) else if (n > 100000L) 2L else 7L
}
lines <- c(
  machine(
    "Training random forests",
    sprintf(paste("Probability trees, the square root of the features drawn at a",
                  "node, bootstrap of all rows, out-of-bag error included, %d threads;",
                  "pairs in turns A B B A. Ratio: ranger / ours, median of pairs. Ours",
                  "goes from the data frame to the model, binning (127 bins) included.",
                  "AUC on 50,000 other rows, mean of %d seeds (one at 500,000 rows);",
                  "ranger %s."),
            THREADS, length(SEEDS), utils::packageVersion("ranger")), ""
  ),
  unlist(lapply(cases, function(s) measure(s[1L], s[2L], s[3L], pairs_for(s[1L]))))
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
