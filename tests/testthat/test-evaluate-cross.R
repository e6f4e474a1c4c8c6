people <- function(n = 600L) contract_rows(n)
quick <- function(..., trees = 60, patience = 10) {
  lcrisk_boost(trees = trees, rate = 0.2, min_leaf = 10, patience = patience, ...)
}
cross <- function(data = people(), folds = 5, ..., learner = quick(), seed = 2) {
  lcrisk_cv(y ~ ., learner, folds, data = data, seed = seed, progress = FALSE, ...)
}
shares <- function(...) {
  !identical(cross(...)$predictions, cross(..., share = FALSE)$predictions)
}

test_that("each row is predicted once, by fits that left it out", {
  d <- people()
  found <- cross(d)
  p <- found$predictions
  expect_setequal(p$row, seq_len(nrow(d)))
  expect_false(anyDuplicated(p$row) > 0L)
  expect_identical(p$truth, d$y[p$row])
  expect_identical(found$folds$n_train + found$folds$n_test, rep(600L, 5))
  expect_identical(found$folds$error, rep(NA_character_, 5))
  expect_length(unique(found$folds$fingerprint), 5L)
  expect_match(found$folds$fingerprint, "^[0-9a-f]{32}$")
  own <- cross(d, share = FALSE)
  expect_identical(own$predictions[, .(row, fold, truth, cutoff)],
                   p[, .(row, fold, truth, cutoff)])
  area <- function(x) as.numeric(x$predictions[, lcrisk_auc(truth, prob)])
  expect_lt(abs(area(found) - area(own)), 0.02)
  expect_gt(stats::cor(p$prob, own$predictions$prob), 0.9)
})

test_that("fits are shared where they judge the learner asked for, and only there", {
  d <- people()
  d$group <- rep(1:60, 10)
  grouped <- lcrisk_folds(d, "grouped", k = 5, group = "group", outcome = "y", seed = 1)
  rolling <- lcrisk_folds(transform(d, day = as.Date("2010-01-01") + seq_len(600)),
                          "rolling", k = 5, outcome = "y", time = "day")
  expect_true(shares(d, grouped))
  expect_true(shares(d, 5, weights = rep(1:3, 200)))
  expect_true(shares(d, 7, learner = quick(folds = 3)))
  expect_true(shares(d, 5, learner = quick(stop_on = "auc")))
  expect_false(shares(d, rolling))
  expect_false(shares(d, 4))
  expect_false(shares(d, 5, learner = quick(folds = 6)))
  expect_false(shares(d, 5, learner = quick(folds = 0)))
  expect_false(shares(d, 5, learner = quick(on_interrupt = "keep")))
  expect_false(shares(d, 5, balance = "undersample"))
  expect_false(shares(d, 5, learner = "logit"))
})

test_that("the same seed gives the same bits on any number of threads, another others", {
  for (learner in list(quick(), quick(folds = 2, sampling = "mvs"))) {
    want <- cross(learner = learner, threads = 1)
    for (threads in c(2, 3, 8)) {
      got <- cross(learner = learner, threads = threads)
      expect_identical(got$predictions, want$predictions)
      expect_identical(got$folds$fingerprint, want$folds$fingerprint)
    }
    expect_false(any(cross(learner = learner, seed = 3)$folds$fingerprint %in%
                       want$folds$fingerprint))
  }
})

test_that("poison in a fold changes nothing that judges it", {
  d <- people()
  folds <- lcrisk_folds(d, k = 5, outcome = "y", seed = 1)
  rows <- folds[[3]]$test
  poisoned <- d
  poisoned$income[rows] <- 1e9
  poisoned$home[rows] <- "POISON"
  poisoned$noise[rows] <- NA
  poisoned$y[rows] <- 1L - poisoned$y[rows]
  for (constant in c(FALSE, TRUE)) {
    if (constant) d$score[] <- poisoned$score[-rows] <- 700L  # varies among them only
    clean <- suppressWarnings(cross(d, folds))
    expect_warning(sick <- cross(poisoned, folds), "^Fold 3: .*POISON",
                   class = "lcrisk_warning_schema")
    expect_identical(sick$folds$fingerprint == clean$folds$fingerprint, 1:5 == 3)
    expect_identical(sick$predictions[fold == 3, cutoff],
                     clean$predictions[fold == 3, cutoff])
  }
})

test_that("a fold's predictions depend on its rows one by one", {
  d <- people()
  folds <- lcrisk_folds(d, k = 5, outcome = "y", seed = 1)
  want <- cross(d, folds)$predictions
  changed <- d
  row <- folds[[2]]$test[7]
  changed$income[row] <- 21
  got <- cross(changed, folds)$predictions
  differ <- want$row[want$fold == 2][want$prob[want$fold == 2] != got$prob[got$fold == 2]]
  expect_identical(differ, row)
})

test_that("repeated folds are rounds of their own", {
  d <- people(300L)
  twice <- lcrisk_folds(d, "repeated", k = 5, repeats = 2, outcome = "y", seed = 1)
  found <- cross(d, twice)
  expect_identical(nrow(found$predictions), 600L)
  expect_length(unique(found$folds$fingerprint), 10L)
  first <- structure(unclass(twice)[1:5], class = "lcrisk_folds")
  expect_identical(cross(d, first)$predictions, found$predictions[fold <= 5])
})

test_that("what a fold cannot do is left to the fold", {
  d <- people(200L)
  # each outcome in each fold, or folds train for themselves
  one_sided <- which(d$y == 0)[1:20]
  tests <- c(list(one_sided), split(setdiff(seq_len(200), one_sided), rep_len(2:5, 180)))
  folds <- structure(lapply(unname(tests), function(rows) {
    list(train = setdiff(seq_len(200), rows), test = rows)
  }), class = "lcrisk_folds")
  expect_false(shares(d, folds))
  # infinite values in one fold: training fails in the others, prediction in its own
  d$income[folds[[2]]$test[1]] <- Inf
  error <- expect_error(cross(d, folds), class = "lcrisk_error_input")
  expect_identical(error$code, "all_failed")
})

test_that("a refused tick ends shared fits with nothing finished", {
  task <- as_task(y ~ ., people(20000L))
  folds <- lcrisk_folds(people(20000L), k = 5, outcome = "y", seed = 1)
  for (threads in 1:2) {
    run <- list(threads = threads, seed = 1,
                progress = function(done) stop(cancelled_condition()))
    how <- list(learner = lcrisk_boost(trees = 1e5, patience = 1e5))
    error <- expect_error(share_fits(task, how, folds, run, quote(lcrisk_cv())),
                          class = "lcrisk_error_cancelled")
    expect_identical(nrow(error$finished), 0L)
  }
})

test_that("progress of shared fits only grows, and ends", {
  seen <- double()
  task <- as_task(y ~ ., people(3000L))
  folds <- lcrisk_folds(people(3000L), "repeated", k = 5, repeats = 2, outcome = "y",
                        seed = 1)
  run <- list(threads = 2L, seed = 1, progress = function(done) seen <<- c(seen, done))
  out <- share_fits(task, list(learner = quick(trees = 400, patience = 400)), folds, run,
                    quote(lcrisk_cv()))
  expect_length(out$done, 10L)
  expect_false(is.unsorted(seen))
  expect_true(all(seen >= 0 & seen <= 1))
})

test_that("a comparison shares fits too, with the same predictions", {
  d <- people()
  folds <- lcrisk_folds(d, k = 5, outcome = "y", seed = 1)
  both <- lcrisk_compare(y ~ ., list(boost = quick()), data = d, folds = folds, seed = 2,
                         progress = FALSE)
  alone <- cross(d, folds)$predictions
  compared <- attr(both, "predictions")
  expect_identical(compared$boost[order(compared$row)], alone$prob[order(alone$row)])
})

test_that("share says yes or no", {
  expect_error(cross(share = NA), "`share`", class = "lcrisk_error_input")
})
