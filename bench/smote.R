# SMOTE beside its peers: smotefamily and themis in R, imbalanced-learn in Python; and
# exact neighbours beside scikit-learn's. The same numeric matrix for all, since most peers
# take nothing else; imbalanced-learn's SMOTENC on mixed columns too.
#
#   LCRISK_DATA=LoanStats3a_securev1.csv.zip BENCH=smote make bench
#   BENCH_ROWS=100000 BENCH_PAIRS=3 ...     other sizes of the made-up data; 0: none
#
# Peers that are not installed are left out and named.
library(lcrisk)
for (file in c("machine.R", "paired.R", "python.R")) {
  source(file.path("bench/lib", file))
}
THREADS <- 2L
PAIRS <- as.integer(Sys.getenv("BENCH_PAIRS", "5"))
ROWS <- as.integer(Sys.getenv("BENCH_ROWS", "500000"))
K <- 5L
PATIENCE <- 50000L  # above it, SMOTENC of imbalanced-learn and R's peers take hours

# ---- data: a table without gaps and the same as numbers --------------------------------

real_rows <- function(path) {
  frame <- suppressWarnings(lcrisk_features(lcrisk_outcome(lcrisk_read(path),
                                                           policy = "all")))
  columns <- names(frame)[attr(frame, "roles") == "feature"]
  table <- as.data.frame(frame)[columns]
  settle(table, frame$default)
}

made_rows <- function(n) {
  # about half of the loans have an outcome
  loans <- lcrisk_simulate(2.2 * n, seed = 1)
  frame <- suppressWarnings(lcrisk_features(lcrisk_outcome(loans, rule = "resolved")))
  frame <- frame[seq_len(min(n, nrow(frame)))]
  columns <- names(frame)[attr(frame, "roles") == "feature"]
  settle(as.data.frame(frame)[columns], frame$default)
}

# Medians for gaps and no constant columns: what the peers need
settle <- function(table, y) {
  table[] <- lapply(table, function(v) {
    if (is.factor(v) || is.character(v)) {
      v <- factor(v)
      v[is.na(v)] <- levels(v)[1L]
      return(v)
    }
    v <- as.double(v)
    v[is.na(v)] <- stats::median(v, na.rm = TRUE)
    v
  })
  varies <- vapply(table, function(v) length(unique(v)) > 1L, NA)
  table <- table[varies]
  few <- vapply(table, function(v) !is.factor(v) || nlevels(v) <= 60L, NA)
  numbers <- vapply(table, is.numeric, NA)
  list(mixed = table[few], numbers = table[numbers], y = y)
}

# ---- peers -------------------------------------------------------------------------

ours <- function(x, y) {
  lcrisk_balance(x, y, lcrisk_smote(k = K), seed = 1, threads = THREADS, progress = FALSE)
}

python_smote <- function(data, kind) {
  python <- find_python()
  if (is.null(python)) return(NULL)
  x <- if (kind == "SMOTENC") data$mixed else data$numbers
  path <- tempfile()
  levels <- which(vapply(x, is.factor, NA))
  file <- file(path, "wb")
  for (column in x) writeBin(as.double(column), file)
  writeBin(as.integer(data$y), file)
  close(file)
  port <- 20000L + (Sys.getpid() + sum(utf8ToInt(kind)) + nrow(x)) %% 20000L
  system2(python, c("bench/lib/smote.py", port, path, dim(x), THREADS, K, kind,
                    shQuote(paste(levels - 1L, collapse = ","))), wait = FALSE)
  server <- tryCatch(
    socketConnection(port = port, server = TRUE, blocking = TRUE, open = "r+",
                     timeout = 3600),
    error = function(error) NULL
  )
  if (is.null(server)) return(NULL)
  ask <- function(word) {
    writeLines(word, server)
    readLines(server, 1L)
  }
  version <- ask("version")
  if (!length(version) || version == "missing") return(NULL)
  list(
    version = version,
    run = function() {
      spent <- as.numeric(strsplit(ask("run"), " ")[[1L]])
      structure(list(wall = spent[1L], cpu = spent[2L]), class = "spent")
    },
    close = function() {
      close(server)
      unlink(path)
    }
  )
}

scaled <- function(x) as.data.frame(lapply(x, function(v) (v - mean(v)) / stats::sd(v)))

# Peers of R on the numbers, scaled as ours are inside the clock
r_peers <- function(data) {
  peers <- list()
  if (requireNamespace("smotefamily", quietly = TRUE)) {
    peers$smotefamily <- function() {
      times <- round(sum(data$y == 0) / sum(data$y == 1)) - 1
      smotefamily::SMOTE(scaled(data$numbers), data$y, K = K, dup_size = times)
    }
  }
  if (requireNamespace("themis", quietly = TRUE)) {
    peers$themis <- function() {
      table <- cbind(scaled(data$numbers), outcome = factor(data$y))
      themis::smote(table, "outcome", k = K)
    }
  }
  peers
}

# ---- table ---------------------------------------------------------------------------

row_of <- function(what, peer, runs) {
  said <- function(ratio) {
    sprintf("**%.1f** (%.1f to %.1f)", stats::median(ratio), min(ratio), max(ratio))
  }
  line <- sprintf(
    "| %s | %s | %.2f | %.2f | %.2f | %.2f | %s | %s |", what, peer,
    stats::median(runs$wall_ours), stats::median(runs$wall_peer),
    stats::median(runs$cpu_ours), stats::median(runs$cpu_peer),
    said(runs$wall_peer / runs$wall_ours), said(runs$cpu_peer / runs$cpu_ours)
  )
  message(line)
  line
}

measure <- function(name, data) {
  rows <- character()
  about <- function(x) {
    sprintf("%s, %s x %d", name, format(nrow(x), big.mark = ","), ncol(x))
  }
  small <- length(data$y) <= PATIENCE
  for (kind in c("SMOTE", if (small) "SMOTENC")) {
    x <- if (kind == "SMOTENC") data$mixed else data$numbers
    python <- python_smote(data, kind)
    if (is.null(python)) next
    runs <- paired(list(ours = function() ours(x, data$y), peer = python$run),
                   if (kind == "SMOTENC") 1L else PAIRS)
    rows <- c(rows, row_of(about(x), paste(python$version, kind), runs))
    python$close()
  }
  peers <- if (small) r_peers(data)
  for (peer in names(peers)) {
    runs <- paired(list(ours = function() ours(data$numbers, data$y),
                        peer = peers[[peer]]), min(PAIRS, 3L))
    rows <- c(rows, row_of(about(data$numbers), paste(peer, utils::packageVersion(peer)),
                           runs))
  }
  rows
}

path <- Sys.getenv("LCRISK_DATA")
rows <- character()
if (nzchar(path)) {
  rows <- c(rows, measure("real loans", real_rows(path)))
}
if (ROWS > 0L) rows <- c(rows, measure("made-up loans", made_rows(ROWS)))
lines <- c(
  machine(
    "Balancing by SMOTE",
    sprintf(paste("Synthetic rows until both outcomes are as many, k = %d; from the table",
                  "to the table, scaling included. Ours does both kinds and finds exact",
                  "neighbours. Ratio: peer / ours, median of pairs in turns A B B A, by the",
                  "clock and by processor seconds; %d threads (ours, and scikit-learn's",
                  "neighbours inside imbalanced-learn). Gaps were filled with medians first,",
                  "for the peers' sake. SMOTENC and the peers of R were not waited for",
                  "above %s rows."), K, THREADS,
            format(PATIENCE, big.mark = ",", scientific = FALSE)), ""
  ),
  paste("| data | peer | s ours | s peer | cpu ours | cpu peer | ratio (range) |",
        "cpu ratio (range) |"),
  "| --- | --- | --- | --- | --- | --- | --- | --- |", rows, ""
)
cat(lines, sep = "\n")
output <- commandArgs(TRUE)
if (length(output)) writeLines(lines, output[1L])
