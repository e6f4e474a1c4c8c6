test_that("the page in node gives the bits of predict() for a csv", {
  data <- contract_rows(3000L, start = 5L)
  data$home[7] <- NA
  data$income[8] <- NA
  data$y <- NULL
  csv <- withr_tempfile(".csv", environment())
  exact_csv(data, csv)
  learners <- list(
    lcrisk_boost(trees = 60, folds = 2), lcrisk_logit(knots = 2),
    lcrisk_forest(trees = 20), lcrisk_mlp(restarts = 2, epochs = 5), lcrisk_additive(),
    lcrisk_scorecard(min_count = 20, min_events = 5),
    lcrisk_blend()
  )
  for (learner in learners) {
    model <- page_model(learner)
    got <- score_in_node(model, csv)
    expect_identical(as.vector(got), predict(model, data))
    expect_match(attr(got, "said"), "\"left\":0,\"notes\":[]", fixed = TRUE)
  }
})

test_that("20,000 real loans score the same in R and in the page, to the last bit", {
  zip <- real_file("raw/LoanStats3a_securev1.csv.zip")
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  whole <- utils::unzip(zip, exdir = folder)
  csv <- file.path(folder, "part.csv")
  writeLines(readLines(whole, n = 20002L, warn = FALSE, encoding = "UTF-8"), csv,
             useBytes = TRUE)
  loans <- suppressWarnings(lcrisk_read(csv))
  frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(loans)))
  expect_gte(nrow(loans), 19999L)
  for (learner in list(lcrisk_boost(trees = 150, folds = 0), lcrisk_logit())) {
    model <- suppressWarnings(lcrisk_train(frame, learner = learner, seed = 1))
    expect_identical(as.vector(score_in_node(model, csv)), predict(model, loans))
  }
})

test_that("formulas in the file give the columns of lcrisk_features()", {
  loans <- lcrisk_simulate(3000, seed = 3)
  frame <- lcrisk_features(suppressWarnings(lcrisk_outcome(loans)))
  model <- suppressWarnings(
    lcrisk_train(frame, learner = lcrisk_boost(trees = 30, folds = 0), seed = 1)
  )
  inputs <- inputs_of_model(model)
  bytes <- model_bytes(model)
  values <- vapply(seq_along(inputs$name), function(f) {
    column <- loans[[inputs$name[f]]]
    is_month <- inputs$type[f] == "month"
    text <- if (is_month) format(column, "%Y-%m") else as.character(column)
    text[is.na(text)] <- ""
    read <- .Call(ffi_model_parse, bytes, f - 1L, text)
    expect_true(all(attr(read, "result") %in% 0:1), info = inputs$name[f])
    as.vector(read)
  }, double(nrow(loans)))
  prob <- .Call(ffi_model_prob, bytes, values, nrow(loans), new_run(0, 2L))
  expect_identical(prob, predict(model, loans))
})

test_that("a page is one file that loads nothing and lets nothing else run", {
  file <- withr_tempfile(".html", environment())
  model <- page_model(lcrisk_logit())
  expect_identical(expect_invisible(lcrisk_page(model, file, "A <b> & \"title\"")), file)
  page <- rawToChar(readBin(file, "raw", file.size(file)))
  expect_false(grepl("{{", page, fixed = TRUE))
  expect_match(page, "<title>A &lt;b&gt; &amp; &quot;title&quot;</title>", fixed = TRUE)
  expect_match(page, "default-src 'none'; script-src 'sha256-", fixed = TRUE)
  expect_no_match <- function(pattern) expect_false(grepl(pattern, page), info = pattern)
  expect_no_match("unsafe-inline")
  expect_no_match("[^-]unsafe-eval")
  expect_no_match("(src|href)=\"(http|//)")
  expect_no_match(" on[a-z]+=\"")
  expect_no_match(" style=\"")
  urls <- regmatches(page, gregexpr("https?://[^\"' ]+", page))[[1]]
  expect_setequal(unique(urls), "http://www.w3.org/2000/svg")  # a name, not an address
})

test_that("the same model gives the same page, and metrics come with it", {
  data <- contract_rows(300L)
  model <- page_model(lcrisk_logit())
  file <- vapply(c(".html", ".html"), withr_tempfile, "", env = environment())
  for (path in file) lcrisk_page(model, path)
  expect_identical(unname(tools::md5sum(file[1])), unname(tools::md5sum(file[2])))
  metrics <- lcrisk_metrics(data$y, predict(model, data))
  lcrisk_page(model, file[2], metrics = metrics)
  expect_match(paste(readLines(file[2]), collapse = " "), "<th scope=\"row\">auc</th>",
               fixed = TRUE)
})

test_that("base64() and content hashes agree with known answers", {
  expect_identical(base64(raw()), "")
  expect_identical(base64(charToRaw("f")), "Zg==")
  expect_identical(base64(charToRaw("fo")), "Zm8=")
  expect_identical(base64(charToRaw("foobar")), "Zm9vYmFy")
  expect_identical(content_hash("alert('Hello, world.');"),
                   "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=")
})

test_that("the arguments of a page are checked", {
  model <- page_model(lcrisk_logit())
  expect_error(lcrisk_page(list(), "x"), class = "lcrisk_error_model")
  expect_error(lcrisk_page(model, 1), class = "lcrisk_error_input")
  expect_error(lcrisk_page(model, tempfile(), title = NA), class = "lcrisk_error_input")
  expect_error(lcrisk_page(model, tempfile(), metrics = 1), class = "lcrisk_error_input")
  expect_error(lcrisk_page(model, file.path(tempfile(), "x")), class = "lcrisk_error_io")
})
