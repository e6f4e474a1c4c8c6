test_that("a learner prints its kind, its settings and what to do next", {
  learner <- lcrisk_testlearner(smooth = 0.25)
  expect_s3_class(learner, c("lcrisk_testlearner", "lcrisk_learner"), exact = TRUE)
  lines <- format(learner)
  expect_identical(lines[1], "Learner `testlearner`")
  expect_match(lines[2], "smooth = 0.25", fixed = TRUE)
  expect_match(lines[3], "lcrisk_train(", fixed = TRUE)
  expect_output(expect_identical(print(learner), learner), "testlearner")
})

test_that("the text of a setting ignores options()", {
  old <- options(OutDec = ",", scipen = -9)
  on.exit(options(old))
  expect_identical(setting_text(0.05), "0.05")
  expect_identical(setting_text(300L), "300")
  expect_identical(setting_text(TRUE), "TRUE")
  expect_identical(nchar(setting_text(letters)), 40L)
})

test_that("a learner is resolved from an object, and anything else is refused by class", {
  learner <- lcrisk_testlearner()
  expect_identical(resolve_learner(learner), learner)
  damaged <- learner
  damaged$kind <- NULL
  cases <- list(
    "unknown name" = "boosst", "not text" = 3, "two names" = c("a", "b"),
    "NA" = NA_character_, "NULL" = NULL, "a function" = lcrisk_testlearner,
    "a damaged learner" = damaged,
    "another class" = structure(learner, class = "lcrisk_learner")
  )
  for (case in names(cases)) {
    error <- expect_error(resolve_learner(cases[[case]]), class = "lcrisk_error_input",
                          info = case)
    expect_identical(error$arg, "learner", info = case)
  }
})

test_that("a learner without methods is an error that lists the learners", {
  stray <- new_learner("stray", list())
  run <- new_run(1, 1L)
  expect_error(fit_core(stray, list(a = 1), 1L, NULL, run), class = "lcrisk_error_input")
  expect_error(predict_core(stray, list(), list(a = 1), run),
               class = "lcrisk_error_input")
})
