# Words of SQL that read the same in PostgreSQL, SQLite and DuckDB, made from R's values.
# Everything that comes from a model or a user passes through sql_name(), sql_text() or
# sql_number(), so that no name and no label can end its quotes.

sql_dialects <- c("postgresql", "sqlite", "duckdb")

# A name in quotes; c("risk", "loans") is risk.loans
sql_name <- function(x) {
  paste0("\"", gsub("\"", "\"\"", enc2utf8(x), fixed = TRUE), "\"", collapse = ".")
}

sql_names <- function(x) vapply(x, sql_name, "", USE.NAMES = FALSE)

# Text in quotes. PostgreSQL may be told to read backslashes, but never in E''.
sql_text <- function(x, dialect) {
  x <- gsub("'", "''", enc2utf8(x), fixed = TRUE)
  odd <- dialect == "postgresql" & grepl("\\", x, fixed = TRUE)
  x[odd] <- gsub("\\", "\\\\", x[odd], fixed = TRUE)
  paste0(ifelse(odd, "E", ""), "'", x, "'")
}

# Doubles with as many digits, up to 17, as bring the same double back. A number with a
# point alone is a decimal of another type to DuckDB and to PostgreSQL.
sql_number <- function(x, dialect) {
  text <- sprintf("%.15g", x)
  for (digits in 16:17) {
    off <- as.numeric(text) != x
    text[off] <- sprintf(paste0("%.", digits, "g"), x[off])
  }
  bare <- !grepl("e", text, fixed = TRUE)
  if (dialect == "duckdb") {
    text[bare] <- paste0(text[bare], "e0")
  } else {
    whole <- bare & !grepl(".", text, fixed = TRUE)
    text[whole] <- paste0(text[whole], ".0")
  }
  if (dialect == "postgresql") text <- paste0(text, "::float8")
  ifelse(x < 0, paste0("(", text, ")"), text)
}

# a + b + ..., in brackets of at most 32 so that no parser has to go deep
sql_sum <- function(terms, plus = "\n + ") {
  while (length(terms) > 32L) {
    group <- (seq_along(terms) - 1L) %/% 32L
    terms <- vapply(split(terms, group), function(part) {
      paste0("(", paste(part, collapse = plus), ")")
    }, "", USE.NAMES = FALSE)
  }
  paste(terms, collapse = plus)
}

# value[1] where x <= cut[1], else value[2] where x <= cut[2] ... the last beyond all.
# `cut` and `value` are SQL; equal neighbours become one. Halved down to 8 at a time, so
# that few comparisons are made and nothing nests deep.
sql_ladder <- function(x, cut, value) {
  same <- c(value[-1L] == value[-length(value)], FALSE)
  value <- value[!same]
  cut <- cut[!same[-length(same)]]
  n <- length(value)
  if (n == 1L) return(value)
  if (n > 8L) {
    half <- n %/% 2L
    low <- sql_ladder(x, cut[seq_len(half - 1L)], value[seq_len(half)])
    high <- sql_ladder(x, cut[seq(half + 1L, length.out = n - half - 1L)],
                       value[seq(half + 1L, n)])
    return(sprintf("CASE WHEN %s <= %s THEN %s ELSE %s END", x, cut[half], low, high))
  }
  steps <- sprintf("WHEN %s <= %s THEN %s", x, cut, value[-n])
  sprintf("CASE %s ELSE %s END", paste(steps, collapse = " "), value[n])
}

# The value for each code, `other` for codes that are not there
sql_match <- function(x, code, value, other) {
  keep <- value != other
  if (!any(keep)) return(other)
  steps <- sprintf("WHEN %s THEN %s", code[keep], value[keep])
  sprintf("CASE %s %s ELSE %s END", x, paste(steps, collapse = " "), other)
}

# The natural logarithm. SQLite's own log() has the base 10, that of its extensions is
# natural, so the base is divided out.
sql_ln <- function(x, dialect) {
  if (dialect == "sqlite") sprintf("(log(%s) / log(exp(1.0)))", x) else
    sprintf("ln(%s)", x)
}

# ---- types of the dialects -------------------------------------------------------

# A column as a double, NULL where it is missing, and, if so wanted, where it is infinite.
# SQLite would make 0 of text, so text is missing there and sql_refused() says so.
sql_double <- function(column, infinite, dialect) {
  if (dialect == "sqlite") {
    is_number <- sprintf("typeof(%s) IN ('integer', 'real')", column)
    if (infinite == "missing") {
      is_number <- sprintf("%s AND abs(%s) <= %s", is_number, column, LARGEST)
    }
    return(sprintf("CASE WHEN %s THEN CAST(%s AS REAL) END", is_number, column))
  }
  type <- if (dialect == "duckdb") "DOUBLE" else "float8"
  out <- sprintf("CAST(%s AS %s)", column, type)
  for (odd in c("NaN", if (infinite == "missing") c("Infinity", "-Infinity"))) {
    out <- sprintf("NULLIF(%s, '%s'::%s)", out, odd, type)
  }
  out
}

LARGEST <- "1.7976931348623157e308"

# TRUE and FALSE as 1 and 0
sql_flag <- function(column, dialect) {
  if (dialect == "sqlite") return(sql_double(column, "error", dialect))
  sprintf("CAST(CAST(%s AS integer) AS %s)", column,
          if (dialect == "duckdb") "DOUBLE" else "float8")
}

# Days since 1970-01-01. In SQLite dates are numbers of days or text such as 2011-12-31.
sql_days <- function(column, dialect) {
  switch(
    dialect,
    postgresql = sprintf("CAST(CAST(%s AS date) - DATE '1970-01-01' AS float8)", column),
    duckdb = sprintf("CAST(CAST(%s AS DATE) - DATE '1970-01-01' AS DOUBLE)", column),
    sqlite = sprintf(
      paste("CASE typeof(%s) WHEN 'text' THEN julianday(%s) - 2440587.5",
            "WHEN 'integer' THEN %s * 1.0 WHEN 'real' THEN %s END"),
      column, column, column, column
    )
  )
}

sql_label <- function(column, dialect) {
  switch(
    dialect,
    postgresql = sprintf("CAST(%s AS text)", column),
    duckdb = sprintf("CAST(%s AS VARCHAR)", column),
    sqlite = sprintf("CAST(%s AS TEXT) COLLATE BINARY", column)
  )
}

# Rows that predict() refuses: infinite numbers, unless they count as missing; in SQLite,
# which keeps any value in any column, text where a number should be. NULL is no answer.
sql_refused <- function(column, infinite, dialect) {
  text <- if (dialect == "sqlite") sprintf("typeof(%s) IN ('text', 'blob')", column)
  bound <- if (infinite != "missing") {
    switch(
      dialect,
      postgresql = sprintf("CAST(%s AS float8) IN ('Infinity', '-Infinity')", column),
      duckdb = sprintf("isinf(CAST(%s AS DOUBLE))", column),
      sqlite = sprintf("abs(%s) > %s", column, LARGEST)
    )
  }
  paste(c(text, bound), collapse = " OR ")
}

sql_any_refused <- function(columns, infinite, dialect) {
  refused <- vapply(columns, sql_refused, "", infinite, dialect)
  refused <- refused[nzchar(refused)]
  if (!length(refused)) return("(1 = 0)")
  sprintf("(%s)", sql_sum(sprintf("coalesce(%s, 1 = 0)", refused), " OR "))
}
