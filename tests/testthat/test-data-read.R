# The import cases of the hostile-input battery that concern the reader. Each file is two
# good loans unless the case says otherwise.

test_that("files with defined outcomes have them", {
  body <- c(header_line, two_lines)
  bom <- as.raw(c(0xef, 0xbb, 0xbf))
  text <- paste0(paste(body, collapse = "\n"), "\n")
  packed <- gzip_bytes(charToRaw(text))
  half <- length(packed) %/% 2L
  flipped <- packed
  flipped[half] <- xor(flipped[half], as.raw(0x10))
  utf16 <- as.raw(rbind(as.integer(charToRaw(text)), 0L))
  wide <- paste(c("id", "loan_amnt", paste0("c", 1:20000)), collapse = ",")
  cases <- list(
    list("zero bytes", file_of(raw()), "parse empty_file"),
    list("only a byte order mark", file_of(bom), "parse empty_file"),
    list("only blank lines", file_of("\n\r\n \n"), "parse empty_file"),
    list("header only", lines_file(header_line), "rows 0"),
    list("byte order mark", file_of(bom, text), "rows 2"),
    list("CR LF", lines_file(body, end = "\r\n"), "rows 2"),
    list("CR", lines_file(body, end = "\r"), "rows 2"),
    list("mixed line ends",
         file_of(header_line, "\r", two_lines[1], "\r\n", two_lines[2], "\n"), "rows 2"),
    list("no newline at the end", lines_file(body, final = FALSE), "rows 2"),
    list("UTF-16", file_of(as.raw(c(0xff, 0xfe)), utf16), "parse encoding"),
    list("UTF-16 without mark", file_of(utf16), "parse encoding"),
    list("gzip", file_of(packed, ext = ".gz"), "rows 2"),
    list("gzip, whatever the name", file_of(packed), "rows 2"),
    list("two gzip members",
         file_of(packed, gzip_bytes(charToRaw("3,1,36,5%,x,Dec-2011,\n"))), "rows 3"),
    list("half a gzip", file_of(packed[seq_len(half)]), "parse gzip_truncated"),
    list("gzip with a flipped bit", file_of(flipped), "parse gzip_corrupt"),
    list("gzip and rubbish", file_of(packed, "rubbish"), "parse gzip_trailing"),
    list("semicolons", lines_file(gsub(",", ";", body)), "rows 2"),
    list("tabs", lines_file(gsub(",", "\t", body)), "rows 2"),
    list("bars", lines_file(gsub(",", "|", body)), "rows 2"),
    list("another delimiter", lines_file(gsub(",", "^", body, fixed = TRUE)),
         "parse delimiter"),
    list("PDF", file_of("%PDF-1.4\n..."), "parse wrong_type"),
    list("HTML saved as csv", file_of("<!DOCTYPE html>\n<html>"), "parse wrong_type"),
    list("JSON", file_of("[{\"id\": 1}]"), "parse wrong_type"),
    list("no column of a loan file", lines_file("a,b,c", "1,2,3"), "schema no_header"),
    list("one known column of two", lines_file("id,b", "1,2"), "schema no_header"),
    list("one column, a known one", lines_file("id", "1"), "rows 1"),
    list("other columns in the middle", lines_file(body, "id,loan_amnt", "3,4"),
         "schema other_header"),
    list("one known column", lines_file("loan_amnt", "5000"), "rows 1"),
    list("20,000 columns", lines_file(wide), "resource column_limit"),
    list("decimal commas", lines_file("id;loan_amnt;int_rate", "1;5000;10,65"),
         "parse decimal"),
    list("decimal commas in quotes",
         lines_file("id,loan_amnt,int_rate", "1,5000,\"10,65\"", "2,1,\"9,9\""),
         "parse decimal"),
    list("the same column twice, other values",
         lines_file("id,loan_amnt,loan_amnt", "1,2,3"), "schema duplicate_column"),
    list("names that differ in case, other values",
         lines_file("id,loan_amnt,Loan Amnt", "1,2,3"), "schema duplicate_column"),
    list("the same column twice, same values",
         lines_file("id,loan_amnt,loan_amnt", "1,2,2"), "rows 1")
  )
  for (case in cases) expect_equal(outcome_of(case[[2]]), case[[3]], info = case[[1]])
})

test_that("R's and other programs' files are named in the error", {
  rds <- withr_tempfile(".csv", environment())
  saveRDS(mtcars, rds)
  expect_match(try_read(rds)$value$message, "R object")
  saveRDS(mtcars, rds, compress = FALSE)
  expect_match(try_read(rds)$value$message, "R object")
  save(mtcars, file = rds)
  expect_match(try_read(rds)$value$message, "R data")
  expect_match(try_read(file_of("SQLite format 3", as.raw(0)))$value$message, "SQLite")
})

test_that("a path that is no file is an error of the file system", {
  folder <- tempfile()
  dir.create(folder)
  expect_equal(outcome_of(folder), "io is_directory")
  for (path in list(folder, file.path(folder, "none.csv"), "/dev/null")) {
    expect_type(try_read(path)$value$cure, "character")
  }
  expect_equal(outcome_of(file.path(folder, "none.csv")), "io cannot_open")
  expect_equal(outcome_of("https://example.org/loans.csv"), "io not_a_local_file")
  odd <- file.path(folder, "a b'\u00e9 $(x).csv")
  file.copy(lines_file(header_line, two_lines), odd)
  expect_equal(outcome_of(odd), "rows 2")
  skip_on_os("windows")
  expect_equal(outcome_of("/dev/null"), "io not_regular")
  expect_error(lcrisk_read(character()), class = "lcrisk_error_input")
  expect_error(lcrisk_read(NA_character_), class = "lcrisk_error_input")
  expect_error(lcrisk_read("x.csv", sep = ";"), class = "lcrisk_error_input")
})

test_that("errors say which file, which line and what to do", {
  path <- lines_file(header_line, two_lines, "id,loan_amnt", "3,4")
  error <- try_read(path)$value
  expect_equal(error$file, basename(path))
  expect_equal(error$line, 4)
  expect_match(conditionMessage(error), basename(path), fixed = TRUE)
  expect_match(conditionMessage(error), "both files")
})

test_that("every line lands in one class", {
  x <- try_read(lines_file(
    "Notes offered by Prospectus (https://www.lendingclub.com/info/prospectus.action)",
    header_line, two_lines, "", header_line,
    "3,1000,36,5%,\"a", "b\",Dec-2011,Fully Paid",
    "Loans that do not meet the credit policy",
    "4,1,36,5%,x,Jan-2008,Fully Paid", ",,,,,,",
    "5,1,36,5%,x,Jan-2008", "6,1,36,5%,x,Jan-2008,Fully Paid,extra",
    "7,1,36,5%,\"x\"y,Jan-2008,Fully Paid", "8,1,36,5%,x,Jan-2008,Sold",
    "Total amount funded in policy code 1: 7500", final = TRUE
  ))$value
  counts <- class_counts(x)
  expect_mapequal(counts, c(kept = 4, banner = 1, header = 1, repeated_header = 1,
                            section = 1, footer = 1, blank = 2, rejected = 4))
  rejected <- attr(lcrisk_ledger(x), "rejected")
  expect_equal(rejected$line, c(12, 13, 14, 15))
  expect_equal(rejected$reason, c("short_row", "long_row", "bad_quote", "unknown_status"))
  expect_equal(x$emp_title[3], "a\nb")
  expect_equal(x$meets_policy, c(TRUE, TRUE, TRUE, FALSE))
})

test_that("the first twenty rejected lines are listed, all are counted, none is shown", {
  tried <- try_read(lines_file(header_line, two_lines, rep("9,secret", 10000)))
  expect_true("rejected_lines" %in% tried$codes)
  ledger <- lcrisk_ledger(tried$value)
  expect_equal(sum(ledger$n[ledger$class == "rejected"]), 10000)
  expect_equal(nrow(attr(ledger, "rejected")), 20L)
  expect_false(any(grepl("secret", unlist(attributes(ledger)))))
})

test_that("a cut last line, a zero byte and an unclosed quote cost one line each", {
  tried <- try_read(lines_file(header_line, two_lines, "3,1000,36", final = FALSE))
  expect_equal(nrow(tried$value), 2L)
  expect_true("truncated_last_row" %in% tried$codes)
  nul <- try_read(file_of(header_line, "\n1,5,36,5%,a", as.raw(0), "b,Dec-2011,\n",
                          two_lines[2], "\n"))$value
  expect_equal(nrow(nul), 1L)
  expect_equal(attr(lcrisk_ledger(nul), "rejected")$reason, "nul_byte")
  many <- sprintf("%d,1000,36,5%%,x,Dec-2011,Fully Paid", 1:5000)
  many[3] <- "3,1000,36,5%,\"x,Dec-2011,Fully Paid"
  expect_equal(nrow(try_read(lines_file(header_line, many))$value), 4999L)
})

test_that("footers are compared with the sum of the rows above them", {
  head <- "id,loan_amnt,funded_amnt,policy_code,issue_d"
  part <- function(a, b, total, ids) {
    c(sprintf("%d,%d,%d,1,Dec-2011", ids, c(a, b), c(a, b)), "",
      sprintf("Total amount funded in policy code 1: %d", total),
      "Total amount funded in policy code 2: 0")
  }
  good <- try_read(lines_file(head, part(5, 6, 11, 1:2), head, part(7, 8, 15, 3:4)))
  footer <- attr(lcrisk_ledger(good$value), "footer")
  expect_equal(footer$found, c(11, 0, 15, 0))
  expect_true(all(footer$agrees))
  expect_false("footer_mismatch" %in% good$codes)
  bad <- try_read(lines_file(head, part(5, 6, 12, 1:2)))
  expect_true("footer_mismatch" %in% bad$codes)
  expect_equal(attr(lcrisk_ledger(bad$value), "footer")$agrees, c(FALSE, TRUE))
})

test_that("cells that break their grammar become missing and are counted", {
  tried <- try_read(lines_file(
    "id,loan_amnt,term,int_rate,emp_length,issue_d,annual_inc",
    "1,5000,60 mths,1356bp,3 yrs,31-Feb-2015,inf",
    "2,0x1A,36,13.56%,n/a,Dec-2015,\"$35,000.00\"",
    "3,NULL,36, 13.56 %,10+ years,Dec-2015,1e400"
  ))
  x <- tried$value
  expect_true("bad_cells" %in% tried$codes)
  expect_equal(x$loan_amnt, c(5000, NA, NA))
  expect_equal(x$term, c(NA, 36L, 36L))
  expect_equal(x$int_rate, c(NA, 13.56, 13.56))
  expect_equal(x$emp_length, c(NA, NA, 10L))
  expect_equal(x$annual_inc, c(NA, 35000, NA))
  notes <- attr(lcrisk_ledger(x), "notes")
  bad <- notes[notes$kind == "bad_cell"]
  expect_equal(bad$n[match(c("loan_amnt", "term", "emp_length"), bad$column)], c(2, 1, 1))
  expect_equal(bad$first_line[bad$column == "loan_amnt"], 3)
})

test_that("short years of the credit line go back a century when they must", {
  x <- try_read(lines_file(
    "id,loan_amnt,issue_d,earliest_cr_line", "1,1,15-Dec,Jan-62", "2,1,Mar-08,3-Aug",
    "3,1,Dec-15,15-Dec", "4,1,2015-03-01,Apr-15", "5,1,,Dec-99", "6,1,10/1/2011,36526",
    "7,1,,21-Jan"
  ))$value
  expect_equal(year(x$earliest_cr_line), c(1962, 2003, 2015, 1915, 1999, 2000, 1921))
  expect_equal(as.character(x$issue_d[c(1, 2, 4, 6)]),
               c("2015-12-01", "2008-03-01", "2015-03-01", "2011-10-01"))
})

test_that("impossible dates are kept and counted", {
  tried <- try_read(lines_file(
    "id,loan_amnt,issue_d,earliest_cr_line", "1,1,Dec-1999,Dec-2011",
    "2,1,Dec-2011,Dec-1850", "3,1,Dec-2011,Dec-2001"
  ))
  expect_true("impossible_date" %in% tried$codes)
  expect_equal(year(tried$value$issue_d), c(1999, 2011, 2011))
  notes <- attr(lcrisk_ledger(tried$value), "notes")
  expect_equal(notes$n[notes$kind == "impossible_date"], c(1, 2))
})

test_that("English months are read in any locale", {
  old <- Sys.getlocale("LC_TIME")
  on.exit(suppressWarnings(Sys.setlocale("LC_TIME", old)))
  suppressWarnings(Sys.setlocale("LC_TIME", "de_DE.UTF-8"))
  x <- try_read(lines_file("id,loan_amnt,issue_d", "1,1,May-2011", "2,1,Mai-2011"))$value
  expect_equal(as.character(x$issue_d), c("2011-05-01", NA))
})

test_that("statuses are mapped by the table, the policy prefix is split off", {
  x <- try_read(lines_file(
    "id,loan_amnt,loan_status", "1,1,fully paid", "2,1,  Charged   Off ",
    "3,1,Does not meet the credit policy. Status:Fully Paid",
    "4,1,Does not meet the credit policy.  Status:Charged Off", "5,1,"
  ))$value
  expect_equal(as.character(x$loan_status), c("Fully Paid", "Charged Off", "Fully Paid",
                                              "Charged Off", NA))
  expect_equal(x$meets_policy, c(TRUE, TRUE, FALSE, FALSE, NA))
  expect_equal(names(x), c("id", "loan_amnt", "loan_status", "meets_policy"))
})

test_that("bytes that are no UTF-8 are repaired and counted", {
  tried <- try_read(file_of("id,loan_amnt,emp_title\n1,1,caf", as.raw(0xe9), "\n2,1,",
                            as.raw(c(0xed, 0xa0, 0x80)), "\n3,1,ok\n"))
  expect_true("encoding_repaired" %in% tried$codes)
  expect_equal(tried$value$emp_title, c("caf\u00e9", "\ufffd\ufffd\ufffd", "ok"))
  expect_equal(nchar(tried$value$emp_title), c(4L, 3L, 2L))
  expect_true(all(validUTF8(tried$value$emp_title)))
})

test_that("text stays as it stands: NA, quotes, formulas, spaces", {
  x <- try_read(lines_file("id,loan_amnt,title", "1,1,NA", "2,1,\"say \"\"hi\"\", ok\"",
                           "3,1,=1+1", "4,1, padded ", "5,1,"))$value
  expect_equal(x$title, c("NA", "say \"hi\", ok", "=1+1", " padded ", NA))
})

test_that("codes keep their leading zeros and large ids their digits", {
  x <- try_read(lines_file(
    "id,loan_amnt,zip_code,branch,big", "9007199254740991,1,021xx,007,1",
    "3000000000,1,860xx,12,2.5"
  ))$value
  expect_equal(x$id, c(9007199254740991, 3e9))
  expect_equal(as.character(x$zip_code), c("021xx", "860xx"))
  expect_equal(x$branch, c("007", "12"))
  expect_equal(x$big, c(1, 2.5))
})

test_that("unknown columns are kept under their own names and reported", {
  tried <- try_read(lines_file("id,loan_amnt,__proto__,quote(x),\"a b\"", "1,1,x,2,3"))
  expect_equal(names(tried$value), c("id", "loan_amnt", "__proto__", "quote(x)", "a b"))
  expect_equal(tried$codes, "unknown_column")
  notes <- attr(lcrisk_ledger(tried$value), "notes")
  unknown <- notes$column[notes$kind == "unknown_column"]
  expect_equal(unknown, c("__proto__", "quote(x)", "a b"))
})

test_that("a header one field shorter than the rows means row names", {
  x <- try_read(lines_file("id,loan_amnt", "r1,1,5", "r2,2,6"))$value
  expect_equal(names(x), c("row_name", "id", "loan_amnt"))
  expect_equal(x$loan_amnt, c(5, 6))
  y <- try_read(lines_file("id,loan_amnt", "1,5,", "2,6,"))$value
  expect_equal(y$loan_amnt, c(5, 6))
})

test_that("copies of a column are kept once, other values under their name", {
  x <- try_read(lines_file("id,loan_amnt,grade,grade.1,loan_amnt.1", "1,5,A,A,6",
                           "2,6,B,B,6"))$value
  expect_equal(names(x), c("id", "loan_amnt", "grade", "loan_amnt.1"))
  notes <- attr(lcrisk_ledger(x), "notes")
  expect_equal(notes$column[notes$kind == "duplicate_column"], "grade.1")
  expect_equal(notes$column[notes$kind == "unknown_column"], "loan_amnt.1")
})

test_that("rates written as fractions become percent, once they are proved to be", {
  x <- try_read(lines_file("id,loan_amnt,int_rate,revol_util", "1,1,0.1065,0.837",
                           "2,1,0.2799,1.02"))$value
  expect_equal(x$int_rate, c(10.65, 27.99))
  expect_equal(x$revol_util, c(83.7, 102))
  y <- try_read(lines_file("id,loan_amnt,int_rate,revol_util", "1,1,10.65%,0.8%"))$value
  expect_equal(y$revol_util, 0.8)
})

test_that("loans that are there again are counted by policy", {
  once <- "1,5,Dec-2011,10"
  path <- lines_file("id,loan_amnt,issue_d,annual_inc", once, once, "1,5,Dec-2011,11",
                     "1,7,Dec-2012,12", "2,5,Dec-2011,13")
  tried <- try_read(path)
  expect_equal(tried$codes, c("duplicate_id", "duplicate_id"))
  expect_equal(tried$value$annual_inc, c(10, 12, 13))
  ledger <- lcrisk_ledger(tried$value)
  dropped <- ledger[ledger$class == "dropped"]
  expect_equal(dropped$n, c(1, 1))
  expect_equal(nrow(try_read(path, duplicates = "keep")$value), 5L)
  expect_equal(outcome_of(path, duplicates = "error"), "input duplicate_id")
})

test_that("loans without an id get a negative number", {
  tried <- try_read(lines_file("loan_amnt,issue_d", "5,Dec-2011", "6,Dec-2011"))
  expect_equal(tried$codes, "missing_id")
  expect_equal(tried$value$id, c(-1, -2))
  some <- try_read(lines_file("id,loan_amnt", "7,5", ",6"))
  expect_equal(some$codes, character())
  expect_equal(some$value$id, c(7, -1))
})

test_that("a header without rows gives typed columns and a warning", {
  tried <- try_read(lines_file(header_line))
  expect_equal(tried$codes, "no_rows")
  expect_equal(
    vapply(tried$value, function(x) class(x)[1], ""),
    c(id = "numeric", loan_amnt = "numeric", term = "integer", int_rate = "numeric",
      emp_title = "character", issue_d = "IDate", loan_status = "factor",
      meets_policy = "logical")
  )
})

test_that("limits stop an archive made to fill the memory", {
  zeros <- gzip_bytes(rep(charToRaw("x"), 5e6))
  expect_equal(outcome_of(file_of(zeros), max_bytes = 1e6), "resource limit")
  expect_equal(outcome_of(file_of(header_line, "\n1,", rep(charToRaw("x"), 3e6))),
               "resource field_limit")
})

test_that("a zip archive gives its one table, or asks which", {
  skip_if(!nzchar(Sys.which("zip")), "no zip program")
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  writeLines(c(header_line, two_lines), file.path(folder, "a.csv"))
  writeLines(c(header_line, two_lines[1]), file.path(folder, "b.csv"))
  pack <- function(name, files) {
    path <- file.path(folder, name)
    utils::zip(path, file.path(folder, files), flags = "-j9Xq")
    path
  }
  expect_equal(outcome_of(pack("one.zip", "a.csv")), "rows 2")
  two <- pack("two.zip", c("a.csv", "b.csv"))
  expect_equal(outcome_of(two), "parse zip_choice")
  expect_match(try_read(two)$value$message, "`a.csv`, `b.csv`")
  expect_equal(outcome_of(two, member = "b.csv"), "rows 1")
  expect_equal(outcome_of(two, member = "c.csv"), "parse zip_choice")
  expect_equal(outcome_of(file.path(folder, "a.csv"), member = "a.csv"), "input member")
  expect_equal(outcome_of(c(two, file.path(folder, "a.csv")), member = "b.csv"),
               "input member")
  expect_equal(outcome_of(pack("nested.zip", "one.zip")), "parse wrong_type")
})

test_that("files of different releases are bound by name; tables are not mixed", {
  a <- lines_file(header_line, two_lines)
  b <- lines_file("loan_amnt,id,fico_range_low,loan_status", "9000,77,700,Fully Paid")
  x <- try_read(c(a, b))$value
  expect_equal(x$loan_amnt, c(5000, 2500, 9000))
  expect_equal(x$fico_range_low, c(NA, NA, 700L))
  expect_equal(levels(x$loan_status), c("Charged Off", "Fully Paid"))
  expect_equal(names(attr(lcrisk_ledger(x), "lines")), basename(c(a, b)))
  rejected <- lines_file("Amount Requested,Application Date,Risk_Score",
                         "1000,5/26/2007,693")
  expect_s3_class(try_read(rejected)$value, "lcrisk_rejected")
  expect_equal(outcome_of(c(a, rejected)), "schema mixed_tables")
})

test_that("select keeps the columns asked for and names those that are not there", {
  path <- lines_file(header_line, two_lines)
  x <- lcrisk_read(path, select = c("int_rate", "id"))
  expect_equal(names(x), c("id", "int_rate"))
  error <- expect_error(lcrisk_read(path, select = "int_rates"),
                        class = "lcrisk_error_schema")
  expect_match(conditionMessage(error), "`int_rate`")
})

test_that("an interrupted reading is an error of its own and leaves nothing open", {
  skip_on_os("windows")
  path <- lines_file(header_line, rep(two_lines, 100000))
  before <- length(list.files("/proc/self/fd"))
  run <- lcrisk:::new_run(0, 2L)
  run$progress <- function(done) stop("interrupted")
  opened <- .Call(lcrisk:::ffi_csv_open, path, NULL, 1e9, lcrisk:::header_names())
  read <- quote(.Call(lcrisk:::ffi_csv_read, opened$handle, rep("text", 7), NULL,
                      character(), run))
  error <- tryCatch(eval(read), error = identity)
  expect_s3_class(error, "lcrisk_error_cancelled")
  .Call(lcrisk:::ffi_csv_close, opened$handle)
  expect_equal(length(list.files("/proc/self/fd")), before)
})
