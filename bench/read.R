# lcrisk_read() beside data.table::fread() on a raw file of 2,260,000 loans and 151
# columns, each run in a process of its own, in turns A B B A; then a file above 4 GB,
# whose rows and sums are known from how it was made.
#
#   BENCH=read make bench
#   READ_ROWS=100000 READ_LARGE=200000 BENCH=read make bench
library(lcrisk)
for (file in c("machine.R", "stage.R")) source(file.path("bench/lib", file))

ROWS <- as.integer(Sys.getenv("READ_ROWS", "2260000"))
LARGE <- as.integer(Sys.getenv("READ_LARGE", "5000000"))
PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "3"))

load <- load_text()
path <- simulated_file(ROWS)
ours <- function(path, select = "NULL") c(
  "library(lcrisk)",
  sprintf("x <- lcrisk_read('%s', select = %s, progress = FALSE)", path, select),
  "report('rows', nrow(x))", "report('size', as.numeric(object.size(x)) / 2^20)"
)
# The banner is skipped; the section line and the footers stop or split the table, so the
# file is given to fread without them
plain <- sub("[.]csv$", "-plain.csv", path)
if (!file.exists(plain)) {
  system(sprintf("grep -v -E '^$|^Loans that|^Total amount|^Notes' '%s' > '%s'", path,
                 plain))
}
theirs <- c(
  "library(data.table)",
  sprintf("x <- fread('%s', nThread = 2L, showProgress = FALSE)", plain),
  "report('rows', nrow(x))", "report('size', as.numeric(object.size(x)) / 2^20)"
)
runs <- lapply(seq_len(PAIRS), function(p) {
  sides <- list(ours = ours(path), fread = theirs)
  if (p %% 2L == 0L) sides <- rev(sides)
  lapply(sides, measure_process)
})
of <- function(side, what) vapply(runs, function(run) run[[side]][[what]], 0)
row <- function(name, side) {
  sprintf("| %s | %.1f (%.1f to %.1f) | %.1f | %.0f | %.0f | %.0f |", name,
          stats::median(of(side, "wall")), min(of(side, "wall")), max(of(side, "wall")),
          stats::median(of(side, "cpu")), max(of(side, "peak")), of(side, "size")[1L],
          of(side, "rows")[1L])
}
ratio <- of("ours", "wall") / of("fread", "wall")
memory <- max(of("ours", "peak")) / max(of("fread", "peak"))

large <- simulated_file(LARGE, seed = 2)
all <- measure_process(ours(large))
few <- measure_process(c(
  ours(large, "c('loan_amnt', 'funded_amnt', 'issue_d', 'loan_status', 'dti')"),
  "footer <- attr(lcrisk_ledger(x), 'footer')",
  "report('agrees', all(footer$agrees))", "report('stated', footer$stated[1])",
  "report('found', sum(x$funded_amnt))",
  "report('lines', sum(attr(lcrisk_ledger(x), 'lines')))",
  "report('rejected', nrow(attr(lcrisk_ledger(x), 'rejected')))"
))
stopifnot(all$rows == LARGE, few$rows == LARGE, few$stated == few$found,
          few$rejected == 0)

lines <- c(
  machine(
    "Reading raw files",
    sprintf("%s simulated loans x 151 columns, %.2f GB; 2 threads; %s; %d pairs.",
            format(ROWS, big.mark = ","), file.size(path) / 1e9, load, PAIRS),
    "`fread()` gets the file without banner, section line and footers, and leaves months",
    "and percents as text; `lcrisk_read()` types every column and keeps the ledger."
  ),
  "| reader | seconds (range) | processor seconds | peak, MB | table, MB | rows |",
  "| --- | --- | --- | --- | --- | --- |",
  row("`lcrisk_read()`", "ours"), row("`fread()`", "fread"), "",
  sprintf("Time relative to `fread()`: %.2f (%.2f to %.2f); peak of memory: %.2f.",
          stats::median(ratio), min(ratio), max(ratio), memory), "",
  sprintf("## A file of %.2f GB", file.size(large) / 1e9), "",
  sprintf(paste("%s loans; %s records in the ledger, none rejected; the footer states %s",
                "USD, the rows add up to %s."),
          format(few$rows, big.mark = ","), format(few$lines, big.mark = ","),
          format(few$stated, big.mark = ","), format(few$found, big.mark = ",")), "",
  "| columns | seconds | processor seconds | peak, MB | table, MB |",
  "| --- | --- | --- | --- | --- |",
  sprintf("| all 151 | %.1f | %.1f | %.0f | %.0f |", all$wall, all$cpu, all$peak,
          all$size),
  sprintf("| 5 | %.1f | %.1f | %.0f | %.0f |", few$wall, few$cpu, few$peak, few$size)
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
