# Two ways of doing the same, timed in turns A B B A so that a neighbour's load hits
# both; the ratio of each pair counts, not the seconds. Processor seconds stand beside
# the clock's: they hold on a busy machine, where two threads cannot both run.
paired <- function(ours, theirs, pairs = 7L) {
  seconds <- function(f) {
    time <- system.time(f(), gcFirst = TRUE)
    c(wall = time[["elapsed"]], cpu = time[["user.self"]] + time[["sys.self"]])
  }
  ours()  # warm: first touch of memory and caches
  theirs()
  times <- vapply(seq_len(pairs), function(i) {
    if (i %% 2L == 1L) {
      a <- seconds(ours)
      b <- seconds(theirs)
    } else {
      b <- seconds(theirs)
      a <- seconds(ours)
    }
    cbind(ours = a, theirs = b)
  }, matrix(0, 2L, 2L, dimnames = list(c("wall", "cpu"), c("ours", "theirs"))))
  ratio <- times[, "theirs", ] / pmax(times[, "ours", ], 1e-3)
  list(
    ours = min(times["wall", "ours", ]), theirs = min(times["wall", "theirs", ]),
    wall = ratio["wall", ], cpu = ratio["cpu", ]
  )
}

# Cells: our seconds, theirs, ratio by the clock and by processor seconds
pair_columns <- function(x) {
  said <- function(ratio) {
    sprintf("%.1f (%.1f to %.1f)", stats::median(ratio), min(ratio), max(ratio))
  }
  sprintf("%.4g | %.4g | %s | %s", x$ours, x$theirs, said(x$wall), said(x$cpu))
}
