# The real files, each against counts published with them and, where it says so, against
# an independent reading with data.table::fread().

quietly <- function(...) suppressWarnings(lcrisk_read(...))

main_file <- local({
  loans <- NULL
  function() {
    path <- real_file("raw/LoanStats3a_securev1.csv.zip")
    if (is.null(loans)) loans <<- lcrisk_read(path)
    loans
  }
})

test_that("every real file is read and its ledger adds up", {
  files <- c(
    "raw/LoanStats3a_securev1.csv.zip" = 42535, "raw/LoanStats_2015_H.csv.zip" = 1097,
    "raw/LoanStats_2019Q1_head.csv" = 500,
    "samples/accepted_2007_2018_sample2000.csv.gz" = 2000,
    "samples/accepted_2015Q4_50000x7.csv.gz" = 50000,
    "samples/accepted_excel_damaged_999.csv.gz" = 699,
    "samples/resolved_2018_31766x58.csv.gz" = 31766,
    "samples/loans_full_schema_2018Q1.csv.gz" = 10000,
    "samples/rejected_2007_699.csv" = 699,
    "samples/rejected_2016_2018_5000.csv.gz" = 5000
  )
  for (file in names(files)) {
    path <- real_file(file)
    x <- quietly(path)
    expect_equal(nrow(x), files[[file]], info = file)
    ledger <- lcrisk_ledger(x)
    expect_equal(sum(ledger$n), sum(attr(ledger, "lines")), info = file)
    expect_equal(sum(ledger$n[ledger$class == "rejected"]), 0, info = file)
    notes <- attr(ledger, "notes")
    expect_false(any(notes$kind == "bad_cell"), info = file)
    expect_s3_class(x, if (grepl("rejected", file)) "lcrisk_rejected" else "lcrisk_loans")
  }
})

test_that("the main file has the published counts and its footers agree", {
  loans <- main_file()
  expect_equal(sum(!loans$meets_policy), 2749)
  status <- table(loans$loan_status, loans$meets_policy)
  expect_equal(as.vector(status["Fully Paid", c("FALSE", "TRUE")]), c(1988, 34116))
  expect_equal(as.vector(status["Charged Off", c("FALSE", "TRUE")]), c(761, 5670))
  footer <- attr(lcrisk_ledger(loans), "footer")
  expect_equal(footer$stated, c(460296150, 0))
  expect_equal(footer$found, c(460296150, 0))
  expect_true(all(footer$agrees))
  ledger <- lcrisk_ledger(loans)
  counts <- stats::setNames(ledger$n, ledger$class)
  expect_equal(counts[c("banner", "header", "section", "footer", "blank")],
               c(banner = 1, header = 1, section = 1, footer = 2, blank = 4))
  expect_equal(sum(loans$funded_amnt < loans$loan_amnt), 1997)
  expect_equal(sum(loans$funded_amnt_inv == 0), 233)
  expect_equal(sum(is.na(loans$last_pymnt_d)), 83)
  expect_equal(sum(is.na(loans$emp_length)), 1112)
  expect_equal(sum(is.na(loans$annual_inc)), 4)
  expect_equal(min(loans$earliest_cr_line, na.rm = TRUE), as.IDate("1946-01-01"))
})

# Reads a column of text by rules of its own, in plain R
read_again <- function(text, type) {
  text[text == ""] <- NA
  number <- function(x) as.numeric(sub("%$", "", trimws(x)))
  switch(
    type,
    number = , percent = number(text), count = as.integer(number(text)),
    term = as.integer(sub(" months", "", trimws(text), fixed = TRUE)),
    month = as.IDate(paste0("01-", text), "%d-%b-%Y"),
    years = {
      text[text %in% "n/a"] <- NA
      as.integer(ifelse(text %in% "< 1 year", "0", gsub("[^0-9]", "", text)))
    },
    flag = tolower(text) == "y", level = , text = text
  )
}

# R's own as.numeric() is sometimes one unit in the last place off; ours is exact, as
# tests/core/test_decimal.c shows.
same_values <- function(x, y) {
  if (is.double(x)) return(all(abs(x - y) <= 2.3e-16 * abs(y), na.rm = TRUE))
  all(x == y, na.rm = TRUE)
}

expect_same_as_fread <- function(loans, path) {
  zipped <- grepl("zip$", path)
  file <- if (zipped) unz(path, sub("[.]zip$", "", basename(path))) else gzfile(path)
  lines <- readLines(file, warn = FALSE)
  close(file)
  header <- grep("member_id", lines, fixed = TRUE)[1L]
  lines <- lines[header - 1L + which(nchar(lines[header:length(lines)]) > 140)]
  again <- data.table::fread(text = lines, colClasses = "character", na.strings = NULL,
                             strip.white = FALSE, header = TRUE, quote = "\"")
  expect_equal(nrow(again), nrow(loans))
  schema <- lcrisk_schema()
  for (name in names(again)) {
    type <- schema$type[schema$name == name]
    column <- loans[[name]]
    if (is.factor(column)) column <- as.character(column)
    other <- read_again(again[[name]], type)
    if (name == "loan_status") other <- sub("^Does not.*Status:", "", other)
    if (type %in% c("text", "level")) other <- gsub("\"\"", "\"", other, fixed = TRUE)
    expect_equal(is.na(column), is.na(other), info = name)
    expect_true(same_values(column, other), info = name)
  }
}

test_that("all 151 columns of the main file agree with fread and plain R", {
  expect_same_as_fread(main_file(), real_file("raw/LoanStats3a_securev1.csv.zip"))
})

test_that("all 151 columns of the 2,000 loans in Kaggle's layout agree too", {
  path <- real_file("samples/accepted_2007_2018_sample2000.csv.gz")
  expect_same_as_fread(quietly(path), path)
})

test_that("the same loan reads the same from Excel's wreck as from Kaggle's layout", {
  damaged <- quietly(real_file("samples/accepted_excel_damaged_999.csv.gz"))
  expect_equal(as.character(unique(damaged$issue_d)), "2015-12-01")
  expect_true(all(damaged$earliest_cr_line < damaged$issue_d))
  expect_gt(sum(year(damaged$earliest_cr_line) < 2000), 200)
  expect_true(all(damaged$last_pymnt_d >= damaged$issue_d, na.rm = TRUE))
  whole <- quietly(real_file("samples/accepted_2015Q4_50000x7.csv.gz"))
  expect_equal(damaged$earliest_cr_line[1:5], whole$earliest_cr_line[1:5])
})

test_that("renamed columns of the 2018Q1 release get Lending Club's names", {
  path <- real_file("samples/loans_full_schema_2018Q1.csv.gz")
  expect_warning(lcrisk_read(path), class = "lcrisk_warning_data")
  x <- quietly(path)
  renamed <- c("annual_inc", "int_rate", "issue_d", "home_ownership", "num_sats")
  expect_true(all(renamed %in% names(x)))
  expect_equal(levels(x$application_type), c("Individual", "Joint App"))
  expect_equal(as.integer(table(x$initial_list_status)), c(1794L, 8206L))
  expect_true(all(x$id < 0))
  expect_equal(sum(is.na(x$emp_length)), 817)
})

test_that("rejected applications have their own class and columns", {
  x <- quietly(real_file("samples/rejected_2007_699.csv"))
  expect_equal(names(x), lcrisk_schema("rejected")$name)
  expect_equal(as.character(x$application_date[1]), "2007-05-26")
  expect_equal(sum(is.na(x$risk_score)), 6)
  expect_gt(max(x$debt_to_income_ratio), 1000)
  y <- quietly(real_file("samples/rejected_2016_2018_5000.csv.gz"))
  expect_equal(names(y), c("row_name", "amount_requested", "application_date",
                           "debt_to_income_ratio", "zip_code", "employment_length"))
  expect_equal(sum(y$employment_length == 0), 4262)
})

test_that("many files are bound by name, whatever their release", {
  paths <- c(real_file("raw/LoanStats_2015_H.csv.zip"),
             real_file("samples/accepted_2007_2018_sample2000.csv.gz"),
             real_file("raw/LoanStats_2019Q1_head.csv"))
  x <- quietly(paths)
  expect_equal(nrow(x), 1097 + 2000 + 500)
  expect_equal(length(attr(lcrisk_ledger(x), "lines")), 3L)
  expect_false(anyDuplicated(x$id) > 0)
  expect_equal(levels(x$grade), LETTERS[1:7])
  expect_equal(sum(is.na(x$fico_range_low)), 1597)
})

test_that("any number of threads reads the same", {
  path <- real_file("samples/accepted_2007_2018_sample2000.csv.gz")
  one <- quietly(path, threads = 1)
  for (threads in c(2, 3, 8)) expect_identical(quietly(path, threads = threads), one)
})

test_that("select does not change the rows", {
  path <- real_file("raw/LoanStats3a_securev1.csv.zip")
  x <- lcrisk_read(path, select = c("dti", "meets_policy"))
  expect_equal(names(x), c("meets_policy", "dti"))
  expect_equal(x$dti, main_file()$dti)
  expect_equal(x$meets_policy, main_file()$meets_policy)
  expect_true(all(attr(lcrisk_ledger(x), "footer")$agrees))
})
