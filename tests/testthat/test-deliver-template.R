# The template "Credit risk report": rmarkdown::draft() makes a file that knits on a
# team's own data and leaves a model behind.

draft_report <- function(env = parent.frame()) {
  skip_if_not_installed("rmarkdown")
  skip_if(!rmarkdown::pandoc_available(), "pandoc is not installed")
  folder <- tempfile("report-")
  dir.create(folder)
  do.call(on.exit, list(substitute(unlink(folder, recursive = TRUE)), add = TRUE),
          envir = env)
  rmarkdown::draft(file.path(folder, "credit.Rmd"), template = "credit-risk-report",
                   package = "lcrisk", create_dir = FALSE, edit = FALSE)
}

knit_quietly <- function(rmd, ...) {
  suppressWarnings(rmarkdown::render(rmd, params = list(...), envir = new.env(),
                                     quiet = TRUE))
}

test_that("the report knits on a file of the user's and leaves model and page", {
  rmd <- draft_report()
  files <- file.path(dirname(rmd), "LoanStats.csv")
  lcrisk_simulate(4000, seed = 3, file = files, to = "2011-12", snapshot = "2018-12")
  html <- knit_quietly(rmd, files = files, learners = c("logit", "boost"), seed = 2)
  text <- paste(readLines(html, warn = FALSE), collapse = "\n")
  expect_match(text, "4,00[0-9] records = 4,000 kept", all = FALSE)
  expect_false(grepl("synthetic loans", text))
  expect_false(grepl("## Error|NaN %|NA %", text))
  model <- lcrisk_load(file.path(dirname(rmd), "model.lcrisk"))
  expect_true(grepl(model$fingerprint, text, fixed = TRUE))
  expect_true(model$learner$kind %in% c("logit", "boost"))
  expect_true(file.exists(file.path(dirname(rmd), "score.html")))

  # what the report says of the model is what the verbs say
  known <- lcrisk_outcome(lcrisk_read(files))
  expect_true(grepl(sprintf("%.1f %%", 100 * mean(known$default)), text, fixed = TRUE))
  split <- lcrisk_split(lcrisk_features(known), test_from = "2011-01-01")
  again <- suppressWarnings(lcrisk_train(split$train, learner = model$learner, seed = 2))
  expect_identical(predict(again, split$test), predict(model, split$test))
})
