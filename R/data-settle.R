# What is done to the columns of one file once they are typed: spellings made one,
# policy exceptions marked, footers checked, the odd things counted.

finish_file <- function(columns, bound, facts, kind, file) {
  dropped <- attr(columns, "dropped")
  attr(columns, "dropped") <- NULL
  n_rows <- facts$rows
  notes <- list(cell_notes(bound, facts, file), column_notes(bound, dropped, file))

  recoded <- recode_values(columns, bound, file)
  columns <- recoded$columns
  notes <- c(notes, list(recoded$notes))
  fractions <- fractions_to_percent(columns, bound, facts, file)
  columns <- fractions$columns
  notes <- c(notes, list(fractions$notes))

  parts <- file_parts(facts$events, n_rows)
  if (kind == "loans") {
    columns <- mark_policy(columns, recoded$exceptions, parts, n_rows)
    notes <- c(notes, list(range_notes(columns, kind, file), date_notes(columns, file)))
  } else {
    notes <- c(notes, list(range_notes(columns, kind, file)))
  }
  list(
    kind = kind, file = file, columns = columns, n_rows = n_rows,
    unknown = setdiff(bound[["name"]][!bound[["known"]]], dropped), facts = facts,
    notes = rbindlist(notes), footer = check_footers(columns, parts, file)
  )
}

make_notes <- function(file, column, kind, n, first_line = NA_real_) {
  if (!length(column)) return(no_notes())
  data.table(file = file, column = column, kind = kind, n = as.double(n),
             first_line = first_line)
}

# What the core counted, one line for each column and kind
cell_notes <- function(bound, facts, file) {
  of_kind <- function(name, kind, line = rep(NA_real_, nrow(bound))) {
    n <- facts$notes[[name]]
    some <- n > 0
    make_notes(file, bound[["name"]][some], kind, n[some], line[some])
  }
  rbindlist(list(
    of_kind("bad", "bad_cell", facts$notes$first_bad),
    of_kind("repaired", "encoding_repaired"),
    of_kind("year_only", "year_only")
  ))
}

column_notes <- function(bound, dropped, file) {
  unknown <- setdiff(bound[["name"]][!bound[["known"]]], dropped)
  without <- is.na(bound[["meaning"]]) & bound[["name"]] != bound[["raw"]]
  unnamed <- bound[["name"]][without]
  rbind(
    make_notes(file, unnamed, "unnamed_column", rep(1, length(unnamed))),
    make_notes(file, dropped, "duplicate_column", rep(1, length(dropped))),
    make_notes(file, unknown, "unknown_column", rep(1, length(unknown)))
  )
}

# ---- spellings ----

# Statuses are compared without case and runs of spaces, as the core compares them
same_text <- function(x) tolower(gsub(" +", " ", trimws(x)))

# Level columns whose values have other spellings; `exceptions` says which rows' status
# carried the prefix about the credit policy.
recode_values <- function(columns, bound, file) {
  values <- schema_table("values")
  notes <- list()
  exceptions <- NULL
  for (name in intersect(unique(values[["name"]]), names(columns))) {
    column <- columns[[name]]
    mine <- values[["name"]] == name
    written <- levels(column)
    at <- match(same_text(written), same_text(values[["written"]][mine]))
    if (name == "loan_status") {
      exceptional <- startsWith(same_text(written), "does not meet the credit policy")
      exceptions <- exceptional[as.integer(column)]
    }
    becomes <- fifelse(is.na(at), written, values[["value"]][mine][at])
    n <- recoded_cells(column, written, becomes, values[["note"]][mine][at])
    if (n > 0) notes <- c(notes, list(make_notes(file, name, "recoded", n)))
    columns[[name]] <- merge_levels(column, becomes)
  }
  list(columns = columns, notes = rbindlist(notes), exceptions = exceptions)
}

# Cells whose spelling changed, the documented split of the policy prefix apart
recoded_cells <- function(column, written, becomes, note) {
  changed <- written != becomes & !note %in% "meets_policy becomes FALSE"
  sum(tabulate(column, length(written))[changed])
}

# Levels stay in byte order, which is the same in every locale
merge_levels <- function(column, becomes) {
  if (identical(becomes, levels(column))) return(column)
  merged <- sort(unique(becomes), method = "radix")
  structure(match(becomes, merged)[as.integer(column)], levels = merged, class = "factor")
}

# ---- rates as fractions ----

# Excel turns `10.65%` into 0.1065. The two columns that carry percent signs in Lending
# Club's files are multiplied by 100 when no cell of `int_rate` has a sign and none is as
# large as 1, which no rate in percent ever was.
fractions_to_percent <- function(columns, bound, facts, file) {
  rate <- columns[["int_rate"]]
  field <- match("int_rate", bound[["name"]])
  unchanged <- list(columns = columns, notes = no_notes())
  if (is.null(rate) || all(is.na(rate)) || facts$notes$sign[field] > 0) return(unchanged)
  if (max(rate, na.rm = TRUE) >= 1) return(unchanged)
  changed <- intersect(c("int_rate", "revol_util"), names(columns))
  for (name in changed) {
    if (facts$notes$sign[match(name, bound[["name"]])] == 0) {
      # rounded, so that 0.1065 becomes the double nearest to 10.65
      columns[[name]] <- round(100 * columns[[name]], 10L)
    }
  }
  list(columns = columns,
       notes = make_notes(file, changed, "fraction_to_percent",
                          vapply(columns[changed], function(x) sum(!is.na(x)), 0L)))
}

# ---- parts: where files were joined, and where policy exceptions begin ----

# A list: `start` and `end` of each part (rows), the `exception` ranges, and the footers.
# A part ends at its footers or where another header begins.
file_parts <- function(events, n_rows) {
  bounds <- events$row[events$class %in% c("repeated_header", "footer")]
  bounds <- sort(unique(c(0, bounds, n_rows)))
  sections <- events$row[events$class == "section"]
  ends <- vapply(sections, function(row) min(bounds[bounds > row], n_rows), 0)
  footer <- events$class == "footer"
  list(
    bounds = bounds, section = sections, section_end = ends,
    footer_row = events$row[footer], policy_code = events$policy_code[footer],
    amount = events$amount[footer]
  )
}

mark_policy <- function(columns, exceptions, parts, n_rows) {
  if (is.null(exceptions) && !length(parts$section)) return(columns)
  meets <- !(exceptions %||% rep(NA, n_rows))
  if (is.null(exceptions)) meets <- rep(TRUE, n_rows)
  for (k in seq_along(parts$section)) {
    if (parts$section_end[k] > parts$section[k]) {
      meets[seq(parts$section[k] + 1, parts$section_end[k])] <- FALSE
    }
  }
  after <- match("loan_status", names(columns), nomatch = length(columns))
  append(columns, list(meets_policy = meets), after)
}

# Each footer states the sum of `funded_amnt` over the rows of its part and policy code.
check_footers <- function(columns, parts, file) {
  if (!length(parts$footer_row)) return(no_footer())
  found <- vapply(seq_along(parts$footer_row), function(k) {
    end <- parts$footer_row[k]
    start <- max(0, parts$bounds[parts$bounds < end])
    if (is.null(columns[["funded_amnt"]]) || is.null(columns[["policy_code"]])) {
      return(NA_real_)
    }
    rows <- if (end > start) seq(start + 1, end) else integer()
    of_code <- columns[["policy_code"]][rows] %in% parts$policy_code[k]
    sum(columns[["funded_amnt"]][rows][of_code], na.rm = TRUE)
  }, 0)
  data.table(file = file, policy_code = as.integer(parts$policy_code),
             stated = parts$amount, found = found,
             agrees = abs(found - parts$amount) < 0.5)
}

# ---- values kept, but odd ----

range_notes <- function(columns, kind, file) {
  schema <- schema_table(kind)
  bounded <- schema[!is.na(schema[["min"]]) & schema[["name"]] %in% names(columns)]
  n <- vapply(seq_len(nrow(bounded)), function(k) {
    x <- columns[[bounded[["name"]][k]]]
    high <- bounded[["max"]][k]
    sum(x < bounded[["min"]][k] | (!is.na(high) & x > high), na.rm = TRUE)
  }, 0L)
  make_notes(file, bounded[["name"]][n > 0], "out_of_range", n[n > 0])
}

# Issue before the first loan (May 2007) or in the future, a credit line before 1900 or
# after the issue.
date_notes <- function(columns, file) {
  issue <- columns[["issue_d"]]
  line <- columns[["earliest_cr_line"]]
  n <- c(
    issue_d = if (!is.null(issue)) {
      sum(issue < as.IDate("2007-05-01") | issue > as.IDate(Sys.Date()), na.rm = TRUE)
    },
    earliest_cr_line = if (!is.null(line)) {
      early <- line < as.IDate("1900-01-01")
      sum(if (is.null(issue)) early else early | line > issue, na.rm = TRUE)
    }
  )
  n <- n[n > 0]
  make_notes(file, names(n), "impossible_date", unname(n))
}
