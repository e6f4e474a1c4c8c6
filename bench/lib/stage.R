# Measures work in processes of their own, so that nothing one of them left in memory
# counts for the next.

# Runs lines of R in a new process with the packages of this one. `report()` may be called
# in them with named numbers. A list: `wall` and `cpu` seconds, `peak` of resident memory
# in MB (NA where the system does not say), and what was reported, by name.
measure_process <- function(code) {
  files <- tempfile(c("code", "result", "output"), fileext = c(".R", ".csv", ".txt"))
  on.exit(unlink(files))
  writeLines(c(
    "report <- function(name, value) {",
    sprintf("  cat(name, format(value, digits = 15), '\\n', file = '%s', append = TRUE)",
            files[2L]), "}",
    "started <- proc.time()", code, "spent <- proc.time() - started",
    "report('wall', spent[['elapsed']])",
    "report('cpu', sum(spent[c('user.self', 'sys.self', 'user.child', 'sys.child')]))",
    "status <- if (file.exists('/proc/self/status')) readLines('/proc/self/status')",
    "peak <- as.numeric(gsub('[^0-9]', '', grep('VmHWM', status, value = TRUE)))",
    "report('peak', if (length(peak)) peak / 1024 else NA)"
  ), files[1L])
  status <- system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", files[1L]),
                    stdin = nullfile(), stdout = files[3L], stderr = files[3L])
  if (status != 0L) {
    writeLines(readLines(files[3L]), stderr())
    stop("a measured process failed")
  }
  found <- utils::read.table(files[2L], col.names = c("name", "value"))
  as.list(stats::setNames(found$value, found$name))
}

load_text <- function() {
  if (!file.exists("/proc/loadavg")) return("load not known")
  paste("load before:", sub(" .*", "", readLines("/proc/loadavg")))
}

# The simulated file of `rows` loans, kept in build/scale between runs
simulated_file <- function(rows, seed = 1) {
  path <- file.path("build", "scale", sprintf("loans-%d.csv", rows))
  if (!file.exists(path)) {
    dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
    spent <- measure_process(c(
      "library(lcrisk)",
      sprintf("lcrisk_simulate(%d, seed = %d, file = '%s.part')", rows, seed, path)
    ))
    file.rename(paste0(path, ".part"), path)
    writeLines(sprintf("%.0f s (%.0f of a processor), peak %.0f MB", spent$wall,
                       spent$cpu, spent$peak), paste0(path, ".txt"))
  }
  path
}

simulated_in <- function(path) readLines(paste0(path, ".txt"))
