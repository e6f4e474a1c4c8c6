# What a model file withstands: mutants with a right checksum, and kill -9 while saving.
# The executions of the fuzz target are counted from libFuzzer's own final statistics,
# in the logs of a folder.
#
#   Rscript bench/model-file.R bench/results/model-file.md [FOLDER OF FUZZ LOGS]

library(lcrisk)
arguments <- commandArgs(TRUE)
n_mutants <- 10000L
n_kills <- 50L

set.seed(1)
rows <- function(n) {
  data <- data.frame(
    income = round(stats::runif(n, 20, 100), 2), score = sample(600:800, n, TRUE),
    home = sample(c("OWN", "RENT", "MORTGAGE", NA), n, TRUE)
  )
  odds <- -1.2 - 0.06 * (data$income - 60) + 0.9 * (data$home %in% "RENT")
  data$y <- as.integer(stats::runif(n) < stats::plogis(odds))
  data
}
data <- rows(600L)
train <- function(learner, seed = 1) {
  suppressWarnings(lcrisk_train(y ~ ., data, learner = learner, seed = seed))
}

# ---- mutants ---------------------------------------------------------------------

# Bits turned, bytes set, bytes copied elsewhere; then the checksum made right. Refused by
# class, or loaded as a model that predicts as before: nothing else may come of it.
mutate <- function(bytes) {
  n <- length(bytes) - 32L
  for (k in seq_len(sample(3L, 1L))) {
    at <- sample(n - 24L, 1L) + 24L
    bytes[at] <- switch(
      sample(3L, 1L), xor(bytes[at], as.raw(2^(sample(8L, 1L) - 1L))),
      as.raw(sample(c(0L, 1L, 127L, 128L, 255L), 1L)), bytes[sample(n, 1L)]
    )
  }
  bytes[n + 1:32] <- .Call(lcrisk:::ffi_model_digest, bytes[1:n])
  bytes
}

try_mutants <- function(learner, n) {
  model <- train(learner)
  want <- predict(model, data)
  path <- tempfile()
  lcrisk_save(model, path)
  whole <- readBin(path, "raw", file.size(path))
  count <- c(refused = 0L, same = 0L, other = 0L)
  for (k in seq_len(n)) {
    writeBin(mutate(whole), path)
    got <- tryCatch(suppressWarnings(predict(lcrisk_load(path), data)),
                    lcrisk_error_model = function(e) NULL, error = identity)
    what <- if (is.null(got)) "refused" else if (identical(got, want)) "same" else "other"
    count[what] <- count[what] + 1L
  }
  count
}

learners <- list(
  lcrisk_boost(trees = 20, folds = 0), lcrisk_logit(ridge = 0.1),
  lcrisk_forest(trees = 5), lcrisk_additive(folds = 0, rounds = 20),
  lcrisk_blend(list(lcrisk_logit(ridge = 0.1), lcrisk_boost(trees = 5, folds = 0)))
)
mutants <- Reduce(`+`, lapply(learners, try_mutants, n_mutants %/% length(learners)))

# ---- kill -9 -------------------------------------------------------------------------

models <- list(train(lcrisk_boost(trees = 300, folds = 0)),
               train(lcrisk_boost(trees = 250, folds = 0), 2))
folder <- tempfile()
dir.create(folder)
path <- file.path(folder, "model.lcrisk")
contents <- lapply(models, function(model) {
  lcrisk_save(model, path)
  readBin(path, "raw", file.size(path))
})
saved <- file.path(folder, c("one.rds", "two.rds"))
for (k in 1:2) saveRDS(models[[k]], saved[k])
pid <- file.path(folder, "pid")
code <- file.path(folder, "save.R")
writeLines(c(
  sprintf("library(lcrisk, lib.loc = %s)", deparse(dirname(find.package("lcrisk")))),
  sprintf("models <- lapply(c(%s, %s), readRDS)", deparse(saved[1L]), deparse(saved[2L])),
  sprintf("writeLines(as.character(Sys.getpid()), %s)", deparse(pid)),
  sprintf("repeat for (model in models) lcrisk_save(model, %s)", deparse(path))
), code)
torn <- reads <- 0L
for (round in seq_len(n_kills)) {
  unlink(pid)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", code), wait = FALSE,
          stdout = FALSE, stderr = FALSE)
  while (!file.exists(pid) || file.size(pid) == 0) Sys.sleep(0.02)
  Sys.sleep(stats::runif(1L, 0, 0.3))
  for (look in 1:10) {  # who reads meanwhile sees whole files
    lcrisk_load(path)
    reads <- reads + 1L
  }
  tools::pskill(as.integer(readLines(pid)), tools::SIGKILL)
  if (!list(readBin(path, "raw", file.size(path))) %in% contents) torn <- torn + 1L
}
unlink(folder, recursive = TRUE)

# ---- what the fuzzer did ---------------------------------------------------------------

fuzzed <- if (length(arguments) > 1L) {
  logs <- list.files(arguments[2L], "^fuzz-.*log$", full.names = TRUE)
  text <- unlist(lapply(logs, readLines, warn = FALSE))
  done <- sub(".*: *", "", grep("number_of_executed_units", text, value = TRUE))
  findings <- length(grep("ERROR: |SUMMARY: |runtime error", text))
  sprintf("| runs of the fuzz target (ASan, UBSan, checksum made right) | %s, %d %s |",
          formatC(sum(as.numeric(done)), format = "d", big.mark = ","), findings,
          "findings | 20,000,000, 0 findings")
}

count <- function(x) formatC(x, format = "d", big.mark = ",")
text <- c(
  "# The model file", "",
  sprintf("%s. Made by `bench/model-file.R`; fuzz target: `tests/core/fuzz_model.c`.",
          format(Sys.Date())), "",
  "| what | figure | wanted |", "| --- | --- | --- |",
  sprintf("| mutants with a right checksum, %d learners | %s: %s refused, %s %s |",
          length(learners), count(sum(mutants)), count(mutants[["refused"]]),
          count(mutants[["same"]]),
          sprintf("loaded and predict as before, %d anything else | 10,000, 0 else",
                  mutants[["other"]])),
  sprintf("| kill -9 while saving | %d, %d torn; %s loads meanwhile, all whole | %s |",
          n_kills, torn, count(reads), "50, 0 torn"),
  fuzzed
)
writeLines(text)
if (length(arguments)) writeLines(text, arguments[1L])
