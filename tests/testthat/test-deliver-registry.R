# Models and scores in a store, of either kind

registry_data <- function() {
  data <- contract_rows(200L)
  data$id <- 1000 + seq_len(200L)
  data
}

registry_model <- function(data, seed) {
  features <- data[c("income", "home", "noise", "y")]
  lcrisk_train(y ~ ., features, learner = lcrisk_boost(trees = 5, folds = 0), seed = seed)
}

expect_registry <- function(store) {
  data <- registry_data()
  first <- registry_model(data, 1)
  second <- registry_model(data[1:150, ], 2)
  one <- lcrisk_save_model(store, first, name = "champion")
  expect_true(one$added)
  expect_identical(one$version, 1L)
  path <- tempfile()
  on.exit(unlink(path))
  lcrisk_save(first, path)
  expect_identical(one$sha256, file_sha256(path))
  expect_false(lcrisk_save_model(store, first, name = "champion")$added)
  expect_identical(lcrisk_save_model(store, second, name = "champion")$version, 2L)
  expect_identical(lcrisk_load_model(store, "champion"), lcrisk_load_bytes(second))
  expect_identical(lcrisk_load_model(store, "champion", version = 1)$fingerprint,
                   first$fingerprint)
  expect_identical(lcrisk_load_model(store, substr(first$fingerprint, 1, 8)),
                   lcrisk_load(path))
  models <- lcrisk_models(store)
  expect_identical(models$version, 1:2)
  expect_identical(models$fingerprint, c(first$fingerprint, second$fingerprint))

  scores <- lcrisk_save_scores(store, first, data[1:50, ])
  expect_identical(scores$prob, predict(first, data[1:50, ]))
  expect_identical(scores$id, data$id[1:50])
  expect_identical(lcrisk_save_scores(store, first, data[1:50, ]), scores)
  more <- lcrisk_save_scores(store, second, data[51:60, ])
  expect_identical(unique(more$batch), 2L)
  expect_identical(lcrisk_load_scores(store, "champion"), more)
  expect_identical(nrow(lcrisk_load_scores(store)), 60L)
  expect_match(format(store), "models   2 (champion)", fixed = TRUE, all = FALSE)
}

lcrisk_load_bytes <- function(model) {
  model_of_sections(.Call(ffi_model_open, model_bytes(model), 0))
}

test_that("SQLite keeps models by fingerprint and name, and scores with their model", {
  expect_registry(sqlite_store())
})

test_that("PostgreSQL keeps models and scores, too", {
  expect_registry(lcrisk_store(postgres_connection()))
})

test_that("scoring registers the model, and every score is there again to the bit", {
  store <- sqlite_store()
  data <- registry_data()
  model <- registry_model(data, 3)
  lcrisk_save_scores(store, model, data)
  expect_identical(lcrisk_load_scores(store)$prob, predict(model, data))
  known <- lcrisk_load_model(store, model$fingerprint)
  expect_identical(predict(known, data), predict(model, data))
})

test_that("bytes that were changed in the database are refused", {
  store <- sqlite_store()
  model <- registry_model(registry_data(), 1)
  lcrisk_save_model(store, model)
  con <- DBI::dbConnect(RSQLite::SQLite(), store$path)
  bytes <- model_bytes(model)
  bytes[200] <- xor(bytes[200], as.raw(1))
  DBI::dbExecute(con, "UPDATE lcrisk_models SET bytes = $1", list(base64(bytes)))
  error <- expect_error(lcrisk_load_model(store, model$fingerprint),
                        class = "lcrisk_error_model")
  expect_identical(error$code, "checksum")
  # and with a digest that fits, by the loader of model files
  digest <- hexadecimal(.Call(ffi_model_digest, bytes))
  DBI::dbExecute(con, "UPDATE lcrisk_models SET sha256 = $1", list(digest))
  DBI::dbDisconnect(con)
  expect_error(lcrisk_load_model(store, model$fingerprint), class = "lcrisk_error_model")
})

test_that("base64 comes back, whatever the length", {
  for (n in 0:50) {
    bytes <- as.raw((seq_len(n) * 37) %% 256)
    expect_identical(from_base64(base64(bytes)), bytes)
  }
})

test_that("what the registry cannot find or keep is refused by class", {
  store <- sqlite_store()
  data <- registry_data()
  model <- registry_model(data, 1)
  lcrisk_save_model(store, model, "champion")
  twice <- data
  twice$id[2] <- twice$id[1]
  expect_cases(list(
    case("name", "no such", lcrisk_load_model(store, "challenger"),
         "error input unknown_model"),
    case("version", "no such", lcrisk_load_model(store, "champion", version = 2),
         "error input unknown_model"),
    case("digits", "too few", lcrisk_load_model(store, substr(model$fingerprint, 1, 7)),
         "error input unknown_model"),
    case("model", "not one", lcrisk_save_model(store, list()), "error model bad_model"),
    case("empty name", "no text", lcrisk_save_model(store, model, ""),
         "error input bad_argument"),
    case("no id", "no id", lcrisk_save_scores(store, model, data[names(data) != "id"]),
         "error schema missing_column"),
    case("twice", "an id twice", lcrisk_save_scores(store, model, twice),
         "error input duplicate_id")
  ))
})
