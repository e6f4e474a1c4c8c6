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
  call <- bracket_call(sys.call())
  out <- NextMethod()
  if (!is.data.table(out) || is_assignment(call$j)) return(out)
  kept <- setdiff(names(attributes(x)), ordinary_attributes)
  if (!is_selection(call) || !all(names(out) %in% names(x))) {
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
#' @return `format()`: character, at most ten lines. `print()`: `x`, invisibly. Up to
#'   ten rows are printed as such; to see rows of a larger table, use `x[1:10]`.
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
  issued <- x[["issue_d"]]
  c(
    sprintf("<lcrisk_loans> %s, %s%s", count_of(nrow(x), "loan"),
            count_of(ncol(x), "column"),
            if (is.null(issued)) "" else paste0(", issued ", month_range_text(issued))),
    format_source(ledger),
    format_later(ledger),
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
    sprintf("<lcrisk_rejected> %s, %s", count_of(nrow(x), "rejected application"),
            count_of(ncol(x), "column")),
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
  from <- paste(names(lines), collapse = ", ")
  if (length(lines) > 3L) from <- sprintf("%d files", length(lines))
  kept <- of_class("kept")
  rejected <- of_class("rejected")
  sprintf("  %s: %s records = %s kept + %s not data + %s rejected", from,
          count_words(sum(lines)), count_words(kept),
          count_words(sum(lines) - kept - rejected), count_words(rejected))
}

# What later steps took out, so that the number of loans follows from the line before
format_later <- function(ledger) {
  if ("dropped" %in% ledger[["class"]]) paste0("  ", format_drops(ledger))
}

format_footer <- function(footer) {
  if (is.null(footer) || !nrow(footer)) return("  no footer to check the amounts against")
  known <- footer[!is.na(footer[["agrees"]])]
  if (!nrow(known)) return("  footer not checked: amounts or policy codes are missing")
  wrong <- sum(!known[["agrees"]])
  if (!wrong) {
    return(sprintf("  footer agrees: %s USD funded", amount_text(sum(known[["stated"]]))))
  }
  sprintf("  footer does not agree: %d of %d amounts are not the sum of `funded_amnt`",
          wrong, nrow(known))
}

amount_text <- function(x) formatC(x, format = "f", digits = 0, big.mark = ",")

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
  sprintf("  outside the credit policy (`meets_policy`): %s", count_of(n, "loan"))
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
  if (!was_assigned(x)) cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname lcrisk_loans
#' @export
print.lcrisk_rejected <- print.lcrisk_loans
