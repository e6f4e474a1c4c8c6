train_small <- function(...) {
  lcrisk_train(y ~ ., contract_rows(200L), learner = lcrisk_testlearner(), seed = 1,
               progress = FALSE, ...)
}

test_that("a model prints in ten lines what it is, the event, and what comes next", {
  model <- train_small()
  lines <- format(model)
  expect_lte(length(lines), 10L)
  expect_match(lines[1], "testlearner")
  expect_match(lines[2], "y = 1: [0-9]+ of 200 rows")
  expect_match(tail(lines, 1), "predict(model, newdata)", fixed = TRUE)
  expect_true(any(grepl(substr(model_hash(model), 1, 12), lines, fixed = TRUE)))
  expect_output(expect_identical(print(model), model), "cut-off")
})

test_that("print does not depend on options()", {
  model <- train_small(cutoff = 0.25)
  want <- format(model)
  old <- options(OutDec = ",", scipen = -9, digits = 2)
  on.exit(options(old))
  expect_identical(format(model), want)
})

test_that("summary() lists every feature and what was left out", {
  d <- cbind(contract_rows(200L), gone = NA)
  model <- suppressWarnings(
    lcrisk_train(y ~ ., d, learner = lcrisk_testlearner(), seed = 1, progress = FALSE)
  )
  s <- summary(model)
  expect_identical(s$features$feature, model$blueprint$features)
  expect_identical(s$features[feature == "home", n_levels], 3L)
  expect_identical(s$dropped, c(gone = "all missing"))
  expect_output(print(s), "`gone` (all missing)", fixed = TRUE)
})

test_that("a model holds plain vectors only", {
  plain <- function(x) {
    if (is.list(x)) return(all(vapply(x, plain, NA)))
    is.null(x) || is.atomic(x)
  }
  expect_true(plain(train_small()))
})

test_that("the call is kept as short text even when data were written into it", {
  d <- contract_rows(200L)
  arguments <- list(y ~ ., data = d, learner = lcrisk_testlearner(), seed = 1)
  model <- do.call(lcrisk_train, arguments)
  expect_type(model$call, "character")
  expect_match(model$call, "^lcrisk_train\\(y ~ \\., data = \\.\\.\\.")
})

test_that("the hash is of what predicts, in any clothes", {
  model <- train_small()
  expect_match(model_hash(model), "^[0-9a-f]{32}$")
  expect_identical(model_hash(train_small()), model_hash(model))
  other <- model
  other$core$base <- other$core$base + 1e-15
  expect_false(identical(model_hash(other), model_hash(model)))
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(model, file)
  expect_identical(model_hash(readRDS(file)), model_hash(model))
})

test_that("the hash is of values, not of how R keeps them", {
  hash <- function(x) .Call(ffi_hash_vectors, x)
  grown <- list()
  for (i in 1:5) grown[[letters[i]]] <- i
  expect_identical(hash(grown), hash(list(a = 1L, b = 2L, c = 3L, d = 4L, e = 5L)))
  expect_identical(hash(names(grown)), hash(c("a", "b", "c", "d", "e")))
  expect_identical(hash(1:3), hash(c(1L, 2L, 3L)))
  expect_identical(hash(NA_real_), hash(NaN))
  latin <- "\xfc"
  Encoding(latin) <- "latin1"
  expect_identical(hash(latin), hash("\u00fc"))
  different <- list(
    1, 1L, TRUE, "1", as.raw(1), list(1), c(a = 1), factor(1), NULL, -0, 0, 1:2, c(1, 1),
    NA, NA_integer_, NA_character_, "NA", "", character(), list(), list(NULL), quote(a),
    matrix(1:4, 2), 1:4, c("ab", "c"), c("a", "bc"), structure(1, class = "x")
  )
  expect_false(anyDuplicated(vapply(different, hash, "")) > 0L)
  deep <- list()
  for (i in 1:1e5) deep <- list(deep)
  expect_match(hash(deep), "^[0-9a-f]{32}$")
})

test_that("a damaged model is refused by class wherever it is given", {
  model <- train_small()
  edit <- function(...) utils::modifyList(model, list(...))
  damaged <- list(
    "NULL" = NULL, "a list" = list(), "text" = "model", "a function" = predict,
    "empty" = structure(list(), class = "lcrisk_model"),
    "not a list" = structure(1, class = "lcrisk_model"),
    "no core" = structure(unclass(model)[names(model) != "core"], class = class(model)),
    "core edited" = edit(core = list(base = 5)),
    "learner edited" = edit(learner = 1),
    "levels edited" = edit(blueprint = list(levels = list(home = "x"))),
    "event unknown" = edit(event = "maybe"),
    "cut-off 2" = edit(cutoff = 2), "cut-off NA" = edit(cutoff = NA_real_),
    "fingerprint" = edit(fingerprint = "0"), "n" = edit(n = "many")
  )
  d <- contract_rows(5L)
  for (case in names(damaged)) {
    m <- damaged[[case]]
    expect_error(predict.lcrisk_model(m, d), class = "lcrisk_error_model", info = case)
    expect_error(format.lcrisk_model(m), class = "lcrisk_error_model", info = case)
    expect_error(summary.lcrisk_model(m), class = "lcrisk_error_model", info = case)
  }
})

test_that("a model that was found good once is still checked after a change", {
  model <- train_small()
  d <- contract_rows(5L)
  predict(model, d)
  predict(model, d)
  model$core$base <- model$core$base + 1
  expect_error(predict(model, d), class = "lcrisk_error_model")
  model$core$base <- NULL
  expect_error(predict(model, d), class = "lcrisk_error_model")
})

test_that("the fingerprint is of values, not of how R keeps them", {
  data <- as.data.frame(matrix(park_miller(40L * 200L, 1L), 200L))
  data$y <- as.integer(data[[1L]] > 0.5)
  data$y[1:20] <- 1L - data$y[1:20]
  model <- lcrisk_train(y ~ ., data, learner = lcrisk_boost(trees = 3, folds = 0),
                        seed = 1)
  # a vector that has grown element by element has room to grow, and a mark that says so
  grown <- character()
  for (name in model$blueprint$features) grown[length(grown) + 1L] <- name
  plain <- grown[seq_along(grown)]
  expect_false(identical(serialize(grown, NULL), serialize(plain, NULL)))
  for (features in list(grown, plain)) {
    model$blueprint$features <- features
    expect_identical(model_hash(model), model$fingerprint)
  }
})

test_that("the fingerprint covers all that the model says of itself", {
  model <- train_small()
  edits <- list(
    n = 7L, n_event = 1L, outcome = "z", seed = 2, cutoff = 0.4, base_rate = 0.5,
    weighted = TRUE, pricing = "include", levels = c("1", "0"), trained_on = "0"
  )
  for (name in names(edits)) {
    other <- model
    other[[name]] <- edits[[name]]
    expect_error(predict(other, contract_rows(3L)), class = "lcrisk_error_model",
                 info = name)
  }
  expect_error(predict(c(model, list(extra = 1)), contract_rows(3L)), info = "extra")
  # where and how it was asked for is not what it is
  model$versions <- c(lcrisk = "9", R = "9")
  model$call <- "another"
  expect_silent(predict(model, contract_rows(3L)))
})
