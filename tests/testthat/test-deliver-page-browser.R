test_that("in a browser: type a borrower, score a csv, take it home; no request", {
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  data <- contract_rows(2000L, start = 50L)
  data$y <- NULL
  data$home[1] <- "=1+1"
  data$purpose <- as.character(data$purpose)
  data$purpose[2] <- "<b>bold</b>"
  csv <- file.path(folder, "loans.csv")
  exact_csv(data, csv)
  model <- page_model()
  page <- file.path(folder, "page.html")
  lcrisk_page(model, page)
  seen <- run_browser("page-browser.js", page, csv, folder, axe_script(),
                      Sys.getenv("LCRISK_PICTURES"))
  expect_identical(seen$requests, paste0("file://", page))
  expect_identical(as.character(seen$errors), character())

  row <- as.data.frame(lapply(jsonlite::fromJSON(seen$row), function(x) x %||% NA))
  expect_identical(c(row$income, row$score), c(33.25, 651))
  row$home <- model$blueprint$levels$home[row$home]
  row$purpose <- model$blueprint$levels$purpose[row$purpose]
  row$joint <- row$joint == 2
  want <- predict(model, row)
  expect_identical(as.double(seen$typed), want)
  expect_identical(as.double(seen$again), want)
  expect_identical(seen$shown, sprintf("%.1f\u00a0%%", 100 * want))
  expect_gt(want, model$cutoff)
  expect_match(seen$verdict, "Decline")
  expect_match(seen$comma, "true", fixed = TRUE)

  shap <- lcrisk_shap(model, row)$contributions[1, ]
  expect_equal(seen$pushes, unname(shap[seen$pushed]), tolerance = 1e-15)
  expect_gt(seen$bars, 1)
  words <- reason_words(model)
  reasons <- lcrisk_reasons(model, row, texts = words, counterfactual = FALSE)
  expect_identical(seen$reasons, reasons$text)
  expect_identical(seen$told, reasons$text)
  expect_true(length(seen$flips) > 0 && all(seen$flips < model$cutoff))
  expect_identical(seen$slid[1], seen$slid[2])

  expect_identical(seen$tab, "tab-compare true")
  expect_equal(seen$difference, diff(seen$links), tolerance = 1e-12)
  expect_gte(seen$differs, 2L)

  expect_identical(seen$error, "")
  want <- suppressWarnings(predict(model, data))
  expect_identical(jsonlite::fromJSON(seen$batch), want)
  home <- data.table::fread(file.path(folder, "loans-scored.csv"), sep = ",")
  expect_identical(home$home[1], "'=1+1")
  expect_equal(home$pd, want, tolerance = 1e-15)
  expect_identical(home$decision, ifelse(want >= model$cutoff, "decline", "accept"))
  expect_match(home$note[1], "home unknown")
  reasons <- suppressWarnings(
    lcrisk_reasons(model, data, texts = words, counterfactual = FALSE)
  )
  first <- reasons[reasons$rank == 1L, ]
  expect_identical(home$reason_1[first$row], first$text)
  expect_true(all(home$reason_1[-first$row] == ""))

  expect_identical(c(seen$alien, seen$unlabelled), c(0L, 0L))
  expect_lte(seen$wide, 0)
  if (!nzchar(axe_script())) skip("axe-core is not installed: see tools/setup.sh")
  expect_identical(as.character(seen$axe), character())
})
