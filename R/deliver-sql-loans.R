# The features of lcrisk_features() as SQL over the columns of the loans: the programs of
# a model file's section `inputs` (src/core/model/formula.h), run on text in place of
# numbers. Missing is NULL.

# One expression for each field of the section
sql_fields <- function(inputs, infinite, dialect) {
  vapply(seq_along(inputs$name), function(f) {
    column <- sql_name(inputs$name[f])
    switch(
      inputs$type[f],
      level = sql_field_level(inputs, f, column, dialect),
      month = sql_month(column, dialect),
      date = sql_days(column, dialect),
      sql_double(column, infinite, dialect)
    )
  }, "")
}

# The code of a label, spaces around it left out; what is no level is what the field
# says, or missing
sql_field_level <- function(inputs, f, column, dialect) {
  own <- inputs$alias_field == f - 1L
  label <- c(inputs$levels[[f]], inputs$alias[own])
  code <- c(seq_along(inputs$levels[[f]]), inputs$alias_code[own])
  other <- if (inputs$otherwise[f] > 0L) inputs$otherwise[f] else "NULL"
  text <- sprintf("trim(%s)", sql_label(column, dialect))
  steps <- sprintf("WHEN %s THEN %d", sql_text(label, dialect), code)
  known <- sprintf("CASE %s %s ELSE %s END", text, paste(steps, collapse = " "), other)
  sprintf("CASE WHEN NOT (%s IS NULL OR %s IN ('', 'NA')) THEN %s END", column, text,
          known)
}

# 12 * year + month - 1. In SQLite months are numbers of days or text such as 2011-12-01.
sql_month <- function(column, dialect) {
  if (dialect == "sqlite") {
    day <- sprintf("CASE typeof(%s) WHEN 'text' THEN %s ELSE date(%s * 86400.0, %s) END",
                   column, column, column, "'unixepoch'")
    return(sprintf("(12.0 * strftime('%%Y', %s) + strftime('%%m', %s) - 1)", day, day))
  }
  type <- if (dialect == "duckdb") "DOUBLE" else "float8"
  sprintf("CAST(12 * extract(year FROM %s) + extract(month FROM %s) - 1 AS %s)",
          sprintf("CAST(%s AS date)", column), sprintf("CAST(%s AS date)", column), type)
}

# The program of each feature, with `field` the fields' SQL
sql_programs <- function(inputs, field, dialect) {
  number <- ifelse(is.infinite(inputs$number), "Inf",
                   sql_number(pmin(inputs$number, .Machine$double.xmax), dialect))
  maps <- lapply(seq_len(length(inputs$map_start) - 1L), function(m) {
    inputs$map[seq(inputs$map_start[m] + 1L, length.out = diff(inputs$map_start)[m])]
  })
  vapply(seq_len(length(inputs$start) - 1L), function(k) {
    stack <- character()
    for (s in seq(inputs$start[k] + 1L, inputs$start[k + 1L])) {
      op <- formula_ops[inputs$op[s] + 1L]
      at <- inputs$argument[s] + 1L
      takes <- formula_takes[[op]]
      operands <- utils::tail(stack, takes)
      result <- switch(
        op,
        load = field[at], number = number[at], map = sql_map(operands, maps[[at]]),
        sql_operation(op, operands, dialect)
      )
      stack <- c(utils::head(stack, length(stack) - takes), result)
    }
    stack
  }, "")
}

formula_takes <- c(
  load = 0L, number = 0L, "+" = 2L, "-" = 2L, "*" = 2L, "/" = 2L, pmin = 2L,
  in_range = 3L, is_missing = 1L, ratio = 3L, log_positive = 1L, log_plus = 1L,
  annuity = 2L, months_between = 2L, never_zero = 2L, recency = 2L, map = 1L
)

sql_map <- function(x, map) {
  known <- map != 0L
  steps <- sprintf("WHEN %d THEN %d", seq_along(map), map)[known]
  if (!length(steps)) return("NULL")
  sprintf("CASE %s %s END", x, paste(steps, collapse = " "))
}

# What src/core/model/formula.h says of each operation
sql_operation <- function(op, x, dialect) {
  one <- sql_number(1, dialect)
  zero <- sql_number(0, dialect)
  a <- x[1L]
  b <- if (length(x) > 1L) x[2L]
  switch(
    op,
    pmin = sql_least(a, b),
    in_range = sprintf("CASE WHEN %s >= %s AND %s <= %s THEN %s END", a, b, a, x[3L], a),
    is_missing = sprintf("CASE WHEN %s IS NULL THEN %s ELSE %s END", a, one, zero),
    ratio = sprintf("CASE WHEN %s > 0 THEN %s END", b,
                    sql_least(sprintf("(%s / %s)", a, b), x[3L])),
    log_positive = sprintf("CASE WHEN %s > 0 THEN %s END", a, sql_ln(a, dialect)),
    log_plus = sql_ln(sprintf("%s + CASE WHEN %s > 0 THEN %s WHEN %s <= 0 THEN %s END",
                              one, a, a, a, zero), dialect),
    annuity = sprintf("(%s * %s)", a, sql_instalment(b, dialect)),
    months_between = sprintf("CASE WHEN %s >= %s THEN %s - %s END", b, a, b, a),
    never_zero = sprintf("CASE WHEN %s = 0 AND %s = 0 THEN NULL ELSE %s END", a, b, a),
    recency = sprintf(
      "CASE WHEN %s IS NOT NULL THEN %s / (%s + %s) WHEN %s IS NOT NULL THEN %s END",
      a, one, one, a, b, zero
    ),
    sprintf("(%s %s %s)", a, op, b)
  )
}

# NULL when either is; the cap Inf is none
sql_least <- function(a, b) {
  if (b == "Inf") return(a)
  sprintf("CASE WHEN %s < %s THEN %s WHEN %s IS NOT NULL THEN %s END", b, a, b, a, a)
}

# annuity(1, months): the terms there are as the numbers R has, to the last bit
sql_instalment <- function(months, dialect) {
  usual <- c(36, 60)
  rate <- sql_number(0.01, dialect)
  one <- sql_number(1, dialect)
  known <- sprintf("WHEN %s THEN %s", sql_number(usual, dialect),
                   sql_number(annuity(1, usual), dialect))
  other <- sprintf("WHEN %s >= 1 AND %s <= 1200 THEN %s / (%s - exp(-%s * %s))",
                   months, months, rate, one, months, sql_number(log(1.01), dialect))
  sprintf("CASE %s %s ELSE CASE %s END END", months, paste(known, collapse = " "), other)
}
