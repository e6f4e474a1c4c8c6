# Whatever the data frame, training and predicting end in finite probabilities, one per
# row, or in a condition of ours. The frames are drawn from a fixed seed.

random_column <- function(n) {
  pick <- function(x) sample(x, n, replace = TRUE)
  column <- switch(
    sample(16L, 1L),
    stats::rnorm(n), pick(1:3), pick(c(0, -0, 1e308, -1e308, 1e-320)),
    pick(c(TRUE, FALSE)), pick(c("a", "b", "")), factor(pick(letters), letters),
    factor(pick(1:3), ordered = TRUE), as.Date("2010-01-01") + pick(0:999),
    as.POSIXct("2010-01-01", tz = "UTC") + pick(0:9) * 86400, rep(7, n),
    sprintf("id%d", seq_len(n)), addNA(factor(pick(c("x", NA)))),
    pick(c("\u00e4", "\u4e2d", "x y")), pick(c("1", "2", " 3 ")),
    pick(.Machine$integer.max - 0:3), pick(c(1, 1, Inf))
  )
  if (stats::runif(1) < 0.02) column <- switch(
    sample(4L, 1L), as.list(column), complex(real = seq_len(n)), raw(n),
    as.difftime(seq_len(n), units = "days")
  )
  gaps <- sample(c(0, 0, 0.1, 0.9, 1), 1L)
  if (is.atomic(column) && !is.raw(column)) column[stats::runif(n) < gaps] <- NA
  column
}

random_frame <- function() {
  n <- sample(c(0L, 1L, 2L, 3L, 10L, 50L, 300L), 1L, prob = c(1, 1, 1, 2, 5, 10, 10))
  columns <- lapply(seq_len(sample(0:6, 1L)), function(j) random_column(n))
  names <- sample(c("a", "b", "c d", "1", "if", "\u00fc", "..", "NA", "x", "y_"),
                  length(columns))
  if (length(names) && stats::runif(1) < 0.02) names[1L] <- ""
  structure(columns, names = as.character(names), row.names = .set_row_names(n),
            class = "data.frame")
}

random_outcome <- function(n) {
  y <- as.integer(stats::runif(n) < sample(c(0.05, 0.3, 0.5), 1L))
  if (stats::runif(1) < 0.05) y[sample(length(y), min(n, 1L))] <- NA
  y
}

# "" when the promise is kept
broken_promise <- function(learner) {
  d <- random_frame()
  y <- random_outcome(nrow(d))
  new <- if (stats::runif(1) < 0.5) d else random_frame()
  names(new) <- if (ncol(new) == ncol(d)) names(d) else names(new)
  tryCatch(
    suppressWarnings({
      model <- lcrisk_train(d, y, learner = learner, seed = 1, progress = FALSE,
                            audit = FALSE)
      prob <- predict(model, new)
      ok <- is.double(prob) && length(prob) == nrow(new) &&
        all(is.finite(prob) & prob >= 0 & prob <= 1)
      if (ok) "" else "bad prediction"
    }, classes = "lcrisk_warning"),
    lcrisk_error_internal = conditionMessage,
    lcrisk_error = function(error) "",
    condition = function(other) paste(class(other)[1L], conditionMessage(other))
  )
}

test_that("random data frames end in probabilities or in a condition of ours", {
  old <- RNGkind("Mersenne-Twister", "Inversion", "Rejection")
  on.exit(suppressWarnings(do.call(RNGkind, as.list(old))))
  set.seed(20)
  times <- as.integer(Sys.getenv("LCRISK_RANDOM_FRAMES", "150"))
  learners <- list(lcrisk_testlearner(), lcrisk_boost(trees = 10L, folds = 0L),
                   lcrisk_boost(trees = 10L))
  broken <- unlist(lapply(learners, function(learner) {
    replicate(times, broken_promise(learner))
  }))
  expect_identical(unique(broken[nzchar(broken)]), character())
})
