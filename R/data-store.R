# Loans, models and scores in a database, through DBI. A store is either the path of an
# SQLite file, opened by each verb and closed by it again, or a connection of the user's,
# which is never closed here. Nothing of it is kept in memory between the calls.

#' Keep loans, models and scores in a database
#'
#' A store keeps what has been read, trained and scored: an SQLite file for one person,
#' PostgreSQL or any other database with a DBI driver for a team. New quarters are
#' appended, the same loans can be there in several states (snapshots), and a file that
#' is there already is not stored twice. What is loaded again is what was read, type for
#' type and line for line of the ledger, so it trains the same model.
#'
#' @param x Name of an SQLite file (made where there is none), or an open DBI connection,
#'   such as `DBI::dbConnect(RPostgres::Postgres(), dbname = "risk")`.
#' @param ... Nothing else: an unknown argument is an error.
#' @return An `lcrisk_store`: a list with `path` or `connection`. `print()` says what is
#'   in it; `as.data.table()` gives one row per import: `import`, `kind` (`loans` or
#'   `rejected`), `source`, `hash`, `snapshot` (IDate), `n` and `imported_at` (UTC, text).
#' @details
#' The tables are ordinary and meant to be read with SQL: `lcrisk_loans` and
#' `lcrisk_rejected` have one row per loan (and import), dates as dates, levels as text;
#' `lcrisk_imports` one row per file, with the SHA-256 of its bytes; the `lcrisk_ledger`
#' tables say where each line of it went; `lcrisk_models` holds the bytes that
#' [lcrisk_save()] writes, as base64, and `lcrisk_scores` the scores with the fingerprint
#' of their model. Columns that a later file adds are added to the table.
#'
#' Each saving is one transaction: after a crash, a `kill -9` or a lost connection it is
#' there as a whole or not at all, and what a verb has returned stays. An SQLite file is
#' opened with `synchronous = "full"`, so that this holds for a loss of power, too. Two
#' processes that save at the same time wait for each other.
#'
#' Drivers differ in how they write numbers. Where they are not known to keep every bit,
#' numbers are handed over as text that reads back to the same number.
#' @section Errors: `lcrisk_error_input` (`not_installed`) when a package is missing;
#'   `lcrisk_error_io` (`database`) with the database's own words; `lcrisk_error_schema`
#'   (`too_new`) when a newer version of lcrisk made the store.
#' @seealso [lcrisk_save_loans()], [lcrisk_load_loans()], [lcrisk_save_model()],
#'   [lcrisk_save_scores()].
#' @examples
#' if (requireNamespace("RSQLite", quietly = TRUE)) {
#'   store <- lcrisk_store(tempfile(fileext = ".sqlite"))
#'   small <- system.file("extdata", "loans-small.csv.gz", package = "lcrisk")
#'   lcrisk_save_loans(store, small)
#'   print(store)
#'   loans <- lcrisk_load_loans(store, issued = c("2009-01", "2009-12"))
#'   lcrisk_ledger(loans)
#' }
#' @export
lcrisk_store <- function(x, ...) {
  check_call(...)
  check_installed("DBI")
  store <- structure(store_place(x), class = "lcrisk_store")
  with_store(store, function(con) make_store_tables(con))
  store
}

store_place <- function(x, call = caller_env()) {
  if (inherits(x, "DBIConnection")) return(list(connection = x))
  ok <- is.character(x) && length(x) == 1L && !is.na(x) && nzchar(x)
  if (!ok) abort_argument("x", "the name of a file or a DBI connection", x, call)
  if (startsWith(x, ":")) {
    lcrisk_abort("input", "bad_argument", sprintf("`x` must be a file, not \"%s\".", x),
                 cure = "Open such a database with `DBI::dbConnect()` and give that.",
                 arg = "x", call = call)
  }
  check_installed("RSQLite", call)
  folder <- normalizePath(dirname(x), mustWork = FALSE)
  list(path = file.path(folder, basename(x)))
}

check_store <- function(store, arg = rlang::caller_arg(store), call = caller_env()) {
  if (!inherits(store, "lcrisk_store")) {
    abort_argument(arg, "what `lcrisk_store()` returned", store, call)
  }
  check_installed("DBI", call)
  store
}

# ---- connections and transactions ----

# work(con), with what the database refuses as a condition of ours
with_store <- function(store, work, call = caller_env()) {
  tryCatch(
    {
      con <- store$connection
      if (is.null(con)) {
        con <- open_file(store$path)
        on.exit(DBI::dbDisconnect(con))
      }
      work(con)
    },
    error = function(e) {
      if (inherits(e, "lcrisk_error")) {
        e$call <- rlang::error_call(call)
        stop(e)
      }
      words <- sub("[.[:space:]]+$", "", conditionMessage(e))
      lcrisk_abort(
        "io", "database", sprintf("The database refused: %s.", words),
        cure = "Nothing was changed.", call = call
      )
    }
  )
}

# RSQLite's own default would leave the file to the mercy of the next loss of power
open_file <- function(path) {
  con <- DBI::dbConnect(RSQLite::SQLite(), path, synchronous = "full")
  RSQLite::sqliteSetBusyHandler(con, 60000L)
  con
}

# All of work() or nothing. The counter is raised first: whoever else writes waits here,
# in SQLite and PostgreSQL alike, and then sees what was committed before.
in_transaction <- function(con, work) {
  DBI::dbBegin(con)
  done <- FALSE
  on.exit(if (!done) try(DBI::dbRollback(con), silent = TRUE))
  run_sql(con, "UPDATE lcrisk_store SET value = value + 1 WHERE name = 'writes'")
  value <- work()
  DBI::dbCommit(con)
  done <- TRUE
  value
}

run_sql <- function(con, ...) DBI::dbExecute(con, paste(c(...), collapse = ""))

ask_sql <- function(con, ...) {
  setDT(DBI::dbGetQuery(con, paste(c(...), collapse = "")))[]
}

next_number <- function(con, table, column) {
  last <- ask_sql(con, "SELECT MAX(", column, ") AS last FROM ", table)[["last"]]
  if (is.na(last)) 1L else as.integer(last) + 1L
}

now_text <- function() format(Sys.time(), "%Y-%m-%dT%H:%M:%SZ", tz = "UTC")

# ---- tables ----

STORE_FORMAT <- 1

# The columns of every table but the two of loans, whose columns are those of the files
# (after `import` and `row`). Types are R's, see R/data-store-types.R.
store_tables <- list(
  lcrisk_store = c(name = "character", value = "double"),
  lcrisk_imports = c(
    import = "integer", kind = "character", source = "character", hash = "character",
    snapshot = "IDate", n = "double", imported_at = "character"
  ),
  lcrisk_fields = c(kind = "character", field = "character", name = "character",
                    type = "character"),
  lcrisk_columns = c(import = "integer", position = "integer", field = "character"),
  lcrisk_levels = c(import = "integer", field = "character", position = "integer",
                    level = "character"),
  lcrisk_ledger = c(
    import = "integer", position = "integer", step = "character", class = "character",
    reason = "character", file = "character", n = "double"
  ),
  lcrisk_ledger_lines = c(import = "integer", position = "integer", file = "character",
                          n = "double"),
  lcrisk_ledger_rejected = c(import = "integer", position = "integer",
                             file = "character", line = "double", reason = "character"),
  lcrisk_ledger_notes = c(
    import = "integer", position = "integer", file = "character", column = "character",
    kind = "character", n = "double", first_line = "double"
  ),
  lcrisk_ledger_footer = c(
    import = "integer", position = "integer", file = "character",
    policy_code = "integer", stated = "double", found = "double", agrees = "logical"
  ),
  lcrisk_models = c(
    fingerprint = "character", learner = "character", n = "double",
    saved_at = "character", sha256 = "character", bytes = "character"
  ),
  lcrisk_model_names = c(name = "character", version = "integer",
                         fingerprint = "character", named_at = "character"),
  lcrisk_score_batches = c(batch = "integer", fingerprint = "character",
                           data = "character", n = "double", scored_at = "character"),
  lcrisk_scores = c(batch = "integer", row = "integer", id = "double", prob = "double"),
  lcrisk_loans = c(import = "integer", row = "integer"),
  lcrisk_rejected = c(import = "integer", row = "integer")
)

# What a database makes sure of: no import, model or batch twice
store_keys <- list(
  lcrisk_store = "name", lcrisk_imports = "import", lcrisk_fields = c("kind", "field"),
  lcrisk_columns = c("import", "position"),
  lcrisk_levels = c("import", "field", "position"), lcrisk_models = "fingerprint",
  lcrisk_model_names = c("name", "version"), lcrisk_score_batches = "batch",
  lcrisk_scores = c("batch", "row")
)

make_store_tables <- function(con) {
  if (DBI::dbExistsTable(con, "lcrisk_store")) return(check_store_format(con))
  DBI::dbBegin(con)
  done <- FALSE
  on.exit(if (!done) try(DBI::dbRollback(con), silent = TRUE))
  for (name in names(store_tables)) {
    columns <- paste(quote_name(con, names(store_tables[[name]])),
                     sql_types[store_tables[[name]]])
    key <- store_keys[[name]]
    if (length(key)) {
      columns <- c(columns, sprintf("PRIMARY KEY (%s)",
                                    paste(quote_name(con, key), collapse = ", ")))
    }
    run_sql(con, "CREATE TABLE IF NOT EXISTS ", name, " (",
            paste(columns, collapse = ", "), ")")
  }
  append_rows(con, "lcrisk_store", list(name = c("format", "writes"),
                                        value = c(STORE_FORMAT, 0)))
  DBI::dbCommit(con)
  done <- TRUE
}

check_store_format <- function(con, call = caller_env()) {
  format <- read_table(con, "lcrisk_store", "name = 'format'")[["value"]]
  if (format > STORE_FORMAT) {
    lcrisk_abort(
      "schema", "too_new",
      sprintf("The store has format %d; this version of lcrisk knows format %d.",
              format, STORE_FORMAT), cure = "Use a newer lcrisk.", call = call
    )
  }
}

# `rows`: a list of equally long columns, in the types of `types`
append_rows <- function(con, table, rows, types = store_tables[[table]]) {
  if (!length(rows[[1L]])) return(invisible())
  native <- keeps_bits(con)
  rows <- Map(to_sql, rows[names(types)], types, MoreArgs = list(native = native))
  written <- DBI::dbWriteTable(con, table, as.data.frame(rows, optional = TRUE),
                               append = TRUE, row.names = FALSE)
  # some drivers only warn
  if (!isTRUE(written)) stop(sprintf("rows could not be appended to %s", table))
}

# A small table or part of one, typed
read_table <- function(con, table, where = NULL, order = NULL) {
  types <- store_tables[[table]]
  rows <- ask_sql(
    con, "SELECT ", paste(quote_name(con, names(types)), collapse = ", "), " FROM ",
    table, if (length(where)) c(" WHERE ", where),
    if (length(order)) c(" ORDER BY ", paste(quote_name(con, order), collapse = ", "))
  )
  for (name in names(types)) {
    set(rows, j = name, value = from_sql(rows[[name]], types[[name]]))
  }
  rows
}

quote_name <- function(con, name) as.character(DBI::dbQuoteIdentifier(con, name))

quote_text <- function(con, text) as.character(DBI::dbQuoteString(con, text))

# ---- printing ----

#' @rdname lcrisk_store
#' @export
as.data.table.lcrisk_store <- function(x, ...) {
  check_dots_empty(...)
  with_store(check_store(x), function(con) {
    read_table(con, "lcrisk_imports", order = "import")
  })
}

#' @export
format.lcrisk_store <- function(x, ...) {
  with_store(check_store(x), function(con) {
    c(
      sprintf("<lcrisk_store> %s", store_name(x)),
      format_imports(read_table(con, "lcrisk_imports", order = "import")),
      format_registry(con),
      "Next: lcrisk_save_loans(store, \"LoanStats3a.csv.zip\"), lcrisk_load_loans(store)"
    )
  })
}

store_name <- function(store) {
  if (is.null(store$connection)) return(sprintf("SQLite file %s", store$path))
  sprintf("connection of class %s", class(store$connection)[1L])
}

format_imports <- function(imports) {
  vapply(c("loans", "rejected"), function(kind) {
    of_kind <- imports[["kind"]] == kind
    mine <- imports[of_kind]
    snapshots <- unique(mine[["snapshot"]])
    dated <- sort(snapshots[!is.na(snapshots)])
    line <- sprintf("  %-9s%s in %s%s", kind, count_of(sum(mine[["n"]]), "row"),
                    count_of(nrow(mine), "import"),
                    if (length(dated)) paste0(", snapshots ", month_list(dated)) else "")
    if (nrow(mine)) line else sprintf("  %-9snone", kind)
  }, "", USE.NAMES = FALSE)
}

month_list <- function(dates) {
  if (length(dates) > 3L) {
    return(sprintf("%s to %s (%d)", month_text(dates[1L]),
                   month_text(dates[length(dates)]), length(dates)))
  }
  paste(month_text(dates), collapse = ", ")
}

format_registry <- function(con) {
  counts <- ask_sql(con, "SELECT (SELECT COUNT(*) FROM lcrisk_models) AS models, ",
                    "(SELECT COUNT(*) FROM lcrisk_score_batches) AS batches")
  names <- unique(read_table(con, "lcrisk_model_names", order = "name")[["name"]])
  named <- if (length(names)) sprintf(" (%s)", paste(utils::head(names, 5L),
                                                     collapse = ", ")) else ""
  c(sprintf("  models   %d%s", as.integer(counts[["models"]]), named),
    sprintf("  scores   %s", count_of(as.integer(counts[["batches"]]), "batch")))
}

#' @export
print.lcrisk_store <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}
