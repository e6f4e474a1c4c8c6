# What every learner promises. `expect_learner_contract(lcrisk_boost())` in the tests of
# a learner runs all of it; options say what a learner may decide for itself:
#
#   weights    "exact": integer weights give the same bits as repeated rows
#              "close": the same to 1e-6, "none": not compared
#   row_order  TRUE: permuting the training rows changes no bit
#   cancel     TRUE: a refused tick ends a fit of 20,000 rows with lcrisk_error_cancelled
#
# The data are made without R's generator, so no setting of it matters.
expect_learner_contract <- function(learner, weights = "close", row_order = FALSE,
                                    cancel = TRUE) {
  train <- contract_rows(600L)
  test <- contract_rows(300L, start = 10000L)
  contract_probabilities(learner, train, test)
  contract_same_bits(learner, train, test)
  contract_columns(learner, train, test)
  contract_missing(learner, train, test)
  contract_rows_apart(learner, train, test)
  contract_weights(learner, train, test, weights)
  if (row_order) contract_row_order(learner, train, test)
  contract_refusals(learner, train)
  contract_fresh_process(learner, train, test)
  contract_surroundings(learner, train, test)
  if (cancel) {
    before <- model_hash(fit_contract(learner, train))
    contract_cancel(learner, contract_rows(20000L))
    testthat::expect_identical(model_hash(fit_contract(learner, train)), before)
  }
  invisible(learner)
}

# ---- data ----------------------------------------------------------------------

# n reproducible numbers in (0, 1) without R's generator: Park and Miller's (1988)
park_miller <- function(n, start) {
  state <- 1 + (start * 48271) %% 2147483646
  out <- numeric(n + 20L)
  for (i in seq_along(out)) out[i] <- state <- (16807 * state) %% 2147483647
  out[-(1:20)] / 2147483647
}

# Separable, not perfectly: `income`, `score` and `home` carry signal, the rest noise
contract_rows <- function(n, start = 0L) {
  u <- as.data.frame(matrix(park_miller(7L * n, start), n))
  income <- 20 + 80 * u[[1]]
  score <- round(600 + 200 * u[[2]])
  home <- c("OWN", "RENT", "MORTGAGE")[1L + floor(3 * u[[3]])]
  odds <- -1.2 - 0.06 * (income - 60) - 0.02 * (score - 700) + 0.9 * (home == "RENT")
  noise <- u[[5]]
  noise[u[[6]] < 0.1] <- NA
  data.frame(
    income = income, score = as.integer(score), home = home,
    purpose = factor(c("car", "debt", "home", "other")[1L + floor(4 * u[[4]])]),
    noise = noise, joint = u[[6]] > 0.5,
    y = as.integer(u[[7]] < 1 / (1 + exp(-odds)))
  )
}

fit_contract <- function(learner, data, ..., seed = 11, threads = 1L) {
  lcrisk_train(y ~ ., data, learner = learner, seed = seed, threads = threads,
               progress = FALSE, ...)
}

# ---- promises ------------------------------------------------------------------

contract_probabilities <- function(learner, train, test) {
  before <- rlang::hash(train)
  model <- fit_contract(learner, train)
  prob <- predict(model, test)
  testthat::expect_identical(rlang::hash(train), before)
  testthat::expect_type(prob, "double")
  testthat::expect_length(prob, nrow(test))
  testthat::expect_true(all(prob >= 0 & prob <= 1))
  testthat::expect_identical(predict(model, test[0, ]), numeric(0))
  brier <- mean((prob - test$y)^2)
  base <- mean((mean(train$y) - test$y)^2)
  testthat::expect_lt(brier, 0.9 * base)
  testthat::expect_gt(mean(prob[test$y == 1]), mean(prob[test$y == 0]))
}

contract_same_bits <- function(learner, train, test) {
  model <- fit_contract(learner, train)
  prob <- predict(model, test, threads = 1L)
  for (threads in c(1L, 2L, 3L, 8L)) {
    again <- fit_contract(learner, train, threads = threads)
    testthat::expect_identical(model_hash(again), model_hash(model), info = threads)
    got <- predict(model, test, threads = threads)
    testthat::expect_identical(got, prob, info = threads)
  }
}

contract_columns <- function(learner, train, test) {
  model <- fit_contract(learner, train)
  turned <- fit_contract(learner, train[rev(names(train))])
  testthat::expect_identical(model_hash(turned), model_hash(model))
  testthat::expect_identical(predict(model, rev(test)), predict(model, test))

  odd <- cbind(train, twin = train$income, constant = 1, none = NA)
  testthat::expect_warning(
    odd_model <- fit_contract(learner, odd), class = "lcrisk_warning_data"
  )
  prob <- predict(odd_model, cbind(test, twin = test$income))
  testthat::expect_true(all(is.finite(prob)))
  testthat::expect_lt(mean((prob - test$y)^2), 0.25)
}

contract_missing <- function(learner, train, test) {
  model <- fit_contract(learner, train)
  none <- test[1:3, ]
  none[] <- lapply(none, function(x) x[NA_integer_])
  prob <- predict(model, none)
  testthat::expect_true(all(is.finite(prob)) && length(unique(prob)) == 1L)

  nan <- test
  nan$noise[is.na(nan$noise)] <- NaN
  testthat::expect_identical(predict(model, nan), predict(model, test))
  nan_train <- train
  nan_train$noise[is.na(nan_train$noise)] <- NaN
  testthat::expect_identical(
    predict(fit_contract(learner, nan_train), test), predict(model, test)
  )

  novel <- test
  novel$home[2] <- "BOAT"
  missing <- test
  missing$home[2] <- NA
  testthat::expect_warning(
    prob <- predict(model, novel), class = "lcrisk_warning_schema"
  )
  testthat::expect_identical(prob, predict(model, missing))
}

# One row, any part of the rows, and all of them: the same bits
contract_rows_apart <- function(learner, train, test) {
  model <- fit_contract(learner, train)
  prob <- predict(model, test)
  apart <- vapply(c(1L, 2L, 150L, 300L), function(i) predict(model, test[i, ]), 0)
  testthat::expect_identical(apart, prob[c(1L, 2L, 150L, 300L)])
  testthat::expect_identical(predict(model, test[200:101, ]), prob[200:101])
}

contract_weights <- function(learner, train, test, weights) {
  if (weights == "none") return(invisible())
  times <- 1L + (seq_len(nrow(train)) %% 3L == 0L)
  weighted <- predict(fit_contract(learner, train, weights = times), test)
  repeated <- predict(
    fit_contract(learner, train[rep(seq_len(nrow(train)), times), ]), test
  )
  tolerance <- if (weights == "exact") 0 else 1e-6
  testthat::expect_equal(weighted, repeated, tolerance = tolerance)

  # weight 0 is absence, always to the bit
  times <- as.double(seq_len(nrow(train)) %% 4L != 0L)
  testthat::expect_identical(
    predict(fit_contract(learner, train, weights = times), test),
    predict(fit_contract(learner, train[times > 0, ], weights = times[times > 0]), test)
  )
}

contract_row_order <- function(learner, train, test) {
  turned <- train[rev(seq_len(nrow(train))), ]
  want <- predict(fit_contract(learner, train), test)
  testthat::expect_identical(predict(fit_contract(learner, turned), test), want)
}

contract_refusals <- function(learner, train) {
  train$y <- 1L
  testthat::expect_error(fit_contract(learner, train), class = "lcrisk_error_input")
}

contract_fresh_process <- function(learner, train, test) {
  model <- fit_contract(learner, train)
  files <- tempfile(c("model", "test", "prob"), fileext = ".rds")
  on.exit(unlink(files))
  saveRDS(model, files[1])
  saveRDS(test, files[2])
  code <- sprintf(
    "library(lcrisk, lib.loc = %s); saveRDS(predict(readRDS(%s), readRDS(%s)), %s)",
    deparse(dirname(find.package("lcrisk"))), deparse(files[1]), deparse(files[2]),
    deparse(files[3])
  )
  # a learner that the tests bring along is not known to a fresh process
  own <- sprintf("fit_core.lcrisk_%s", learner$kind)
  if (exists(own, asNamespace("lcrisk"), inherits = FALSE)) {
    rscript <- file.path(R.home("bin"), "Rscript")
    status <- system2(rscript, c("--vanilla", "-e", shQuote(code)))
    testthat::expect_identical(status, 0L)
    testthat::expect_identical(readRDS(files[3]), predict(model, test))
  }
  testthat::expect_identical(predict(readRDS(files[1]), test), predict(model, test))
}

contract_surroundings <- function(learner, train, test) {
  want <- fit_contract(learner, train)
  prob <- predict(want, test)
  kind <- RNGkind()
  old <- options(OutDec = ",", scipen = -9, digits = 3, warn = 2)
  on.exit({
    options(old)
    suppressWarnings(do.call(RNGkind, as.list(kind)))
  })
  set.seed(5, kind = "L'Ecuyer-CMRG")
  before <- .Random.seed
  got <- fit_contract(learner, train)
  testthat::expect_identical(predict(got, test), prob)
  testthat::expect_identical(.Random.seed, before)
  testthat::expect_identical(model_hash(got), model_hash(want))
}

contract_cancel <- function(learner, train) {
  learned <- learn_blueprint(train[names(train) != "y"])
  stop_at_once <- function(done) stop(cancelled_condition())
  run <- list(threads = 1L, seed = 1, progress = stop_at_once)
  testthat::expect_error(
    fit_core(learner, learned$x, train$y, NULL, run), class = "lcrisk_error_cancelled"
  )
}
