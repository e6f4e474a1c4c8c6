# Where a model's training rows came from, as counts, for its validation report. Plain
# vectors; never a row, a file's name or a day. NULL for data that are not a frame of
# lcrisk_features(). No prediction depends on it, so the fingerprint leaves it out.
#
#   ledger     step, class, reason, n: what became of every line and loan
#   from, to   first and last month of the training rows
#   year, rows, events   by year
#   given      rows of the data given, before those of weight 0 were left out
lineage_of <- function(task) {
  if (!is_frame(task$frame)) return(NULL)
  ledger <- attr(task$frame, "ledger", exact = TRUE)
  out <- list(given = task$n_given)
  if (!is.null(ledger)) out$ledger <- ledger_counts(ledger)
  date <- column_of(task$frame, "time")[task$row]
  if (!inherits(date, "Date") || !length(date) || anyNA(date)) return(out)
  year <- data.table::year(date)
  years <- sort(unique(year))
  c(out, list(
    from = format(min(date), "%Y-%m"), to = format(max(date), "%Y-%m"), year = years,
    rows = tabulate(match(year, years), length(years)),
    events = tabulate(match(year[task$y == 1L], years), length(years))
  ))
}

# The ledger over all files
ledger_counts <- function(ledger) {
  key <- paste(ledger[["step"]], ledger[["class"]], ledger[["reason"]], sep = "\r")
  first <- which(!duplicated(key))
  list(step = as.character(ledger[["step"]])[first],
       class = as.character(ledger[["class"]])[first],
       reason = blank_text(as.character(ledger[["reason"]])[first]),
       n = as.double(rowsum(as.double(ledger[["n"]]), match(key, key[first]))))
}
