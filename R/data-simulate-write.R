# The raw text of Lending Club's files, simulated and written block by block so that the
# text of few rows is in memory at a time.

write_raw_loans <- function(plan, blocks, snapshot, file, call = caller_env()) {
  refuse <- function(problem) {
    lcrisk_abort(
      "io", "cannot_write",
      sprintf("`%s` cannot be written: %s.", file, conditionMessage(problem)),
      cure = "Check the folder and the space left.", file = file, call = call
    )
  }
  plain <- if (grepl("\\.gz$", file)) tempfile(fileext = ".csv") else file
  if (plain != file) on.exit(unlink(plain))
  tryCatch(close(file(file, "wb")), error = refuse, warning = refuse)
  tryCatch({
    amount <- 0
    in_section <- FALSE
    write_header(plain)
    for (b in seq_along(blocks)) {
      table <- simulate_block(plan, blocks[[b]], b, snapshot)
      amount <- amount + sum(table[["funded_amnt"]])
      exception <- !table[["meets_policy"]]
      write_rows(table, which(!exception), plain)
      if (any(exception) && !in_section) {
        append_text(plain, "\n\nLoans that do not meet the credit policy\n")
        in_section <- TRUE
      }
      write_rows(table, which(exception), plain)
    }
    append_text(plain,
                sprintf("\n\nTotal amount funded in policy code 1: %.0f\n", amount),
                "Total amount funded in policy code 2: 0\n")
    if (plain != file) compress_file(plain, file)
  }, error = refuse)
}

append_text <- function(file, ...) cat(..., sep = "", file = file, append = TRUE)

write_header <- function(file) {
  names <- schema_table("loans")[["name"]]
  cat("Notes offered by Prospectus ",
      "(https://www.lendingclub.com/info/prospectus.action)\n",
      paste0("\"", names, "\"", collapse = ","), "\n", sep = "", file = file)
}

write_rows <- function(table, rows, file) {
  if (!length(rows)) return(invisible())
  schema <- schema_table("loans")
  text <- Map(function(name, type) raw_text(table[[name]][rows], type, name),
              schema[["name"]], schema[["type"]])
  exception <- !table[["meets_policy"]][rows]
  status <- text[["loan_status"]]
  text[["loan_status"]] <- paste0(
    fifelse(exception, "Does not meet the credit policy. Status:", ""), status
  )
  setDT(text)
  fwrite(text, file, append = TRUE, quote = TRUE, col.names = FALSE, qmethod = "double",
         showProgress = FALSE, nThread = 1L)
}

# A column as Lending Club writes it; each different value is formatted once
raw_text <- function(x, type, name) {
  known <- unique(x)
  text <- switch(
    type,
    number = sprintf("%.15g", known), count = sprintf("%d", known),
    percent = if (name == "int_rate") sprintf("%6.2f%%", known)
    else if (name == "revol_util") sprintf("%.15g%%", known) else sprintf("%.15g", known),
    term = sprintf(" %d months", known), years = years_text(known),
    flag = if (name == "pymnt_plan") c("n", "y")[known + 1L] else c("N", "Y")[known + 1L],
    month = , date = raw_month(known), as.character(known)
  )
  text[is.na(known)] <- if (type == "years") "n/a" else ""
  text[match(x, known)]
}

years_text <- function(years) {
  fcase(years == 0L, "< 1 year", years == 1L, "1 year", years >= 10L, "10+ years",
        rep(TRUE, length(years)), paste(years, "years"))
}

raw_month <- function(date) {
  number <- month_number(date)
  paste0(month.abb[number %% 12L + 1L], "-", number %/% 12L)
}

compress_file <- function(from, to, size = 16e6) {
  input <- file(from, "rb")
  on.exit(close(input))
  output <- gzfile(to, "wb", compression = 9L)
  on.exit(close(output), add = TRUE)
  while (length(bytes <- readBin(input, "raw", size))) writeBin(bytes, output)
}
