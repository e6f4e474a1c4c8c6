# The verb: one file or many into one table of loans.

#' Read Lending Club's loan files
#'
#' Reads raw files as Lending Club published them, Kaggle's and other releases of the
#' same loans, into one typed table. Every line of every file is accounted for in the
#' ledger ([lcrisk_ledger()]); nothing is dropped or repaired silently.
#'
#' @param path Character: one or more files, each csv, gz (also several members) or zip.
#'   In a zip archive the one table is read; archives that hold several need `member`.
#' @param select NULL for all columns, or a character vector of column names (Lending
#'   Club's own; see [lcrisk_schema()], plus `meets_policy`). The rows and the ledger do
#'   not depend on it.
#' @param ... Must be empty.
#' @param member NULL, or the name of the file to read inside zip archives; an error for
#'   other files.
#' @param duplicates What happens to a loan that is there again (same `id`, `issue_d`
#'   and `loan_amnt`): `"first"` keeps the first and counts the others in the ledger,
#'   `"keep"` keeps all, `"error"` stops.
#' @param max_bytes Limit on the unpacked size of a file: a guard against archives made
#'   to fill the memory.
#' @param threads Threads to use, see [lcrisk_threads()]; the result never depends on
#'   it.
#' @param progress TRUE to show progress.
#' @return A data.table of class `lcrisk_loans`, one row per loan in the files' order,
#'   columns in the first file's order under Lending Club's names, typed as
#'   [lcrisk_schema()] says. Rejected applications give the class `lcrisk_rejected`
#'   instead. The column `meets_policy` (logical) follows `loan_status`: FALSE for loans
#'   whose status has the prefix "Does not meet the credit policy", which is taken off,
#'   and for loans under the heading "Loans that do not meet the credit policy". A
#'   missing `id` is replaced by a negative number (-1, -2, ...), which no real loan
#'   has. Rows chosen by `[` keep class and ledger.
#' @section What is read:
#' * Lines end with LF, CR LF or CR, in any mixture, the last with nothing; fields are
#'   divided by comma, semicolon, tab or bar; a byte order mark and text lines before
#'   the header are fine; quotes follow RFC 4180.
#' * The first line that names at least two known columns, or is one known name and
#'   nothing else, is the header. Rows with one field more than it has names have an
#'   unnamed first column (`row_name`).
#' * Headers repeated inside, blank lines, the section line and the footers are
#'   recognised. The amount each footer states is compared with the sum of
#'   `funded_amnt`.
#' * A line with too few or too many fields, a broken quote, a zero byte or an unknown
#'   loan status is rejected, with its number and reason in the ledger. After a broken
#'   quote reading goes on with the next line.
#' * Months: `Dec-2015`, `Dec-99`, `15-Dec` and `3-Aug` (a year first, as Excel leaves
#'   them), `2016-04-01`, `2018/5/1`, `10/1/2001`, `2016-04`, Excel's day numbers, and a
#'   year alone (its January, counted). A year without its century is 20xx; for
#'   `earliest_cr_line` it is the latest such year that is not after the loan's issue,
#'   or not after 2020 where the issue is unknown. So `Jan-62` is 1962.
#' * Missing are the empty cell and `NA`, in `emp_length` also `n/a`. In text only the
#'   empty cell is missing: `NA` is a title people gave to loans. Any other cell that
#'   does not follow its column's grammar becomes missing and is counted.
#' * `int_rate` and `revol_util` written as fractions (0.1065) become percent when all
#'   rates are below 1.
#' * Columns of other names but the same meaning get Lending Club's (`loan_amount` is
#'   `loan_amnt`); the table is `lcrisk_schema("aliases")`. Unknown columns are kept as
#'   text, or as numbers when each of their values is a plain number, and named in a
#'   warning. A column that is there twice, as `date` and `date` or `grade` and
#'   `grade.1`, is kept once when both are the same.
#' * Bytes that are no UTF-8 are read as Latin-1 where they can be, else replaced by
#'   U+FFFD; both are counted.
#' @section Errors: `lcrisk_error_io` (`cannot_open`, `is_directory`, `not_regular`,
#'   `not_a_local_file`, `changed`), `lcrisk_error_parse` (`empty_file`, `wrong_type`,
#'   `encoding`, `delimiter`, `decimal`, `gzip_truncated`, `gzip_corrupt`,
#'   `gzip_trailing`, `zip_corrupt`, `zip_choice`, `zip_unsafe_path`, `zip_encrypted`,
#'   `zip_method`), `lcrisk_error_schema` (`no_header`, `other_header`,
#'   `duplicate_column`, `missing_column`, `mixed_tables`), `lcrisk_error_resource`
#'   (`limit`, `field_limit`, `line_limit`, `column_limit`, `name_limit`, `quote_limit`,
#'   `row_limit`, `memory`), `lcrisk_error_input` (`bad_argument`, `unknown_argument`,
#'   `missing_argument`, `member`, `duplicate_id`) and
#'   `lcrisk_error_cancelled`.
#' @section Warnings: `lcrisk_warning_data` with the code `rejected_lines`,
#'   `truncated_last_row`, `bad_cells`, `encoding_repaired`, `impossible_date`,
#'   `footer_mismatch`, `missing_id`, `duplicate_id` or `no_rows`;
#'   `lcrisk_warning_schema` with the code `unknown_column`.
#' @seealso [lcrisk_outcome()] comes next.
#' @examples
#' path <- tempfile(fileext = ".csv")
#' writeLines(c(
#'   "id,loan_amnt,term,int_rate,issue_d,loan_status",
#'   "1077501,5000, 36 months, 10.65%,Dec-2011,Fully Paid",
#'   "1077430,2500, 60 months, 15.27%,Dec-2011,Charged Off",
#'   "",
#'   "Total amount funded in policy code 1: 7500"
#' ), path)
#' loans <- suppressWarnings(lcrisk_read(path))
#' loans
#' lcrisk_ledger(loans)
#' @export
lcrisk_read <- function(path, select = NULL, ..., member = NULL, duplicates = "first",
                        max_bytes = 64e9, threads = lcrisk_threads(),
                        progress = interactive()) {
  check_call(...)
  path <- check_paths(path)
  select <- check_select(select)
  if (!is.null(member)) member <- check_string(member)
  duplicates <- check_choice(duplicates, c("first", "keep", "error"))
  max_bytes <- check_number(max_bytes, min = 1, max = 2^53)
  run <- new_run(0, threads, progress, title = "Reading")

  call <- environment()
  files <- lapply(path, read_file, select = select, member = member,
                  max_bytes = max_bytes, run = run, call = call)
  kind <- common_kind(files, call)
  notes <- rbindlist(lapply(files, `[[`, "notes"))
  table <- bind_files(files)
  ledger <- read_ledger(files)
  single <- list()
  if (kind == "loans") {
    named <- name_loans(table, files)
    single <- single_loans(named$table, ledger, duplicates, call)
    table <- single$table
    ledger <- single$ledger
    notes <- rbindlist(list(notes, named$notes, single$notes))
  }
  setattr(ledger, "notes", notes)
  warn_about(ledger, files, nrow(table), single$repeats)
  new_loans(keep_selected(table, select), ledger, kind)
}

# ---- arguments ----

check_paths <- function(path, call = caller_env()) {
  if (!is.character(path) || !length(path) || anyNA(path) || !all(nzchar(path))) {
    abort_argument("path", "the names of one or more files", path, call)
  }
  remote <- grepl("^[A-Za-z][A-Za-z0-9+.-]+://", path)
  if (any(remote)) {
    lcrisk_abort(
      "io", "not_a_local_file",
      sprintf("`path` must name local files; %s is an address.", quoted(path[remote])),
      cure = "Download it first.", file = path[remote], call = call
    )
  }
  path
}

check_select <- function(select, call = caller_env()) {
  if (is.null(select)) return(NULL)
  if (!is.character(select) || !length(select) || anyNA(select)) {
    abort_argument("select", "NULL or names of columns", select, call)
  }
  unique(select)
}

common_kind <- function(files, call) {
  kinds <- vapply(files, `[[`, "", "kind")
  first <- function(kind) files[[match(kind, kinds)]]$file
  if (length(unique(kinds)) > 1L) {
    lcrisk_abort(
      "schema", "mixed_tables",
      sprintf("`%s` holds loans and `%s` rejected applications.",
              first("loans"), first("rejected")),
      cure = "Read them in two calls.", call = call
    )
  }
  kinds[1L]
}

# ---- many files, one table ----

bind_files <- function(files) {
  tables <- lapply(files, function(file) {
    columns <- file$columns
    if (!length(columns)) return(data.table())
    setDT(columns)
    columns
  })
  if (length(tables) == 1L) return(tables[[1L]])
  bound <- rbindlist(tables, use.names = TRUE, fill = TRUE)
  for (name in names(bound)) {
    column <- bound[[name]]
    if (is.factor(column)) {
      ordered <- sort(levels(column), method = "radix")
      set(bound, j = name, value = factor(column, levels = ordered))
    }
  }
  bound
}

read_ledger <- function(files) {
  rows <- rbindlist(lapply(files, function(file) {
    counts <- file$facts$classes
    counts <- counts[names(counts) != "rejected" & (counts > 0 | names(counts) == "kept")]
    rejects <- file$facts$rejects[file$facts$rejects > 0]
    data.table(
      class = c(names(counts), rep("rejected", length(rejects))),
      reason = c(rep(NA_character_, length(counts)), names(rejects)),
      file = file$file, n = unname(c(counts, rejects))
    )
  }))
  lines <- vapply(files, function(file) file$facts$records, 0)
  names(lines) <- vapply(files, `[[`, "", "file")
  rejected <- rbindlist(lapply(files, function(file) {
    data.table(file = rep(file$file, length(file$facts$rejected$line)),
               line = file$facts$rejected$line, reason = file$facts$rejected$reason)
  }))
  new_ledger(lines, rows, rejected, footer = rbindlist(lapply(files, `[[`, "footer")))
}

# ---- ids ----

# A negative number for every loan without one. `notes` for files in which all lack it.
name_loans <- function(table, files) {
  n <- nrow(table)
  had_id <- !is.null(table[["id"]])
  id <- if (had_id) table[["id"]] else rep(NA_real_, n)
  missing <- is.na(id)
  if (!any(missing)) return(list(table = table, notes = no_notes()))
  id[missing] <- -seq_len(sum(missing))
  set(table, j = "id", value = id)
  if (!had_id) setcolorder(table, "id")
  ends <- cumsum(vapply(files, `[[`, 0, "n_rows"))
  starts <- c(0, ends[-length(ends)])
  each <- mapply(function(a, b) sum(missing[seq_len(b - a) + a]), starts, ends)
  some <- each > 0
  notes <- make_notes(vapply(files, `[[`, "", "file")[some], rep("id", sum(some)),
                      "missing_id", each[some])
  list(table = table, notes = notes)
}

# The same id for another amount or month is another loan: releases that number their
# rows from 1 do that.
single_loans <- function(table, ledger, duplicates, call) {
  key <- intersect(c("id", "issue_d", "loan_amnt"), names(table))
  id <- table[["id"]]
  if (!anyDuplicated(id)) return(list(table = table, ledger = ledger, notes = no_notes()))
  again <- duplicated(table, by = key)
  shared <- duplicated(id) & !again
  repeats <- list(again = id[again], shared = id[shared],
                  dropped = duplicates == "first")
  if (duplicates == "error" && any(again)) abort_repeats(id[again], call)
  notes <- rbind(
    if (any(again)) make_notes(NA_character_, "id", "duplicate_id", sum(again)),
    if (any(shared)) make_notes(NA_character_, "id", "id_of_several_loans", sum(shared))
  )
  if (duplicates == "first" && any(again)) {
    same <- sum(duplicated(table))
    ledger <- ledger_add(
      ledger, "duplicates", class = c("dropped", "dropped", "kept"),
      reason = c("same loan again, identical", "same loan again, other values", NA),
      n = c(same, sum(again) - same, sum(!again))
    )
    table <- table[!again]
  }
  list(table = table, ledger = ledger, notes = notes, repeats = repeats)
}

abort_repeats <- function(id, call) {
  lcrisk_abort(
    "input", "duplicate_id",
    sprintf("%s again, with the same id, month and amount.",
            count_of(length(id), "loan")),
    cure = "Use `duplicates = \"first\"` to keep the first of each.", n = length(id),
    id = utils::head(unique(id), 20L), call = call
  )
}

keep_selected <- function(table, select) {
  if (is.null(select)) return(table)
  drop <- setdiff(names(table), select)
  if (length(drop)) set(table, j = drop, value = NULL)
  table
}
