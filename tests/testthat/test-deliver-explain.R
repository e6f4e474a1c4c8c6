# The page explains as lcrisk_shap() and lcrisk_reasons() do, to the last bit.

page_texts <- function() {
  data.frame(
    feature = c("home", "income", "joint", "noise", "purpose", "score"),
    reason = c("home", "means", "joint", "noise", "purpose", "means"),
    label = c("Home", "Income", "Joint", "Noise", "Purpose", "Score"),
    high = c("", "Too rich", "Two of you", "Too loud", "", "Score too high"),
    low = c("", "Too poor", "", "Too quiet", "", "Score too low"),
    missing = paste(c("Home", "Income", "Joint", "Noise", "Purpose", "Score"), "unknown"),
    change = "no"
  )
}

expect_page_explains <- function(model, data, texts = NULL) {
  skip_if_not_installed("jsonlite")
  csv <- withr_tempfile(".csv", environment())
  exact_csv(data, csv)
  got <- explain_in_node(model, csv, texts)
  words <- texts %||% reason_words(model)
  want <- lcrisk_reasons(model, data, texts = words, counterfactual = FALSE)
  expect_gt(nrow(want), 20L)
  for (column in c("row", "rank", "feature", "text", "contribution", "restored")) {
    expect_identical(got$reasons[[column]], want[[column]], info = column)
  }
  if (got$exact) {
    shap <- lcrisk_shap(model, data)
    expect_identical(got$value, unname(shap$contributions))
    expect_identical(got$base, shap$base)
    expect_identical(got$calibrated, !grepl("before", shap$scale))
  }
  got$exact
}

explain_rows <- function(n) {
  data <- contract_rows(n, start = 5L)
  data$home[7] <- NA
  data$income[8] <- NA
  data$y <- NULL
  data
}

test_that("exact contributions and reasons have the bits of R", {
  learners <- list(lcrisk_boost(trees = 60, folds = 2), lcrisk_logit(knots = 2),
                   lcrisk_blend(folds = 2), lcrisk_scorecard(p_value = 1))
  for (learner in learners) {
    model <- page_model(learner)
    expect_true(expect_page_explains(model, explain_rows(900L)))
    expect_true(expect_page_explains(model, explain_rows(60L), page_texts()))
  }
})

test_that("so they have after calibration, a straight line or not", {
  data <- contract_rows(1200L, start = 900L)
  model <- page_model(lcrisk_boost(trees = 30, folds = 0))
  for (method in c("platt", "isotonic")) {
    calibrated <- lcrisk_calibrate(model, data, method = method)
    expect_true(expect_page_explains(calibrated, explain_rows(100L)))
  }
})

test_that("learners without a formula give the reasons that R samples", {
  for (learner in list(lcrisk_forest(trees = 20), lcrisk_additive(),
                       lcrisk_mlp(restarts = 1, epochs = 5),
                       lcrisk_blend(c("boost", "forest"), folds = 2))) {
    model <- page_model(learner)
    expect_false(expect_page_explains(model, explain_rows(90L), page_texts()))
  }
})

test_that("columns of lcrisk_features() have the schema's words, others plain ones", {
  model <- page_model(lcrisk_logit())
  words <- words_of_model(model)
  expect_identical(words$label, c("Home", "Income", "Joint application", "Noise",
                                  "Purpose of the loan", "Score"))
  expect_identical(words$high[1:2], c("", "Income higher than is typical"))
  expect_identical(words$missing[1], "Home not known")
  expect_error(words_of_model(model, page_texts()[-1, ]), class = "lcrisk_error_model")
  frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(lcrisk_simulate(1500, 2))))
  model <- suppressWarnings(lcrisk_train(frame, learner = lcrisk_logit(), seed = 1))
  words <- words_of_model(model)
  schema <- lcrisk_schema("reasons")
  at <- match(model$blueprint$features, schema$feature)
  expect_false(anyNA(at))
  expect_identical(words$label, schema$label[at])
  expect_identical(words$change, schema$change[at] == "yes")
  expect_identical(model_bytes(model), model_bytes(model_of_sections(
    .Call(ffi_model_open, model_bytes(model), 0)
  )))
})
