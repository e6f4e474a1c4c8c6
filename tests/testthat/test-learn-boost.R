# One round of boosting in plain R: the best split of every leaf by trying all of
# them, on the values themselves. Returns the log-odds after the round.
boost_by_hand <- function(x, y, score, leaves, min_leaf, l2, rate) {
  p <- plogis(score)
  g <- p - y
  h <- p * (1 - p)
  gain <- function(left, rows) {
    part <- function(i) sum(g[i])^2 / (sum(h[i]) + l2)
    part(rows[left]) + part(rows[!left]) - part(rows)
  }
  best_of <- function(rows) {
    best <- list(gain = 0)
    for (j in seq_along(x)) {
      v <- x[[j]][rows]
      for (cut in sort(unique(v[!is.na(v)]))) {
        for (missing_left in unique(c(FALSE, anyNA(v)))) {
          left <- ifelse(is.na(v), missing_left, v <= cut)
          if (min(sum(left), sum(!left)) < max(1, min_leaf)) next
          now <- gain(left, rows)
          if (now > best$gain + 1e-9) best <- list(gain = now, left = left)
        }
      }
    }
    best
  }
  list_of <- list(seq_along(y))
  best <- list(best_of(list_of[[1]]))
  while (length(list_of) < leaves) {
    k <- which.max(vapply(best, `[[`, 0, "gain"))
    if (best[[k]]$gain <= 0) break
    rows <- list_of[[k]]
    children <- list(rows[best[[k]]$left], rows[!best[[k]]$left])
    list_of <- c(list_of[-k], children)
    best <- c(best[-k], lapply(children, best_of))
  }
  for (rows in list_of) {
    score[rows] <- score[rows] - rate * sum(g[rows]) / (sum(h[rows]) + l2)
  }
  score
}

few_values <- function(n, seed) {
  set.seed(seed)
  x <- list(
    a = sample(c(1:6, NA), n, TRUE), b = as.numeric(sample(8, n, TRUE)),
    c = sample(c(0.5, 1.5, NA), n, TRUE)
  )
  y <- as.integer(runif(n) < plogis(-1 + 0.5 * ifelse(is.na(x$a), 4, x$a) - 0.3 * x$b))
  list(x = x, y = y)
}

plain_boost <- function(...) lcrisk_boost(..., rows = 1, columns = 1, folds = 0)

fit_boost <- function(learner, data, weights = NULL, seed = 1, threads = 2) {
  fit_core(learner, data$x, data$y, weights, new_run(seed, threads))
}

score_boost <- function(learner, core, x, threads = 2) {
  predict_core(learner, core, x, new_run(1, threads))
}

test_that("lcrisk_boost() keeps the learner contract", {
  expect_learner_contract(
    lcrisk_boost(trees = 60, rate = 0.1, min_leaf = 10), weights = "none", cancel = FALSE
  )
  expect_learner_contract(
    plain_boost(trees = 40, rate = 0.1, min_leaf = 10),
    weights = "exact", row_order = TRUE, cancel = FALSE
  )
})

test_that("a refused tick ends a long fit, with folds and without", {
  train <- contract_rows(600L)
  contract_cancel(plain_boost(trees = 1e6, min_leaf = 10), train)
  contract_cancel(lcrisk_boost(trees = 1e6, patience = 1e6, min_leaf = 10), train)
})

test_that("boosting equals an exhaustive search in plain R", {
  for (seed in 1:5) {
    data <- few_values(400, seed)
    learner <- plain_boost(trees = 3, rate = 0.3, leaves = 5, min_leaf = 10, l2 = 1)
    core <- fit_boost(learner, data)
    expected <- rep(qlogis(mean(data$y)), length(data$y))
    for (round in 1:3) expected <- boost_by_hand(data$x, data$y, expected, 5, 10, 1, 0.3)
    expect_equal(score_boost(learner, core, data$x), expected, tolerance = 1e-6)
  }
})

test_that("the fitted model is identical on any number of threads", {
  data <- few_values(20000, 6)
  data$x$d <- rnorm(20000)
  data$x$e <- factor(sample(letters, 20000, TRUE))
  for (learner in list(
    lcrisk_boost(trees = 20), plain_boost(trees = 10), lcrisk_boost(trees = 10, folds = 0)
  )) {
    one <- fit_boost(learner, data, threads = 1)
    for (threads in c(2, 3, 8)) {
      expect_identical(fit_boost(learner, data, threads = threads), one)
    }
    score <- score_boost(learner, one, data$x, threads = 1)
    expect_identical(score_boost(learner, one, data$x, threads = 3), score)
    alone <- lapply(data$x, `[`, 77)
    expect_identical(score_boost(learner, one, alone), score[77])
  }
})

test_that("whole weights are repeated rows, bit for bit", {
  data <- few_values(5000, 7)
  set.seed(1)
  times <- sample(0:3, 5000, TRUE)
  rows <- rep(seq_along(times), times)
  repeated <- list(x = lapply(data$x, `[`, rows), y = data$y[rows])
  learner <- plain_boost(trees = 15, leaves = 8, min_leaf = 50)
  expect_identical(
    score_boost(learner, fit_boost(learner, data, weights = as.double(times)), data$x),
    score_boost(learner, fit_boost(learner, repeated), data$x)
  )
})

test_that("row order does not matter when no rows are drawn", {
  data <- few_values(3000, 8)
  set.seed(2)
  order <- sample(3000)
  shuffled <- list(x = lapply(data$x, `[`, order), y = data$y[order])
  learner <- plain_boost(trees = 10)
  expect_identical(fit_boost(learner, shuffled), fit_boost(learner, data))
})

test_that("levels are split natively and unseen ones are missing", {
  set.seed(3)
  level <- factor(sample(letters[1:10], 4000, TRUE))
  y <- as.integer(runif(4000) < ifelse(level %in% c("b", "e", "h"), 0.8, 0.2))
  learner <- plain_boost(trees = 1, rate = 1, leaves = 2, min_leaf = 1, l2 = 0)
  core <- fit_boost(learner, list(x = list(level = level), y = y))
  score <- score_boost(learner, core, list(level = level))
  expect_equal(length(unique(score)), 2L)
  expect_true(all(score[level %in% c("b", "e", "h")] > 0))
  expect_true(all(score[!level %in% c("b", "e", "h")] < 0))
  unseen <- factor(NA, levels(level))
  expect_true(is.finite(score_boost(learner, core, list(level = unseen))))
})

test_that("a damaged model is refused and never crashes", {
  data <- few_values(500, 9)
  learner <- plain_boost(trees = 3)
  core <- fit_boost(learner, data)
  damages <- list(
    function(m) { m$trees$left[1] <- 0L; m },
    function(m) { m$trees$feature[1] <- 99L; m },
    function(m) { m$trees$value <- m$trees$value[-1]; m },
    function(m) { m$trees$value[2] <- NaN; m },
    function(m) { m$trees$tree_start[2] <- 1e6L; m },
    function(m) { m$trees <- NULL; m },
    function(m) { m$bins$cut <- rev(m$bins$cut); m },
    function(m) { m$bins$cut_start <- m$bins$cut_start + 1L; m },
    function(m) { m$bins$n_bins[1] <- 300L; m },
    function(m) { m$bins$level_code <- "x"; m }
  )
  for (damage in damages) {
    expect_error(score_boost(learner, damage(core), data$x), class = "lcrisk_error_model")
  }
})

test_that("settings out of range are refused by name", {
  cases <- list(
    list(trees = 0), list(trees = NA), list(trees = 1.5), list(rate = 0), list(rate = 2),
    list(leaves = 1), list(leaves = 1e9), list(depth = 0), list(min_leaf = -1),
    list(l2 = -1), list(l2 = "a"), list(min_gain = Inf), list(rows = 0), list(rows = 1.1),
    list(columns = c(0.5, 0.6)), list(bins = 1), list(bins = 255), list(folds = 1),
    list(folds = -1), list(patience = 0), list(l1 = -1), list(monotone = 1),
    list(monotone = c(a = 2)), list(monotone = c(a = 1, a = -1)),
    list(interactions = "a"), list(interactions = list()), list(interactions = list(1)),
    list(sampling = "goss"), list(effort = 0), list(effort = 100), list(effort = NA),
    list(stop_on = "ks"),
    list(seconds = 0), list(seconds = NA), list(on_interrupt = TRUE)
  )
  for (case in cases) {
    error <- expect_error(do.call(lcrisk_boost, case), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(case))
  }
})

test_that("monotone directions hold for every pair, exactly", {
  set.seed(4)
  n <- 6000
  data <- data.frame(up = round(rnorm(n), 1), down = runif(n), free = rnorm(n),
                     hole = rnorm(n))
  data$up[sample(n, 600)] <- NA
  # the truth bends the wrong way here and there, so that directions must be forced
  z <- sin(3 * data$up) - cos(7 * data$down) + data$free * data$down
  data$y <- as.integer(runif(n) < plogis(ifelse(is.na(z), 0, z)))
  learner <- lcrisk_boost(trees = 150, rate = 0.2, leaves = 31, depth = 10, min_leaf = 5,
                          monotone = c(up = 1, down = -1))
  model <- lcrisk_train(y ~ ., data, learner = learner, seed = 1)
  rises <- function(feature, sign) {
    rows <- data[sample(n, 1e5, TRUE), names(data) != "y"]
    a <- b <- rows
    pair <- matrix(sample(data[[feature]][!is.na(data[[feature]])], 2e5, TRUE), ncol = 2)
    a[[feature]] <- pmin(pair[, 1], pair[, 2])
    b[[feature]] <- pmax(pair[, 1], pair[, 2])
    sum(sign * (predict(model, b, type = "link") - predict(model, a, type = "link")) < 0)
  }
  expect_identical(rises("up", 1), 0L)
  expect_identical(rises("down", -1), 0L)
  free <- lcrisk_train(y ~ ., data, seed = 1, learner = lcrisk_boost(
    trees = 150, rate = 0.2, leaves = 31, depth = 10, min_leaf = 5
  ))
  model <- free
  expect_gt(rises("up", 1), 1000)
})

test_that("only features of one interaction group meet on a path", {
  set.seed(5)
  n <- 4000
  data <- as.data.frame(matrix(rnorm(5 * n), n, dimnames = list(NULL, letters[1:5])))
  link <- data$a * data$b + data$c * data$d + data$e * data$a
  data$y <- as.integer(runif(n) < plogis(link))
  learner <- plain_boost(trees = 30, rate = 0.3, leaves = 16, min_leaf = 5,
                         interactions = list(c("a", "b"), c("b", "c", "d")))
  core <- fit_core(learner, as.list(data[letters[1:5]]), data$y, NULL, new_run(1, 2))
  trees <- core$trees
  paths <- character()
  for (t in seq_len(length(trees$tree_start) - 1L)) {
    walk <- function(node, path) {
      i <- trees$tree_start[t] + node + 1L
      if (trees$feature[i] < 0L) {
        paths <<- c(paths, paste(sort(unique(path)), collapse = ""))
      } else {
        path <- c(path, letters[trees$feature[i] + 1L])
        walk(trees$left[i], path)
        walk(trees$right[i], path)
      }
    }
    walk(0L, character())
  }
  allowed <- c("", "a", "b", "c", "d", "e", "ab", "bc", "bd", "cd", "bcd")
  expect_identical(setdiff(paths, allowed), character())
  expect_true(all(c("ab", "cd") %in% paths))
})

test_that("constraints on unknown features and on levels are refused", {
  data <- data.frame(a = rnorm(300), f = factor(rep(c("x", "y", "z"), 100)),
                     y = rep(0:1, 150))
  fit <- function(...) lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 2, ...))
  expect_error(fit(monotone = c(b = 1)), "`b`", class = "lcrisk_error_input")
  expect_error(fit(interactions = list(c("a", "q"))), "`q`", class = "lcrisk_error_input")
  expect_error(fit(monotone = c(f = 1)), "`f`", class = "lcrisk_error_input")
})

test_that("the default learns from a hundred rows too", {
  set.seed(1)
  data <- data.frame(x = rnorm(100))
  data$y <- as.integer(runif(100) < plogis(3 * data$x))
  prob <- predict(lcrisk_train(y ~ x, data, seed = 1), data)
  expect_gt(as.numeric(lcrisk_auc(data$y, prob)), 0.75)
})

test_that("effort is one knob for three settings, and each can be set apart", {
  params <- function(...) lcrisk_boost(...)$params[c("trees", "rate", "patience")]
  expect_identical(params(), list(trees = 2000L, rate = 0.03, patience = 80L))
  expect_identical(params(effort = 0.5), list(trees = 1000L, rate = 0.06, patience = 40L))
  expect_identical(params(effort = 3, rate = 0.1),
                   list(trees = 6000L, rate = 0.1, patience = 240L))
})

test_that("early stopping by the area watches the area", {
  data <- few_values(4000, 8)
  core <- function(stop_on) {
    fit_boost(lcrisk_boost(trees = 400, rate = 0.2, folds = 2, patience = 10,
                           stop_on = stop_on), data)
  }
  by_area <- core("auc")
  by_loss <- core("log_loss")
  expect_identical(by_area$end, "patience")
  expect_true(all(by_area$fold_trees %% 5 == 1))
  expect_false(identical(by_area$fold_trees, by_loss$fold_trees))
})

test_that("a fit ends when its time is over, with a model", {
  data <- few_values(4000, 8)
  for (folds in c(0, 3)) {
    learner <- lcrisk_boost(trees = 1e6, seconds = 0.05, folds = folds, patience = 1e6)
    core <- fit_boost(learner, data)
    expect_identical(core$end, "seconds")
    expect_true(all(is.finite(score_boost(learner, core, data$x))))
  }
})

test_that("weights beyond what sums can hold are refused with the cure", {
  data <- contract_rows(300L)
  fit <- function(weights, ...) {
    lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 20, ...), weights = weights,
                 seed = 1, progress = FALSE)
  }
  wrong <- list(rep(1e300, 300), rep(1e-300, 300), c(1e300, rep(1e-300, 299)),
                rep(1 / 300, 300), c(2e8, rep(1, 299)))
  for (weights in wrong) {
    for (folds in c(0, 5)) {
      error <- expect_error(fit(weights, folds = folds), class = "lcrisk_error_input")
      expect_identical(error$code, "weight_scale")
      expect_match(error$cure, "Divide them by their mean")
    }
  }
  expect_s3_class(fit(rep(1e4, 300)), "lcrisk_model")
  expect_s3_class(fit(c(rep(1e-9, 30), rep(1, 270))), "lcrisk_model")
})

test_that("too few events for the inner folds name the setting to change", {
  data <- contract_rows(300L)
  few <- data[c(which(data$y == 0), which(data$y == 1)[1:3]), ]
  fit <- function(learner) {
    suppressWarnings(lcrisk_train(y ~ ., few, learner = learner, seed = 1,
                                  progress = FALSE))
  }
  error <- expect_error(fit("boost"), class = "lcrisk_error_input")
  expect_identical(error$code, "too_few_events")
  expect_match(error$cure, "lcrisk_boost(folds = 3)", fixed = TRUE)
  expect_s3_class(fit(lcrisk_boost(folds = 3)), "lcrisk_model")
  few <- few[seq_len(nrow(few) - 2L), ]
  error <- expect_error(fit("boost"), class = "lcrisk_error_input")
  expect_match(error$cure, "lcrisk_boost(folds = 0)", fixed = TRUE)
  expect_s3_class(fit(lcrisk_boost(folds = 0, trees = 5)), "lcrisk_model")
})

test_that("columns that say nothing, or say it twice, do no harm", {
  train <- contract_rows(3000L)
  test <- contract_rows(3000L, start = 20000L)
  n <- nrow(train)
  set.seed(9)
  columns <- list(
    constant = rep(7, n), "all missing" = rep(NA_real_, n), "constant or missing" =
      replace(rep(7, n), sample(n, 1500), NA), "row number" = as.numeric(sample(n)),
    "its text" = sprintf("id%05d", sample(n)), twin = train$income,
    "twin of levels" = train$home, "level of each hundred" = factor(sample(n) %% 30)
  )
  area <- function(model, extra) {
    as.numeric(lcrisk_auc(test$y, predict(model, cbind(test, extra = extra))))
  }
  for (learner in list(plain_boost(trees = 60, rate = 0.1), lcrisk_boost(trees = 300))) {
    fit <- function(data) suppressWarnings(fit_contract(learner, data))
    alone <- fit(train)
    for (name in names(columns)) {
      with <- fit(cbind(train, extra = columns[[name]]))
      kept <- "extra" %in% with$blueprint$features
      expect_identical(kept, !name %in% c("constant", "all missing", "its text"))
      extra <- switch(name, twin = test$income, "twin of levels" = test$home,
                      sample(columns[[name]]))
      got <- suppressWarnings(area(with, extra))
      expect_lt(abs(got - area(alone, 0)), 0.01, label = name)
      # what cannot be split on, and a twin that always loses the tie, change no bit
      same <- !kept || (startsWith(name, "twin") && learner$params$columns == 1)
      if (same) expect_identical(got, area(alone, 0), label = name)
    }
  }
})

test_that("a column without a split changes no bit of a fit on columns as they are", {
  data <- few_values(3000, 5)
  learner <- plain_boost(trees = 20, min_leaf = 20)
  want <- score_boost(learner, fit_boost(learner, data), data$x)
  useless <- list(constant = rep(1, 3000), missing = rep(NA_real_, 3000),
                  level = factor(rep("a", 3000)), twin = data$x$a)
  for (name in names(useless)) {
    more <- data
    more$x$z <- useless[[name]]
    expect_identical(score_boost(learner, fit_boost(learner, more), more$x), want,
                     label = name)
  }
})
