test_that("an error carries class, code, fields, a cure and the caller's call", {
  f <- function() lcrisk_abort("schema", "odd", "Column `x` is odd.", "Drop it.", n = 3)
  error <- expect_error(f(), class = "lcrisk_error_schema")
  expect_s3_class(error, c("lcrisk_error_schema", "lcrisk_error", "rlang_error", "error"),
                  exact = FALSE)
  expect_identical(error$code, "odd")
  expect_identical(error$n, 3)
  expect_match(conditionMessage(error), "Column `x` is odd.", fixed = TRUE)
  expect_match(conditionMessage(error), "Drop it.", fixed = TRUE)
  expect_identical(error$call, quote(f()))
  # base R's own tools see an ordinary error
  expect_identical(tryCatch(f(), error = function(e) "caught"), "caught")
  expect_s3_class(try(f(), silent = TRUE), "try-error")
})

test_that("a warning carries class and code and can be muffled by class", {
  f <- function() {
    lcrisk_warn("data", "dropped", "3 rows dropped.", n = 3)
    "value"
  }
  warning <- expect_warning(f(), class = "lcrisk_warning_data")
  expect_s3_class(warning, "lcrisk_warning")
  expect_identical(warning$code, "dropped")
  value <- withCallingHandlers(
    f(), lcrisk_warning = function(w) tryInvokeRestart("muffleWarning")
  )
  expect_identical(value, "value")
})

test_that("braces and percent signs in a message are taken as they are", {
  text <- "File `{odd} 100%s.csv` is odd."
  error <- expect_error(lcrisk_abort("io", "odd", text), class = "lcrisk_error_io")
  expect_match(conditionMessage(error), text, fixed = TRUE)
  error <- expect_error(abort_from_core("parse", "odd", text, 7, 120))
  expect_match(conditionMessage(error), text, fixed = TRUE)
})

test_that("what the core reports keeps its place in the input", {
  error <- expect_error(abort_from_core("parse", "quote", "Open quote.", 7, 120),
                        class = "lcrisk_error_parse")
  expect_identical(error$line, 7)
  expect_identical(error$offset, 120)
  error <- expect_error(abort_from_core("io", "read", "No such file.", 0, -1))
  expect_null(error$line)
  expect_null(error$offset)
  error <- expect_error(abort_from_core("internal", "glue", "Odd.", 0, -1),
                        class = "lcrisk_error_internal")
  expect_match(conditionMessage(error), "bug in lcrisk", fixed = TRUE)
})

test_that("the glue refuses what the R side should never pass", {
  run <- new_run(seed = 1, threads = 1)
  for (wrong in list("a", NULL, c(1, 2), NA_real_, NA_integer_, list(1))) {
    expect_error(.Call(ffi_base_units, 1L, wrong, run), class = "lcrisk_error_internal")
  }
  for (wrong in list(list(), NULL, 1, list(threads = "2", seed = 1),
                     list(threads = 1L, seed = NULL))) {
    expect_error(.Call(ffi_base_units, 1L, 1, wrong), class = "lcrisk_error_internal")
  }
})
