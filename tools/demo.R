# The whole analysis on real loans: prints the compared table and says where the
# report is. LCRISK_DATA names raw files of Lending Club (several: separated as in PATH,
# or by a pattern such as "LoanStats*.zip"); without it, the loans of modeldata.

suppressMessages(library(lcrisk))

started <- proc.time()[["elapsed"]]
data <- Sys.getenv("LCRISK_DATA")
if (nzchar(data)) {
  # the report is knitted in another folder: what is relative here must not be there
  given <- strsplit(data, .Platform$path.sep, fixed = TRUE)[[1L]]
  files <- unlist(lapply(given, function(f) if (file.exists(f)) f else Sys.glob(f)))
  if (!length(files)) {
    cat(sprintf("LCRISK_DATA: no such file: %s\n", toString(given)), file = stderr())
    quit(status = 1L)
  }
  data <- paste(normalizePath(files), collapse = .Platform$path.sep)
  cat(sprintf("Analysing %s\n", paste(basename(files), collapse = ", ")))
} else {
  cat("Analysing the loans that come with the package modeldata.\n")
  cat("For your own: LCRISK_DATA=LoanStats3a.csv.zip make demo\n")
}

folder <- file.path("build", "demo")
dir.create(folder, recursive = TRUE, showWarnings = FALSE)
folder <- normalizePath(folder)
source <- file.path(folder, "lending-club.Rmd")
invisible(file.copy(file.path("vignettes", c("lending-club.Rmd", "lending-club")), folder,
                    recursive = TRUE, overwrite = TRUE))

# The page is computed once; the table printed here is the one in it.
page <- new.env(parent = globalenv())
Sys.setenv(LCRISK_DATA = data)
knit_page <- function() {
  if (requireNamespace("rmarkdown", quietly = TRUE) && rmarkdown::pandoc_available()) {
    return(rmarkdown::render(source, envir = page, quiet = TRUE))
  }
  cat("pandoc is not installed: the report stays plain text (markdown).\n")
  page$params <- knitr::knit_params(readLines(source), evaluate = TRUE)
  page$params <- lapply(page$params, `[[`, "value")
  knitr::opts_knit$set(root.dir = folder, base.dir = folder)
  knitr::knit(source, file.path(folder, "lending-club.md"), envir = page, quiet = TRUE)
}
report <- tryCatch(knit_page(), lcrisk_error = function(error) {
  cat(sprintf("\nThese files cannot be analysed as they are.\n%s\n",
              conditionMessage(error)), file = stderr())
  quit(status = 1L)
})

if (exists("real_frame", page)) {
  print(page$real_frame)
} else {
  print(page$loans)
  print(lcrisk_ledger(page$known))
  print(page$split)
}
cat("\n")
print(page$comparison)
cat(sprintf("\nReport: %s\n", report))
cat(sprintf("Done in %.0f seconds.\n", proc.time()[["elapsed"]] - started))
