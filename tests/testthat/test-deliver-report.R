report_rows <- function() {
  data <- contract_rows(2400L)
  data$when <- as.Date("2010-01-15") + 30L * (seq_len(nrow(data)) %/% 200L)
  data$home[3] <- "<script>alert(1)</script>"
  data
}

report_model <- function(data, ...) {
  learner <- lcrisk_boost(trees = 40, folds = 2)
  lcrisk_train(y ~ . - when, data[1:1200, ], learner = learner, seed = 1, ...)
}

status_of <- function(report, check) {
  report$findings$status[report$findings$check == check]
}

skip_without_pandoc <- function() {
  skip_if_not_installed("rmarkdown")
  if (!rmarkdown::pandoc_available()) skip("pandoc is not installed")
}

test_that("a report of a model and later rows is one html file with its findings", {
  skip_without_pandoc()
  data <- report_rows()
  model <- report_model(data)
  file <- withr_tempfile(".html", environment())
  report <- lcrisk_report(model, file, data[1201:2400, ], time = "when", title = "A & B",
                          groups = "purpose")
  expect_s3_class(report, "lcrisk_report")
  page <- paste(readLines(file, encoding = "UTF-8"), collapse = "\n")
  for (part in c(">Findings</h2>", "Lineage", "Performance", "By vintage", "By home",
                 "Calibration", "Stability", "Explanation", "Fairness", "Limits",
                  "equal_opportunity", "Reproducibility",
                 model$fingerprint, model$trained_on, "A &amp; B", "2010")) {
    expect_true(grepl(part, page, fixed = TRUE), info = part)
  }
  expect_false(grepl("<script>alert", page, fixed = TRUE))
  expect_false(grepl("(src|href)=\"(http|//)", page))
  lights <- gregexpr("<span[[:space:]]+class=\"light", page)[[1]]
  expect_length(lights, 4L + nrow(report$findings))
  expect_identical(status_of(report, "Scores without R"), "good")
  expect_identical(status_of(report, "Contents match the fingerprint"), "good")
  expect_identical(status_of(report, "AUC"), "good")
  expect_identical(status_of(report, "PSI of the score"), "good")
  expect_identical(status_of(report, "Lineage from the raw files"), "unknown")
  expect_true(status_of(report, "Approval by group") %in% c("good", "look"))
  expect_match(format(report)[1], "good")
  expect_invisible(print(report)) |> expect_output("lcrisk_report")
})

test_that("what goes wrong gets a red or yellow light", {
  skip_without_pandoc()
  data <- report_rows()
  model <- report_model(data)
  later <- data[1201:2400, ]
  later$income <- later$income + 60
  later$score <- NA
  later$y[later$home == "RENT"] <- 1L
  file <- withr_tempfile(".html", environment())
  report <- suppressWarnings(lcrisk_report(model, file, later, time = "when"))
  for (check in c("PSI of the score", "PSI of the columns", "Missing values",
                  "Values outside the training range", "Event rate by home",
                  "Calibration in the large (log-odds)")) {
    expect_true(status_of(report, check) %in% c("look", "bad"), info = check)
  }
  expect_identical(status_of(report, "PSI of the columns"), "bad")
})

test_that("without rows a report says what it does not know", {
  skip_without_pandoc()
  data <- report_rows()
  file <- withr_tempfile(".html", environment())
  report <- lcrisk_report(report_model(data), file)
  expect_identical(status_of(report, "AUC"), "unknown")
  expect_identical(status_of(report, "Approval by group"), "unknown")
  expect_identical(status_of(report, "Model file"), "good")
  expect_true(all(report$findings$status[report$findings$value == NO_DATA] == "unknown"))
})

test_that("a model of loans reports lineage, ledger and years, also from its file", {
  skip_without_pandoc()
  loans <- suppressWarnings(lcrisk_outcome(lcrisk_simulate(4000, seed = 3)))
  split <- lcrisk_split(lcrisk_features(loans), test_from = "2013-01-01")
  model <- suppressWarnings(lcrisk_train(split$train, learner = "logit", seed = 1))
  lineage <- model$lineage
  expect_identical(sum(lineage$rows), model$n)
  expect_identical(sum(lineage$events), as.integer(model$n_event))
  expect_match(lineage$to, "^2012-")
  ledger <- lcrisk_ledger(split$train)
  expect_identical(sum(lineage$ledger$n), sum(ledger$n))
  path <- withr_tempfile(".lcrisk", environment())
  lcrisk_save(model, path)
  again <- lcrisk_load(path)
  expect_identical(again$lineage, lineage)
  file <- withr_tempfile(".html", environment())
  report <- suppressWarnings(lcrisk_report(again, file, split$test))
  expect_identical(status_of(report, "Lineage from the raw files"), "good")
  expect_identical(status_of(report, "Tested on later loans"), "good")
  expect_match(paste(readLines(file), collapse = " "), "By vintage")
})

test_that("arguments of a report are checked", {
  skip_without_pandoc()
  data <- report_rows()
  model <- report_model(data)
  file <- tempfile()
  expect_error(lcrisk_report(list(), file), class = "lcrisk_error_model")
  expect_error(lcrisk_report(model, 1), class = "lcrisk_error_input")
  expect_error(lcrisk_report(model, file, title = NA), class = "lcrisk_error_input")
  expect_error(lcrisk_report(model, file, limits = list(aux = 1)),
               class = "lcrisk_error_input")
  expect_error(lcrisk_report(model, file, limits = list(psi = c(0.2, 0.1))),
               class = "lcrisk_error_input")
  expect_error(lcrisk_report(model, file, data, segments = "nobody"),
               class = "lcrisk_error_schema")
  expect_error(lcrisk_report(model, file, data, time = "home"),
               class = "lcrisk_error_input")
  error <- expect_error(lcrisk_report(model, file, data[1:1200, ]),
                        class = "lcrisk_error_input")
  expect_identical(error$code, "training_rows")
  expect_false(file.exists(file))
})

test_that("Cochran's test knows equal and unequal areas", {
  groups <- data.table::data.table(auc = c(0.7, 0.7, 0.7), auc_se = c(0.01, 0.02, NA))
  expect_equal(same_auc(groups)$p, 1)
  groups$auc <- c(0.70, 0.80, 0.1)
  expect_equal(same_auc(groups)$p, stats::pchisq(0.1^2 / (0.01^2 + 0.02^2), 1,
                                                 lower.tail = FALSE))
  expect_identical(same_auc(groups[1, ])$p, NA_real_)
})
