# Rows with numbers of few and many values, levels and missing values: twelve features
twelve_features <- function(n, seed) {
  set.seed(seed)
  holes <- function(x, share = 0.1) replace(x, runif(n) < share, NA)
  data <- data.frame(
    a = holes(rnorm(n)), b = rnorm(n), c = holes(sample(6, n, TRUE)), d = runif(n),
    e = rexp(n), f = holes(rnorm(n), 0.5), g = rnorm(n), h = sample(3, n, TRUE),
    home = factor(holes(sample(c("RENT", "OWN", "MORTGAGE", "OTHER"), n, TRUE))),
    purpose = factor(sample(sprintf("p%02d", 1:14), n, TRUE)),
    flag = runif(n) < 0.3, k = rnorm(n)
  )
  score <- -1 + ifelse(is.na(data$a), 0.7, data$a) + 2 * data$b * (data$d > 0.5) +
    (data$home %in% "RENT") - 0.5 * data$flag + 0.4 * (as.integer(data$purpose) %% 3)
  data$y <- as.integer(runif(n) < plogis(score))
  data
}

# Which rows go left at each node, by the values themselves
goes_left <- function(core, x, node) {
  trees <- core$trees
  bins <- core$bins
  j <- trees$feature[node] + 1L
  value <- x[[j]]
  if (trees$subset[node] >= 0L) {
    bytes <- as.integer(trees$subset_bits[trees$subset[node] * 32L + 1:32])
    member <- as.logical(bitwAnd(rep(bytes, each = 8L), rep(2^(0:7), 32L)))
    code <- as.integer(bins$level_code[bins$level_start[j] + seq_len(bins$n_levels[j])])
    code <- code[as.integer(value)]
    return(member[ifelse(is.na(code), 0L, code) + 1L])
  }
  cut <- bins$cut[bins$cut_start[j] + trees$bin[node]]
  left <- if (bins$n_levels[j] > 0L) {
    stop("a level split by order")
  } else if (is.na(cut) || trees$bin[node] > bins$cut_start[j + 1L] - bins$cut_start[j]) {
    rep(TRUE, length(value))
  } else {
    as.double(value) <= cut
  }
  ifelse(is.na(value), trees$missing_left[node] == 1L, left)
}

# Expected output when only the features `known` decide: every way by its share
worth_of <- function(core, left, n, known) {
  trees <- core$trees
  total <- 0
  for (t in seq_len(length(trees$tree_start) - 1L)) {
    nodes <- (trees$tree_start[t] + 1L):trees$tree_start[t + 1L]
    reach <- vector("list", length(nodes))
    reach[[1L]] <- 1
    for (i in seq_along(nodes)) {
      node <- nodes[i]
      if (trees$feature[node] < 0L) {
        total <- total + reach[[i]] * trees$value[node]
        next
      }
      children <- c(trees$left[node], trees$right[node]) + 1L
      cover <- trees$cover[nodes[children]]
      share <- cover[1L] / sum(cover)
      if (known[trees$feature[node] + 1L]) share <- left[[node]]
      reach[[children[1L]]] <- reach[[i]] * share
      reach[[children[2L]]] <- reach[[i]] * (1 - share)
    }
  }
  rep_len(total, n)
}

# Shapley's formula over all sets of features
shapley_by_hand <- function(core, x) {
  p <- length(x)
  n <- length(x[[1L]])
  left <- lapply(seq_along(core$trees$feature), function(node) {
    if (core$trees$feature[node] >= 0L) as.double(goes_left(core, x, node))
  })
  sets <- 0:(2^p - 1)
  member <- vapply(seq_len(p), function(j) bitwAnd(sets, 2^(j - 1)) > 0, logical(2^p))
  worth <- vapply(sets + 1L, function(s) worth_of(core, left, n, member[s, ]), numeric(n))
  size <- rowSums(member)
  weight <- factorial(size) * factorial(pmax(p - size - 1, 0)) / factorial(p)
  value <- vapply(seq_len(p), function(j) {
    without <- which(!member[, j])
    (worth[, without + 2^(j - 1)] - worth[, without]) %*% weight[without]
  }, numeric(n))
  list(value = value, mean = worth[1L, 1L])
}

# Shapley values between each row and one reference row, over all orders
baseline_by_hand <- function(score, x, reference) {
  p <- length(x)
  n <- length(x[[1L]])
  orders <- as.matrix(expand.grid(rep(list(seq_len(p)), p)))
  orders <- orders[apply(orders, 1L, anyDuplicated) == 0L, ]
  out <- matrix(0, n, p)
  for (o in seq_len(nrow(orders))) {
    now <- lapply(seq_len(p), function(j) joined(x[[j]], reference[[j]])[rep(n + 1L, n)])
    names(now) <- names(x)
    last <- score(now)
    for (j in orders[o, ]) {
      now[[j]] <- x[[j]]
      value <- score(now)
      out[, j] <- out[, j] + (value - last) / nrow(orders)
      last <- value
    }
  }
  out
}

test_that("contributions equal Shapley's formula over all sets, 1,000 rows", {
  data <- twelve_features(1000L, 1)
  model <- lcrisk_train(
    y ~ ., data, seed = 1,
    learner = lcrisk_boost(trees = 4, folds = 0, rate = 0.3, min_leaf = 5, leaves = 8)
  )
  want <- shapley_by_hand(model$core, model_columns(model, data))
  got <- lcrisk_shap(model, data)
  expect_lt(max(abs(got$contributions - want$value)), 1e-9)
  expect_equal(got$base, model$core$base + want$mean, tolerance = 1e-12)
  expect_gt(sum(colSums(abs(want$value)) > 0), 8L)
})

test_that("contributions add up on 100,000 rows and depend on their row alone", {
  data <- twelve_features(100000L, 2)
  for (learner in list(lcrisk_boost(trees = 30, leaves = 20, depth = 12, folds = 2),
                       lcrisk_logit())) {
    model <- lcrisk_train(y ~ ., data[1:5000, ], learner = learner, seed = 1)
    got <- lcrisk_shap(model, data)
    link <- predict(model, data, type = "link")
    expect_lt(max(abs(got$output - link)), 1e-9)
    expect_identical(lcrisk_shap(model, data, threads = 1)$contributions,
                     got$contributions)
    for (i in c(1L, 777L, 100000L)) {
      alone <- lcrisk_shap(model, data[i, ])
      expect_identical(alone$contributions, got$contributions[i, , drop = FALSE])
    }
    contrib <- predict(model, data[1:100, ], type = "contrib")
    expect_identical(colnames(contrib), c(model$blueprint$features, "(base)"))
    expect_lt(max(abs(rowSums(contrib) - link[1:100])), 1e-9)
  }
})

test_that("interactions are symmetric and add up to the contributions", {
  data <- twelve_features(1500L, 3)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 40, folds = 2),
                        seed = 1)
  got <- lcrisk_shap(model, data, interactions = TRUE)
  expect_identical(dim(got$interactions), c(1500L, 12L, 12L))
  expect_identical(got$interactions, aperm(got$interactions, c(1, 3, 2)))
  plain <- lcrisk_shap(model, data)
  expect_lt(max(abs(got$contributions - plain$contributions)), 1e-12)
  # the product is found: b and d interact more than any other pair does in the mean
  size <- apply(abs(got$interactions), c(2, 3), mean)
  expect_gt(size["b", "d"], mean(size[upper.tri(size)]))

  logit <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  got <- lcrisk_shap(logit, data[1:5, ], interactions = TRUE)
  expect_identical(got$interactions[, "a", "b"], numeric(5))
  expect_identical(got$interactions[, "a", "a"], got$contributions[, "a"])
})

test_that("a linear model's contributions are distances from the training mean", {
  data <- twelve_features(2000L, 4)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_logit(knots = 0), seed = 1)
  got <- lcrisk_shap(model, data)
  expect_lt(max(abs(colMeans(got$contributions))), 1e-12)
  design <- model$core$design
  at <- match("k", model$blueprint$features)
  slope <- model$core$coefficient[["k"]] * design$gain[at] * design$factor[at]
  inside <- abs(data$k) < 2
  expect_equal(diff(got$contributions[inside, "k"]), slope * diff(data$k[inside]),
               tolerance = 1e-9)
  times <- rep(1:2, 1000L)
  weighted <- lcrisk_train(y ~ ., data, learner = "logit", weights = times, seed = 1)
  repeated <- lcrisk_train(y ~ ., data[rep(1:2000, times), ], learner = "logit", seed = 1)
  expect_equal(lcrisk_shap(weighted, data)$base, lcrisk_shap(repeated, data)$base,
               tolerance = 1e-4)
})

test_that("sampled contributions add up, agree with the exact ones, tell their error", {
  data <- twelve_features(600L, 5)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_testlearner(), seed = 1)
  expect_error(lcrisk_shap(model, data), class = "lcrisk_error_input",
               "reference")
  got <- lcrisk_shap(model, data[1:40, ], reference = data[101:116, ], permutations = 20,
                     seed = 3)
  expect_match(got$method, "32 permutations")
  link <- predict(model, data[1:40, ], type = "link")
  expect_lt(max(abs(got$output - link)), 1e-9)
  expect_equal(got$base, mean(predict(model, data[101:116, ], type = "link")))
  # naive Bayes is additive: the exact value is the cell less the references' mean
  core <- model$core
  part <- function(rows, name) {
    core$cells[[name]][as.integer(test_cell(model_columns(model, rows)[[name]],
                                            core$cuts[[name]]))]
  }
  for (name in c("a", "home", "flag")) {
    want <- part(data[1:40, ], name) - mean(part(data[101:116, ], name))
    expect_equal(got$contributions[, name], want, tolerance = 1e-9)
  }
  again <- lcrisk_shap(model, data[7, ], reference = data[101:116, ], permutations = 20,
                       seed = 3)
  expect_identical(again$contributions, got$contributions[7, , drop = FALSE])
  expect_true(all(got$error >= 0))

  # a model with interactions: sampled and brute force within a few standard errors
  boost <- lcrisk_train(y ~ a + b + d + home, data, seed = 1,
                        learner = lcrisk_boost(trees = 20, folds = 0, rate = 0.3))
  x <- model_columns(boost, data[1:30, ])
  reference <- model_columns(boost, data[200, ])
  run <- new_run(1, 2)
  score <- function(x) predict_core(boost$learner, boost$core, x, run)
  sampled <- sample_parts(score, x, list(reference = reference, permutations = 400L), run)
  exact <- baseline_by_hand(score, x, reference)
  expect_lt(max(abs(sampled$value - exact)), 0.1)
  expect_gt(mean(abs(sampled$value - exact) <= 3 * sampled$error + 1e-9), 0.97)
})

test_that("a forest's contributions add up to its probability", {
  data <- twelve_features(1500L, 11)
  forest <- lcrisk_forest(trees = 20, min_leaf = 10)
  model <- lcrisk_train(y ~ ., data, learner = forest, seed = 1)
  got <- lcrisk_shap(model, data)
  expect_identical(got$scale, "probability")
  expect_lt(max(abs(got$output - predict(model, data))), 1e-8)
  expect_identical(lcrisk_shap(model, data[9, ], threads = 1)$contributions,
                   got$contributions[9, , drop = FALSE])
  pairs <- lcrisk_shap(model, data[1:30, ], interactions = TRUE)
  expect_lt(max(abs(pairs$contributions - got$contributions[1:30, ])), 1e-12)
  for (method in c("gain", "count")) {
    share <- lcrisk_importance(model, method = method)
    expect_equal(sum(share$importance), 1)
    expect_identical(share$feature[1L], if (method == "gain") "a" else share$feature[1L])
  }
})

test_that("a blend's contributions are its members', in their shares", {
  data <- twelve_features(800L, 8)
  boost <- lcrisk_boost(trees = 20, folds = 0)
  blend <- lcrisk_train(y ~ ., data, learner = lcrisk_blend(list("logit", boost)),
                        seed = 1)
  got <- lcrisk_shap(blend, data)
  expect_lt(max(abs(got$output - predict(blend, data, type = "link"))), 1e-9)
  expect_null(got$error)
  pairs <- lcrisk_shap(blend, data[1:20, ], interactions = TRUE)
  expect_lt(max(abs(pairs$contributions - got$contributions[1:20, ])), 1e-12)

  mixed <- lcrisk_train(y ~ a + b + home, data, seed = 1,
                        learner = lcrisk_blend(list("logit", own = lcrisk_testlearner())))
  expect_error(lcrisk_shap(mixed, data[1:5, ]), class = "lcrisk_error_input")
  got <- lcrisk_shap(mixed, data[1:5, ], reference = data[11:14, ], permutations = 4)
  expect_lt(max(abs(got$output - predict(mixed, data[1:5, ], type = "link"))), 1e-9)
  expect_identical(dim(got$error), c(5L, 3L))
})

test_that("a calibrated model's contributions are of the calibrated log-odds", {
  data <- twelve_features(2000L, 9)
  later <- twelve_features(2000L, 10)
  model <- lcrisk_train(y ~ ., data, learner = "logit", seed = 1)
  straight <- lcrisk_calibrate(model, later, "platt")
  straight <- lcrisk_calibrate(straight, method = "prior", from = 0.4, to = 0.1)
  got <- lcrisk_shap(straight, data)
  expect_lt(max(abs(got$output - predict(straight, data, type = "link"))), 1e-9)
  bent <- lcrisk_shap(lcrisk_calibrate(model, later, "isotonic"), data)
  expect_identical(bent$scale, "log-odds before calibration")
  expect_identical(bent$contributions, lcrisk_shap(model, data)$contributions)
})

test_that("odd rows and settings are answered or refused by class", {
  data <- twelve_features(400L, 6)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 10, folds = 0),
                        seed = 1)
  none <- lcrisk_shap(model, data[0, ])
  expect_identical(dim(none$contributions), c(0L, 12L))
  expect_identical(none$output, numeric())
  missing <- data[1, ]
  missing[] <- NA
  one <- lcrisk_shap(model, missing)
  expect_equal(one$output, predict(model, missing, type = "link"), tolerance = 1e-12)
  single <- lcrisk_train(y ~ a, data, learner = lcrisk_boost(trees = 10, folds = 0),
                         seed = 1)
  expect_equal(lcrisk_shap(single, data)$output, predict(single, data, type = "link"))

  expect_error(lcrisk_shap(1, data), class = "lcrisk_error_model")
  expect_error(lcrisk_shap(model, data[, 1:3]), class = "lcrisk_error_schema")
  expect_error(lcrisk_shap(model, data, interactions = NA), class = "lcrisk_error_input")
  expect_error(lcrisk_shap(model, data, permutations = 1), class = "lcrisk_error_input")
  expect_error(lcrisk_shap(model, data, reference = data), class = "lcrisk_error_input")
  expect_error(lcrisk_shap(model, data[rep(1, 2e6), ], interactions = TRUE),
               class = "lcrisk_error_resource")
  before <- if (exists(".Random.seed", globalenv())) get(".Random.seed", globalenv())
  lcrisk_shap(model, data[1:2, ])
  expect_identical(get(".Random.seed", globalenv()), before)
})

test_that("contributions print, become a table, and are drawn", {
  data <- twelve_features(300L, 7)
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 10, folds = 0),
                        seed = 1)
  shap <- lcrisk_shap(model, data[1:20, ])
  expect_match(format(shap)[1L], "boost: 20 rows, 12 features, log-odds")
  table <- data.table::as.data.table(shap)
  expect_identical(nrow(table), 240L)
  expect_equal(table[table$row == 3L, sum(contribution)] + shap$base, shap$output[3L])
  expect_identical(table$value[table$row == 1L & table$feature == "home"],
                   if (is.na(data$home[1L])) "missing" else as.character(data$home[1L]))
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  before <- graphics::par("mar")
  expect_identical(plot(shap), shap)
  expect_identical(plot(shap, row = 2, features = 5), shap)
  expect_identical(graphics::par("mar"), before)
  expect_error(plot(shap, row = 21), class = "lcrisk_error_input")
})
