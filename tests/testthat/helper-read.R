# Files made for the tests of lcrisk_read().

header_line <- "id,loan_amnt,term,int_rate,emp_title,issue_d,loan_status"
good_line <- "1,5000, 36 months, 10.65%,clerk,Dec-2011,Fully Paid"
two_lines <- c(good_line, "2,2500, 60 months, 15.27%,,Nov-2011,Charged Off")

# A file with these bytes: text as it stands, or a raw vector
file_of <- function(..., ext = ".csv", env = parent.frame()) {
  path <- withr_tempfile(ext, env)
  parts <- lapply(list(...), function(x) if (is.raw(x)) x else charToRaw(enc2utf8(x)))
  writeBin(do.call(c, parts), path)
  path
}

# A file of lines, each ended by `end`, the last one too unless `final` is FALSE
lines_file <- function(..., end = "\n", final = TRUE, ext = ".csv",
                       env = parent.frame()) {
  lines <- c(...)
  file_of(paste0(paste(lines, collapse = end), if (final) end), ext = ext, env = env)
}

# A temporary file that is gone when the calling test ends
withr_tempfile <- function(ext, env) {
  path <- tempfile(fileext = ext)
  cleanup <- substitute(unlink(path), list(path = path))
  do.call(on.exit, list(cleanup, add = TRUE), envir = env)
  path
}

gzip_bytes <- function(bytes) {
  path <- tempfile()
  on.exit(unlink(path))
  con <- gzfile(path, "wb")
  writeBin(bytes, con)
  close(con)
  readBin(path, "raw", file.size(path))
}

# The result and the codes of the warnings, or the error
try_read <- function(...) {
  codes <- character()
  value <- tryCatch(
    withCallingHandlers(lcrisk_read(...), lcrisk_warning = function(w) {
      codes <<- c(codes, w$code)
      invokeRestart("muffleWarning")
    }),
    lcrisk_error = function(e) e
  )
  list(value = value, codes = codes)
}

# One word for what happened: "rows <n>", or "<kind> <code>"
outcome_of <- function(...) {
  tried <- try_read(...)
  if (inherits(tried$value, "lcrisk_error")) {
    return(paste(sub("lcrisk_error_", "", class(tried$value)[1]), tried$value$code))
  }
  ledger <- lcrisk_ledger(tried$value)
  testthat::expect_equal(sum(ledger$n[ledger$step == "read"]), sum(attr(ledger, "lines")))
  paste("rows", nrow(tried$value))
}

class_counts <- function(x) {
  ledger <- lcrisk_ledger(x)
  vapply(split(ledger$n, ledger$class), sum, 0)
}
