# Loans out of a store: which imports, which rows of them, which columns.

#' Load loans from a store
#'
#' Gives back what [lcrisk_save_loans()] stored, as [lcrisk_read()] would have returned
#' it: types, levels, order and ledger. Where the same loan was imported in several
#' states, one of them is read, and the others are counted in the ledger.
#'
#' @param store What [lcrisk_store()] returned.
#' @param issued NULL for all loans, or two months, first and last, of `issue_d`: dates or
#'   text such as `c("2009-01", "2010-12")`. For rejected applications the days of
#'   `application_date`.
#' @param select NULL for all columns, or a character vector of names. The rows and the
#'   ledger do not depend on it; only these columns leave the database.
#' @param snapshot NULL for the latest state of each loan, or a month: the state as it was
#'   known then, from imports whose snapshot is not later.
#' @param kind `"loans"` or `"rejected"`.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A `lcrisk_loans` (or `lcrisk_rejected`) as [lcrisk_read()] returns it, in the
#'   order of the imports and of the rows in them. One import alone comes back identical,
#'   ledger included. Columns that an import did not have are missing in its rows; levels
#'   of several imports are put together in byte order.
#' @details
#' The same loan is one with the same `id`, `issue_d` and `loan_amnt`, as for
#' [lcrisk_read()]. Of several states the one with the latest snapshot is read; of two
#' with the same snapshot the one imported last, so a corrected file wins. Loans without
#' an id of their own (negative numbers) are never taken for each other.
#'
#' The ledger has the steps of the imports, added up, and the step `"store"` with the
#' loans that were left in the database: `"issued outside the months asked for"` and
#' `"another state of the loan is read"`. Imports that are later than `snapshot` are not
#' looked at and not in the ledger.
#' @section Errors: `lcrisk_error_input` with the code `empty_store` when there is no
#'   import (up to `snapshot`), `lcrisk_error_schema` (`missing_column`) for columns that
#'   no import has.
#' @examples
#' if (requireNamespace("RSQLite", quietly = TRUE)) {
#'   store <- lcrisk_store(tempfile(fileext = ".sqlite"))
#'   small <- system.file("extdata", "loans-small.csv.gz", package = "lcrisk")
#'   lcrisk_save_loans(store, small)
#'   lcrisk_load_loans(store, issued = c("2009-01", "2010-12"), select = c("id", "grade"))
#' }
#' @export
lcrisk_load_loans <- function(store, issued = NULL, select = NULL, snapshot = NULL,
                              kind = "loans", ...) {
  check_call(...)
  check_store(store)
  kind <- check_choice(kind, c("loans", "rejected"))
  issued <- check_issued(issued, kind)
  select <- check_select(select)
  if (!is.null(snapshot)) snapshot <- check_month(snapshot)
  with_store(store, function(con) {
    imports <- wanted_imports(con, kind, snapshot)
    layout <- import_layout(con, kind, imports[["import"]])
    check_stored(select, layout)
    rows <- wanted_rows(con, kind, imports, issued, layout)
    ledger <- store_ledger(con, imports, rows)
    columns <- load_columns(con, kind, imports, issued, layout, rows, select)
    new_loans(setDT(columns)[], ledger, kind)
  })
}

check_issued <- function(issued, kind, call = caller_env()) {
  if (is.null(issued)) return(NULL)
  if (length(issued) != 2L) {
    abort_argument("issued", "NULL or two months, the first and the last", issued, call)
  }
  first <- check_day(issued[[1L]], "issued", call)
  last <- check_day(issued[[2L]], "issued", call)
  if (kind == "loans") {
    first <- check_month(first, "issued", call)
    last <- check_month(last, "issued", call)
  }
  if (first > last) {
    lcrisk_abort("input", "bad_argument", "`issued` must have the earlier month first.",
                 arg = "issued", call = call)
  }
  c(first, last)
}

wanted_imports <- function(con, kind, snapshot, call = caller_env()) {
  imports <- read_table(con, "lcrisk_imports", sprintf("kind = '%s'", kind), "import")
  n_all <- nrow(imports)
  if (!is.null(snapshot)) {
    known_then <- is.na(imports[["snapshot"]]) | imports[["snapshot"]] <= snapshot
    imports <- imports[known_then]
  }
  set(imports, j = "whole", value = nrow(imports) == n_all)
  if (nrow(imports)) return(imports)
  lcrisk_abort(
    "input", "empty_store",
    if (n_all) sprintf("The store has no snapshot up to %s.", month_text(snapshot))
    else sprintf("The store holds no %s.", if (kind == "loans") "loans"
                 else "rejected applications"),
    cure = "Add files with `lcrisk_save_loans()`.", call = call
  )
}

# One row per column of the imports together, in the order of their first appearance:
# field, name, type; `levels`, a list by field
import_layout <- function(con, kind, import) {
  fields <- read_table(con, "lcrisk_fields", sprintf("kind = '%s'", kind))
  columns <- read_table(con, "lcrisk_columns", import_condition(import),
                        c("import", "position"))
  layout <- fields[match(unique(columns[["field"]]), fields[["field"]])]
  levels <- read_table(con, "lcrisk_levels", import_condition(import),
                       c("import", "field", "position"))
  list(
    field = layout[["field"]], name = layout[["name"]], type = layout[["type"]],
    levels = lapply(split(levels, factor(levels[["field"]], layout[["field"]])),
                    joint_levels)
  )
}

# As bind_files() in R/data-read.R joins the levels of several files
joint_levels <- function(levels) {
  if (length(unique(levels[["import"]])) < 2L) return(levels[["level"]])
  sort(unique(levels[["level"]]), method = "radix")
}

import_condition <- function(import) {
  sprintf("import IN (%s)", paste(import, collapse = ", "))
}

check_stored <- function(select, layout, call = caller_env()) {
  absent <- setdiff(select, layout$name)
  if (!length(absent)) return(invisible())
  lcrisk_abort(
    "schema", "missing_column",
    sprintf("The store lacks the column%s %s.", if (length(absent) > 1L) "s" else "",
            quoted(absent)),
    cure = cure_absent(absent, layout$name), columns = absent, call = call
  )
}

# ---- rows ----

date_field <- c(loans = "issue_d", rejected = "application_date")

loan_key <- c("id", "issue_d", "loan_amnt")

# Where clause for the imports and months; empty when it is all there is
row_condition <- function(con, kind, imports, issued, layout) {
  conditions <- if (!imports[["whole"]][1L]) import_condition(imports[["import"]])
  if (!is.null(issued)) {
    if (!date_field[[kind]] %in% layout$field) abort_undated(kind)
    days <- vapply(format(as.Date(issued)), function(d) quote_text(con, d), "")
    conditions <- c(conditions, sprintf("%s BETWEEN %s AND %s", date_field[[kind]],
                                        days[1L], days[2L]))
  }
  if (length(conditions)) paste(conditions, collapse = " AND ")
}

abort_undated <- function(kind, call = caller_env()) {
  lcrisk_abort("schema", "missing_column",
               sprintf("The store lacks the column `%s`.", date_field[[kind]]),
               cure = "Leave `issued` out.", columns = date_field[[kind]], call = call)
}

# Counts, and which rows are read where it is not all that match the condition: `chosen`
# is NULL or a data.table of import and row in order.
wanted_rows <- function(con, kind, imports, issued, layout) {
  where <- row_condition(con, kind, imports, issued, layout)
  total <- sum(imports[["n"]])
  if (kind == "rejected" || nrow(imports) == 1L) {
    n <- if (is.null(issued)) total
    else as.double(ask_sql(con, "SELECT COUNT(*) AS n FROM lcrisk_", kind, " WHERE ",
                           where)[["n"]])
    return(list(total = total, outside = total - n, other = 0, chosen = NULL))
  }
  key <- intersect(loan_key, layout$field)
  rows <- ask_sql(con, "SELECT ", paste(c("import", quote_name(con, c("row", key))),
                                        collapse = ", "),
                  " FROM lcrisk_loans", if (length(where)) c(" WHERE ", where))
  older <- has_later_state(rows, imports, key)
  place <- c("import", "row")
  chosen <- if (any(older)) setorderv(rows[!older, place, with = FALSE], place)
  list(total = total, outside = total - nrow(rows), other = sum(older), chosen = chosen)
}

# Is there another state of the loan in an import that wins?
has_later_state <- function(rows, imports, key) {
  snapshot <- as.integer(imports[["snapshot"]])
  snapshot[is.na(snapshot)] <- -.Machine$integer.max
  rank <- order(order(snapshot, imports[["import"]]))
  at <- rank[match(rows[["import"]], imports[["import"]])]
  own <- rows[["id"]] < 0
  groups <- rows[, key, with = FALSE]
  set(groups, j = "rank", value = at)
  best <- groups[, list(best = max(rank)), by = key]
  !own & at < best[groups, on = key][["best"]]
}

utils::globalVariables("rank")

# ---- columns ----

load_columns <- function(con, kind, imports, issued, layout, rows, select) {
  wanted <- if (is.null(select)) seq_along(layout$field)
  else sort(match(select, layout$name))
  field <- layout$field[wanted]
  where <- row_condition(con, kind, imports, issued, layout)
  columns <- as.list(ask_sql(
    con, "SELECT ", paste(quote_name(con, c("import", "row", field)), collapse = ", "),
    " FROM lcrisk_", kind, if (length(where)) c(" WHERE ", where)
  ))
  take <- row_order(columns[["import"]], columns[["row"]], rows$chosen)
  columns[c("import", "row")] <- NULL
  names(columns) <- layout$name[wanted]
  for (j in seq_along(columns)) {
    column <- columns[[j]]
    if (!is.null(take)) column <- column[take]
    columns[[j]] <- from_sql(column, layout$type[wanted[j]], layout$levels[[field[j]]])
  }
  columns
}

# A database promises no order, and most keep it. NULL when the rows stand as wanted.
row_order <- function(import, row, chosen) {
  if (!is.null(chosen)) {
    place <- as.double(import) * 2^31 + row
    return(match(chosen[["import"]] * 2^31 + chosen[["row"]], place))
  }
  place <- as.double(import) * 2^31 + row
  if (is.unsorted(place)) order(place)
}

# ---- the ledger ----

store_ledger <- function(con, imports, rows) {
  number <- imports[["import"]]
  read <- function(table) {
    out <- read_table(con, table, import_condition(number), c("import", "position"))
    set(out, j = "position", value = NULL)
  }
  plain <- function(table) set(read(table), j = "import", value = NULL)
  steps <- add_up_steps(read("lcrisk_ledger"))
  lines <- plain("lcrisk_ledger_lines")
  ledger <- new_ledger(
    stats::setNames(lines[["n"]], lines[["file"]]), as.list(steps),
    plain("lcrisk_ledger_rejected"), plain("lcrisk_ledger_notes"),
    plain("lcrisk_ledger_footer"), step = steps[["step"]]
  )
  dropped <- rows$outside + rows$other
  if (dropped == 0) return(ledger)
  ledger_add(
    ledger, "store", class = c("dropped", "dropped", "kept"),
    reason = c("issued outside the months asked for", "another state of the loan is read",
               NA),
    n = c(rows$outside, rows$other, rows$total - dropped)
  )
}

# The steps of several imports as one ledger: an import without a step kept in it what it
# had.
add_up_steps <- function(ledger) {
  imports <- unique(ledger[["import"]])
  if (length(imports) == 1L) return(set(ledger, j = "import", value = NULL))
  kept <- numeric(length(imports))
  steps <- split(ledger, by = "step")
  for (name in names(steps)) {
    rows <- steps[[name]]
    still <- rows[rows[["class"]] == "kept"]
    for (i in which(imports %in% still[["import"]])) {
      kept[i] <- sum(still[["n"]][still[["import"]] == imports[i]])
    }
    set(rows, j = "import", value = NULL)
    if (name != "read") {
      steps[[name]] <- rbind(add_alike(rows[rows[["class"]] != "kept"]),
                             list(name, "kept", NA, NA, sum(kept)))
    }
  }
  rbindlist(steps)
}

add_alike <- function(rows) {
  by <- c("step", "class", "reason", "file")
  rows[, list(n = sum(n)), by = by]
}
