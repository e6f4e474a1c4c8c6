# The class of a table of loans: it keeps its ledger, and its print says what was read.

new_loans <- function(table, ledger, kind) {
  setalloccol(table)
  setattr(table, "class", c(paste0("lcrisk_", kind), "data.table", "data.frame"))
  setattr(table, "ledger", ledger)
  table
}

# data.table's `[`. A choice of rows or of whole columns stays what it was, with the
# ledger brought up to date; a summary becomes a plain data.table.
#' @export
`[.lcrisk_loans` <- function(x, ...) {
  call <- match.call(function(x, i, j, ...) NULL, sys.call())
  has_j <- !is.null(call$j) && !identical(call$j, quote(expr = ))
  has_i <- !is.null(call$i) && !identical(call$i, quote(expr = ))
  if (has_j && is.call(call$j) && identical(call$j[[1L]], quote(`:=`))) {
    out <- NextMethod()
    state$assigned <- address(out)
    return(out)
  }
  before <- nrow(x)
  out <- NextMethod()
  if (!is.data.table(out)) return(out)
  whole <- !has_j || (!has_i && nrow(out) == before && is.null(call$by) &&
                        is.null(call$keyby) && all(names(out) %in% names(x)))
  kept <- setdiff(names(attributes(x)), ordinary_attributes)
  if (!whole) {
    setattr(out, "class", c("data.table", "data.frame"))
    for (name in kept) setattr(out, name, NULL)
    return(out)
  }
  for (name in kept) setattr(out, name, attr(x, name, exact = TRUE))
  setattr(out, "class", class(x))
  ledger <- attr(x, "ledger", exact = TRUE)
  if (!is.null(ledger)) setattr(out, "ledger", ledger_subset(ledger, nrow(out)))
  out
}

#' @export
`[.lcrisk_rejected` <- `[.lcrisk_loans`

ordinary_attributes <- c("names", "row.names", "class", ".internal.selfref", "sorted",
                         "index")

#' Print loans
#'
#' @param x What [lcrisk_read()] returned.
#' @param ... Passed to data.table's own print when there are at most ten rows.
#' @return `format()`: character, at most ten lines. `print()`: `x`, invisibly. Up to ten
#'   rows are printed as such; to see rows of a larger table, use `x[1:10]`.
#' @examples
#' path <- tempfile(fileext = ".csv")
#' writeLines(c("id,loan_amnt,issue_d", "1,5000,Dec-2011", "2,2500,Nov-2011"), path)
#' loans <- lcrisk_read(path)
#' format(loans)
#' loans[1]
#' @name lcrisk_loans
#' @keywords internal
NULL

#' @rdname lcrisk_loans
#' @export
format.lcrisk_loans <- function(x, ...) {
  ledger <- attr(x, "ledger", exact = TRUE)
  c(
    sprintf("<lcrisk_loans> %s loans, %d columns%s", count_words(nrow(x)), ncol(x),
            if (!is.null(x[["issue_d"]])) {
              paste(", issued", month_range_text(x[["issue_d"]]))
            } else ""),
    format_source(ledger),
    format_footer(attr(ledger, "footer", exact = TRUE)),
    format_statuses(x),
    format_policy(x),
    format_remarks(attr(ledger, "notes", exact = TRUE)),
    "Next: loans <- lcrisk_outcome(loans); lcrisk_ledger(loans) tells where lines went"
  )
}

#' @rdname lcrisk_loans
#' @export
format.lcrisk_rejected <- function(x, ...) {
  ledger <- attr(x, "ledger", exact = TRUE)
  c(
    sprintf("<lcrisk_rejected> %s rejected applications, %d columns", count_words(nrow(x)),
            ncol(x)),
    format_source(ledger),
    format_remarks(attr(ledger, "notes", exact = TRUE)),
    "lcrisk_ledger() tells where lines went"
  )
}

format_source <- function(ledger) {
  lines <- attr(ledger, "lines", exact = TRUE)
  of_class <- function(what) {
    rows <- ledger[["step"]] == "read" & ledger[["class"]] %in% what
    sum(ledger[["n"]][rows])
  }
  from <- names(lines)
  from <- if (length(from) > 3L) sprintf("%d files", length(from)) else paste(from, collapse = ", ")
  kept <- of_class("kept")
  rejected <- of_class("rejected")
  sprintf("  %s: %s records = %s kept + %s not data + %s rejected", from,
          count_words(sum(lines)), count_words(kept),
          count_words(sum(lines) - kept - rejected), count_words(rejected))
}

format_footer <- function(footer) {
  if (is.null(footer) || !nrow(footer)) return("  no footer to check the amounts against")
  known <- footer[!is.na(footer[["agrees"]])]
  if (!nrow(known)) return("  footer not checked: `funded_amnt` or `policy_code` is missing")
  wrong <- sum(!known[["agrees"]])
  if (!wrong) {
    return(sprintf("  footer agrees: %s USD funded",
                   formatC(sum(known[["stated"]]), format = "f", digits = 0, big.mark = ",")))
  }
  sprintf("  footer does not agree: %d of %d amounts differ from the sum of `funded_amnt`",
          wrong, nrow(known))
}

format_statuses <- function(x) {
  status <- x[["loan_status"]]
  if (is.null(status)) return(NULL)
  n <- sort(table(status), decreasing = TRUE)
  n <- n[n > 0]
  more <- length(n) - 4L
  shown <- utils::head(n, 4L)
  paste0("  ", paste(names(shown), vapply(shown, count_words, ""), collapse = ", "),
         if (more > 0L) sprintf(", %d more", more) else "")
}

format_policy <- function(x) {
  meets <- x[["meets_policy"]]
  n <- if (is.null(meets)) 0L else sum(!meets, na.rm = TRUE)
  if (n == 0L) return(NULL)
  sprintf("  %s loans do not meet the credit policy (`meets_policy`)", count_words(n))
}

format_remarks <- function(notes) {
  if (is.null(notes) || !nrow(notes)) return(NULL)
  n <- tapply(notes[["n"]], notes[["kind"]], sum)
  n <- sort(n, decreasing = TRUE)
  paste0("  noted: ", paste(names(n), vapply(n, count_words, ""), collapse = ", "))
}

#' @rdname lcrisk_loans
#' @export
print.lcrisk_loans <- function(x, ...) {
  if (nrow(x) <= 10L || is.null(attr(x, "ledger", exact = TRUE))) return(NextMethod())
  # `loans[, y := 1]` at the prompt prints nothing: R makes what `[` returns visible,
  # whatever the method says, so it has to be caught here, as data.table does.
  assigned <- identical(state$assigned, address(x)) && sys.nframe() <= 2L
  state$assigned <- NULL
  if (assigned) return(invisible(x))
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_loans
#' @export
print.lcrisk_rejected <- print.lcrisk_loans

# ---- warnings ----

# One warning for each kind of oddity, with the number of lines or cells and where.
warn_about <- function(ledger, files, n_rows) {
  warn_lines(ledger)
  notes <- attr(ledger, "notes", exact = TRUE)
  warn_notes(notes, "bad_cell", "bad_cells",
             "%s cells do not follow the grammar of their column and are missing now: %s.")
  warn_notes(notes, "encoding_repaired", "encoding_repaired",
             "%s texts were no UTF-8 and were repaired: %s.")
  warn_notes(notes, "impossible_date", "impossible_date",
             "%s dates cannot be right (kept): %s.")
  warn_notes(notes, "duplicate_id", "duplicate_id",
             "%s loans were there before (same `id`, `issue_d` and `loan_amnt`): %s.")
  warn_notes(notes, "id_of_several_loans", "duplicate_id",
             "%s loans share an id with another loan (kept): %s.")
  warn_missing_id(notes, files)
  warn_footer(attr(ledger, "footer", exact = TRUE))
  unknown <- unique(unlist(lapply(files, `[[`, "unknown")))
  if (length(unknown)) {
    lcrisk_warn("schema", "unknown_column",
                sprintf("%d columns are not in the schema; they are kept: %s.",
                        length(unknown), quoted(unknown)), columns = unknown)
  }
  if (n_rows == 0L) lcrisk_warn("data", "no_rows", "The files hold no loans.", n = 0)
}

warn_notes <- function(notes, wanted_kind, code, message) {
  mine <- notes[notes[["kind"]] == wanted_kind]
  if (!nrow(mine)) return(invisible())
  n <- tapply(mine[["n"]], factor(mine[["column"]], unique(mine[["column"]])), sum)
  each <- sprintf("`%s` %s", names(n), vapply(n, count_words, ""))
  if (length(each) > 5L) each <- c(each[1:5], sprintf("%d more columns", length(each) - 5L))
  lcrisk_warn("data", code,
              sprintf(message, count_words(sum(n)), paste(each, collapse = ", ")),
              cure = "`attr(lcrisk_ledger(loans), \"notes\")` lists them.", n = sum(n))
}

warn_lines <- function(ledger) {
  rejected <- ledger[["class"]] == "rejected"
  if (!any(rejected)) return(invisible())
  cut <- rejected & ledger[["reason"]] == "truncated_last_row"
  if (any(cut)) {
    lcrisk_warn("data", "truncated_last_row",
                sprintf("The last line is cut off in %s.", quoted(ledger[["file"]][cut])),
                cure = "The file is not complete: download it again.", n = sum(cut))
  }
  n <- tapply(ledger[["n"]][rejected], ledger[["reason"]][rejected], sum)
  first <- attr(ledger, "rejected", exact = TRUE)
  lcrisk_warn(
    "data", "rejected_lines",
    sprintf("%s lines were rejected (%s), the first at line %s of `%s`.", count_words(sum(n)),
            paste(names(n), vapply(n, count_words, ""), collapse = ", "),
            count_words(first[["line"]][1L]), first[["file"]][1L]),
    cure = "`attr(lcrisk_ledger(loans), \"rejected\")` lists the first 20 of each file.",
    n = sum(n), lines = first
  )
}

# Single gaps are in the ledger's notes; a whole file without ids is worth a warning.
warn_missing_id <- function(notes, files) {
  mine <- notes[notes[["kind"]] == "missing_id"]
  rows <- vapply(files, `[[`, 0, "n_rows")
  names <- vapply(files, `[[`, "", "file")
  whole <- mine[["n"]] == rows[match(mine[["file"]], names)]
  if (!any(whole)) return(invisible())
  lcrisk_warn("data", "missing_id",
              sprintf("No loan in %s has an id; they are numbered -1, -2, ...",
                      quoted(mine[["file"]][whole])), n = sum(mine[["n"]][whole]))
}

warn_footer <- function(footer) {
  wrong <- footer[footer[["agrees"]] %in% FALSE]
  if (!nrow(wrong)) return(invisible())
  amount <- function(x) formatC(x, format = "f", digits = 0, big.mark = ",")
  lcrisk_warn(
    "data", "footer_mismatch",
    sprintf("`%s` states %s USD funded in policy code %d; its rows add up to %s.",
            wrong[["file"]][1L], amount(wrong[["stated"]][1L]), wrong[["policy_code"]][1L],
            amount(wrong[["found"]][1L])),
    cure = "Rows are missing or were rejected: see `lcrisk_ledger()`.", n = nrow(wrong)
  )
}
