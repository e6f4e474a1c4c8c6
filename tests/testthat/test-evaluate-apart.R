# What a comparison says to these training and test rows: its code, or "ok"
said <- function(train, test) {
  tryCatch(
    {
      lcrisk_compare(y ~ ., list(lcrisk_testlearner()), data = train, test = test,
                     seed = 1, progress = FALSE)
      "ok"
    },
    lcrisk_error = function(e) paste("error", e$code),
    lcrisk_warning = function(w) paste("warning", w$code)
  )
}

test_that("test rows that are training rows are refused without ids", {
  d <- contract_rows(600L)
  expect_identical(said(d[1:400, ], d[401:600, ]), "ok")
  expect_identical(said(d, d[1:100, ]), "error test_in_training")
  expect_identical(said(d[1:400, ], d[381:600, ]), "error test_in_training")
  expect_identical(said(d[1:400, ], d[400:600, ]), "warning test_in_training")
})

test_that("how the columns are kept does not hide a row", {
  d <- contract_rows(300L)
  other <- d[200:1, rev(names(d))]
  other$home <- factor(other$home, levels = c("RENT", "OWN", "MORTGAGE"))
  other$score <- as.double(other$score)
  other$purpose <- as.character(other$purpose)
  other$extra <- 1
  expect_identical(said(d, other), "error test_in_training")
  expect_identical(said(d, data.table::as.data.table(other)), "error test_in_training")
})

test_that("coarse rows that are alike by chance are no rows on both sides", {
  d <- contract_rows(1000L)
  coarse <- data.frame(home = d$home, rich = d$income > 60, y = d$y)
  expect_identical(said(coarse[1:600, ], coarse[601:1000, ]), "ok")
  middling <- data.frame(coarse, income = round(d$income), score = d$score %/% 10)
  expect_identical(said(middling[1:600, ], middling[601:1000, ]), "ok")
  expect_identical(said(middling[1:600, ], middling[401:1000, ]),
                   "error test_in_training")
})

test_that("equal_rows() agrees with comparing the rows as text", {
  d <- contract_rows(400L)
  rows <- data.frame(a = round(d$income / 20), b = d$home, c = round(d$noise, 1))
  columns <- lapply(rows, plain_values)
  part <- function(rows) lapply(columns, `[`, rows)
  found <- equal_rows(part(1:250), part(251:400))
  text <- do.call(paste, rows)
  expect_identical(found$shared, text[251:400] %in% text[1:250])
  expect_identical(found$repeated, text[1:250] %in% text[1:250][duplicated(text[1:250])])
  expect_true(any(found$shared) && !all(found$shared))
})

test_that("x and y are compared as well", {
  d <- contract_rows(200L)
  x <- d[names(d) != "y"]
  expect_error(
    lcrisk_compare(x, list(lcrisk_testlearner()), y = d$y, test = x[1:50, ],
                   test_y = d$y[1:50], seed = 1, progress = FALSE),
    class = "lcrisk_error_input"
  )
})
