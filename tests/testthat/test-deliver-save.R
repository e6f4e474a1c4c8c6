small_model <- function(learner = lcrisk_boost(trees = 30, folds = 2), ...) {
  fit_contract(learner, contract_rows(400L), ...)
}

file_bytes <- function(path) readBin(path, "raw", file.size(path))

every_learner <- function() {
  list(
    boost = lcrisk_boost(trees = 40, folds = 2, monotone = c(income = -1),
                         interactions = list(c("income", "home"), "score")),
    logit = lcrisk_logit(knots = 2),
    forest = lcrisk_forest(trees = 20),
    mlp = lcrisk_mlp(restarts = 2, epochs = 5),
    additive = lcrisk_additive(),
    scorecard = lcrisk_scorecard(min_count = 20, min_events = 5),
    blend = lcrisk_blend(list(lcrisk_logit(), lcrisk_boost(trees = 30, folds = 0)))
  )
}

test_that("a loaded model is the saved one, and saves to the same bytes", {
  for (learner in every_learner()) {
    model <- small_model(learner)
    path <- tempfile(c("a", "b"), fileext = ".lcrisk")
    expect_identical(expect_invisible(lcrisk_save(model, path[1])), path[1])
    again <- lcrisk_load(path[1])
    expect_identical(again, model)
    lcrisk_save(again, path[2])
    expect_identical(file_bytes(path[2]), file_bytes(path[1]))
    rows <- contract_rows(50L)
    expect_identical(predict(again, rows), predict(model, rows))
    unlink(path)
  }
})

test_that("the scorer without R gives the bits of predict(), for one row and for all", {
  expect_setequal(names(every_learner()), learner_kinds())
  data <- contract_rows(1500L, start = 77L)
  data$home[5] <- NA
  for (learner in every_learner()) {
    model <- small_model(learner)
    bytes <- model_bytes(model)
    x <- apply_blueprint(model$blueprint, data)
    want <- predict(model, data, type = "link")
    expect_identical(.Call(ffi_model_link, bytes, x, new_run(0, 1L)), want)
    expect_identical(.Call(ffi_model_link, bytes, x, new_run(0, 3L)), want)
    one <- lapply(x, `[`, 7L)
    expect_identical(.Call(ffi_model_link, bytes, one, new_run(0, 1L)), want[7])
  }
})

test_that("balanced and calibrated models come back whole", {
  data <- contract_rows(600L)
  path <- tempfile()
  on.exit(unlink(path))
  for (balance in list(lcrisk_smote(), "undersample", lcrisk_weight())) {
    model <- fit_contract(lcrisk_logit(), data, balance = balance)
    model <- lcrisk_calibrate(model, contract_rows(1200L, start = 7L), method = "platt")
    lcrisk_save(model, path)
    expect_identical(lcrisk_load(path), model)
  }
})

test_that("a changed file with a right checksum is refused, never half loaded", {
  path <- tempfile()
  on.exit(unlink(path))
  model <- fit_contract(lcrisk_blend(list(lcrisk_logit(ridge = 0.1),
                                          lcrisk_boost(trees = 3, folds = 0))),
                        contract_rows(300L))
  bytes <- model_bytes(model)
  n <- length(bytes) - 32L
  at <- 25L + (park_miller(250L, 3) * (n - 25L)) %/% 1
  bit <- park_miller(250L, 4) * 8
  kept <- 0L
  for (k in seq_along(at)) {
    changed <- bytes
    changed[at[k]] <- xor(changed[at[k]], as.raw(2^(bit[k] %/% 1)))
    changed[n + 1:32] <- .Call(ffi_model_digest, changed[1:n])
    writeBin(changed, path)
    got <- tryCatch(suppressWarnings(lcrisk_load(path)), error = identity)
    if (inherits(got, "lcrisk_model")) {
      # versions, call and what is asked are not part of the fingerprint
      expect_identical(predict(got, contract_rows(5L)), predict(model, contract_rows(5L)))
      kept <- kept + 1L
    } else {
      expect_s3_class(got, "lcrisk_error_model")
    }
  }
  expect_lt(kept, 150L)
})

test_that("saveRDS() of a model works too", {
  path <- tempfile()
  on.exit(unlink(path))
  model <- small_model()
  saveRDS(model, path)
  expect_identical(model_bytes(readRDS(path)), model_bytes(model))
})

test_that("a file says nothing of rows, people, machines or time", {
  data <- contract_rows(400L)
  data$income[17] <- 55.12345678901
  model <- fit_contract(lcrisk_boost(trees = 20, folds = 0), data)
  bytes <- model_bytes(model)
  holds <- function(what) {
    length(grepRaw(what, bytes, fixed = TRUE)) > 0L
  }
  expect_true(holds(charToRaw("income")))
  canaries <- c(Sys.info()[c("nodename", "user")], getwd(), tempdir(),
                format(Sys.Date()), "Rscript")
  for (canary in canaries) expect_false(holds(charToRaw(canary)), info = canary)
  expect_false(holds(writeBin(55.12345678901, raw(), endian = "little")))
})

test_that("odd names and labels survive as text", {
  data <- contract_rows(400L)
  label <- "</script>${x}\u202e=cmd|' /C calc'!A0 \u00fc\u2028"
  data$home[data$home == "OWN"] <- label
  names(data)[1] <- "in come\u00e4\"<"
  model <- fit_contract(lcrisk_logit(), data)
  path <- tempfile()
  on.exit(unlink(path))
  lcrisk_save(model, path)
  again <- lcrisk_load(path)
  expect_true(label %in% again$blueprint$levels$home)
  expect_identical(predict(again, data), predict(model, data))
})

test_that("what is no model file is refused by class", {
  path <- tempfile()
  on.exit(unlink(path))
  code_of <- function(bytes) {
    writeBin(bytes, path)
    tryCatch(lcrisk_load(path), lcrisk_error = function(e) {
      expect_s3_class(e, "lcrisk_error_model")
      e$code
    })
  }
  model <- small_model(lcrisk_logit(ridge = 0.1))
  bytes <- model_bytes(model)
  expect_identical(code_of(raw()), "truncated")
  expect_identical(code_of(bytes[1]), "truncated")
  expect_identical(code_of(head(bytes, -1)), "truncated")
  expect_identical(code_of(c(bytes, raw(1))), "trailing")
  expect_identical(code_of(replace(bytes, 9, as.raw(2))), "too_new")
  expect_identical(code_of(replace(bytes, 999, xor(bytes[999], as.raw(1)))), "checksum")
  expect_identical(code_of(charToRaw("{\"learner\": 1}")), "not_lcrisk")
  saveRDS(model, path)
  expect_identical(code_of(file_bytes(path)), "not_lcrisk")
  # as a copy in text mode leaves it
  expect_identical(code_of(bytes[-5]), "not_lcrisk")
})

test_that("what cannot be read or written raises lcrisk_error_io and changes nothing", {
  model <- small_model(lcrisk_logit(ridge = 0.1))
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "model")
  expect_error(lcrisk_load(path), class = "lcrisk_error_io")
  expect_error(lcrisk_load(folder), class = "lcrisk_error_io")
  expect_error(lcrisk_save(model, folder), class = "lcrisk_error_io")
  expect_error(lcrisk_save(model, file.path(folder, "no", "model")),
               class = "lcrisk_error_io")
  lcrisk_save(model, path)
  expect_identical(list.files(folder, all.files = TRUE, no.. = TRUE), "model")
  error <- expect_error(lcrisk_load(path, max_bytes = 100),
                        class = "lcrisk_error_resource")
  expect_identical(error$code, "too_large")
})

test_that("arguments are checked, and a model that was changed is not saved", {
  model <- small_model(lcrisk_logit(ridge = 0.1))
  expect_error(lcrisk_save(model), class = "error")
  for (path in list(1, NULL, NA_character_, "", c("a", "b"))) {
    expect_error(lcrisk_save(model, path), class = "lcrisk_error_input")
    expect_error(lcrisk_load(path), class = "lcrisk_error_input")
  }
  expect_error(lcrisk_load("x", max_bytes = -1), class = "lcrisk_error_input")
  expect_error(lcrisk_save(list(), tempfile()), class = "lcrisk_error_model")
  model$core$coefficient[1] <- 0
  expect_error(lcrisk_save(model, tempfile()), class = "lcrisk_error_model")
})

test_that("a model of a learner without a scorer is not saved", {
  path <- tempfile()
  model <- small_model(lcrisk_testlearner())
  error <- expect_error(lcrisk_save(model, path), class = "lcrisk_error_model")
  expect_identical(error$code, "learner")
  expect_false(file.exists(path))
})

test_that("a process killed while it saves leaves an old or a new file, never a part", {
  skip_on_os("windows")
  models <- list(small_model(lcrisk_boost(trees = 200, folds = 0)),
                 small_model(lcrisk_boost(trees = 150, folds = 0), seed = 2))
  contents <- lapply(models, model_bytes)
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "model.lcrisk")
  files <- file.path(folder, c("one.rds", "two.rds", "pid"))
  for (k in 1:2) saveRDS(models[[k]], files[k])
  lcrisk_save(models[[1]], path)
  code <- tempfile(fileext = ".R")
  writeLines(c(
    sprintf("library(lcrisk, lib.loc = %s)", deparse(dirname(find.package("lcrisk")))),
    sprintf("models <- lapply(%s, readRDS)", paste(deparse(files[1:2]), collapse = "")),
    sprintf("path <- %s", deparse(path)),
    sprintf("writeLines(as.character(Sys.getpid()), %s)", deparse(files[3])),
    "repeat for (model in models) lcrisk_save(model, path)"
  ), code)
  for (round in 1:4) {
    unlink(files[3])
    system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(code)),
            wait = FALSE, stdout = FALSE, stderr = FALSE)
    for (wait in 1:600) {
      if (file.exists(files[3]) && file.size(files[3]) > 0) break
      Sys.sleep(0.05)
    }
    pid <- as.integer(readLines(files[3]))
    # readers meanwhile see whole files only
    for (look in seq_len(20L * round)) lcrisk_load(path)
    tools::pskill(pid, tools::SIGKILL)
    expect_true(list(file_bytes(path)) %in% contents)
    expect_identical(lcrisk_load(path)$fingerprint %in%
                       vapply(models, `[[`, "", "fingerprint"), TRUE)
  }
})
