small_loans <- function() {
  suppressWarnings(lcrisk_read(lines_file(
    header_line, sprintf("%d,1000,36,5%%,x,Dec-2011,Fully Paid", 1:12),
    "13,1000,36,5%,x,Jan-2008,Does not meet the credit policy. Status:Charged Off"
  )))
}

test_that("rows chosen keep class and ledger, and the ledger says so", {
  x <- small_loans()
  for (some in list(x[1:3], x[loan_amnt > 0 & id <= 3], x[id %in% 1:3], head(x, 3))) {
    expect_s3_class(some, "lcrisk_loans")
    ledger <- lcrisk_ledger(some)
    expect_equal(ledger$n[ledger$step == "subset" & ledger$class == "dropped"], 10)
  }
  expect_equal(nrow(lcrisk_ledger(x[order(-id)])), nrow(lcrisk_ledger(x)))
  columns <- x[, c("id", "loan_amnt")]
  expect_s3_class(columns, "lcrisk_loans")
  expect_equal(names(columns), c("id", "loan_amnt"))
})

test_that("summaries are plain tables without a ledger", {
  x <- small_loans()
  mean_amount <- x[, .(loan_amnt = mean(loan_amnt))]
  for (sums in list(x[, .(n = .N), by = "issue_d"], mean_amount)) {
    expect_equal(class(sums), c("data.table", "data.frame"))
    expect_null(attr(sums, "ledger"))
  }
  expect_equal(x[["id"]][1], 1)
  expect_equal(x[1, id], 1)
})

test_that("columns can be added by reference and stay", {
  x <- small_loans()
  x[, twice := 2 * loan_amnt]
  expect_equal(x$twice[1], 2000)
  expect_s3_class(x, "lcrisk_loans")
  expect_s3_class(lcrisk_ledger(x), "lcrisk_ledger")
})

test_that("adding a column prints nothing at the prompt, looking at the loans does", {
  path <- lines_file(header_line, sprintf("%d,1000,36,5%%,x,Dec-2011,Fully Paid", 1:12))
  code <- c(
    sprintf("library(lcrisk, lib.loc = \"%s\")", dirname(find.package("lcrisk"))),
    sprintf("loans <- lcrisk_read(\"%s\")", path),
    "loans[, y := 1]", "cat(\"here\\n\")", "loans"
  )
  script <- withr_tempfile(".R", environment())
  writeLines(code, script)
  shown <- system2(file.path(R.home("bin"), "Rscript"), shQuote(script), stdout = TRUE,
                   stderr = FALSE)
  expect_equal(shown[1], "here")
  expect_match(shown[2], "<lcrisk_loans> 12 loans, 9 columns")
})

test_that("print says in at most ten lines what was read and what comes next", {
  x <- small_loans()
  shown <- format(x)
  expect_lte(length(shown), 10L)
  expect_match(shown[1], "13 loans, 8 columns, issued January 2008 to December 2011")
  expect_match(shown[2], "14 records = 13 kept \\+ 1 not data \\+ 0 rejected")
  expect_match(paste(shown, collapse = "\n"), "policy .* 1 loan\n")
  expect_match(shown[length(shown)], "lcrisk_outcome")
  expect_output(print(x), "<lcrisk_loans> 13 loans")
  expect_output(print(x[1:2]), "loan_amnt")
})

test_that("the schema describes all columns in known words", {
  schema <- lcrisk_schema()
  expect_equal(nrow(schema), 151L)
  expect_false(anyDuplicated(schema$name) > 0)
  expect_setequal(schema$type, c("number", "count", "percent", "term", "month", "level",
                                 "years", "text", "flag"))
  expect_setequal(schema$role, c("applicant", "pricing", "outcome", "after_origination",
                                 "platform", "id"))
  expect_true(all(nchar(schema$description) > 10))
  expect_equal(nrow(lcrisk_schema("rejected")), 9L)
  aliases <- lcrisk_schema("aliases")
  for (table in c("loans", "rejected")) {
    expect_true(all(aliases$name[aliases$table == table] %in% lcrisk_schema(table)$name))
  }
  expect_true(all(lcrisk_schema("values")$name %in% schema$name))
  expect_error(lcrisk_schema("loan"), class = "lcrisk_error_input")
})

test_that("canonical names in R and in C are the same", {
  x <- suppressWarnings(lcrisk_read(lines_file(
    "  Loan-Amnt ,ID,\"INT rate\",Issue_D", "5,1,10%,Dec-2011"
  )))
  expect_equal(names(x), c("loan_amnt", "id", "int_rate", "issue_d"))
})

test_that("loans without a status print, with nothing to say about the policy", {
  path <- tempfile(fileext = ".csv")
  writeLines(c("id,loan_amnt,issue_d", "1,5000,Dec-2011", "2,2500,Nov-2011"), path)
  lines <- format(lcrisk_read(path))
  expect_match(lines[1L], "2 loans", fixed = TRUE)
  expect_false(any(grepl("policy", lines)))
})

test_that("loans that were dropped as duplicates are in the header's sum", {
  x <- suppressWarnings(lcrisk_read(lines_file(
    header_line, sprintf("%d,1000,36,5%%,x,Dec-2011,Fully Paid", c(1:12, 3))
  )))
  shown <- format(x)
  expect_match(shown[1L], "12 loans")
  expect_match(shown[2L], "= 13 kept")
  expect_match(shown[3L], "dropped 1: same loan again, identical 1")
})
