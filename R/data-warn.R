# What a reading warns about: nothing is set aside or repaired in silence.

# One warning for each kind of oddity, with the number of lines or cells and where.
warn_about <- function(ledger, files, n_rows, repeats) {
  warn_lines(ledger)
  notes <- attr(ledger, "notes", exact = TRUE)
  warn_notes(notes, "bad_cell", "bad_cells",
             "Missing now, not written as their column is, %s: %s.", "cell")
  warn_notes(notes, "encoding_repaired", "encoding_repaired",
             "No UTF-8 and repaired, %s: %s.", "text")
  warn_notes(notes, "impossible_date", "impossible_date",
             "Kept, but cannot be right, %s: %s.", "date")
  warn_repeats(repeats)
  warn_missing_id(notes, files)
  warn_footer(attr(ledger, "footer", exact = TRUE))
  unknown <- unique(unlist(lapply(files, `[[`, "unknown")))
  if (length(unknown)) {
    lcrisk_warn("schema", "unknown_column",
                sprintf("Kept, but not in the schema: %s (%s).", quoted(unknown),
                        count_of(length(unknown), "column")), columns = unknown)
  }
  if (n_rows == 0L) lcrisk_warn("data", "no_rows", "The files hold no loans.", n = 0)
}

warn_notes <- function(notes, wanted_kind, code, message, what) {
  mine <- notes[notes[["kind"]] == wanted_kind]
  if (!nrow(mine)) return(invisible())
  n <- tapply(mine[["n"]], factor(mine[["column"]], unique(mine[["column"]])), sum)
  each <- sprintf("`%s` %s", names(n), vapply(n, count_words, ""))
  more <- length(each) - 5L
  if (more > 0L) each <- c(each[1:5], paste(more, "more"))
  lcrisk_warn("data", code,
              sprintf(message, count_of(sum(n), what), paste(each, collapse = ", ")),
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
    sprintf("Rejected %s (%s), the first at line %s of `%s`.",
            count_of(sum(n), "line"),
            paste(names(n), vapply(n, count_words, ""), collapse = ", "),
            count_words(first[["line"]][1L]), first[["file"]][1L]),
    cure = "`attr(lcrisk_ledger(loans), \"rejected\")` lists the first 20 of each file.",
    n = sum(n), lines = first
  )
}

# `repeats`: the ids of loans that are there again, whether they are `dropped`, and the
# ids that are another loan's, too
warn_repeats <- function(repeats) {
  tell <- function(id, message, what) {
    if (!length(id)) return(invisible())
    lcrisk_warn("data", "duplicate_id",
                sprintf(message, count_of(length(id), "loan"), what),
                n = length(id), id = utils::head(unique(id), 20L))
  }
  tell(repeats$again, "%s read before with the same id, month and amount: %s.",
       if (isTRUE(repeats$dropped)) "dropped, the first is kept" else "kept")
  tell(repeats$shared, "%s with an id that another loan has, too: %s.", "kept")
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
  lcrisk_warn(
    "data", "footer_mismatch",
    sprintf("`%s` states %s USD funded in policy code %d; its rows add up to %s.",
            wrong[["file"]][1L], amount_text(wrong[["stated"]][1L]),
            wrong[["policy_code"]][1L], amount_text(wrong[["found"]][1L])),
    cure = "Rows are missing or were rejected: see `lcrisk_ledger()`.", n = nrow(wrong)
  )
}
