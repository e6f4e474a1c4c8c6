# Lines of R and C that the tests of the package run, by covr, on a copy in build/: it
# compiles where the sources are.

only <- strsplit(Sys.getenv("COVERAGE_ONLY"), " ")[[1L]]
folder <- file.path("build", "coverage")
unlink(folder, recursive = TRUE)
dir.create(folder, recursive = TRUE)
parts <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "R", "inst", "src", "tests")
invisible(file.copy(parts, folder, recursive = TRUE))
unlink(list.files(file.path(folder, "src"), "[.](o|so)$", recursive = TRUE,
                  full.names = TRUE))
tests <- sprintf(
  "testthat::test_dir(%s, package = \"lcrisk\", load_package = \"installed\", %s)",
  deparse(normalizePath("tests/testthat")),
  sprintf("filter = %s, reporter = \"minimal\", stop_on_failure = FALSE",
          if (length(only)) deparse(paste(only, collapse = "|")) else "NULL")
)
Sys.setenv(NOT_CRAN = "true")
covered <- covr::package_coverage(folder, type = "none", code = tests, quiet = TRUE)
lines <- covr::tally_coverage(covered, by = "line")
for (side in c("R", "C")) {
  mine <- if (side == "R") startsWith(lines$filename, "R/")
  else grepl("^src/.*[.]c$", lines$filename)
  run <- sum(lines$value[mine] > 0)
  cat(sprintf("%s by the tests of the package: %d of %d lines, %.1f %%\n", side, run,
              sum(mine), 100 * run / sum(mine)))
}
by_file <- tapply(lines$value > 0, lines$filename, mean)
print(round(100 * sort(by_file)[1:10], 1))
