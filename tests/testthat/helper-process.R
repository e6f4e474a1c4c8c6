# Runs R code in a process of its own and gives what it saved: the code assigns
# `result`. Times out, so that a hanging child fails a test and does not stop it.
in_process <- function(code, seconds = 120, environment = character()) {
  files <- tempfile(c("code", "result", "output"), fileext = c(".R", ".rds", ".txt"))
  on.exit(unlink(files))
  writeLines(c(
    sprintf("library(lcrisk, lib.loc = %s)", deparse(dirname(find.package("lcrisk")))),
    code, sprintf("saveRDS(result, %s)", deparse(files[2L]))
  ), files[1L])
  rscript <- file.path(R.home("bin"), "Rscript")
  status <- suppressWarnings(system2(
    rscript, c("--vanilla", shQuote(files[1L])), stdin = nullfile(), stdout = files[3L],
    stderr = files[3L], timeout = seconds, env = environment
  ))
  output <- readLines(files[3L], warn = FALSE)
  list(
    status = status, output = output,
    result = if (status == 0L && file.exists(files[2L])) readRDS(files[2L])
  )
}

# Something as long as wanted that uses threads and can be interrupted: each sample takes
# about a millisecond. It runs in this process or, by definition(), in another one.
busy <- function(samples, run) {
  input <- lcrisk:::metric_input(rep(0:1, 10000L), seq_len(20000L) / 20001, NULL)
  plan <- list(cutoff = 0.5, partial = c(0, 0.2), severity = 1)
  .Call(lcrisk:::ffi_measure_resample, lcrisk:::measure_input(input, plan),
        lcrisk:::draw_plan("rows"), samples, run)
}

# Code for in_process() that defines the function called `name`
definition <- function(name) {
  c(paste(name, "<-"), deparse(get(name, mode = "function"), control = "keepInteger"))
}

# Code for in_process(): `interrupted(call)` sends SIGINT to the process a while after
# `call` began, and gives the class of what came of it and the seconds from the signal
# to the return. Unix only.
interrupting <- '
interrupted <- function(call, after = 0.3) {
  stamp <- tempfile()
  system(sprintf("(sleep %g; date +%%s.%%N > \'%s\'; kill -INT %d) >/dev/null 2>&1 &",
                 after, stamp, Sys.getpid()))
  ended <- tryCatch({ force(call); "ended by itself" }, interrupt = class, error = class)
  back <- as.numeric(Sys.time())
  list(ended = ended[1L], seconds = back - as.numeric(readLines(stamp)))
}
resident <- function() {  # megabytes
  pages <- scan("/proc/self/statm", quiet = TRUE)[2L]
  pages * 4096 / 1e6
}
'

# Starts R code in a process of its own and kills it (SIGKILL) `delay` seconds after the
# file `acknowledged` has got `writes` lines
kill_after_writes <- function(code, acknowledged, writes, delay, patience = 60) {
  file <- tempfile(fileext = ".R")
  pid <- tempfile()
  on.exit(unlink(c(file, pid)))
  writeLines(c(
    sprintf("cat(Sys.getpid(), file = %s)", deparse(pid)),
    sprintf("library(lcrisk, lib.loc = %s)", deparse(dirname(find.package("lcrisk")))),
    code
  ), file)
  rscript <- file.path(R.home("bin"), "Rscript")
  system2(rscript, c("--vanilla", shQuote(file)), stdin = nullfile(), stdout = FALSE,
          stderr = FALSE, wait = FALSE)
  started <- proc.time()[["elapsed"]]
  while (length(readLines(acknowledged)) < writes) {
    if (proc.time()[["elapsed"]] - started > patience) stop("the writer wrote nothing")
    Sys.sleep(0.02)
  }
  Sys.sleep(delay)
  tools::pskill(scan(pid, quiet = TRUE), tools::SIGKILL)
  Sys.sleep(0.1)
}
