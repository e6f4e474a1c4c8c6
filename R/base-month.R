# Months: Lending Club dates everything by the month. A date is an IDate, the first
# day of its month; arithmetic is on whole months.

# Months since year 0, an integer. Few different dates, many rows: look them up.
month_number <- function(date) {
  if (is.null(date)) return(NULL)
  days <- as.integer(as.IDate(date))
  known <- unique(days)
  parts <- as.POSIXlt(as.Date(known, origin = "1970-01-01"))
  (12L * (1900L + parts$year) + parts$mon)[match(days, known)]
}

# The first day of the month numbered so
month_date <- function(number) {
  known <- unique(number)
  text <- sprintf("%04d-%02d-01", known %/% 12L, known %% 12L + 1L)
  text[is.na(known)] <- NA
  as.IDate(text)[match(number, known)]
}

# "December 2011", in English whatever the locale
month_text <- function(date) {
  number <- month_number(date)
  text <- paste(month.name[number %% 12L + 1L], number %/% 12L)
  fifelse(is.na(number), "unknown", text)
}

month_range_text <- function(date) {
  if (all(is.na(date))) return("unknown")
  ends <- unique(month_text(range(date, na.rm = TRUE)))
  paste(ends, collapse = " to ")
}

# A day out of a date or of text such as "2011-01-31" or "2011-01" (its first day)
check_day <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  force(arg)
  wanted <- "one date, or text such as \"2011-01-01\" or \"2011-01\""
  if (length(x) != 1L || is.na(x)) abort_argument(arg, wanted, x, call)
  if (inherits(x, c("Date", "POSIXt"))) return(as.IDate(x))
  day <- if (is.character(x)) sub("^(\\d{4}-\\d{2})$", "\\1-01", x) else ""
  ok <- grepl("^\\d{4}-\\d{2}-\\d{2}$", day)
  day <- if (ok) as.IDate(day, format = "%Y-%m-%d") else NA
  if (is.na(day)) abort_argument(arg, wanted, x, call)
  day
}

# The first day of the month of a date or of such text
check_month <- function(x, arg = rlang::caller_arg(x), call = caller_env()) {
  force(arg)
  month_date(month_number(check_day(x, arg, call)))
}

# A column of dates without gaps
check_dates <- function(x, arg, call = caller_env()) {
  if (!inherits(x, c("Date", "POSIXt"))) abort_argument(arg, "a column of dates", x, call)
  n_missing <- sum(is.na(x))
  if (n_missing) {
    lcrisk_abort(
      "input", "missing_date",
      sprintf("`%s` is missing in %d of %d rows.", arg, n_missing, length(x)),
      cure = "Leave those rows out: they belong to no side of a date.",
      arg = arg, n = n_missing, call = call
    )
  }
  as.IDate(x)
}

# 0.1426 as "14.3 %"
share_text <- function(share, digits = 1L) {
  paste0(formatC(100 * share, format = "f", digits = digits), " %")
}
