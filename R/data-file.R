# One file: from its path to typed columns and the part of the ledger it accounts for.

# Always read, because they decide about rows: whatever the user selects, the rows and
# the ledger are the same.
always_read <- c("id", "loan_amnt", "funded_amnt", "policy_code", "issue_d",
                 "loan_status")

# Months whose short years cannot be after the loan's issue
bounded_months <- c("earliest_cr_line", "sec_app_earliest_cr_line")

# 12 * year + month - 1 of December 2020, after the last loan to individuals
last_issue <- 12L * 2020L + 11L

# A list: kind, columns, bound (how file columns became these), facts (what the core
# counted), notes, footer, file.
read_file <- function(path, select, member, max_bytes, run, call) {
  file <- basename(path)
  opened <- in_file(file, call, .Call(
    ffi_csv_open, path.expand(path), member, max_bytes, header_names()
  ))
  on.exit(.Call(ffi_csv_close, opened$handle))
  kind <- schema_kind(canonical_name(opened$names))
  bound <- bind_names(opened$names, kind)
  check_selected(select, bound, kind, file, call)
  wanted <- is_wanted(bound, select, kind)
  status <- match("loan_status", bound$name)
  facts <- in_file(file, call, .Call(
    ffi_csv_read, opened$handle, fifelse(wanted, bound$type, "skip"),
    if (!is.na(status)) status - 1L, statuses(), run
  ))
  check_decimal(facts, bound, opened$delimiter, file, call)
  columns <- take_columns(opened$handle, bound, wanted)
  columns <- settle_duplicates(columns, bound[wanted], file, call)
  finish_file(columns, bound, facts, kind, file)
}

header_names <- function() {
  c(names(schema_names("loans")), names(schema_names("rejected")))
}

statuses <- function() {
  values <- schema_table("values")
  values[["written"]][values[["name"]] == "loan_status"]
}

# What the core reported, with the file's name, the kind of condition that R users
# expect and what to do about it.
in_file <- function(file, call, code) {
  tryCatch(code, lcrisk_error = function(e) {
    kind <- sub("^lcrisk_error_", "", class(e)[1L])
    if (e$code %in% c("no_header", "other_header", "column_limit", "name_limit") &&
          kind == "parse") {
      kind <- "schema"
    }
    lcrisk_abort(
      kind, e$code, sprintf("Cannot read `%s`: %s.", file, sub("\\.$", "", e$message)),
      cure = cures[e$code] %|na|% NULL, file = file, line = e$line, offset = e$offset,
      call = call
    )
  })
}

`%|na|%` <- function(x, default) if (is.na(x)) default else unname(x)

cures <- c(
  cannot_open = "Look at its spelling, from the folder that `getwd()` names.",
  is_directory = "Name the files in it: `list.files(path, full.names = TRUE)`.",
  not_regular = "Copy what it holds to an ordinary file.",
  gzip_truncated = "Download it again: it was not complete.",
  gzip_corrupt = "Download it again: some of its bytes are wrong.",
  gzip_trailing = "Unpack it by hand and look at what follows.",
  zip_corrupt = "Download it again, or unpack it by hand.",
  zip_choice = "Name one with `member =`.",
  member = "Leave `member =` out, and read archives in a call of their own.",
  zip_encrypted = "Unpack it by hand.",
  zip_method = "Unpack it by hand.",
  wrong_type = "Give the csv file that Lending Club published, or its zip or gz archive.",
  encoding = "Save it as UTF-8.",
  empty_file = "Give a file with a header and loans.",
  delimiter = "Divide the columns by comma, semicolon, tab or bar.",
  no_header = "`lcrisk_schema()` lists the columns that are known.",
  other_header = "Split it there and give both files: columns are matched by name.",
  limit = "Raise `max_bytes` if the file is meant to be so large.",
  changed = "Read it again when nothing writes to it."
)

# ---- names ----

# One row per field of the file: `field` (from 0), `raw` name, `name` in the result,
# `type`, `known`, and `twin`, the earlier field it repeats (NA when none).
bind_names <- function(raw, kind) {
  known <- schema_names(kind)
  canonical <- canonical_name(raw)
  name <- unname(known[canonical])
  base <- unname(known[canonical_name(sub("\\.[0-9]+$", "", raw))])
  # `grade.1` repeats `grade`: what data frames make of a name that is there twice
  repeats <- is.na(name) & !is.na(base) & base %in% name
  unnamed <- is.na(name) & !nzchar(trimws(raw))
  own <- fifelse(unnamed, fifelse(seq_along(raw) == 1L, "row_name",
                                  paste0("column_", seq_along(raw))), raw)
  bound <- data.table(
    field = seq_along(raw) - 1L, raw = raw, name = fifelse(is.na(name), own, name),
    known = !is.na(name) | unnamed, meaning = fifelse(is.na(name) & repeats, base, name)
  )
  schema <- schema_table(kind)
  type <- schema[["type"]][match(bound[["meaning"]], schema[["name"]])]
  set(bound, j = "type", value = fifelse(is.na(type), "text", type))
  key <- fifelse(is.na(bound[["meaning"]]), bound[["name"]], bound[["meaning"]])
  first <- match(key, key)
  set(bound, j = "twin", value = fifelse(first < seq_along(first), first, NA_integer_))
  bound
}

check_selected <- function(select, bound, kind, file, call) {
  if (is.null(select)) return(invisible())
  there <- c(bound[["name"]], if (kind == "loans") "meets_policy")
  absent <- setdiff(select, there)
  if (!length(absent)) return(invisible())
  lcrisk_abort(
    "schema", "missing_column",
    sprintf("`%s` lacks the column%s %s.", file, if (length(absent) > 1L) "s" else "",
            quoted(absent)),
    cure = cure_absent(absent, there), file = file, columns = absent, call = call
  )
}

is_wanted <- function(bound, select, kind) {
  if (is.null(select)) return(rep(TRUE, nrow(bound)))
  needed <- c(select, if (kind == "loans") always_read)
  bound[["name"]] %in% needed |
    bound[["meaning"]] %in% needed & !is.na(bound[["twin"]])
}

# ---- columns ----

take_columns <- function(handle, bound, wanted) {
  issue <- match("issue_d", bound[["name"]])
  lapply(which(wanted), function(j) {
    bounded <- bound[["meaning"]][j] %in% bounded_months
    column <- .Call(
      ffi_csv_column, handle, bound[["field"]][j],
      if (bounded && !is.na(issue)) issue - 1L, if (bounded) last_issue
    )
    if (bound[["type"]][j] %in% c("month", "date")) {
      setattr(column, "class", c("IDate", "Date"))
    }
    if (is.na(bound[["meaning"]][j])) column <- as_number_if_all(column)
    column
  })
}

# An unknown column stays text unless every value in it is a number: no leading zeros,
# so that codes stay codes.
as_number_if_all <- function(x) {
  numbers <- .Call(ffi_csv_numbers, x)
  if (is.null(numbers)) x else numbers
}

# A column that is there twice is kept once when both are the same. When they are not,
# two columns of one name cannot be told apart; `grade.1` beside `grade` can.
settle_duplicates <- function(columns, bound, file, call) {
  names(columns) <- bound[["name"]]
  twins <- which(!is.na(bound[["twin"]]))
  fields <- bound[["field"]]
  dropped <- integer()
  for (j in twins) {
    first <- match(bound[["twin"]][j] - 1L, fields)
    if (identical(columns[[j]], columns[[first]])) {
      dropped <- c(dropped, j)
    } else if (bound[["name"]][j] == bound[["name"]][first]) {
      lcrisk_abort(
        "schema", "duplicate_column",
        sprintf("`%s` has the column `%s` twice, as %s, with different values.", file,
                bound[["name"]][j], quoted(bound[["raw"]][c(first, j)])),
        cure = "Rename or remove one of them.", file = file,
        columns = bound[["raw"]][c(first, j)], call = call
      )
    }
  }
  if (length(dropped)) columns <- columns[-dropped]
  attr(columns, "dropped") <- bound[["raw"]][dropped]
  columns
}

# `1.234,56` means 1234.56 in many countries and would be read as missing at best
check_decimal <- function(facts, bound, delimiter, file, call) {
  comma <- facts$notes$comma
  bad <- which(comma > 0 & (delimiter != "," | comma > facts$notes$read))
  if (!length(bad)) return(invisible())
  lcrisk_abort(
    "parse", "decimal",
    sprintf("`%s` writes numbers with a decimal comma, first in `%s` at line %s.", file,
            bound[["raw"]][bad[1L]], format(facts$notes$first_bad[bad[1L]])),
    cure = "Write them with a point.", file = file, line = facts$notes$first_bad[bad[1L]],
    columns = bound[["raw"]][bad], call = call
  )
}
