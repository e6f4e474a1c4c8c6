# R's types in a database and back again, to the bit.

sql_types <- c(
  double = "DOUBLE PRECISION", integer = "INTEGER", logical = "BOOLEAN",
  character = "TEXT", factor = "TEXT", IDate = "DATE", Date = "DATE"
)

# The type of a column in the store, NA where there is none for it
store_type <- function(x) {
  if (is.factor(x)) return("factor")
  if (inherits(x, "IDate")) return("IDate")
  if (inherits(x, "Date")) return("Date")
  if (is.object(x) || !is.null(dim(x))) return(NA_character_)
  if (typeof(x) %in% names(sql_types)) typeof(x) else NA_character_
}

# Does the driver hand doubles over as they are? Others write text, some of it rounded.
keeps_bits <- function(con) inherits(con, c("SQLiteConnection", "duckdb_connection"))

to_sql <- function(x, type, native) {
  switch(
    type,
    double = if (native) x else exact_text(x),
    logical = if (native) as.integer(x) else c("f", "t")[x + 1L],
    factor = levels(x)[x],
    IDate = , Date = each_different(x, function(day) format(as.Date(day))),
    character = enc2utf8(x),
    x
  )
}

# Drivers give a date as such, as text or as days; a flag as such or as 0 and 1
from_sql <- function(x, type, levels = NULL) {
  switch(
    type,
    double = as.double(x),
    integer = as.integer(x),
    logical = as.logical(x),
    character = mark_utf8(as.character(x)),
    factor = factor_of(match(mark_utf8(as.character(x)), levels), levels),
    IDate = if (is.character(x)) each_different(x, as.IDate) else as_idate(x),
    Date = as.Date(if (is.character(x)) each_different(x, as.IDate) else as_idate(x))
  )
}

as_idate <- function(x) {
  structure(as.integer(unclass(x)), class = c("IDate", "Date"))
}

mark_utf8 <- function(x) {
  Encoding(x) <- "UTF-8"
  x
}

# The shortest of 15 and 17 digits that reads back to the same number
exact_text <- function(x) {
  known <- unique(x[!is.na(x)])
  text <- sprintf("%.15g", known)
  rounded <- as.double(text) != known
  text[rounded] <- sprintf("%.17g", known[rounded])
  text[match(x, known)]
}

# Columns of loans have few different values: each is worked out once
each_different <- function(x, work) {
  known <- unique(x)
  work(known)[match(x, known)]
}
