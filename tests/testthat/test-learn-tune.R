people <- function(n = 300L) contract_rows(n)
tune <- function(settings = list(smooth = c(0.1, 100)), ..., data = people(), folds = 4,
                 tries = 6L, learner = lcrisk_testlearner(), seed = 2) {
  lcrisk_tune(y ~ ., learner, settings, tries, folds, data = data, seed = seed,
              progress = FALSE, ...)
}

# A test learner whose predictions get better with `smooth` by a rule we know, and which
# counts how often it is trained
counted <- new.env()
fit_counting <- function(learner, x, y, weights, run) {
  counted$n <- (if (is.null(counted$n)) 0L else counted$n) + 1L
  if (identical(learner$params$smooth, counted$broken)) stop("It broke.")
  if (identical(counted$n, counted$interrupt)) stop(cancelled_condition())
  c(fit_testlearner(lcrisk_testlearner(), x, y, weights, run),
    list(smooth = learner$params$smooth))
}
predict_counting <- function(learner, core, x, run) {
  own <- predict_testlearner(lcrisk_testlearner(), core, x, run)
  noise <- sin(1e5 * seq_along(own))  # of no use
  own * core$smooth + 3 * noise * (1 - core$smooth)
}
home <- asNamespace("lcrisk")
registerS3method("fit_core", "lcrisk_counting", fit_counting, envir = home)
registerS3method("predict_core", "lcrisk_counting", predict_counting, envir = home)
counting <- function(smooth = 0) new_learner("counting", list(smooth = smooth))
count_fits <- function(call, broken = NULL, interrupt = NULL) {
  counted$n <- 0L
  counted$broken <- broken
  counted$interrupt <- interrupt
  on.exit(counted$broken <- counted$interrupt <- NULL)
  list(value = force(call), n = counted$n)
}

test_that("rounds halve the candidates while folds are added", {
  expect_identical(halving_rounds(27, 5L, 1 / 3),
                   list(n = c(27, 9, 3, 2), folds = c(1L, 2L, 3L, 5L)))
  expect_identical(halving_rounds(4, 5L, 1), list(n = 4, folds = 5L))
  expect_identical(halving_rounds(1, 5L, 1 / 3), list(n = 1, folds = 5L))
  expect_identical(halving_rounds(100, 2L, 1 / 3), list(n = c(100, 34), folds = 1:2))
  for (n in c(1, 2, 3, 10, 81, 500)) {
    for (k in c(2L, 5L, 10L)) {
      found <- halving_rounds(n, k, 1 / 3)
      expect_identical(found$folds[length(found$folds)], k)
      expect_true(all(diff(found$folds) >= 1L) && all(diff(found$n) <= 0))
      expect_true(all(found$n >= min(n, 2)))
    }
  }
})

test_that("the best settings are found, and the learner is ready to train", {
  tried <- count_fits(tune(list(smooth = c(0.01, 1)), learner = counting(), tries = 12L))
  found <- tried$value
  expect_s3_class(found$best, "lcrisk_counting")
  expect_named(attributes(found$best), c("names", "class"))
  best <- max(found$table$smooth)
  expect_identical(found$best$params$smooth, best)
  expect_identical(found$table$smooth[1L], best)
  # halving: 13 on one fold, 5 on two and the given one, 2 on four and the given one
  expect_identical(tried$n, 13L + 6L + 3L * 2L)
  expect_identical(nrow(found$scores), tried$n)
  expect_identical(found$table$folds[1:3], c(4L, 4L, 4L))
  expect_identical(sum(found$table$given), 1L)
  all <- count_fits(tune(list(smooth = c(0.01, 1)), learner = counting(), tries = 12L,
                         keep = 1))
  expect_identical(all$n, 13L * 4L)
  expect_identical(all$value$best, found$best)
  model <- lcrisk_train(y ~ ., people(), learner = found$best, seed = 1)
  expect_s3_class(model, "lcrisk_model")
})

test_that("a score is the mean of what cross-validating says of each fold", {
  found <- tune(keep = 1, tries = 2L)
  for (metric in c("auc", "log_loss", "brier", "ks", "pr_auc")) {
    found <- tune(keep = 1, tries = 2L, metric = metric)
    cv <- lcrisk_cv(y ~ ., found$best, 4, data = people(), seed = 2, progress = FALSE)
    each <- cv$metrics[metric == found$metric & fold %in% 1:4, estimate]
    expect_identical(found$scores[candidate == 1L, score], each, info = metric)
    expect_equal(found$table$score[1L], mean(each))
    sign <- if (metric %in% c("log_loss", "brier")) 1 else -1
    expect_false(is.unsorted(sign * found$table$score))
  }
})

test_that("draws cover ranges, whole or not, even or on a log scale, and choices", {
  own <- list(share = 0.5, count = 3L, way = "a")
  learner <- new_learner("counting", own)
  at <- function(range, name) {
    value <- as_range(range, own[[name]], name, learner, NULL)
    lapply(c(0, 0.25, 0.5, 0.999999), value)
  }
  expect_equal(unlist(at(c(0, 1), "share")), c(0, 0.25, 0.5, 0.999999))
  expect_equal(unlist(at(c(0.01, 1), "share"))[1:3], c(0.01, 0.01 * 10^0.5, 0.1))
  expect_identical(at(c(2, 5), "count"), list(2L, 2L, 4L, 5L))
  expect_identical(unlist(at(c(1L, 100L), "count"))[c(1L, 4L)], c(1L, 100L))
  expect_identical(at(c("a", "b"), "way"), list("a", "a", "b", "b"))
  expect_identical(at(list(NULL, 1:3), "way"), list(NULL, NULL, 1:3, 1:3))
  expect_identical(at(c(1, 5, 9), "share"), list(1, 1, 5, 9))
})

test_that("the ranges of each kind are settings that it takes", {
  for (kind in names(tune_ranges)) {
    all <- make_candidates(resolve_learner(kind), NULL, 20L, 3)
    expect_gt(length(all), 3L)
    expect_identical(all[[1L]]$params, resolve_learner(kind)$params)
  }
})

test_that("the seed decides, not threads, tries, or the order of settings", {
  settings <- list(trees = c(2, 30), rate = c(0.05, 0.5))
  boost <- lcrisk_boost(folds = 0, trees = 5)
  quick <- function(settings, tries, threads = 1L, seed = 2) {
    tune(settings, learner = boost, tries = tries, folds = 2, keep = 1,
         threads = threads, seed = seed)
  }
  same <- function(x) x[, c("trees", "rate", "score", "se")]
  one <- quick(settings, 4L)
  expect_identical(same(quick(settings, 4L, threads = 3L)$table), same(one$table))
  expect_identical(same(quick(rev(settings), 4L)$table), same(one$table))
  more <- quick(settings, 6L)
  expect_true(all(one$table$rate %in% more$table$rate))
  expect_false(identical(same(quick(settings, 4L, seed = 3)$table), same(one$table)))
  set.seed(7)
  before <- .Random.seed
  quick(settings, 2L)
  expect_identical(.Random.seed, before)
})

test_that("CVV-14: the order of a grid changes no candidate's result", {
  grid <- data.frame(smooth = c(0.1, 1, 10, 50, 90))
  one <- tune(grid)$table
  other <- tune(grid[c(4, 2, 5, 1, 3), , drop = FALSE])$table
  columns <- c("smooth", "round", "folds", "score", "se", "error")
  expect_identical(other[, ..columns], one[, ..columns])
})

test_that("CVV-11: one failing candidate is recorded, the others finish", {
  grid <- data.frame(smooth = c(0.2, 0.4, 0.6))
  warning <- expect_warning(
    found <- count_fits(tune(grid, learner = counting()), broken = 0.4)$value,
    class = "lcrisk_warning_data"
  )
  expect_identical(warning$code, "failed_candidate")
  expect_identical(found$table$smooth, c(0.6, 0.2, 0.4))
  expect_identical(is.na(found$table$error), c(TRUE, TRUE, FALSE))
  error <- expect_error(
    count_fits(tune(data.frame(smooth = 0.4), learner = counting()), broken = 0.4),
    class = "lcrisk_error"
  )
  expect_identical(error$code, "all_failed")
})

test_that("every hostile input to lcrisk_tune() has its defined result", {
  boost <- function(...) tune(list(...), learner = "boost")
  grid <- function(n) data.frame(smooth = rep(1, n))
  written <- tempfile()
  writeLines("income,default", written)
  on.exit(unlink(written))
  expect_cases(list(
    case("CVV-10", "a grid without rows", tune(grid(0)), "error input no_candidates"),
    case("CVV-10", "rows twice", tune(grid(2)), "warning data duplicate_candidates"),
    case("CVV-10", "1e7 rows", tune(grid(1e7)), "error resource too_many_candidates"),
    case("CVV-10", "1e7 tries", tune(tries = 1e7), "error resource too_many_candidates"),
    case("TUN-01", "no settings", tune(list()), "error input no_candidates"),
    case("TUN-02", "settings without names", tune(list(1:2)), "error input bad_argument"),
    case("TUN-03", "an unknown setting", boost(raet = c(0.1, 0.2)),
         "error input unknown_setting"),
    case("TUN-04", "a range that falls", boost(rate = c(0.2, 0.1)),
         "error input bad_range"),
    case("TUN-05", "a range with a gap", boost(rate = c(NA, 0.1)),
         "error input bad_range"),
    case("TUN-06", "an endless range", boost(rate = c(0.1, Inf)),
         "error input bad_range"),
    case("TUN-07", "an end that the learner refuses", boost(rate = c(0.1, 2)),
         "error input bad_setting"),
    case("TUN-08", "a choice that the learner refuses",
         boost(stop_on = c("auc", "aic")), "error input bad_setting"),
    case("TUN-09", "half a leaf", boost(leaves = c(2.5, 8)), "error input bad_setting"),
    case("TUN-10", "no choices", boost(stop_on = character()), "error input bad_range"),
    case("TUN-11", "an unknown metric", tune(metric = "acu"), "error input bad_choice"),
    case("TUN-12", "keep of 0", tune(keep = 0), "error input bad_argument"),
    case("TUN-13", "no tries", tune(tries = 0), "error input bad_argument"),
    case("TUN-14", "nested with given folds",
         tune(folds = lcrisk_folds(people(), k = 3, outcome = "y", seed = 1), nested = 3),
         "error input bad_argument"),
    case("TUN-15", "a file of something else", tune(file = written),
         "error input not_a_search"),
    case("TUN-16", "a file in no folder", tune(file = file.path(written, "x")),
         "error io cannot_write"),
    case("TUN-17", "an unknown argument", tune(treis = 3),
         "error input unknown_argument"),
    case("TUN-18", "no ranges known", tune(NULL), "error input bad_argument")
  ))
})

test_that("an interrupted search goes on where it stopped, to the same result", {
  file <- tempfile()
  on.exit(unlink(file))
  search <- function(...) {
    tune(list(smooth = c(0.01, 1)), learner = counting(), tries = 9L, file = file, ...)
  }
  whole <- count_fits(tune(list(smooth = c(0.01, 1)), learner = counting(), tries = 9L))
  error <- expect_error(count_fits(search(), interrupt = 8L),
                        class = "lcrisk_error_cancelled")
  expect_identical(nrow(error$finished), 7L)
  # the last line was cut short by the crash
  text <- readChar(file, file.size(file))
  cat(substr(text, 1L, nchar(text) - 12L), file = file)
  rest <- count_fits(search())
  expect_identical(rest$n, whole$n - 6L)
  columns <- setdiff(names(whole$value$table), "seconds")
  expect_identical(rest$value$table[, ..columns], whole$value$table[, ..columns])
  expect_identical(rest$value$best, whole$value$best)
  expect_identical(count_fits(search())$n, 0L)
  # another search in the same file does not mix with it
  expect_identical(count_fits(search(seed = 5))$n, whole$n)
  expect_identical(count_fits(search(metric = "brier"))$n, whole$n)
  expect_identical(count_fits(search())$n, 0L)
})

test_that("a nested search is judged on rows it never saw", {
  d <- people()
  found <- count_fits(tune(list(smooth = c(0.01, 1)), learner = counting(), tries = 3L,
                           folds = 2, nested = 3, keep = 1))
  expect_s3_class(found$value$nested, "lcrisk_resample")
  expect_setequal(found$value$nested$predictions$row, 1:300)
  expect_length(found$value$nested$chosen, 3L)
  # 4 candidates on 2 folds, in 3 outer folds and on all rows, and the 3 that are judged
  expect_identical(found$n, 4L * 2L * 4L + 3L)
  # what an outer fold chose is what a search on its training rows alone chooses
  f <- found$value$nested$predictions
  rows <- f$row[f$fold == 2L]
  poisoned <- d
  poisoned$income[rows] <- 1e9
  poisoned$y[rows] <- 1L - poisoned$y[rows]
  folds <- structure(list(list(train = setdiff(1:300, rows), test = rows)),
                     class = "lcrisk_folds")
  nested <- function(data) {
    tune(list(smooth = c(0.5, 50)), data = data, tries = 4L, folds = 2, nested = folds)
  }
  clean <- nested(d)$nested
  sick <- nested(poisoned)$nested
  expect_identical(sick$chosen, clean$chosen)
  expect_identical(sick$folds$fingerprint, clean$folds$fingerprint)
  expect_output(print(found$value), "on 3 folds nobody searched on")
})

test_that("vintages, balancing and other packages' learners are searched over too", {
  frame <- few_frame(360L)
  folds <- lcrisk_folds(frame, "rolling", k = 3, gap = 1)
  found <- lcrisk_tune(frame, lcrisk_testlearner(), list(smooth = c(0.1, 10)), 4L, folds,
                       seed = 1, progress = FALSE, balance = "undersample")
  expect_identical(max(found$table$folds), 3L)
  skip_if_not_installed("nnet")
  peer <- tune(list(size = c(1L, 4L)), tries = 2L, folds = 2,
               learner = lcrisk_peer("nnet", maxit = 20, size = 2L))
  expect_type(peer$table$size, "integer")
  expect_identical(peer$best$params$settings$size, peer$table$size[1L])
})

test_that("a search prints what it chose and what next", {
  found <- tune()
  lines <- format(found)
  expect_lte(length(lines), 10L)
  expect_match(lines[1], "<lcrisk_tuning> testlearner by auc: 7 candidates")
  expect_output(expect_identical(print(found), found), "lcrisk_train")
  expect_identical(data.table::as.data.table(found), found$table)
})
