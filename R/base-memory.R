# How much memory a piece of work took at its peak, as Linux counts it: of R and of the
# core alike. Elsewhere the answer is NA.

# Forgets the peak so far; gives the megabytes in use now, NA where nobody knows
reset_peak <- function() {
  known <- tryCatch({
    cat("5", file = "/proc/self/clear_refs")
    TRUE
  }, error = function(error) FALSE, warning = function(warning) FALSE)
  if (known) resident("VmRSS") else NA_real_
}

# Megabytes of the peak since then above what was in use then
peak_above <- function(before) {
  if (is.na(before)) return(NA_real_)
  max(0, resident("VmHWM") - before)
}

resident <- function(what) {
  lines <- tryCatch(readLines("/proc/self/status"), error = function(error) character())
  line <- grep(paste0("^", what, ":"), lines, value = TRUE)
  if (!length(line)) return(NA_real_)
  as.double(gsub("[^0-9]", "", line[1L])) / 1024
}
