fit_forest <- function(learner, data, weights = NULL, seed = 1, threads = 2) {
  fit_core(learner, data$x, data$y, weights, new_run(seed, threads))
}

score_forest <- function(learner, core, x, threads = 2) {
  predict_core(learner, core, x, new_run(1, threads))
}

# Nothing drawn: every row once, every feature at every node
whole_forest <- function(..., trees = 3) {
  lcrisk_forest(trees = trees, mtry = 1000, rows = 1, replace = FALSE, ...)
}

# One tree in plain R: the best split by trying all of them on the values themselves, with
# weights `w`. Returns the leaf share of each row.
tree_by_hand <- function(x, y, w, min_leaf, smooth) {
  share <- numeric(length(y))
  base <- sum(w * y) / sum(w)
  half <- function(rows) sum(w[rows] * y[rows])^2 / sum(w[rows])
  open <- list(seq_along(y))
  while (length(open)) {
    rows <- open[[1L]]
    open <- open[-1L]
    best <- list(gain = 1e-9)
    for (v in lapply(x, `[`, rows)) {
      for (cut in sort(unique(v[!is.na(v)]))) {
        for (missing_left in unique(c(FALSE, anyNA(v)))) {
          left <- ifelse(is.na(v), missing_left, v <= cut)
          if (min(sum(w[rows][left]), sum(w[rows][!left])) < min_leaf) next
          gain <- half(rows[left]) + half(rows[!left]) - half(rows)
          if (gain > best$gain + 1e-9) best <- list(gain = gain, left = left)
        }
      }
    }
    if (is.null(best$left)) {
      share[rows] <- (sum(w[rows] * y[rows]) + smooth * base) / (sum(w[rows]) + smooth)
    } else {
      open <- c(list(rows[best$left], rows[!best$left]), open)
    }
  }
  share
}

forest_rows <- function(n, seed) {
  set.seed(seed)
  x <- list(
    a = sample(c(1:6, NA), n, TRUE), b = rnorm(n), c = sample(c(0.5, 1.5, NA), n, TRUE),
    d = runif(n), e = factor(sample(letters[1:9], n, TRUE))
  )
  z <- -1 + 0.5 * ifelse(is.na(x$a), 4, x$a) - x$b + 0.8 * (x$e %in% c("b", "f"))
  list(x = x, y = as.integer(runif(n) < plogis(z - 1.5)))
}

test_that("lcrisk_forest() keeps the learner contract", {
  expect_learner_contract(lcrisk_forest(trees = 60), weights = "none", cancel = FALSE)
  expect_learner_contract(
    lcrisk_forest(trees = 20, rows = 1, replace = FALSE, mtry = 3, min_leaf = 10),
    weights = "exact", row_order = TRUE, cancel = FALSE
  )
})

test_that("a refused tick ends a long fit", {
  contract_cancel(lcrisk_forest(trees = 1e6), contract_rows(600L))
  contract_cancel(lcrisk_forest(trees = 1000, min_leaf = 1), contract_rows(20000L))
})

test_that("Ctrl-C ends trees of many rows soon, and gives their memory back", {
  skip_on_os(c("windows", "mac"))
  child <- in_process(c(interrupting, '
    n <- 100000L
    set.seed(4)
    x <- as.data.frame(matrix(rnorm(20 * n), n))
    y <- as.integer(runif(n) < plogis(x[[1]] - x[[2]] - 1))
    fit <- function(trees) {
      lcrisk_train(x, y, learner = lcrisk_forest(trees, min_leaf = 1), seed = 9,
                   threads = 2, progress = FALSE)
    }
    stopped <- lapply(1:8, function(i) {
      found <- interrupted(fit(100000), after = 0.6)
      gc()
      c(found, resident = resident())
    })
    result <- list(ended = unique(lapply(stopped, `[[`, "ended")),
                   slowest = max(vapply(stopped, `[[`, 0, "seconds")),
                   growth = stopped[[8]]$resident - stopped[[3]]$resident,
                   after = length(predict(fit(2), x[1:5, ])))
  '))
  expect_identical(child$status, 0L, info = paste(child$output, collapse = "\n"))
  expect_identical(child$result$ended, list("lcrisk_error_cancelled"))
  expect_lt(child$result$slowest, 2)
  # megabytes; the codes of one fit alone are four, so five that leak are twenty. Where
  # the signal strikes moves what the allocator keeps by some.
  expect_lt(child$result$growth, 12)
  expect_identical(child$result$after, 5L)
})

test_that("a tree that draws nothing equals an exhaustive search in plain R", {
  for (seed in 1:4) {
    data <- forest_rows(300, seed)
    data$x <- data$x[c("a", "c", "b")]
    data$x$b <- round(data$x$b, 1)
    weights <- runif(300, 0.5, 2)  # so uneven that no two splits gain the same
    learner <- whole_forest(min_leaf = 12, smooth = 2)
    core <- fit_forest(learner, data, weights)
    expected <- tree_by_hand(data$x, data$y, weights, 12, 2)
    expect_gt(length(unique(expected)), 8L)
    expect_equal(plogis(score_forest(learner, core, data$x)), expected, tolerance = 1e-4)
  }
})

test_that("the forest is identical on any number of threads, and row by row", {
  data <- forest_rows(8000, 6)
  for (learner in list(
    lcrisk_forest(trees = 20), lcrisk_forest(trees = 10, extra = TRUE),
    lcrisk_forest(trees = 10, replace = FALSE, rows = 0.6, class_weights = c(1, 4))
  )) {
    one <- fit_forest(learner, data, threads = 1)
    for (threads in c(2, 3, 8)) {
      expect_identical(fit_forest(learner, data, threads = threads), one)
    }
    score <- score_forest(learner, one, data$x, threads = 1)
    expect_identical(score_forest(learner, one, data$x, threads = 3), score)
    some <- c(77, 4000)
    alone <- vapply(some, function(i) {
      score_forest(learner, one, lapply(data$x, `[`, i))
    }, 0)
    expect_identical(alone, score[some])
  }
})

test_that("whole weights are repeated rows, bit for bit, where no rows are drawn", {
  data <- forest_rows(3000, 7)
  set.seed(1)
  times <- sample(0:3, 3000, TRUE)
  rows <- rep(seq_along(times), times)
  repeated <- list(x = lapply(data$x, `[`, rows), y = data$y[rows])
  for (extra in c(FALSE, TRUE)) {
    learner <- lcrisk_forest(trees = 8, replace = FALSE, min_leaf = 15, extra = extra)
    expect_identical(
      score_forest(learner, fit_forest(learner, data, as.double(times)), data$x),
      score_forest(learner, fit_forest(learner, repeated), data$x)
    )
  }
})

test_that("rows of weight 0 are not there, also where rows are drawn", {
  data <- forest_rows(2000, 8)
  weights <- rep(c(1, 2.5, 0, 0.7), 500)
  kept <- weights > 0
  learner <- lcrisk_forest(trees = 10)
  core <- fit_forest(learner, data, weights)
  fewer <- list(x = lapply(data$x, `[`, kept), y = data$y[kept])
  expect_identical(
    score_forest(learner, core, data$x),
    score_forest(learner, fit_forest(learner, fewer, weights[kept]), data$x)
  )
  expect_true(all(is.na(core$oob$prob[!kept])))
  # without levels, only the proportions of weights matter to the default size of leaves
  numbers <- list(x = data$x[c("a", "b", "c", "d")], y = data$y)
  large <- fit_forest(lcrisk_forest(trees = 10), numbers, 1024 * weights)
  small <- fit_forest(lcrisk_forest(trees = 10), numbers, weights)
  expect_identical(large$trees$split, small$trees$split)
})

test_that("class weights are weights of that size and the same mean", {
  data <- forest_rows(2000, 9)
  plain <- whole_forest(min_leaf = 20, smooth = 1)
  by_class <- whole_forest(min_leaf = 20, smooth = 1, class_weights = c(1, 3))
  weights <- c(1, 3)[data$y + 1]
  weights <- weights * 2000 / sum(weights)
  a <- score_forest(by_class, fit_forest(by_class, data), data$x)
  expect_identical(a, score_forest(plain, fit_forest(plain, data, weights), data$x))
  expect_gt(mean(plogis(a)), mean(data$y) + 0.1)
})

test_that("out-of-bag predictions come from the trees that did not draw the row", {
  data <- forest_rows(1500, 10)
  learner <- lcrisk_forest(trees = 1, min_leaf = 5)
  core <- fit_forest(learner, data)
  known <- !is.na(core$oob$prob)
  expect_equal(mean(known), exp(-1), tolerance = 0.1)
  prob <- .Call(ffi_base_logistic, score_forest(learner, core, data$x))
  expect_identical(core$oob$prob[known], prob[known])

  core <- fit_forest(lcrisk_forest(trees = 200, min_leaf = 5), data)
  oob <- core$oob
  expect_identical(oob$rows, 1500L)
  expect_equal(oob$brier, mean((oob$prob - data$y)^2))
  expect_equal(oob$auc, as.double(lcrisk_auc(data$y, oob$prob)))
  expect_equal(oob$log_loss, -mean(log(ifelse(data$y == 1, oob$prob, 1 - oob$prob))))
  # an honest error: near that of new rows, far from that of the rows learned from
  new <- forest_rows(4000, 11)
  prob <- plogis(score_forest(learner, core, new$x))
  seen <- plogis(score_forest(learner, core, data$x))
  expect_lt(abs(oob$brier - mean((prob - new$y)^2)), 0.02)
  expect_gt(oob$brier - mean((seen - data$y)^2), 0.02)

  none <- fit_forest(lcrisk_forest(trees = 3, replace = FALSE), data)$oob
  expect_identical(none$rows, 0L)
  expect_true(is.na(none$auc) && is.na(none$brier))
})

test_that("a printed forest shows its out-of-bag error", {
  rows <- contract_rows(400L)
  model <- lcrisk_train(y ~ ., rows, learner = lcrisk_forest(50), seed = 1)
  expect_match(format(model), all = FALSE,
               "out of bag +AUC 0\\.[0-9]+, Brier 0\\.[0-9]+ \\(400 rows\\)")
  model <- lcrisk_train(y ~ ., rows, seed = 1,
                        learner = lcrisk_forest(5, replace = FALSE))
  expect_match(format(model), "every tree drew all", all = FALSE)
})

test_that("importance finds the features that matter", {
  data <- forest_rows(4000, 12)
  core <- fit_forest(lcrisk_forest(trees = 50), data)
  expect_named(core$importance, names(data$x))
  expect_true(all(core$importance >= 0))
  expect_identical(names(which.max(core$importance)), "b")
  expect_gt(core$importance[["a"]], core$importance[["d"]])
  # no more can be taken off the Gini index than there is
  expect_lt(sum(core$importance), 2 * mean(data$y) * (1 - mean(data$y)))
})

test_that("levels are split natively and unseen ones are missing", {
  set.seed(3)
  level <- factor(sample(letters[1:10], 3000, TRUE))
  y <- as.integer(runif(3000) < ifelse(level %in% c("b", "e", "h"), 0.8, 0.2))
  learners <- list(whole_forest(depth = 1, min_leaf = 1), lcrisk_forest(trees = 60))
  for (learner in learners) {
    core <- fit_forest(learner, list(x = list(level = level), y = y))
    score <- score_forest(learner, core, list(level = level))
    expect_true(all(score[level %in% c("b", "e", "h")] > 0))
    expect_true(all(score[!level %in% c("b", "e", "h")] < 0))
    unseen <- factor(NA, levels(level))
    expect_true(is.finite(score_forest(learner, core, list(level = unseen))))
  }
})

test_that("missing values are split off where they tell something", {
  set.seed(4)
  x <- rnorm(2000)
  x[runif(2000) < 0.3] <- NA
  y <- as.integer(runif(2000) < ifelse(is.na(x), 0.7, 0.1))
  learner <- whole_forest(depth = 1, min_leaf = 1)
  core <- fit_forest(learner, list(x = list(x = x), y = y))
  prob <- plogis(score_forest(learner, core, list(x = c(NA, -9, 9))))
  expect_equal(prob, c(mean(y[is.na(x)]), rep(mean(y[!is.na(x)]), 2)), tolerance = 0.01)
})

test_that("extremely randomised trees learn, by other splits", {
  data <- forest_rows(4000, 13)
  new <- forest_rows(4000, 14)
  auc <- vapply(c(FALSE, TRUE), function(extra) {
    learner <- lcrisk_forest(trees = 150, extra = extra)
    core <- fit_forest(learner, data)
    as.double(lcrisk_auc(new$y, plogis(score_forest(learner, core, new$x))))
  }, 0)
  expect_gt(auc[2L], auc[1L] - 0.02)
  expect_gt(auc[2L], 0.75)
  # one tree, one feature: a random cut is not always the best one
  one <- list(x = data$x["b"], y = data$y)
  stump <- function(seed, extra) {
    learner <- whole_forest(trees = 1, depth = 1, extra = extra)
    fit_forest(learner, one, seed = seed)$trees$split[1L]
  }
  expect_length(unique(vapply(1:20, stump, 0L, extra = FALSE)), 1L)
  expect_gt(length(unique(vapply(1:20, stump, 0L, extra = TRUE))), 10L)
})

test_that("AUC is that of ranger within noise, over seeds", {
  skip_if_not_installed("ranger")
  data <- forest_rows(1500, 15)
  new <- forest_rows(6000, 16)
  fill <- function(x) as.data.frame(lapply(x, function(v) {
    if (is.factor(v)) v else ifelse(is.na(v), -9, v)
  }))
  train <- fill(data$x)
  test <- fill(new$x)
  learner <- lcrisk_forest(trees = 100, min_leaf = 0, min_split = 11, smooth = 0,
                           bins = 254)
  auc_of <- function(prob) as.double(lcrisk_auc(new$y, prob))
  auc <- vapply(1:20, function(seed) {
    theirs <- ranger::ranger(
      x = train, y = factor(data$y), num.trees = 100, min.node.size = 10, seed = seed,
      probability = TRUE, num.threads = 1, respect.unordered.factors = "order"
    )
    core <- fit_forest(learner, list(x = as.list(train), y = data$y), seed = seed)
    c(ours = auc_of(plogis(score_forest(learner, core, as.list(test)))),
      theirs = auc_of(stats::predict(theirs, test)$predictions[, 2L]))
  }, c(0, 0))
  gap <- auc["ours", ] - auc["theirs", ]
  noise <- stats::sd(gap) / sqrt(length(gap))
  expect_gt(mean(gap), -0.002 - 3 * noise)
  expect_gt(min(auc), 0.7)
})

test_that("a damaged forest is refused and never crashes, for few rows and many", {
  data <- forest_rows(500, 9)
  learner <- lcrisk_forest(trees = 3)
  core <- fit_forest(learner, data)
  root_of_last <- core$trees$tree_start[3L] + 1L
  damages <- list(
    function(m) { m$trees$follow[1] <- 0L; m },
    function(m) { m$trees$split[root_of_last] <- 99L * 512L + 1L; m },
    function(m) { m$trees$split[1] <- -7L; m },
    function(m) { m$trees$split[1] <- bitwOr(2^30, 99999L); m },
    function(m) { m$trees$split <- m$trees$split[-1]; m },
    function(m) { m$trees$follow <- as.double(m$trees$follow); m },
    function(m) { m$trees$tree_start[2] <- 1e6L; m },
    function(m) { m$trees$tree_start <- integer(); m },
    function(m) { m$trees$subset_bits <- m$trees$subset_bits[-1]; m },
    function(m) { m$trees <- NULL; m },
    function(m) { m$bins$cut_start <- m$bins$cut_start + 1L; m }
  )
  for (damage in damages) {
    for (n in c(1L, 500L)) {
      x <- lapply(data$x, `[`, seq_len(n))
      expect_error(score_forest(learner, damage(core), x), class = "lcrisk_error_model")
    }
  }
})

test_that("settings out of range are refused by name", {
  cases <- list(
    list(trees = 0), list(trees = NA), list(trees = 1.5), list(mtry = 0),
    list(mtry = "a"), list(min_leaf = -1), list(min_split = -1), list(depth = 0),
    list(depth = 513), list(rows = 0), list(rows = 1.1), list(replace = NA),
    list(extra = 1), list(class_weights = 1), list(class_weights = c(1, 0)),
    list(class_weights = c(1, NA)), list(class_weights = c("a", "b")),
    list(smooth = -1), list(bins = 1), list(bins = 255)
  )
  for (case in cases) {
    error <- expect_error(do.call(lcrisk_forest, case), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(case))
  }
})

test_that("very few rows, one feature and one split make a forest too", {
  data <- data.frame(x = c(1, 2, 3, 4), y = c(0, 0, 1, 1))
  train <- function(learner) {
    suppressWarnings(lcrisk_train(y ~ x, data, learner = learner, seed = 1))
  }
  prob <- predict(train(lcrisk_forest(20, min_leaf = 1)), data)
  expect_true(all(is.finite(prob)) && prob[4] > prob[1])
  default <- predict(train("forest"), data)
  expect_true(all(default > 0 & default < 1))
})
