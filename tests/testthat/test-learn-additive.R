quick_additive <- function(...) lcrisk_additive(rounds = 60, rate = 0.3, folds = 3, ...)

test_that("lcrisk_additive() keeps the learner contract", {
  expect_learner_contract(quick_additive(), weights = "none")
  expect_learner_contract(
    lcrisk_additive(rounds = 20, rate = 0.3, folds = 0, pairs = 2), weights = "close"
  )
})

test_that("settings out of range are refused by name", {
  refused <- list(
    quote(lcrisk_additive(rounds = 0)), quote(lcrisk_additive(rate = 0)),
    quote(lcrisk_additive(rate = 1.5)), quote(lcrisk_additive(freedom = 1)),
    quote(lcrisk_additive(freedom = 51)), quote(lcrisk_additive(noise = -1)),
    quote(lcrisk_additive(pairs = 101)), quote(lcrisk_additive(pairs = -1)),
    quote(lcrisk_additive(bins = 255)), quote(lcrisk_additive(folds = 1)),
    quote(lcrisk_additive(patience = 0)), quote(lcrisk_additive(monotone = 1))
  )
  for (call in refused) {
    error <- expect_error(eval(call), class = "lcrisk_error_input")
    expect_match(conditionMessage(error), names(call)[2L])
  }
  expect_error(
    fit_contract(lcrisk_additive(monotone = c(home = 1)), contract_rows(200L)),
    class = "lcrisk_error_input"
  )
  expect_error(
    fit_contract(lcrisk_additive(monotone = c(incme = 1)), contract_rows(200L)),
    class = "lcrisk_error_input"
  )
  few <- contract_rows(200L)
  few$y <- as.integer(seq_len(200L) <= 4L)
  expect_error(suppressWarnings(fit_contract(lcrisk_additive(), few)),
               class = "lcrisk_error_input")
})

# ---- the glass box ---------------------------------------------------------------

# Two numbers that meet in a cross, a bend, levels, and missing values that matter
simulate_glass <- function(n = 4000L) {
  u <- as.data.frame(matrix(park_miller(6L * n, 77L), n))
  x <- data.frame(
    a = u[[1]], b = round(10 * u[[2]]), c = 4 * u[[3]] - 2,
    d = factor(c("one", "two", "three")[1L + floor(3 * u[[4]])])
  )
  x$c[u[[5]] < 0.1] <- NA
  bend <- ifelse(is.na(x$c), 1, 0.4 * x$c^2)
  cross <- ifelse((x$a > 0.5) == (x$b > 5), 1, -1)
  odds <- -1.5 + bend + cross + 0.5 * (x$d == "two")
  x$y <- as.integer(u[[6]] < stats::plogis(odds))
  x
}

# What a row finds in the exported table, term by term
look_up <- function(terms, row) {
  cell_of <- function(name, value) {
    mine <- terms[terms$term == name, ]
    if (is.na(value)) return(mine[mine$cell == "missing", ])
    if (mine$kind[1L] == "level") return(mine[mine$cell == as.character(value), ])
    mine[!is.na(mine$from) & mine$from < value & value <= mine$to, ]
  }
  single <- unique(terms$term[terms$kind != "pair"])
  sum(vapply(single, function(name) cell_of(name, row[[name]])$log_odds, 0))
}

test_that("a prediction is the sum of the model's own tables to 1e-12", {
  data <- simulate_glass()
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_additive(pairs = 0), seed = 1)
  terms <- lcrisk_terms(model)
  link <- predict(model, data[1:200, ], type = "link")
  plain <- as.data.frame(as.data.table(terms))
  want <- vapply(1:200, function(i) {
    attr(terms, "intercept") + look_up(plain, data[i, ])
  }, 0)
  expect_lt(max(abs(link - want)), 1e-12)

  with_pairs <- lcrisk_train(y ~ ., data, learner = "additive", seed = 1)
  expect_gt(length(with_pairs$core$tables$first), 0L)
  x <- apply_blueprint(with_pairs$blueprint, data)
  parts <- additive_terms(with_pairs$core, x, new_run(seed = 0))
  sum <- with_pairs$core$tables$intercept + rowSums(parts)
  expect_lt(max(abs(predict(with_pairs, data, type = "link") - sum)), 1e-12)
  expect_lt(max(abs(colMeans(parts))), 1e-9)
})

test_that("shapes, levels and the crossing pair are found", {
  data <- simulate_glass()
  model <- lcrisk_train(y ~ ., data, learner = "additive", seed = 1)
  terms <- lcrisk_terms(model)
  expect_true("a : b" %in% terms[kind == "pair", term])
  expect_identical(terms[1L, term], "a : b")
  cross <- terms[term == "a : b"]
  expect_gt(max(cross$log_odds), 0.4)
  expect_lt(min(cross$log_odds), -0.4)
  bend <- terms[term == "c" & cell != "missing"]
  middle <- bend[abs((pmax(from, -2) + pmin(to, 2)) / 2) < 0.3, mean(log_odds)]
  ends <- bend[abs((pmax(from, -2) + pmin(to, 2)) / 2) > 1.8, mean(log_odds)]
  expect_gt(ends - middle, 0.7)
  level <- terms[term == "d"]
  expect_gt(level[cell == "two", log_odds], level[cell == "one", log_odds] + 0.2)
  plain <- lcrisk_train(y ~ ., data, learner = lcrisk_additive(pairs = 0), seed = 1)
  test <- simulate_glass(6000L)[4001:6000, ]
  gain <- lcrisk_auc(test$y, predict(model, test)) -
    lcrisk_auc(test$y, predict(plain, test))
  expect_gt(as.numeric(gain), 0.02)
})

test_that("noise stays at nothing, and smooth curves do not jump", {
  n <- 3000L
  u <- as.data.frame(matrix(park_miller(5L * n, 5L), n))
  data <- data.frame(x = u[[1]], n1 = u[[2]], n2 = u[[3]], n3 = u[[4]])
  data$y <- as.integer(u[[5]] < stats::plogis(3 * data$x - 2))
  terms <- lcrisk_terms(lcrisk_train(y ~ ., data, learner = "additive", seed = 1))
  size <- terms[, .(importance = importance[1L]), by = "term"]
  expect_gt(size[term == "x", importance], 0.5)
  expect_true(all(size[startsWith(term, "n"), importance] < 0.08))
  curve <- terms[term == "x" & cell != "missing"][order(from)]
  expect_lt(max(abs(diff(curve$log_odds))), 0.15)
  # the truth is inside nearly all of the intervals of a straight line
  truth <- 3 * (pmax(curve$from, 0) + pmin(curve$to, 1)) / 2
  truth <- truth - sum(truth * curve$share)
  expect_gt(mean(truth > curve$lower - 0.05 & truth < curve$upper + 0.05), 0.9)
})

test_that("monotone directions hold for every pair of rows", {
  data <- simulate_glass()
  learner <- quick_additive(monotone = c(a = 1, c = -1))
  model <- lcrisk_train(y ~ ., data, learner = learner, seed = 1)
  at <- data[rep(1:20, each = 50L), ]
  at$a <- rep(seq(-1, 2, length.out = 50L), 20L)
  link <- matrix(predict(model, at, type = "link"), 50L)
  expect_true(all(diff(link) >= 0))
  at$a <- 0.5
  at$c <- rep(seq(-3, 3, length.out = 50L), 20L)
  link <- matrix(predict(model, at, type = "link"), 50L)
  expect_true(all(diff(link) <= 0))
})

test_that("an edited model is refused before it is used", {
  model <- fit_contract(quick_additive(), contract_rows(300L))
  x <- apply_blueprint(model$blueprint, contract_rows(5L))
  score <- function(edit) {
    core <- edit(model$core)
    predict_core(model$learner, core, x, new_run(seed = 0))
  }
  edits <- list(
    function(core) { core$tables$value <- core$tables$value[-1L]; core },
    function(core) { core$tables$start[2L] <- 1e6L; core },
    function(core) { core$tables$group[1L] <- as.raw(200); core },
    function(core) { core$tables$value[2L] <- NaN; core },
    function(core) { core$tables$intercept <- NULL; core }
  )
  for (edit in edits) expect_error(score(edit), class = "lcrisk_error_model")
})

test_that("contributions are the terms, pairs shared, and add up to the log-odds", {
  data <- simulate_glass(2000L)
  model <- lcrisk_train(y ~ ., data, learner = "additive", seed = 1)
  x <- apply_blueprint(model$blueprint, data[1:50, ])
  how <- list(interactions = FALSE, reference = NULL)
  run <- new_run(seed = 0)
  said <- explain_core(model$learner, model$core, x, how, run)
  link <- predict(model, data[1:50, ], type = "link")
  expect_equal(said$base + rowSums(said$value), link, tolerance = 1e-12)
  both <- explain_core(model$learner, model$core, x, replace(how, 1L, TRUE), run)
  expect_equal(apply(both$value, c(1L, 2L), sum), unname(said$value), tolerance = 1e-12)
  expect_identical(both$value[, 1L, 2L], both$value[, 2L, 1L])
  expect_gt(max(abs(both$value[, 1L, 2L])), 0.1)
})
