# Ctrl-C while the core works: back at the prompt soon, by class, nothing kept, and the
# next call as if nothing had been. The promise is 200 ms; bench/results/interrupt.md
# has what was measured. Here the bound is loose, since the machine may be busy.

loans_to_fit <- '
n <- 30000L
set.seed(4)
x <- as.data.frame(matrix(rnorm(20 * n), n))
y <- as.integer(runif(n) < plogis(x[[1]] - x[[2]] - 1))
'

test_that("Ctrl-C ends a long call of any number of threads soon, by class", {
  skip_on_os(c("windows", "mac"))
  child <- in_process(c(interrupting, definition("busy"), '
    run <- function(threads) list(threads = threads, seed = 1, progress = NULL)
    long <- 100000L
    result <- list(
      interrupted(busy(long, run(1L))), interrupted(busy(long, run(2L))),
      interrupted(busy(long, run(8L))), after = lcrisk:::new_run(1, threads = 2)$threads,
      next_call = identical(busy(10L, run(2L)), busy(10L, run(1L)))
    )
  '))
  expect_identical(child$status, 0L, info = paste(child$output, collapse = "\n"))
  for (i in 1:3) {
    expect_identical(child$result[[i]]$ended, "lcrisk_error_cancelled")
    expect_lt(child$result[[i]]$seconds, 2)
  }
  expect_true(child$result$next_call)
})

test_that("an interrupted fit leaves the session as it was", {
  skip_on_os(c("windows", "mac"))
  child <- in_process(c(interrupting, loans_to_fit, '
    fit <- function(trees) {
      lcrisk_train(x, y, learner = lcrisk_boost(trees = trees, folds = 0), seed = 9,
                   threads = 2, progress = FALSE)
    }
    before <- fit(20)
    inputs <- rlang::hash(list(x, y))
    stopped <- interrupted(fit(100000), after = 1)
    result <- list(
      stopped = stopped,
      same_inputs = identical(rlang::hash(list(x, y)), inputs),
      same_model = identical(predict(fit(20), x[1:500, ]), predict(before, x[1:500, ]))
    )
  '))
  expect_identical(child$status, 0L, info = paste(child$output, collapse = "\n"))
  expect_identical(child$result$stopped$ended, "lcrisk_error_cancelled")
  expect_lt(child$result$stopped$seconds, 2)
  expect_true(child$result$same_inputs)
  expect_true(child$result$same_model)
})

test_that("Ctrl-C keeps the trees grown so far where that was asked for", {
  skip_on_os(c("windows", "mac"))
  child <- in_process(c(interrupting, loans_to_fit, '
    model <- NULL
    kept <- interrupted(
      model <- lcrisk_train(x, y, learner = lcrisk_boost(
        trees = 100000, folds = 4, patience = 100000, on_interrupt = "keep"
      ), seed = 9, threads = 2, progress = FALSE),
      after = 1
    )
    result <- list(kept = kept, end = model$core$end, folds = model$core$fold_trees,
                   prob = range(predict(model, x[1:500, ])))
  '))
  expect_identical(child$status, 0L, info = paste(child$output, collapse = "\n"))
  expect_identical(child$result$end, "interrupt")
  # two fits side by side had begun
  expect_true(all(child$result$folds[1:2] > 0L))
  expect_identical(child$result$folds[3:4], c(0L, 0L))
  expect_true(all(is.finite(child$result$prob)))
  expect_lt(child$result$kept$seconds, 2)
})

test_that("cancelled fits give their memory back", {
  skip_if_not(file.exists("/proc/self/statm"))
  child <- in_process(c(interrupting, loans_to_fit, '
    core_fit <- function() {
      run <- list(threads = 2L, seed = 1, progress = function(done) stop("enough"))
      learner <- lcrisk_boost(trees = 100000, folds = 0)
      tryCatch(lcrisk:::fit_core(learner, as.list(x), y, NULL, run), error = class)[1L]
    }
    ended <- character()
    used <- numeric()
    for (i in 1:24) {
      ended <- c(ended, core_fit())
      gc()
      used <- c(used, resident())
    }
    result <- list(ended = unique(ended), growth = used[24] - used[8],
                   one_fit = n * 20 / 1e6)
  '))
  expect_identical(child$status, 0L, info = paste(child$output, collapse = "\n"))
  expect_identical(child$result$ended, "lcrisk_error_cancelled")
  # sixteen fits that kept even their codes only would have grown by ten megabytes
  expect_lt(child$result$growth, 16 * child$result$one_fit)
})

test_that("a script shows no progress and says nothing", {
  child <- in_process(c(loans_to_fit, '
    fit <- lcrisk_train(x, y, learner = lcrisk_boost(trees = 30, folds = 0), seed = 9)
    result <- length(predict(fit, x[1:3, ]))
  '))
  expect_identical(child$status, 0L)
  expect_identical(child$output, character())
  expect_identical(child$result, 3L)
})

test_that("a progress bar in a script ends with the call and breaks nothing", {
  child <- in_process(c(loans_to_fit, '
    fit <- lcrisk_train(x, y, learner = lcrisk_boost(trees = 30, folds = 0), seed = 9,
                        progress = TRUE)
    result <- length(predict(fit, x[1:3, ]))
  '))
  expect_identical(child$status, 0L, info = paste(child$output, collapse = "\n"))
  expect_identical(child$result, 3L)
})
