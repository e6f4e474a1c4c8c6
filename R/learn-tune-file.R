# The file that a search goes on from: a line of text per result, written as soon as it is
# there. A line that was cut short counts as not there, so a crash costs one result.
#
#   # lcrisk_tune 1
#   <search> TAB <candidate> TAB <fold> TAB <score> TAB <seconds>
#
# A search is a hash of everything that decides its results; several may share a file.

TUNE_HEADER <- "# lcrisk_tune 1"

check_tune_file <- function(file, call = caller_env()) {
  file <- check_string(file, "file", call)
  if (!file.exists(file)) {
    begun <- tryCatch(
      {
        cat(TUNE_HEADER, "\n", sep = "", file = file)
        TRUE
      },
      error = function(error) FALSE, warning = function(warning) FALSE
    )
    if (begun) return(file)
    lcrisk_abort("io", "cannot_write", sprintf("`%s` cannot be written.", file),
                 cure = "Name a file in a folder that exists.", arg = "file", call = call)
  }
  first <- tryCatch(readLines(file, 1L, warn = FALSE), error = function(error) "")
  if (!identical(first, TUNE_HEADER)) {
    lcrisk_abort("input", "not_a_search",
                 sprintf("`%s` exists and was not written by lcrisk_tune().", file),
                 cure = "Name another file.", arg = "file", call = call)
  }
  file
}

# What decides the results of a candidate on a fold
search_key <- function(task, plan, folds, run) {
  how <- plan$how
  .Call(ffi_hash_vectors, list(
    data = data_hash(task$columns, task$y), weights = task$weights, row = task$row,
    folds = lapply(folds, function(fold) lapply(fold[c("train", "test")], as.integer)),
    learner = plain_text(bare_learner(plan$candidates[[1L]])), metric = plan$metric,
    seed = run$seed, how = plain_text(how), infinite = task$infinite,
    version = package_version_text()
  ))
}

plain_text <- function(x) {
  paste(deparse(x, control = c("keepNA", "keepInteger", "digits17")), collapse = " ")
}

# A data.table of the results of this search so far
read_tune_file <- function(file, search) {
  lines <- readLines(file, warn = FALSE)[-1L]
  fields <- strsplit(lines, "\t", fixed = TRUE)
  fields <- fields[lengths(fields) == 5L]
  mine <- Filter(function(one) one[1L] == search, fields)
  column <- function(i) vapply(mine, `[[`, "", i)
  number <- function(i) suppressWarnings(as.double(column(i)))
  out <- data.table(candidate = column(2L), fold = number(3L), score = number(4L),
                    seconds = number(5L))
  out[is.finite(out[["score"]]) & is.finite(out[["fold"]])]
}

known_score <- function(known, candidate, fold) {
  at <- which(known[["candidate"]] == candidate & known[["fold"]] == fold)
  if (length(at)) known[at[1L]]
}

# Seconds end the line, so that a score cut short never looks whole
keep_score <- function(file, search, candidate, fold, score, seconds) {
  if (is.null(file)) return(invisible())
  cat(if (is_torn(file)) "\n",
      sprintf("%s\t%s\t%d\t%.17g\t%.3f\n", search, candidate, fold, score, seconds),
      sep = "", file = file, append = TRUE)
}

is_torn <- function(file) {
  connection <- file(file, "rb")
  on.exit(close(connection))
  seek(connection, max(0, file.size(file) - 1))
  !identical(readBin(connection, "raw", 1L), as.raw(10L))
}
