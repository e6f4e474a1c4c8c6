with_environment <- function(values, code) {
  old <- Sys.getenv(names(values), names = TRUE, unset = NA)
  on.exit({
    Sys.unsetenv(names(old)[is.na(old)])
    if (any(!is.na(old))) do.call(Sys.setenv, as.list(old[!is.na(old)]))
  })
  given <- unlist(values)
  Sys.unsetenv(names(values))
  if (length(given)) do.call(Sys.setenv, as.list(given))
  force(code)
}

with_threads_settings <- function(code, option = NULL, LCRISK_THREADS = NULL,
                                  OMP_THREAD_LIMIT = NULL, limit_cores = NULL) {
  old <- options(lcrisk.threads = option)
  on.exit(options(old))
  with_environment(
    list(LCRISK_THREADS = LCRISK_THREADS, OMP_THREAD_LIMIT = OMP_THREAD_LIMIT,
         "_R_CHECK_LIMIT_CORES_" = limit_cores),
    code
  )
}

# A machine with many processors, whatever this one has
with_processors <- function(n, code) {
  state <- getFromNamespace("state", "lcrisk")
  old <- state$processors
  on.exit(state$processors <- old)
  state$processors <- n
  force(code)
}

# ---- seed ----

test_that("a NULL seed draws exactly one number from R's generator", {
  set.seed(1)
  seed <- resolve_seed(NULL)
  after <- .Random.seed
  set.seed(1)
  runif(1)
  expect_identical(.Random.seed, after)
  set.seed(1)
  expect_identical(resolve_seed(NULL), seed)
  expect_false(identical(resolve_seed(NULL), seed))
  expect_true(seed >= 0 && seed == trunc(seed) && seed < 2^32)
})

test_that("a given seed leaves R's generator alone", {
  set.seed(1)
  before <- .Random.seed
  expect_identical(resolve_seed(7L), 7)
  expect_identical(resolve_seed(2^53 - 1), 2^53 - 1)
  expect_identical(.Random.seed, before)
})

test_that("a seed that is no whole number from 0 to 2^53 - 1 is refused", {
  for (wrong in list(-1, 1.5, 2^53, NA, NaN, Inf, "1", 1:2, TRUE, numeric(), list(1))) {
    expect_error(new_run(wrong), class = "lcrisk_error_input")
  }
})

# ---- threads ----

test_that("option, then environment, then 2 decides the threads", {
  with_processors(64L, {
    expect_identical(with_threads_settings(lcrisk_threads()), 2L)
    expect_identical(with_threads_settings(lcrisk_threads(), LCRISK_THREADS = "5"), 5L)
    expect_identical(
      with_threads_settings(lcrisk_threads(), option = 3, LCRISK_THREADS = "5"), 3L
    )
  })
})

test_that("limits of the machine and of its keeper hold", {
  with_processors(64L, {
    ask <- function(...) with_threads_settings(lcrisk_threads(), option = 16, ...)
    expect_identical(ask(), 16L)
    expect_identical(ask(OMP_THREAD_LIMIT = "4"), 4L)
    expect_identical(ask(OMP_THREAD_LIMIT = "40"), 16L)
    expect_identical(ask(limit_cores = "true"), 2L)
    expect_identical(ask(limit_cores = "true", OMP_THREAD_LIMIT = "1"), 1L)
  })
  with_processors(1L, expect_identical(with_threads_settings(lcrisk_threads()), 1L))
})

test_that("a setting that is no whole number of at least 1 is refused by name", {
  for (wrong in c("0", "-1", "abc", "1e99", " ")) {
    error <- expect_error(with_threads_settings(lcrisk_threads(), LCRISK_THREADS = wrong),
                          class = "lcrisk_error_input")
    expect_match(conditionMessage(error), "`LCRISK_THREADS`", fixed = TRUE)
  }
  expect_error(with_threads_settings(lcrisk_threads(), OMP_THREAD_LIMIT = "none"),
               "`OMP_THREAD_LIMIT`", class = "lcrisk_error_input")
  expect_error(with_threads_settings(lcrisk_threads(), option = 0),
               "`lcrisk.threads`", class = "lcrisk_error_input")
  for (wrong in list(0, 1.5, NA, "2", 257)) {
    expect_error(new_run(1, threads = wrong), "`threads`", class = "lcrisk_error_input")
  }
})

test_that("lcrisk_threads(n) sets the option and gives the old value", {
  with_processors(64L, with_threads_settings({
    expect_identical(lcrisk_threads(7), 2L)
    expect_identical(lcrisk_threads(), 7L)
    expect_invisible(lcrisk_threads(2))
  }))
  expect_error(lcrisk_threads(0), class = "lcrisk_error_input")
})

test_that("a forked child uses one thread, and its calls end", {
  skip_on_os("windows")
  busy(4L, new_run(seed = 1, threads = 2))  # the parent has used threads before
  from_child <- parallel::mclapply(1:2, function(i) {
    busy(4L, new_run(seed = 1, threads = 2))
    lcrisk_threads()
  }, mc.cores = 2L)
  expect_identical(from_child, list(1L, 1L))
})

# ---- progress ----

test_that("progress is silent in knitr and where the option says so", {
  wanted <- function(progress, option = NULL, knitr = NULL) {
    old <- options(lcrisk.progress = option, knitr.in.progress = knitr)
    on.exit(options(old))
    is.function(new_run(1, threads = 1, progress = progress)$progress)
  }
  expect_true(wanted(TRUE))
  expect_false(wanted(FALSE))
  expect_false(wanted(TRUE, knitr = TRUE))
  expect_false(wanted(TRUE, option = FALSE))
  expect_true(wanted(FALSE, option = TRUE))
  expect_false(wanted(FALSE, option = TRUE, knitr = TRUE))
  for (wrong in list(NA, 1, "yes", NULL)) {
    expect_error(new_run(1, threads = 1, progress = wrong), "`progress`",
                 class = "lcrisk_error_input")
  }
})

test_that("the core reports growing shares of the work, from 0 to 1", {
  seen <- numeric()
  run <- list(threads = 2L, seed = 1, progress = function(done) seen <<- c(seen, done))
  busy(3000L, run)
  expect_gt(length(seen), 1L)
  expect_false(is.unsorted(seen))
  expect_true(all(seen >= 0 & seen <= 1))
})

test_that("an error in a progress function ends the run as cancelled", {
  run <- list(threads = 2L, seed = 1, progress = function(done) stop("no more"))
  expect_error(busy(100000L, run), class = "lcrisk_error_cancelled")
})

test_that("a wrong seed and a wrong number of threads come with a cure", {
  for (wrong in list(-1, 1.5, NA, "1", 1:2)) {
    error <- expect_error(new_run(wrong), class = "lcrisk_error_input")
    expect_match(error$cure, "seed = 1", fixed = TRUE)
  }
  for (wrong in list(0, 1.5, NA, "2", 257, NULL, 1:2)) {
    error <- expect_error(new_run(1, threads = wrong), class = "lcrisk_error_input")
    expect_match(error$cure, "lcrisk_threads()", fixed = TRUE)
  }
})
