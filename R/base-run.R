# What every long call hands to the core: threads, seed, progress.

#' Threads that lcrisk uses
#'
#' The default of every `threads =` argument. Results never depend on it: the same
#' seed gives the same bits on any number of threads.
#'
#' @param threads NULL to ask, or a whole number of at least 1 to set the option
#'   `lcrisk.threads` for this session.
#' @param ... Nothing else: an unknown argument is an error.
#' @return The number of threads (integer). When setting, the old value, invisibly.
#' @details The first of these that is set counts: `options(lcrisk.threads =)`, the
#'   environment variable `LCRISK_THREADS`, and 2. The result is never above the
#'   number of processors, `OMP_THREAD_LIMIT`, or 2 where `_R_CHECK_LIMIT_CORES_`
#'   is set, and it is 1 in a forked child, whose parent already uses the others.
#' @section Errors: `lcrisk_error_input` when a setting is not a whole number of at
#'   least 1.
#' @examples
#' lcrisk_threads()
#' old <- lcrisk_threads(1)
#' lcrisk_threads(old)
#' @export
lcrisk_threads <- function(threads = NULL, ...) {
  check_call(...)
  if (!is.null(threads)) {
    threads <- resolve_threads(threads)
    old <- lcrisk_threads()
    options(lcrisk.threads = threads)
    return(invisible(old))
  }
  if (Sys.getpid() != state$process_id) return(1L)
  wanted <- getOption("lcrisk.threads") %||%
    threads_from_environment("LCRISK_THREADS") %||% 2L
  wanted <- check_count(wanted, arg = "lcrisk.threads")
  limit <- threads_from_environment("OMP_THREAD_LIMIT") %||% .Machine$integer.max
  if (nzchar(Sys.getenv("_R_CHECK_LIMIT_CORES_"))) limit <- min(limit, 2L)
  as.integer(max(1L, min(wanted, limit, state$processors)))
}

threads_from_environment <- function(name) {
  value <- Sys.getenv(name)
  if (!nzchar(value)) return(NULL)
  number <- suppressWarnings(as.integer(value))
  if (is.na(number) || number < 1L) {
    lcrisk_abort(
      "input", "bad_environment",
      sprintf("The variable `%s` must be a whole number of at least 1, not \"%s\".", name,
              value),
      cure = "Correct or unset it."
    )
  }
  number
}

# Facts about the process, found once in .onLoad()
state <- new.env(parent = emptyenv())

# A whole number below 2^53. NULL draws one number from R's own generator, so that
# set.seed() is enough and .Random.seed moves by exactly one draw.
resolve_seed <- function(seed, call = caller_env()) {
  if (is.null(seed)) return(floor(stats::runif(1L) * 4294967296))
  ok <- is.numeric(seed) && length(seed) == 1L && is.finite(seed) && seed >= 0 &&
    seed == trunc(seed) && seed < 2^53
  if (!ok) {
    abort_argument("seed", "NULL or one whole number from 0 to 2^53 - 1", seed, call,
                   cure = "Such as `seed = 1`; NULL takes one from R's generator.")
  }
  as.double(seed)
}

# More threads than processors are allowed: the tests of "same bits" need them.
resolve_threads <- function(threads, call = caller_env()) {
  ok <- is.numeric(threads) && length(threads) == 1L && threads %in% 1:256
  if (!ok) {
    abort_argument("threads", number_wanted("one whole number", 1, 256), threads, call,
                   cure = "Leave it out to use those of `lcrisk_threads()`.")
  }
  as.integer(threads)
}

# The list that r_run() in src/glue/r_run.c reads. Show progress of one long call
# under `title`; the bar ends with the frame `frame`.
new_run <- function(seed = NULL, threads = lcrisk_threads(), progress = FALSE, title = "",
                    frame = parent.frame(), call = caller_env()) {
  list(
    threads = resolve_threads(threads, call),
    seed = resolve_seed(seed, call),
    progress = if (progress_wanted(progress, call)) progress_bar(title, frame)
  )
}

progress_wanted <- function(progress, call) {
  progress <- getOption("lcrisk.progress") %||% progress
  check_flag(progress, arg = "progress", call = call)
  progress && !isTRUE(getOption("knitr.in.progress"))
}

# A function of the finished share, 0 to 1
progress_bar <- function(title, frame) {
  bar <- cli::cli_progress_bar(title, total = 100, clear = TRUE, .envir = frame)
  function(done) cli::cli_progress_update(set = floor(100 * done), id = bar)
}
