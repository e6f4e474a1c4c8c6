# The ledger is a data.table (step, class, reason, file, n) that rides on a table
# of loans as the attribute "ledger". Two laws hold after every change, and
# ledger_add() stops when they do not:
#
#   first step:   lines read      = the sum of n over all classes
#   later steps:  kept before + added = kept + dropped
#
# Its own attributes: `lines` (records counted by the scanner, one per file, apart
# from the classes), `rejected`, `notes` and `footer`, each a data.table.

utils::globalVariables("n")

#' Where every line of a file and every loan went
#'
#' Each record of each file read by [lcrisk_read()] is in exactly one class, and
#' each later verb that sets loans aside adds a step that says how many and why. The
#' counts always add up: records read = kept + not data + rejected, and for each later
#' step, loans before = loans kept + loans dropped.
#'
#' @param x What [lcrisk_read()] returned, or what a later verb made of it.
#' @param ... Nothing else: an unknown argument is an error.
#' @return A data.table of class `lcrisk_ledger`:
#'   * `step` character: `"read"`, then the verbs that dropped loans, in order.
#'   * `class` character: in step `"read"` one of `kept`, `banner`, `header`,
#'     `section`, `footer`, `blank`, `repeated_header`, `rejected`; in later steps
#'     `kept`, `dropped` or `added` (rows repeated by hand).
#'   * `reason` character: why a line was rejected or a loan dropped.
#'   * `file` character: the file's name, in step `"read"`.
#'   * `n` double: records or loans.
#'
#'   Four attributes tell more: `lines` (records per file, counted apart from the
#'   classes), `rejected` (data.table: `file`, `line`, `reason` of the first 20 rejected
#'   lines of each file; never a cell's value), `notes` (data.table: `file`, `column`,
#'   `kind`, `n`, `first_line` of cells and columns that were repaired or set aside) and
#'   `footer` (data.table: `file`, `policy_code`, `stated`, `found`, `agrees`: the
#'   amount funded that the file states against the reader's own sum).
#' @section Errors: `lcrisk_error_input` (code `no_ledger`) when `x` does not come from
#'   [lcrisk_read()].
#' @examples
#' path <- tempfile(fileext = ".csv")
#' writeLines(c("id,loan_amnt,issue_d", "1,5000,Dec-2011", "2,oops"), path)
#' loans <- suppressWarnings(lcrisk_read(path))
#' lcrisk_ledger(loans)
#' attr(lcrisk_ledger(loans), "rejected")
#' @export
lcrisk_ledger <- function(x, ...) {
  check_call(...)
  ledger <- attr(x, "ledger", exact = TRUE)
  if (is.null(ledger)) {
    lcrisk_abort(
      "input", "no_ledger", sprintf("`x` carries no ledger: it is %s.", found(x)),
      cure = "Give what `lcrisk_read()` returned, or what a later verb made of it.",
      arg = "x"
    )
  }
  copy(ledger)  # so that `:=` on the answer never reaches the loans
}

ledger_attributes <- c("lines", "rejected", "notes", "footer")

# `lines` is a named count per file; `rows` a list of class, reason, file and n.
new_ledger <- function(lines, rows, rejected = no_rejected(), notes = no_notes(),
                       footer = no_footer(), step = "read") {
  ledger <- data.table(
    step = step, class = as.character(rows$class), reason = as.character(rows$reason),
    file = as.character(rows$file), n = as.double(rows$n)
  )
  setattr(ledger, "class", c("lcrisk_ledger", class(ledger)))
  setattr(ledger, "lines", lines)
  setattr(ledger, "rejected", rejected)
  setattr(ledger, "notes", notes)
  setattr(ledger, "footer", footer)
  check_ledger(ledger)
}

no_rejected <- function() {
  data.table(file = character(), line = double(), reason = character())
}

no_notes <- function() {
  data.table(file = character(), column = character(), kind = character(), n = double(),
             first_line = double())
}

no_footer <- function() {
  data.table(file = character(), policy_code = integer(), stated = double(),
             found = double(), agrees = logical())
}

# For a table that did not come from a file: `n` rows, all kept.
start_ledger <- function(n, step = "given") {
  rows <- list(class = "kept", reason = NA, file = NA, n = n)
  new_ledger(c(table = as.double(n)), rows, step = step)
}

# Appends a step to a ledger and returns the new ledger; the old one is untouched.
#
# `class`, `reason` and `n` are equally long (or of length 1): one entry per reason
# for "dropped" rows, and one "kept" with reason NA. They must account for every loan
# that the last step kept; entries with n = 0 are left out, except "kept". A step that
# happens twice is named "outcome", "outcome 2".
#
#   ledger <- ledger_add(ledger, "outcome",
#                        class = c("dropped", "dropped", "kept"),
#                        reason = c("policy exception", "not matured", NA),
#                        n = c(2749, 0, 39786))
ledger_add <- function(ledger, step, class, reason, n) {
  added <- data.table(step = fresh_step(ledger, step), class = as.character(class),
                      reason = as.character(reason), file = NA_character_,
                      n = as.double(n))
  added <- added[n > 0 | class == "kept"]
  grown <- rbind(plain_ledger(ledger), added)
  setattr(grown, "class", class(ledger))
  for (name in ledger_attributes) setattr(grown, name, attr(ledger, name, exact = TRUE))
  check_ledger(grown)
}

fresh_step <- function(ledger, step) {
  taken <- unique(ledger[["step"]])
  if (!step %in% taken) return(step)
  setdiff(paste(step, seq(2L, length(taken) + 1L)), taken)[1L]
}

# Without the class, so that data.table's own verbs apply
plain_ledger <- function(ledger) {
  plain <- copy(ledger)
  setattr(plain, "class", c("data.table", "data.frame"))
  plain
}

# Loans that the last step kept
ledger_kept <- function(ledger) {
  is_last <- ledger[["step"]] == ledger[["step"]][nrow(ledger)]
  sum(ledger[["n"]][is_last & ledger[["class"]] == "kept"])
}

# Rows chosen by hand, with `[`: a step of its own
ledger_subset <- function(ledger, n_rows) {
  before <- ledger_kept(ledger)
  if (n_rows == before) return(ledger)
  ledger_add(
    ledger, "subset", class = c(if (n_rows < before) "dropped" else "added", "kept"),
    reason = c("rows chosen by hand", NA), n = c(abs(before - n_rows), n_rows)
  )
}

check_ledger <- function(ledger) {
  before <- sum(attr(ledger, "lines", exact = TRUE))
  for (name in unique(ledger[["step"]])) {
    rows <- ledger[["step"]] == name
    of_class <- function(what) sum(ledger[["n"]][rows & ledger[["class"]] == what])
    given <- before + 2 * of_class("added")
    if (sum(ledger[["n"]][rows]) != given) {
      lcrisk_abort(
        "internal", "ledger",
        sprintf("The ledger does not add up at step `%s`: %s given, %s accounted for.",
                name, format(given), format(sum(ledger[["n"]][rows]))),
        cure = "This is a bug in lcrisk: please report it.", call = NULL
      )
    }
    before <- of_class("kept")
  }
  ledger
}

#' @export
format.lcrisk_ledger <- function(x, ...) {
  lines <- attr(x, "lines", exact = TRUE)
  title <- sprintf("<lcrisk_ledger> %s records of %d file%s, every one accounted for",
                   count_words(sum(lines)), length(lines),
                   if (length(lines) > 1L) "s" else "")
  steps <- unique(x[["step"]])
  body <- vapply(steps, format_step, "", ledger = plain_ledger(x))
  c(title, paste0("  ", format(steps), "  ", body))
}

format_step <- function(step, ledger) {
  chosen <- ledger[["step"]] == step
  rows <- ledger[chosen]
  total <- tapply(rows[["n"]], factor(rows[["class"]], unique(rows[["class"]])), sum)
  words <- paste(names(total), vapply(total, count_words, ""))
  has_reason <- !is.na(rows[["reason"]])
  why <- rows[has_reason]
  if (nrow(why)) {
    by <- tapply(why[["n"]], why[["reason"]], sum)
    by <- utils::head(by[order(-by)], 5L)
    words <- c(words, paste0("(", paste(names(by), vapply(by, count_words, ""),
                                        collapse = ", "), ")"))
  }
  paste(words, collapse = " \u00b7 ")
}

count_words <- function(n) {
  formatC(n, format = "d", big.mark = ",")
}

#' @export
print.lcrisk_ledger <- function(x, ...) {
  if (!all(c("step", "class", "reason", "file", "n") %in% names(x))) return(NextMethod())
  cat(format(x), sep = "\n")
  invisible(x)
}
