# From a raw file of 2,260,000 loans and 151 columns to the knitted report, by stage: the
# report is the template "Credit risk report" of the package, its chunks are the stages,
# and each is timed with the peak of resident memory while it ran.
#
#   make scale                          2,260,000 loans
#   SCALE_ROWS=100000 make scale        fewer
library(lcrisk)
for (file in c("machine.R", "stage.R")) source(file.path("bench/lib", file))

ROWS <- as.integer(Sys.getenv("SCALE_ROWS", "2260000"))
stopifnot(requireNamespace("rmarkdown", quietly = TRUE), rmarkdown::pandoc_available())

load <- load_text()
path <- simulated_file(ROWS)
folder <- normalizePath(file.path("build", "scale"))
stages <- tempfile(fileext = ".csv")

# The template, with a clock around every chunk
knit <- sprintf('
  folder <- "%s"
  status <- function(field) {
    line <- grep(field, readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) / 1024
  }
  clock <- function(before, options, envir) {
    if (before) {
      chunk_started <<- proc.time()
      try(writeLines("5", "/proc/self/clear_refs"), silent = TRUE)
    } else {
      spent <- proc.time() - chunk_started
      cat(options$label, spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]],
          status("VmHWM"), status("VmRSS"), "\\n", file = "%s", append = TRUE)
    }
    NULL
  }
  knitr::knit_hooks$set(clock = clock)
  knitr::opts_chunk$set(clock = TRUE)
  unlink(file.path(folder, "report.Rmd"))
  rmd <- rmarkdown::draft(file.path(folder, "report.Rmd"), "credit-risk-report", "lcrisk",
                          create_dir = FALSE, edit = FALSE)
  rmarkdown::render(rmd, params = list(files = "%s"), envir = new.env(), quiet = TRUE)
', folder, stages, normalizePath(path))
whole <- measure_process(strsplit(knit, "\n")[[1L]])

found <- utils::read.table(stages, col.names = c("stage", "wall", "cpu", "peak", "after"))
knitting <- whole$wall - sum(found$wall)
rows <- sprintf("| %s | %.1f | %.1f | %.0f | %.0f |", found$stage, found$wall, found$cpu,
                found$peak, found$after)
lines <- c(
  machine(
    "From the raw file to the knitted report",
    sprintf(paste("%s simulated loans x 151 columns, %.2f GB of csv; %d threads; %s.",
                  "Goal: 180 s and 6 GB."),
            format(ROWS, big.mark = ","), file.size(path) / 1e9, lcrisk_threads(), load),
    sprintf("Writing the file took %s (not part of the sum).", simulated_in(path))
  ),
  sprintf("**%.0f s, at most %.2f GB** resident.", whole$wall,
          max(found$peak, whole$peak, na.rm = TRUE) / 1024), "",
  "| stage | seconds | processor seconds | peak, MB | after it, MB |",
  "| --- | --- | --- | --- | --- |", rows,
  sprintf("| knitting, pandoc | %.1f | | | |", knitting)
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
