# A file of the real loans that the project's tests use where they are present:
# `real_file("raw/LoanStats3a_securev1.csv.zip")`. Skips the test otherwise.
# LCRISK_REAL_DATA names the folder; without it a folder `shared/data` beside the
# project is looked for, from here upwards.
real_file <- function(path) {
  folder <- real_data_folder()
  if (is.null(folder)) testthat::skip("the real loans are not here (LCRISK_REAL_DATA)")
  file.path(folder, path)
}

real_data_folder <- function() {
  named <- Sys.getenv("LCRISK_REAL_DATA")
  if (nzchar(named)) return(if (dir.exists(named)) normalizePath(named))
  here <- normalizePath(".")
  repeat {
    candidate <- file.path(here, "shared", "data")
    if (dir.exists(candidate)) return(candidate)
    if (dirname(here) == here) return(NULL)
    here <- dirname(here)
  }
}
