# A file or a table of loans into a store: one import, one transaction.

#' Save loans in a store
#'
#' Each file, or each table that [lcrisk_read()] returned, becomes one import: its rows,
#' its columns in their order with their types and levels, and its ledger. What is there
#' already is not stored again.
#'
#' @param store What [lcrisk_store()] returned.
#' @param loans Names of raw files, which are read with [lcrisk_read()], one import each;
#'   or a table that [lcrisk_read()] or [lcrisk_simulate()] returned (loans or rejected
#'   applications). [lcrisk_outcome()] and all that follows come after loading.
#' @param snapshot The month in which the files were made: a date, or text such as
#'   `"2018-12"`. NULL takes the latest date among `last_pymnt_d` and
#'   `last_credit_pull_d`, as [lcrisk_outcome()] does. Rejected applications have none.
#' @param threads Threads for reading files, see [lcrisk_threads()].
#' @param progress TRUE to show progress while reading.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table, one row per file or table: `import` integer, `source` (the file's
#'   name, or `table`), `hash`, `snapshot` (IDate), `n` rows, `added` (FALSE where it was
#'   there already).
#' @details
#' Several files are one transaction: all of them are added, or none.
#'
#' A file is known by the SHA-256 of its bytes, as `sha256sum` prints it (above 256 MB it
#' is the SHA-256 of the digests of its pieces of 256 MB); a table by a fingerprint of its
#' values. The same file under another name is the same import.
#'
#' Loans without an id have negative numbers after [lcrisk_read()]. In a store these go on
#' from one import to the next, so that no two loans share one and scores can be kept by
#' `id`; the first such import keeps its numbers.
#' @section Errors: `lcrisk_error_input` (`other_snapshot`) when the same file is there
#'   with another snapshot, `lcrisk_error_schema` (`column_type`) when a column cannot be
#'   stored or is in the store with another type; errors of [lcrisk_read()] for files.
#' @examples
#' if (requireNamespace("RSQLite", quietly = TRUE)) {
#'   store <- lcrisk_store(tempfile(fileext = ".sqlite"))
#'   small <- system.file("extdata", "loans-small.csv.gz", package = "lcrisk")
#'   lcrisk_save_loans(store, small)
#'   lcrisk_save_loans(store, small)  # there already
#' }
#' @export
lcrisk_save_loans <- function(store, loans, snapshot = NULL, threads = lcrisk_threads(),
                              progress = interactive(), ...) {
  check_call(...)
  check_store(store)
  if (!is.null(snapshot)) snapshot <- check_month(snapshot)
  threads <- resolve_threads(threads)
  progress <- check_flag(progress)
  imports <- if (is.data.frame(loans)) list(import_of_table(loans))
  else lapply(check_paths(loans), import_of_file, threads = threads, progress = progress)
  with_store(store, function(con) {
    # what is there is not even read
    imports <- lapply(imports, find_import, con = con, snapshot = snapshot)
    if (all(vapply(imports, `[[`, NA, "there"))) return(import_receipt(imports))
    imports <- lapply(imports, fill_import, snapshot = snapshot)
    write_all <- function() lapply(imports, write_import, con = con)
    import_receipt(in_transaction(con, write_all))
  })
}

import_receipt <- function(imports) {
  rbindlist(lapply(imports, function(import) {
    list(import = import$number, source = import$source, hash = import$hash,
         snapshot = import$snapshot, n = import$n, added = !import$there)
  }))
}

# ---- what is to be stored ----

# A list: source, hash, `read`, a function that gives the table
import_of_file <- function(path, threads, progress) {
  list(
    source = basename(path), hash = file_sha256(path),
    read = function() lcrisk_read(path, threads = threads, progress = progress)
  )
}

import_of_table <- function(loans, call = caller_env()) {
  if (!inherits(loans, c("lcrisk_loans", "lcrisk_rejected"))) {
    abort_argument("loans", "files, or what `lcrisk_read()` returned", loans, call)
  }
  if (inherits(loans, "lcrisk_outcome")) {
    lcrisk_abort(
      "input", "bad_argument", "`loans` went through `lcrisk_outcome()` already.",
      cure = "Save what `lcrisk_read()` returned; the outcome follows after loading.",
      arg = "loans", call = call
    )
  }
  hash <- .Call(ffi_hash_vectors, c(list(class(loans)), as.list(loans)))
  list(source = "table", hash = paste0("table-", hash), read = function() loans)
}

PIECE <- 2^28

# In hexadecimal digits. A file of one piece has the digest that everybody computes.
file_sha256 <- function(path, piece = PIECE, call = caller_env()) {
  if (!file.exists(path) || dir.exists(path)) {
    lcrisk_abort("io", "cannot_open", sprintf("`%s` is not a file.", path),
                 cure = unname(cures["cannot_open"]), file = path, call = call)
  }
  input <- file(path, "rb")
  on.exit(close(input))
  digests <- list()
  repeat {
    bytes <- readBin(input, "raw", piece)
    if (!length(bytes) && length(digests)) break
    digests <- c(digests, list(.Call(ffi_model_digest, bytes)))
    if (length(bytes) < piece) break
  }
  if (length(digests) == 1L) return(hexadecimal(digests[[1L]]))
  hexadecimal(.Call(ffi_model_digest, do.call(c, digests)))
}

hexadecimal <- function(bytes) paste(as.character(bytes), collapse = "")

# Adds `there`, and `number`, `snapshot` and `n` where it is
find_import <- function(import, con, snapshot, call = caller_env()) {
  known <- read_table(con, "lcrisk_imports",
                      paste("hash =", quote_text(con, import$hash)))
  import$there <- nrow(known) > 0L
  if (!import$there) return(import)
  if (!is.null(snapshot) && !identical(known[["snapshot"]][1L], snapshot)) {
    lcrisk_abort(
      "input", "other_snapshot",
      sprintf("`%s` is in the store as the snapshot of %s.", import$source,
              month_text(known[["snapshot"]][1L])),
      cure = "Leave `snapshot` out, or give the one it has.", arg = "snapshot",
      call = call
    )
  }
  import$number <- known[["import"]][1L]
  import$snapshot <- known[["snapshot"]][1L]
  import$n <- known[["n"]][1L]
  import
}

# Reads what is not there yet and learns its columns
fill_import <- function(import, snapshot) {
  if (import$there) return(import)
  import$loans <- import$read()
  import$kind <- if (inherits(import$loans, "lcrisk_rejected")) "rejected" else "loans"
  import$n <- as.double(nrow(import$loans))
  import$snapshot <- if (import$kind == "rejected") as.IDate(NA)
  else find_snapshot(import$loans, snapshot, needed = FALSE)$date
  import$types <- import_types(import$loans)
  import
}

import_types <- function(loans, call = caller_env()) {
  types <- vapply(as.list(loans), store_type, "")
  # a database has one kind of missing number
  for (name in names(types)[types %in% "double"]) {
    if (anyNA(loans[[name]]) && any(is.nan(loans[[name]]))) types[[name]] <- NA
  }
  bad <- names(types)[is.na(types)]
  if (length(bad)) {
    lcrisk_abort(
      "schema", "column_type",
      sprintf("`loans` has columns that cannot be stored: %s.", quoted(bad)),
      cure = "Numbers (none of them NaN), flags, text, factors and dates can.",
      columns = bad, call = call
    )
  }
  types
}

# ---- one import ----

# Within a transaction. Somebody else may have added the same file meanwhile.
write_import <- function(import, con) {
  if (!import$there) import <- find_import(import, con, NULL)
  if (import$there) return(import)
  import$number <- next_number(con, "lcrisk_imports", "import")
  append_rows(con, "lcrisk_imports", list(
    import = import$number, kind = import$kind, source = import$source,
    hash = import$hash, snapshot = import$snapshot, n = import$n,
    imported_at = now_text()
  ))
  fields <- store_fields(con, import$kind, import$types)
  write_columns(con, import, fields)
  write_ledger(con, import)
  write_loans(con, import, fields)
  import$loans <- import$read <- NULL
  import
}

# The columns of the store that this import's columns go to, by their name; new ones are
# added. Names that the schema knows stay as they are; others get one that no database
# minds.
store_fields <- function(con, kind, types, call = caller_env()) {
  known <- read_table(con, "lcrisk_fields", paste0("kind = '", kind, "'"))
  at <- match(names(types), known[["name"]])
  clash <- which(known[["type"]][at] != types)
  if (length(clash)) {
    lcrisk_abort(
      "schema", "column_type",
      sprintf("`%s` is stored as %s and would be %s.", names(types)[clash[1L]],
              known[["type"]][at][clash[1L]], types[clash[1L]]),
      cure = "Convert it, or drop it before saving.",
      columns = names(types)[clash], call = call
    )
  }
  field <- known[["field"]][at]
  new <- which(is.na(at))
  if (length(new)) {
    field[new] <- field_names(names(types)[new], c(known[["field"]], "import", "row"))
    append_rows(con, "lcrisk_fields", list(
      kind = rep(kind, length(new)), field = field[new], name = names(types)[new],
      type = unname(types[new])
    ))
    add_fields(con, kind, field[new], types[new])
  }
  stats::setNames(field, names(types))
}

field_names <- function(names, taken) {
  own <- c(names(schema_names("loans")), names(schema_names("rejected")), "meets_policy")
  out <- character()
  for (name in names) {
    base <- if (name %in% own) name
    else substr(paste0("x_", canonical_name(name)), 1L, 50L)
    field <- base
    k <- 1L
    while (field %in% c(taken, out)) {
      k <- k + 1L
      field <- paste0(base, "_", k)
    }
    out <- c(out, field)
  }
  out
}

add_fields <- function(con, kind, field, types) {
  table <- paste0("lcrisk_", kind)
  for (i in seq_along(field)) {
    run_sql(con, "ALTER TABLE ", table, " ADD COLUMN ", quote_name(con, field[i]), " ",
            sql_types[[types[i]]])
  }
  date <- intersect(field, c("issue_d", "application_date"))
  if (length(date)) {
    run_sql(con, "CREATE INDEX ", table, "_date ON ", table, " (", date, ")")
  }
}

write_columns <- function(con, import, fields) {
  n <- length(fields)
  append_rows(con, "lcrisk_columns", list(
    import = rep(import$number, n), position = seq_len(n), field = unname(fields)
  ))
  for (name in names(import$types)[import$types == "factor"]) {
    levels <- levels(import$loans[[name]])
    append_rows(con, "lcrisk_levels", list(
      import = rep(import$number, length(levels)),
      field = rep(fields[[name]], length(levels)), position = seq_along(levels),
      level = levels
    ))
  }
}

# What a ledger carries beside its rows, and the tables for it
ledger_tables <- c(rejected = "lcrisk_ledger_rejected", notes = "lcrisk_ledger_notes",
                   footer = "lcrisk_ledger_footer")

write_ledger <- function(con, import) {
  ledger <- attr(import$loans, "ledger", exact = TRUE) %||% start_ledger(import$n)
  numbered <- function(rows) {
    n <- length(rows[[1L]])
    c(list(import = rep(import$number, n), position = seq_len(n)), rows)
  }
  append_rows(con, "lcrisk_ledger", numbered(as.list(plain_ledger(ledger))))
  lines <- attr(ledger, "lines", exact = TRUE)
  append_rows(con, "lcrisk_ledger_lines",
              numbered(list(file = names(lines), n = as.double(lines))))
  for (name in names(ledger_tables)) {
    append_rows(con, ledger_tables[[name]],
                numbered(as.list(attr(ledger, name, exact = TRUE))))
  }
}

ROWS_AT_ONCE <- 50000L

write_loans <- function(con, import, fields) {
  table <- paste0("lcrisk_", import$kind)
  columns <- as.list(import$loans)
  names(columns) <- fields
  if (import$kind == "loans") columns$id <- own_ids(con, columns$id)
  types <- c(import = "integer", row = "integer", stats::setNames(import$types, fields))
  starts <- seq.int(1, max(1, import$n), by = ROWS_AT_ONCE)
  for (start in starts) {
    rows <- seq.int(start, length.out = min(ROWS_AT_ONCE, import$n - start + 1))
    place <- list(import = rep(import$number, length(rows)), row = as.integer(rows))
    append_rows(con, table, c(place, lapply(columns, `[`, rows)), types)
  }
}

# Negative ids go on where those of the imports before end
own_ids <- function(con, id) {
  if (is.null(id) || !any(id < 0, na.rm = TRUE)) return(id)
  lowest <- ask_sql(con, "SELECT MIN(id) AS lowest FROM lcrisk_loans")[["lowest"]]
  fifelse(id < 0, id + min(0, lowest, na.rm = TRUE), id)
}
