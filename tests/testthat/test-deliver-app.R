skip_without_shiny <- function() {
  skip_if_not_installed("shiny")
  skip_if_not_installed("bslib")
}

app_parts <- function() {
  skip_without_shiny()
  data <- contract_rows(900L, start = 50L)
  data$when <- as.Date("2010-01-15") + 30L * (seq_len(900L) %/% 100L)
  models <- list(boost = page_model(), logit = page_model(lcrisk_logit()))
  list(data = data, models = models, ready = app_model(models$boost),
       shown = app_data(models, data))
}

# Waits until a job of a server's is done
expect_job <- function(now, session) {
  for (k in 1:400) {
    session$elapse(250)
    session$flushReact()
    if (!identical(now()$state, "busy")) break
    Sys.sleep(0.1)
  }
  expect_identical(now()$state, "done", info = now()$error)
  now()$value
}

form_texts <- function(ready, ...) {
  asked <- asked_fields(ready$fields)
  texts <- lapply(asked, function(field) field_text(field, ready$typical[field$index]))
  names(texts) <- vapply(asked, `[[`, "", "name")
  texts <- utils::modifyList(texts, list(...))
  stats::setNames(texts, vapply(asked, field_id, ""))
}

test_that("one borrower: predict(), contributions and reasons, as one types", {
  parts <- app_parts()
  model <- parts$models$boost
  shiny::testServer(score_server, args = list(ready = parts$ready), {
    texts <- form_texts(parts$ready, income = "33.25", score = "651", home = "RENT")
    do.call(session$setInputs, texts)
    session$elapse(300)
    row <- form_columns(parts$ready, form()$values)
    expect_identical(c(row$income, row$score), c(33.25, 651))
    expect_identical(prob(), predict(model, row))
    expect_match(output$answer$html, "Decline")
    explained <- explained()
    shap <- lcrisk_shap(model, row)$contributions[1, ]
    expect_equal(sort(explained$push), sort(unname(shap)))
    want <- lcrisk_reasons(model, row, texts = reason_words(model),
                           counterfactual = FALSE)
    expect_identical(explained$reasons$text, want$text)
    expect_match(output$reasons$html, want$text[1], fixed = TRUE)

    session$setInputs(field_2 = "33,25")
    expect_identical(form()$bad, 1L)
    expect_match(output$answer$html, "One field needs a correction")
    expect_match(output$note_2, "point")
    session$setInputs(field_2 = "9999")
    expect_match(output$note_2, "Rare in training")
  })
})

test_that("the form of loans asks what the page asks and reads the same", {
  skip_without_shiny()
  frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(lcrisk_simulate(1500, 2))))
  model <- suppressWarnings(lcrisk_train(frame, learner = lcrisk_logit(), seed = 1))
  ready <- app_model(model)
  html <- as.character(shiny::div(form_ui(ready, shiny::NS("score"))))
  inputs <- inputs_of_model(model)
  for (label in inputs$label[inputs$follows < 0]) {
    expect_true(grepl(html_text(label), html, fixed = TRUE), info = label)
  }
  read <- read_form(ready, form_texts(ready))
  expect_identical(read$bad, 0L)
  expect_equal(read$values, ready$typical)
  prob <- borrower_prob(ready, read$values)
  expect_identical(predict(model, form_columns(ready, read$values)), prob)
})

test_that("a file is scored in another process and guarded on the way home", {
  parts <- app_parts()
  data <- parts$data[names(parts$data) != "y"]
  data$home[1] <- "=1+1"
  csv <- withr_tempfile(".csv", environment())
  exact_csv(data, csv)
  shiny::testServer(many_server, args = list(ready = parts$ready), {
    session$setInputs(file = list(datapath = csv, name = "loans.csv"))
    value <- expect_job(now, session)
    expect_identical(value$prob, suppressWarnings(predict(parts$models$boost, data)))
    home <- data.table::fread(output$download)
    expect_identical(home$home[1], "'=1+1")
    expect_equal(home$prob, value$prob, tolerance = 1e-14)
    expect_match(output$summary$html, "900")
  })
})

test_that("a file that cannot be scored is said to be so", {
  parts <- app_parts()
  csv <- withr_tempfile(".csv", environment())
  writeLines(c("a,b", "1,2"), csv)
  shiny::testServer(many_server, args = list(ready = parts$ready), {
    session$setInputs(file = list(datapath = csv, name = "loans.csv"))
    for (k in 1:400) {
      session$elapse(250)
      if (now()$state != "busy") break
      Sys.sleep(0.1)
    }
    expect_identical(now()$state, "failed")
    expect_match(output$status, "did not work.*lacks")
  })
})

test_that("vintages, models, cut-off and monitoring say what the verbs say", {
  parts <- app_parts()
  args <- list(models = parts$models, shown = parts$shown)
  prob <- parts$shown$prob$logit
  y <- parts$data$y
  shiny::testServer(groups_server, args = args, {
    session$setInputs(model = "logit", by = "home")
    want <- lcrisk_calibration(y, prob, by = parts$data$home)
    expect_identical(groups()$rate, want$rate)
    expect_match(output$table, "RENT")
  })
  shiny::testServer(compare_server, args = args, {
    session$flushReact()
    table <- expect_job(now, session)
    expect_identical(table$model, c("boost", "logit"))
    expect_match(table$auc[2], sprintf("^%.3f", lcrisk_auc(y, prob)))
  })
  shiny::testServer(cutoff_server, args = args, {
    session$setInputs(model = "logit", cutoff = 0.3, good = 1, bad = 4)
    approved <- prob < 0.3
    expect_equal(here()$approved, mean(approved))
    expect_equal(here()$bad_rate, mean(y[approved]))
    expect_equal(here()$profit, sum(ifelse(y[approved] == 1, -4, 1)) / length(y))
    at <- which.max(curve()$profit)
    best <- cutoff_at(y, prob, curve()$cutoff[at], 1, 4)
    expect_equal(best$profit, curve()$profit[at])
    expect_gte(best$profit, here()$profit)
    expect_match(output$facts$html, "approved")
  })
  shiny::testServer(monitor_server, args = args, {
    session$setInputs(model = "boost", by = "all")
    expect_match(output$status, "Press")
    session$setInputs(go = 1)
    drift <- expect_job(now, session)
    want <- lcrisk_drift(parts$models$boost, parts$data, by = "all", resamples = 20L)
    expect_equal(drift$psi, want$psi)
  })
})

test_that("arguments of the app are checked", {
  skip_without_shiny()
  model <- page_model(lcrisk_logit())
  other <- lcrisk_train(joint ~ income, contract_rows(300L), learner = "logit", seed = 1)
  expect_error(lcrisk_app(1), class = "lcrisk_error_input")
  expect_error(lcrisk_app(list(model)), class = "lcrisk_error_input")
  expect_error(lcrisk_app(list(a = 1)), class = "lcrisk_error_model")
  expect_error(lcrisk_app(list(a = model, b = other)), class = "lcrisk_error_input")
  expect_error(lcrisk_app(model, title = 1), class = "lcrisk_error_input")
  expect_error(lcrisk_app(model, data.frame(income = 1)), class = "lcrisk_error_schema")
  expect_s3_class(lcrisk_app(model), "shiny.appobj")
})

test_that("in a browser: type a borrower, look at the tabs", {
  skip_on_cran()
  skip_without_shiny()
  node_program()
  chromium_program()
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  model <- page_model()
  saveRDS(list(model = model, data = contract_rows(600L, start = 50L)),
          file.path(folder, "given"))
  port <- httpuv::randomPort()
  code <- sprintf(paste0(
    "library(lcrisk); given <- readRDS('%s/given'); ",
    "app <- lcrisk_app(given$model, given$data); serve <- app$serverFuncSource(); ",
    "app$serverFuncSource <- function() function(input, output, session) { ",
    "session$onSessionEnded(shiny::stopApp); serve(input, output, session) }; ",
    "shiny::runApp(app, port = %dL, launch.browser = FALSE, quiet = TRUE)"
  ), folder, port)
  old <- Sys.getenv("R_LIBS", NA)
  Sys.setenv(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
  on.exit(if (is.na(old)) Sys.unsetenv("R_LIBS") else Sys.setenv(R_LIBS = old),
          add = TRUE)
  # the app ends with its only session; close() waits for that
  app <- pipe(sprintf("timeout 120 %s --no-init-file -e %s >%s 2>&1",
                      shQuote(file.path(R.home("bin"), "Rscript")), shQuote(code),
                      shQuote(file.path(folder, "log"))), "w")
  seen <- run_browser("app-browser.js", sprintf("http://127.0.0.1:%d", port), folder,
                      axe_script(), Sys.getenv("LCRISK_PICTURES"))
  close(app)
  row <- form_columns(app_model(model), seen$values)
  expect_identical(as.double(seen$prob), predict(model, row))
  expect_match(seen$verdict, "Decline")
  expect_gt(seen$reasons, 0L)
  expect_identical(seen$tabs, c("Score", "Many", "Vintages", "Models", "Cut-off",
                                "Monitoring"))
  expect_match(seen$models, "boost")
  expect_identical(seen$broken, 0L)
  expect_identical(as.character(seen$errors), character())
  if (!nzchar(axe_script())) skip("axe-core is not installed: see tools/setup.sh")
  expect_identical(as.character(seen$axe), character())
})
