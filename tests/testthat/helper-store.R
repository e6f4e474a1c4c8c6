# Stores for tests: what is promised of one is promised of each.

sqlite_store <- function(env = parent.frame()) {
  testthat::skip_if_not_installed("RSQLite")
  lcrisk_store(withr_tempfile(".sqlite", env))
}

# The two parts of one raw file of 1,000 loans, made once
stored_files <- local({
  files <- NULL
  function() {
    if (is.null(files)) {
      files <<- file.path(tempdir(), c("new.csv", "old.csv"))
      path <- tempfile(fileext = ".csv")
      lcrisk_simulate(1000, seed = 1, file = path, to = "2010-12", snapshot = "2018-12")
      whole <- readLines(path)
      writeLines(whole[1:602], files[1L])
      writeLines(whole[-c(1, 3:602)], files[2L])
    }
    files
  }
})

# A table of loans with what a database might spoil: quotes, tabs, backslashes, the text
# NA, empty and accented text, numbers of 17 digits, a level that no row has
awkward_loans <- function() {
  text <- c("it's \"quoted\"", "tab\tnew\nline", "\\N", "NA", "", "Z\u00fcrich \u20ac",
            NA, "100 %; DROP TABLE lcrisk_loans; --")
  n <- length(text)
  table <- data.table::data.table(
    id = c(1:5, -1, -2, -3) + 0, loan_amnt = c(0.1 + 0.2, 1 / 3, 1e300, -5e-324, NA, 1:3),
    term = rep(c(36L, NA), n / 2),
    grade = factor(rep(c("A", NA), n / 2), levels = c("Z", "A", "none")),
    issue_d = data.table::as.IDate("2010-01-01") + 31L * seq_len(n),
    pymnt_plan = rep(c(TRUE, FALSE, NA, TRUE), n / 4), emp_title = text,
    `odd "name", row` = seq_len(n) / 7, import = seq_len(n), Import = text,
    given = as.Date(c("1946-01-01", NA), origin = "1970-01-01")[rep(1:2, n / 2)]
  )
  new_loans(table, start_ledger(n, step = "read"), "loans")
}
