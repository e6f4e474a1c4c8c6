# Runs the tests of the installed package and ends with one line:
#   N passed, N failed, N skipped
# With arguments, only the test files whose names match one of them.

suppressPackageStartupMessages({
  library(testthat)
  library(lcrisk)
})

# Under tools/sanitize.sh leaks are looked for in this process, not in its children:
# the shell that starts them has some of its own.
if (nzchar(Sys.getenv("LCRISK_SANITIZED"))) Sys.setenv(ASAN_OPTIONS = "detect_leaks=0")

only <- commandArgs(TRUE)
started <- proc.time()[["elapsed"]]
results <- as.data.frame(test_dir(
  "tests/testthat", package = "lcrisk", load_package = "installed",
  filter = if (length(only)) paste(only, collapse = "|"),
  reporter = "summary", stop_on_failure = FALSE, stop_on_warning = FALSE
))

seconds <- tapply(results$real, results$file, sum)
slow <- sort(seconds[seconds > 5], decreasing = TRUE)
for (file in names(slow)) cat(sprintf("%-40s %5.1f s\n", file, slow[[file]]))
warned <- results[results$warning > 0L, ]
for (i in seq_len(nrow(warned))) {
  cat(sprintf("%s: \"%s\" warns\n", warned$file[i], warned$test[i]))
}

# A warning that no test expects is a failure: someone would see it and wonder.
failed <- sum(results$failed) + sum(results$error) + sum(results$warning)
skipped <- sum(results$skipped)
passed <- sum(results$passed)
cat(sprintf("tests of the package took %.0f s\n", proc.time()[["elapsed"]] - started))
cat(sprintf("%d passed, %d failed, %d skipped\n", passed, failed, skipped))
quit(status = as.integer(failed > 0L || passed == 0L))
