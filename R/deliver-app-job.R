# Work that takes long is done by another R process, so that the app goes on answering.
# A job is a folder: what to do goes in as an rds file of our own, what came of it comes
# out. Nothing but R is needed.

# `what` names a function of this package
start_job <- function(what, ...) {
  folder <- tempfile("lcrisk-job")
  dir.create(folder)
  saveRDS(list(what = what, arguments = list(...)), file.path(folder, "ask"))
  code <- sprintf("lcrisk:::run_job(%s)", deparse(normalizePath(folder, "/")))
  rscript <- file.path(R.home("bin"), "Rscript")
  old <- Sys.getenv("R_LIBS", NA)
  Sys.setenv(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
  on.exit(if (is.na(old)) Sys.unsetenv("R_LIBS") else Sys.setenv(R_LIBS = old))
  system2(rscript, c("--no-init-file", "-e", shQuote(code)), wait = FALSE,
          stdout = file.path(folder, "said"), stderr = file.path(folder, "said"))
  structure(list(folder = folder, started = Sys.time()), class = "lcrisk_job")
}

# The other process: never fails, but says what failed
run_job <- function(folder) {
  ask <- readRDS(file.path(folder, "ask"))
  answer <- tryCatch(
    list(value = suppressWarnings(do.call(ask$what, ask$arguments,
                                          envir = environment(run_job)))),
    error = function(error) list(error = conditionMessage(error))
  )
  part <- file.path(folder, "part")
  saveRDS(answer, part)
  file.rename(part, file.path(folder, "answer"))
}

JOB_SECONDS <- 3600

# NULL while it runs; then a list of `value` or `error`
job_answer <- function(job) {
  path <- file.path(job$folder, "answer")
  if (file.exists(path)) {
    on.exit(unlink(job$folder, recursive = TRUE))
    return(readRDS(path))
  }
  if (difftime(Sys.time(), job$started, units = "secs") < JOB_SECONDS) return(NULL)
  list(error = "The work took more than an hour and was given up.")
}

# A reactive that starts the job when `ask` changes (a list of arguments, or NULL) and
# gives list(state = "idle", "busy", "done" or "failed", value, error)
use_job <- function(what, ask, session = shiny::getDefaultReactiveDomain()) {
  now <- shiny::reactiveVal(list(state = "idle"))
  job <- NULL
  shiny::observeEvent(ask(), {
    job <<- do.call(start_job, c(list(what), ask()))
    now(list(state = "busy"))
  })
  shiny::observe({
    if (!identical(now()$state, "busy")) return()
    answer <- job_answer(job)
    if (is.null(answer)) return(shiny::invalidateLater(200, session))
    failed <- !is.null(answer$error)
    now(c(list(state = if (failed) "failed" else "done"), answer))
  })
  now
}

# What to show of it: the result by `show`, or a word
job_status <- function(state, idle) {
  switch(state$state, idle = idle, busy = "Working in the background ...",
         failed = paste("This did not work:", state$error), done = "")
}
